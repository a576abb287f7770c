"""The commands of an audit: history, verification, export, erasure, backup."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.locations import is_export
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SystemClock
from ptce_workflow.base.words import N_, _, language
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.invocation import (
    Answer,
    Invocation,
    agreed,
    may_replace,
    may_write,
    output_file,
    write,
)
from ptce_workflow.cli.parameters import (
    COUNT,
    ON_PAPER,
    PATH,
    OneOf,
    alone,
    argument,
    as_of,
    dry_run,
    flag,
    force,
    goes_with,
    option,
    pairs,
    reason,
    reference,
    to_file,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE, print_parts
from ptce_workflow.office.formats import PAPERS
from ptce_workflow.office.page import Paragraph
from ptce_workflow.reports.listing import JsonObject

if TYPE_CHECKING:
    from ptce_workflow.app.audit.verify import Verification, Witness
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.reports import history as views
else:
    views = Late("ptce_workflow.reports.history")


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
    from ptce_workflow.app.candidatures.history import history
    from ptce_workflow.app.candidatures.overview import show

    contest, lines = call.contest, history(call.contest, ref)
    call.warn_about_unchained(ref)
    return Answer(
        lambda: views.history_report(show(contest, ref), lines, contest.clock.now()),
        lambda: views.history_data(lines),
    )


@command(
    "decisions",
    examples=(
        "ptce decisions",
        "ptce decisions -o decisions.xlsx",
        "ptce decisions --at 15/04/2024",
    ),
    shape=(
        "[{line=act.line, at=act.at, ref=act.case.ref, name, transition=act.edge.name, "
        "label=act.edge.label, decision=transition.decision, actor=act.actor, roles=act.roles, "
        "sitting=act.sitting?: {name, call, line, at, present, chair, ayes=vote.ayes, "
        "noes=vote.noes, departs, instead}, "
        "ground, reason=act.reason, stopped: [{id, says, observed, source, choice, ground}], "
        "told=told_at, told_line, tell_by, days, late=is_late, settled, unwritten, "
        "letter=sent.name, sha256=sent.sha256, remedies, terms, "
        "appeals: [{label, line, at, answer: {label, line, at, by}}]}]"
    ),
)
@as_of
@to_file()
def decisions(call: Invocation) -> Answer:
    """List every decision: who took it, on what, when it was told, and the remedies.

    Those told late come first, and those that nobody was told of in time; then they follow the
    ledger. Late is what is told after the end of the next working day, or over an hour after the
    instant for which the folder sets the letter, however long somebody holds it.
    """
    from ptce_workflow.app.candidatures.decisions import register
    from ptce_workflow.reports import why as views

    contest, rows = call.contest, register(call.contest)
    return Answer(lambda: views.decisions_report(contest.process, rows, contest.clock.now()), rows)


@command(
    "replay",
    examples=(
        N_("ptce replay --html page.html"),
        "ptce replay --check",
        "ptce replay --what-if --set limit.floor=1.2",
        "ptce replay --what-if ../other",
    ),
    shape=(
        "{as_of, check: {holds, lines, judged, others, differing: [{line, type, ref, transition, "
        "why=faults.*.what, rules: [{rule, says, ground, recorded, found}]}]}, what_if: "
        "{process=before.hash, other=after.hash, same, processes, lines, acts, candidatures, "
        "turns: [{ref=turn.case.ref, line=turn.line, at=turn.at, transition=turn.transition, "
        "from=turn.origin, made=turn.made, to=turn.to, how=turn.how, instead=turn.instead, "
        "leads=turn.leads, due=turn.due, hour=turn.hour, beside=turn.beside, since=turn.since, "
        "breaches=violations.*.0, rules: [{id=rule, recorded: {verdict=answer.value, says, "
        "observed, ground}, other: {verdict=answer.value, says, observed, ground}}], "
        "totals=turn.totals, today}], ranks: [{ref=case.ref, panel, line, recorded, other}], "
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
    N_(
        "Judge every act again under this folder: a copy in which a rule was changed; left out, "
        "under the rules in force."
    ),
    is_flag=False,
    flag_value="",
)
@option(
    "--set settings",
    N_("KEY=VALUE"),
    N_("With --what-if: change a key of config.toml, such as limit.floor=1.2; repeatable."),
    multiple=True,
)
@to_file()
def replay(
    call: Invocation,
    html: Path | None,
    names: str | None,
    check: bool,
    what_if: str | None,
    settings: tuple[str, ...],
) -> Answer | int:
    """Replay the whole ledger: as a page, judged again, or by other rules.

    With --html, one file holds the whole ledger, replays it and checks its chain: a browser opens
    it without any network.

    With --check, every recorded decision is judged again as of its line, and what differs is told
    with the rule; exits with 1 if anything does. With --what-if, every act is judged again under
    another folder, or with keys changed by --set, on the marks, facts and votes that are recorded:
    for each candidature the first act that would have turned, and through which rule. Nothing is
    recorded.
    """
    if names and html is None:
        mend = _("For example: {example}").format(example=_("ptce replay --html page.html"))
        raise goes_with("--names", "--html", mend)
    if settings and what_if is None:
        mend = _("For example: {example}").format(example=f"--what-if --set {settings[0]}")
        raise goes_with("--set", "--what-if", mend)
    if html is not None:
        others: dict[str, object] = {"--check": check, "--what-if": what_if}
        return page(call, html, names or "public", others)
    from ptce_workflow.app.audit import compare

    if check:
        alone("--check", {"--what-if": what_if})
        report, now = compare.recheck(call.contest), call.contest.clock.now()
        return Answer(
            lambda: views.check_report(report, call.contest_dir, now),
            lambda: {"as_of": now, "check": report, "what_if": None},
            DONE if report.holds else NOT_DONE,
        )
    if what_if is not None:
        folder = Path(what_if) if what_if else None
        judged = compare.what_if(call.contest, folder, pairs(settings, form=_("KEY=VALUE")))
        return Answer(
            lambda: views.what_if_report(judged, folder, settings),
            lambda: {"as_of": judged.at, "check": None, "what_if": judged},
        )
    what = _("Nothing says how to replay the ledger.")
    why = _("Add one of these: {options}").format(options="--html, --check, --what-if")
    raise Misuse(what, why, _("Where candidatures stood at an instant: ptce list --at 11/03/2024"))


@command(
    "verify",
    examples=(
        "ptce verify",
        "ptce verify --against ../ami",
        "ptce verify ../export",
        N_("ptce verify --checkpoint mail.eml"),
        N_("ptce verify --receipt acknowledgement.eml"),
        "ptce verify --page page.html",
    ),
    shape=(
        "{lines, intact, links, checkpoints, signed, kept: [{file=name, "
        "line=note.checkpoint.size, hash=note.checkpoint.hash}], receipts: [{file=name, "
        "line=trace.line, hash=trace.hash, at, ref, kind}], pages: [{file=name, lines, shared, "
        "later, findings=faults: [{line, what, why}]}], findings=faults: [{line, what, why}], "
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
@option(
    "--page pages",
    N_("FILE"),
    N_("A page of `ptce replay --html`, to be compared with the one made anew; may be repeated."),
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
    pages: tuple[Path, ...],
) -> Answer:
    """Verify the ledger, and that what is shown follows from it.

    Says what is broken and at which line; exits with 1 if anything is. With --against, each
    hand-over is looked up in the other ledger as well. With --checkpoint, what somebody kept tells
    whether the ledger was written anew since; with --receipt, whether it still holds the line that
    a mail or a document quotes, by the first sixteen digits of its hash or more. With --page, a
    replay page is made anew as of its last line: whatever somebody changed in it is told.
    """
    from ptce_workflow.app.audit.verify import (
        checkpoints_in,
        lines_quoted_in,
        verify,
        verify_against,
    )
    from ptce_workflow.office.files import content_typed

    every: list[Witness] = [
        *(one for file in notes for one in checkpoints_in(file, content_typed(file))),
        *(one for file in mails for one in lines_quoted_in(file, _receipt_bytes(file))),
    ]
    if exported is None and call.folder is not None and is_export(call.folder):
        exported = call.folder
    if exported is not None:
        alone(_("EXPORT"), {"--against": against})
        if (every or pages) and exported.is_file():
            mend = _("--checkpoint, --receipt and --page take one file each: repeat them.")
            raise Misuse(_("{folder} is no export.").format(folder=exported), mend=mend)
        from ptce_workflow.app.audit.export import verify_export
        from ptce_workflow.exports.tables import verify_pages

        report = verify_export(exported, verify_pages, every, watch=call.out.progress)
        folder, now = exported, SystemClock().now()
    else:
        folder, now = call.contest_dir, call.contest.clock.now()
        if against is None:
            report = verify(call.contest, every)
        else:
            with call.other_contest(against) as other:
                report = verify_against(call.contest, other, every)
    if pages:
        contest = call.contest if exported is None else call.opened(exported)
        _compare_pages(contest, pages, report)
    sound = report.intact and not any(page.faults for page in report.pages)
    code = DONE if sound else NOT_DONE
    return Answer(lambda: views.verify_report(report, folder, now), report, code)


def _compare_pages(contest: Contest, files: Sequence[Path], report: Verification) -> None:
    from ptce_workflow.exports.replay_page import verify_page
    from ptce_workflow.ledger.examine import Fault
    from ptce_workflow.office.files import content_typed

    pages = [(str(file), content_typed(file)) for file in files]
    if report.intact:
        report.pages = tuple(verify_page(contest, *page) for page in pages)
        return
    text = _("No page was compared: of a ledger that is broken none can be made.")
    report.remarks += (Fault(0, text),)


def _receipt_bytes(receipt: Path) -> bytes:
    """What a receipt holds: the content of a file, or the words that stand for its name."""
    from ptce_workflow.app.outbox.letters import quoted
    from ptce_workflow.office.files import content_typed

    text = str(receipt)
    is_name = receipt.suffix or receipt.parent.name
    typed = not receipt.exists() and (not is_name or any(quoted(text)))
    return text.encode() if typed else content_typed(receipt)


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

    alone("--list", {"--rotate-key": list and rotate_key, "--reason": list and reason})
    if reason is not None and not rotate_key:
        command = f'ptce checkpoint --rotate-key --reason "{reason}"'
        mend = _("For example: {command}").format(command=command)
        raise goes_with("--reason", "--rotate-key", mend)
    contest, result = call.contest, None
    contest.check_reader()
    if not list:
        contest.check_writer()
        result = (
            checkpoints.rotate_key(contest, reason) if rotate_key else checkpoints.make(contest)
        )
    every = checkpoints.list_checkpoints(contest)
    return Answer(
        lambda: views.report(contest.process, result, every, contest.clock.now()),
        {"made": result, "kept": every},
    )


@command("backup", examples=(N_("ptce backup contest.db"),))
@argument("copy", N_("FILE"), N_("Where to write the copy, such as contest.db."), type=PATH)
@force
def backup(call: Invocation, copy: Path) -> Answer | int:
    """Copy the ledger into a file to keep elsewhere, and verify the copy.

    The copy is of one state throughout, while others write too; it bears its name once it is whole.
    Only an earlier copy of the same ledger is replaced.
    """
    from ptce_workflow.app.retention.backup import back_up, check_original, check_replaceable

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
    from ptce_workflow.app.audit.verify import verify
    from ptce_workflow.app.retention.restore import (
        is_unreadable,
        prepared_backup,
        redo_erasures,
        restore,
    )
    from ptce_workflow.reports import retention as views

    folder, clock = call.contest_dir, call.clock or SystemClock()
    present: Contest | PtceError
    try:
        present = call.contest
    except PtceError as error:
        if not is_unreadable(folder, error):
            raise
        # Gone or damaged: that is what a backup is for.
        present = error
    with prepared_backup(present, folder, copy, clock, call.out.progress) as backup:
        print_parts(call.out, views.to_restore(backup, copy))
        if not agreed(call, _("Put it in the place of the ledger?"), _("Nothing was changed.")):
            return NOT_DONE
        aside, target = restore(backup, clock), backup.place
    with call.opened(folder) as contest:
        contest.watch = call.out.progress
        redone = redo_erasures(contest, backup.lines)
        report = verify(contest)
    parts = views.restored(target, report, aside, *redone)
    return Answer(parts, code=DONE if report.intact else NOT_DONE)


@command(
    "diff",
    examples=(
        "ptce diff --from 11/03/2024 --to 12/03/2024",
        N_('ptce diff --from "11 March 2024 at 12:00"'),
        "ptce diff --from date.submission --to 1205",
    ),
    shape=(
        "{from=before: {at, line}, to=after: {at, line}, changes: [{kind, ref, name, key, before, "
        "after}], acts: [{line=entry.line.n, at=entry.line.at, kind=entry.line.type, ref}], hidden}"
    ),
)
@option(
    "--from since",
    N_("INSTANT"),
    N_(
        "An hour, such as 11/03/2024 12:00, the start of a day, a line, or a date of the contest, "
        "such as date.submission."
    ),
    required=True,
)
@option(
    "--to until",
    N_("INSTANT"),
    N_("The same, later, of a day its end; else now."),
    default="",
    show_default=False,
)
@to_file()
def diff(call: Invocation, since: str, until: str) -> Answer:
    """Tell what changed between two instants.

    States, answers, marks, ranks, mails, rules and people, as the ledger has them at both; and the
    sittings, votes, recusals and declarations between. What was changed on the way is counted.
    """
    from ptce_workflow.app.as_of import Moment
    from ptce_workflow.app.audit.compare import between

    now = call.contest.clock.now()
    first = call.earlier(since, said_by="--from", begins=True)
    last = call.earlier(until, said_by="--to") if until else Moment(now)
    found = between(call.contest, first, last)
    return Answer(lambda: views.diff_report(found, now), found)


@command(
    "audit",
    examples=("ptce audit", N_("ptce audit -o audit.docx")),
    shape=(
        "{lines, intact, findings=faults: [{line, what, why}], remarks: [{line, what, why}], "
        "people: [{actor=person.pseudonym, name=person.private.name, roles=person.roles, "
        "institution=person.institution, since, line, until, lines}], levels, marks, adoptions: "
        "[{line, at, since, decided, dates, difference, otherwise=turns.*.turn.case.ref}], "
        "sections: [{name, commands, rows: [{kind, level, line, at, ref, who, text}]}]}"
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
    from ptce_workflow.reports import audit as views
    from ptce_workflow.reports.audit import audit_ledger

    contest = call.contest
    if contest.is_copy:
        from ptce_workflow.app.audit.export import verify_export
        from ptce_workflow.exports.tables import verify_pages

        # Its files are verified as well.
        report = verify_export(contest.folder, verify_pages, watch=contest.watch)
    else:
        from ptce_workflow.app.audit.verify import verify

        report = verify(contest)
    code = DONE if report.intact else NOT_DONE
    try:
        findings = audit_ledger(contest)
    except PtceError as error:
        if report.intact:
            raise
        damage = str(error)
        return Answer(
            lambda: views.unreadable_report(report, contest, damage),
            JsonObject(report, people=(), levels={}, marks={}, adoptions=(), sections=()),
            code,
            forms=PAPERS,
        )
    return Answer(
        lambda: views.audit_report(contest, report, findings),
        lambda: views.audit_data(contest, report, findings),
        code,
        forms=PAPERS,
    )


@command(
    "erase",
    examples=(
        N_('ptce erase C-012 --reason "asked by letter on 3 June" --visa "AD31 2026/118"'),
        N_('ptce erase P-004 --reason "has left the jury, and asks for it"'),
        "ptce erase --due",
        N_('ptce erase --due --visa "AD31 2026/118"'),
    ),
    shape=(
        "{done, pending, erased: [{who=called, name, lines, mails=mails.*.name, documents, "
        "unsent, sheets, visas, over, named, elsewhere, askable=askable.*.0}], "
        "under_way: [{who=called, name, sheets, over}]}"
    ),
)
@argument("who", N_("WHO"), N_("A candidature, or a person: P-004 or a login."), required=False)
@flag("--due", N_("What is kept longer than the folder says, and nothing else."))
@option(
    "--line lines",
    N_("N"),
    N_("The words beside a line about the contest, such as a reason; repeatable."),
    multiple=True,
    type=COUNT,
)
@reason
@option("--visa", N_("TEXT"), N_("The reference of the visa of the archives; the line keeps it."))
@flag("--yes", N_("Do not ask before erasing."))
@dry_run
def erase(
    call: Invocation,
    who: str | None,
    due: bool,
    lines: tuple[int, ...],
    reason: str | None,
    visa: str | None,
    dry_run: bool,
) -> Answer | int:
    """Erase what is held of a candidature or of a person.

    Shows first what goes: answers, documents, reasons, the words of mails. The decisions stay, with
    the marks, the dates and the figures that they rest on, and who decided; the ledger still
    verifies. Refused while a candidature is under way, or a person acts. What has left this
    database, such as mails, exports and backups, is not reached.
    """
    from ptce_workflow.app.retention.backup import copies_with_erased
    from ptce_workflow.app.retention.erase import erase, preview
    from ptce_workflow.app.retention.held import Selection, is_scrub_pending
    from ptce_workflow.reports import retention as views

    contest = call.contest
    typed = {_("WHO"): who is not None, "--due": due, "--line": bool(lines)}
    first, *others = [name for name, is_typed in typed.items() if is_typed] or [""]
    if not first:
        mend = _("For example: {command}").format(command='ptce erase C-012 --reason "…"')
        raise Misuse(_("Say what is to be erased."), mend=mend)
    alone(first, dict.fromkeys(others, True))
    selection = Selection("" if who is None else meant(call, who), lines, due)
    found, waiting = preview(contest, selection)
    if not call.out.as_data:
        now = contest.clock.now()
        print_parts(call.out, views.to_erase(contest.process, found, waiting, now, dry_run=dry_run))
    if dry_run or not found:
        pending = is_scrub_pending(contest)
        return Answer((), views.erasure_data(found, waiting, done=False, pending=pending))
    preview(contest, selection, reason, visa)
    if not agreed(call, _("Erase it? It cannot be undone."), _("Nothing was erased.")):
        return NOT_DONE
    erased = erase(contest, selection, reason, visa)
    pending = is_scrub_pending(contest)
    by_server = contest.database.file is None
    return Answer(
        views.erased(erased, copies_with_erased(contest), pending=pending, by_server=by_server),
        views.erasure_data(erased, waiting, done=True, pending=pending),
        DONE,
    )


def meant(call: Invocation, who: str) -> str:
    """The person as they are typed, or the reference of the candidature that a word means."""
    from ptce_workflow.app.people import list_people, named

    return who if named(list_people(call.contest), who) else call.reference(who)


@command(
    "export",
    examples=(
        *("ptce export ../export", "ptce export --csv tables", "ptce export --xes log.xes"),
        *("ptce export --subject C-012 -o held.html", "ptce export --subject P-004 --json"),
    ),
    shape=(
        "{who, name, facts, rows: [{line=place, at, type, words, until}], "
        "mails: [{message, at, stage, to, subject, text}], documents: [{hash, content}], "
        "attachments: [{message, file, to, sent}], "
        "named: [{place, at, type}]}"
    ),
)
@argument(
    "folder",
    N_("DIR"),
    N_("Where to write it: a new folder, or an earlier export."),
    type=PATH,
    required=False,
)
@option(
    "--csv tables",
    N_("DIR"),
    N_("Write flat tables for a spreadsheet there, and a page on their columns."),
    type=PATH,
)
@option(
    "--xes log",
    N_("FILE"),
    N_("Write the moves there as an event log (XES, IEEE 1849): no answer, no name."),
    type=PATH,
)
@option(
    "--subject subject",
    N_("WHO"),
    N_("All that is held of a candidature or of a person, for whoever asks."),
)
@flag("--names", N_("With --csv: names, addresses and answers that may be erased too."))
@to_file(N_("With --subject: write it there, as .docx or as .html."))
def export(
    call: Invocation,
    folder: Path | None,
    tables: Path | None,
    log: Path | None,
    subject: str | None,
    names: bool,
) -> Answer | int:
    """Export the ledger into a folder that anyone can check, and verify it; or other forms of it.

    Its VERIFY.md tells how to check everything by sha256sum, jq and openssl alone. Two exports of
    one ledger are equal to the byte. Only an earlier export of the same ledger is replaced. In the
    other forms people are pseudonyms, and answers those alone that rules read, unless --names asks
    for more.
    """
    if subject is not None:
        others = {_("DIR"): folder, "--csv": tables, "--xes": log, "--names": names}
        alone("--subject", others)
        from ptce_workflow.app.retention.held import subject_data
        from ptce_workflow.reports import retention

        held = subject_data(call.contest, meant(call, subject))
        return Answer(
            lambda: retention.subject_report(call.contest, held),
            retention.subject_json(held),
            forms=PAPERS,
        )
    if call.file is not None:
        raise goes_with("-o", "--subject", _("`ptce export DIR` writes a folder."))
    edges = {_("DIR"): folder, "--csv": tables, "--xes": log}
    if sum(typed is not None for typed in edges.values()) != 1:
        what = _("Say what to export, and where to.")
        raise Misuse(what, mend=_("Accepted: {words}.").format(words=", ".join(edges)))
    if names and tables is None:
        raise goes_with("--names", "--csv", _("Leave it out."))
    if log is not None:
        from ptce_workflow.exports.tables import extract, xes

        target = output_file(call, log, (".xes",))
        return write(call, target, xes(extract(call.contest), language()))
    if tables is not None:
        return _flat_tables(call, tables, names=names)
    assert folder is not None
    from ptce_workflow.app.audit.export import check_target, export
    from ptce_workflow.exports.tables import verify_pages

    check_target(call.contest, folder)
    question = _("{folder} is an export already. Replace it?").format(folder=folder)
    if is_export(folder, whole=False) and not may_replace(call, question):
        return NOT_DONE
    report = export(call.contest, folder, verify_pages)
    return Answer(views.exported(folder, report), code=DONE if report.intact else NOT_DONE)


def _flat_tables(call: Invocation, folder: Path, *, names: bool) -> int:
    """Writes the tables; those that are there already are replaced all, or none."""
    from ptce_workflow.app.candidatures.decisions import register
    from ptce_workflow.exports.tables import FILES, extract, flat_files

    targets = {name: output_file(call, folder / name, (Path(name).suffix,)) for name in FILES}
    question = _("{folder} holds such tables already. Replace them?").format(folder=folder)
    is_there = any(target.is_there for target in targets.values())
    if is_there and not may_replace(call, question):
        return NOT_DONE
    found = extract(call.contest, register(call.contest))
    files = flat_files(found, names=names)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        targets[name].write(content)
    call.out.tell(_("Written: {file}").format(file=folder))
    return DONE


def page(call: Invocation, file: Path, names: str, others: dict[str, object]) -> Answer | int:
    """Writes the page that replays the whole ledger; `others` are options that say otherwise."""
    from ptce_workflow.exports.replay_page import NameChoice, replay_page

    alone("--html", {"-o": call.file is not None, "--json": call.out.as_data, **others})
    target = output_file(call, file, (".html",))
    document = replay_page(call.contest, NameChoice(names))
    if write(call, target, document.content) == NOT_DONE:
        return NOT_DONE
    return Answer(Paragraph(sentence, hanging=2) for sentence in document.says)
