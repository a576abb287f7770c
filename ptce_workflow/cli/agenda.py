"""The agenda of a sitting: typed in options, or filled in a file."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.jury.convocation import sitting_named
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.parameters import (
    institutions,
    pairs,
    resolve_answers,
    resolve_key,
    resolve_transition,
    spoken,
)
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.process.process import edge_label, institution_label, name_of
from ptce_workflow.reports.ranking import cut_told, mean_of, torn_told

if TYPE_CHECKING:
    from ptce_workflow.app.jury.ranking import Standing
    from ptce_workflow.cli.invocation import Invocation
    from ptce_workflow.process.model.sheets import Sitting
    from ptce_workflow.process.process import Process


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes as they were typed: the n-th voices and reason belong to the n-th vote."""

    orders: Sequence[str]
    deviations: Sequence[str]
    ayes: Sequence[str]
    noes: Sequence[str]
    reasons: Sequence[str]


def agenda_typed(
    present: str | None,
    chair: str | None,
    sitting: str | None,
    votes: Votes,
    answers: Sequence[str],
    held: Mapping[str, Any],
) -> Agenda:
    """Raises: Misuse when it is not said who is present, or which voices go with which vote."""
    if present is None:
        why = _("A file to fill in, with the institutions: {command}").format(
            command="ptce deliberate --template > agenda.toml"
        )
        raise Misuse(_("It is not said who is present."), why)
    if votes.orders and votes.deviations:
        mend = _("Write them down in a file: {command}").format(
            command="ptce deliberate --template > agenda.toml"
        )
        raise Misuse(_("Votes of both kinds are more than options can tell apart."), mend=mend)
    count = len(votes.orders or votes.deviations)
    ayes = [_names(names) for names in _as_many(votes.ayes, count, "--ayes")]
    noes = [_names(names) for names in _as_many(votes.noes, count, "--noes")]
    reasons = _as_many(votes.reasons, count, "--reason")
    rows = zip(reasons, ayes, noes, strict=True)
    changes = pairs(votes.deviations, form=_("REF=TRANSITION"))
    return Agenda(
        present=_names(present),
        sitting=sitting,
        chair=chair,
        orders=tuple(VotedOrder(_names(refs), *next(rows)) for refs in votes.orders),
        deviations=tuple(Deviation(ref, edge, *next(rows)) for ref, edge in changes.items()),
        answers=_answers(answers),
        **held,
    )


