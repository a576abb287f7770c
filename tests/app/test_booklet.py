"""What a jury reads and signs: the dossiers of a panel, one dossier, a declaration of links."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from msgspec.structs import replace

from ptce_workflow.app import pieces
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import declare_links, recuse
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.exports import booklet as papers
from ptce_workflow.office.docx import to_docx
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import Bullets, Contents, Heading, LabelledValues, Report, Table
from tests.rehearsal import edit
from tests.voting import added, called, clock, english
from tests.voting import contest as voting

__all__ = ["called", "clock", "english", "voting"]

AT = datetime(2024, 4, 2, 7, tzinfo=UTC)


@pytest.fixture
def contest(voting: Contest) -> Contest:
    signed = 'declares = "We have no link with it."\nchoice = "a jury without interest"\nmembers ='
    edit(voting, "sheets/cra.toml", "members =", signed)
    adopt(voting, "Chacune déclare ses liens.")
    return voting


def booklet(contest: Contest, institution: str = "") -> Report:
    with contest.looking() as tx:
        return papers.booklet(tx, "cra", "en", institution)


def parts(report: Report, kind: type[Any]) -> list[Any]:
    return [part for part in report.parts if isinstance(part, kind)]


def chapters(report: Report) -> list[str]:
    [contents] = parts(report, Contents)
    own = [heading for heading in parts(report, Heading) if heading.anchor]
    assert list(contents.chapters) == own
    return [heading.anchor for heading in own]


def test_a_booklet_holds_every_dossier_with_its_answers(contest: Contest) -> None:
    added(contest), added(contest)
    report = booklet(contest)
    assert chapters(report) == ["C-001", "C-002"]
    shown = dict(pair for part in parts(report, LabelledValues) for pair in part.pairs)
    assert shown["Name"] == "Les Jardins"
    assert not any("Fragile" in str(part) for part in report.parts)
    # Each begins a page, on which its name runs on top, and is linked to.
    paper = Document(BytesIO(to_docx(report)))
    heads = [section.header.paragraphs[0].text for section in paper.sections]
    assert heads == ["", "C-001 Les Jardins", "C-002 Les Jardins"]
    body = paper.element.xml
    for name in ("C_001", "C_002"):
        assert f'w:anchor="{name}"' in body
        assert f'w:name="{name}"' in body
        assert f" PAGEREF {name} " in body
    assert '<a href="#C-002">' in to_html(report)
    assert '<h2 id="C-002" class="chapter">' in to_html(report)


def test_it_leaves_out_those_from_which_an_institution_stepped_aside(contest: Contest) -> None:
    first, second = added(contest), added(contest)
    recuse(contest, first, "north", "Une salariée.")
    assert chapters(booklet(contest, "south")) == [first, second]
    report = booklet(contest, "north")
    assert chapters(report) == [second, "aside"]
    assert report.parts[-1] == Bullets((f"{first} Les Jardins",))
    with contest.looking() as tx:
        [table] = parts(papers.declaration(tx, "cra", "north", "en"), Table)
    assert [row[0] for row in table.rows] == [second]


def test_the_same_ledger_gives_the_same_bytes(contest: Contest, clock: SetClock) -> None:
    """Neither the hour nor what happens to its mails and marks changes what is attached."""
    ref = added(contest)

    def made() -> list[bytes]:
        with contest.looking() as tx:
            dossier = papers.dossier(tx, tx.load([ref])[0], "fr")
            signed = papers.declaration(tx, "cra", "north", "fr")
            read = papers.booklet(tx, "cra", "fr", "north")
        return [to_docx(replace(one, at=AT)) for one in (dossier, signed, read)]

    before = made()
    clock.instant += timedelta(hours=1)
    declare_links(contest, [ref], links="Une adhérente.", institution="south")
    assert made() == before


def test_a_dossier_lists_its_pieces(contest: Contest) -> None:
    ref = added(contest)
    with contest.acting() as tx:
        [case] = tx.load([ref])
        piece = pieces.keep(tx.unit, b"%PDF-1.7\n", "statuts.pdf")
        refused = pieces.keep(tx.unit, b"MZ", "a.exe")
        pieces.keep_mail(tx, b"From: a", [piece, refused], outcome="answer", case_id=case.id)
        tx.flush()
    with contest.looking() as tx:
        [table] = parts(papers.dossier(tx, tx.load([ref])[0], "en"), Table)
    (first, named, kind, arrived), (_two, _name, why, _when) = table.rows
    assert (first, named, kind) == ("piece:1", "statuts.pdf (1 kB)", "a PDF")
    assert arrived.endswith("(mail:1)")
    assert why.startswith("refused: This is a program")


def test_what_a_jury_may_not_read_is_in_no_dossier(contest: Contest) -> None:
    """Nor the files of its mails, which may hold it."""
    ref = added(contest)
    with contest.acting() as tx:
        [case] = tx.load([ref])
        piece = pieces.keep(tx.unit, b"%PDF-1.7\n", "Les Jardins.pdf")
        pieces.keep_mail(tx, b"From: a", [piece], outcome="answer", case_id=case.id)
        tx.flush()
    edit(contest, "sheets/dossier.toml", "[fields]", 'reads = ["desk"]\n\n[fields]')
    adopt(contest, "Anonyme.")
    with contest.looking() as tx:
        report = papers.booklet(tx, "cra", "en")
    assert "Jardins" not in str(report.parts)


def test_what_cannot_be_written_is_refused(contest: Contest) -> None:
    with pytest.raises(PtceError, match="no dossier to read"):
        booklet(contest)
    with contest.looking() as tx, pytest.raises(PtceError, match="nothing to declare"):
        papers.declaration(tx, "cra", "north", "en")
    with pytest.raises(Misuse, match="does not sit in this panel"):
        booklet(contest, "nobody")
    edit(contest, "sheets/cra.toml", 'declares = "We have no link with it."\n', "")
    adopt(contest, "Sans déclaration.")
    with contest.looking() as tx, pytest.raises(Misuse, match="asks for no declaration"):
        papers.declaration(tx, "cra", "north", "en")
