"""Whoever owns the file may change what it says; verifying names the line, or what is beside it."""

import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import HeldCheckpoint, verify, verify_against
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.examine import Fault
from tests.cases import thinned
from tests.chronicle import EARLIER, GIVER, giver, lived, taker
from tests.ledger.rebuilt import rebuilds
from tests.ledger.tamperer import KEPT, QUOTED, Tamperer
from tests.ledger.tamperings.found import FOUND
from tests.ledger.tamperings.lies import LIES
from tests.ledger.tamperings.limits import LIMITS
from tests.ledger.tamperings.rewritten import REWRITTEN
from tests.ledger.tamperings.table import Expected, Tampering

__all__ = ["giver", "lived", "taker"]

TABLE = (*LIES, *FOUND, *REWRITTEN)
TRIED = [*LIES, *thinned(FOUND, 3), *thinned(REWRITTEN, 6)]
"""The table, thinned for `make test`."""


@pytest.fixture(scope="module")
def witness(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> HeldCheckpoint:
    """The checkpoint of a ledger that somebody keeps elsewhere; whoever attacks has no other."""
    folder = shutil.copytree(lived / GIVER, tmp_path_factory.mktemp("witness") / GIVER)
    with Contest.open(folder, actor="anne") as contest:
        made = make(contest)
    assert made is not None
    return HeldCheckpoint("mail.eml", made.note)


def verified(folder: Path, *shown: HeldCheckpoint) -> tuple[Fault, ...]:
    """Every fault that verifying finds; a ledger that is not even opened has one."""
    try:
        with Contest.open(folder, actor="anne") as contest:
            return verify(contest, shown).faults
    except PtceError as error:
        return (Fault(0, error.what, error.why),)


def named(faults: tuple[Fault, ...], expected: Expected, *, forged: bool) -> bool:
    """Tells whether a fault is at the line that is expected, or holds the words."""
    at_line = isinstance(expected, int)
    spared = KEPT + (QUOTED,) * at_line if forged else ()
    return any(
        one.line == expected if at_line else str(expected) in f"{one.what} {one.why}"
        for one in faults
        if not one.what.startswith(spared)
    )


def tampered(folder: Path, how: Tampering, *, composing: bool = False) -> tuple[Expected, Tamperer]:
    """Tampers with a contest: what must be named, and whoever did it."""
    with Contest.open(folder, actor="anne") as contest:
        it = Tamperer(contest)
        expected = how.act(it)
        it.write(composing=composing)
    return expected, it


def vouched_against(faults: tuple[Fault, ...], lines: int, witness: HeldCheckpoint) -> bool:
    """Tells whether a checkpoint says that the ledger was written anew, or that lines are gone."""
    size = witness.note.checkpoint.size
    expected = (size, "written anew") if lines >= size else (lines + 1, "are gone")
    return any(
        (one.line == expected[0] and expected[1] in one.what and witness.name in one.why)
        or (one.line == size and f"{witness.name} is signed by no key" in one.what)
        for one in faults
    )


def test_nothing_is_named_in_what_was_lived(giver: Path) -> None:
    assert verified(giver) == ()
    with Contest.open(giver, actor="anne") as contest:
        it = Tamperer(contest)
        it.change(1)
        assert it.forged
        it.write()
    assert verified(giver) == ()


@pytest.mark.parametrize("how", TRIED, ids=str)
def test_named(giver: Path, witness: HeldCheckpoint, how: Tampering) -> None:
    """Verifying names the line, or what is beside it; and a checkpoint, what was written anew."""
    expected, it = tampered(giver, how)
    faults = verified(giver, witness)
    told = f"{how}: expected {expected!r}, found {faults}"
    assert named(faults, expected, forged=it.forged), told
    if it.reaches_back:
        assert vouched_against(faults, len(it.lines), witness), told


@pytest.mark.parametrize("how", thinned(LIMITS, 6), ids=str)
def test_beyond_what_one_file_can_tell(
    giver: Path, witness: HeldCheckpoint, how: Tampering
) -> None:
    """What every mail that left would have told is told anew as well: see the next test."""
    _expected, it = tampered(giver, how, composing=True)
    assert verified(giver) == (), f"{how} is found now: it is a limit no longer"
    found = verified(giver, witness)
    assert len(found) == 1
    assert vouched_against(found, len(it.lines), witness)


AFTER_THE_LAST_MAIL = frozenset(
    f"missing:{name}"
    for name in ("an_appeal_with_its_answer", "a_hand_over", "a_note", "a_place_handed_on")
) | {"an_answer_that_was_read"}


@pytest.mark.parametrize(
    "how", thinned((how for how in LIMITS if str(how) not in AFTER_THE_LAST_MAIL), 4), ids=str
)
def test_the_mails_that_left_tell_of_it(giver: Path, how: Tampering) -> None:
    _expected, _it = tampered(giver, how)
    assert any(one.what.startswith(QUOTED) for one in verified(giver))


def remarked(folder: Path) -> set[str]:
    with Contest.open(folder, actor="anne") as contest:
        return {one.what for one in verify(contest).remarks}


@pytest.mark.parametrize("name", ["cel", "geography"])
def test_other_versions_are_remarked(giver: Path, name: str) -> None:
    """Verdicts are worked out with what is here, whatever a line says that it was."""
    told = "The ledger tells another version of what verdicts are worked out with."
    assert told not in remarked(giver)

    def change(it: Tamperer) -> Expected:
        it.data(2, versions={**it.line(2).data["versions"], name: "9.9"})
        return rebuilds(it, 2)

    tampered(giver, Tampering(name, change))
    assert told in remarked(giver)


def test_an_older_copy_in_its_place(lived: Path, witness: HeldCheckpoint, tmp_path: Path) -> None:
    earlier = shutil.copytree(lived / EARLIER, tmp_path / EARLIER)
    assert verified(earlier) == ()
    [fault] = verified(earlier, witness)
    with Contest.open(earlier, actor="anne") as contest:
        assert fault.line == verify(contest).lines + 1
    assert "are gone" in fault.what


def test_a_changed_hand_over_is_found_beside_the_other_ledger(giver: Path, taker: Path) -> None:
    with Contest.open(giver, actor="anne") as contest, Contest.open(taker, actor="anne") as other:
        assert verify_against(contest, other).faults == ()
        it = Tamperer(contest)
        n = it.data(it.find("candidature_handed_over"), hash="0" * 64)
        it.write()
        assert verify(contest).faults == ()
        assert [one.line for one in verify_against(contest, other).faults] == [n]


STATED = {
    "a person bore": "a_person_renamed a_reason_rewritten",
    "a dossier came": "received_earlier",
    "another file proves": "other:evidence_exchanged other:evidence_taken_away",
    "a voice was": "a_vote_rewritten other:who_bore_a_voice",
    "a sitting began": "other:an_hour_of_opening other:an_hour_of_closing other:nobody_heard",
    "marks that": "marks_of_another_hand",
    "a mail that nobody": "a_past_mail other:tried_more_often another_answer_of_the_server",
    "a mail came back": "missing:a_mail_that_came_back missing:a_mail_that_expired "
    "missing:a_mail_rewritten_before_it_left other:told_otherwise other:why_a_mail_was_cancelled",
    "a mail was owed": "missing:an_acknowledgement missing:the_mail_of_a_decision "
    "one_convocation_of_several",
    "time tried": "missing:a_transition_that_time_tried",
    "an answer or a mark": "other:an_answer",
    "somebody was refused": "a_refusal_removed",
    "an act was done": "missing:an_appeal_with_its_answer missing:a_place_handed_on "
    "missing:an_arrival missing:an_answer_rectified missing:a_mark_rectified missing:a_note "
    "an_answer_that_was_read missing:the_recusal_of_a_person missing:a_convocation_by_letter",
    "a person was enrolled": "missing:a_person_who_came_and_left",
    "a candidature was handed": "missing:a_hand_over",
    "the key that signs": "missing:another_key",
    "a salt was chosen": "a_salt_of_ones_choosing",
    "a clock that": "a_clock_that_stood_elsewhere",
    "the contest was only": "a_rehearsal_in_earnest",
    "lines followed": "",
}
"""How each limit of the page begins, and the tamperings that prove it; the last: the older copy."""


def test_the_page_states_every_limit() -> None:
    """In both languages as many, and each proved here."""
    pages = [
        (Path(__file__).parents[2] / "docs/src" / language / "ledger.md").read_text("utf-8")
        for language in ("en", "fr")
    ]
    english, french = (
        [line.removeprefix("- ") for line in page.splitlines() if line.startswith("- ")]
        for page in pages
    )
    assert len(english) == len(french) == len(STATED)
    assert all(map(str.startswith, english, STATED))
    named_ = [name for names in STATED.values() for name in names.split()]
    assert sorted(named_) == sorted(how.name for how in LIMITS)


def test_no_name_stands_twice() -> None:
    names = [how.name for how in (*TABLE, *LIMITS)]
    assert len(names) == len({*names})
