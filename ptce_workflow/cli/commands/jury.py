"""The commands of the jury: marks, recusals, ranks, sittings, minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.invocation import Answer, Invocation, agreed, entered, is_somebody_here
from ptce_workflow.cli.parameters import (
    COUNT,
    INSTITUTION,
    PATH,
    REFERENCE,
    SITTING,
    alone,
    argument,
    as_of,
    dry_run,
    evidence,
    flag,
    goes_with,
    option,
    pairs,
    panel,
    reason,
    reference,
    resolve_field,
    to_file,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE, print_parts
from ptce_workflow.office.formats import PAPERS
from ptce_workflow.reports.listing import SITTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ptce_workflow.app.jury import marks
    from ptce_workflow.app.jury.deliberation import Deliberated
    from ptce_workflow.app.outbox.desk import Posted
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.panel import Agenda
    from ptce_workflow.reports import jury as views
else:
    views = Late("ptce_workflow.reports.jury")
    marks = Late("ptce_workflow.app.jury.marks")


@command(
    "jury score",
    examples=(
        "ptce jury score C-011 dreets innovation=4 partners=3.5",
        N_('ptce jury score C-011 dreets innovation=- comment="outside our field"'),
        N_(
            'ptce jury score C-011 dreets innovation=5 --rectify --reason "typed 3 for 5" '
            "--evidence grid.pdf"
        ),
    ),
)
@reference
@argument(
    "institution", N_("INSTITUTION"), N_("The institution whose scores they are."), type=INSTITUTION
)
@argument(
    "scores",
    N_("CRITERION=SCORE"),
    N_('A score, such as innovation=3.5; or a comment: comment="…".'),
    nargs=-1,
    required=True,
)
@flag("--rectify", N_("Mend a mistyped mark once they are closed: needs a reason and evidence."))
@reason
@evidence
@panel
def score(
    call: Invocation,
    ref: str,
    institution: str,
    scores: tuple[str, ...],
    rectify: bool,
    reason: str | None,
    proof: Path | None,
    panel: str | None,
) -> Answer:
    """Record an institution's scores of a candidature.

    All of the scores are recorded, or none. A later score replaces the former one; - says that the
    institution has no opinion, where the grid allows it. Of several panels that are open, the
    criteria tell which one is meant, or --panel.

    A mistyped mark is mended once the marks are closed with --rectify, --reason and --evidence, as
    long as the panel allows it. The figures that the sitting saw stay beside those worked out anew,
    and what it decided stands until a sitting that rectifies decides again.
    """
    from ptce_workflow.cli.commands.record import rectification

    sheets = call.contest.process.definition.sheets.items()
    panels = [one for name, one in sheets if one.is_panel and panel in (None, name)]
    asked = {name: one for sheet in panels for name, one in sheet.fields.items()}
    typed = pairs(scores, form=_("CRITERION=SCORE"))
    given = {resolve_field(asked, word): answer for word, answer in typed.items()}
    mend = rectification(call, rectify, reason, None, proof)
    if mend is not None:
        about = call.contest, ref, institution, given, panel
        case, mended = marks.rectify_marks(*about, reason=mend[0], evidence=mend[1])
        return Answer(views.marks_rectified(call.contest.process, case, mended))
    if proof is not None:
        raise goes_with("--evidence", "--rectify", _("Leave it out."))
    case = marks.score(call.contest, ref, institution, given, panel)
    return Answer(views.scored(call.contest.process, case, institution))


@command(
    "jury declare",
    examples=(
        "ptce jury declare --none",
        N_('ptce jury declare C-011 --links "it is on our board" --institution cress'),
        N_('ptce jury declare C-011 --institution cress --no-influence sgar --reason "long ago"'),
    ),
    shape="[{ref, panel, institution, links}]",
)
@argument(
    "refs",
    N_("REF"),
    N_("The candidatures; else all that the institution may mark."),
    nargs=-1,
    required=False,
    type=REFERENCE,
)
@flag("--none", N_("It has no link with them: it signs the sentence of the panel."))
@option("--links", N_("TEXT"), N_("The links that it has."))
@option(
    "--no-influence presides",
    N_("NAME"),
    N_("The institution that presides, and finds that declared links do not matter; by the desk."),
    type=INSTITUTION,
)
@option("--institution", N_("NAME"), N_("Who declares; else the juror's own."), type=INSTITUTION)
@reason
@panel
def declare(
    call: Invocation,
    refs: tuple[str, ...],
    none: bool,
    links: str | None,
    presides: str | None,
    institution: str | None,
    reason: str | None,
    panel: str | None,
) -> Answer:
    """Declare that an institution has no link with candidatures, or which it has.

    Where the panel asks for it, this comes before the first mark; where a dossier names the
    institution, --none says why. Whoever declares links neither marks nor votes until it steps
    aside (`ptce jury recuse`), or whoever presides finds that they have no influence.
    """
    if [none, bool(links), bool(presides)].count(True) != 1:
        raise Misuse(
            _("Say --none, or --links and which, or --no-influence and who presides: one of them."),
            mend=_("For example: {command}").format(command="ptce jury declare C-011 --none"),
        )
    if not none and not refs:
        mend = _("For example: {command}").format(command='ptce jury declare C-011 --links "…"')
        raise Misuse(_("Say with which candidature there are links."), mend=mend)
    whose = {"links": links, "reason": reason, "presides": presides, "institution": institution}
    texts = marks.declare_links(call.contest, refs, **whose, panel=panel)
    process = call.contest.process
    return Answer(views.declared(process, *texts), lambda: views.declared_data(*texts))


@command(
    "jury recuse",
    examples=(
        N_('ptce jury recuse C-011 cress --reason "it is a partner of the project"'),
        N_('ptce jury recuse C-011 cress --lift --reason "entered for another one"'),
    ),
)
@reference
@argument(
    "institution",
    N_("INSTITUTION"),
    N_("The institution that steps aside, or one person of it (P-004)."),
    type=INSTITUTION,
)
@reason
@flag("--lift", N_("It comes back: it scores and counts again."))
@panel
def recuse(
    call: Invocation, ref: str, institution: str, reason: str | None, lift: bool, panel: str | None
) -> Answer:
    """Have an institution step aside from a candidature.

    It neither scores nor counts for it any more; what it scored stays in the ledger. Means that
    were recorded are recorded anew; a rank that a sitting has recorded stays. Where one person of
    an institution steps aside, the others go on speaking for it.
    """
    from ptce_workflow.app.jury.ranking import ranking

    case = marks.recuse(call.contest, ref, institution, reason, lift=lift, panel=panel)
    process = call.contest.process
    ranks = {
        name: one.rank
        for name in case.panels
        for one in ranking(call.contest, name)[1]
        if one.case.id == case.id
    }
    return Answer(views.recused(process, case, institution, ranks=ranks, lift=lift))


@command(
    "jury conflicts",
    examples=("ptce jury conflicts",),
    shape="[{ref, candidature, panel, institution, field, text, name}]",
)
@panel
def conflicts(call: Invocation, panel: str | None) -> Answer:
    """List the conflicts of interest that dossiers show.

    An institution, or a network that it heads, is named in a dossier: that is proposed here, and a
    person decides. Nothing is recorded.
    """
    found, process = marks.conflicts(call.contest, panel), call.contest.process
    return Answer(views.conflicts(process, found), views.conflicts_data(process, found))


_CUT = "after, in=last_in.case.ref, out=first_out.case.ref, close, difference, at"


@command(
    "jury rank",
    examples=("ptce jury rank", "ptce jury rank -o ranking.html"),
    shape=(
        f"{{panel, frozen, cut: {{{_CUT}}}, group_cuts: [{{{_CUT}, group}}], torn: "
        "[{transition=0, refs=1.*.ref}], ranking: [{rank, tied=place.tied, "
        "parted_by=place.parted_by?, ref=case.ref, name, state=case.state, frozen, recorded, "
        "total=figures.total, voices=figures.voices, expected=figures.expected, "
        "recused=figures.recused, spread=figures.spread, lowest_voice, highest_voice, criteria, "
        "outcome, decided}], closed=closed.*.ref, unranked=unranked.*.ref, "
        "without_each: [{institution, lets_in, leaves_out, even}]}"
    ),
)
@panel
@flag("--without-each", N_("Tell the cut without the marks of each institution, too."))
@as_of
@to_file()
def rank(call: Invocation, panel: str | None, without_each: bool) -> Answer:
    """Rank the candidatures by their scores.

    The mean, the voices, the spread between the institutions, and where the rules would cut if all
    of them met now, or at the first date that lets them decide. The call is close when the last
    mean let in and the first one left out are less than half a step of the scale apart.
    """
    from ptce_workflow.app.jury import ranking as cutoff
    from ptce_workflow.reports.ranking import ranking

    standing = cutoff.standing(call.contest, panel)
    now, whole = call.contest.clock.now(), call.file is not None
    without = (*cutoff.without_each(standing),) if without_each else ()
    return Answer(
        lambda: ranking(standing, now, without, whole=whole),
        lambda: views.rank_data(standing, without),
    )


# What `--json` writes of one decision, and of one vote.
_DECISIONS = (
    "decisions: [{ref=case.ref, name, rank, tied, mean, transition=made.edge.name, "
    "to=made.edge.to, instead, reason, tries: [{transition=edge.name, allowed=made, verdicts}]}]"
)
_VOTES = "votes: [{about, refs, transition, ayes, noes, aside, casting, carried, reason}]"


@command(
    "deliberate",
    examples=(
        "ptce deliberate --present sgar,cress,dreets,region --chair sgar --dry-run",
        "ptce deliberate --template > agenda.toml",
        "ptce deliberate --agenda agenda.toml",
    ),
    shape=(
        "{line, sitting=name, call, present=agenda.present, heard=agenda.heard, "
        "proxies=agenda.proxies, chair=agenda.chair, notice=notice.days, "
        "unreached=notice.unreached, decided, written, "
        f"{_VOTES}, {_DECISIONS}}}"
    ),
)
@option(
    "--present",
    N_("NAMES"),
    N_("Who is there, with commas between: dreets, or P-004 who sits for one, or dreets=P-004."),
)
@option("--chair", N_("NAME"), N_("The institution that chairs."))
@option("--sitting", N_("NAME"), N_("Which sitting, where there are several."))
@option("--agenda", N_("FILE"), N_("All of it, and the votes, in a file in TOML."), type=PATH)
@flag("--template", N_("Print such a file to fill in, with the ties and the cut."))
@dry_run
@flag("--yes", N_("Do not ask: record it at once."))
def deliberate(
    call: Invocation,
    present: str | None,
    chair: str | None,
    sitting: str | None,
    agenda: Path | None,
    template: bool,
    dry_run: bool,
) -> Answer | int:
    """Hold a sitting of the jury and decide, all or nothing.

    The transitions of the sitting are tried in rank order, so that the rules make the cut. An
    agenda, in a file, holds the votes that part a tie or depart from the ranking, the proxies, the
    hours and the place. Asks who sits for each institution that has people enrolled and names none,
    shows the outcome, then asks whether to record it.
    """
    from ptce_workflow.app.jury.ranking import standing
    from ptce_workflow.cli import editor as agendas

    typed = {"--present": present, "--chair": chair, "--sitting": sitting}
    if template:
        alone("--template", {**typed, "--agenda": agenda} | {"--sitting": None})
        panel = agendas.panel_of(call.contest.process, sitting)
        own = standing(call.contest, panel, sitting)
        call.out.raw(agendas.template(own, sitting).encode())
        return DONE
    if agenda is not None:
        from ptce_workflow.office.forms.answer_file import read_agenda

        alone("--agenda", typed)
        asked = read_agenda(agenda, lambda text, key: call.instant(text, said_by=key))
    else:
        asked = agendas.agenda_typed(present, chair, sitting)
    return _hold(call, agendas.with_keys(call, asked), dry_run=dry_run)


def _persons(call: Invocation, asked: Agenda) -> tuple[Agenda, list[tuple[Person, str]]]:
    """An agenda that names who sits, as whoever is here says; and the capacities said for them."""
    from ptce_workflow.app.people import is_pseudonym, list_people
    from ptce_workflow.process.process import institution_label

    present: list[str] = [*asked.present]
    capacities: list[tuple[Person, str]] = []
    people = [one for one in list_people(call.contest) if one.active and one.institution]
    for place, name in enumerate(present):
        own = {one.pseudonym: one for one in people if one.institution == name}
        if not own or name in asked.persons or is_pseudonym(name):
            continue
        label = institution_label(call.contest.process, name)
        call.out.remark(_("Who sits for {institution}?").format(institution=label))
        for one in own.values():
            call.out.remark(" ".join(("  " + one.pseudonym, one.called or _("(erased)"))))
        first, who = next(iter(own)), ""
        while who not in (*own, "-"):
            prompt = _("One of these, or - for nobody named [{who}]:").format(who=first)
            who = entered(call.out, prompt).upper() or first
        if who == "-":
            continue
        present[place] = f"{name}={who}"
        if own[who].private.get("name") and "capacity" not in own[who].private:
            text = _("In which capacity does {name} sit? (nothing: it is not said)")
            capacity = entered(call.out, text.format(name=own[who].called))
            capacities += [(own[who], capacity)] if capacity else []
    return replace(asked, present=tuple(present)), capacities


def _hold(call: Invocation, asked: Agenda, *, dry_run: bool) -> Answer | int:
    from ptce_workflow.app.jury.deliberation import deliberate
    from ptce_workflow.app.outbox.desk import messages
    from ptce_workflow.app.people import sit_as

    contest, shown = call.contest, None
    capacities: list[tuple[Person, str]] = []
    if not (dry_run or call.yes) and is_somebody_here(call.out):
        # What stands in its way is said before anything is asked.
        deliberate(contest, asked, dry_run=True)
        asked, capacities = _persons(call, asked)
    if dry_run or not call.yes:
        shown = deliberate(contest, asked, dry_run=True)
        if dry_run:
            return _outcome(call, shown, dry_run=True)
        print_parts(call.out, views.deliberated(contest.process, shown, dry_run=True))
        question = (
            _("Record this sitting and its decisions?")
            if shown.decided
            else _("It decides nothing. Record it all the same, with what stood in the way?")
        )
        if shown.notice and shown.notice.unreached:
            names = ", ".join(shown.notice.unreached)
            text = _("No convocation reached: {names}.").format(names=names)
            question = f"{text} {question}"
        if not agreed(call, question, _("Nothing was changed.")):
            return NOT_DONE
    for person, capacity in capacities:
        sit_as(contest, person, capacity)
    mail_names = {message.name for message in messages(contest)}
    held = deliberate(contest, asked, shown=shown)
    waiting = [
        message for message in messages(contest, ("held",)) if message.name not in mail_names
    ]
    return _outcome(call, held, waiting, dry_run=False)


def _outcome(
    call: Invocation, held: Deliberated, waiting: Sequence[Posted] = (), *, dry_run: bool
) -> Answer:
    process = call.contest.process
    return Answer(
        views.outcome(process, held, waiting, dry_run=dry_run),
        lambda: views.sitting_data(process, held, dry_run=dry_run),
        DONE if held.decided else NOT_DONE,
    )


@command(
    "minutes",
    examples=(
        "ptce minutes -o minutes.docx",
        "ptce minutes 1 -o minutes.html",
        "ptce minutes --list",
    ),
    shape=SITTINGS,
)
@argument(
    "number",
    N_("NUMBER"),
    N_("Which sitting, by its number; else the last one."),
    required=False,
    type=COUNT,
)
@flag("--list listed", N_("List the sittings that were held."))
@to_file(N_("Where to write it: a .docx, or a .html."))
def minutes(call: Invocation, number: int | None, listed: bool) -> Answer:
    """Write the minutes of a sitting, from the ledger alone.

    The last sitting, or the one of that number: who was there, the ranking, the votes, each
    decision with its rules and articles, and how to check all of it.
    """
    from ptce_workflow.app.jury import sittings
    from ptce_workflow.reports import sittings as views

    if listed or call.out.as_data:
        alone("--list", {_("NUMBER"): number})
        found = sittings.sittings(call.contest)
        process, now = call.contest.process, call.contest.clock.now()
        return Answer(lambda: views.sittings_report(process, found, now), found)
    if call.file is None:
        mend = _("For example: {command}").format(command="ptce minutes -o minutes.docx")
        raise Misuse(_("Say where to write the minutes, as a .docx or a .html."), mend=mend)
    # The file is looked at before the contest is asked.
    return Answer(lambda: views.minutes_of(sittings.sitting(call.contest, number)), forms=PAPERS)


@command(
    "convene",
    examples=(
        "ptce convene",
        N_('ptce convene --at "16/04/2024 14:00" --place "Salle du conseil"'),
        N_('ptce convene --told coorace --at "02/04/2024 09:00" --evidence courrier.pdf'),
    ),
    shape=(
        "{sitting, call=call.call, at=call.at, place=call.place, notice=days, late, unreached, "
        "moved=call.moved, mails, held, told=call.notified_at.items: [{institution=0, at=1}], "
        "line=call.n}"
    ),
)
@argument(
    "sitting",
    N_("SITTING"),
    N_("Which sitting, where there are several."),
    required=False,
    type=SITTING,
)
@option(
    "--at", N_("INSTANT"), N_("When it meets; else at its date. With --told, when it was told.")
)
@option("--place", N_("TEXT"), N_("Where it meets; else at the place of its date."))
@option(
    "--told",
    N_("NAME"),
    N_("An institution that was called by other means: records it."),
    type=INSTITUTION,
)
@evidence
def convene(
    call: Invocation,
    sitting: str | None,
    at: str | None,
    place: str | None,
    told: str | None,
    proof: Path | None,
) -> Answer:
    """Call a sitting of the jury.

    Its mail leaves to those who sit, with the calendar entry. Called again before it is held, its
    hour or place moves. After a sitting that was duly called and lacked its quorum alone, it is
    the next call. With --told and --evidence, it records who was called by other means.
    """
    from ptce_workflow.app.jury.convocation import convene, record_convocation
    from ptce_workflow.cli.commands.record import evidence_of
    from ptce_workflow.reports import sittings as views

    given, hour = evidence_of(call, proof)
    instant = call.instant(at, said_by="--at") if at else hour
    if told is not None and given is not None:
        alone("--told", {"--place": place})
        done = record_convocation(call.contest, sitting, told, given, at=instant)
    elif told is None and given is None:
        done = convene(call.contest, sitting, at=instant, place=place or "")
    else:
        both = ("--told", "--evidence") if told else ("--evidence", "--told")
        command = "ptce convene --told coorace --evidence courrier.pdf"
        raise goes_with(*both, _("For example: {command}").format(command=command))
    return Answer(views.convened(done), done)
