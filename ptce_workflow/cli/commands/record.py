"""The commands of what arrives: add, receive, record, answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.grammar import Late, command
from ptce_workflow.cli.invocation import Answer, Invocation, agreed
from ptce_workflow.cli.parameters import (
    OF_CONTEST,
    PATH,
    REFERENCE,
    REFERENCE_OR_CONTEST,
    SHEET,
    acknowledge,
    alone,
    answers_typed,
    argument,
    dry_run,
    evidence,
    flag,
    goes_with,
    option,
    reason,
    received,
    reference,
    resolve_answers,
    resolve_field,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE, print_parts, show_error
from ptce_workflow.office import page
from ptce_workflow.reports.listing import STEPS

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures import filing as filings
    from ptce_workflow.app.candidatures import record as recording
    from ptce_workflow.app.candidatures.filing import ArrivalRead
    from ptce_workflow.app.candidatures.record import Arrival, Raw
    from ptce_workflow.ledger.events.facts import Evidence
    from ptce_workflow.office.forms.answers import FormRead
    from ptce_workflow.office.forms.blocks import FileReader
    from ptce_workflow.process.candidature import Candidature
    from ptce_workflow.process.fields import FieldType
    from ptce_workflow.process.process import Process
    from ptce_workflow.reports import candidatures as views
    from ptce_workflow.reports.filing import Preview
else:
    views = Late("ptce_workflow.reports.candidatures")
    recording = Late("ptce_workflow.app.candidatures.record")
    filings = Late("ptce_workflow.app.candidatures.filing")


DOSSIERS = (".toml", ".json")


@command(
    "add",
    examples=(
        N_('ptce add --name "Les Cèdres bleus" --email contact@cedres.example'),
        "ptce add mailbox/new/*.eml --yes",
        "ptce add mail:12",
        N_('ptce add dossier.docx --at "8 mars 11h42" --evidence mail.eml'),
        N_("ptce add correction.eml --for C-003"),
        'ptce add dossiers/*.toml --at "11/03/2024 11:42"',
    ),
    shape="[{ref, name, file, opened, sheet, received_at, hour, sender, doubts, "
    "answers: [{name, status, value, words, why}], changes: [{name, before, after}], missing, "
    "left_out, note, unread}]",
)
@argument(
    "files",
    N_("FILE"),
    N_("A mail (.eml, or kept: mail:12), a form (.docx, .odt, .xlsx, .ods, text), TOML, JSON."),
    type=PATH,
    nargs=-1,
)
@option("--for meant", N_("REF"), N_("The candidature of which it is a version."), type=REFERENCE)
@flag("--new", N_("Open a candidature, whoever sent it."))
@option("--name", N_("TEXT"), N_("The name of a new candidature."))
@option("--email", N_("ADDRESS"), N_("The address of its contact."))
@received
@evidence
@acknowledge
@dry_run
@flag("--yes", N_("Do not ask: take what is sure, and leave the rest to be asked for."))
def add(
    call: Invocation,
    files: tuple[Path, ...],
    meant: str | None,
    new: bool,
    name: str | None,
    email: str | None,
    received: str | None,
    proof: Path | None,
    acknowledge: bool,
    dry_run: bool,
) -> Answer:
    """File what arrives: it opens a candidature, or is a version of one.

    A form is filed in the candidature that its stamp names, else --for, else that of which its
    sender is the contact; else it opens one, as --name does. What is read is shown first: what is
    sure, what is to confirm, missing, or not understood. What is sure is recorded, the rest kept as
    a note.

    The hour is the one at which our own servers took the mail, or --at. What cannot be read
    is received all the same, with --for or --name. Dossiers in TOML or JSON are all taken, or none.
    """
    forms = [file for file in files if file.suffix.lower() not in DOSSIERS]
    if forms and len(forms) < len(files):
        what = _("Forms and dossiers in TOML or JSON are not added at once.")
        why = _("Forms are taken each by itself, dossiers all or none.")
        raise Misuse(what, why, _("Add them apart."))
    of_one: dict[str, object] = {"--for": meant, "--new": new, "--name": name, "--email": email}
    if len(forms) > 1:
        of_one["--evidence"] = proof
    typed = [option for option, value in of_one.items() if value]
    if typed and (len(files) > 1 or (files and not forms)):
        what = _("This is said of one mail or form: {options}.").format(options=", ".join(typed))
        raise Misuse(what, mend=_("Add it alone, or leave this out."))
    if not files and not name:
        what = _("There is nothing to add.")
        raise Misuse(what, mend=_("Name a file, or open one by hand: --name “…” --email …"))
    if meant:
        alone("--for", {"--new": new, "--name": name, "--email": email})
    if not forms:
        arrival = arrived(call, received, proof, acknowledge)
        by_hand = (name or "", email or "")
        return _add_dossiers(
            call, files, by_hand, arrival, once=not (files or new), dry_run=dry_run
        )
    if call.out.as_data and not (call.yes or dry_run):
        raise goes_with("--json", "--yes", _("To look at it first: --dry-run --json."))
    evidence, hour = evidence_of(call, proof)
    at = call.instant(received, said_by="--at", past=True) if received else hour
    options = _Options(
        meant or "", new, name or "", email or "", at, evidence, acknowledge, dry_run
    )
    return _add_arrivals(call, forms, options)


def _add_dossiers(
    call: Invocation,
    files: Sequence[Path],
    by_hand: tuple[str, str],
    arrival: Arrival | None,
    *,
    once: bool,
    dry_run: bool,
) -> Answer:
    """Opens a candidature for each dossier, or one by its name and address; all, or none."""
    from ptce_workflow.app.candidatures.advance import add_all
    from ptce_workflow.office.forms.answer_file import attach_files, read_dossier

    contest, process = call.contest, call.contest.process
    sheets = process.definition.sheets
    dossiers = [
        (str(file), attach_files(read_dossier(file), sheets, file.parent))
        for file in call.out.progress(files, _("Reading dossiers"), len(files))
    ] or [("", filings.identity(process, *by_hand))]
    cases = add_all(contest, dossiers, arrival=arrival, once=once, dry_run=dry_run)
    added = [(name, case) for (name, _raw), case in zip(dossiers, cases, strict=True)]
    found = [
        *(one for case in cases for one in filings.doubts(process, case)),
        *filings.remarks(contest, cases),
    ]
    remarked = [*map(page.aside, found)]
    if call.out.as_data:
        print_parts(call.out, remarked)
    data = views.added_data(process, added)
    return Answer([*views.added(process, added, dry_run=dry_run), *remarked], data)


class _Options(Struct, frozen=True):
    ref: str
    is_new: bool
    name: str
    email: str
    at: datetime | None
    evidence: Evidence | None
    acknowledge: bool
    dry_run: bool


def _add_arrivals(call: Invocation, files: Sequence[Path], options: _Options) -> Answer:
    """Files what arrived, each file by itself: one that is refused keeps no other out."""
    from ptce_workflow.office.forms.blocks import FileReader
    from ptce_workflow.reports.filing import data

    previews: list[Any] = []
    left: list[str] = []
    # What is wrong with the contest is told once, not of each file.
    cases = {} if options.ref or options.is_new else filings.candidatures(call.contest)
    with FileReader() as reader:
        for file in call.out.progress(files, _("Reading what arrived"), len(files)):
            try:
                preview = _add_arrival(call, reader, file, options, cases)
            except PtceError as error:
                if len(files) == 1:
                    raise
                show_error(error, call.out, _("{file}: not added.").format(file=file))
                preview = None
            previews += [] if preview is None else [data(preview)]
            left += [str(file)] if preview is None else []
    if len(files) > 1 and not options.dry_run:
        added = _("Files added: {count} of {total}.")
        call.out.remark(added.format(count=len(files) - len(left), total=len(files)))
        if left:
            call.out.remark(_("Not added: {names}.").format(names=", ".join(left)))
    return Answer((), previews, NOT_DONE if left else DONE)


def _add_arrival(
    call: Invocation,
    reader: FileReader,
    file: Path,
    options: _Options,
    cases: dict[str, Candidature],
) -> Preview | None:
    """Files what a file holds, once it was shown and somebody agreed; None where nobody did.

    `cases` are those that its sender may mean, and this one besides once it is filed.
    """
    from ptce_workflow.reports import filing as views
    from ptce_workflow.reports.telling import received, still_missing

    contest, process = call.contest, call.contest.process
    content = _content(call, file, options)
    proof = options.evidence or proof_of(file, content)
    read = filings.read_arrival(reader, str(file), content, process)
    hours, why = _hours(call, read, options.at)
    opens, is_new = options.name or options.email, options.is_new
    ref = filings.candidature_of(
        process, read, options.ref, cases.values(), opens=opens, is_new=is_new
    )
    arrival = recording.Arrival(next(iter(hours.values())), proof, options.acknowledge)
    opening = partial(filings.filing_of, process, name=options.name, address=options.email)
    filing = opening(read, ref, arrival, is_another=is_new)
    outcome = filings.file(contest, filing, dry_run=True)
    names = [] if ref else filings.remarks(contest, [outcome.receipt.case])
    preview = views.Preview(
        read, hours, outcome, (*filter(None, [why]), *read.doubts, *outcome.doubts, *names)
    )
    if not call.out.as_data:
        print_parts(call.out, views.read(preview))
        print_parts(call.out, [] if call.yes else still_missing(outcome.receipt))
    if options.dry_run:
        return preview
    if read.form is not None and not call.yes:
        read = structs.replace(read, form=_confirmed(call, process, read.form))
        filing = opening(read, ref, arrival, is_another=is_new)
    question = _("File it there?") if ref else _("Open it?")
    if not agreed(call, question, _("{file}: not added.").format(file=file)):
        return None
    outcome = filings.file(contest, filing, seen=outcome)
    cases[outcome.receipt.case.ref] = outcome.receipt.case
    if not call.out.as_data:
        print_parts(call.out, [*received(outcome.receipt), *views.left_open(read, outcome)])
    return preview


def _content(call: Invocation, file: Path, options: _Options) -> bytes:
    """The bytes of a file, or of a received mail. Raises: Misuse for one that is filed already."""
    from ptce_workflow.app.pieces import received_mail
    from ptce_workflow.office.files import content_typed

    stored = received_mail(call.contest, str(file))
    if stored is None:
        return content_typed(file)
    row, content = stored
    if row.outcome == "filed" and not options.is_new:
        what = _("{mail} is filed already.").format(mail=file)
        why = _("Nothing was written, and no mail leaves again.")
        raise Misuse(what, why, _("--new opens another; `ptce mail read --list` shows of which."))
    if row.outcome == "unreadable" and not (options.ref or options.name):
        mend = _("To receive it all the same: --for REF, or --name “…” --email … opens one.")
        raise Misuse(_("{mail} cannot be read.").format(mail=file), row.why, mend)
    return content


def _confirmed(call: Invocation, process: Process, form: FormRead) -> FormRead:
    """The form with the answers that somebody agreed with, each asked by itself."""
    from ptce_workflow.reports.filing import value_text

    text, otherwise = _("Keep this answer? {label}: {value}"), _("It is left to be confirmed.")
    for one in form.to_agree:
        label, value = filings.label_of(process, form.sheet, one), value_text(process, form, one)
        if agreed(call, text.format(label=label, value=value), otherwise):
            form = form.agreed(one)
    return form


def _hours(
    call: Invocation, read: ArrivalRead, typed: datetime | None
) -> tuple[dict[str, datetime], str]:
    """Its hours of arrival by what tells them, the one that counts first; and what is odd in them.

    It is what was typed that counts, else what the lines of our own mail servers tell.

    Raises: Misuse where neither does.
    """
    from ptce_workflow.app.locations import receipt_settings
    from ptce_workflow.mail.incoming import hour_of

    hours = {} if typed is None else {"typed": typed}
    why = ""
    if read.message is not None:
        counts = call.contest.process.definition.config.receipt.hour
        found = hour_of(read.message, receipt_settings(call.contest_dir), counts)
        instants = {counts: found.at, "entry": found.entry, "delivery": found.delivery}
        why = found.why
        if typed or found.at:
            hours |= {name: at for name, at in instants.items() if at}
    if hours:
        return hours, why
    what = _("{file}: nothing tells when it arrived.").format(file=read.file)
    mend = _("Say it: --at INSTANT, such as {example}").format(example='"8 mars 11h42"')
    raise Misuse(what, why or _("It is no mail: it does not tell when it arrived."), mend)


@command(
    "record",
    examples=(
        "ptce record C-010 --from completions/10-soleils-des-corbieres.toml",
        N_("ptce record C-010 ami governance=yes legal_form=no"),
        'ptce record C-010 dossier territory+=Castelnaudary "members[2].siret=…"',
        N_("ptce record contest notice opens=2024-05-02T09:00"),
        N_('ptce record C-010 dossier theme=food --at "11/03/2024 11:42"'),
        "ptce record C-010 dossier --edit",
    ),
)
@argument("ref", N_("REF"), N_("The candidature, or contest."), type=REFERENCE_OR_CONTEST)
@argument("sheet", N_("SHEET"), N_("The sheet that holds the fields."), required=False, type=SHEET)
@argument("facts", N_("FIELD=VALUE"), N_("A fact."), nargs=-1)
@option(
    "--from source",
    N_("FILE"),
    N_("A file that holds the facts, written as a dossier is."),
    type=PATH,
)
@flag("--edit", N_("Write the answers of a sheet in your editor, as VISUAL or EDITOR names it."))
@received
@evidence
@acknowledge
@flag("--rectify", N_("Mend a slip of the typist once it is closed: needs a reason and evidence."))
@reason
def record(
    call: Invocation,
    ref: str,
    sheet: str | None,
    facts: tuple[str, ...],
    source: Path | None,
    edit: bool,
    received: str | None,
    proof: Path | None,
    acknowledge: bool,
    rectify: bool,
    reason: str | None,
) -> Answer | int:
    """Record facts about a candidature, or about the contest.

    A fact is written FIELD=VALUE; nothing after the sign = withdraws it. FIELD+=VALUE and
    FIELD-=VALUE add to a list or take away; FIELD[2].COLUMN=VALUE changes a cell of a table. All of
    them are recorded, or none, and shown before and after.

    With the word contest for a reference, they are facts of the contest. What had arrived before an
    hour that closes a sheet is written after it, with --at. A slip of the typist is mended
    after it with --rectify, --reason and --evidence: before and after stay in sight.

    With --edit, a file opens in which the questions are comments and the answers stand as they are;
    it is judged as a whole once it is saved, and opens again with what is wrong in it.
    """
    from ptce_workflow.app.candidatures.overview import show
    from ptce_workflow.reports.telling import rectified

    contest, process = call.contest, call.contest.process
    mend = rectification(call, rectify, reason, received, proof)
    arrival = None if mend else arrived(call, received, proof, acknowledge)

    def write(raw: Raw, seen: Candidature | None = None) -> Answer:
        if mend is not None:
            why, shown = mend
            case, mended = recording.rectify(
                contest, ref, raw, reason=why, evidence=shown, seen=seen
            )
            return Answer(rectified(process, case, mended))
        before, after = recording.record(contest, ref, raw, arrival, seen=seen)
        return Answer(views.recorded(process, before, after, _given_whole(raw)))

    if edit:
        from ptce_workflow.cli.editor import edited

        alone("--edit", {_("FIELD=VALUE"): facts, "--from": source, OF_CONTEST: ref == OF_CONTEST})
        done = edited(call, ref, sheet, write)
        if done is None:
            call.out.remark(_("Nothing was changed."))
        return NOT_DONE if done is None else done
    raw = _answers(call, sheet, facts, source)
    if ref == OF_CONTEST and any(raw.values()):
        alone(OF_CONTEST, {"--rectify": rectify, "--at": received})
        found = recording.record_of_contest(contest, raw)
        return Answer(views.recorded_of_contest(process, found, _given_whole(raw)))
    if not any(raw.values()):
        raise views.nothing_recorded(process, show(contest, ref).case)
    return write(raw)


def _given_whole(raw: Raw) -> set[str]:
    """The names of the answers that are given whole, not by what is added or taken away."""
    return {
        f"{name}.{field}"
        for name, answers in raw.items()
        for field, answer in answers.items()
        if not isinstance(answer, recording.Edits)
    }


def _answers(
    call: Invocation, sheet: str | None, facts: tuple[str, ...], source: Path | None
) -> dict[str, dict[str, Any]]:
    from ptce_workflow.office.forms.answer_file import attach_files, read_dossier

    sheets = call.contest.process.definition.sheets
    raw = {} if source is None else dict(attach_files(read_dossier(source), sheets, source.parent))
    if sheet is not None:
        answers = answers_typed(facts)
        if sheet in sheets:
            answers = _by_key(sheets[sheet].fields, answers)
        typed = attach_files({sheet: answers}, sheets, Path.cwd())
        raw[sheet] = {**raw.get(sheet, {}), **typed[sheet]}
    return raw


def _by_key(fields: Mapping[str, FieldType], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Answers typed, by the keys of what was named by labels: fields, and columns of tables.

    Raises: Misuse for a field that is named twice.
    """
    found: dict[str, Any] = {}
    for word, answer in typed.items():
        name = resolve_field(fields, word)
        before, columns = found.get(name), getattr(fields.get(name), "columns", {})
        if isinstance(answer, recording.Edits):
            edits = (
                structs.replace(one, column=one.column and resolve_field(columns, one.column))
                for one in answer.edits
            )
            earlier = before.edits if isinstance(before, recording.Edits) else ()
            answer, before = recording.Edits((*earlier, *edits)), None if earlier else before
        if before is not None:
            what = _('"{name}" is given twice.').format(name=name)
            raise Misuse(what, mend=_("Keep one of the two."))
        found[name] = answer
    return found


