"""One fact, one telling: what the outputs of the played contest say of a fact, all against all.

The terminal, `--json`, CSV, the minutes, the audit, letters and the page are read back; of each
fact, every output that tells it tells the same. A command that reads is found by its options: a new
one is compared as well.
"""

import csv
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click import Argument
from playwright.sync_api import Browser

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import long_instant, speaking
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.cli.main import main
from ptce_workflow.process.process import Process
from rehearsal.cast import DESK
from tests.browsing import browser, go, opened_in
from tests.replayed import Book, book_in, lines_in

pytestmark = [pytest.mark.rehearsed, pytest.mark.long]

__all__ = ["browser"]

PARIS = ZoneInfo("Europe/Paris")
NOW = "2024-09-04T09:00:00+02:00"
READ_AS_ORGANISER = ", interprétation de l’organisateur"
WORDS = {
    "diff": "--from 11/03/2024 --to 03/09/2024",
    "replay": "--check",
    "checkpoint": "--list",
    "mail list": "--all",
    "why": "--past",
}
"""What a command that reads needs besides, or tells most by."""
ELSEWHERE = {"minutes", "export", "results", "mail preview"}
"""Those that write files, each read below; and letters of sample data."""
Facts = dict[tuple[object, object], dict[str, object]]


def typed(*words: str) -> str:
    """What a command prints; it is expected to be done."""
    out = StringIO()
    with redirect_stdout(out):
        code = main(words)
    assert code == 0, words
    return out.getvalue()


@dataclass
class Outputs:
    """What the commands that read say of a contest, and what they write."""

    folder: Path
    beside: Path
    texts: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    sat: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def refs(self) -> list[str]:
        return [one["ref"] for one in json.loads(typed("list", "--json"))]

    def read(self) -> None:
        for name, command in every_command().items():
            options = {param.name for param in command.params}
            if not {"file", "json"} <= options or name in ELSEWHERE:
                continue
            first = command.params[0]
            takes_ref = isinstance(first, Argument) and first.nargs == 1
            lines = [[ref] for ref in self.refs] if takes_ref else [[]]
            for words in lines:
                line = [*name.split(), *words, *WORDS.get(name, "").split()]
                self.texts[" ".join(line)] = typed(*line)
                self.data[" ".join(line)] = json.loads(typed(*line, "--json"))
        for number in ("1", "2"):
            self.texts[f"minutes {number}"] = self.written("minutes", number, "-o", "m.html")
        self.texts["jury rank -o"] = self.written("jury", "rank", "-o", "rank.html")
        self.sat = json.loads(typed("minutes", "--list", "--json"))
        typed("replay", "--html", str(self.page), "--names", "all")
        for mail in self.letters:
            self.texts[f"mail show {mail}"] = typed("mail", "show", mail)
        typed("export", "--csv", str(self.beside / "csv"))
        for file in (self.beside / "csv").glob("*.csv"):
            self.texts[file.name] = file.read_text("utf-8-sig")

    def written(self, *words: str) -> str:
        """The text of a page that a command writes."""
        file = self.beside / words[-1]
        typed(*words[:-1], str(file), "--force")
        return html.unescape(re.sub("<[^>]+>", "\n", file.read_text("utf-8")))

    @cached_property
    def letters(self) -> dict[str, str]:
        """The mails that tell decisions, each with the candidature."""
        decided = ((ref, one) for ref in self.refs for one in self.data[f"show {ref}"]["decisions"])
        return {one["mail"]: ref for ref, one in decided if one["mail"]}

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(StringIO(self.texts[f"{name}.csv"]), delimiter=";"))

    @property
    def page(self) -> Path:
        return self.beside / "page.html"

    @cached_property
    def book(self) -> Book:
        return book_in(self.page.read_text("utf-8"))

    @cached_property
    def ledger(self) -> list[Book]:
        return lines_in(self.page.read_text("utf-8"))

    @cached_property
    def process(self) -> Process:
        return Process.load(read_folder(self.folder))

    def history(self) -> Iterator[tuple[int, str]]:
        """Each line of each history, and all that is told of it."""
        for ref in self.refs:
            for block in re.split(r"\n(?= *\d+  )", self.texts[f"history {ref}"]):
                if number := re.match(r" *(\d+)  ", block):
                    yield int(number[1]), block


@contextmanager
def playing(folder: Path, now: str) -> Iterator[None]:
    """The desk at its keyboard, in a contest at an instant."""
    with pytest.MonkeyPatch.context() as settings:
        settings.chdir(folder)
        for name, value in (("LANG", "fr"), ("ACTOR", DESK), ("NOW", now)):
            settings.setenv(f"PTCE_{name}", value)
        yield


