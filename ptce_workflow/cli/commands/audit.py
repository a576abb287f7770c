"""Looking back: what happened, where candidatures stood, whether the ledger is whole, backups."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.locations import is_export
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import (
    ON_PAPER,
    PATH,
    OneOf,
    alone,
    argument,
    as_of,
    flag,
    goes_with,
    option,
    reason,
    reference,
    to_file,
    yes_to_replace,
)
from ptce_workflow.cli.writing import Answer, agreed, may_write, output_file, show
from ptce_workflow.papers.formats import PAPERS
from ptce_workflow.papers.listing import JsonObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.admin.verify_checkpoints import Witness
    from ptce_workflow.app.contest import Contest


@command(
    "history",
    examples=("ptce history C-005",),
    shape="[{n, at, actor, by, type, process, data, side}]",
)
@reference
@as_of
@to_file()
def history(call: Invocation, ref: str) -> Answer:
    """Tell a candidature's story, line by line."""
    from ptce_workflow.app.cases.history import history
    from ptce_workflow.app.cases.overview import show
    from ptce_workflow.cli.views import audit as views

    contest = call.contest
    told = history(contest, ref)
    call.tell_unchained(ref)
    now = contest.clock.now()
    return Answer(
        lambda: views.history_report(show(contest, ref), told, now),
        lambda: views.history_data(told),
    )


@command(
    "replay",
    examples=(
        N_("ptce replay --html page.html"),
        "ptce replay --check",
        "ptce replay --what-if ../other",
    ),
    shape=(
        "{as_of, check: {holds, lines, judged, others, differing: [{line, type, ref, transition, "
        "why=faults.*.what, rules: [{rule, says, ground, recorded, found}]}]}, what_if: "
        "{process=before.hash, other=after.hash, same, processes, lines, acts, candidatures, "
        "turns: [{ref=turn.case.ref, line=turn.line, at=turn.at, transition=turn.transition, "
        "from=turn.origin, made=turn.made, to=turn.to, how=turn.how, instead=turn.instead, "
        "leads=turn.leads, due=turn.due, hour=turn.hour, beside=turn.beside, since=turn.since, "
        "breaches=breaches.*.0, rules: [{id=rule, recorded: {verdict=answer.value, says, "
        "observed, ground}, other: {verdict=answer.value, says, observed, ground}}], "
        "totals=turn.totals, today}], ranks=moved_ranks: [{ref, panel, line, recorded, other}], "
        "totals: [{total, acts, today}]}}"
    ),
)
@option("--html", N_("FILE"), N_("Write a page there that replays the whole ledger."), type=PATH)
@option(
    "--names",
    "all|public|none",
    N_("What may be erased, on that page: all, the collectives' names (public), or nothing."),
    type=OneOf(("all", "public", "none")),
)
@flag("--check", N_("Judge every decision again, under the process that its line cites."))
@option(
    "--what-if",
    N_("DIR"),
    N_("Judge every act again under this folder: a copy in which a rule was changed."),
    type=PATH,
)
@to_file()
def replay(
    call: Invocation,
    html: Path | None,
    names: str | None,
    check: bool,
    what_if: Path | None,
) -> Answer | int:
    """Replay the whole ledger: as a page, judged again, or by other rules.

    With --html, one file holds the whole ledger, replays it and checks its chain: a browser opens
    it without any network.

    With --check, every recorded decision is judged again as of its line, and what differs is told
    with the rule; exits with 1 if anything does. With --what-if, every act is judged again under
    another folder, on the marks, facts and votes that are recorded: for each candidature the first
    act that would have turned, and through which rule. Nothing is recorded.
    """
    if names and html is None:
        mend = _("For example: {example}").format(example=_("ptce replay --html page.html"))
        raise goes_with("--names", "--html", mend)
    if html is not None:
        from ptce_workflow.cli.views.replay_page import page

        others: dict[str, object] = {"--check": check, "--what-if": what_if}
        return page(call, html, names or "public", others)
    if check:
        alone("--check", {"--what-if": what_if})
        return _checked(call)
    if what_if is not None:
        return _what_if(call, what_if)
    raise Misuse(
        _("Nothing says how to replay the ledger."),
        _("Add one of these: {options}").format(options="--html, --check, --what-if"),
        _("Where candidatures stood at an instant: ptce list --at 11/03/2024"),
    )