@command(
    "receive",
    examples=(
        "ptce receive C-010 dossier",
        N_('ptce receive C-010 dossier --at "08/03/2024 09:12" --evidence mail.eml'),
    ),
    shape=(
        "{ref=case.ref, sheet, received_at=at, evidence: {sha256, size}, counts, before, missing, "
        "late, line=case.version}"
    ),
)
@reference
@argument("sheet", N_("SHEET"), N_("The sheet that arrived, such as dossier."), type=SHEET)
@option("--at", N_("INSTANT"), N_("When it arrived, such as 08/03/2024 09:12; else now."))
@evidence
@acknowledge
def receive(
    call: Invocation, ref: str, sheet: str, at: str | None, proof: Path | None, acknowledge: bool
) -> Answer:
    """Record that a sheet arrived, complete or not.

    The hour is that of the arrival, not of typing: what counts from it, and the mail that
    acknowledges it, tell that hour. What it holds is recorded apart, with `ptce record`.
    """
    from ptce_workflow.reports import telling as views

    seen, hour = evidence_of(call, proof)
    instant = call.instant(at, said_by="--at", past=True) if at else hour
    if instant is None and str(proof).startswith("mail:"):
        what = _("{file}: nothing tells when it arrived.").format(file=proof)
        mend = _("Say it: --at INSTANT, such as {example}").format(example='"8 mars 11h42"')
        raise Misuse(what, mend=mend)
    done = recording.receive(
        call.contest, ref, sheet, at=instant, evidence=seen, acknowledge=acknowledge
    )
    return Answer(views.received(done), done)


