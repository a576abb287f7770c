"""The commands of candidatures: list, show, why, advance, hand over, results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import N_, _, n_
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.invocation import Answer, Invocation, agreed
from ptce_workflow.cli.parameters import (
    ON_PAPER,
    PATH,
    alone,
    argument,
    as_of,
    columns_named,
    dry_run,
    flag,
    option,
    reason,
    reference,
    references_and_transition,
    resolve_answers,
    resolve_transition,
    state_named,
    to_file,
    whom,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE, print_parts
from ptce_workflow.office.formats import PAPERS
from ptce_workflow.reports.listing import CANDIDATURES, STEPS, JsonObject

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.advance import AdvanceStep
    from ptce_workflow.app.candidatures.record import Raw
    from ptce_workflow.ledger.events.facts import Evidence
    from ptce_workflow.office.page import Report
    from ptce_workflow.process.process import Process
    from ptce_workflow.reports import candidatures as views
else:
    views = Late("ptce_workflow.reports.candidatures")


@command(
    "list",
    examples=(
        "ptce list",
        "ptce list canigou",
        N_("ptce list --waiting desk --sort waiting"),
        "ptce list --state submitted --state eligible --columns name,contacts -o contacts.xlsx",
        "ptce list --at 11/03/2024",
    ),
    shape=CANDIDATURES,
)
@argument(
    "words",
    N_("WORD ..."),
    N_("Only those that tell these words: a name, a structure, a place, an address, a number."),
    nargs=-1,
)
@option("--state", N_("STATE"), N_("Only those in this state; may be repeated."), multiple=True)
@option(
    "--waiting",
    "desk|jury|applicant|time",
    N_("Only those that wait for the desk, for the jury, for the applicant, or for a date."),
)
@option("--since", N_("INSTANT"), N_("Only those in their state since then, or later."))
@option("--sort", N_("COLUMN"), N_("In the order of this column: ref unless told."))
@option(
    "--columns",
    N_("COLUMN,COLUMN"),
    N_(
        "These columns: ref, name, state, since, waiting, contacts, or any answer by its name, "
        "such as dossier.territory."
    ),
)
@as_of
@to_file()
def listing(
    call: Invocation,
    words: tuple[str, ...],
    state: tuple[str, ...],
    waiting: str | None,
    since: str | None,
    sort: str | None,
    columns: str | None,
) -> Answer:
    """List the candidatures, whom each waits for, and until when."""
    from ptce_workflow.app.candidatures import overview as dossiers
    from ptce_workflow.reports import overview as views

    contest = call.contest
    process = contest.process
    labels = {name: one.label.text for name, one in process.states.items()}
    shown, order = columns_named(process, columns or ""), (*columns_named(process, sort or ""), "")
    wanted = dossiers.Wanted(
        tuple(state_named(word, labels) for word in state),
        " ".join(words),
        call.earlier(since, said_by="--since", begins=True).at if since else None,
        waiting and whom(process, waiting),
        tuple(name for name in (*shown, *order) if "." in name),
    )
    found = dossiers.overview(contest, wanted, judged=not call.out.as_data)
    overview = views.in_order(found, order[0])

    return Answer(lambda: views.list_report(overview, wanted, shown), overview.briefs)


@command(
    "show",
    examples=(
        "ptce show C-010",
        "ptce show C-010 --full",
        "ptce show C-010 --pieces",
        N_('ptce show C-010 --at "11 March 2024 at 12:00"'),
    ),
    shape=(
        "{ref=case.ref, name, state=case.state, since=case.since, version=case.version, "
        "received=case.received, facts, rectified: [{name, label, before, after, reason, "
        "evidence, at, line}], scores=case.scores, panels=case.panels, recused=case.recused, due, "
        "waits=awaited: {who, what, until}, written?: {message, label, at, came_back}, "
        "alarms: [{date, label, at, days}], untold: [{message, transition, at, days, due, stage, "
        "address, said, why, waits}], too_late=too_late.*.0, notes: [{text, actor, at, line}], "
        "origin=case.origin, handed_over=case.handed_over, answers=case.answers, "
        "decisions: [{line, transition=edge, at, mail, notified}], "
        "pieces: [{piece=name, name=file.name, kind=file.kind, size=file.size, "
        "sha256=file.sha256, refused=file.why_refused?, mail?, at}]}"
    ),
)
@reference
@flag("--full", N_("Show all that it has answered, and its marks; a file has them always."))
@flag("--pieces", N_("List the files that it handed in instead."))
@as_of
@to_file(ON_PAPER)
def show(call: Invocation, ref: str, full: bool, pieces: bool) -> Answer:
    """Show where a candidature stands: what is awaited, what was last written to it.

    The rest follows with --full: what it has answered, sheet by sheet, and its marks.
    """
    from ptce_workflow.app.candidatures.overview import show
    from ptce_workflow.app.outbox.waiting import too_late, unnotified
    from ptce_workflow.app.pieces import of_candidature

    alone("--pieces", {"--at": pieces and call.as_of, "--full": pieces and full})
    dossier, now = show(call.contest, ref), call.contest.clock.now()
    call.warn_about_unchained(ref)
    decisions = unnotified(call.contest, dossier.case.id)
    late = too_late(call.contest, dossier.case.id)

    def report() -> Report:
        if pieces:
            process, listed = of_candidature(call.contest, ref)
            return views.pieces_report(process, ref, now, listed)
        whole = full or call.file is not None
        return views.show_report(dossier, now, decisions, late, full=whole)

    def data() -> JsonObject:
        return views.show_data(dossier, decisions, late, of_candidature(call.contest, ref)[1])

    return Answer(report, data, forms=PAPERS)


@command(
    "note",
    examples=(N_('ptce note C-010 "called; will call again on Thursday"'),),
    shape="{text, actor, at, line}",
)
@reference
@argument("text", N_("TEXT"), N_("What to remember."))
def note(call: Invocation, ref: str, text: str) -> Answer:
    """Keep a note about a candidature, such as a call.

    It is shown with the candidature and in its history, to the desk and to auditors, and erased
    with what the candidature has told. It changes nothing, and no rule reads it.
    """
    from ptce_workflow.app.candidatures.history import note

    process, _case, written = note(call.contest, ref, text)
    return Answer(views.noted(process, [written]), written)


_RULES = (
    "rules: [{id, verdict=answer.value, says, observed, missing, rectified, source, choice, "
    "ground}]"
)


@command(
    "why",
    examples=("ptce why C-010", "ptce why C-010 declare_ami_ready", "ptce why C-012 --past"),
    shape=(
        f"{{ref=case.ref, state=case.state, transitions=edges: [{{name, to, allowed, at, {_RULES}, "
        "timely_by_clock=owed}], accepted_clock=clock.n, past=acts: [{line, at, entered, "
        "transition=edge.name, from=origin, to=edge.to, made, actor, roles, reason, "
        "figures=case.panels, ranked, sitting: {name, call, line, at, present, aside, "
        f"chair, ayes=vote.ayes, noes=vote.noes, departs, instead}}, rules=edge.{_RULES}, "
        f"better: [{{name, to, allowed, {_RULES}}}]}}]}}"
    ),
)
@reference
@argument(
    "transition", N_("TRANSITION"), N_("Only this way out; else all of them."), required=False
)
@flag("--cite", N_("Print the sentences of the rulebook that rules rest on."))
@flag("--past", N_("Tell each decision and move so far, as it was judged then."))
@as_of
@to_file(ON_PAPER)
def why(call: Invocation, ref: str, transition: str | None, cite: bool, past: bool) -> Answer:
    """Explain where a candidature may go, and why not elsewhere.

    For each way out of the present state, or for TRANSITION alone: each rule, whether it holds,
    what was observed, and the article or the choice on which it rests. Nothing is recorded.

    With --past, the same of each decision and move so far: who decided, in which sitting, on what
    was known that day, and which rules stood in the way of anything better. It is read from the
    ledger alone.
    """
    from ptce_workflow.app.candidatures import why as reasons
    from ptce_workflow.reports import why as views

    if past:
        alone("--past", {_("TRANSITION"): transition})
        moves, now = reasons.past(call.contest, ref), call.contest.clock.now()
        call.warn_about_unchained(ref)
        return Answer(
            lambda: views.past_report(moves, now, cite=cite),
            lambda: JsonObject(moves, edges=(), clock=None),
            forms=PAPERS,
        )
    if transition is not None:
        transition = call.transition([ref], transition)
    explanation, now = reasons.why(call.contest, ref, transition), call.contest.clock.now()
    if not call.contest.rehearsal:
        # What is possible by a clock that stands back is refused when it is tried.
        call.warn_about_clock(call.contest)

    def sitting() -> str:
        edges = explanation.process.edges(explanation.case.state).values()
        # Few states lead into a sitting, and what calls one takes long to load.
        if not any(edge.decided for edge in edges):
            return ""
        from ptce_workflow.app.jury.convocation import to_call

        return to_call(call.contest, edges)

    def report() -> Report:
        return views.why_report(explanation, now, cite=cite, to_call=sitting)

    return Answer(report, lambda: JsonObject(explanation, acts=()), forms=PAPERS)


@command(
    "advance",
    examples=(
        "ptce advance C-010 declare_ami_ready --yes",
        "ptce advance C-011 C-012 declare_eligible --dry-run",
        N_('ptce advance C-011 withdraw --reason "at its own request" --yes'),
    ),
    shape=STEPS,
)
@argument(
    "words",
    N_("REF ... TRANSITION [FIELD=VALUE ...]"),
    N_("The candidatures, the transition that they take, the answers that it asks for."),
    nargs=-1,
    required=True,
)
@reason
@dry_run
@flag("--yes", N_("Do not ask before an end is put to a candidature."))
def advance(
    call: Invocation, words: tuple[str, ...], reason: str | None, dry_run: bool
) -> Answer | int:
    """Make candidatures take a transition.

    They move if every rule holds. The last word is the transition; after it, FIELD=VALUE answers
    what it asks for, such as the sum that it grants. Several candidatures move together, or none. A
    refusal by a rule changes nothing but is recorded, with every verdict.

    What ends a candidature is shown first, with the mails that it sends, and asked.
    """
    from ptce_workflow.app.candidatures.advance import advance

    typed, transition, typed_answers = references_and_transition(words)
    references = [call.reference(word) for word in typed]
    transition = call.transition(references, transition)
    process = call.contest.process
    answers = resolve_answers(process, {"": typed_answers}, (transition,)) if typed_answers else {}
    asked = (references, transition, reason, answers)
    if not (dry_run or call.yes) and not may_end(call, *asked):
        return NOT_DONE
    steps = advance(
        call.contest, references, transition, reason=reason, answers=answers, dry_run=dry_run
    )
    return advanced(process, steps, dry_run=dry_run)


def advanced(process: Process, steps: tuple[AdvanceStep, ...], *, dry_run: bool) -> Answer:
    parts = views.advanced(process, steps, dry_run=dry_run)
    code = DONE if all(step.made for step in steps) else NOT_DONE
    return Answer(parts, views.advance_data(steps, dry_run=dry_run), code)


def may_end(
    call: Invocation,
    refs: Sequence[str],
    transition: str,
    reason: str | None,
    answers: Raw,
    evidence: Evidence | None = None,
) -> bool:
    """True for what ends no candidature and answers none by mail, or that a rule stops.

    Else where somebody agrees, who is shown what it does and whom it writes to. Raises: Misuse.
    """
    from ptce_workflow.app.candidatures.advance import foresee

    process = call.contest.process
    # What answers a request stays where it is, and cannot be taken back once it is told.
    last = {
        edge.key for edge in process.every_edge() if not edge.moves or process.states[edge.to].ends
    }
    if transition not in last:
        return True
    asked: dict[str, Any] = {"answers": answers, "evidence": evidence}
    found = foresee(call.contest, refs, transition, reason=reason, **asked)
    if not all(step.made for step in found.steps):
        return True
    ending = [step for step in found.steps if step.edge.moves and process.states[step.edge.to].ends]
    if not ending and not found.letters:
        return True
    print_parts(call.out, views.foreseen(process, found))
    count = len(ending)
    question = n_("End this candidature?", "End these {count} candidatures?", count)
    if not ending:
        question = _("Give this answer?")
    return agreed(call, question.format(count=count), _("Nothing was changed."))


@command(
    "hand-over",
    examples=("ptce hand-over C-010 --to ../ami --dry-run", "ptce hand-over C-010 --to ../ami"),
    shape="{ref=here.ref, contest, there, state, made, carried, left: [{name, why}], "
    "exhibits: [{n, at, names, evidence}], figures, line}",
)
@reference
@option("--to", N_("DIR"), N_("The folder of the contest that takes it."), type=PATH, required=True)
@option(
    "--by transition", N_("TRANSITION"), N_("The way in there; else the first that takes one over.")
)
@dry_run
def hand_over(
    call: Invocation, ref: str, to: Path, transition: str | None, dry_run: bool
) -> Answer:
    """Hand a candidature over to another contest.

    It begins there with the facts that the two contests share, which are read there and not
    written, and with what they rest on: arrivals, documents, figures of panels. It stays here as it
    is; each ledger names the line of the other. The rules there decide. Whoever acts is of the desk
    in both. Typed again, it completes what was interrupted.
    """
    from ptce_workflow.app.candidatures.handover import hand_over
    from ptce_workflow.process.model.definition import START

    with call.other_contest(to) as other:
        if transition is not None:
            transition = resolve_transition(other.process, transition, (START,))
        done = hand_over(call.contest, ref, other, transition=transition, dry_run=dry_run)
    return Answer(
        views.handed(call.contest.process, done, to, dry_run=dry_run),
        views.handed_data(done, dry_run=dry_run),
    )


@command(
    "results", examples=("ptce results", "ptce results -o results.html"), shape="[{name, answers}]"
)
@to_file()
def results(call: Invocation) -> Answer:
    """Publish the results: the laureates, and what the folder publishes of each.

    What is published, and from when, is under [results] in config.toml; before that, nothing is.
    """
    from ptce_workflow.app.candidatures.overview import laureates
    from ptce_workflow.app.outbox.waiting import unnotified
    from ptce_workflow.exports import documents

    gathered = laureates(call.contest)
    waiting = len(unnotified(call.contest))
    return Answer(
        lambda: documents.results(gathered, waiting), lambda: documents.results_data(gathered)
    )


@command(
    "stats",
    examples=("ptce stats", "ptce stats -o stats.html", "ptce stats --at 11/03/2024"),
    shape="{at, count, erased, states: [{name, label, count}], reached: [{name, label, count}], "
    "arrivals: [{day, count}], answers: [{field, label, counts: [{label, count}], fewer, "
    "unanswered}]}",
)
@as_of
@to_file()
def stats(call: Invocation) -> Answer:
    """Count the candidatures by state, by day of arrival and by answer.

    The answers are those to the questions with a choice of the sheet that names a candidature, and
    the departments of its territory. Neither names nor references are printed, and rare answers
    are added up: it may be given to those who fund the contest.
    """
    from ptce_workflow.app.candidatures.overview import gather
    from ptce_workflow.exports import stats as views

    found = gather(call.contest, call.contest.process.states)
    counts = views.stats_of(found)
    return Answer(lambda: views.stats_report(found, counts), counts)
