"""The commands of a contest's folder and database: init, check, adopt, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.locations import MODELS, database_file, read_folder
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SystemClock
from ptce_workflow.base.words import N_, _, did_you_mean, language, n_, nearest, refuses
from ptce_workflow.cli import invocation
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.parameters import (
    DOCUMENT,
    INSTITUTION,
    ON_PAPER,
    PATH,
    REFERENCE,
    ROLE,
    OneOf,
    alone,
    argument,
    as_of,
    dry_run,
    flag,
    option,
    pairs,
    panel,
    reason,
    to_file,
)
from ptce_workflow.cli.terminal import DONE, MISUSED, NOT_DONE, Output, print_parts
from ptce_workflow.office.formats import PAPERS
from ptce_workflow.reports.listing import PEOPLE

if TYPE_CHECKING:
    from ptce_workflow.app import people
    from ptce_workflow.app.create import PastDates
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.office.page import Report
    from ptce_workflow.process.dates import Shift
    from ptce_workflow.process.model.definition import Document
    from ptce_workflow.reports import setup as views
else:
    views = Late("ptce_workflow.reports.setup")
    people = Late("ptce_workflow.app.people")


@command(
    "move",
    examples=("ptce move ../contest.db", "ptce move postgresql://db.example/contests"),
    shape="{contest, place, lines=report.lines, head}",
)
@argument("target", N_("URL|FILE"), N_("The database in which it goes on."))
@flag("--force", N_("Move a ledger with faults too, or go on here where the other one is lost."))
def move(call: invocation.Invocation, target: str) -> invocation.Answer:
    """Move the contest to another database, on a server or in a file.

    The same bytes and the same heads: all is compared and verified before it goes on there. Other
    contests may be in it, or an earlier state of this ledger, which is brought up to date. Nobody
    writes meanwhile; afterwards local.toml names that database, and the former one is only read.
    What was interrupted is typed again; the name of the former one brings the contest back.
    """
    from ptce_workflow.app.retention.backup import move
    from ptce_workflow.reports import retention as views

    moved = move(call.contest, target, anyway=call.force)
    return invocation.Answer(views.moved(moved), moved, DONE if moved.report.intact else NOT_DONE)


SCRIPTS = {
    "bash": r"""_ptce() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        # A shell that types one after the other takes what stands before the explanation.
        [[ $COMP_TYPE == 37 ]] && line=${line%%  (*}
        COMPREPLY+=("$line")
    done < <(_PTCE_COMPLETE=bash "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _ptce ptce
""",
    "zsh": r"""(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
_ptce() {
    local -a found join
    found=("${(@f)$(_PTCE_COMPLETE=zsh "$words[1]" "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    [[ -n $found ]] || { _files; return; }
    [[ ${found[1]%%:*} == *= ]] && join=(-S '')
    _describe -V ptce found -U "${join[@]}"
}
compdef _ptce ptce
""",
    "fish": r"""function __ptce
    set -l typed (commandline -opc) (commandline -ct)
    set -l found (_PTCE_COMPLETE=fish $typed[1] $typed[2..] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$typed[-1]"
    end
end
complete -c ptce -f -a '(__ptce)'
""",
}


@command(
    "completion",
    examples=(
        "ptce completion bash",
        "ptce completion fish > ~/.config/fish/completions/ptce.fish",
    ),
)
@argument("shell", "SHELL", N_("The shell that is to complete lines."), type=OneOf([*SCRIPTS]))
def script(call: invocation.Invocation, shell: str) -> int:
    """Write the script by which a shell completes the lines of ptce.

    In ~/.bashrc: eval "$(ptce completion bash)", and likewise in ~/.zshrc. The key Tab then
    completes commands, options, and what the contest holds: references by the names of their
    candidatures, open transitions, fields, mails, people.
    """
    call.out.raw(SCRIPTS[shell].encode())
    return DONE


@command("grants", examples=("ptce grants -o grants.sql", "ptce grants --prefix occitanie"))
@option(
    "--prefix",
    N_("NAME"),
    N_("How the names of the roles begin: NAME_desk, NAME_jury, NAME_scheduler, NAME_auditor."),
    default="ptce",
)
@to_file(N_("Write it there, as .sql."))
def grants(call: invocation.Invocation, prefix: str) -> int:
    """Write the SQL that lets each role of a server's database do only what it may.

    The desk, the jury, the scheduler and the auditor are groups of logins. They add lines, each in
    its own name, and change none. Whoever administers the database runs it, once or again:
    psql -f grants.sql.
    """
    target = None if call.file is None else invocation.output_file(call, call.file, (".sql",))
    script = people.grants(call.contest_dir, prefix).encode()
    if target is not None:
        return invocation.write(call, target, script)
    call.out.raw(script)
    return DONE


@command(
    "init",
    examples=(
        "ptce init occitanie-2024",
        "ptce init rehearsal-2024 --rehearsal",
        "ptce init ami --model ami-permanent",
        N_('ptce init my-contest --blank --set contest.title="My contest" --set limits.places=12'),
        "ptce init occitanie-2025 --from occitanie-2024 --shift 1y --set contest.id=occitanie-2025",
    ),
)
@argument("folder", N_("DIR"), N_("The folder; made if it does not exist."), type=PATH)
@flag("--rehearsal", N_("A contest to practise on: its clock can be set, and its mails stay here."))
@option(
    "--model",
    N_("NAME"),
    N_("The model to copy; the first of them unless you say another."),
    type=OneOf(MODELS),
)
@flag("--blank", N_("Begin from a small folder that runs as it is, its dates ahead: rewrite it."))
@option(
    "--from source",
    N_("OTHER"),
    N_("Copy the folder of another contest, without its ledger."),
    type=PATH,
)
@option(
    "--set settings",
    N_("KEY=VALUE"),
    N_("Change a key of config.toml in the copy, such as limits.places=12; repeatable."),
    multiple=True,
)
@option(
    "--shift",
    N_("LENGTH"),
    N_(
        "Move all fixed dates of the copy: 1y, 52w or 10d, by whole weeks or days; 18m keeps the "
        "days of the month. What would fall on a day off moves on."
    ),
)
@flag("--yes", N_("Do not ask: the first person of the desk has another login than yours."))
def init(
    call: invocation.Invocation,
    folder: Path,
    rehearsal: bool,
    model: str | None,
    blank: bool,
    source: Path | None,
    settings: tuple[str, ...],
    shift: str | None,
) -> invocation.Answer | int:
    """Make a contest folder and its ledger.

    Copies a model contest into DIR where DIR holds none yet, opens the ledger, records the process
    and enrols the present login as desk, under sudo that of who typed it. The ledger of a rehearsal
    says so from its first line; its clock stands where PTCE_NOW is set, then where `ptce clock`
    sets it.

    The folder copied, and what is changed in it, are checked before anything is written. Where
    dates of it are past, a person at the keyboard is asked on which day it opens: all dates follow.
    """
    from ptce_workflow.app.contest import clock_by_hand, keep_clock
    from ptce_workflow.app.create import FolderOrigin, create
    from ptce_workflow.process.dates import parse_shift

    length = None if shift is None else parse_shift(shift)
    changes = pairs(settings, form=_("KEY=VALUE"))
    origin = FolderOrigin(model, blank, source, changes, length)
    clock = call.clock_of(folder) or (call.clock if rehearsal else None)
    if clock is not None and not rehearsal:
        raise clock_by_hand()
    own = invocation.login_name()
    # Under sudo the login is that of a service, which is nobody of the desk.
    login = call.named or call.environ.get("SUDO_USER") or call.actor
    # A file knows whoever logs in to the machine; a server, whom it lets in itself.
    named = login == own or people.is_pseudonym(login)
    if not (rehearsal or named or database_file(folder) is None):
        question = _(
            "Your login is {own}: only whoever logs in as {login} will act in this contest, and "
            "enrol others. Make {login} its first person?"
        ).format(own=own or "?", login=login)
        if not invocation.agreed(call, question, _("Nothing was written.")):
            return NOT_DONE
    created = create(
        folder,
        login=login,
        rehearsal=rehearsal,
        clock=clock,
        origin=origin,
        offer=lambda past: _ask_opening(call.out, past),
    )
    if clock is not None:
        keep_clock(folder, clock.now())
    return invocation.Answer(views.created(folder, created, clock))


def _ask_opening(out: Output, past: PastDates) -> Shift | None:
    """How far dates move with the opening that a person types; None for nobody, and for no."""
    from ptce_workflow.base.words import local_time, long_date
    from ptce_workflow.process.calendar import TimeUnit, read_day
    from ptce_workflow.process.dates import Shift, shifted

    if not invocation.is_somebody_here(out):
        return None
    out.remark(views.past_dates(past))
    process, zone = past.process, past.process.zone
    before = local_time(process.dates.fixed[past.opening], zone).replace(tzinfo=None)
    offered = shifted((before,), past.shift, zone, process.workdays)[before]
    text = _(
        "{label}: {before} in the folder copied. On which day in yours (all dates follow; no to "
        "leave them)? [{day}]"
    )
    label = process.definition.config.dates[past.opening].label.text
    was, day = (long_date(one.date(), zone, language()) for one in (before, offered))
    opens = offered.date()
    while answer := invocation.entered(out, text.format(label=label, before=was, day=day)):
        if refuses(answer):
            return None
        try:
            opens = read_day(answer)
            break
        except Misuse as error:
            out.remark(str(error))
    return Shift((opens - before.date()).days, TimeUnit.DAYS)


own_folder = argument(
    "folder", N_("DIR"), N_("The folder; else that of the contest."), type=PATH, required=False
)
_FINDINGS = "[{file, line, column, key, what, why, mend}]"


@command("check", examples=("ptce check", "ptce check occitanie-2024"), shape=_FINDINGS)
@own_folder
def check(call: invocation.Invocation, folder: Path | None) -> int:
    """Check a contest folder and list its faults.

    Each begins with its place, as file:line:column. Reads only: nothing is recorded, and no ledger
    is needed.
    """
    from ptce_workflow.app.create import other_ledger
    from ptce_workflow.exports.attachments import too_large
    from ptce_workflow.process.check import examined
    from ptce_workflow.process.check.remarks import remarks

    place = folder or call.contest_dir
    call.speak_of(place)
    process, findings = examined(read_folder(place))
    if process is not None:
        findings = (*findings, *other_ledger(place, process))
        findings += () if findings else tuple(too_large(process))
    code, parts = MISUSED if findings else DONE, views.faults(place, findings)
    if process is not None and not findings:
        now = (call.clock or SystemClock()).now()
        parts = views.sound(place, process, () if call.out.as_data else remarks(process, now))
    return invocation.give(call, invocation.Answer(parts, findings, code), _FINDINGS)


@command("schema", examples=("ptce schema", "ptce schema occitanie-2024"))
@own_folder
def schema(call: invocation.Invocation, folder: Path | None) -> None:
    """Write the schemas by which editors help to write a contest folder.

    VS Code (Even Better TOML) and Taplo then complete keys, show what each says, and underline what
    is wrong. They lie in schemas/, in your language, and are no part of the process; the first line
    of each file of the folder, which names its own, is.
    """
    from ptce_workflow.app.create import write_schemas

    written = write_schemas(folder or call.contest_dir)
    for file in written:
        call.out.tell(_("Written: {file}").format(file=file))
    if not written:
        call.out.tell(_("The schemas are up to date."))


# What `--json` writes of an adoption; the lists of consequences are those of a trial.
_ADOPTION = (
    "{before=before.hash, after=after.hash, changes, words_alone, moved=dates: [{date, before, "
    "after}], verdicts=consequences.verdicts: [{ref, state, transition, before, after, rules}], "
    "mails=consequences.mails: [{notification, moved, planned, cancelled, updates, "
    "first: {before=0, after=1}}], told=consequences.notices: [{notification, date, to}], "
    "forms=consequences.forms: [{form, count, otherwise}], limits=consequences.limits: [{limit, "
    "before, after, sitting, could}], calls: [{sitting, called, date, told=convocations}], "
    "line, held}"
)


@command(
    "adopt",
    shape=_ADOPTION,
    examples=(
        "ptce adopt --dry-run",
        N_('ptce adopt --reason "deadline put back by a week"'),
        "ptce adopt --reason … --map waitlisted=not_selected --drop review.notes",
    ),
)
@reason
@option(
    "--map mapped",
    N_("OLD=NEW"),
    N_("The state that takes over from one that disappears; repeatable."),
    multiple=True,
)
@option(
    "--drop dropped",
    N_("SHEET.FIELD"),
    N_("A field whose recorded facts no longer count; repeatable."),
    multiple=True,
)
@flag("--yes", N_("Do not ask: what is over, or was read by a sitting, is meant to change."))
@dry_run
def adopt(
    call: invocation.Invocation,
    reason: str | None,
    mapped: tuple[str, ...],
    dropped: tuple[str, ...],
    dry_run: bool,
) -> invocation.Answer | int:
    """Put the process of the folder into force.

    The one way a rule changes. Shows the difference from the process in force, then records it with
    its reason. Without one it shows as well the verdicts that turn, the mails that move, who was
    told a date that moves, and the forms that may be out. Asks before it moves a date that is over,
    or a limit that the decisions of a sitting have read. Refused while a candidature stands in a
    state that disappears or a recorded fact no longer fits, unless --map or --drop says what
    becomes of it.
    """
    from ptce_workflow.app.adopt import adopt

    states = pairs(mapped, form=_("OLD=NEW"))
    looking = dry_run or reason is None
    acts = partial(adopt, call.contest, reason, states=states, drop=dropped)
    adoption = acts(dry_run=looking, ask=not (looking or call.yes))
    if adoption.over or adoption.reread:
        print_parts(call.out, views.over(adoption))
        if not invocation.agreed(call, _("Adopt it all the same?"), _("Nothing was changed.")):
            return NOT_DONE
        adoption = acts()
    code = NOT_DONE if adoption.changes and looking and not dry_run else DONE
    return invocation.Answer(views.adopted(adoption, dry_run=looking), adoption, code)


@command("diagram", examples=("ptce diagram", "ptce diagram -o process.bpmn"))
@to_file(N_("Write it there: .mmd for Mermaid, .bpmn for BPMN 2.0."))
def diagram(call: invocation.Invocation) -> int:
    """Draw the states and transitions of the process.

    BPMN opens in modelling programs, and is what programs that mine logs replay the log of
    `ptce export --xes` on: control flow alone, the rules stand in the notes of each task.
    """
    from ptce_workflow.exports.diagram import mermaid
    from ptce_workflow.process.process import Process

    target = (
        None if call.file is None else invocation.output_file(call, call.file, (".mmd", ".bpmn"))
    )
    files = read_folder(call.contest_dir)
    if target is not None and target.form == ".bpmn":
        from ptce_workflow.exports.diagram import bpmn
        from ptce_workflow.process.check import sound

        # A task leads to a state that there is: what has faults is drawn as a draft alone.
        content = bpmn(sound(files), language())
    else:
        drawn = mermaid(Process.load(files), language())
        if target is None:
            call.out.say(drawn)
            return DONE
        content = drawn.encode()
    return invocation.write(call, target, content)


@command(
    "people enrol",
    examples=(
        N_('ptce people enrol "Second desk" --role desk --login desk2'),
        N_('ptce people enrol "Juror 1" --role jury --institution dreets --capacity "director"'),
    ),
    shape=PEOPLE,
)
@argument("name", N_("NAME"), N_("The name by which people know them."))
@option(
    "--role",
    N_("ROLE"),
    N_("desk, jury or auditor; repeatable."),
    multiple=True,
    required=True,
    type=ROLE,
)
@option(
    "--institution", N_("NAME"), N_("The institution that a juror speaks for."), type=INSTITUTION
)
@option("--login", N_("NAME"), N_("Their login on this machine."))
@option("--email", N_("ADDRESS"), N_("Their address."))
@option("--capacity", N_("TEXT"), N_("In which capacity they sit or act, as minutes say it."))
def enrol(
    call: invocation.Invocation,
    name: str,
    role: tuple[str, ...],
    institution: str | None,
    login: str | None,
    email: str | None,
    capacity: str | None,
) -> list[Person]:
    """Enrol a person with one role or several.

    The ledger keeps a pseudonym and the roles; the name and the address stand beside it and can be
    erased. Whoever sits in the jury needs an institution.
    """
    known = {"login": login, "email": email, "capacity": capacity}
    return [people.enrol(call.contest, name, role, institution=institution, **known)]


@command(
    "people list", examples=("ptce people list", "ptce people list --at 11/03/2024"), shape=PEOPLE
)
@as_of
@to_file()
def listing(call: invocation.Invocation) -> Sequence[Person]:
    """List the people enrolled and their roles."""
    return people.list_people(call.contest)


@command("people leave", examples=("ptce people leave P-003",), shape=PEOPLE)
@argument("who", N_("ACTOR"), N_("The person's pseudonym or login."))
def leave(call: invocation.Invocation, who: str) -> list[Person]:
    """Record that a person no longer acts."""
    return [people.leave(call.contest, who)]


@command(
    "rulebook",
    examples=(
        "ptce rulebook",
        "ptce rulebook -o reglement.html",
        "ptce rulebook --choices -o choix.docx",
    ),
)
@flag("--choices", N_("Print instead what the organiser decides, for who presides to sign."))
@to_file(ON_PAPER)
def rulebook(call: invocation.Invocation, choices: bool) -> int:
    """Print the rulebook with what rests on each paragraph.

    Then the paragraphs that nothing rests on, and what rests on a choice of the organiser alone.
    With --choices, each of these choices: its value, why, and the article that it reads.
    """
    from ptce_workflow.exports import documents as document
    from ptce_workflow.process.check import sound

    call.speak_of(call.contest_dir)
    report_of = document.choices if choices else document.rulebook
    report = report_of(sound(read_folder(call.contest_dir)), (call.clock or SystemClock()).now())
    return invocation.give(call, invocation.Answer(lambda: report, forms=PAPERS), "")


@command("translate", examples=("ptce translate en", "ptce translate oc occitanie-2024"))
@argument("tag", N_("LANGUAGE"), N_("The language, such as en or oc."))
@own_folder
def translate(call: invocation.Invocation, tag: str, folder: Path | None) -> None:
    """Write what a contest folder says into a catalogue to be translated.

    Makes translations/LANGUAGE.po, or brings it up to date: what is translated stays, what is new
    waits for a translation, what is no longer said is kept at its end.
    """
    from ptce_workflow.app.create import translate

    done = translate(folder or call.contest_dir, tag)
    text = _("{file}: {count} phrases.").format(file=done.file, count=done.phrases)
    call.out.tell(text)
    if done.missing:
        count = done.missing
        text = n_("{count} phrase is not translated.", "{count} phrases are not translated.", count)
        call.out.tell(text.format(count=count))
    for mail in done.mails:
        call.out.tell(_("The mail {file} is still to be written.").format(file=mail))


_PAPERS = {
    "booklet": N_(
        "the dossiers that a panel is asked about now, and the files that came with them"
    ),
    "decision": N_("the decision on a candidature, with its reasons, to be signed"),
    "declaration": N_("the declaration of links that an institution signs"),
    "dossier": N_("one dossier, as a panel reads it"),
    "marks": N_("the marks of a candidature once they are closed, and why"),
    "piece:3": N_("the file of that number that came with a mail, as it is"),
}
"""What `document` writes in every contest, beside what config.toml says."""
_OF_A_PANEL = ("booklet", "declaration")


def _documents_of_folder(call: invocation.Invocation) -> dict[str, str]:
    from ptce_workflow.process.process import Process

    return _documents(Process.load(read_folder(call.contest_dir)).definition.config.documents)


def _documents(own: Mapping[str, Document]) -> dict[str, str]:
    return {name: str(one.label) for name, one in own.items()} | {
        name: _(text) for name, text in _PAPERS.items() if name not in own
    }


@command(
    "document",
    examples=(
        "ptce document certificate C-010 -o attestation.docx",
        "ptce document marks C-012",
        "ptce document dossier C-012 -o dossier.docx",
        "ptce document decision C-012 -o decision.docx",
    ),
    choices=_documents_of_folder,
)
@argument(
    "name",
    N_("DOCUMENT"),
    N_("A document of config.toml, such as certificate, or one that every contest has."),
    type=DOCUMENT,
)
@argument("ref", N_("REF"), N_("The candidature that it is about."), type=REFERENCE, required=False)
@panel
@option("--institution", N_("NAME"), N_("Who reads the booklet, or signs."), type=INSTITUTION)
@as_of
@to_file(N_("Write it there, as .docx or .html; a piece as what it is."))
def document(
    call: invocation.Invocation,
    name: str,
    ref: str | None,
    panel: str | None,
    institution: str | None,
) -> invocation.Answer | int:
    """Print a document about a candidature, or the papers of a panel.

    What is printed, and in which states, stands in config.toml (documents). What is not known is
    left to be filled in by hand. A booklet holds the whole answers of the candidatures that a panel
    marks now, less those from which the institution stepped aside. The marks are those of a panel
    once they are closed, for whoever asks why. Nothing is recorded.
    """
    own = call.contest.process.definition.config.documents
    is_piece = name.startswith("piece:")
    if name not in own and name not in _PAPERS and not is_piece:
        what = _('There is no document "{name}".').format(name=name)
        listed = (f"{key} ({label})" for key, label in _documents(own).items())
        why = _("Documents: {names}.").format(names=", ".join(listed))
        raise Misuse(what, why, did_you_mean(nearest(name, (*own, *_PAPERS))))
    about_one = name in own or (name not in _OF_A_PANEL and not is_piece)
    if about_one and ref is None:
        mend = _("For example: {command}").format(command=f"ptce document {name} C-001")
        raise Misuse(_('"{name}" is about a candidature: say which.').format(name=name), mend=mend)
    if not about_one and ref is not None:
        what = _('"{name}" is not about a single candidature.').format(name=name)
        raise Misuse(what, mend=_("Leave this out: {option}").format(option=ref))
    if name in own or name not in ("marks", *_OF_A_PANEL):
        alone(name, {"--panel": panel})
    if name in own or name not in _OF_A_PANEL:
        alone(name, {"--institution": institution})
    if is_piece:
        from ptce_workflow.app.pieces import piece_content

        if call.file is None:
            mend = _("For example: {command}").format(command=f"ptce document {name} -o …")
            raise Misuse(_("Say in which file it is to be written."), mend=mend)
        piece, content = piece_content(call.contest, name)
        target = invocation.output_file(call, call.file, piece.endings)
        return invocation.write(call, target, content)
    # The file is looked at before the contest is asked.
    return invocation.Answer(partial(_report, call, name, ref, panel, institution), forms=PAPERS)


def _report(
    call: invocation.Invocation,
    name: str,
    ref: str | None,
    panel: str | None,
    institution: str | None,
) -> Report:
    from ptce_workflow.exports import booklet, documents

    refs = () if ref is None else (ref,)
    with call.contest.looking() as tx:
        cases, said = tx.load(refs), language()
        member = institution or tx.actor.institution
        if name in tx.process.definition.config.documents:
            return documents.printed(tx, cases[0], name, said)
        if name == "booklet":
            return booklet.booklet(tx, panel, said, member or "")
        if name == "decision":
            return documents.decision_of(tx, cases[0], said)
        if name == "dossier":
            return booklet.dossier(tx, cases[0], said)
        if name == "declaration":
            if member is None:
                mend = _("Name the institution: {option}.").format(option="--institution …")
                raise Misuse(_("It is not said who declares."), mend=mend)
            return booklet.declaration(tx, panel, member, said)
    return documents.marks_of(documents.disclosed(call.contest, str(ref), panel))