def _checked(call: Invocation) -> Answer:
    from ptce_workflow.app.admin.recheck import recheck
    from ptce_workflow.cli.views import again as views

    report, now = recheck(call.contest), call.contest.clock.now()
    return Answer(
        lambda: views.check_report(report, call.contest_dir, now),
        lambda: {"as_of": now, "check": report, "what_if": None},
        DONE if report.holds else NOT_DONE,
    )


def _what_if(call: Invocation, folder: Path) -> Answer:
    from ptce_workflow.app.admin.whatif import what_if
    from ptce_workflow.cli.views import again as views

    told = what_if(call.contest, folder)
    return Answer(
        lambda: views.what_if_report(told, folder),
        lambda: {"as_of": told.at, "check": None, "what_if": told},
    )


@command(
    "verify",
    examples=(
        "ptce verify",
        "ptce verify --against ../ami",
        "ptce verify ../export",
        N_("ptce verify --checkpoint mail.eml"),
        N_("ptce verify --receipt acknowledgement.eml"),
    ),
    shape=(
        "{lines, intact, links, checkpoints, signed, kept: [{file=name, "
        "line=note.checkpoint.size, hash=note.checkpoint.hash}], receipts: [{file=name, "
        "line=trace.line, hash=trace.hash, at, ref, kind}], findings=faults: [{line, what, why}], "
        "remarks: [{line, what, why}]}"
    ),
)
@option(
    "--against", N_("DIR"), N_("A contest that handed candidatures over, or took some."), type=PATH
)
@argument(
    "exported",
    N_("EXPORT"),
    N_("An export, to be verified in the place of the contest; nothing is written in it."),
    type=PATH,
    required=False,
)
@option(
    "--checkpoint notes",
    N_("FILE"),
    N_("A checkpoint kept elsewhere, or a mail that holds one; may be repeated."),
    type=PATH,
    multiple=True,
)
@option(
    "--receipt mails",
    N_("FILE"),
    N_("A mail or text that somebody kept, or the foot of one, typed in; may be repeated."),
    type=PATH,
    multiple=True,
)
@to_file()
def verify(
    call: Invocation,
    against: Path | None,
    exported: Path | None,
    notes: tuple[Path, ...],
    mails: tuple[Path, ...],
) -> Answer:
    """Verify the ledger, and that what is shown follows from it.

    Says what is broken and at which line; exits with 1 if anything is. With --against, each
    hand-over is looked up in the other ledger as well. With --checkpoint, what somebody kept tells
    whether the ledger was written anew since; with --receipt, whether it still holds the line that
    a mail or a document quotes, by the first sixteen digits of its hash or more.
    """
    from ptce_workflow.app.admin.verify import verify, verify_against
    from ptce_workflow.app.admin.verify_checkpoints import quoted_in, shown
    from ptce_workflow.papers.files import content_typed

    every: list[Witness] = [
        *(one for file in notes for one in shown(file, content_typed(file))),
        *(one for file in mails for one in quoted_in(file, _kept(file))),
    ]
    if exported is None and call.folder is not None and is_export(call.folder):
        exported = call.folder
    if exported is not None:
        alone(_("EXPORT"), {"--against": against})
        if every and exported.is_file():
            raise Misuse(
                _("{folder} is no export.").format(folder=exported),
                mend=_("--checkpoint and --receipt take one file each: repeat them."),
            )
        return _verify_export(call, exported, every)
    if against is None:
        report = verify(call.contest, every)
    else:
        with call.other_contest(against) as other:
            report = verify_against(call.contest, other, every)
    return _verified(report, call.contest_dir, call.contest.clock.now())


def _kept(receipt: Path) -> bytes:
    """What a receipt holds: the content of a file, or the words that stand for its name."""
    from ptce_workflow.app.post.trace import quoted
    from ptce_workflow.papers.files import content_typed

    said = str(receipt)
    is_name = receipt.suffix or receipt.parent.name
    typed = not receipt.exists() and (not is_name or any(quoted(said)))
    return said.encode() if typed else content_typed(receipt)


