"""Documents about a candidature: what config.toml says, filled in with what is recorded."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import LANGUAGES
from ptce_workflow.exports.documents import compose
from ptce_workflow.office.docx import to_docx
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import (
    Column,
    Heading,
    LabelledValues,
    Paragraph,
    Part,
    Report,
    Signatures,
    Table,
)
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.explain import Papers
from ptce_workflow.process.process import Process
from tests.process.contests import candidature, shipped
from tests.signing import AT, PROCESS, garden, gardens

pytestmark = pytest.mark.usefixtures("in_english")

SEAL = "ab" * 32
GARDEN = garden(
    "C-001", "Les Jardins", ["Ada"], [{"name": "Ada", "morning": "came"}],
    facts={"dossier.theme": "food"},
)  # fmt: skip
SHIPPED = Process.load(shipped())


def notes(parts: Iterable[Part]) -> list[str]:
    return [part.text for part in parts if isinstance(part, Paragraph) and part.note]


def card(case: Candidature, language: str = "en") -> Report:
    document = PROCESS.definition.config.documents["card"]
    return compose(PROCESS, document, case, RuleContext(AT), seal=SEAL, language=language)


def test_names_in_braces_show_their_value() -> None:
    report = card(GARDEN)
    assert report.parts[:2] == (
        Paragraph("“Les Jardins” (C-001) comes on Saturday 20 April 2024."),
        Paragraph("Until 12:30. Plots: …."),
    )
    assert (report.title, report.under) == ("Garden card", "Les Jardins · C-001")
    assert report.running == "C-001 · from the ledger, line 1, abab abab abab abab"


def test_answers_and_rules_follow() -> None:
    parts = card(GARDEN).parts
    assert LabelledValues((("Theme", "food"),)) in parts
    columns = (Column("Name", share=5), Column("In the morning", share=3))
    assert Table(columns, (("Ada", "came"),), named=True) in parts
    headings = [part.text for part in parts if isinstance(part, Heading)]
    assert headings == ["Dossier", "Workshop", "Who came", "What the rules ask"]
    rules = next(part for part in parts if isinstance(part, Table) and len(part.columns) == 4)
    assert [row[1] for row in rules.rows] == ["✗ not met", "✓ established"]
    assert any("Received by" in text for text in notes(parts))
    assert parts[-1] == Signatures(("The desk",))


def test_a_hostile_name_stays_text() -> None:
    case = garden("C-001", "{date.closing}<b>", [])
    report = card(case)
    assert "“{date.closing}<b>”" in str(report.parts[0])
    assert "{date.closing}&lt;b&gt;" in to_html(report)


def test_an_erased_name_is_replaced_by_the_reference() -> None:
    assert card(candidature(ref="C-009")).under == "C-009 · C-009"


def laureate(**facts: Any) -> Candidature:
    """A collective that came on the first day, and was excused on the second."""
    known = {
        "attendance.structures": [{"session_1": "present", "session_2": "excused"}],
        "attendance.modules_1": ["basics"],
        "attendance.modules_2": ["stakeholders"],
        "dossier.members": [{"kind": "ess_enterprise", "ess": True}],
        **facts,
    }
    private = {
        "dossier.collective_name": "La Fabrique",
        "attendance.structures": [{"name": "Laine des Jasses"}],
    }
    return candidature(
        state="accompanied", facts=known, private=private, given=frozenset(private), version=7
    )


def test_the_certificate_says_what_was_lived_through() -> None:
    document = SHIPPED.definition.config.documents["certificate"]
    moment = RuleContext(AT + timedelta(days=60))
    text = str(
        compose(SHIPPED, document, laureate(), moment, seal=SEAL, language="fr").parts
    ).replace("\\xa0", " ")
    for said in (
        "le collectif « La Fabrique » l’a suivi : mardi 14 mai 2024.",
        "Modules suivis : le dispositif PTCE et ses attendus.",
        "('Laine des Jasses', 'présente', 'excuse acceptée')",
    ):
        assert said in text


def test_the_organiser_signs() -> None:
    """And the service that answers, where the folder names them: as mails are signed."""
    files = dict(SHIPPED.files)
    bodies = "[service]\nname = 'Le bureau'\ntelephone = '05 00 00 00 00'\n"
    own = re.sub(r"(?ms)^\[(service|organiser)\].*?(?=^\[)", "", files["config.toml"].decode())
    for more, signed in (("", None), (bodies, "Le bureau\n05\u00a000\u00a000\u00a000\u00a000")):
        process = Process.load(files | {"config.toml": f"{own}\n{more}".encode()})
        document = process.definition.config.documents["certificate"]
        report = compose(process, document, laureate(), RuleContext(AT), seal=SEAL, language="fr")
        told = [part.text for part in report.parts if isinstance(part, Paragraph)]
        assert (signed in told) is (signed is not None)


def test_the_prepared_dossier_says_what_is_lacking() -> None:
    document = SHIPPED.definition.config.documents["ami"]
    report = compose(SHIPPED, document, laureate(), RuleContext(AT), seal=SEAL, language="fr")
    note = next(text for text in notes(report.parts) if "défini" in text)
    assert "Une entreprise hors de l’ESS au moins en est membre" in note
    assert "La gouvernance est définie" in note
    facts = [
        pair for part in report.parts if isinstance(part, LabelledValues) for pair in part.pairs
    ]
    assert ("Téléphone", "…") in facts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED.definition.config.documents)
def test_every_shipped_document_is_printed_of_anything(name: str, language: str) -> None:
    document = SHIPPED.definition.config.documents[name]
    bare = candidature(state=document.in_[0])
    for case in (laureate(), bare):
        if case is bare and document.lists:
            with pytest.raises(PtceError):
                compose(SHIPPED, document, case, RuleContext(AT), seal=SEAL, language=language)
            continue
        report = compose(SHIPPED, document, case, RuleContext(AT), seal=SEAL, language=language)
        assert to_docx(report).startswith(b"PK")
        assert f'lang="{language}"' in to_html(report)


def attested(**attendance: Any) -> Report:
    """The shipped certificate of a collective; the facts are those of its attendance."""
    facts: dict[str, Any] = {f"attendance.{name}": told for name, told in attendance.items()}
    facts["attendance.modules_1"], facts["attendance.modules_2"] = ["basics"], ["stakeholders"]
    private: dict[str, Any] = {"dossier.collective_name": "Larzac"}
    if rows := facts.get("attendance.structures"):
        private["attendance.structures"] = [{"name": "Ada"} for _row in rows]
    given = frozenset({*facts, *private})
    case = candidature(state="accompanied", facts=facts, private=private, given=given)
    document = SHIPPED.definition.config.documents["certificate"]
    return compose(SHIPPED, document, case, RuleContext(AT), seal=SEAL, language="en")


@pytest.mark.parametrize(
    ("days", "told", "modules"),
    [
        (("present", "present"), "Tuesday 14 May 2024 and Wednesday 15 May 2024", 2),
        (("excused", "present"), "Wednesday 15 May 2024", 1),
        (("present", "absent"), "Tuesday 14 May 2024", 1),
    ],
)
def test_a_certificate_attests_the_days_and_modules_that_facts_show(
    days: tuple[str, str], told: str, modules: int
) -> None:
    report = attested(structures=[{"session_1": days[0], "session_2": days[1]}])
    said, followed = (str(part.text) for part in report.parts[:2] if isinstance(part, Paragraph))
    assert said.endswith(f"“Larzac” attended it on: {told}.")
    assert len(followed.removeprefix("Modules followed: ").split(" and ")) >= modules
    assert ("mobilising" in followed or "stakeholders" in followed) is (days[1] == "present")
    (place,) = [part for part in report.parts if isinstance(part, Signatures)]
    assert place.names == ("For CRESS Occitanie: …",)


@pytest.mark.parametrize("days", [("excused", "excused"), None])
def test_a_certificate_of_nothing_is_not_printed(days: tuple[str, str] | None) -> None:
    rows = [{"session_1": days[0], "session_2": days[1]}] if days else None
    with pytest.raises(PtceError, match="it would have nothing to tell") as told:
        attested(**({"structures": rows} if rows else {}))
    assert "attendance.present_1; attendance.present_2" in told.value.why


def test_the_organiser_signs_with_name_and_capacity_where_the_folder_gives_them() -> None:
    files = {**shipped()}
    config = files["config.toml"].decode()
    name = 'name = "CRESS Occitanie"\n'
    more = 'signatory = "Camille Roux, directrice"\nplace = "Toulouse"\n'
    files["config.toml"] = config.replace(name, name + more, 1).encode()
    process = Process.load(files)
    papers = Papers(process, GARDEN, RuleContext(AT), "fr")
    said = papers.filled("{organiser.name}, {organiser.signatory}, {organiser.place}")
    assert said == "CRESS Occitanie, Camille Roux, directrice, Toulouse"


def test_a_column_in_which_nothing_stands_is_named_not_printed() -> None:
    rows = [{"kind": "ess_enterprise", "ess": True}, {"kind": "enterprise", "ess": False}]
    names = [{"name": "Ada"}, {"name": "Bo"}]
    document = SHIPPED.definition.config.documents["ami"]

    def printed(names: list[dict[str, str]]) -> tuple[Table, list[str]]:
        given = frozenset({"dossier.members"})
        facts, private = {"dossier.members": rows}, {"dossier.members": names}
        case = candidature(state="accompanied", facts=facts, private=private, given=given)
        report = compose(SHIPPED, document, case, RuleContext(AT), seal=SEAL, language="fr")
        table = next(part for part in report.parts if isinstance(part, Table))
        return table, notes(report.parts)

    table, remarks = printed(names)
    assert [column.heading for column in table.columns] == ["Nom", "Nature", "De l’ESS"]
    assert remarks[0].endswith("SIRET.")
    table, remarks = printed([{**names[0], "siret": "12002701600357"}, names[1]])
    assert [row[3].split() for row in table.rows] == [["120", "027", "016", "00357"], ["…"]]
    assert not any("SIRET" in note for note in remarks)


def test_the_file_for_the_ami_has_the_letters_the_gaps_and_the_territory() -> None:
    """What the dossier says is there, and article 9 is asked point by point."""
    document = SHIPPED.definition.config.documents["ami"]
    assert {"dossier.letters", "dossier.gaps"} <= {*document.prints}
    rules = SHIPPED.edges("accompanied")["declare_ami_ready"].rules
    assert "in one territory" in str(rules["same_territory"].says)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("date.workshop.dai if true", "{date.workshop.dai} names no value."),
        ("date.workshop.day if dossier.thema", "dossier.thema"),
        ("date.workshop.day if dossier.plots", "yes or no"),
    ],
)
def test_a_list_that_cannot_be_told_is_a_fault(item: str, told: str) -> None:
    lists = f'[documents.card.lists]\ndays = ["{item}"]\n\n[documents.card]'
    found = check(gardens(replace={"config.toml": ("[documents.card]", lists)}))
    (fault,) = [one for one in found if "lists.days" in one.key or "lists" in one.key]
    assert told in f"{fault.what} {fault.why}"
