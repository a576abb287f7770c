"""Minutes of sittings and attendance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from ptce_workflow.app.candidatures.history import RecordedWords, Rectification, answer_text
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, fingerprint, language, long_date, n_
from ptce_workflow.ledger.events.sitting import NOTICE
from ptce_workflow.office import page
from ptce_workflow.office.page import Part, Report, Table, of_contest
from ptce_workflow.process.candidature import RuleAnswer
from ptce_workflow.process.explain import MARKS, ExplainedRule, links_text, withdrawal_text
from ptce_workflow.process.panel import order_keys
from ptce_workflow.process.process import (
    Process,
    edge_label,
    institution_label,
    name_of,
    noun_of,
    to_the_minute,
)
from ptce_workflow.reports import ranking
from ptce_workflow.reports.listing import SITTINGS, Col, table

if TYPE_CHECKING:
    from ptce_workflow.app.jury.convocation import Convened
    from ptce_workflow.app.jury.sittings import (
        DeliberatedCandidature,
        Recusal,
        SittingSummary,
        SittingView,
        TryView,
        VoteView,
    )
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.model.sheets import Sitting


def convened(done: Convened) -> Iterator[Part]:
    call, process = done.call, done.process
    label = _label(process, done.sitting)
    yield page.say(_("{sitting} · call {call}"), sitting=label, call=call.call)
    if done.before is not None:
        was = to_the_minute(process, from_text(done.before.at))
        yield page.detail(_("instead of: {when}"), when=was)
    yield page.detail(_("meets on: {when}"), when=to_the_minute(process, from_text(call.at)))
    if call.place:
        yield page.detail(_("place: {place}"), place=call.place)
    yield page.detail(n_("{count} day from today", "{count} days from today", done.days))
    if done.by_hand is not None:
        name, at = done.by_hand
        text = _("called by other means: {label}, {when}")
        when = to_the_minute(process, at)
        yield page.detail(text, label=institution_label(process, name), when=when)
    for rule in done.late:
        text = _("Even if it is told today, it is too late for this rule of the sitting: {rule}")
        yield page.say(text, rule=rule)
    if not process.definition.calls(done.sitting):
        yield page.say(_("No mail of this contest calls it: it is called otherwise."))
        return
    if done.by_hand is None:
        yield page.detail(n_("{count} mail calls it.", "{count} mails call it.", done.mails))
    if done.held:
        text = n_(
            "{count} waits to be read, and the notice counts from its departure: {command}",
            "{count} wait to be read, and the notice counts from their departure: {command}",
            done.held,
        )
        yield page.advise(text, "ptce mail list --state held")
    if done.unreached:
        text = _("Not called, since no mail can reach them: {names}")
        labels = (institution_label(process, one) for one in done.unreached)
        yield page.say(text, names=_("; ").join(labels))
        command = f"ptce convene {done.sitting} --told {done.unreached[0]} --at … --evidence …"
        yield page.advise(_("If they are told otherwise: {command}"), command)
        yield page.suggest("ptce people enrol --help")
    yield page.suggest("ptce mail list")


def sittings_report(process: Process, sittings: Sequence[SittingSummary], now: datetime) -> Report:
    text = _("No sitting was held yet. To hold one: {command}")
    shown: Part = page.advise(text, "ptce deliberate --help")
    if sittings:
        shown = SITTINGS.table(process, sittings)
    return of_contest(process, _(SITTINGS.title), now, [shown])


def _label(process: Process, name: str) -> str:
    sitting = process.definition.config.sittings.get(name)
    return sitting.label.text if sitting else name


def attendance(sitting: SittingView) -> Iterator[tuple[str, str]]:
    """What a sitting was, when and where, and who was there in what capacity; labels and values."""
    held, seats = sitting.held, sitting.process.definition.seats(sitting_of(sitting))
    proxies, heard = held.begun.proxies or {}, held.begun.heard or ()
    absent = [name for name in seats if name not in (*held.present, *proxies)]

    def names(texts: Iterable[str]) -> str:
        return "\n".join(seat_text(sitting, name) for name in texts) or _("none")

    present = _("Present ({count} of {members})")
    chair = _("not recorded") if held.chair is None else seat_text(sitting, held.chair)
    borne = _("{giver}: voice borne by {bearer}")
    yield _("Sitting"), sitting_of(sitting).label.text
    yield _("Call"), str(held.call)
    yield from _called(sitting)
    if held.place:
        yield _("Place"), held.place
    hours = {_("Opened"): held.begun.opened_at, _("Closed"): held.ended.closed_at}
    for label, at in hours.items():
        if at:
            yield label, to_the_minute(sitting.process, from_text(at))
    yield _("Recorded on"), to_the_minute(sitting.process, held.at)
    yield present.format(count=len(held.present), members=len(seats)), names(held.present)
    for giver, bearer in proxies.items():
        seat = institution_label(sitting.process, bearer)
        yield _("Represented"), borne.format(giver=seat_text(sitting, giver), bearer=seat)
    if heard:
        yield _("Heard, without a voice"), names(heard)
    if not sitting.names:
        yield _("Persons"), _("none is named")
    elif unnamed := [one for one in (*held.present, *heard) if one not in sitting.names]:
        yield _("Persons not named"), names(unnamed)
    yield _("Absent"), names(absent)
    yield _("Chair"), chair


def seat_text(sitting: SittingView, name: str) -> str:
    label = institution_label(sitting.process, name)
    if name not in sitting.names:
        return label
    person = describe_reason(sitting.names[name])
    return _("{person}, for {institution}").format(person=person, institution=label)


def _called(sitting: SittingView) -> Iterator[tuple[str, str]]:
    called, notice = sitting.held.called, sitting.notice
    if called is None or notice is None:
        return
    yield _("Called on"), to_the_minute(sitting.process, from_text(called.at))
    if notice.unreached is not None:
        mailed, by_hand = _("{label}: mail of {when}"), _("{label}: by other means, {when}")
        reached = [
            (by_hand if name in notice.by_hand else mailed).format(
                label=institution_label(sitting.process, name),
                when=to_the_minute(sitting.process, from_text(at)),
            )
            for name, at in notice.since.items()
        ]
        if reached:
            yield _("Convocations"), "\n".join(reached)
        unreached = (institution_label(sitting.process, name) for name in notice.unreached)
        if notice.unreached:
            yield _("Not reached by a convocation"), "\n".join(unreached)
    yield _("Notice"), n_(*NOTICE, notice.days)


def dissent(sitting: SittingView) -> Iterator[Part]:
    if not sitting.dissent:
        return
    yield page.heading(_("Dissent"))
    pairs = [(seat_text(sitting, name), describe_reason(text)) for name, text in sitting.dissent]
    yield page.facts(pairs)


def sitting_of(sitting: SittingView) -> Sitting:
    return sitting.process.definition.config.sittings[sitting.held.name]


def describe_reason(recorded_words: RecordedWords) -> str:
    return _("(erased)") if recorded_words is None else recorded_words


def minutes_of(sitting: SittingView) -> Report:
    held = sitting.held
    parts = (
        page.facts(
            (
                *attendance(sitting),
                (_("Candidatures before it"), str(len(sitting.judged))),
                (_("Decisions"), _summary(sitting)),
            )
        ),
        *_declarations(sitting),
        *_recusals(sitting),
        *_rectified(sitting.process, _("Answers and marks that were rectified"), sitting.rectified),
        *_ranking(sitting),
        *_votes(sitting),
        *_again(sitting),
        *decisions(sitting),
        *_passed_over(sitting),
        *rule_tables(sitting),
        *dissent(sitting),
        *_rectified_since(sitting),
        *_proof(sitting),
        # For whoever keeps it apart from the paper.
        page.aside(_("Line {n} of the ledger has the hash {hash}."), n=held.closed, hash=held.hash),
    )
    under = f"{sitting_of(sitting).label.text} · {to_the_minute(sitting.process, held.at)}"
    running = _("Minutes · ledger line {n} · {hash}")
    running = running.format(n=held.closed, hash=fingerprint(held.hash))
    return of_contest(sitting.process, _("Minutes of the sitting"), held.at, parts, under, running)


def _summary(sitting: SittingView) -> str:
    if not sitting.held.decided:
        return _("none: rules stood in the way")
    return "\n".join(page.pair(label, len(judged)) for label, judged in by_decision(sitting))


def _declarations(sitting: SittingView) -> Iterator[Part]:
    sheet = sitting.process.definition.sheets[sitting.panel]
    if sheet.declares is None:
        return
    yield page.heading(_("Declarations of links"))
    asked = _("The sentence that each is asked to sign before its first mark: “{text}”")
    yield page.say(asked, text=sheet.declares)
    yield table(
        sitting.process,
        (_declared(sitting, member) for member in sheet.members),
        Col(_("institution"), "0", share=27),
        Col(_("signed for"), "1", number=True, share=12),
        Col(_("links declared"), "2", "–", share=36),
        Col(_("recorded by"), "3", "–", share=25),
        named=True,
    )


def _declared(sitting: SittingView, member: str) -> tuple[str, int, str, str]:
    """An institution, for how many it signed that it has no link, its links, and who typed them."""
    cases = [
        one.case
        for one in (*sitting.judged, *sitting.absent)
        if member in one.case.declared.get(sitting.panel, {})
    ]
    count = sum(case.declared[sitting.panel][member] is False for case in cases)
    texts = ((case.ref, links_text(sitting.process, sitting.panel, member, case)) for case in cases)
    links = [page.pair(ref, text) for ref, text in texts if text]
    by = Counter(_typist(*sitting.signed[case.id, member], member) for case in cases)
    who = [page.pair(one, times) for one, times in by.items()]
    return institution_label(sitting.process, member), count, "\n".join(links), "\n".join(who)


def _typist(person: Person, by: str, institution: str) -> str:
    own = person.institution == institution
    text = _("the institution ({person})") if own else _("the desk ({person})")
    typed = _("{actor}, typed by {other}").format(actor=person.pseudonym, other=by)
    return text.format(person=typed if by else person.pseudonym)


def _recusals(sitting: SittingView) -> Iterator[Part]:
    yield page.heading(_("Institutions that stepped aside"))
    if not sitting.recusals:
        yield page.say(_("None, for any of the candidatures before the sitting."))
        return
    yield table(
        sitting.process,
        sitting.recusals,
        Col(_("ref."), "case.ref", share=10),
        Col(noun_of, lambda one: name_of(sitting.process, one.case), share=22),
        Col(_("institution"), lambda one: _aside(sitting, one), share=23),
        Col(_("before it did"), lambda one: _before(sitting, one), share=21),
        Col(_("ground"), lambda one: describe_reason(one.reason), share=24),
        named=True,
    )


def _before(sitting: SittingView, recusal: Recusal) -> str:
    if recusal.person:
        return "–"
    signed = recusal.case.declared.get(sitting.panel, {}).get(recusal.institution) is False
    texts = (
        withdrawal_text(recusal.case, sitting.panel, recusal.institution),
        n_("{count} vote", "{count} votes", recusal.votes) if recusal.votes else "",
        _("no link, signed") if signed else "",
    )
    return "\n".join(filter(None, texts)) or _("no mark and no vote")


def _aside(sitting: SittingView, recusal: Recusal) -> str:
    label = institution_label(sitting.process, recusal.institution)
    if not recusal.person:
        return label
    return _("{person}, of {label}").format(person=recusal.person, label=label)


def _rectified_since(sitting: SittingView) -> Iterator[Part]:
    since = [one for _case, one in sitting.since]
    yield from _rectified(sitting.process, _("Marks rectified since the sitting"), since)
    cases = {case.ref: case for case, _one in sitting.since}.values()
    means = [
        page.pair(case.ref, text)
        for case in cases
        for text in ranking.rectified_means(sitting.process, sitting.panel, case)
    ]
    if means:
        yield page.bullets(means)
    if sitting.since:
        yield page.say(_("What this sitting decided rests on the marks as they stood then."))


def _rectified(process: Process, heading: str, mended: Sequence[Rectification]) -> Iterator[Part]:
    """The answers and marks that were mended once they were closed; nothing where none was."""
    if not mended:
        return
    yield page.heading(heading)
    yield table(
        process,
        mended,
        Col(_("ref."), "ref", share=10),
        Col(_("answer"), "label", share=20),
        Col(_("before → after"), lambda one: f"{one.before} → {one.after}", share=34),
        Col(_("reason"), lambda one: describe_reason(one.reason), share=26),
        Col(_("line"), "line", number=True, share=10),
        named=True,
    )


def _ranking(sitting: SittingView) -> Iterator[Part]:
    yield page.heading(_("Ranking"))
    judged = ((one.case, one.figures) for one in sitting.judged)
    rows = ((case, figures, figures["rank"], figures["tied"]) for case, figures in judged)
    yield ranking.ranks(sitting.process, rows)
    for one in sitting.absent:
        state = sitting.process.states[one.case.state].label.text
        text = _("Rank {rank}: {ref}, which was not before the sitting ({state}).")
        yield page.say(text, rank=_rank(one.figures), ref=one.case.ref, state=state)
    parted = tuple(_parted(sitting))
    if parted:
        yield page.say(_("Those whom the first figure did not part:"))
        yield page.bullets(parted)
    keys = order_keys(sitting.process.definition.sheets[sitting.panel])
    labels = (ranking.figure_label(sitting.process, sitting.panel, name) for name, _up in keys)
    text = _("Ranked by, in turn: {figures}. Spread: how far apart the institutions' means lie.")
    yield page.note(text, figures=", ".join(labels))


def _parted(sitting: SittingView) -> Iterator[str]:
    everyone = sorted((*sitting.absent, *sitting.judged), key=lambda one: one.figures["rank"])
    for before, one in pairwise(everyone):
        refs = (before.case.ref, one.case.ref)
        if text := ranking.parted_text(sitting.process, sitting.panel, *refs, one.parted_by):
            yield text
    for rank in sorted({one.figures["rank"] for one in everyone if one.figures["tied"] > 1}):
        tied = ", ".join(one.case.ref for one in everyone if one.figures["rank"] == rank)
        yield _("{refs}: nothing parts them.").format(refs=tied)


def _votes(sitting: SittingView) -> Iterator[Part]:
    yield page.heading(_("Votes"))
    if not sitting.votes:
        by_rank = _("None was taken: the ranking and the rules decided.")
        yield page.say(by_rank if sitting.held.decided else _("None was taken."))
    for vote in sitting.votes:
        yield page.heading(_about(sitting, vote), 2)
        what = (
            (_("For"), _voices(sitting, vote.ayes)),
            (_("Against"), _voices(sitting, vote.noes)),
            (_("Gave no voice"), _voices(sitting, vote.abstained)),
            (_("Stepped aside, and did not vote"), _voices(sitting, vote.aside)),
            (_("Outcome"), ranking.vote_text(carried=vote.carried, casting=vote.casting)),
            (_("Reason"), describe_reason(vote.reason)),
            (_("Ledger line"), str(vote.line)),
        )
        yield page.facts(what)


def _about(sitting: SittingView, vote: VoteView) -> str:
    if vote.transition is None:
        return _("Order of {refs}").format(refs=", ".join(vote.refs))
    return f"{', '.join(vote.refs)} → {decision_label(sitting, vote.transition)}"


def _voices(sitting: SittingView, names: Sequence[str]) -> str:
    if not names:
        return "0"
    return f"{len(names)}\n" + "\n".join(institution_label(sitting.process, name) for name in names)


def _proof(sitting: SittingView) -> Iterator[Part]:
    held = sitting.held
    yield page.heading(_("How to check these minutes"))
    proof = {
        _("Lines of the ledger"): f"{held.line} – {held.closed}",
        _("Hash of line {n}").format(n=held.closed): held.hash,
        _("Process in force"): sitting.process.hash,
    }
    yield page.facts(proof.items())
    yield page.say(
        _(
            "These minutes say what the ledger says, and nothing else: “ptce verify” examines the "
            "whole ledger and judges every decision again; “ptce minutes {number}” writes these "
            "minutes anew, with the same hash as long as no line before has changed. Whoever keeps "
            "a copy of this hash can show that nothing was rewritten."
        ),
        number=held.number,
    )
    yield page.heading(_("Signatures"))
    ended = from_text(held.ended.closed_at) if held.ended.closed_at else held.at
    day = long_date(ended, sitting.process.zone, language())
    called = {name: seat_text(sitting, name) for name in held.present}
    signing = [label for name, label in called.items() if name != held.chair]
    if held.chair is not None:
        signing.insert(0, _("{name}, in the chair").format(name=called[held.chair]))
    organiser = sitting.process.definition.config.organiser
    place = held.place if organiser is None else organiser.place or held.place
    yield from page.signed(place, day, signing)
    reasons = [vote.reason for vote in sitting.votes]
    reasons += [recusal.reason for recusal in sitting.recusals]
    reasons += [one.reason for one in (*sitting.rectified, *(one for _case, one in sitting.since))]
    reasons += [*(words for _name, words in sitting.dissent), *sitting.names.values()]
    reasons += [one.decision.reason for one in sitting.judged if one.decision]
    if None in reasons:
        yield page.note(_("What is marked (erased) was erased; the decisions stay."))


def decision_label(sitting: SittingView, name: str) -> str:
    return edge_label(sitting.process, sitting_of(sitting).in_[0], name)


def by_decision(sitting: SittingView) -> Iterator[tuple[str, list[DeliberatedCandidature]]]:
    """Candidatures by the label of their new state, told apart if shared."""
    found: dict[str, list[DeliberatedCandidature]] = {}
    to: dict[str, str] = {}
    for one in sitting.judged:
        if one.decision:
            found.setdefault(one.decision.edge.name, []).append(one)
            to[one.decision.edge.name] = one.decision.edge.to
    for name in sorted(found, key=sitting_of(sitting).decides.index):
        label = sitting.process.states[to[name]].label.text
        if [*to.values()].count(to[name]) > 1:
            label = page.pair(label, decision_label(sitting, name))
        yield label, found[name]


def _again(sitting: SittingView) -> Iterator[Part]:
    taken = sitting_of(sitting).rectifies
    again = [one for one in sitting.judged if one.decision and one.case.state in taken]
    if again:
        yield page.heading(_("Decided again, by rectified marks"))
        yield table(
            sitting.process,
            (_before_and_now(sitting, one) for one in again),
            Col(_("ref."), "0", share=11),
            Col(_("rank"), "1", share=14),
            Col(_("mean"), "2", share=20),
            Col(_("decision"), "3", share=55),
            named=True,
        )


def _before_and_now(sitting: SittingView, one: DeliberatedCandidature) -> tuple[str, str, str, str]:
    assert one.decision is not None
    before, now = (sitting.process.states[name] for name in (one.case.state, one.decision.edge.to))
    rank = _was(str(one.former.get("rank", "–")), ranking.rank_text(one.figures["rank"], 1))
    mean = _was(ranking.mean_of(one.former), ranking.mean_of(one.figures))
    return one.case.ref, rank, mean, _was(str(before.label), str(now.label))


def _was(before: str, now: str) -> str:
    return now if before == now else f"{before} → {now}"


def decisions(sitting: SittingView) -> Iterator[Part]:
    yield page.heading(_("Decisions"))
    if not sitting.held.decided:
        yield page.strong(_("Nothing was decided. What stood in the way is below, rule by rule."))
        return
    for label, judged in by_decision(sitting):
        yield page.heading(f"{label} ({len(judged)})", 2)
        reasons = [_reason(sitting, one) for one in judged]
        wide = 34 if any(reasons) else 71
        yield table(
            sitting.process,
            zip(judged, reasons, strict=True),
            Col(_("rank"), lambda one: _rank(one[0].figures), number=True, share=8),
            Col(_("ref."), "0.case.ref", share=11),
            Col(noun_of, lambda one: name_of(sitting.process, one[0].case), share=wide),
            Col(_("reason"), "1", spare=True, share=37),
            Col(_("line"), "0.decision.line", number=True, share=10),
        )
    departed = [one for one in sitting.judged if one.departs]
    if departed:
        yield page.say(_("Decided otherwise than the ranking, by the votes above:"))
        yield page.bullets(_departure(sitting, one) for one in departed)


def _rank(figures: Mapping[str, int]) -> str:
    return ranking.rank_text(figures["rank"], figures["tied"])


def _reason(sitting: SittingView, one: DeliberatedCandidature) -> str:
    """The reason, below what the decision asks for, as it was answered before it was made."""
    assert one.decision is not None
    texts, asks = [], one.decision.edge.transition.asks
    for answer in one.answered:
        field = sitting.process.definition.field(answer.name)
        if field is not None and answer.name in asks:
            texts.append(page.pair(field, answer_text(sitting.process, answer)))
    return "\n".join(filter(None, (*texts, describe_reason(one.decision.reason))))


def _departure(sitting: SittingView, one: DeliberatedCandidature) -> str:
    assert one.decision is not None
    return _("{ref}: {label}; the ranking and the rules would have given: {instead}.").format(
        ref=one.case.ref,
        label=decision_label(sitting, one.decision.edge.name),
        instead="–" if one.instead is None else decision_label(sitting, one.instead),
    )


def _passed_over(sitting: SittingView) -> Iterator[Part]:
    """Those whom worse ranked ones were put before, and the rule that stood in their way."""
    if not sitting.passed_over or not sitting.held.decided:
        return
    yield page.heading(_("Ranked better, and not chosen"))
    shared = {one.case.ref: one.figures["tied"] for one in (*sitting.judged, *sitting.absent)}
    got = _("{decision}, which {ref} got")
    mend = Col(
        _("did not get"),
        lambda one: got.format(decision=decision_label(sitting, one.edge.name), ref=one.behind.ref),
        share=27,
    )
    yield table(
        sitting.process,
        sitting.passed_over,
        Col(
            _("rank"),
            lambda one: ranking.rank_text(one.rank, shared.get(one.case.ref, 1)),
            number=True,
            share=8,
        ),
        Col(_("ref."), "case.ref", share=11),
        mend,
        Col(
            _("what stood in the way"),
            lambda one: [f"{_sentence(rule, decided=False)}\n{rule.ground}" for rule in one.rules],
            _("a vote, told above"),
            share=54,
        ),
    )


def audited(sitting: SittingView) -> Iterator[Part]:
    """A sitting as an audit tells it: who sat, and each rule that stood in the way, once."""
    skipped = (_("Sitting"), _("Convocations"))
    pairs = tuple(pair for pair in attendance(sitting) if pair[0] not in skipped)
    yield page.facts((*pairs, *_quorum(sitting), (_("Decisions"), _summary(sitting))))
    tries = [(one, tried) for one in sitting.judged for tried in one.tries if not tried.made]
    if tries:
        text = n_(
            "{count} decision was tried along the ranking and refused, by these rules:",
            "{count} decisions were tried along the ranking and refused, by these rules:",
            len(tries),
        )
        yield page.say(text)
        yield _rules_in_the_way(sitting, tries, decided=False)


def _quorum(sitting: SittingView) -> Iterator[tuple[str, str]]:
    """What the rules say that count who is there, as they answered for its decisions."""
    rules = {
        f"{MARKS[rule.answer]} {rule.says}": None
        for one in sitting.judged
        for tried in one.tries
        for rule in tried.rules
        if "sitting.present" in (tried.edge.rules[rule.id].when or "")
    }
    if rules:
        yield _("Quorum"), "\n".join(rules)


def rule_tables(sitting: SittingView) -> Iterator[Part]:
    """Each rule of each decision, with the article it rests on; once for all it said alike."""
    decided = bool(sitting.held.decided)
    yield page.heading(_("The rules of each decision") if decided else _("What stood in the way"))
    for name in sitting_of(sitting).decides:
        tries = [
            (one, tried)
            for one in sitting.judged
            for tried in one.tries
            if tried.edge.name == name and tried.made == decided
        ]
        if not tries:
            continue
        yield page.heading(decision_label(sitting, name), 2)
        if not tries[0][1].rules:
            yield page.say(_("No rule guards it."))
            continue
        yield _rules_in_the_way(sitting, tries, decided=decided)


def _rules_in_the_way(
    sitting: SittingView, tries: Sequence[tuple[DeliberatedCandidature, TryView]], *, decided: bool
) -> Table:
    what = Col(_("rule"), "0", flexible=True, share=42)
    why = Col(_("rests on"), "1", flexible=True, share=38)
    mend = Col(_("candidatures"), "2", flexible=True, share=20)
    return table(sitting.process, _rule_rows(tries, decided=decided), what, why, mend)


def _rule_rows(
    tries: Iterable[tuple[DeliberatedCandidature, TryView]], *, decided: bool
) -> Iterator[tuple[str, str, str]]:
    refs: dict[tuple[str, str], dict[str, None]] = {}
    by_rule: dict[str, list[tuple[str, str]]] = {}
    everyone = {one.case.ref for one, _tried in tries}
    for one, tried in tries:
        for rule in tried.rules:
            if decided or rule.answer is not RuleAnswer.HOLDS:
                row = _sentence(rule, decided=decided), rule.ground
                by_rule.setdefault(rule.id, []).extend(() if row in refs else [row])
                refs.setdefault(row, {})[one.case.ref] = None
    for row in chain.from_iterable(by_rule.values()):
        found = refs[row]
        yield *row, _("all of them") if len(found) == len(everyone) > 1 else ", ".join(found)


def _sentence(rule: ExplainedRule, *, decided: bool) -> str:
    lines = [f"{MARKS[rule.answer]} {rule.says}"]
    if not decided and rule.observed:
        lines.append(_("observed: {what}").format(what=rule.observed))
    if rule.missing:
        lines.append(_("missing: {label}").format(label=", ".join(rule.wanting)))
    return "\n".join(lines)