def _verify_export(call: Invocation, folder: Path, every: Sequence[Witness]) -> Answer:
    from ptce_workflow.app.admin.exported import verify_export
    from ptce_workflow.base.clock import SystemClock

    report = verify_export(folder, every, watch=call.out.progress)
    return _verified(report, folder, SystemClock().now())


def _verified(report: Verification, folder: Path, now: datetime) -> Answer:
    from ptce_workflow.cli.views import audit as views

    return Answer(
        lambda: views.verify_report(report, folder, now),
        report,
        DONE if report.intact else NOT_DONE,
    )


@command(
    "checkpoint",
    examples=(
        "ptce checkpoint",
        "ptce checkpoint --list",
        N_('ptce checkpoint --rotate-key --reason "the machine was stolen"'),
    ),
    shape=(
        "{size=made.note.checkpoint.size, hash=made.note.checkpoint.hash, file=made.file, "
        "line=made.line, kept: [{size, at, hash, file}]}"
    ),
)
@flag("--list", N_("Show those that are kept beside the database."))
@flag("--rotate-key", N_("Have a new key sign from here on; the one before signs it."))
@reason
@to_file()
def checkpoint(call: Invocation, list: bool, rotate_key: bool, reason: str | None) -> Answer:
    """Sign how far the ledger has come, for somebody else to keep.

    Made daily by `ptce run` and after each decisive act, and sent with the mails of the desk, the
    jury and the auditors. One that is kept elsewhere shows a ledger written anew: ptce verify
    --checkpoint FILE. A key that is lost is replaced by --rotate-key; the ledger keeps why.
    """
    from ptce_workflow.app import checkpoints
    from ptce_workflow.app.admin.key import change_key
    from ptce_workflow.cli.views import checkpoint as views

    alone("--list", {"--rotate-key": list and rotate_key, "--reason": list and reason})
    if reason is not None and not rotate_key:
        command = f'ptce checkpoint --rotate-key --reason "{reason}"'
        mend = _("For example: {command}").format(command=command)
        raise goes_with("--reason", "--rotate-key", mend)
    call.contest.check_reader()
    made = None
    if not list:
        call.contest.check_writer()
        contest = call.contest
        made = change_key(contest, reason) if rotate_key else checkpoints.make(contest)
    told = checkpoints.listed(call.contest)
    now = call.contest.clock.now()
    return Answer(
        lambda: views.report(call.contest.process, made, told, now), {"made": made, "kept": told}
    )


@command("backup", examples=(N_("ptce backup contest.db"),))
@argument("copy", N_("FILE"), N_("Where to write the copy, such as contest.db."), type=PATH)
@yes_to_replace
def backup(call: Invocation, copy: Path) -> Answer | int:
    """Copy the ledger into a file to keep elsewhere, and verify the copy.

    The copy is of one state throughout, while others write too; it bears its name once it is whole.
    Only an earlier copy of the same ledger is replaced.
    """
    from ptce_workflow.app.admin.moving import check_original
    from ptce_workflow.app.admin.setup import back_up, check_replaceable
    from ptce_workflow.cli.views import audit as views

    target = output_file(call, copy, (".db",), any_name=True)
    check_original(call.contest)
    check_replaceable(call.contest, target)
    if not may_write(call, target):
        return NOT_DONE
    report = back_up(call.contest, target)
    return Answer(views.backed_up(target.path, report), code=DONE if report.intact else NOT_DONE)