@pytest.fixture(scope="module")
def outputs(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    found = Outputs(played, tmp_path_factory.mktemp("outputs"))
    with playing(played, NOW):
        found.read()
    return found


def agree(facts: Facts, *, least: int) -> None:
    """Every output that tells a fact tells the same; and enough of them tell each kind."""
    assert facts
    differing = {key: said for key, said in facts.items() if len(set(said.values())) > 1}
    assert differing == {}
    assert min(len(said) for said in facts.values()) >= least


def hour(text: str) -> datetime:
    """An hour as a table has it: that of the contest, without seconds where there are none."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def flat(text: str) -> str:
    """A text in one line, whatever its width and its kinds of space."""
    return " ".join(text.split())


def spoken(at: str) -> str:
    with speaking("fr"):
        instant = from_text(at)
        return flat(long_instant(instant, PARIS, "fr", seconds=bool(instant.second)))


def unmet(outputs: Outputs) -> Iterator[tuple[Book, str]]:
    """Each rule that stood in the way of a transition, with its line."""
    for line in outputs.ledger:
        if line["type"] == "transition_refused":
            for rule, answer in line["data"]["verdicts"].items():
                if answer != "holds":
                    yield line, rule


def grounds(outputs: Outputs) -> Facts:
    """On what each rule rests that stood in a way, as tables, `--json` and the page say it."""
    facts: Facts = defaultdict(dict)
    for row in outputs.table("refusals"):
        facts[int(row["line"]), row["rule"]]["refusals.csv"] = row["ground"]
    for ref in outputs.refs:
        for act in outputs.data[f"why {ref} --past"]["past"]:
            for rule in act["rules"] if not act["made"] else ():
                if rule["verdict"] != "holds":
                    facts[act["line"], rule["id"]]["why --past --json"] = rule["ground"]
    for line, rule in unmet(outputs):
        [judged, *_others] = outputs.book["acts"][str(line["n"])]["fr"]["judged"]
        told = {one[0]: one[4] for one in judged["rules"]}
        facts[line["n"], rule]["page"] = told[rule]
    return facts


def test_the_ground_of_a_rule(outputs: Outputs) -> None:
    """An article that the organiser reads so is told as such wherever a rule is told."""
    facts = grounds(outputs)
    agree(facts, least=3)
    said = {key: str(one["page"]) for key, one in facts.items()}
    assert any(ground.endswith(READ_AS_ORGANISER) for ground in said.values())
    minutes = flat("".join(outputs.texts[f"minutes {number}"] for number in ("1", "2")))
    history, audit = dict(outputs.history()), outputs.texts["audit"]
    past = flat("".join(outputs.texts[f"why {ref} --past"] for ref in outputs.refs))
    for line, rule in unmet(outputs):
        n, ground = line["n"], said[line["n"], rule]
        assert f"({ground})\n" in f"{history[n]}\n"
        assert any(one.endswith(f"({ground})") for one in outputs.book["told"]["fr"][n - 1])
        assert flat(re.sub(f"{READ_AS_ORGANISER}$", " *", ground)) in past
        if f"\n{n:>7}  " in audit:
            assert f"({ground})" in audit
    for line, rule in unmet(outputs):
        if outputs.sat[0]["line"] < line["n"] < outputs.sat[0]["closed"]:
            assert flat(said[line["n"], rule]) in minutes


def test_no_output_tells_an_article_that_the_organiser_reads_as_if_it_were_plain(
    outputs: Outputs,
) -> None:
    rules = [rule for edge in outputs.process.every_edge() for rule in edge.rules.values()]
    plain = {str(rule.source) for rule in rules if rule.source and not rule.choice}
    read = {str(rule.source) for rule in rules if rule.source and rule.choice} - plain
    assert read
    alone = {
        (name, source)
        for name, text in outputs.texts.items()
        for source in read
        if f"({source})" in text or f";{source};" in text or f"\n{source}\n" in text
    }
    assert alone == set()
    told = (text for lines in outputs.book["told"]["fr"] for text in lines)
    assert not [text for text in told if any(f"({source})" in text for source in read)]
    letters = [flat(outputs.texts[f"mail show {mail}"]) for mail in outputs.letters]
    assert any(flat(f"{source}{READ_AS_ORGANISER})") in text for text in letters for source in read)


def walk(data: Any) -> Iterator[Book]:
    """Each object of an answer, however deep."""
    if isinstance(data, dict):
        yield data
    for one in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from walk(one)


def moved(line: Book) -> bool:
    opens, moves = line["type"] == "candidature_opened", line["type"] == "transition_made"
    return opens or (moves and "request" not in line["data"])


def counts_since(line: Book) -> datetime:
    """Since when the state counts into which a line puts a candidature, as the page reads it."""
    return from_text(line["data"].get("due") or line["at"])


def test_since_when_each_stands_where_it_stands(outputs: Outputs) -> None:
    """The answer to an appeal moves nothing."""
    facts: Facts = defaultdict(dict)
    for name, data in outputs.data.items():
        for one in walk(data):
            if isinstance(one.get("since"), str) and "state" in one:
                facts["since", one["ref"]][name] = minute(from_text(one["since"]))
    for row in outputs.table("candidatures"):
        facts["since", row["ref"]]["candidatures.csv"] = hour(row["since"])
    refs = {one["id"]: one["ref"] for one in outputs.book["cases"]}
    for line in filter(moved, outputs.ledger):
        facts["since", refs[line["case"]]]["page"] = minute(counts_since(line))
    agree(facts, least=4)
    for (_since, ref), said in facts.items():
        since = spoken(to_text(said["page"]))  # type: ignore[arg-type]
        for name in (f"show {ref}", f"why {ref} --past"):
            assert f"depuis le {since}" in flat(outputs.texts[name].splitlines()[0])


def decisions(outputs: Outputs) -> Iterator[tuple[str, dict[str, Any]]]:
    for ref in outputs.refs:
        for one in outputs.data[f"show {ref}"]["decisions"]:
            yield ref, one


def test_the_day_of_a_decision(outputs: Outputs) -> None:
    facts: Facts = defaultdict(dict)
    by_line = {line["n"]: line for line in outputs.ledger}
    rows = {int(row["line"]): row for row in outputs.table("moves")}
    last: dict[str, datetime] = {}
    for ref, one in decisions(outputs):
        said, n = facts["decision", one["line"]], one["line"]
        said["show --json"] = at = minute(from_text(one["at"]))
        said["moves.csv"] = hour(rows[n]["due"] or rows[n]["at"])
        said["page"] = minute(counts_since(by_line[n]))
        acts = outputs.data[f"why {ref} --past"]["past"]
        said["why --past --json"] = minute(from_text(*(a["at"] for a in acts if a["line"] == n)))
        day = spoken(one["at"])
        assert f"Décision du {day} : " in flat(outputs.texts[f"show {ref}"])
        assert f"{day} · ligne {n} " in flat(outputs.texts[f"why {ref} --past"]).lower()
        if "request" not in by_line[n]["data"]:
            last[ref] = at
    for row in outputs.data.get("decisions", ()):
        facts["decision", row["line"]]["decisions --json"] = minute(from_text(row["at"]))
    agree(facts, least=4)
    lines = [(ref, one["line"]) for ref, one in decisions(outputs)]
    decided = {row["ref"]: row["decided"] for row in outputs.table("candidatures")}
    assert {ref: hour(text) for ref, text in decided.items() if text} == last
    late = [(ref, n) for ref, n in lines if by_line[n]["data"].get("due")]
    assert late, "the played contest has a decision that time made late"
    for ref, n in late:
        entered, past = spoken(by_line[n]["at"]), flat(outputs.texts[f"why {ref} --past"])
        assert f" · ligne {n} par automate saisi le {entered} " in past


def test_the_hour_of_a_decision_that_time_made(outputs: Outputs, browser: Browser) -> None:
    """The first screen tells when it was decided, not when it was written five minutes later."""
    hours: dict[str, set[str]] = defaultdict(set)
    for one in outputs.data["decisions"]:
        hours[one["ref"]].add(f"{from_text(one['at']).astimezone(PARIS):%H:%M}")
    with opened_in(browser, outputs.page) as page:
        go(page, "summary")
        rows = [flat(text) for text in page.locator("table tbody tr").all_inner_texts()]
    assert any(text.startswith("C-016 ") for text in rows)
    for text in rows:
        assert any(f", {hour} " in text for hour in hours[text[:5]]), text


def test_when_a_decision_was_notified(outputs: Outputs) -> None:
    """By the mail that tells that decision: the letter of an appeal is another."""
    facts: Facts = defaultdict(dict)
    rows = {row["mail"]: row for row in outputs.table("mails")}
    listed = {one["message"]: one for one in outputs.data["mail list --all"]}
    sent = {
        line["data"]["message"]: minute(from_text(line["at"]))
        for line in outputs.ledger
        if line["type"] == "message_sent"
    }
    for ref, one in decisions(outputs):
        mail, said = one["mail"], facts["notified", one["line"]]
        assert one["notified"], "the played contest leaves none untold"
        said["show --json"] = minute(from_text(one["notified"]))
        said["mails.csv"] = hour(rows[mail]["sent"])
        said["mail list --json"] = minute(from_text(listed[mail]["next_at"]))
        said["page"] = sent[mail]
        when = spoken(one["notified"])
        assert f", notifiée le {when} " in flat(outputs.texts[f"show {ref}"])
        letter = flat(outputs.texts[f"mail show {mail}"])
        assert f" quand {when} " in letter
        assert f"ligne {one['line']}, empreinte" in letter
        assert f"courriel parti : {mail} " in flat(outputs.texts[f"history {ref}"])
    for row in outputs.data.get("decisions", ()):
        facts["notified", row["line"]]["decisions --json"] = minute(from_text(row["told"]))
    agree(facts, least=4)
    assert "Chaque décision a été notifiée." in outputs.texts["audit"]


def test_the_cut(outputs: Outputs, browser: Browser) -> None:
    """Between the same two, once, wherever the ranking is shown."""
    cut = outputs.data["jury rank"]["cut"]
    sentence = f"Limite : entre {cut['in']} et {cut['out']}, telle qu’elle a été décidée."
    for name in ("jury rank", "jury rank -o", "audit"):
        assert flat(outputs.texts[name]).replace(" ,", ",").count(sentence) == 1
    for name in ("jury rank", "audit"):
        bars = [line for line in outputs.texts[name].splitlines() if "╌" in line or " ▏" in line]
        (n,) = (n for n, line in enumerate(bars) if "╌" in line)
        assert (cut["in"] in bars[n - 1], cut["out"] in bars[n + 1]) == (True, True)
    with opened_in(browser, outputs.page) as page:
        go(page, "jury")
        (row,) = page.locator("tr.cut").all_inner_texts()
        assert cut["out"] in row
        for ref in ("C-009", "C-012", "C-015"):
            go(page, ref)
            said = outputs.data[f"show {ref}"]
            state = outputs.process.states[said["state"]].label.in_("fr")
            day = spoken(said["since"]).partition(" à ")[0]
            assert f"{state} depuis le {day}" in page.inner_text("#app")


def test_where_each_stands_now_is_beside_what_the_sitting_decided(outputs: Outputs) -> None:
    states = {name: state.label.in_("fr") for name, state in outputs.process.states.items()}
    now = {one["ref"]: states[one["state"]] for one in outputs.data["list"]}
    for one in outputs.data["jury rank"]["ranking"]:
        decided = states[one["decided"]]
        row = rf" {one['ref']} .* {decided} +{now[one['ref']]}\n"
        for name in ("jury rank", "audit"):
            assert re.search(row, outputs.texts[name])


def test_who_stepped_aside_from_a_vote(outputs: Outputs) -> None:
    """Five were there, four voted: the fifth is named, and why."""
    votes = [line for line in outputs.ledger if line["type"] == "vote_taken"]
    (order,) = (line for line in votes if line["data"]["aside"])
    assert order["data"]["aside"] == ["coorace"]
    words = "déportées, n’ont pas voté : Coorace Occitanie"
    assert words in flat(" ".join(outputs.book["told"]["fr"][order["n"] - 1]))
    assert words in flat(outputs.texts["audit"])
    assert re.search(r"Déportées, n’ont pas voté\s+1\s+Coorace", outputs.texts["minutes 2"])
    assert re.search(r"déport +Coorace Occitanie", outputs.texts["why C-011 --past"])


def test_what_will_leave(played: Path) -> None:
    """At three moments of the contest: the same mails, at the same hours, in every list."""
    moments = [one for one in played.parent.iterdir() if one.name.isdecimal()]
    assert moments
    for folder in moments:
        now = datetime.fromtimestamp(int(folder.name), PARIS)
        with playing(folder, now.isoformat()):
            listed = json.loads(typed("mail", "list", "--json"))
            ahead = json.loads(typed("calendar", "--json"))["mails"]
            text = typed("mail", "list")
        calendar = {one["message"]: one["at"] for one in ahead if one["message"]}
        assert {one["message"]: one["leaves"] for one in listed if one["leaves"]} == calendar
        moot = [one["message"] for one in listed if one["moot"]]
        assert [name for name in moot if name in calendar] == []
        assert text.count("ne partira pas") == len(moot)
