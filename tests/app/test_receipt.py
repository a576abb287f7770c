"""Receipt: what arrives is received at its hour, complete or not, and acknowledged."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.record import FactsRefused, receive, record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.outbox.desk import letter_view, messages
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.main import main
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.process.check import check
from ptce_workflow.scheduler.passes import tick
from tests.ledger.forger import Forger
from tests.mailing import settings
from tests.process.test_catalogues import FILES, INSTITUTION
from tests.rehearsal import lines, opened, types
from tests.smtp import Server

DATES = """
[dates.closing]
label = "Clôture"
at = 2024-03-11T12:00:00
choice = "x"

[dates.silence]
label = "Silence"
at = "received.dossier + 2 months at 23:59"
choice = "x"
"""
CONFIG = FILES["config.toml"] + INSTITUTION + DATES
DRAFT = """
label = "En cours"
open = ["dossier"]

[transitions.close]
label = "Clore"
to = "closed"

[transitions.close.rules]
arrived = { says = "Arrivé", when = "given.received.dossier", choice = "x" }
in_time = { says = "Avant {date.closing}", when = "received.dossier <= date.closing", choice = "x" }

[transitions.late]
label = "Hors délai"
to = "gone"

[transitions.late.rules]
late = { says = "Reçu trop tard", when = "received.dossier > date.closing", choice = "x" }

[transitions.forget]
label = "Classer"
to = "forgotten"
at = "date.silence"
"""
ENDS = """
closed = { label = "Clos" }
gone = { label = "Hors délai" }
forgotten = { label = "Classé" }
"""
ACKNOWLEDGED = """+++
label = "Accusé de réception"
on = "received.dossier"
+++
# Reçu : {{ candidature.ref }}

Reçu le {{ receipt.at }}.

{% if missing %}
Il manque : {{ missing | join(", ") }}, avant le {{ date.closing }}.
{% endif %}

Le premier le {{ received.dossier }}.

{% if receipt.evidence %}
Pièce : {{ receipt.evidence }}
{% endif %}
"""
TOO_LATE = """+++
on = "entered.gone"
+++
# Trop tard

{% if received.dossier is defined %}
Arrivé le {{ received.dossier }}.
{% endif %}
"""
BEGINNING = datetime(2024, 3, 1, 9, tzinfo=UTC)
ARRIVAL = datetime(2024, 3, 8, 8, 12, tzinfo=UTC)
PROOF = Evidence(sha256(b"mail").hexdigest(), 4)


def folder(**changes: str) -> dict[str, bytes]:
    """The gardens, whose dossier is received."""
    texts = {
        **FILES,
        "config.toml": CONFIG,
        "states/draft.toml": DRAFT,
        "states/ends.toml": ENDS,
        "texts/silence.md": "Sans réponse le {{ date.silence }}, c’est non.\n",
        "notifications/acknowledged.md": ACKNOWLEDGED,
        "notifications/too_late.md": TOO_LATE,
    }
    texts |= {
        re.sub(r"_(toml|md)$", r".\1", name.replace("__", "/")): text
        for name, text in changes.items()
    }
    return {path: text.encode() for path, text in texts.items()}


def written(place: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    return place


@contextmanager
def begun(place: Path, **changes: str) -> Iterator[Contest]:
    """The contest as it has begun; its one candidature has a contact, and no name yet."""
    clock = SetClock(BEGINNING)
    with speaking("en"):
        home = written(place / "gardens", folder(**changes))
        create(home, login="anne", rehearsal=True, clock=clock)
        with opened(home, clock) as running:
            add(running, {"dossier": {"contact": "a@b.example"}})
            yield running
            assert verify(running).faults == ()


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """The contest as it has begun."""
    with begun(tmp_path) as running:
        yield running


def at(contest: Contest, instant: datetime) -> None:
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = instant


def text_of(contest: Contest, mail: str) -> str:
    """What a mail says, with plain spaces."""
    return letter_view(contest, mail).letter.text.replace("\N{NO-BREAK SPACE}", " ")


def edges(contest: Contest) -> set[str]:
    """The ways out that people may take."""
    told = why(contest, "C-001").edges
    return {edge.name for edge in told if edge.allowed and edge.at is None} - {"forget"}


def test_what_is_incomplete_is_acknowledged_too(contest: Contest) -> None:
    at(contest, ARRIVAL + timedelta(days=1))
    done = receive(contest, "C-001", "dossier", at=ARRIVAL, evidence=PROOF)
    assert (done.counts, done.missing) == (ARRIVAL, ("dossier.name", "dossier.people"))
    [mail] = messages(contest, ["planned"])
    text = text_of(contest, mail.name)
    assert "Reçu le vendredi 8 mars 2024 à 9 h 12." in text
    assert "Il manque : Nom, Personnes, avant le lundi 11 mars 2024" in text
    assert f"Pièce : {PROOF.sha256}" in text
    assert "Sans réponse le mercredi 8 mai 2024" in text
    tick(contest, None)


def test_rules_dates_and_mails_read_the_first(contest: Contest) -> None:
    assert edges(contest) == set()
    at(contest, ARRIVAL + timedelta(days=9))
    late = datetime(2024, 3, 11, 11, 0, 30, tzinfo=UTC)
    receive(contest, "C-001", "dossier", at=late)
    assert edges(contest) == {"late"}
    done = receive(contest, "C-001", "dossier", at=ARRIVAL)
    assert (done.before, done.counts) == ((late,), ARRIVAL)
    assert edges(contest) == {"close"}
    due = {edge.name: edge.at for edge in why(contest, "C-001").edges}
    assert due["forget"] == datetime(2024, 5, 8, 21, 59, tzinfo=UTC)
    first, second = (text_of(contest, mail.name) for mail in messages(contest, ["planned"]))
    assert "Reçu le lundi 11 mars 2024 à 12 h 00 min 30 s" in first
    assert "Reçu le vendredi 8 mars 2024 à 9 h 12." in second
    assert advance(contest, ["C-001"], "close")[0].made


def test_nobody_is_told_that_nothing_came_whose_dossier_has_come(tmp_path: Path) -> None:
    reminder = """+++