@command("restore", examples=(N_("ptce restore ../copies/2024-03-11.db"),))
@argument("copy", N_("FILE"), N_("A file that `ptce backup` made."), type=PATH)
@flag("--yes", N_("Do not ask before lines are lost."))
def restore(call: Invocation, copy: Path) -> Answer | int:
    """Put a backup in the place of the ledger.

    The backup is verified, and what the ledger has and the backup has not is shown first; a copy of
    the ledger stays. What was erased since is erased again. Nothing should make passes meanwhile.
    """
    from ptce_workflow.app.admin.restore import (
        erased_again,
        looked_at,
        put_back,
        unreadable,
    )
    from ptce_workflow.app.admin.verify import verify
    from ptce_workflow.base.clock import SystemClock
    from ptce_workflow.cli.views import restore as views

    folder, clock = call.contest_dir, call.clock or SystemClock()
    present: Contest | PtceError
    try:
        present = call.contest
    except PtceError as error:
        if not unreadable(folder, error):
            raise
        # Gone or damaged: that is what a backup is for.
        present = error
    with looked_at(present, folder, copy, clock, call.out.progress) as found:
        show(call.out, views.to_restore(found, copy, found.contest.process.zone))
        if not agreed(call, _("Put it in the place of the ledger?"), _("Nothing was changed.")):
            return NOT_DONE
        aside, target = put_back(found, clock), found.place
    with call.opened(folder) as contest:
        contest.watch = call.out.progress
        again, refused = erased_again(contest)
        report = verify(contest)
    told = views.restored(target, report, aside, again, refused)
    return Answer(told, code=DONE if report.intact else NOT_DONE)


@command(
    "diff",
    examples=(
        "ptce diff --from 11/03/2024 --to 12/03/2024",
        N_('ptce diff --from "11 March 2024 at 12:00"'),
    ),
    shape=(
        "{from=before: {at, line}, to=after: {at, line}, changes: [{kind, ref, name, key, before, "
        "after}]}"
    ),
)
@option(
    "--from since",
    N_("INSTANT"),
    N_("An hour, such as 11/03/2024 12:00, or the end of a day."),
    required=True,
)
@option("--to until", N_("INSTANT"), N_("The same, later; else now."), default="")
@to_file()
def diff(call: Invocation, since: str, until: str) -> Answer:
    """Tell what changed between two instants.

    States, answers, marks, ranks, mails, rules and people, as the ledger has them at both.
    """
    from ptce_workflow.app.cases.between import between
    from ptce_workflow.cli.views import between as views

    now = call.contest.clock.now()
    first = call.earlier(since, said_by="--from")
    last = call.earlier(until, said_by="--to") if until else now
    found = between(call.contest, first, last)
    return Answer(lambda: views.diff_report(found, now), found)


@command(
    "audit",
    examples=("ptce audit", N_("ptce audit -o audit.docx")),
    shape=(
        "{lines, intact, findings=faults: [{line, what, why}], remarks: [{line, what, why}], "
        "people: [{actor=person.pseudonym, name=person.private.name, roles=person.roles, "
        "institution=person.institution, since, line, until, lines}], sections: [{name, "
        "commands, rows: [{kind, line, at, ref, who, told}]}]}"
    ),
)
@to_file(ON_PAPER)
def audit(call: Invocation) -> Answer:
    """Report on the contest in the order in which an auditor works.

    What was verified, who ran the contest, its rules and their changes, receipts and what was late,
    refusals, the jury, mails, what was mended or erased, and what the record cannot show. Each part
    names the command that shows more. For the desk and the auditor; exits with 1 if anything is
    broken.
    """
    from ptce_workflow.cli.views import auditing as views
    from ptce_workflow.papers.auditing import audited

    contest = call.contest
    report = _whole(contest)
    code = DONE if report.intact else NOT_DONE
    try:
        found = audited(contest)
    except PtceError as error:
        if report.intact:
            raise
        damage = str(error)
        return Answer(
            lambda: views.unread(report, contest, damage),
            JsonObject(report, people=(), sections=()),
            code,
            forms=PAPERS,
        )
    return Answer(
        lambda: views.audit_report(contest, report, found),
        lambda: views.audit_data(report, found),
        code,
        forms=PAPERS,
    )


def _whole(contest: Contest) -> Verification:
    """The contest verified; of an export, its files as well."""
    if contest.is_copy:
        from ptce_workflow.app.admin.exported import verify_export

        return verify_export(contest.folder, watch=contest.watch)
    from ptce_workflow.app.admin.verify import verify

    return verify(contest)
