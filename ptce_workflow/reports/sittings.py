"""Minutes of sittings and attendance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.candidatures.history import answer_told
from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, fingerprint, language, long_date, long_instant, n_
from ptce_workflow.office.report import (
    Aside,
    Bullets,
    Heading,
    LabelledValues,
    NextStep,
    Note,
    Paragraph,
    Part,
    Report,
    Signatures,
    detail,
    of_contest,
)
from ptce_workflow.process.candidature import RuleAnswer
from ptce_workflow.process.explain import MARKS, links_told, withdrawn_told
from ptce_workflow.process.panel import order_keys
from ptce_workflow.process.process import edge_label, institution_label, name_of, noun_of
from ptce_workflow.reports.listing import SITTINGS, Col, table
from ptce_workflow.reports.ranking import (
    figure_label,
    mean_of,
    parted_told,
    rank_told,
    ranks,
    rectified_means,
    vote_told,
)

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.history import Rectification, Said
    from ptce_workflow.app.jury.convocation import Convened
    from ptce_workflow.app.jury.sittings import (
        DeliberatedCandidature,
        Recusal,
        SittingSummary,
        SittingTold,
        TryTold,
        VoteTold,
    )
    from ptce_workflow.ledger.sitting_rules import Notice
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.explain import RuleTold
    from ptce_workflow.process.model.definition import State
    from ptce_workflow.process.model.sheets import Sitting
    from ptce_workflow.process.process import Process


def convened(done: Convened) -> Iterator[Part]:
    """`ptce convene`: which call, for when and where, in how many days, who is told and how."""
    call, process = done.call, done.process
    label = _label(process, done.sitting)
    yield Paragraph(_("{sitting} · call {call}").format(sitting=label, call=call.call))
    if done.before is not None:
        was = long_instant(from_text(done.before.at), process.zone, language())
        yield detail(_("instead of: {when}").format(when=was))
    when = long_instant(from_text(call.at), process.zone, language())
    yield detail(_("meets on: {when}").format(when=when))
    if call.place:
        yield detail(_("place: {place}").format(place=call.place))
    ahead = n_("{count} day from today", "{count} days from today", done.days)
    yield detail(ahead.format(count=done.days))
    if done.told is not None:
        name, at = done.told
        told = _("called by other means: {label}, {when}")
        when = long_instant(at, process.zone, language())
        yield detail(told.format(label=institution_label(process, name), when=when))
    for rule in done.late:
        yield Paragraph(
            _(
                "Even if it is told today, it is too late for this rule of the sitting: {rule}"
            ).format(rule=rule)
        )
    if not process.definition.calls(done.sitting):
        yield Paragraph(_("No mail of this contest calls it: it is called otherwise."))
        return
    if done.told is None:
        mails = n_("{count} mail calls it.", "{count} mails call it.", done.mails)
        yield detail(mails.format(count=done.mails))
    if done.held:
        told = n_(
            "{count} waits to be read, and the notice counts from its departure: {command}",
            "{count} wait to be read, and the notice counts from their departure: {command}",
            done.held,
        )
        yield NextStep(told.replace("{count}", str(done.held)), "ptce mail list --state held")
    if done.unreached:
        told = _("Not called, since no mail can reach them: {names}")
        yield Paragraph(told.format(names=_named(process, done.unreached)))
        yield NextStep(
            _("If they are told otherwise: {command}"),
            f"ptce convene {done.sitting} --told {done.unreached[0]} --at … --evidence …",
        )
        yield Aside(command="ptce people enrol --help")
    yield Aside(command="ptce mail list")


def _named(process: Process, institutions: Sequence[str]) -> str:
    return _("; ").join(institution_label(process, one) for one in institutions)


_LONGEST = 9
"""The most figures that a number may have: more are none that was ever given."""


def sittings_report(process: Process, found: Sequence[SittingSummary], now: datetime) -> Report:
    """`ptce minutes --list`: number, sitting, day, call, who was there, what it decided."""
    none = NextStep(_("No sitting was held yet. To hold one: {command}"), "ptce deliberate --help")
    shown = SITTINGS.table(process, found) if found else none
    return of_contest(process, _(SITTINGS.title), now, [shown])


def _label(process: Process, name: str) -> str:
    sitting = process.definition.config.sittings.get(name)
    return sitting.label.text if sitting else name


def number_typed(word: str | None) -> int | None:
    """The number of a sitting. Raises: Misuse for anything else."""
    if word is None:
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= _LONGEST):
        what = _('"{word}" is not the number of a sitting.').format(word=shown(word))
        mend = _("Those that were held: {command}").format(command="ptce minutes --list")
        raise Misuse(what, mend=mend)
    return int(word)


def minutes_written(told: SittingTold, file: Path) -> Iterator[Part]:
    """`ptce minutes -o FILE`: which sitting it is, and the hash that a copy keeps."""
    label = _label(told.process, told.held.name)
    count = told.held.decided
    decided = n_("{count} decision", "{count} decisions", count).format(count=count)
    yield Paragraph(f"{label} · {decided}")
    yield Paragraph(_("The minutes are in {file}.").format(file=file))
    said = _("Line {n} of the ledger has the hash {hash}.")
    yield Paragraph(said.format(n=told.held.closed, hash=told.held.hash))


def attendance(told: SittingTold) -> Iterator[tuple[str, str]]:
    """What a sitting was, when and where, and who was there in what capacity; labels and values."""
    held, seats = told.held, told.process.definition.seats(sitting_of(told))
    proxies, heard = held.begun.proxies or {}, held.begun.heard or ()
    absent = [name for name in seats if name not in (*held.present, *proxies)]

    def names(found: Iterable[str]) -> str:
        return "\n".join(seat_told(told, name) for name in found) or _("none")

    present = _("Present ({count} of {members})").format(
        count=len(held.present), members=len(seats)
    )
    chair = _("not recorded") if held.chair is None else seat_told(told, held.chair)
    borne = _("{giver}: voice borne by {bearer}")
    yield _("Sitting"), sitting_of(told).label.text
    yield _("Call"), str(held.call)
    yield from _called(told)
    yield from _hours(told)
    yield _("Recorded on"), when_told(told, held.at)
    yield present, names(held.present)
    for giver, bearer in proxies.items():
        seat = institution_label(told.process, bearer)
        yield _("Represented"), borne.format(giver=seat_told(told, giver), bearer=seat)
    if heard:
        yield _("Heard, without a voice"), names(heard)
    yield _("Absent"), names(absent)
    yield _("Chair"), chair


def seat_told(told: SittingTold, name: str) -> str:
    """An institution, and who sat for it, where that was said."""
    label = institution_label(told.process, name)
    if name not in told.names:
        return label
    person = reason_told(told.names[name])
    return _("{person}, for {institution}").format(person=person, institution=label)


def _called(told: SittingTold) -> Iterator[tuple[str, str]]:
    called, notice = told.held.called, told.notice
    if called is None or notice is None:
        return
    yield _("Called on"), when_told(told, from_text(called.at))
    if notice.unreached is not None:
        if reached := "\n".join(_convocations(told, notice)):
            yield _("Convocations"), reached
        unreached = (institution_label(told.process, name) for name in notice.unreached)
        if notice.unreached:
            yield _("Not reached by a convocation"), "\n".join(unreached)
    days = n_("{count} day before", "{count} days before", notice.days)
    yield _("Notice"), days.format(count=notice.days)


def _convocations(told: SittingTold, notice: Notice) -> Iterator[str]:
    mailed, by_hand = _("{label}: mail of {when}"), _("{label}: by other means, {when}")
    for name, at in notice.since.items():
        says = by_hand if name in notice.by_hand else mailed
        label = institution_label(told.process, name)
        yield says.format(label=label, when=when_told(told, from_text(at)))


def _hours(told: SittingTold) -> Iterator[tuple[str, str]]:
    held = told.held
    if held.place:
        yield _("Place"), held.place
    if held.begun.opened_at:
        yield _("Opened"), when_told(told, from_text(held.begun.opened_at))
    if held.ended.closed_at:
        yield _("Closed"), when_told(told, from_text(held.ended.closed_at))


def dissent(told: SittingTold) -> Iterator[Part]:
    """What those who did not agree have had written down."""
    if not told.dissent:
        return
    yield Heading(_("Dissent"))
    yield LabelledValues(
        tuple((seat_told(told, name), reason_told(said)) for name, said in told.dissent)
    )


def sitting_of(told: SittingTold) -> Sitting:
    """The sitting, as the process of its day has it."""
    return told.process.definition.config.sittings[told.held.name]


def reason_told(said: Said) -> str:
    """The reason as it was written, or the remark that it was erased."""
    return _("(erased)") if said is None else said


def when_told(told: SittingTold, at: datetime) -> str:
    """An instant of the sitting, as people read it."""
    return long_instant(at, told.process.zone, language())


def minutes_of(told: SittingTold) -> Report:
    """The minutes of a sitting, in the language in force."""
    contest = told.process.definition.config.contest
    title = contest.title.text
    label = sitting_of(told).label.text
    when = when_told(told, told.held.at)
    parts = (
        LabelledValues(
            (
                *attendance(told),
                (_("Candidatures before it"), str(len(told.judged))),
                (_("Decisions"), _summary(told)),
            )
        ),
        *_declarations(told),
        *_recusals(told),
        *_rectified(told.process, _("Answers and marks that were rectified"), told.rectified),
        *_ranking(told),
        *_votes(told),
        *_again(told),
        *decisions(told),
        *_passed_over(told),
        *rules_told(told),
        *dissent(told),
        *_rectified_since(told),
        *_proof(told),
    )
    return Report(
        _("Minutes of the sitting"),
        language(),
        told.held.at,
        title,
        parts,
        over=title,
        under=f"{label} · {when}",
        running=_("Minutes · ledger line {n} · {hash}").format(
            n=told.held.closed, hash=fingerprint(told.held.hash)
        ),
    )


def _summary(told: SittingTold) -> str:
    if not told.held.decided:
        return _("none: rules stood in the way")
    lines = []
    for label, judged in by_decision(told):
        lines.append(_("{label}: {value}").format(label=label, value=len(judged)))
    return "\n".join(lines)


def _declarations(told: SittingTold) -> Iterator[Part]:
    """What each institution has declared of its links; nothing where the panel asks for none."""
    sheet = told.process.definition.sheets[told.panel]
    if sheet.declares is None:
        return
    yield Heading(_("Declarations of links"))
    asked = _("The sentence that each is asked to sign before its first mark: “{text}”")
    yield Paragraph(asked.format(text=sheet.declares))
    yield table(
        told.process,
        (_declared(told, member) for member in sheet.members),
        Col(_("institution"), "0", share=27),
        Col(_("signed for"), "1", number=True, share=12),
        Col(_("links declared"), "2", "–", share=36),
        Col(_("recorded by"), "3", "–", share=25),
        named=True,
    )


def _declared(told: SittingTold, member: str) -> tuple[str, int, str, str]:
    """An institution, for how many it signed that it has no link, its links, and who typed them."""
    known = [
        one.case
        for one in (*told.judged, *told.absent)
        if member in one.case.declared.get(told.panel, {})
    ]
    count = sum(case.declared[told.panel][member] is False for case in known)
    said = [(case.ref, links_told(told.process, told.panel, member, case)) for case in known]
    links = [_("{label}: {value}").format(label=ref, value=one) for ref, one in said if one]
    by = Counter(_typist(*told.signed[case.id, member], member) for case in known)
    who = [_("{label}: {value}").format(label=one, value=times) for one, times in by.items()]
    return institution_label(told.process, member), count, "\n".join(links), "\n".join(who)


def _typist(person: Person, by: str, institution: str) -> str:
    own = person.institution == institution
    told = _("the institution ({person})") if own else _("the desk ({person})")
    typed = _("{actor}, typed by {other}").format(actor=person.pseudonym, other=by)
    return told.format(person=typed if by else person.pseudonym)


def _recusals(told: SittingTold) -> Iterator[Part]:
    yield Heading(_("Institutions that stepped aside"))
    if not told.recusals:
        yield Paragraph(_("None, for any of the candidatures before the sitting."))
        return
    yield table(
        told.process,
        told.recusals,
        Col(_("ref."), "case.ref", share=10),
        Col(noun_of, lambda one: name_of(told.process, one.case), share=22),
        Col(_("institution"), lambda one: _aside(told, one), share=23),
        Col(_("before it did"), lambda one: _before(told, one), share=21),
        Col(_("ground"), lambda one: reason_told(one.reason), share=24),
        named=True,
    )


def _before(told: SittingTold, one: Recusal) -> str:
    if one.person:
        return "–"
    voted = n_("{count} vote", "{count} votes", one.votes).format(count=one.votes)
    signed = one.case.declared.get(told.panel, {}).get(one.institution) is False
    said = (
        withdrawn_told(one.case, told.panel, one.institution),
        voted if one.votes else "",
        _("no link, signed") if signed else "",
    )
    return "\n".join(filter(None, said)) or _("no mark and no vote")


def _aside(told: SittingTold, one: Recusal) -> str:
    label = institution_label(told.process, one.institution)
    return _("{person}, of {label}").format(person=one.person, label=label) if one.person else label


def _rectified_since(told: SittingTold) -> Iterator[Part]:
    since = [one for _case, one in told.since]
    yield from _rectified(told.process, _("Marks rectified since the sitting"), since)
    cases = {case.ref: case for case, _one in told.since}.values()
    means = [
        _("{label}: {value}").format(label=case.ref, value=said)
        for case in cases
        for said in rectified_means(told.process, told.panel, case)
    ]
    if means:
        yield Bullets(tuple(means))
    if told.since:
        yield Paragraph(_("What this sitting decided rests on the marks as they stood then."))


def _rectified(process: Process, heading: str, mended: Sequence[Rectification]) -> Iterator[Part]:
    """The answers and marks that were mended once they were closed; nothing where none was."""
    if not mended:
        return
    yield Heading(heading)
    yield table(
        process,
        mended,
        Col(_("ref."), "ref", share=10),
        Col(_("answer"), "label", share=20),
        Col(_("before → after"), lambda one: f"{one.before} → {one.after}", share=34),
        Col(_("reason"), lambda one: reason_told(one.reason), share=26),
        Col(_("line"), "line", number=True, share=10),
        named=True,
    )


def _ranking(told: SittingTold) -> Iterator[Part]:
    yield Heading(_("Ranking"))
    yield ranks(
        told.process,
        ((one.case, one.figures, one.figures["rank"], one.figures["tied"]) for one in told.judged),
    )
    for one in told.absent:
        state = told.process.states[one.case.state].label.text
        text = _("Rank {rank}: {ref}, which was not before the sitting ({state}).")
        yield Paragraph(text.format(rank=_rank(one.figures), ref=one.case.ref, state=state))
    parted = tuple(_parted(told))
    if parted:
        yield Paragraph(_("Those whom the first figure did not part:"))
        yield Bullets(parted)
    yield Note(_keys(told))


def _parted(told: SittingTold) -> Iterator[str]:
    everyone = sorted((*told.absent, *told.judged), key=lambda one: one.figures["rank"])
    for before, one in pairwise(everyone):
        refs = (before.case.ref, one.case.ref)
        if said := parted_told(told.process, told.panel, *refs, one.parted_by):
            yield said
    for rank in sorted({one.figures["rank"] for one in everyone if one.figures["tied"] > 1}):
        tied = ", ".join(one.case.ref for one in everyone if one.figures["rank"] == rank)
        yield _("{refs}: nothing parts them.").format(refs=tied)


def _keys(told: SittingTold) -> str:
    keys = [name for name, _up in order_keys(told.process.definition.sheets[told.panel])]
    labels = [figure_label(told.process, told.panel, name) for name in keys]
    return _(
        "Ranked by, in turn: {figures}. Spread: how far apart the institutions' means lie."
    ).format(figures=", ".join(labels))


def _votes(told: SittingTold) -> Iterator[Part]:
    yield Heading(_("Votes"))
    if not told.votes:
        by_rank = _("None was taken: the ranking and the rules decided.")
        yield Paragraph(by_rank if told.held.decided else _("None was taken."))
    for vote in told.votes:
        yield Heading(_about(told, vote), 2)
        what = (
            (_("For"), _voices(told, vote.ayes)),
            (_("Against"), _voices(told, vote.noes)),
            (_("Gave no voice"), _voices(told, vote.abstained)),
            (_("Outcome"), vote_told(carried=vote.carried, casting=vote.casting)),
            (_("Reason"), reason_told(vote.reason)),
            (_("Ledger line"), str(vote.line)),
        )
        yield LabelledValues(what)


def _about(told: SittingTold, vote: VoteTold) -> str:
    if vote.transition is None:
        return _("Order of {refs}").format(refs=", ".join(vote.refs))
    return f"{', '.join(vote.refs)} → {decides_told(told, vote.transition)}"


def _voices(told: SittingTold, names: Sequence[str]) -> str:
    if not names:
        return "0"
    return f"{len(names)}\n" + "\n".join(institution_label(told.process, name) for name in names)


def _proof(told: SittingTold) -> Iterator[Part]:
    held = told.held
    yield Heading(_("How to check these minutes"))
    what = (
        (_("Lines of the ledger"), f"{held.line} – {held.closed}"),
        (_("Hash of line {n}").format(n=held.closed), held.hash),
        (_("Process in force"), told.process.hash),
    )
    yield LabelledValues(what)
    yield Paragraph(
        _(
            "These minutes say what the ledger says, and nothing else: “ptce verify” examines the "
            "whole ledger and judges every decision again; “ptce minutes {number}” writes these "
            "minutes anew, with the same hash as long as no line before has changed. Whoever keeps "
            "a copy of this hash can show that nothing was rewritten."
        ).format(number=held.number)
    )
    yield Heading(_("Signatures"))
    ended = from_text(held.ended.closed_at) if held.ended.closed_at else held.at
    day = long_date(ended, told.process.zone, language())
    yield Paragraph(_("Done at {place}, on {day}.").format(place=held.place or "…", day=day))
    called = {name: seat_told(told, name) for name in held.present}
    signing = [label for name, label in called.items() if name != held.chair]
    if held.chair is not None:
        signing.insert(0, _("{name}, in the chair").format(name=called[held.chair]))
    yield Signatures(tuple(signing))
    said = [vote.reason for vote in told.votes]
    said += [recusal.reason for recusal in told.recusals]
    said += [one.reason for one in told.rectified]
    said += [one.reason for _case, one in told.since]
    said += [words for _name, words in told.dissent]
    said += told.names.values()
    said += [one.decision.reason for one in told.judged if one.decision]
    if None in said:
        yield Note(_("What is marked (erased) was erased; the decisions stay."))


def decides_told(told: SittingTold, name: str) -> str:
    """The label of a transition that the sitting decides."""
    return edge_label(told.process, sitting_of(told).in_[0], name)


def by_decision(told: SittingTold) -> Iterator[tuple[str, list[DeliberatedCandidature]]]:
    """The candidatures by the state that they were put in, as people call it, in sitting order.

    Where two decisions lead to one state, each is told apart by its own name.
    """
    found: dict[str, list[DeliberatedCandidature]] = {name: [] for name in sitting_of(told).decides}
    to: dict[str, str] = {}
    for one in told.judged:
        if one.decision:
            found[one.decision.edge.name].append(one)
            to[one.decision.edge.name] = one.decision.edge.to
    for name, judged in found.items():
        if judged:
            label = told.process.states[to[name]].label.text
            if [*to.values()].count(to[name]) > 1:
                label = _("{label}: {value}").format(label=label, value=decides_told(told, name))
            yield label, judged


def _again(told: SittingTold) -> Iterator[Part]:
    """What a sitting that rectifies took up: rank, mean and decision before, and now."""
    states, taken = told.process.states, sitting_of(told).rectifies
    again = [one for one in told.judged if one.decision and one.case.state in taken]
    if again:
        yield Heading(_("Decided again, by rectified marks"))
        yield table(
            told.process,
            again,
            Col(_("ref."), "case.ref", share=11),
            Col(_("rank"), _rank_before, share=14),
            Col(_("mean"), lambda one: _was(mean_of(one.former), mean_of(one.figures)), share=20),
            Col(_("decision"), lambda one: _state_before(states, one), share=55),
            named=True,
        )


def _rank_before(one: DeliberatedCandidature) -> str:
    return _was(str(one.former.get("rank", "–")), rank_told(one.figures["rank"], 1))


def _state_before(states: Mapping[str, State], one: DeliberatedCandidature) -> str:
    assert one.decision is not None
    return _was(str(states[one.case.state].label), str(states[one.decision.edge.to].label))


def _was(before: str, now: str) -> str:
    return now if before == now else f"{before} → {now}"


def decisions(told: SittingTold) -> Iterator[Part]:
    """The decisions, by the state that they lead to; and those that depart from the ranking."""
    yield Heading(_("Decisions"))
    if not told.held.decided:
        yield Paragraph(
            _("Nothing was decided. What stood in the way is below, rule by rule."), strong=True
        )
        return
    for label, judged in by_decision(told):
        yield Heading(f"{label} ({len(judged)})", 2)
        reasons = [_reason(told, one) for one in judged]
        wide = 34 if any(reasons) else 71
        yield table(
            told.process,
            zip(judged, reasons, strict=True),
            Col(_("rank"), lambda one: _rank(one[0].figures), number=True, share=8),
            Col(_("ref."), "0.case.ref", share=11),
            Col(noun_of, lambda one: name_of(told.process, one[0].case), share=wide),
            Col(_("reason"), "1", spare=True, share=37),
            Col(_("line"), "0.decision.line", number=True, share=10),
        )
    departed = [one for one in told.judged if one.departs]
    if departed:
        yield Paragraph(_("Decided otherwise than the ranking, by the votes above:"))
        yield Bullets(tuple(_departure(told, one) for one in departed))


def _rank(figures: Mapping[str, int]) -> str:
    return rank_told(figures["rank"], figures["tied"])


def _reason(told: SittingTold, one: DeliberatedCandidature) -> str:
    assert one.decision is not None
    return "\n".join(filter(None, (*_answered(told, one), reason_told(one.decision.reason))))


def _answered(told: SittingTold, one: DeliberatedCandidature) -> Iterator[str]:
    """What the decision asks for, as it was answered before the sitting decided."""
    assert one.decision is not None
    for answer in one.answered:
        field = told.process.definition.field(answer.name)
        if field is not None and answer.name in one.decision.edge.transition.asks:
            value = answer_told(told.process, answer)
            yield _("{label}: {value}").format(label=field.label.text, value=value)


def _departure(told: SittingTold, one: DeliberatedCandidature) -> str:
    assert one.decision is not None
    told_ = _("{ref}: {label}; the ranking and the rules would have given: {instead}.")
    return told_.format(
        ref=one.case.ref,
        label=decides_told(told, one.decision.edge.name),
        instead="–" if one.instead is None else decides_told(told, one.instead),
    )


def _passed_over(told: SittingTold) -> Iterator[Part]:
    """Those whom worse ranked ones were put before, and the rule that stood in their way."""
    if not told.passed_over or not told.held.decided:
        return
    yield Heading(_("Ranked better, and not chosen"))
    shared = {one.case.ref: one.figures["tied"] for one in (*told.judged, *told.absent)}
    got = _("{decision}, which {ref} got")
    yield table(
        told.process,
        told.passed_over,
        Col(
            _("rank"),
            lambda one: rank_told(one.rank, shared.get(one.case.ref, 1)),
            number=True,
            share=8,
        ),
        Col(_("ref."), "case.ref", share=11),
        Col(
            _("did not get"),
            lambda one: got.format(decision=decides_told(told, one.edge.name), ref=one.behind.ref),
            share=27,
        ),
        Col(
            _("what stood in the way"),
            lambda one: [*map(_stood_in_the_way, one.rules)],
            _("a vote, told above"),
            share=54,
        ),
    )


def _stood_in_the_way(rule: RuleTold) -> str:
    return f"{_sentence(rule, decided=False)}\n{rule.ground}"


def rules_told(told: SittingTold) -> Iterator[Part]:
    """Each rule of each decision, with the article it rests on; once for all it said alike."""
    decided = bool(told.held.decided)
    yield Heading(_("The rules of each decision") if decided else _("What stood in the way"))
    for name in sitting_of(told).decides:
        tries = [
            (one, tried)
            for one in told.judged
            for tried in one.tries
            if tried.edge.name == name and tried.made == decided
        ]
        if not tries:
            continue
        yield Heading(decides_told(told, name), 2)
        if not tries[0][1].rules:
            yield Paragraph(_("No rule guards it."))
            continue
        what = Col(_("rule"), "0", share=42)
        why = Col(_("rests on"), "1", share=38)
        mend = Col(_("candidatures"), "2", share=20)
        yield table(told.process, _rule_rows(tries, decided=decided), what, why, mend)


def _rule_rows(
    tries: Iterable[tuple[DeliberatedCandidature, TryTold]], *, decided: bool
) -> Iterator[tuple[str, str, str]]:
    refs: dict[tuple[str, str], list[str]] = {}
    order: dict[str, None] = {}
    by_rule: dict[str, list[tuple[str, str]]] = {}
    everyone = []
    for one, tried in tries:
        everyone.append(one.case.ref)
        for rule in tried.rules:
            if not decided and rule.answer is RuleAnswer.HOLDS:
                continue
            said = (_sentence(rule, decided=decided), rule.ground)
            order[rule.id] = None
            if said not in refs:
                by_rule.setdefault(rule.id, []).append(said)
            refs.setdefault(said, []).append(one.case.ref)
    for rule_id in order:
        for said in by_rule[rule_id]:
            found = refs[said]
            yield (*said, _("all of them") if len(found) == len(everyone) > 1 else ", ".join(found))


def _sentence(rule: RuleTold, *, decided: bool) -> str:
    lines = [f"{MARKS[rule.answer]} {rule.says}"]
    if not decided and rule.observed:
        lines.append(_("observed: {what}").format(what=rule.observed))
    if rule.missing:
        lines.append(_("missing: {label}").format(label=", ".join(rule.wanting)))
    return "\n".join(lines)
