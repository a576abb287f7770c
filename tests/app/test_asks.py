"""`asks`: what a transition is given with, answered in the act, before its rules are tried."""

from datetime import datetime

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import FactsRefused, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.errors import FolderFaults, Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.editor import template
from ptce_workflow.cli.main import main
from ptce_workflow.office.forms.answer_file import agenda_of
from ptce_workflow.office.page import Table
from ptce_workflow.reports.sittings import minutes_of
from tests.ledger.forger import Forger
from tests.rehearsal import edit, move, types
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, states

__all__ = ["called", "clock", "contest", "english"]

AWARD = """label = "Award"
by = ["desk"]

[fields.amount]
type = "integer"
label = "Sum granted"
min = 1
"""
RULE = """
[transitions.select.rules.envelope]
says = "The envelope is enough: {total.granted} of {limit.envelope} are granted"
when = "total.granted + award.amount <= limit.envelope"
choice = "an envelope"
"""


@pytest.fixture
def funding(contest: Contest) -> Contest:
    """The voted contest, its places now worth a sum out of an envelope of 100."""
    (contest.folder / "sheets" / "award.toml").write_text(AWARD, "utf-8")
    edit(
        contest,
        "config.toml",
        "[totals]\n",
        '[totals]\ngranted = { label = "Granted", in = ["selected"], of = "award.amount" }\n',
    )
    edit(
        contest,
        "config.toml",
        "[limits]\n",
        '[limits]\nenvelope = { label = "Envelope", value = 100, choice = "an envelope" }\n',
    )
    asked = 'to = "selected"\nasks = ["award.amount"]\n'
    for file in ("scored", "waiting"):
        edit(contest, f"states/{file}.toml", 'to = "selected"\n', asked)
    path = contest.folder / "states" / "scored.toml"
    path.write_text(path.read_text("utf-8") + RULE, "utf-8")
    edit(
        contest,
        "states/waiting.toml",
        '"scored.select.place_left"',
        '"scored.select.place_left", "scored.select.envelope"',
    )
    adopt(contest, "Places are worth a sum.")
    return contest


def of(amount: object) -> dict[str, dict[str, object]]:
    return {"award": {"amount": amount}}


@pytest.fixture
def waiting(funding: Contest, clock: SetClock) -> Contest:
    """Two of three have places worth 40 each, then one of those withdraws; the last waits."""
    frozen(funding, "5", "4", "3")
    clock.instant = MEETING
    deliberate(funding, agenda(answers={"C-001": of(40), "C-002": of(40)}))
    move(funding, "withdraw", "C-001")
    return funding


def test_answered_at_the_desk(waiting: Contest) -> None:
    before = types(waiting)
    with pytest.raises(Misuse, match="asks for: Sum granted") as asked:
        advance(waiting, ["C-003"], "promote")
    assert "award.amount=…" in asked.value.mend
    with pytest.raises(FactsRefused, match="nothing was written"):
        advance(waiting, ["C-003"], "promote", answers=of(0))
    with pytest.raises(Misuse, match="is not asked here"):
        advance(waiting, ["C-003"], "promote", answers={"dossier": {"name": "x"}})
    assert types(waiting) == before
    # Refused, the answer on which the refusal rests stays with it.
    (step,) = advance(waiting, ["C-003"], "promote", answers=of(70))
    assert not step.made
    assert types(waiting)[-2:] == ["facts_recorded", "transition_refused"]
    (step,) = advance(waiting, ["C-003"], "promote", answers=of(60))
    assert step.made
    assert types(waiting)[-2:] == ["facts_recorded", "transition_made"]
    assert show(waiting, "C-003").case.facts["award.amount"] == 60
    with pytest.raises(PtceError, match="cannot be written in the state"):
        record(waiting, "C-003", of(10))
    assert verify(waiting).faults == ()


def test_answered_before_the_sitting_decides(funding: Contest, clock: SetClock) -> None:
    """Every decision tried reads them; a sum that lacks is asked for, not taken for a refusal."""
    frozen(funding, "5", "4", "0.5")
    clock.instant = MEETING
    before = types(funding)
    with pytest.raises(Misuse, match="C-002") as asked:
        deliberate(funding, agenda(answers={"C-001": of(80)}))
    assert "[answers.C-002] award.amount = …" in asked.value.mend
    with pytest.raises(Misuse, match="is not asked here"):
        deliberate(funding, agenda(answers={"C-003": {"award": {"fee": 1}}}))
    assert types(funding) == before
    # Looking ahead answers nothing: who may get a sum has no outcome yet, the others have theirs.
    ahead = standing(funding)
    assert {*ahead.outcomes} == {show(funding, "C-003").case.id}
    assert "\n# award.amount = \n" in template(ahead)
    deliberate(funding, agenda(answers={"C-001": of(80), "C-002": of(30)}))
    # 30 are more than what is left, and nobody asks what the floor has stopped.
    assert dict(states(funding)) == {"C-001": "selected", "C-002": "waiting", "C-003": "declined"}
    assert verify(funding).faults == ()
    told = sitting(funding)
    cells = [
        cell
        for part in minutes_of(told).parts
        if isinstance(part, Table)
        for row in part.rows
        for cell in row
    ]
    assert "Sum granted: 80" in "\n".join(cells)


def hour(text: str, _key: str) -> datetime:
    """An hour as a file has it."""
    return datetime.fromisoformat(text)


def test_an_agenda_has_answers() -> None:
    found = agenda_of({"present": ["north"], "answers": {"C-001": {"award": {"amount": 80}}}}, hour)
    whole = agenda_of({"present": ["north"], "answers": {"C-001": {"award.amount": 80}}}, hour)
    assert found.answers == whole.answers == {"C-001": of(80)}


def test_at_the_keyboard(
    waiting: Contest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its whole name, by itself or by its label; `why` says what to type."""
    monkeypatch.chdir(waiting.folder)
    monkeypatch.setenv("PTCE_NOW", MEETING.isoformat())
    line = ["--as", "anne", "--lang", "en"]
    assert main(["why", "C-003", *line]) == 0
    assert "ptce advance C-003 promote award.amount=…" in capsys.readouterr().out
    assert main(["advance", "C-003", "promote", *line]) == 2
    assert main(["advance", "C-003", "promote", "sum granted=60", "--dry-run", *line]) == 0
    assert main(["advance", "C-003", "promote", "amount=60", *line]) == 0
    assert show(waiting, "C-003").case.state == "selected"


def test_a_forger_who_answers_nothing_is_found(waiting: Contest) -> None:
    advance(waiting, ["C-003"], "promote", answers=of(60))
    forger = Forger(waiting)
    n = max(n for n, line in enumerate(forger.lines, 1) if line.type == "facts_recorded")
    forger.data(n, facts={}, removed=["award.amount"])
    assert (n + 1, "What the transition asks for was not answered.") in forger.told()


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("states/scored.toml", "award.amount", "award.sum", '"award.sum" does not exist.'),
        ("states/scored.toml", "award.amount", "cra.idea", '"cra.idea" does not exist.'),
        ("sheets/award.toml", '["desk"]', '["auditor"]', "may not write"),
        ("states/waiting.toml", "asks", 'at = "date.meeting"\nasks', "Nobody is there to answer."),
    ],
)
def test_what_cannot_be_asked(funding: Contest, file: str, old: str, new: str, what: str) -> None:
    """A field that there is not, of the panel, that nobody may write, and of nobody."""
    path = funding.folder / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(FolderFaults) as found:
        adopt(funding, "Other questions.")
    assert what in str(found.value)
