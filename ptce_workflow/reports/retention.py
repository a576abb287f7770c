"""What goes with an erasure, and what is gone, as it is printed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import N_, _, language, n_
from ptce_workflow.papers.listing import Col, JsonObject, table
from ptce_workflow.papers.report import (
    Heading,
    NextStep,
    Note,
    Paragraph,
    Part,
    Report,
    detail,
    of_contest,
)
from ptce_workflow.process.process import sheet_label
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.admin.extent import Gone
    from ptce_workflow.app.admin.held import Held, Mention
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.process import Process

_MOST = 5


def going(
    process: Process,
    gone: Sequence[Gone],
    later: Sequence[Gone],
    now: datetime,
    *,
    dry_run: bool = False,
) -> Iterator[Part]:
    """What would go, what names the same people and stays, what this does not reach."""
    if not gone:
        yield Paragraph(_("Nothing is to be erased."))
    heading = _("Would be erased: {who}") if dry_run else "{who}"
    for one in gone:
        yield Paragraph(heading.format(who=_called(one)), strong=True, heads=True)
        yield from _details(process, one, now)
    if later:
        yield Paragraph(_("Kept until a request is answered, or a decision told:"), heads=True)
        for one in later:
            yield detail(f"{_called(one)} · {_since(process, one, now)}")
    if gone:
        yield Paragraph(
            _(
                "What has left this database is not reached: mails that were sent, exports, "
                "backups, printed papers."
            )
        )
        if dry_run:
            yield Paragraph(_("Nothing was erased."))


def _called(gone: Gone) -> str:
    return f"{gone.called} {gone.name or ''}".strip()


def _details(process: Process, gone: Gone, now: datetime) -> Iterator[Part]:
    rows = sum(map(len, gone.rows.values()))
    if gone.over is not None:
        yield detail(_since(process, gone, now))
    counted = (
        (rows, n_("the words beside {count} line", "the words beside {count} lines", rows)),
        (len(gone.documents), n_("{count} document", "{count} documents", len(gone.documents))),
        (
            len(gone.mails),
            n_(
                "{count} mail, of which the hash stays",
                "{count} mails, of which the hashes stay",
                len(gone.mails),
            ),
        ),
    )
    for number, told in counted:
        if number:
            yield detail(told.format(count=speech.number(number, language())))
    if gone.unsent:
        told = _("what has not left is cancelled: {mails} (`ptce tick` first sends what is due)")
        yield detail(told.format(mails=_listed(gone.unsent)))
    if gone.visas:
        names = ", ".join(str(process.definition.sheets[name].label) for name in gone.visas)
        yield detail(_("with the visa of the archives (--visa): {sheets}").format(sheets=names))
    if gone.words:
        told = _("named besides, and not erased: {places}")
        yield detail(told.format(places=_listed(gone.words)))
    for name, end in gone.askable:
        until = (
            _("no term ends it")
            if end is None
            else speech.long_instant(end, process.zone, language())
        )
        told = _("“{label}” may still be asked (until: {when}): it would find no address here")
        yield detail(told.format(label=sheet_label(process, name), when=until))
    for ref in gone.elsewhere:
        told = _("handed over to another contest, as {ref}: it is to be erased there as well")
        yield detail(told.format(ref=ref))


def _listed(places: Sequence[int | str]) -> str:
    shown = ", ".join(map(_place, places[:_MOST]))
    return shown if len(places) <= _MOST else _("{places}, and others").format(places=shown)


def _place(place: int | str) -> str:
    return _("line {n}").format(n=place) if isinstance(place, int) else place


def _since(process: Process, gone: Gone, now: datetime) -> str:
    sheets = process.definition.sheets
    names = ", ".join(str(sheets[name].label) for name in gone.sheets if name in sheets)
    if gone.over is None:
        return names
    when = speech.long_instant(gone.over, process.zone, language())
    far = speech.days_from_now(days_until(gone.over, now, process.zone), language())
    return _("{sheet}: to be erased since {when} ({far})").format(sheet=names, when=when, far=far)


def done(gone: Sequence[Gone], *, pending: bool, by_server: bool) -> Iterator[Part]:
    """What is gone, and whether bytes are left."""
    yield Paragraph(_("Erased: {names}.").format(names=", ".join(one.called for one in gone)))
    if pending:
        yield pending_told()
    if by_server:
        yield Paragraph(
            _(
                "The server keeps old bytes until it has vacuumed its tables and recycled its "
                "logs; its backups keep them longer."
            )
        )
    yield NextStep(_("The ledger is whole: {command}"), "ptce verify")


def pending_told() -> Paragraph:
    """That bytes are left until whoever reads the database has done, or there is room."""
    return Paragraph(
        _(
            "Pending: somebody reads the database, or the disk has no room to write it anew, and "
            "its files hold the old bytes until then. The next `ptce tick`, `ptce doctor` or "
            "`ptce erase` overwrites them."
        )
    )


def left_told(contest: Contest) -> Iterator[str]:
    """In `ptce doctor`: bytes that are left, unless they can be overwritten now; what is back."""
    from ptce_workflow.app.admin.backups import last_backup
    from ptce_workflow.app.admin.erased import finish, found_again
    from ptce_workflow.app.admin.leftovers import left_by_restores

    backup = last_backup(contest.folder)
    places = (contest.database.file, Path(backup.file) if backup else None)
    for folder in dict.fromkeys(one for place in places for one in left_by_restores(place)):
        told = _(
            "a restore or a backup that was killed left a copy in {folder}: the next one there "
            "removes it"
        )
        yield told.format(folder=folder)
    if not finish(contest):
        yield pending_told().text
    for one in found_again(contest):
        told = _("what line {line} of a later ledger had erased is there again: ptce erase --again")
        yield told.format(line=one.line)


def data(
    gone: Sequence[Gone], later: Sequence[Gone], *, done: bool, pending: bool
) -> dict[str, Any]:
    """`ptce erase --json`."""
    return {
        "done": done,
        "pending": pending,
        "erased": [_data(one) for one in gone],
        "under_way": [_data(one) for one in later],
    }


def _data(gone: Gone) -> JsonObject:
    lines = sorted(n for numbers in gone.rows.values() for n in numbers)
    return JsonObject(
        gone,
        lines=lines,
        named=[_place(place) for place in gone.words],
    )


def held_report(contest: Contest, found: Held) -> Report:
    """`ptce export --subject`: what is held, where and why, and until when."""
    return of_contest(
        contest.process,
        _("What is held of {who}").format(who=found.name or found.who),
        contest.clock.now(),
        tuple(_held(contest, found)),
    )


def _day(process: Process, at: datetime) -> str:
    return speech.long_date(at, process.zone, language())


def _tells(one: Mention) -> str:
    return _(one.tells) if isinstance(one.place, int) else one.tells


def _held(contest: Contest, found: Held) -> Iterator[Part]:
    process = contest.process
    if found.is_case:
        # Loaded here: erasing shows no answer.
        from ptce_workflow.app.cases.overview import show
        from ptce_workflow.cli.views.cases import show_report

        yield from show_report(show(contest, found.who), contest.clock.now()).parts
    if found.rows:
        yield Heading(_("Beside the lines of the ledger"))
        yield table(
            process,
            found.rows,
            Col(_("line"), lambda row: str(row.line)),
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
    for mail in found.mails:
        when = speech.long_instant(mail.at, process.zone, language())
        yield Heading(f"{mail.message} · {mail.subject}")
        yield Paragraph(_("{when}, to {address}").format(when=when, address=mail.to or "–"))
        yield Paragraph(mail.text)
    for document in found.documents:
        size = speech.number(len(document.content), language())
        told = _("Document of {size} bytes, SHA-256 {hash}; with --json its content.")
        yield Paragraph(told.format(size=size, hash=document.sha256))
    if found.named:
        yield Heading(_("Named besides, in what tells of others"))
        yield table(
            process,
            found.named,
            Col(_("where"), lambda one: _place(one.place)),
            Col(_("when"), "at", show=_day, share=2),
            Col(_("what"), _tells, flexible=True, share=6),
        )
    yield Note(
        _(
            "What the lines themselves hold stays: marks, dates, options, figures, verdicts, and "
            "pseudonyms. The rest goes at the instant told, or by `ptce erase`; a line without an "
            "instant goes on request."
        )
    )


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
        yield _("{label}: {value}").format(label=name, value=words) if name else str(words)


def _label(process: Process, key: str) -> str:
    """What a key beside a line is called: one of every line, or the name of a field alone."""
    if key in _LABELS:
        return _(_LABELS[key])
    sheets = process.definition.sheets.values()
    fields = (field for sheet in sheets for name, field in sheet.fields.items() if name == key)
    return next((str(field.label) for field in fields), key)


def held_data(found: Held) -> JsonObject:
    """`ptce export --subject --json`."""
    documents = [
        {"hash": one.sha256, "content": b64encode(one.content).decode()} for one in found.documents
    ]
    named = [JsonObject(one, place=_place(one.place)) for one in found.named]
    return JsonObject(found, documents=documents, named=named)
