"""Texts and answers in the editor of the person at the keyboard; agendas as they are typed."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from ptce_workflow.app.candidatures.overview import Dossier, show
from ptce_workflow.app.candidatures.record import AnswersChanged, FactsRefused, Raw
from ptce_workflow.app.jury.convocation import sitting_named
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, language, short_instant
from ptce_workflow.cli import parameters
from ptce_workflow.cli.invocation import Invocation, must_be_here
from ptce_workflow.cli.terminal import Output
from ptce_workflow.office.files import read_text
from ptce_workflow.office.forms.answer_file import (
    answer_file,
    attach_files,
    changed,
    with_faults,
    without_faults,
)
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.process.process import (
    Process,
    edge_label,
    institution_label,
    name_of,
    named,
    sheet_label,
)
from ptce_workflow.reports.candidatures import note_text, nothing_recorded
from ptce_workflow.reports.ranking import cut_texts, mean_of, tie_text

if TYPE_CHECKING:
    from ptce_workflow.app.jury.ranking import Standing
    from ptce_workflow.process.model.sheets import Sitting

T = TypeVar("T")
V = TypeVar("V", Deviation, VotedOrder)


def edit_text(
    out: Output,
    name: str,
    text: str,
    other: str,
    take: Callable[[str], T],
    rewritten: Callable[[str, Misuse], str] | None = None,
) -> T | None:
    """What `take` makes of the text as a person has changed it; None where all of it is gone.

    A text with faults is opened again as it is `rewritten`, until it is taken, or left as it was.
    What was written is kept in its file, of that name, if all fails; `other` is the command by
    which a FILE is taken without an editor.

    Raises: Misuse where nobody is here or no editor is named, PtceError where that does not run.
    """
    command = _editor()
    from_file = _("From a file: {command}").format(command=other)
    must_be_here(out, _("Nobody is here to write in an editor."), from_file)
    if not command:
        raise Misuse(_("No editor is named in VISUAL or EDITOR."), mend=from_file)
    # A folder of its own, which nobody else can read: letters hold names and reasons.
    folder = Path(tempfile.mkdtemp(prefix="ptce-"))
    file, offered = folder / name, text
    fault: Misuse | None = None
    try:
        while True:
            file.write_text(offered, "utf-8")
            _run([*command, str(file)])
            if file.is_file() and not file.read_bytes().strip():
                done = None
                break
            written = read_text(file)
            if fault is not None and written == offered:
                raise fault
            try:
                done = take(written)
                break
            except Misuse as error:
                if rewritten is None:
                    raise
                fault, offered = error, rewritten(written, error)
    except BaseException:
        if file.is_file() and file.read_bytes() != text.encode():
            out.remark(_("Your text is kept in {file}").format(file=file))
            out.next_step(other.replace("FILE", shlex.quote(str(file))))
        else:
            rmtree(folder, ignore_errors=True)
        raise
    rmtree(folder, ignore_errors=True)
    return done


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        return shlex.split(named)
    except ValueError as error:
        what = _("VISUAL or EDITOR cannot be read as a command: {named}")
        raise Misuse(what.format(named=named)) from error


def _run(words: list[str]) -> None:
    try:
        ended = subprocess.run(words, check=False)
    except OSError as error:
        raise PtceError(
            _("The editor {name} cannot be run.").format(name=words[0]),
            _("It is not found, or may not be run."),
            _("Name another in VISUAL or EDITOR."),
        ) from error
    if ended.returncode:
        text = _("The editor {name} ended with code {code}.")
        if ended.returncode < 0:
            text = _("The editor {name} was stopped.")
        what = text.format(name=words[0], code=ended.returncode)
        raise PtceError(what, _("Nothing was changed."))


def edited(
    call: Invocation, ref: str, sheet: str | None, write: Callable[[Raw, Candidature], T]
) -> T | None:
    """What `write` makes of the answers changed in an editor; None for none. Raises: Misuse."""
    dossier = show(call.contest, ref)
    process, seen = dossier.process, dossier.case
    sheets = process.definition.sheets
    own = [key for key, one in sheets.items() if not (one.is_panel or one.of_contest)]
    opened = {entry.partition(".")[0] for entry in process.states[seen.state].opens}
    here = [key for key in own if key in {*opened, *process.pending(seen)}]
    candidates = here if sheet is None else [sheet]
    if len(candidates) != 1 or candidates[0] not in own:
        raise nothing_recorded(process, seen, _("Which sheet is to be written?"))
    [name] = candidates
    text = answer_file(process, name, seen, _heading(dossier, name, call.contest.clock.now()))

    def take(written: str) -> T | None:
        raw = changed(text, without_faults(written))
        if not any(raw.values()):
            return None
        return write(attach_files(raw, sheets, Path.cwd()), seen)

    def rewritten(written: str, error: Misuse) -> str:
        nonlocal seen
        if isinstance(error, AnswersChanged):
            # Whoever keeps an answer after that has seen what it replaces.
            seen = error.case
        faults: list[tuple[str, PtceError]] = [("", error)]
        if isinstance(error, FactsRefused):
            faults = list(zip(error.fields, error.problems, strict=True))
        return with_faults(without_faults(written), faults)

    command = f"ptce record {ref} --from FILE"
    return edit_text(call.out, f"{ref}-{name}.toml", text, command, take, rewritten)


def _heading(dossier: Dossier, sheet: str, now: datetime) -> str:
    """The candidature, the sheet, and the latest note: it may hold what a form left open."""
    process = dossier.process
    first = f"{named(process, dossier.case)} · {sheet_label(process, sheet)}"
    how = _(
        "A line that begins with # is not read. An answer that you empty is withdrawn; one whose "
        "lines you take out stays as it is. * is required."
    )
    at = _("Opened: {instant}").format(instant=short_instant(now, process.zone, language()))
    return "\n".join([first, *(note_text(process, note) for note in dossier.notes[-1:]), at, how])


def agenda_typed(present: str | None, chair: str | None, sitting: str | None) -> Agenda:
    """An agenda without votes. Raises: Misuse when it is not said who is present."""
    if present is None:
        why = _("A file to fill in, with the institutions: {command}")
        why = why.format(command="ptce deliberate --template > agenda.toml")
        raise Misuse(_("It is not said who is present."), why)
    names = tuple(name for word in present.split(",") if (name := word.strip()))
    return Agenda(present=names, sitting=sitting, chair=chair)


def with_keys(call: Invocation, agenda: Agenda) -> Agenda:
    """An agenda with keys for labels, and whole references. Raises: Misuse for several."""
    process = call.contest.process
    sittings, called = process.definition.config.sittings, parameters.institutions(process)

    def keys(words: Iterable[str]) -> tuple[str, ...]:
        parts = (word.partition("=") for word in words)
        return tuple(
            parameters.resolve_key(name, called) + sign + rest for name, sign, rest in parts
        )

    def voted(vote: V, **about: Any) -> V:
        return replace(vote, ayes=keys(vote.ayes), noes=keys(vote.noes), **about)

    sitting = agenda.sitting and parameters.resolve_key(agenda.sitting, parameters.spoken(sittings))
    met = [met_sitting for name, met_sitting in sittings.items() if sitting in (None, name)]
    states = [state for met_sitting in met for state in met_sitting.in_]
    way_names = {name for met_sitting in met for name in met_sitting.decides}
    return replace(
        agenda,
        present=keys(agenda.present),
        proxies=dict(zip(keys(agenda.proxies), keys(agenda.proxies.values()), strict=True)),
        dissent=dict(zip(keys(agenda.dissent), agenda.dissent.values(), strict=True)),
        sitting=sitting,
        chair=agenda.chair and parameters.resolve_key(agenda.chair, called),
        deviations=tuple(
            voted(
                vote,
                ref=call.reference(vote.ref),
                transition=parameters.resolve_transition(process, vote.transition, states),
            )
            for vote in agenda.deviations
        ),
        orders=tuple(
            voted(vote, refs=tuple(map(call.reference, vote.refs))) for vote in agenda.orders
        ),
        reasons={call.reference(ref): reason for ref, reason in agenda.reasons.items()},
        answers={
            call.reference(ref): parameters.resolve_answers(process, answer, way_names)
            for ref, answer in agenda.answers.items()
        },
    )


def panel_of(process: Process, sitting: str | None) -> str:
    """The panel of a sitting, or of the only one. Raises: Misuse for none, or several."""
    return sitting_named(process.definition.config, sitting)[1].panel


def template(standing: Standing, sitting: str | None = None) -> str:
    return "\n".join(_template(standing, sitting)) + "\n"


def _template(standing: Standing, sitting: str | None) -> Iterator[str]:
    process = standing.process
    name, meeting = sitting_named(process.definition.config, sitting)
    yield from _comment(meeting.label.text)
    for cut in standing.cuts:
        for text in cut_texts(standing, cut):
            yield from _comment(text)
        for place in (cut.last_in, cut.first_out):
            whose = name_of(process, place.case)
            yield from _comment(f"{place.case.ref} {whose} {mean_of(place.figures)}", "#   ")
    yield ""
    yield f'sitting = "{name}"'
    yield ""
    yield from _comment(_("Who is there: take out those who are not."))
    yield "present = ["
    for member in (*process.definition.seats(meeting), *meeting.advises):
        yield from _member(member, institution_label(process, member))
    yield "]"
    yield 'chair = ""'
    yield from _comment(_("Where, and from when until when: as the minutes are to say."))
    yield 'place = ""'
    yield 'opened = ""'
    yield 'closed = ""'
    if meeting.proxies:
        yield from _comment(_("Who bears the voice of whom: absent = present."))
        yield "proxies = {}"
    if meeting.dissent:
        yield from _comment(_("What who does not agree wants to have written down."))
        yield "dissent = {}"
    for transition, cases in standing.torn:
        yield ""
        yield from _comment(tie_text(standing, transition, cases))
        yield from _comment(_("Put them in the order that was voted, the best first."))
        yield f"[orders.{transition}]"
        refs = ", ".join(f'"{case.ref}"' for case in cases)
        yield f"refs = [{refs}]"
        yield from _VOTE
    ref = next((cut.first_out.case.ref for cut in standing.cuts), "C-000")
    yield from _of_one(process, meeting, ref)


def _of_one(process: Process, meeting: Sitting, ref: str) -> Iterator[str]:
    yield ""
    text = _("A decision that departs from the ranking; take out the signs # to use it.")
    yield from _comment(text)
    example = [f"[deviations.{ref}]", f'transition = "{meeting.decides[0]}"', *_VOTE]
    yield from (f"# {line}" for line in example)
    labels = {name: edge_label(process, meeting.in_[0], name) for name in meeting.decides}
    names = ", ".join(f"{name} ({_one_line(label)})" for name, label in labels.items())
    yield from _comment(_("Transitions: {names}.").format(names=names))
    edges = (process.edges(state).get(name) for state in meeting.in_ for name in meeting.decides)
    asks = dict.fromkeys(name for edge in edges if edge for name in edge.transition.asks)
    if asks:
        yield ""
        text = _("What a decision asks for, such as a sum; written down before it decides.")
        yield from _comment(text)
        yield f"# [answers.{ref}]"
        yield from (f"# {name} = " for name in asks)
    yield ""
    text = _("What a candidature will be told, where the words of the folder are not enough.")
    yield from _comment(text)
    yield "[reasons]"
    yield f'# {ref} = ""'


_WIDEST = 96
_NO_BREAK = "\u00a0\u202f"
_VOTE = ("ayes = []", "noes = []", 'reason = ""')


def _member(name: str, label: str) -> Iterator[str]:
    """An institution in the list of those present, with what people call it beside or above it."""
    beside = f'  "{name}",  # {_one_line(label)}'
    if len(beside) <= _WIDEST:
        yield beside
    else:
        yield from _comment(label, "  # ")
        yield f'  "{name}",'


def _comment(text: str, sign: str = "# ") -> Iterator[str]:
    """Text behind the signs of a comment, in lines that a window shows whole."""
    yield from textwrap.wrap(
        _one_line(text),
        _WIDEST,
        initial_indent=sign,
        subsequent_indent=sign,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _one_line(text: str) -> str:
    shown = "".join(c if c.isprintable() or c in _NO_BREAK else " " for c in text)
    return " ".join(word for word in shown.split(" ") if word)