def _answers(typed: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    answers: dict[str, dict[str, dict[str, str]]] = {}
    for word in typed:
        ref, *words = shlex.split(word) or [""]
        for name, value in pairs(words, form=_("FIELD=VALUE")).items():
            sheet, _dot, field = name.rpartition(".")
            answers.setdefault(ref, {}).setdefault(sheet, {})[field] = value
    return answers


def with_keys(call: Invocation, agenda: Agenda) -> Agenda:
    """An agenda with keys for labels, and whole references. Raises: Misuse for several."""
    process = call.contest.process
    sittings, called = process.definition.config.sittings, institutions(process)

    def keys(words: Iterable[str]) -> tuple[str, ...]:
        parts = (word.partition("=") for word in words)
        return tuple(resolve_key(name, called) + sign + rest for name, sign, rest in parts)

    sitting = agenda.sitting and resolve_key(agenda.sitting, spoken(sittings))
    met = [sitting_ for name, sitting_ in sittings.items() if sitting in (None, name)]
    states = [state for sitting_ in met for state in sitting_.in_]
    way_names = {name for sitting_ in met for name in sitting_.decides}
    return replace(
        agenda,
        present=keys(agenda.present),
        proxies=dict(zip(keys(agenda.proxies), keys(agenda.proxies.values()), strict=True)),
        dissent=dict(zip(keys(agenda.dissent), agenda.dissent.values(), strict=True)),
        sitting=sitting,
        chair=agenda.chair and resolve_key(agenda.chair, called),
        deviations=tuple(
            replace(
                vote,
                ref=call.reference(vote.ref),
                transition=resolve_transition(process, vote.transition, states),
                ayes=keys(vote.ayes),
                noes=keys(vote.noes),
            )
            for vote in agenda.deviations
        ),
        orders=tuple(
            replace(
                vote,
                refs=tuple(map(call.reference, vote.refs)),
                ayes=keys(vote.ayes),
                noes=keys(vote.noes),
            )
            for vote in agenda.orders
        ),
        reasons={call.reference(ref): reason for ref, reason in agenda.reasons.items()},
        answers={
            call.reference(ref): resolve_answers(process, answer, way_names)
            for ref, answer in agenda.answers.items()
        },
    )


def _names(typed: str) -> tuple[str, ...]:
    return tuple(name for word in typed.split(",") if (name := word.strip()))


def _as_many(typed: Sequence[str], count: int, option: str) -> Sequence[str]:
    """Typed values, one a vote, or none for a single vote. Raises: Misuse otherwise."""
    if len(typed) == count:
        return typed
    if not typed and count == 1:
        return ("",)
    what = _("{option} is said {count} times, for {votes} votes.").format(
        option=option, count=len(typed), votes=count
    )
    mend = _('Say it for each vote; for nobody: {option} ""').format(option=option)
    raise Misuse(what, _("The n-th of them belongs to the n-th vote."), mend)


def panel_of(process: Process, sitting: str | None) -> str:
    """The panel of a sitting, or of the only one. Raises: Misuse for none, or several."""
    return sitting_named(process.definition.config, sitting)[1].panel


def template(standing: Standing, sitting: str | None = None) -> str:
    """An agenda to fill in: who may be there, the ties that the cut goes through, the cut."""
    return "\n".join(_template(standing, sitting)) + "\n"


def _template(standing: Standing, sitting: str | None) -> Iterator[str]:
    process = standing.process
    name, meeting = sitting_named(process.definition.config, sitting)
    yield from _comment(meeting.label.text)
    yield from _cut_lines(standing)
    yield ""
    yield f'sitting = "{name}"'
    yield ""
    yield from _people(process, meeting)
    for transition, cases in standing.torn:
        yield ""
        yield from _comment(torn_told(standing, transition, cases))
        yield from _comment(_("Put them in the order that was voted, the best first."))
        yield f"[orders.{transition}]"
        yield f"refs = [{', '.join(_quoted(case.ref) for case in cases)}]"
        yield from _VOTE
    ref = next((cut.first_out.case.ref for cut in standing.cuts), "C-000")
    yield from _of_one(process, meeting, ref)


def _people(process: Process, meeting: Sitting) -> Iterator[str]:
    """Who is there, where and when, and what the sitting lets them have written down."""
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


def _of_one(process: Process, meeting: Sitting, ref: str) -> Iterator[str]:
    """What may be said of one candidature: a departure, the answers asked for, the reason."""
    yield ""
    text = _("A decision that departs from the ranking; take out the signs # to use it.")
    yield from _comment(text)
    example = [f"[deviations.{ref}]", f'transition = "{meeting.decides[0]}"', *_VOTE]
    yield from (f"# {line}" for line in example)
    names = _edge_labels(process, meeting.in_, meeting.decides)
    yield from _comment(_("Transitions: {names}.").format(names=names))
    edges = (process.edges(state).get(name) for state in meeting.in_ for name in meeting.decides)
    asks = dict.fromkeys(
        name for edge in edges if edge is not None for name in edge.transition.asks
    )
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


def _cut_lines(standing: Standing) -> Iterator[str]:
    for cut in standing.cuts:
        for text in cut_told(standing, cut):
            yield from _comment(text)
        for place in (cut.last_in, cut.first_out):
            name = name_of(standing.process, place.case)
            yield from _comment(f"{place.case.ref} {name} {mean_of(place.figures)}", "#   ")


def _edge_labels(process: Process, states: Sequence[str], decides: Sequence[str]) -> str:
    labels = {name: edge_label(process, states[0], name) for name in decides}
    return ", ".join(f"{name} ({_one_line(label)})" for name, label in labels.items())


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


def _quoted(ref: str) -> str:
    return f'"{ref}"'
