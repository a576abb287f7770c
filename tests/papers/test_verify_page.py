"""`ptce verify --page`: a replay page is the one that the contest gives; else what differs."""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ptce_workflow.app.audit.export import export, open_export
from ptce_workflow.app.audit.verify import VerifiedPage
from ptce_workflow.app.candidatures.history import note
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.exports.replay_page import NameChoice, verify_page
from ptce_workflow.exports.replay_page import packed as pack
from ptce_workflow.exports.tables import verify_pages
from tests.rehearsal import AFTERWARDS, lines, opened
from tests.replayed import Book, book_in, packed, page_of


def verified(contest: Contest, page: str | bytes) -> VerifiedPage:
    return verify_page(contest, "page.html", page if isinstance(page, bytes) else page.encode())


def changed(page: str, name: str, content: bytes) -> str:
    """The page with something else packed in one of its elements."""
    return re.sub(f'(id="{name}">)[^<]*', lambda found: f"{found[1]}{pack(content)}", page)


def forged(page: str, change: Callable[[Book], object]) -> str:
    book = book_in(page)
    change(book)
    return changed(page, "book", json.dumps(book).encode())


@pytest.mark.parametrize("names", NameChoice)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_the_same_whenever_it_is_made(full: Contest, names: NameChoice, spoken: str) -> None:
    with speaking(spoken):
        page = page_of(full, names)
    later = SetClock(AFTERWARDS + timedelta(days=300))
    with opened(full.folder, later) as contest:
        with speaking(spoken):
            assert page_of(contest, names) == page
        count = len(lines(full))
        assert verified(contest, page) == VerifiedPage("page.html", count, count, 0, ())


def test_a_page_of_an_older_head(full: Contest) -> None:
    """It is made anew as of its own last line; what was written since is counted."""
    page = page_of(full)
    count = len(lines(full))
    note(full, "C-001", "Une remarque.")
    assert verified(full, page) == VerifiedPage("page.html", count, count, 1, ())
    lied = forged(page, lambda book: book["look_first"].clear())
    found = verified(full, lied)
    assert (found.later, len(found.faults)) == (1, 1)
    # Even where the clock of who compares it stands behind.
    with opened(full.folder, SetClock(AFTERWARDS - timedelta(days=1))) as contest:
        assert verified(contest, page).faults == ()


FORGERIES: dict[str, tuple[Callable[[Book], object], int]] = {
    "nothing to look at first": (lambda book: book["look_first"].clear(), 0),
    "another sentence": (lambda book: book["told"]["fr"][8].insert(0, "Retenue"), 9),
    "a reference": (lambda book: book["cases"][0].update(ref="C-002"), 0),
    "a name": (lambda book: book["cases"][0].update(name="Les Jardins d'en face"), 0),
    "the title": (lambda book: book["contest"]["title"].update(fr="Un autre"), 0),
    "a word of the page": (lambda book: book["words"]["fr"].update(rank="mention"), 0),
    "the names that it leaves out": (lambda book: book["made"]["says"]["fr"].pop(), 0),
    "another order": (lambda book: book.update(kinds=dict(reversed(book["kinds"].items()))), 0),
    "something more": (lambda book: book.update(more=1), 0),
    "who acted": (lambda book: book.update(who={}), 0),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_was_changed_is_told(full: Contest, name: str) -> None:
    change, n = FORGERIES[name]
    with speaking("fr"):
        found = verified(full, forged(page_of(full), change))
    assert {fault.line for fault in found.faults} == {n}


def test_the_frame(full: Contest) -> None:
    """Its script, its style, its policy, what stands before them: nothing of it may be another."""
    page = page_of(full)
    for old, new in (
        ("<script type", "<p></p><script type"),
        ("default-src", "img-src"),
        ("C", "D"),
    ):
        [fault] = verified(full, page.replace(old, new, 1)).faults
        assert (fault.line, fault.why) == (0, "")
    # How it is packed is no matter: another library packs the same otherwise.
    content = packed(page, "book")
    other = b64encode(gzip.compress(content, 1)).decode()
    again = re.sub('(id="book">)[^<]*', lambda found: f"{found[1]}{other}", page)
    assert again != page
    assert verified(full, again).faults == ()


def test_of_another_ledger(full: Contest, contest: Contest) -> None:
    """The first line that is not shared is named."""
    page = page_of(full)
    content = packed(page, "ledger").splitlines(keepends=True)
    cases = {
        "another": (changed(page, "ledger", b"".join([b"{}\n", *content[1:]])), 1),
        "changed": (changed(page, "ledger", b"".join([*content[:4], b"{}\n", *content[5:]])), 5),
        "beyond": (changed(page, "ledger", b"".join([*content, b"{}\n"])), len(content) + 1),
        "empty": (changed(page, "ledger", b""), 1),
    }
    for name, (text, n) in cases.items():
        found = verified(full, text)
        assert [fault.line for fault in found.faults] == [n], name
        assert found.shared == n - 1, name
    # Of two copies that parted, one gives the page of what both have.
    assert verified(full, page_of(contest)).faults == ()
    assert [fault.line for fault in verified(contest, page).faults] == [len(lines(contest)) + 1]
    # Fewer lines than it says: it is compared with the page of these lines.
    assert verified(full, changed(page, "ledger", b"".join(content[:-1]))).faults


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"<html lang='fr'></html>", b'<script type="text/plain" id="book">AAAA<'],
)
def test_what_is_no_page(full: Contest, content: bytes) -> None:
    with pytest.raises(Misuse):
        verified(full, content)
    page = page_of(full)
    for text in (
        changed(page, "book", b"[]"),
        changed(page, "book", b"[" * 100_000),
        changed(page, "book", b'{"made": {"names": "some"}}'),
        re.sub('(id="ledger">)....', r"\1AAAA", page),
        page.replace('<html lang="', '<html lang="x'),
    ):
        with pytest.raises(Misuse):
            verified(full, text)


def test_by_an_export(full: Contest, tmp_path: Path) -> None:
    """What an export gives is the page that its contest gives."""
    page = page_of(full)
    export(full, tmp_path / "export", verify_pages)
    with open_export(tmp_path / "export", SetClock(AFTERWARDS)) as copy:
        assert verified(copy, page).faults == ()
        assert page_of(copy) == page
