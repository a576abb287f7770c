"""The models of what `config.toml` says of the contest itself: its name, who sits, who signs."""

from __future__ import annotations

from typing import Annotated, Literal

from ptce_workflow.base.words import N_
from ptce_workflow.process.model.shared import LANGUAGE_TAG, Bound, Model, Text, declare


class Institution(Model):
    """A body that sits in panels."""

    label: Text = declare(description=N_("its name, as people read it"))
    names: tuple[Annotated[str, Bound(min_length=2)], ...] = declare(
        default=(),
        description=N_(
            "other names under which it, or a network that it heads, appears in dossiers; "
            "compared without accents or capitals"
        ),
        examples=['["Banque des Territoires", "Caisse des Dépôts"]'],
    )


class Body(Model):
    """Those who sign mails and documents: `[organiser]`, `[service]`."""

    name: Text = declare(description=N_("the name"), examples=['"CRESS Occitanie"'])
    person: Text | None = declare(default=None, description=N_("who answers, by function"))
    telephone: str | None = declare(default=None, description=N_("where to call"))
    address: Text | None = declare(default=None, description=N_("where to write"))
    mail: str | None = declare(
        default=None, description=N_("the address to write to"), examples=['"ptce@cress.example"']
    )
    hours: Text | None = declare(default=None, description=N_("when somebody answers"))
    signatory: Text | None = declare(
        default=None,
        description=N_("who signs documents: the name, and in which capacity"),
        examples=['"Camille Roux, directrice"'],
    )
    place: Text | None = declare(default=None, description=N_("where documents are signed"))

    @property
    def unbroken_telephone(self) -> str:
        """Its number, which no line end cuts in two; "" without one."""
        return (self.telephone or "").replace(" ", "\u00a0")


class Identity(Model):
    """The name, title, language and zone of the contest."""

    id: Annotated[str, Bound(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)] = declare(
        description=N_("the contest's own name in the ledger; it never changes"),
        examples=['"occitanie-2024"'],
    )
    title: Text = declare(description=N_("what people read"))
    language: Annotated[str, Bound(pattern=LANGUAGE_TAG)] = declare(
        default="fr",
        description=N_("the language that the folder is written in; catalogues have the others"),
    )
    timezone: str = declare(
        description=N_("the zone in which every hour of the folder is said"),
        examples=['"Europe/Paris"'],
    )
    holidays: str | None = declare(
        default=None,
        description=N_("the country whose public holidays are not working days"),
        examples=['"FR"'],
    )
    opens: str | None = declare(
        default=None,
        description=N_(
            "the date from which on something may have arrived, where the call begins before its "
            "ledger does"
        ),
        examples=['"date.opening"'],
    )
    noun: tuple[Text, ...] = declare(
        default=(),
        description=N_("what a candidature is called here: one, and several"),
        examples=['["collectif", "collectifs"]'],
        min_length=2,
        max_length=2,
    )
    name_field: str = declare(
        description=N_("the `text` field that lists print as the candidature's name"),
        examples=['"dossier.name"'],
    )
    known: Literal["ptce"] | None = declare(
        default=None,
        description=N_(
            "a list of structures that comes with the program: `add` tells which of them has a "
            "name close to that of a candidature; a person decides. `ptce`: the clusters (PTCE) "
            "known from public pages, neither official nor complete"
        ),
        examples=['"ptce"'],
    )
    contact_field: str = declare(
        description=N_("the `email` field that holds the address mails go to"),
        examples=['"dossier.contact"'],
    )
