"""Documents about a candidature: what config.toml says, filled in with what is recorded."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from ptce_workflow.base.words import LANGUAGES, use_language
from ptce_workflow.papers.document import compose
from ptce_workflow.papers.docx import to_docx
from ptce_workflow.papers.html import to_html
from ptce_workflow.papers.report import (
    Column,
    Heading,
    LabelledValues,
    Note,
    Paragraph,
    Report,
    Signatures,
    Table,
)
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment
from tests.process.contests import candidature, shipped
from tests.signing import AT, PROCESS, garden

SEAL = "ab" * 32
GARDEN = garden(
    "C-001", "Les Jardins", ["Ada"], [{"name": "Ada", "morning": "came"}],
    facts={"dossier.theme": "food"},
)  # fmt: skip
SHIPPED = Process.load(shipped())


@pytest.fixture(autouse=True)
def english() -> None:
    """Messages in the language of the code, whatever the catalogue holds today."""
    use_language("en")


def card(case: Case, language: str = "en") -> Report:
    """The card of a garden."""
    document = PROCESS.definition.config.documents["card"]
    return compose(PROCESS, document, case, Moment(AT), seal=SEAL, language=language)


def test_names_in_braces_show_their_value() -> None:
    """Facts, dates and their parts; what is not known is left to be filled in by hand."""
    report = card(GARDEN)
    assert report.parts[:2] == (
        Paragraph("“Les Jardins” (C-001) comes on Saturday 20 April 2024."),
        Paragraph("Until 12:30. Plots: …."),
    )
    assert (report.title, report.under) == ("Garden card", "Les Jardins · C-001")
    assert report.running == "C-001 · from the ledger, line 1, abab abab abab abab"


def test_answers_and_rules_follow() -> None:
    """By sheet: short ones side by side, tables below a heading; then every rule and its answer."""
    parts = card(GARDEN).parts
    assert LabelledValues((("Theme", "food"),)) in parts
    columns = (Column("Name", share=5), Column("In the morning", share=3))
    assert Table(columns, (("Ada", "came"),), named=True) in parts
    headings = [part.text for part in parts if isinstance(part, Heading)]
    assert headings == ["Dossier", "Workshop", "Who came", "What the rules ask"]
    rules = next(part for part in parts if isinstance(part, Table) and len(part.columns) == 4)
    assert [row[1] for row in rules.rows] == ["✗ not met", "✓ established"]
    assert any(isinstance(part, Note) and "Received by" in part.text for part in parts)
    assert parts[-1] == Signatures(("The desk",))


def test_a_hostile_name_stays_text() -> None:
    """Braces in what was typed name nothing; markup shows as it was typed."""
    case = garden("C-001", "{date.closing}<b>", [])
    report = card(case)
    assert "“{date.closing}<b>”" in str(report.parts[0])
    assert "{date.closing}&lt;b&gt;" in to_html(report)


def test_an_erased_name_is_replaced_by_the_reference() -> None:
    """A document is printed all the same."""
    assert card(candidature(ref="C-009")).under == "C-009 · C-009"


def laureate(**facts: Any) -> Case:
    """A collective that has followed both days."""
    known = {
        "attendance.structures": [{"session_1": "present", "session_2": "excused"}],
        "attendance.modules": ["basics", "stakeholders"],
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
    """The days, the modules as the rulebook lists them, and each structure's attendance."""
    document = SHIPPED.definition.config.documents["certificate"]
    moment = Moment(AT + timedelta(days=60))
    text = str(
        compose(SHIPPED, document, laureate(), moment, seal=SEAL, language="fr").parts
    ).replace("\\xa0", " ")
    for said in (
        "le collectif « La Fabrique » a suivi",
        "mardi 14 mai 2024",
        "le dispositif PTCE et ses attendus, mobilisation des parties prenantes du territoire",
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
        report = compose(process, document, laureate(), Moment(AT), seal=SEAL, language="fr")
        told = [part.text for part in report.parts if isinstance(part, Paragraph)]
        assert (signed in told) is (signed is not None)


def test_the_prepared_dossier_says_what_is_lacking() -> None:
    """Every gap of the checklist is told; what nobody wrote is marked."""
    document = SHIPPED.definition.config.documents["ami"]
    report = compose(SHIPPED, document, laureate(), Moment(AT), seal=SEAL, language="fr")
    note = next(part.text for part in report.parts if isinstance(part, Note))
    assert "Une entreprise hors de l’ESS au moins en est membre" in note
    assert "La gouvernance est définie" in note
    facts = [
        pair for part in report.parts if isinstance(part, LabelledValues) for pair in part.pairs
    ]
    assert ("Téléphone", "…") in facts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED.definition.config.documents)
def test_every_shipped_document_is_printed_of_anything(name: str, language: str) -> None:
    """Of a candidature of which nothing is known too, on paper and as a page."""
    document = SHIPPED.definition.config.documents[name]
    bare = candidature(state=document.in_[0])
    for case in (laureate(), bare):
        report = compose(SHIPPED, document, case, Moment(AT), seal=SEAL, language=language)
        assert to_docx(report).startswith(b"PK")
        assert f'lang="{language}"' in to_html(report)