@command(
    "answer",
    examples=(N_('ptce answer C-010 appeal granted --reason "the map was read wrong" --yes'),),
    shape=STEPS,
)
@reference
@argument("request", N_("REQUEST"), N_("The request that waits, such as appeal."), type=SHEET)
@argument("answer", N_("ANSWER"), N_("The answer: one of those that the folder gives it."))
@argument("facts", N_("FIELD=VALUE"), N_("What the answer asks for."), nargs=-1)
@reason
@evidence
@dry_run
@flag("--yes", N_("Do not ask before an answer is given that a mail tells."))
def answer(
    call: Invocation,
    ref: str,
    request: str,
    answer: str,
    facts: tuple[str, ...],
    reason: str | None,
    proof: Path | None,
    dry_run: bool,
) -> Answer | int:
    """Answer a request that waits: an appeal, a correction, an amendment.

    The answer is given if every rule holds, and its mail is set off; FIELD=VALUE answers what it
    asks for itself. The candidature stays where it stands: what an answer opens is a transition of
    its own. The mails that it sends are shown first, and asked.
    """
    from ptce_workflow.app.candidatures.advance import advance, answer_meant
    from ptce_workflow.cli.commands.candidatures import advanced, may_end

    process = call.contest.process
    key = answer_meant(process, request, answer)
    end_answers = resolve_answers(process, {"": answers_typed(facts)}, (answer,)) if facts else {}
    shown, _hour = evidence_of(call, proof)
    if not (dry_run or call.yes) and not may_end(call, [ref], key, reason, end_answers, shown):
        return NOT_DONE
    steps = advance(
        *(call.contest, [ref], key),
        reason=reason,
        answers=end_answers,
        evidence=shown,
        dry_run=dry_run,
    )
    return advanced(process, steps, dry_run=dry_run)


