"""What a person of the desk reads: the list, why, the history, and what to type next."""

import io
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import ptce_workflow.app.candidatures.overview as overview_
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.why import past, why
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import _, speaking
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.cli.invocation import instant
from ptce_workflow.cli.terminal import Output, print_parts
from ptce_workflow.office.page import GREEN, RED, Report
from ptce_workflow.reports.history import history_report
from ptce_workflow.reports.overview import list_report
from ptce_workflow.reports.why import past_report, why_report
from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.servers import ON_SERVER

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]
# In the played contest nobody scores, meets or is expected any more, no mail waits for a person,
# the mail server is gone and no other keeps the database: these examples are refused, in words.
REFUSED = {"jury score", "jury recuse", "deliberate", "sign-in", "doctor", "answer"}
REFUSED |= {"mail release", "mail edit", "mail drop", "mail resolve", "mail test"}
# The mail server of the demo has stopped.
REFUSED |= {"tick"}
# There are no roles in a file.
REFUSED |= set[str]() if ON_SERVER else {"grants"}
# The desk says for which institution, the hour of the sitting is over; nobody is there to be asked
# or to write, nobody has made that backup, and no mailbox is at Microsoft.
MISUSED = {"jury declare", "convene", "erase", "restore", "mail login", "mail write"}
ENDLESS = {"run"}


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        """Says that a person reads it."""
        return True


@pytest.fixture
def contest(demo: Path) -> Iterator[Contest]:
    """The played contest, opened by its desk the day after."""
    clock = SetClock(instant("2024-09-04T09:00:00+02:00", said_by="test", zone=None))
    with speaking("fr"), Contest.open(demo, actor="bureau", clock=clock) as contest:
        yield contest


def terminal(columns: int, monkeypatch: pytest.MonkeyPatch, *, colour: bool = False) -> Output:
    monkeypatch.setenv("COLUMNS", str(columns))
    return Output(Terminal(), Terminal(), environ={} if colour else {"NO_COLOR": "1"})


def lines(out: Output) -> list[str]:
    """What was printed, no-break spaces made plain."""
    assert isinstance(out.stdout, Terminal)
    return out.stdout.getvalue().replace("\u00a0", " ").replace("\u202f", " ").splitlines()


def history_of(contest: Contest, ref: str) -> Report:
    """What `ptce history` shows."""
    return history_report(show(contest, ref), history(contest, ref), contest.clock.now())


