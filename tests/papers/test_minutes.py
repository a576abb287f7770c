"""The minutes of a sitting and the page of the ranking: what is read, signed, and checked."""

from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
from docx import Document

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.why import past
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.exports.attachments import write_attachment
from ptce_workflow.exports.documents import decision_of
from ptce_workflow.office.docx import to_docx
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import Heading, Report, Table
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.panel import Deviation
from ptce_workflow.reports.ranking import ranking
from ptce_workflow.reports.sittings import minutes_of
from tests.rehearsal import attack, edit, move
from tests.signing import ORGANISER, png
from tests.voting import MEETING, SEATS, agenda, called, clock, contest, english, frozen

__all__ = ["called", "clock", "contest", "english"]

HOSTILE = "<script>alert(1)</script> & « Le Four »"


class Reader(HTMLParser):
    """Reads a page as a browser would: its tags, and what its attributes refer to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.fixture
def held(contest: Contest, clock: SetClock) -> Contest:
    """A contest whose panel has met: a recusal, a deviation, a collective with a hostile name."""
    refs = frozen(contest, "5", "4", "3", "0.5", name=HOSTILE)
    recuse(contest, refs[0], "west", "Membre du collectif.")
    clock.instant = MEETING
    vote = Deviation(refs[2], "select", "Seul de sa vallée.", SEATS[:2], SEATS[2:3])
    deliberate(contest, agenda(chair="north", deviations=[vote]))
    return contest


def text_of(report: Report) -> str:
    """All that stands on paper."""
    paper = Document(BytesIO(to_docx(report)))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join((*(line.text for line in paper.paragraphs), *cells))


def test_all_of_it(held: Contest) -> None:
    """Who, when, the ranking, the vote by name, each decision with its ground, the hash."""
    told = sitting(held)
    text = text_of(minutes_of(told))
    for part in (
        "Voted contest",
        "Deliberation · Tuesday 9 April 2024 at 14:30",
        "Present (4 of 4)",
        "North, in the chair",
        "Membre du collectif.",
        "Seul de sa vallée.",
        "C-003: Select; the ranking and the rules would have given: Put on the list.",
        "2\nNorth\nSouth",
        "Rank 4.",
        "✓ A place is left (1 of 2)",
        "choice of the organiser: never one more",
        told.held.hash,
        told.process.hash,
        f"Hash of line {told.held.closed}",
    ):
        assert part in text, part


def test_a_page_holds_the_same(held: Contest) -> None:
    told = sitting(held)
    page = to_html(minutes_of(told))
    read = Reader(page)
    assert "script" not in read.tags
    assert read.outside == []
    assert read.tags.count("h1") == 1
    assert "&lt;script&gt;" in page
    assert told.held.hash in page


def test_the_same_bytes(held: Contest) -> None:
    """Written again, the minutes are the same, byte for byte."""
    assert to_docx(minutes_of(sitting(held))) == to_docx(minutes_of(sitting(held)))


CARD = """
[documents.card]
label = "Card"
in = ["selected", "waiting"]
text = "“{candidature.name}” is taken."
"""


@pytest.mark.parametrize(
    ("wanted", "name", "about"),
    [
        ("minutes", "minutes-1.docx", {"C-001", "C-002", "C-003", "C-004"}),
        ("dossier", "dossier-C-002.docx", {"C-002"}),
        ("document.card", "card-C-002.docx", {"C-002"}),
        ("decision", "decision-C-002.docx", {"C-002"}),
    ],
)
def test_attached_to_a_mail(
    held: Contest, clock: SetClock, wanted: str, name: str, about: set[str]
) -> None:
    """Dated as the mail, whenever it is written: the same bytes; it names whom it is about."""
    edit(held, "config.toml", "[totals]\n", f"{CARD.strip()}\n\n[totals]\n")
    adopt(held, "A card.")
    files = []
    for later in (timedelta(), timedelta(days=2)):
        clock.instant = MEETING + later
        with held.looking() as tx:
            ids = {case.id: case.ref for case in tx.every_case()}
            (case,) = tx.load(["C-002"])
            case_id = "" if wanted == "minutes" else case.id
            due = to_text(MEETING)
            row = Message(1, case_id, "letter", "", "P-001", due, due, "held", True)
            files.append(write_attachment(tx, row, wanted, "en"))
    first, second = files
    assert first is not None
    assert first == second
    assert first.name == name
    assert {ids[one] for one in first.subjects} == about
    created = Document(BytesIO(first.content)).core_properties.created
    assert created == MEETING


def test_who_sat_in_which_capacity(contest: Contest, clock: SetClock) -> None:
    """By name and capacity, on the list and where they sign; who is not named is said."""
    frozen(contest, "5", "4")
    enrol(contest, "Ada Roux", ["jury"], institution="north", capacity="director")
    enrol(contest, "Bo Lin", ["jury"], institution="south")
    clock.instant = MEETING
    deliberate(contest, agenda("north=P-002", "south=P-003", "east", "west", chair="north"))
    text = text_of(minutes_of(sitting(contest)))
    assert "Ada Roux, director, for North\nBo Lin, for South\nEast\nWest" in text
    assert "Persons not named\nEast\nWest" in text
    assert "Ada Roux, director, for North, in the chair" in text
    with attack(contest) as database:
        database.execute("DELETE FROM side WHERE subject = 'P-002'")
    assert "(erased), for North" in text_of(minutes_of(sitting(contest)))


def test_nobody_is_named(held: Contest) -> None:
    assert "Persons\nnone is named" in text_of(minutes_of(sitting(held)))


def decided(contest: Contest, ref: str) -> Report:
    with contest.looking() as tx:
        return decision_of(tx, tx.load([ref])[0], "en")


def test_a_decision_to_be_signed(held: Contest) -> None:
    """Number, who decided, what it rests on, the reasons, the decision, who signs: as recorded."""
    edit(held, "config.toml", "[totals]\n", f"{ORGANISER}\n[totals]\n")
    (held.folder / "logo.png").write_bytes(png())
    (n,) = [one.line for one in past(held, "C-003").acts if one.sitting and one.made]
    text = text_of(decided(held, "C-003"))
    for part in (
        f"Decision no. {n}",
        "C-003 <script>",
        "Deliberation, call 1",
        "adopted on Wednesday 20 March 2024",
        "Seul de sa vallée.",
        "✓ established",
        "Select. From here on its state is: Selected.",
        "Done at …, on Tuesday 9 April 2024.",
    ):
        assert part in text, part
    # What is adopted later changes no paper of before.
    adopt(held, "A letterhead.")
    assert text_of(decided(held, "C-003")) == text
    with pytest.raises(PtceError, match="Nothing was decided"):
        decided(held, add(held, {"dossier": {"name": "Le Lac", "email": "lac@co.example"}}).ref)


def test_erased(held: Contest) -> None:
    """What was erased is told to be so; the decisions stay."""
    with attack(held) as database:
        database.execute("DELETE FROM side WHERE subject != 'contest'")
    text = text_of(minutes_of(sitting(held)))
    assert "Seul de sa vallée" not in text
    assert "script" not in text
    assert "(erased)" in text
    assert "What is marked (erased) was erased; the decisions stay." in text
    assert "Select; the ranking" in text


def test_in_vain(contest: Contest) -> None:
    """A sitting that decided nothing says so, and every rule that stood in the way."""
    frozen(contest, "5", "4")
    deliberate(contest, agenda("north"))
    text = text_of(minutes_of(sitting(contest)))
    assert "Nothing was decided." in text
    assert "None was taken." in text
    assert "the ranking and the rules decided" not in text
    assert "✗ The meeting of Tuesday 9 April 2024 at 14:00 has begun" in text
    assert "observed: call: 1, members: 4, present: 1" in text
    assert "✓" not in text


def test_tables_are_whole(held: Contest) -> None:
    """Each row of each table has a cell for each heading."""
    tables = [part for part in minutes_of(sitting(held)).parts if isinstance(part, Table)]
    assert len(tables) >= 5
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows)


def ranking_page(contest: Contest) -> str:
    """All of the ranking, as a page."""
    return to_html(ranking(standing(contest), MEETING, whole=True))


def test_decisions_that_lead_to_one_state_are_told_apart(contest: Contest, clock: SetClock) -> None:
    """Two headings alike would not say which of them was decided."""
    edit(contest, "states/scored.toml", 'to = "declined"', 'to = "waiting"')
    aside = 'label = "Set aside"\nto = "declined"\nby = ["desk"]\n'
    edit(
        contest,
        "states/submitted.toml",
        "[transitions.close_scoring]",
        f"[transitions.set_aside]\n{aside}\n[transitions.close_scoring]",
    )
    adopt(contest, "Nobody is declined.")
    frozen(contest, "5", "4", "3", "0.5")
    clock.instant = MEETING
    deliberate(contest, agenda())
    parts = minutes_of(sitting(contest)).parts
    titles = [part.text for part in parts if isinstance(part, Heading) and part.level == 2]
    assert "Selected (2)" in titles
    assert {"Waiting: Put on the list (1)", "Waiting: Decline (1)"} <= set(titles)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ranking_as_a_page(held: Contest, language: str) -> None:
    with speaking(language):
        page = ranking_page(held)
    read = Reader(page)
    assert f'<html lang="{language}">' in page
    assert "script" not in read.tags
    assert read.outside == []
    assert page.count("<rect") == 4
    assert 'role="img"' in page
    assert ("3,00" if language == "fr" else "3.00") in page


def test_a_ranking_of_nobody(contest: Contest) -> None:
    page = ranking_page(contest)
    assert "No mark was given yet." in page
    assert "<svg" not in page


def test_the_cut_is_drawn(contest: Contest) -> None:
    """Once, where the rules would have it."""
    refs = frozen(contest, "5", "4", "2")
    page = ranking_page(contest)
    assert page.count("stroke-dasharray") == 1
    move(contest, "withdraw", refs[0])
    assert ranking_page(contest).count("stroke-dasharray") == 0