at = ["date.closing - 3 days at 10:00"]
in = ["draft"]
when = "!given.received.dossier"
+++
# Rien n’est arrivé
"""
    with begun(tmp_path, notifications__reminder_md=reminder) as running, Server() as server:
        add(running, {"dossier": {"name": "Quai", "contact": "c@d.example"}})
        at(running, ARRIVAL)
        receive(running, "C-001", "dossier")
        at(running, ARRIVAL + timedelta(hours=1))
        tick(running, settings(server))
        fate = {
            one.ref: str(one.stage)
            for one in messages(running, ["sent", "cancelled"])
            if one.notification == "reminder"
        }
        assert fate == {"C-001": "cancelled", "C-002": "sent"}


def test_the_last_where_the_sheet_says_so(tmp_path: Path) -> None:
    sheet = 'receipt = "last"\n' + FILES["sheets/dossier.toml"]
    with begun(tmp_path, sheets__dossier_toml=sheet) as running:
        at(running, ARRIVAL + timedelta(days=9))
        receive(running, "C-001", "dossier", at=ARRIVAL + timedelta(days=8))
        done = receive(running, "C-001", "dossier", at=ARRIVAL)
        assert done.counts == ARRIVAL + timedelta(days=8)


def test_an_arrival_that_cannot_be_is_refused(contest: Contest) -> None:
    at(contest, ARRIVAL + timedelta(days=1))
    receive(contest, "C-001", "dossier", at=ARRIVAL)
    before = lines(contest)
    for sheet, instant, what in (
        ("dossier", ARRIVAL + timedelta(days=2), "in the future"),
        ("dossier", BEGINNING - timedelta(seconds=1), "before the contest began"),
        ("dossier", ARRIVAL, "recorded already"),
        ("marks", ARRIVAL, "no sheet that somebody sends in"),
        ("dosier", ARRIVAL, "no sheet that somebody sends in"),
    ):
        with pytest.raises(PtceError, match=what):
            receive(contest, "C-001", sheet, at=instant)
    with pytest.raises(Misuse):
        receive(contest, "C-009", "dossier")
    assert lines(contest) == before
    # What proves it may still be put beside it.
    assert receive(contest, "C-001", "dossier", at=ARRIVAL, evidence=PROOF).before == (ARRIVAL,)


def test_who_may_not_receive(contest: Contest) -> None:
    enrol(contest, "Sam", ["auditor"], login="sam")
    assert isinstance(contest.clock, SetClock)
    with opened(contest.folder, contest.clock, "sam") as theirs, pytest.raises(PtceError) as told:
        receive(theirs, "C-001", "dossier")
    assert "may not receive" in told.value.what


def test_what_is_complete_stays_so(tmp_path: Path) -> None:
    """Where the sheet says so, what it needs is changed and never taken away."""
    sheet = "stays_complete = true\n" + FILES["sheets/dossier.toml"]
    with begun(tmp_path, sheets__dossier_toml=sheet) as running:
        record(running, "C-001", {"dossier": {"name": "Serres"}})
        record(running, "C-001", {"dossier": {"name": ""}})
        people = [{"name": "Ada"}]
        record(running, "C-001", {"dossier": {"name": "Serres", "people": people}})
        with pytest.raises(FactsRefused, match="complete"):
            record(running, "C-001", {"dossier": {"name": ""}})
        record(running, "C-001", {"dossier": {"name": "Halle", "contact": ""}})


def test_a_forger_who_makes_it_incomplete_is_found(tmp_path: Path) -> None:
    sheet = "stays_complete = true\n" + FILES["sheets/dossier.toml"]
    with begun(tmp_path, sheets__dossier_toml=sheet) as running:
        whole = {"name": "Serres", "people": [{"name": "Ada"}]}
        at(running, ARRIVAL)
        receive(running, "C-001", "dossier")
        record(running, "C-001", {"dossier": whole})
        kinds, before = types(running), Forger(running)
        arrived, recorded = kinds.index("sheet_received") + 1, len(kinds)
        forger = Forger(running)
        n = forger.append(recorded, facts={}, given=[], removed=["dossier.people"])
        complete = "What is complete must stay so: nothing it needs is taken away."
        assert (n, complete) in forger.told()
        for data, says in (
            ({"sheet": "marks"}, "The process of the day has no such sheet to receive."),
            ({"received_at": "2024-03-08T08:12:01.000000Z"}, "in the future."),
            ({"received_at": "2024-02-08T08:12:00.000000Z"}, "before the contest began."),
        ):
            forger = Forger(running)
            forger.lines = list(before.lines)
            forger.data(arrived, **data)
            assert any(n == arrived and says in what for n, what in forger.told())
        before.told()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"sheets__marks_toml": 'receipt = "last"\n' + FILES["sheets/marks.toml"]}, "receipt"),
        ({"notifications__too_late_md": TOO_LATE.replace("entered.gone", "received.dosier")}, "on"),
        ({"notifications__too_late_md": TOO_LATE.replace("entered.gone", "received.marks")}, "on"),
        ({"notifications__too_late_md": TOO_LATE.replace("received.dossier", "received.x")}, ""),
        ({"config_toml": CONFIG.replace("received.dossier", "received.marks")}, "dates.silence.at"),
        ({"states__draft_toml": DRAFT.replace("given.received.dossier", "given.received.x")}, None),
    ],
)
def test_what_receives_nothing_is_told(change: dict[str, str], key: str | None) -> None:
    assert check(folder()) == ()
    found = check(folder(**change))
    assert found
    assert key is None or key in {one.key for one in found}


def test_typed(contest: Contest, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command: what it says, its data, and a proof that cannot be read."""
    proof = tmp_path / "courriel.eml"
    proof.write_bytes(b"mail")
    at(contest, ARRIVAL + timedelta(days=1))
    place = ["--contest", str(contest.folder), "--as", "anne"]
    moment = ["--at", "2024-03-08T09:12:00+01:00"]

    def typed(*words: str) -> int:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PTCE_NOW", "2024-03-09T09:12:00+01:00")
            return main([*words, *place])

    def received(*words: str) -> int:
        return typed("receive", "C-001", "dossier", *words, "--lang", "en")

    assert received(*moment, "--evidence", str(tmp_path / "x")) == 2
    assert "no such file" in capsys.readouterr().err
    assert typed("why", "C-001", "--lang", "en") == 0
    said = capsys.readouterr().out
    assert "arrival of: Dossier" in " ".join(said.split())
    assert "ptce receive C-001 dossier" in said
    assert received(*moment, "--evidence", str(proof)) == 0
    said = capsys.readouterr().out
    assert PROOF.sha256 in said.replace("\n", "").replace(" ", "")
    assert "Still missing: Nom, Personnes." in said
    assert received("--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["counts"], data["evidence"]) == ("2024-03-08T08:12:00.000000Z", None)
    assert typed("history", "C-001", "--lang", "en") == 0
    assert "arrived: Dossier" in capsys.readouterr().out
    assert typed("show", "C-001", "--lang", "en") == 0
    assert "Arrived" in capsys.readouterr().out


VERSIONS = (
    ACKNOWLEDGED
    + """
{% if receipt.late %}
En retard.
{% endif %}

{% if receipt.counts %}
Celui du {{ receipt.counts }} compte.
{% elif receipt.replaces %}
Il remplace celui du {{ receipt.replaces }}.
{% endif %}
"""
)


def test_a_receipt_says_which_version_counts(tmp_path: Path) -> None:
    window = DRAFT.replace('["dossier"]', '["dossier until date.closing"]')
    changes = {"states__draft_toml": window, "notifications__acknowledged_md": VERSIONS}
    with begun(tmp_path, **changes) as running:
        at(running, ARRIVAL + timedelta(days=9))
        closing = datetime(2024, 3, 11, 11, tzinfo=UTC)
        receive(running, "C-001", "dossier", at=closing + timedelta(seconds=1))
        receive(running, "C-001", "dossier", at=ARRIVAL)
        receive(running, "C-001", "dossier", at=closing)
        late, first, last = (text_of(running, one.name) for one in messages(running, ["planned"]))
        assert "En retard.\n\nCelui du lundi 11 mars 2024 à 12 h compte." in late
        assert "En retard" not in first + last
        assert "Celui du lundi 11 mars 2024 à 12 h compte." in first
        assert "Il remplace celui du vendredi 8 mars 2024 à 9 h 12." in last


def test_a_late_receipt_where_nothing_came_in_time(tmp_path: Path) -> None:
    window = DRAFT.replace('["dossier"]', '["dossier until date.closing"]')
    changes = {"states__draft_toml": window, "notifications__acknowledged_md": VERSIONS}
    with begun(tmp_path, **changes) as running:
        at(running, ARRIVAL + timedelta(days=9))
        receive(running, "C-001", "dossier", at=ARRIVAL + timedelta(days=8))
        [mail] = messages(running, ["planned"])
        text = text_of(running, mail.name)
        assert "En retard." in text
        assert "compte." not in text
