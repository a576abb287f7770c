"""Checkpoints: made as time goes by and when something is decided, and what each vouches for."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

import ptce_workflow.ledger.checkpoint as notes
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import HeldCheckpoint, Verification, checkpoints_in, verify
from ptce_workflow.app.checkpoints import checkpoint_files, last_checkpoint, make, rotate_key
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.locations import (
    CHECKPOINTS,
    KEY_FILE,
    NEXT_KEY_FILE,
    PUBLIC_FILE,
    beside_database,
)
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.checkpoint import Signature, SignedNote
from ptce_workflow.scheduler.passes import tick
from tests.rehearsal import SUBMISSION, added, begin, edit, lines, opened

Change = Callable[[bytes], bytes]
OTHER_KEY = notes.new_key()
MAIL = b"From: desk@contest.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\n\n> "


def made(contest: Contest) -> SignedNote:
    """A checkpoint of the ledger as it stands."""
    done = make(contest)
    assert done is not None
    return done.note


def sizes(contest: Contest) -> list[int]:
    """The lines of the checkpoints that are kept."""
    return [
        one.note.checkpoint.size
        for one in checkpoint_files(beside_database(contest.folder))
        if one.note
    ]


def told(report: Verification) -> str:
    """Every fault, in words."""
    return "\n".join(f"{one.line} {one.what} {one.why}" for one in report.faults)


def test_a_contest_begins_with_a_key(contest: Contest) -> None:
    key, public = (contest.folder / name for name in (KEY_FILE, PUBLIC_FILE))
    assert key.stat().st_mode & 0o077 == 0
    raw = notes.public_key(key.read_bytes())
    assert public.read_bytes() == notes.public_pem(raw)
    note = made(contest)
    assert note.signed_by(raw)
    assert verify(contest).checkpoints == 1


def test_time_makes_one_a_day_where_something_was_written(
    contest: Contest, clock: SetClock
) -> None:
    tick(contest)
    first = sizes(contest)
    assert first == [len(lines(contest))]
    clock.instant += timedelta(hours=23)
    added(contest)
    tick(contest)
    assert sizes(contest) == first
    clock.instant += timedelta(hours=2)
    tick(contest)
    assert sizes(contest) == [*first, len(lines(contest))]
    clock.instant += timedelta(days=3)
    tick(contest)
    assert len(sizes(contest)) == 2
    clock.instant = SUBMISSION - timedelta(minutes=5)
    enrol(contest, "Ada", ["auditor"], login="ada")
    tick(contest)
    clock.instant = SUBMISSION + timedelta(minutes=5)
    enrol(contest, "Bea", ["auditor"], login="bea")
    tick(contest)
    assert sizes(contest)[-1] == len(lines(contest))
    assert len(sizes(contest)) == 4


def test_a_decisive_act_is_followed_by_one(contest: Contest) -> None:
    added(contest)
    assert sizes(contest) == []
    edit(contest, "config.toml", "Small", "Smaller")
    adopt(contest, "Another title.")
    assert sizes(contest) == [len(lines(contest))]
    complaints = list[PtceError]()
    contest.complain = complaints.append
    shutil.move(contest.folder / KEY_FILE, contest.folder / "elsewhere")
    edit(contest, "config.toml", "Smaller", "Smallest")
    adopt(contest, "A third one.")
    assert len(sizes(contest)) == 1
    assert "the key that signs is not in" in complaints[0].what
    shutil.move(contest.folder / "elsewhere", contest.folder / KEY_FILE)
    tick(contest)
    assert sizes(contest)[-1] == len(lines(contest))
    assert verify(contest).faults == ()


def test_a_ledger_that_does_not_go_on_is_not_signed(contest: Contest, tmp_path: Path) -> None:
    copy = shutil.copytree(contest.folder, tmp_path / "copy")
    added(contest)
    made(contest)
    shutil.copytree(contest.folder / CHECKPOINTS, copy / CHECKPOINTS)
    with opened(copy, SetClock(contest.clock.now())) as older:
        with pytest.raises(PtceError, match="does not go on"):
            make(older)
        assert f"{len(lines(older)) + 1} Lines that were signed are gone" in told(verify(older))
        # Gone on from there, it has as many lines, and others.
        note, begun = last_checkpoint(contest.folder), len(lines(older))
        assert note is not None
        for name in ("Ada", "Bea", "Cyd", "Dan"):
            enrol(older, name, ["auditor"], login=name.lower())
        assert len(lines(older)) >= note.checkpoint.size > begun
        assert f"{note.checkpoint.size} The ledger is not the one that was signed" in told(
            verify(older)
        )


@pytest.mark.parametrize(
    ("file", "content", "fault", "remark"),
    [
        (KEY_FILE, None, "", "There is no such file"),
        (KEY_FILE, b"damaged", "", "no private key"),
        (KEY_FILE, OTHER_KEY, "", "another key than the one"),
        (PUBLIC_FILE, b"damaged", "holds another key", ""),
        (PUBLIC_FILE, notes.public_pem(notes.public_key(OTHER_KEY)), "key is that of line 1.", ""),
        (PUBLIC_FILE, None, "", ""),
    ],
)
def test_the_keys_beside_the_database_are_those_of_the_ledger(
    contest: Contest, file: str, content: bytes | None, fault: str, remark: str
) -> None:
    """A wrong public key misleads whoever checks with it; without the private one none is made."""
    made(contest)
    assert (verify(contest).faults, verify(contest).remarks) == ((), ())
    if content is None:
        (contest.folder / file).unlink()
    else:
        (contest.folder / file).write_bytes(content)
    report = verify(contest)
    remarks = [f"{one.what} {one.why}" for one in report.remarks]
    for expected, said in ((fault, told(report).splitlines()), (remark, remarks)):
        assert len(said) == bool(expected)
        assert expected in "".join(said)


def test_a_key_is_rotated_and_lost(contest: Contest) -> None:
    before, old = made(contest), (contest.folder / KEY_FILE).read_bytes()
    rotated = rotate_key(contest, "The machine was replaced.")
    assert (rotated.why, rotated.line) == ("rotated", len(lines(contest)))
    report = verify(contest, [HeldCheckpoint("old", before), HeldCheckpoint("new", rotated.note)])
    assert (report.faults, report.remarks, report.checkpoints) == ((), (), 2)
    late = notes.sign(rotated.note.checkpoint, old)
    assert "a key that did not sign at its line" in told(
        verify(contest, [HeldCheckpoint("late", late)])
    )
    (contest.folder / KEY_FILE).unlink()
    with pytest.raises(Misuse, match="without a reason"):
        rotate_key(contest, None)
    assert rotate_key(contest, "The disk is gone.").why == "lost"
    assert not (contest.folder / NEXT_KEY_FILE).exists()
    report = verify(contest)
    assert report.faults == ()
    assert [one.what for one in report.remarks if "was lost" in one.what] != []


def test_an_interrupted_change_of_key_is_finished(contest: Contest) -> None:
    old = (contest.folder / KEY_FILE).read_bytes()
    rotate_key(contest, "The machine was replaced.")
    (contest.folder / KEY_FILE).replace(contest.folder / NEXT_KEY_FILE)
    (contest.folder / KEY_FILE).write_bytes(old)
    added(contest)
    made(contest)
    assert not (contest.folder / NEXT_KEY_FILE).exists()
    assert verify(contest).faults == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda note: _of(note, origin="ptce/other/" + "0" * 64), "another ledger"),
        (lambda note: notes.sign(note.checkpoint, notes.new_key()), "by no key that the ledger"),
        (lambda note: _of(note, size=note.checkpoint.size - 1), "not as it was signed"),
        (lambda note: _of(note, hash="0" * 64), "not as it was signed"),
    ],
)
def test_what_says_nothing_of_this_ledger(
    contest: Contest, change: Callable[[SignedNote], SignedNote], expected: str
) -> None:
    note = change(made(contest))
    faults = told(verify(contest, [HeldCheckpoint("kept.txt", note)]))
    assert expected in faults
    assert "kept.txt" in faults


def test_two_ledgers_were_signed(contest: Contest) -> None:
    """Whoever holds the key may sign another ledger: two checkpoints of one line say so."""
    note = made(contest)
    other = notes.sign(
        _of(note, hash="0" * 64).checkpoint, (contest.folder / KEY_FILE).read_bytes()
    )
    assert "two ledgers were signed" in told(verify(contest, [HeldCheckpoint("juror.txt", other)]))


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        (lambda content: content.replace(b"\n", b"\r\n"), "Windows"),
        (lambda content: b"\xef\xbb\xbf" + content, "byte order mark"),
        (lambda content: _countersigned(content), "another signature besides"),
        (lambda content: content.replace(b"\n", b"\n> ").join((MAIL, b"\n")), ""),
    ],
)
def test_what_has_befallen_a_file_is_remarked(
    contest: Contest, change: Change, remark: str
) -> None:
    content = change(made(contest).encode())
    report = verify(contest, checkpoints_in(Path("kept.txt"), content))
    assert (report.faults, report.checkpoints) == ((), 1)
    said = " ".join(f"{one.what} {one.why}" for one in report.remarks)
    assert remark in said if remark else said == ""


def test_a_file_without_one_is_refused(contest: Contest) -> None:
    with pytest.raises(Misuse, match="no checkpoint in"):
        checkpoints_in(Path("x.eml"), b"From: a@b.example\n\nHello.\n")
    made(contest)
    (contest.folder / CHECKPOINTS / "000000001.txt").write_text("x")
    assert "There is no checkpoint in checkpoints/000000001.txt" in told(verify(contest))
    assert last_checkpoint(contest.folder) is not None


@pytest.mark.sqlite("removes the file")
def test_a_contest_that_begins_in_a_folder_with_a_key_uses_it(
    tmp_path: Path, clock: SetClock
) -> None:
    begin(tmp_path / "one", clock)
    key = (tmp_path / "one" / KEY_FILE).read_bytes()
    (tmp_path / "one" / "ptce.db").unlink()
    shutil.move(tmp_path / "one", tmp_path / "two")
    begin_again(tmp_path / "two", clock)
    assert (tmp_path / "two" / KEY_FILE).read_bytes() == key
    (tmp_path / "two" / "ptce.db").unlink()
    (tmp_path / "two" / KEY_FILE).write_text("x")
    with pytest.raises(Misuse, match="does not hold a key"):
        begin_again(tmp_path / "two", clock)


def begin_again(folder: Path, clock: SetClock) -> None:
    create(folder, login="anne", rehearsal=True, clock=clock)


def _of(note: SignedNote, **changed: str | int) -> SignedNote:
    return SignedNote(replace(note.checkpoint, **changed), note.signatures)


def _countersigned(content: bytes) -> bytes:
    note = notes.read(content)
    witness = Signature("witness.example", b"abcd", bytes(64))
    return SignedNote(note.checkpoint, (*note.signatures, witness)).encode()
