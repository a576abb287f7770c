"""A report as a terminal shows it: what stands apart, what stands beside, what is drawn."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ptce_workflow.cli.terminal import print_parts
from ptce_workflow.office import page
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import (
    Advice,
    Bullets,
    Column,
    Drawing,
    Heading,
    LabelledValues,
    Lead,
    Paragraph,
    Part,
    Report,
    RuleLines,
    Table,
    TimelineEntry,
    ValuedCell,
)
from tests.cli.test_output import output, printed

AT = datetime(2024, 4, 18, 8, tzinfo=UTC)


def shown(*parts: Part, monkeypatch: pytest.MonkeyPatch, columns: int = 40) -> list[str]:
    """The lines of a report in a terminal, without their colours."""
    monkeypatch.setenv("COLUMNS", str(columns))
    out = output(terminal=True)
    print_parts(out, Report("Rapport", "fr", AT, "Concours", parts).parts)
    return re.sub(r"\x1b\[[\d;]*m", "", printed(out.stdout)).splitlines()


def bars(count: int) -> Drawing:
    def lines(room: int | None) -> Iterator[str]:
        yield from ["▏█"] * count

    return Drawing("Des barres.", lines, legend="█ moyenne" if count else "")


def test_what_stands_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences follow a title at once; tables, pictures, lists and commands have a blank line."""
    told = shown(
        Lead("Jury", "2 candidatures"),
        Paragraph("Provisoire."),
        Paragraph("Une échéance qui se poursuit sur une autre ligne.", hanging=2),
        Table((Column("réf."), Column("rang", number=True)), [("C-001", "1"), ("C-002", "10")]),
        bars(0),
        bars(2),
        Bullets(("La coupe.", "Un ex æquo.")),
        Advice("Ensuite : {command}", "ptce list"),
        monkeypatch=monkeypatch,
    )
    assert told == [
        "Jury · 2 candidatures",
        "Provisoire.",
        "Une échéance qui se poursuit sur une",
        "  autre ligne.",
        "",
        "  réf.   rang",
        "  C-001     1",
        "  C-002    10",
        "",
        "▏█",
        "▏█",
        "  █ moyenne",
        "",
        "La coupe.",
        "Un ex æquo.",
        "",
        "Ensuite : ptce list",
    ]


def test_facts_stand_beside_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = LabelledValues(
        (
            ("Nom", "Ada"),
            ("Territoire", "Sète"),
            ("Projet", "Une phrase trop longue pour tenir à côté"),
            ("Structures", "· Une\n· Deux"),
        )
    )
    assert shown(Heading("Dossier"), facts, monkeypatch=monkeypatch) == [
        "Dossier",
        "  Nom         Ada",
        "  Territoire  Sète",
        "  Projet",
        "    Une phrase trop longue pour tenir à",
        "    côté",
        "  Structures",
        "    · Une",
        "    · Deux",
    ]


def test_days_stand_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each day is said once; readers who do not fit beside stand below."""
    day, next_day = "Lundi 8 avril", "Mardi 9 avril"
    told = shown(
        page.timeline(
            (
                TimelineEntry(day, "09:00", ValuedCell("", AT), "Clôture"),
                TimelineEntry(day, "09:00", ValuedCell("", AT), "Rappel *", "C-001 Larzac"),
                TimelineEntry(
                    next_day,
                    "08:30",
                    ValuedCell("", AT),
                    "Décision",
                    "dix-sept candidatures, bureau",
                ),
            )
        ),
        monkeypatch=monkeypatch,
    )
    assert told == [
        "Lundi 8 avril",
        "  09:00  Clôture",
        "  09:00  Rappel *  C-001 Larzac",
        "",
        "Mardi 9 avril",
        "  08:30  Décision",
        "           dix-sept candidatures, bureau",
    ]


def test_what_a_rule_rests_on_stands_at_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (
        RuleLines("✓", "Dans les temps", (), "article 5"),
        RuleLines("✗", "Le territoire est en Occitanie", ("observé : Laveyrune",), "article 2"),
    )
    told = "Déclarer recevable (eligible)", "impossible", rules
    edge = page.edge(*told, is_open=False, remark="d’elle-même, lundi")
    assert shown(edge, monkeypatch=monkeypatch, columns=44) == [
        "  → Déclarer recevable (eligible)",
        "                                  impossible",
        "    d’elle-même, lundi",
        "    ✓ Dans les temps               article 5",
        "    ✗ Le territoire est en Occitanie",
        "        observé : Laveyrune        article 2",
    ]


EVENT = TimelineEntry("Monday", "09:00", ValuedCell("09:00", AT), "WORD")
DRAWINGS = {
    "looked at": page.looked_at("✓", "label", "WORD"),
    "difference": page.difference("+WORD"),
    "findings": page.findings([("1", "WORD", "why")]),
    "edge": page.edge("name", "open", [RuleLines("✓", "WORD", ("seen",), "§1")], is_open=True),
    "timeline": page.timeline([EVENT]),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_what_a_terminal_draws_stands_on_a_page_as_well(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = DRAWINGS[name]
    assert "WORD" in "".join(shown(drawing, monkeypatch=monkeypatch))
    assert "WORD" in to_html(Report("Title", "en", AT, "Contest", (drawing,)))
