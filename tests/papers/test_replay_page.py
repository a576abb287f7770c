"""The replay page: what it holds, what it leaves out, what it may do."""

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

import ptce_workflow.exports.replay_page as made
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.findings import Terms
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import LANGUAGES, _, speaking
from ptce_workflow.exports.replay_page import NameChoice, group_of
from ptce_workflow.exports.replay_page import packed as pack
from ptce_workflow.ledger.events.base import MODULES
from ptce_workflow.ledger.line import commitment, decode, digest
from ptce_workflow.office.page import Table
from ptce_workflow.process.calendar import parse_instant
from ptce_workflow.process.process import Process
from ptce_workflow.reports.history import history_report
from tests.rehearsal import AFTERWARDS, added, attack, edit, forge, lines, opened, submitted
from tests.replayed import acted_in, book_in, lines_in, packed, page_of, stood
from tests.replaying import replayed

HOLE = re.compile(r"\{\w+\}")


class Tags(HTMLParser):
    """The tags that a browser sees in a file."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


ROOT = Path(__file__).resolve().parents[2]
PLANT = "<img src=x onerror=alert(1)></script><!--<script>alert(2)</script>"


def told_by_history(contest: Contest, ref: str) -> dict[int, tuple[str, str]]:
    """Who acted and what, of each line of a candidature, as `ptce history` shows it."""
    report = history_report(show(contest, ref), history(contest, ref), contest.clock.now())
    [table] = [part for part in report.parts if isinstance(part, Table)]
    return {int(n): (str(who), str(what)) for n, _when, who, what in table.rows}


def test_the_very_bytes(full: Contest) -> None:
    """The ledger stands in the page as it is, and its head in plain words before it."""
    page = page_of(full)
    assert packed(page, "ledger") == b"".join(lines(full))
    head = digest(lines(full)[-1])
    assert page.index(f'<code id="hash">{head}</code>') < page.index('id="book"')
    assert book_in(page)["made"]["lines"] == len(lines(full))
    assert page_of(full) == page


@pytest.mark.parametrize("language", LANGUAGES)
def test_told_as_history_tells(full: Contest, language: str) -> None:
    """Each line of each candidature says what `ptce history` says of it, word for word."""
    page = page_of(full, NameChoice.ALL)
    book, ledger = book_in(page), lines_in(page)
    seen = 0
    with speaking(language):
        for case in book["cases"]:
            for n, (who, what) in told_by_history(full, case["ref"]).items():
                assert "\n".join(book["told"][language][n - 1]) == what
                assert acted_in(book, ledger[n - 1])[language] == who
                seen += 1
    assert seen > 20
    assert all(book["told"][language])


def test_stood_as_replay_says(full: Contest) -> None:
    page = page_of(full)
    book, ledger = book_in(page), lines_in(page)
    for at in sorted({line["at"] for line in ledger}):
        states = {ref: case.state for ref, case in replayed(full, from_text(at)).items()}
        assert stood(book, ledger, at) == states
    assert {one["name"] for one in book["states"]} >= set(states.values())


def test_states_renamed(contest: Contest, clock: SetClock) -> None:
    """A state that changed its name is followed, and told under both."""
    ref = added(contest)
    folder = contest.folder
    (folder / "states" / "draft.toml").rename(folder / "states" / "sketch.toml")
    for file in folder.rglob("*.toml"):
        text = file.read_text("utf-8")
        file.write_text(re.sub(r"\bdraft\b", "sketch", text), "utf-8")
    clock.instant += timedelta(hours=1)
    adopt(contest, "Un autre nom.", states={"draft": "sketch"})
    page = page_of(contest)
    book = book_in(page)
    assert stood(book, lines_in(page), "9") == {ref: "sketch"}
    assert {"draft", "sketch"} <= {one["name"] for one in book["states"]}
    assert [one["kind"] for one in book["look_first"]] == ["rules"]


def test_nothing_and_one_line(contest: Contest) -> None:
    book = book_in(page_of(contest))
    assert book["cases"] == []
    assert book["look_first"] == []
    assert len(book["told"]["fr"]) == len(lines(contest)) == book["made"]["lines"]
    with attack(contest) as database:
        forge(database, [decode(lines(contest)[0])])
    book = book_in(page_of(contest))
    assert (book["made"]["lines"], len(book["told"]["en"])) == (1, 1)


def test_the_page_says_the_same_in_both_languages() -> None:
    """Each name stands in both, with the same holes; where it counts, in both forms."""
    french, english = made.words_in("fr"), made.words_in("en")
    assert list(french) == list(english)
    for key, text in english.items():
        assert isinstance(french[key], type(text))
        forms = (text,) if isinstance(text, str) else text
        others = (french[key],) if isinstance(text, str) else french[key]
        for form, other in zip(forms, others, strict=True):
            assert set(HOLE.findall(str(form))) == set(HOLE.findall(str(other))), key
            assert isinstance(text, str) or "{count}" in form


def test_nothing_planted_is_markup(contest: Contest) -> None:
    submitted(contest, name=PLANT)
    enrol(contest, PLANT, ["auditor"], login="mallory")
    edit(contest, "config.toml", 'title = "', f'title = "{PLANT.replace(chr(34), "")} ')
    adopt(contest, PLANT)
    page = page_of(contest, NameChoice.ALL)
    assert "onerror" not in page.replace("&lt;img src=x onerror=", "")
    parser = Tags()
    parser.feed(page)
    tags = parser.tags
    assert "img" not in tags
    assert tags.count("script") == 3
    assert PLANT in {case["name"] for case in book_in(page)["cases"]}


def test_policy(contest: Contest) -> None:
    """The policy names the script and the style of the page by their hashes, and lets no other."""
    page = page_of(contest)
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for tag, name in (('script type="module"', "script-src"), ("style", "style-src")):
        [content] = re.findall(f"<{tag}>(.*?)</{tag.partition(' ')[0]}>", page, re.DOTALL)
        known = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{name} &#x27;sha256-{known}&#x27;" in policy
    assert policy.startswith("default-src &#x27;none&#x27;")
    assert "unsafe" not in policy
    addresses = set(re.findall(r"https?:[^\"']+", page))
    # The one is the name of a vocabulary: nobody asks anything there.
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_names(full: Contest) -> None:
    """Public shows the names of collectives; none not even these; all shows whatever is left."""
    everything = page_of(full, NameChoice.ALL)
    book = book_in(everything)
    assert len(book["side"]) > 10
    ledger = lines_in(everything)
    for row in book["side"]:
        assert commitment(row["salt"], row["data"]) == ledger[row["n"] - 1]["pd"][row["subject"]]
    shown = {names: packed(page_of(full, names), "book").decode() for names in NameChoice}
    secret = ("jardins@collectif.example", "nour@nord.example", "Une pièce manque.", "Clair.")
    for text in (*secret, "Nour"):
        assert text in shown[NameChoice.ALL], text
        assert text not in shown[NameChoice.PUBLIC], text
        assert text not in shown[NameChoice.NONE], text
    for name in ("Les Jardins", "Le Moulin"):
        assert name in shown[NameChoice.PUBLIC]
        assert name not in shown[NameChoice.NONE]


def test_erased(full: Contest) -> None:
    """What is gone is called erased, not left out, and counted."""
    with attack(full) as database:
        rows = database.execute("DELETE FROM side WHERE subject <> 'contest'").rowcount
        database.execute("UPDATE candidature SET private = '{}', name = NULL")
    for names in (NameChoice.ALL, NameChoice.PUBLIC):
        book = book_in(page_of(full, names))
        assert len(book["gone"]) == rows
        assert all(case["erased"] and case["name"] is None for case in book["cases"])
        said = " ".join(book["made"]["says"]["en"])
        assert f"{rows} were erased" in said


def test_damaged(full: Contest) -> None:
    """A line that cannot be read is told, and no page is made of what it may have said."""
    with attack(full) as database:
        database.execute("UPDATE ledger SET line = '{}' WHERE n = 9")
    with pytest.raises(PtceError, match="9"):
        page_of(full)


def test_who_may_not_read_everything(full: Contest) -> None:
    """A member, to whom marks are closed, cannot have the whole ledger; an auditor can."""
    enrol(full, "Alix", ["auditor"], login="alix")
    clock = SetClock(AFTERWARDS)
    with opened(full.folder, clock, "alix") as contest:
        page_of(contest)
    with opened(full.folder, clock, "nour") as contest, pytest.raises(PtceError) as refused:
        page_of(contest)
    assert refused.value.what == _("Only those who may read everything are told the whole ledger.")


@pytest.mark.parametrize(
    ("folder", "terms"),
    {
        ".": {"dossier": "date.submission"},
        "contests/aap-national": {"dossier": "date.closing"},
        "contests/ami-permanent": {"renewal": "date.label_end"},
    }.items(),
)
def test_terms_follow_from_the_process(folder: str, terms: dict[str, str]) -> None:
    process = Process.load(read_folder(ROOT / folder))
    known = {sheet: frozenset([parse_instant(end)]) for sheet, end in terms.items()}
    assert Terms(process).by_sheet == known


def test_every_kind_has_its_group() -> None:
    assert [kind for kind in MODULES if group_of(kind) == "other"] == []
    people = ("person_enrolled", "person_left", "personal_data_erased")
    assert {group_of(kind) for kind in people} == {"person"}
    assert group_of("facts_carried") == "fact"


def test_too_long(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger of which a browser would show nothing is refused, in words."""
    monkeypatch.setattr(made, "MOST_LINES", len(lines(contest)) - 1)
    with speaking("en"), pytest.raises(PtceError, match=r"holds \d+ at most"):
        page_of(contest)


def test_packed_alike() -> None:
    """The same data give the same text whenever they are packed."""
    assert pack(b"ledger" * 99) == pack(b"ledger" * 99)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", pack(PLANT.encode()))


def test_size() -> None:
    """Script and style stay within what a page may weigh."""
    weight = sum((made._BESIDE / name).stat().st_size for name in ("page.js", "page.css"))
    assert weight <= 68 * 1024
