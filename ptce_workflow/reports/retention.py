"""Reports on erasure, retention, backups and moves."""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.audit.verify import Verification
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import Naming, database_setting, last_backup
from ptce_workflow.app.retention.backup import (
    Moved,
    copies_with_erased,
    left_by_restores,
)
from ptce_workflow.app.retention.held import finish, list_remarks, undone_faults
from ptce_workflow.app.retention.restore import Comparison, Restorable
from ptce_workflow.base import words as speech
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import N_, _, language, n_, nN_
from ptce_workflow.office import page
from ptce_workflow.office.page import Heading, Paragraph, Part, Report, instant, of_contest
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.process import Process, sheet_label, to_the_minute
from ptce_workflow.reports.candidatures import show_report
from ptce_workflow.reports.history import backed_up
from ptce_workflow.reports.listing import Col, JsonObject, table

if TYPE_CHECKING:
    from ptce_workflow.app.retention.held import Holdings, SubjectData


def moved(move: Moved) -> Iterator[Part]:
    """`ptce move`: how the contest is where it is now, and what to do next."""
    yield from backed_up(move.place, move.report)
    if move.naming.is_written:
        yield page.say(_("local.toml names it: the contest goes on there."))
    else:
        text = _("The contest goes on there. Name that database in local.toml, on every machine:")
        yield page.strong(text)
    yield from _setting(move.naming)
    yield page.note(_("It is only read from now on in {place}."), place=move.left)
    text = _("A `ptce run` that is going on reads local.toml as it begins: start it again.")
    yield page.note(text)
    yield page.advise(_("To go back: {command}"), f"ptce move {shlex.quote(move.left)}")


def named(naming: Naming) -> Iterator[Part]:
    """`ptce init` on a server: where the ledger is, and how other commands find it."""
    if naming.is_written:
        yield page.say(_("Its ledger is on the server; local.toml names it for every command."))
    else:
        yield page.say(_("Its ledger is on the server. Name that database in local.toml:"))
    yield from _setting(naming)


def _setting(naming: Naming) -> Iterator[Part]:
    """What is to be written in local.toml, unless it is, and where the password goes."""
    if not naming.is_written:
        yield page.say(f"[database]\n{database_setting(naming.url)}")
    if naming.left_out:
        yield page.aside(_("The password is not written there: it goes in ~/.pgpass."))


_MOST = 5


def to_erase(
    process: Process,
    erasable: Sequence[Holdings],
    waiting: Sequence[Holdings],
    now: datetime,
    *,
    dry_run: bool = False,
) -> Iterator[Part]:
    if not erasable:
        yield page.say(_("Nothing is to be erased."))
    heading = _("Would be erased: {who}") if dry_run else "{who}"
    for holdings in erasable:
        yield Paragraph(heading.format(who=_called(holdings)), strong=True, heads=True)
        yield from _details(process, holdings, now)
    if waiting:
        yield page.above(_("Kept until a request is answered, or a decision told:"))
        for holdings in waiting:
            yield page.detail(f"{_called(holdings)} · {_since(process, holdings, now)}")
    if erasable:
        text = _(
            "What has left this database is not reached: mails that were sent, exports, "
            "backups, printed papers."
        )
        yield page.say(text)
        if dry_run:
            yield page.say(_("Nothing was erased."))


def _called(holdings: Holdings) -> str:
    return f"{holdings.called} {holdings.name or ''}".strip()


def _details(process: Process, holdings: Holdings, now: datetime) -> Iterator[Part]:
    rows = sum(map(len, holdings.rows.values()))
    if holdings.over is not None:
        yield page.detail(_since(process, holdings, now))
    attached = len(holdings.attachments)
    mails = nN_("{count} mail, of which the hash stays", "{count} mails, of which the hashes stay")
    counts = (
        (nN_("the words beside {count} line", "the words beside {count} lines"), rows),
        (nN_("{count} document", "{count} documents"), len(holdings.documents)),
        (mails, len(holdings.mails)),
        (nN_("{count} attachment of mails", "{count} attachments of mails"), attached),
    )
    yield from (page.detail(n_(*texts, number)) for texts, number in counts if number)
    if holdings.unsent:
        text = _("what has not left is cancelled: {mails} (`ptce tick` first sends what is due)")
        yield page.detail(text, mails=page.some(holdings.unsent, _MOST))
    if holdings.visas:
        names = ", ".join(str(process.definition.sheets[name].label) for name in holdings.visas)
        yield page.detail(_("with the visa of the archives (--visa): {sheets}"), sheets=names)
    if holdings.words:
        text = _("named besides, and not erased: {places}")
        yield page.detail(text, places=page.some([*map(_place, holdings.words)], _MOST))
    for name, end in holdings.askable:
        until = _("no term ends it") if end is None else to_the_minute(process, end)
        text = _("“{label}” may still be asked (until: {when}): it would find no address here")
        yield page.detail(text, label=sheet_label(process, name), when=until)
    for ref in holdings.elsewhere:
        text = _("handed over to another contest, as {ref}: it is to be erased there as well")
        yield page.detail(text, ref=ref)