@pytest.mark.long
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_every_line_fits_the_terminal(
    columns: int, contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = terminal(columns, monkeypatch)
    overview = overview_.overview(contest)
    print_parts(out, list_report(overview, overview_.Wanted()).parts)
    for ref in ("C-005", "C-010", "C-012"):
        print_parts(out, why_report(why(contest, ref), contest.clock.now()).parts)
        print_parts(out, past_report(past(contest, ref), contest.clock.now()).parts)
        print_parts(out, history_of(contest, ref).parts)
    assert max(map(len, lines(out))) <= columns


def test_the_list_leaves_names_their_room(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = terminal(80, monkeypatch)
    overview = overview_.overview(contest)
    print_parts(out, list_report(overview, overview_.Wanted()).parts)
    rows = lines(out)
    assert "  C-011  La Courte Échelle bigourdane   Prête pour l’AMI     3 juin" in rows
    place = next(n for n, line in enumerate(rows) if line.startswith("  C-010"))
    said = " ".join(" ".join(rows[place + 1 : place + 3]).split())
    assert said.startswith("non remplie : Une entreprise hors de l’ESS au moins en est membre")


def test_nothing_to_do_takes_no_column(capsys: Capture, demo: Path) -> None:
    assert "attente" in run(capsys, "list").out
    ended = run(capsys, "list", "--state", "ami_ready")
    assert "attente" not in ended.out
    assert ended.out.count("Prête pour l’AMI") == 9


def test_a_year_that_goes_without_saying_is_not_said(
    capsys: Capture, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "depuis (" not in run(capsys, "list").out
    monkeypatch.setenv("PTCE_NOW", "2025-01-07T09:00:00+01:00")
    assert "depuis (2024)" in run(capsys, "list").out
    assert "quand (2024)" in run(capsys, "history", "C-005").out
    run(capsys, "record", "C-010", "ami", "governance=non")
    assert "3 juin 2024 10:00" in run(capsys, "history", "C-010").out
    assert "7 janv. 2025 09:00" in run(capsys, "history", "C-010").out


@pytest.mark.parametrize("word", ["not_selected", "Non retenue", "non retenue"])
def test_a_state_is_named_as_people_call_it(word: str, capsys: Capture, demo: Path) -> None:
    ended = run(capsys, "list", "--state", word)
    assert ended.code == 0
    assert "C-012" in ended.out
    assert "C-011" not in ended.out


def test_a_state_without_candidatures_is_said_so(capsys: Capture, demo: Path) -> None:
    assert "Aucune candidature ne correspond" in run(capsys, "list", "--state", "draft").out
    assert "ptce add" not in run(capsys, "list", "--state", "draft").out
    assert "«\u00a0draft\u00a0»" in run(capsys, "list", "--state", "draftt").err
    unknown = run(capsys, "list", "--state", "quelconque")
    assert unknown.code == 2
    assert "draft (Brouillon)" in unknown.err


def test_why_says_on_the_right_what_a_rule_rests_on(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = terminal(80, monkeypatch)
    explanation = why(contest, "C-010")
    print_parts(out, why_report(explanation, contest.clock.now()).parts)
    told = lines(out)
    assert told[2].startswith("  → Déclarer prête pour l’AMI (declare_ami_ready) ")
    assert told[2].endswith(" impossible")
    assert len(told[2]) == 80
    grounds = {
        rule.source.in_("fr").replace("\u00a0", " ") + (" *" if rule.choice else "")
        for rule in explanation.edges[0].rules
        if rule.source
    }
    short = [ground for ground in grounds if len(ground) <= 72]
    assert short
    for ground in short:
        assert any(line.endswith(f" {ground}") and len(line) == 80 for line in told), ground


def test_the_organisers_reading_is_starred(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A star stands where an article is read in one way among others, and is explained once."""
    out = terminal(80, monkeypatch)
    print_parts(out, why_report(why(contest, "C-010"), contest.clock.now()).parts)
    assert sum(line.endswith(" *") for line in lines(out)) > 1
    assert sum(line.startswith("* interprétation de l’organisateur") for line in lines(out)) == 1


def test_why_does_not_repeat_itself(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal(80, monkeypatch)
    explanation = why(contest, "C-010")
    print_parts(out, why_report(explanation, contest.clock.now()).parts)
    assert any(rule.observed == "oui" for rule in explanation.edges[0].rules)
    assert not any(line.strip().startswith("constaté : oui") for line in lines(out))
    assert any(line.strip().startswith("constaté : 3") for line in lines(out))


def test_verdicts_are_coloured_and_said(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal(80, monkeypatch, colour=True)
    print_parts(out, why_report(why(contest, "C-010"), contest.clock.now()).parts)
    text = "\n".join(lines(out))
    for word, style in (("impossible", RED), ("possible", GREEN), ("✗", RED), ("✓", GREEN)):
        assert f"\x1b[{style}m{word}\x1b[0m" in text


def test_why_tells_what_to_type_next(capsys: Capture, begun: Path) -> None:
    """What is missing can be answered; then the way onward is open, never the way back."""
    dossier = Path(__file__).resolve().parents[2] / "rehearsal" / "dossiers" / "02-les-marmites-du"
    run(capsys, "add", f"{dossier}-canigou.toml")
    asked = run(capsys, "why", "C-001").out.splitlines()[-1]
    assert asked.endswith("ptce receive C-001 dossier")
    run(capsys, "receive", "C-001", "dossier")
    assert "ptce advance C-001 submit" in run(capsys, "why", "C-001").out
    assert "ptce why C-001" in run(capsys, "advance", "C-001", "submit").err
    asked = run(capsys, "why", "C-001").out.splitlines()[-1]
    assert asked.endswith("ptce record C-001 review exists_already=… already_ptce=…")
    run(capsys, "record", "C-001", "review", "exists_already=oui", "already_ptce=non")
    told = run(capsys, "why", "C-001").out
    assert "(return_for_completion)" in told
    assert told.splitlines()[-1].endswith("ptce advance C-001 declare_eligible")
    assert "Déclarer recevable" in run(capsys, "list").out


def test_a_settled_matter_is_said_to_be(capsys: Capture, demo: Path) -> None:
    assert "Aucune transition ne mène hors de cet état" in run(capsys, "why", "C-001").out


def test_a_history_is_one_line_an_event(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal(120, monkeypatch)
    print_parts(out, history_of(contest, "C-005").parts)
    told = lines(out)
    assert told[0].startswith("C-005 Seconde Peau · Prête pour l’AMI depuis le lundi 3 juin 2024")
    assert any(line.endswith("enregistré : Dossier de candidature (11 réponses)") for line in told)
    assert any(line.endswith("Accompagnée · 5 conditions remplies") for line in told)
    assert any("  P-007         Banque des Territoires : 7 notes" in x for x in told)
    assert not any("jury P-" in line for line in told)


def test_a_refusal_in_a_history_is_told_with_its_numbers(capsys: Capture, demo: Path) -> None:
    told = run(capsys, "history", "C-016").out.replace("\u00a0", " ")
    assert "✗ Le dossier est arrivé au plus tard le lundi 11 mars 2024 à 12 h" in told
    refused = run(capsys, "history", "C-010").out
    assert "✗ Une entreprise hors de l’ESS au moins en est membre" in refused
    assert "{" not in told + refused


def test_a_receipt_is_told_when_it_was_not_at_once(capsys: Capture, demo: Path) -> None:
    told = run(capsys, "history", "C-009").out.replace("\u00a0", " ")
    assert "arrivé : Dossier de candidature, 11 mars 09:12" in told


def test_recording_nothing_is_answered_with_what_may_be_recorded(
    capsys: Capture, demo: Path
) -> None:
    ended = run(capsys, "record", "C-010")
    assert ended.code == 2
    assert "ptce record C-010 ami composition=…" in ended.err
    assert "dossier.members" in ended.err
    settled = run(capsys, "record", "C-004")
    assert settled.code == 2
    assert "on peut écrire\u00a0: rien" in settled.err
    assert "ptce record" not in settled.err


def test_a_person_enrolled_can_be_read_by_a_program(capsys: Capture, demo: Path) -> None:
    """`people enrol` and `people leave` write whom they are about."""
    (person,) = json.loads(run(capsys, "people", "enrol", "X", "--role", "desk", "--json").out)
    assert person["roles"] == ["desk"]
    (left,) = json.loads(run(capsys, "people", "leave", person["actor"], "--json").out)
    assert (left["actor"], left["active"]) == (person["actor"], False)


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.slow)])
def test_the_first_example_of_each_command_works(
    language: str, demo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed in the folder of the demo, in the order of `--help`, each does what it says."""
    monkeypatch.delenv("PTCE_NOW")
    monkeypatch.setenv("LOGNAME", DESK)
    monkeypatch.setenv("PTCE_LANG", language)
    with speaking(language):
        examples = {name: _(one.examples[0]) for name, one in every_command().items()}
    run(capsys, "init", "../ami", "--model", "ami-permanent", "--rehearsal")
    for name, example in examples.items():
        if name in ENDLESS:
            continue
        ended = run(capsys, *shlex.split(example)[1:])
        code = 2 if name in MISUSED else 1 if name in REFUSED else 0
        assert ended.code == code, f"{example}\n{ended.err}"


@pytest.mark.long
def test_a_folder_that_differs_is_seen_and_shown(capsys: Capture, begun: Path) -> None:
    """Today says so; `adopt` without a reason shows the difference and changes nothing."""
    config = begun / "config.toml"
    assert "adopt" not in run(capsys).out
    text = config.read_text("utf-8")
    config.write_text(text.replace("value = 10,", "value = 12,"), "utf-8")
    assert "ptce adopt --dry-run" in run(capsys).out
    for words, code in ((("--dry-run",), 0), ((), 1)):
        ended = run(capsys, "adopt", *words)
        assert ended.code == code
        assert "value = 12," in ended.out
        assert "ptce adopt --reason" in ended.out
    assert run(capsys, "adopt", "--reason", "Deux places de plus.").code == 0
    assert run(capsys, "adopt").code == 0
    assert "adopt" not in run(capsys).out
