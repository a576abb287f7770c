"""The models of bodies in `config.toml`: who sits in panels, who signs."""

from __future__ import annotations

from typing import Annotated

from ptce_workflow.process.model.shared import N_, Bound, Model, Text, declare


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

    @property
    def unbroken_telephone(self) -> str:
        """Its number, which no line end cuts in two; "" without one."""
        return (self.telephone or "").replace(" ", "\u00a0")