def arrived(
    call: Invocation, received: str | None, proof: Path | None, acknowledge: bool
) -> recording.Arrival | None:
    """When what is typed arrived, by `--at`, and what proves it.

    Raises: Misuse for a proof of nothing.
    """
    evidence, hour = evidence_of(call, proof)
    if received is None and hour is None:
        for option, typed in (("--evidence", proof), ("--acknowledge", acknowledge)):
            if typed:
                mend = _("Say when it arrived, or leave it out.")
                raise goes_with(option, "--at", mend)
        return None
    at = call.instant(received, said_by="--at", past=True) if received else hour
    assert at is not None
    return recording.Arrival(at, evidence, acknowledge)


def rectification(
    call: Invocation, asked: bool, reason: str | None, received: str | None, proof: Path | None
) -> tuple[str, Evidence] | None:
    """Why a slip is mended, by `--rectify`, and what proves it; None where it is not asked for.

    Raises: Misuse for one without its reason or its proof, and for a reason of nothing.
    """
    from ptce_workflow.app.refusals import reason_given

    given = reason_given(reason)
    if not asked:
        if given:
            raise goes_with("--reason", "--rectify", _("Leave it out."))
        return None
    if received is not None:
        what = _("{key} does not go with {other}.").format(key="--at", other="--rectify")
        why = _("What had arrived in time is written with its hour; only a slip is mended.")
        raise Misuse(what, why, _("Keep one of the two."))
    if not given or proof is None:
        what = _("A slip is mended with its reason and with what proves it.")
        raise Misuse(what, mend=_('Add --reason "…" --evidence FILE.'))
    evidence, _hour = evidence_of(call, proof)
    assert evidence is not None
    return given, evidence


def evidence_of(call: Invocation, file: Path | None) -> tuple[Evidence | None, datetime | None]:
    """The hash and the size of what proves something, and when it arrived if it tells.

    It is a file, which stays where it is and tells no hour, or a received mail such as `mail:12`.

    Raises: Misuse for one that cannot be read, or is empty.
    """
    if file is None:
        return None, None
    from ptce_workflow.app.pieces import evidence
    from ptce_workflow.office.files import content_typed

    return evidence(call.contest, str(file)) or (proof_of(file, content_typed(file)), None)


def proof_of(file: Path, content: bytes) -> Evidence:
    """The hash and the size of the content of a file; *raises* Misuse for nothing."""
    from ptce_workflow.ledger.events.facts import Evidence

    if not content:
        what = _("{file} is empty: it proves nothing.").format(file=file)
        raise Misuse(what, mend=_("Save it again, with what it contains."))
    return Evidence(sha256(content).hexdigest(), len(content))
