"""Adopting a process: the one way in which a rule changes, written down with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.instants import local_time
from ptce_workflow.base.words import _
from ptce_workflow.desk.mailing import PROCESS, replan_everything
from ptce_workflow.desk.people import need_desk
from ptce_workflow.desk.place import read_folder
from ptce_workflow.desk.reading import hold_what_changed, said_of_released
from ptce_workflow.desk.reasons import reason_given
from ptce_workflow.desk.refusals import unknown_name
from ptce_workflow.desk.rewriting import rewrite_queued, update_entries
from ptce_workflow.ledger.state import with_process
from ptce_workflow.process.case import Case
from ptce_workflow.process.check import sound
from ptce_workflow.process.fit import homeless, misfits, refigured
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from ptce_workflow.desk.act import Act
    from ptce_workflow.desk.session import Session


@dataclass(frozen=True, slots=True)
class Adoption:
    """What changes: both processes, the difference as text, and the instants that move.

    `held` are the messages that were released, or waited for nobody, and wait for a reader now.
    """

    before: Process
    after: Process
    difference: str
    moved: tuple[str, ...]
    line: int
    held: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the folder differs from the process that was in force."""
        return self.before.hash != self.after.hash


def adopt(
    session: Session,
    reason: str | None,
    *,
    states: Mapping[str, str],
    drop: Sequence[str],
    dry_run: bool,
) -> Adoption:
    """Makes the folder the process in force, in one transaction.

    *Raises* FolderFaults for a folder with faults; Misuse for a missing reason or a name that
    leads nowhere; PtceError when a candidature would be left without its state or its facts.
    """
    reason = reason_given(reason)
    after = sound(read_folder(session.folder))
    with session.adopting() as act:
        need_desk(act, _("Only the desk adopts a process."))
        before = act.process
        cases = list(act.every_case())
        difference = "".join(_difference(before, after))
        if before.hash == after.hash:
            return Adoption(before, after, difference, (), act.n)
        _same_contest(before, after)
        moved_cases = [with_process(case, states, drop) for case in cases]
        _must_fit(before, after, moved_cases, states, drop)
        moved = tuple(_moved(before, after))
        if dry_run:
            return Adoption(before, after, difference, moved, act.n)
        if not reason:
            raise Misuse(
                _("An adoption needs a reason."),
                _("The ledger keeps why a rule changed."),
                _('Add --reason "…".'),
            )
        said = said_of_released(act)
        line = act.adopt(after, reason, states, drop)
        held = _replan(act, before, said)
        act.settle()
    session.folder_adopted(after)
    return Adoption(before, after, difference, moved, line, held)


def _replan(act: Act, before: Process, said: Mapping[int, str]) -> tuple[str, ...]:
    """Plans the mails anew, as the new process has it; those that wait for a reader."""
    doubted = rewrite_queued(act)
    replan_everything(act, why=PROCESS)
    held = hold_what_changed(act, said)
    update_entries(act, before, doubted)
    return held


def _same_contest(before: Process, after: Process) -> None:
    ids = [process.definition.config.contest.id for process in (before, after)]
    if ids[0] != ids[1]:
        raise PtceError(
            _('The contest is called "{old}", the folder says "{new}".').format(
                old=ids[0], new=ids[1]
            ),
            _("A ledger tells of one contest, under one name."),
            _("Put contest.id back, or begin another contest with `ptce init`."),
        )


def _must_fit(
    before: Process,
    after: Process,
    cases: list[Case],
    states: Mapping[str, str],
    drop: Sequence[str],
) -> None:
    for old, new in states.items():
        if old not in before.states:
            what = _('--map: there was no state "{name}".').format(name=old)
            raise unknown_name(what, old, before.states)
        if new not in after.states:
            what = _('--map: there is no state "{name}" now.').format(name=new)
            raise unknown_name(what, new, after.states)
        if old in after.states:
            raise Misuse(
                _('--map: the state "{name}" is still there.').format(name=old),
                _("An adoption renames states; only transitions move candidatures."),
            )
    for name in drop:
        if before.definition.field(name) is None:
            what = _('--drop: there was no field "{name}".').format(name=name)
            raise unknown_name(what, name, before.definition.field_names())
    problems = [
        *_homeless(after, cases),
        *_misfits(before, after, cases),
        *_figured_otherwise(before, after, cases),
    ]
    if problems:
        raise PtceError(
            _("The new process does not fit what is recorded; nothing was changed."),
            "\n".join(problems),
            _("Say what becomes of it: --map old=new for a state, --drop sheet.field for facts."),
        )


def _homeless(after: Process, cases: list[Case]) -> Iterator[str]:
    for state, refs in homeless(after, cases).items():
        yield _('The state "{state}" is gone; candidatures stand there: {refs}.').format(
            state=state, refs=", ".join(refs)
        )


def _misfits(before: Process, after: Process, cases: list[Case]) -> Iterator[str]:
    for name, refs in misfits(before, after, cases).items():
        yield _('The facts of "{field}" no longer fit: {refs}.').format(
            field=name, refs=", ".join(refs)
        )


def _figured_otherwise(before: Process, after: Process, cases: list[Case]) -> Iterator[str]:
    for name, refs in refigured(before, after, cases).items():
        yield _(
            'The scores of "{panel}" are closed, and would come to other means: {refs}. '
            "Put its members, weights and criteria back until the sitting has decided."
        ).format(panel=name, refs=", ".join(refs))


def _moved(before: Process, after: Process) -> Iterator[str]:
    """The dates that move, told as `name: before → after` in the contest's zone."""
    old, new = before.dates.fixed, after.dates.fixed
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            told = (
                "–" if at is None else local_time(at, after.zone).strftime("%Y-%m-%d %H:%M")
                for at in (old.get(name), new.get(name))
            )
            yield f"date.{name}: {' → '.join(told)}"


def _difference(before: Process, after: Process) -> Iterator[str]:
    for path in sorted(before.files.keys() | after.files.keys()):
        old, new = (
            process.files.get(path, b"").decode("utf-8", "replace").splitlines(keepends=True)
            for process in (before, after)
        )
        yield from unified_diff(old, new, f"a/{path}", f"b/{path}", n=1)