def _place(place: int | str) -> str:
    return _("line {n}").format(n=place) if isinstance(place, int) else place


def _since(process: Process, holdings: Holdings, now: datetime) -> str:
    sheets = process.definition.sheets
    names = ", ".join(str(sheets[name].label) for name in holdings.sheets if name in sheets)
    if holdings.over is None:
        return names
    when = to_the_minute(process, holdings.over)
    far = speech.days_from_now(days_until(holdings.over, now, process.zone), language())
    return _("{sheet}: to be erased since {when} ({far})").format(sheet=names, when=when, far=far)


def erased(
    erasures: Sequence[Holdings], copies: Sequence[Path], *, pending: bool, by_server: bool
) -> Iterator[Part]:
    yield page.say(_("Erased: {names}."), names=", ".join(holdings.called for holdings in erasures))
    if copies:
        yield page.strong(_copies_text(copies))
    if pending:
        yield pending_part()
    if by_server:
        text = _(
            "The server keeps old bytes until it has vacuumed its tables and recycled its "
            "logs; its backups keep them longer."
        )
        yield page.say(text)
    yield page.advise(_("The ledger is whole: {command}"), "ptce verify")


def pending_part() -> Paragraph:
    """That bytes are left until whoever reads the database has done, or there is room."""
    text = _(
        "Pending: somebody reads the database, or the disk has no room to write it anew, and "
        "its files hold the old bytes until then. The next `ptce tick`, `ptce doctor` or "
        "`ptce erase` overwrites them."
    )
    return page.say(text)


def _copies_text(copies: Sequence[Path]) -> str:
    text = _("What was erased still stands in these copies. To delete them: {command}")
    return text.format(command=shlex.join(("rm", *map(str, copies))))


def leftover_texts(contest: Contest) -> Iterator[str]:
    """In `ptce doctor`: bytes that are left, unless they can be overwritten now; what is back."""
    backup = last_backup(contest.folder)
    places = (contest.database.file, Path(backup.file) if backup else None)
    for folder in dict.fromkeys(one for place in places for one in left_by_restores(place)):
        yield _(
            "a restore or a backup that was killed left a copy in {folder}: the next one there "
            "removes it"
        ).format(folder=folder)
    with contest.database.reading() as repo:
        for found in (*undone_faults(contest, repo), *list_remarks(contest, repo)):
            yield f"{found.what} {found.why}"
    if not finish(contest):
        yield pending_part().text
    if copies := copies_with_erased(contest):
        yield _copies_text(copies)


def erasure_data(
    erasable: Sequence[Holdings], waiting: Sequence[Holdings], *, done: bool, pending: bool
) -> dict[str, Any]:
    return {
        "done": done,
        "pending": pending,
        "erased": [*map(_data, erasable)],
        "under_way": [*map(_data, waiting)],
    }


def _data(holdings: Holdings) -> JsonObject:
    lines = sorted(n for numbers in holdings.rows.values() for n in numbers)
    return JsonObject(holdings, lines=lines, named=[_place(place) for place in holdings.words])


def subject_report(contest: Contest, data: SubjectData) -> Report:
    title = _("What is held of {who}").format(who=data.name or data.who)
    return of_contest(contest.process, title, contest.clock.now(), tuple(_held(contest, data)))


def _day(process: Process, at: datetime) -> str:
    return speech.long_date(at, process.zone, language())


def _held(contest: Contest, data: SubjectData) -> Iterator[Part]:
    process = contest.process
    if data.is_case:
        yield from show_report(show(contest, data.who), contest.clock.now()).parts
    if data.rows:
        yield Heading(_("Beside the lines of the ledger"))
        yield table(
            process,
            data.rows,
            Col(_("line"), lambda row: str(row.place)),
            Col(_("when"), "at", show=_day, share=2),
            Col(_("kept until"), "until", "–", show=_day, share=2),
            Col(_("why"), lambda row: _(row.tells), flexible=True, share=3),
            Col(
                _("what"),
                lambda row: _words(process, row.words),
                flexible=True,
                below=True,
                share=6,
            ),
        )
    for mail in data.mails:
        when = to_the_minute(process, mail.at)
        yield Heading(f"{mail.message} · {mail.subject}")
        yield page.say(_("{when}, to {address}"), when=when, address=mail.to or "–")
        yield page.say(mail.text)
    for sha256, content in data.documents.items():
        text = _("Document of {size} bytes, SHA-256 {hash}; with --json its content.")
        yield page.say(text, size=speech.number(len(content), language()), hash=sha256)
    if data.attachments:
        yield Heading(_("Attached to mails"))
        yield table(
            process,
            data.attachments,
            Col(_("mail"), "message"),
            Col(_("file"), "file", flexible=True),
            Col(_("to"), "to", share=2),
            Col(_("sent"), "sent", "–", show=_day, share=2),
        )
    if data.named:
        yield Heading(_("Named besides, in what tells of others"))
        yield table(
            process,
            data.named,
            Col(_("where"), lambda one: _place(one.place)),
            Col(_("when"), "at", show=_day, share=2),
            Col(
                _("what"),
                lambda one: _(one.tells) if isinstance(one.place, int) else one.tells,
                flexible=True,
                share=6,
            ),
        )
    text = _(
        "What the lines themselves hold stays: marks, dates, options, figures, verdicts, and "
        "pseudonyms. The rest goes at the instant told, or by `ptce erase`; a line without an "
        "instant goes on request."
    )
    yield page.note(text)


_LABELS = {
    "name": N_("name"),
    "login": N_("login"),
    "email": N_("address"),
    "to": N_("sent to"),
    "said": N_("answered"),
    "reason": N_("reason"),
    "before": N_("before"),
    "links": N_("links"),
}
"""What the keys beside a line are called; those of answers have the labels of their fields."""


def _words(
    process: Process, words: Any, name: str = "", labels: Mapping[str, str] = {}
) -> Iterator[str]:
    """Words beside a line, each under the label of its field; `labels` are those of columns."""
    if isinstance(words, dict):
        for key, value in words.items():
            field = process.definition.field(key)
            own = getattr(field, "columns", {})
            columns = {column: str(cell.label) for column, cell in own.items()}
            label = str(field.label) if field else labels.get(key) or _label(process, key)
            under = f"{name}, {label}" if name else label
            yield from _words(
                process, value, "" if key in ("facts", "comments") else under, columns or labels
            )
    elif isinstance(words, list):
        for value in words:
            yield from _words(process, value, name, labels)
    else:
        yield page.pair(name, words) if name else str(words)


def _label(process: Process, key: str) -> str:
    if key in _LABELS:
        return _(_LABELS[key])
    sheets = process.definition.sheets.values()
    fields = (field for sheet in sheets for name, field in sheet.fields.items() if name == key)
    return next((str(field.label) for field in fields), key)


def subject_json(data: SubjectData) -> JsonObject:
    documents = [
        {"hash": sha256, "content": b64encode(content).decode()}
        for sha256, content in data.documents.items()
    ]
    named = [JsonObject(one, place=_place(one.place)) for one in data.named]
    return JsonObject(data, documents=documents, named=named)


def to_restore(backup: Restorable, file: Path) -> Iterator[Part]:
    """How far a backup goes, and each kind of line that the ledger has and the backup has not."""
    comparison = backup.comparison
    when = to_the_minute(backup.contest.process, from_text(backup.until)) if backup.until else "?"
    text = _("{file}: {lines}, up to {when}")
    lines = n_("{count} line", "{count} lines", backup.lines)
    text = text.format(file=file, lines=lines, when=when)
    yield page.verdict(text, _("verified"), good=True)
    if comparison.present is None:
        if comparison.why:
            yield page.say(_("The ledger that is there cannot be read; it is put aside as it is."))
            yield page.note(comparison.why)
        return
    if not comparison.losing:
        yield page.say(_("The ledger that is there has no line that the backup has not."))
        return
    if comparison.common < backup.lines:
        parted = _("After line {line} each of them has lines of its own: they part there.")
        yield page.strong(parted, line=comparison.common)
    losing = n_(
        "{count} line of the ledger is not in the backup, and would be lost:",
        "{count} lines of the ledger are not in the backup, and would be lost:",
        comparison.losing,
    )
    yield page.strong(losing)
    by_kind = groupby(sorted(comparison.lost, key=attrgetter("type")), attrgetter("type"))
    what = Col(_("lines"), len, number=True)
    why = Col(_("what"), lambda same: _(same[0].data.tells), flexible=True)
    mend = Col(_("from"), lambda same: from_text(same[0].at), show=_long_instant)
    yield table(backup.contest.process, [[*same] for _kind, same in by_kind], what, why, mend)
    yield from _consequences(comparison)


def _long_instant(process: Process, at: datetime) -> str:
    return instant(at, process.zone, to_the_minute(process, at))


def _consequences(comparison: Comparison) -> Iterator[Part]:
    kinds = [line.type for line in comparison.lost]
    sent, erased = kinds.count("message_sent"), kinds.count("personal_data_erased")
    if sent:
        text = n_(
            "{count} mail has left since: it would leave again.",
            "{count} mails have left since: they would leave again.",
            sent,
        )
        yield page.say(text)
    if erased:
        text = n_(
            "{count} erasure was made since: it is made again.",
            "{count} erasures were made since: they are made again.",
            erased,
        )
        yield page.say(text)


def restored(
    target: str, report: Verification, aside: tuple[Path, ...], again: int, left: int, why: str
) -> Iterator[Part]:
    """What is there now, what was erased again, and where the former ledger stays."""
    yield from backed_up(target, report)
    if again:
        text = n_("{count} erasure was made again.", "{count} erasures were made again.", again)
        yield page.say(text)
    if left:
        text = _("What the list of erasures names is here; `ptce verify` tells what to do.")
        yield page.strong(text)
        if why:
            yield page.note(why)
    for file in aside:
        stays = _("The former ledger stays in {file}: whoever needs it no more may delete it.")
        if file.is_dir():
            stays = _("The checkpoints of lines that are gone are in {file}.")
        yield page.note(stays, file=file)
    yield page.say(_("Before anything makes passes again, read `ptce mail list`."))
