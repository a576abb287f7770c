"""Tables and logs for other programs: CSV, XES, the pages of an export.

What a table tells and what its columns hold, in their order, stands in `csv/`. People are
pseudonyms, and answers those that rules read; names, and answers that may be erased, only where
they are asked for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct
from msgspec.structs import asdict

from ptce_workflow.app.candidatures.history import lines_of
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.base import words
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import LANGUAGES, N_, _, language, own_language, speaking
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.delivery import MessageSent
from ptce_workflow.ledger.events.facts import SheetReceived
from ptce_workflow.ledger.events.panel import ScoresGiven
from ptce_workflow.ledger.events.transition import (
    CandidatureOpened,
    TransitionMade,
    TransitionRefused,
)
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import Person
from ptce_workflow.office.page import clean
from ptce_workflow.office.sheets import csv_written
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.dates import decision
from ptce_workflow.process.explain import General, ground_of
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.letters.message import Message, Stage, label_of
from ptce_workflow.process.process import Edge, Process, institution_label, sheet_label

if TYPE_CHECKING:
    from ptce_workflow.app.audit.export import Head
    from ptce_workflow.app.candidatures.decisions import RecordedDecision
    from ptce_workflow.app.contest import Contest


_KINDS = (
    *(CandidatureOpened, TransitionMade, TransitionRefused, SheetReceived),
    *(ScoresGiven, MessageSent),
)


class ExtractRow(Struct, frozen=True):
    line: Entry[Any]
    ref: str
    hash: str


class Extract(Struct, frozen=True):
    """The candidatures by reference, the lines that tell of them, the mails and the people.

    `head` is the number and the hash of the last line of the ledger.
    """

    process: Process
    now: datetime
    head: tuple[int, str]
    cases: tuple[Candidature, ...]
    rows: tuple[ExtractRow, ...]
    messages: tuple[Message, ...]
    people: tuple[Person, ...]
    processes: Mapping[str, Process]
    decisions: tuple[RecordedDecision, ...]

    def edge(self, row: ExtractRow) -> Edge | None:
        process = self.processes[row.line.process]
        return process.edges(row.line.data.holder).get(row.line.data.transition)


def extract(contest: Contest, decisions: tuple[RecordedDecision, ...] = ()) -> Extract:
    """All that is recorded of the candidatures, with the register. Raises: PtceError."""
    with contest.looking() as tx:
        check_sees_all(tx)
        unit, row = tx.unit, tx.unit.contest(contest.id)
        cases = sorted(map(tx.seen, tx.every_case()), key=lambda case: by_ref(case.ref))
        refs: Mapping[str | None, str] = {case.id: case.ref for case in cases}
        every = lines_of(unit, contest.id, _KINDS)
        lines = contest.watch(every, _("Reading the ledger"), row.head_n)
        rows = tuple(ExtractRow(line, refs.get(line.case, ""), digest(raw)) for line, raw in lines)
        return Extract(
            tx.process,
            tx.now,
            (row.head_n, row.head_hash),
            tuple(cases),
            rows,
            tuple(unit.messages(contest.id)),
            tuple(tx.people()),
            {hash_: tx.process_of(hash_) for hash_ in {one.line.process for one in rows}},
            decisions,
        )


README = "README.md"

Cell = str | int | Decimal | datetime | None
Cells = tuple[Cell, ...]


def _candidatures(found: Extract, names: bool) -> Iterator[Cells]:
    name = found.process.definition.config.contest.name_field
    for case in found.cases:
        state = found.process.states[case.state]
        decided = decision(found.process.definition, case)
        yield (
            *(case.ref, case.state, state.label.text, _local(found, case.since)),
            _("yes") if state.ends else _("no"),
            None if decided is None else _local(found, decided.at),
            case.private.get(name),
        )


def _lines(found: Extract, *kinds: type[Any]) -> Iterator[tuple[ExtractRow, Any, Cells]]:
    for row in found.rows:
        line = row.line
        if isinstance(line.data, kinds):
            yield row, line.data, (line.n, _at(found, line.at), row.ref, line.actor)


def _receipts(found: Extract, names: bool) -> Iterator[Cells]:
    for _row, event, cells in _lines(found, SheetReceived):
        label, arrived = sheet_label(found.process, event.sheet), _at(found, event.received_at)
        proof = None if event.evidence is None else event.evidence.sha256
        yield *cells, event.sheet, label, arrived, proof


def _moves(found: Extract, names: bool) -> Iterator[Cells]:
    for row, event, cells in _lines(found, CandidatureOpened, TransitionMade):
        edge = found.edge(row)
        label = event.transition if edge is None else edge.transition.label.text
        due = getattr(event, "due", None) or None
        yield (
            *(*cells, event.holder, event.transition, label, event.to),
            *(due and _at(found, due), getattr(event, "decision", None) or None),
            *(row.line.process, row.hash),
        )


def _decisions(found: Extract, names: bool) -> Iterator[Cells]:
    yes = {True: _("yes"), False: _("no"), None: None}
    for one in sorted(found.decisions, key=lambda decision: decision.act.line):
        act, sent, appeal = one.act, one.sent, one.appeals[-1] if one.appeals else None
        yield (
            *(act.line, _local(found, act.at), act.case.ref, act.actor, act.edge.label),
            *(one.transition.decision, None if act.sitting is None else act.sitting.line),
            one.ground or None,
            "; ".join(rule.id for rule in one.stopped) or None,
            "; ".join(rule.ground for rule in one.stopped) or None,
            *(_local(found, one.told_at), one.told_line or None, one.days, yes[one.is_late]),
            *((None, None) if sent is None else (sent.name, sent.sha256)),
            *(yes[one.remedies], _local(found, min(one.terms.values(), default=None))),
            None if appeal is None else appeal.line,
            None if appeal is None or appeal.answer is None else appeal.answer.line,
            act.reason,
        )


def _refusals(found: Extract, names: bool) -> Iterator[Cells]:
    tellers = {hash_: General(process, language()) for hash_, process in found.processes.items()}
    for row, event, cells in _lines(found, TransitionRefused):
        edge = found.edge(row)
        for name, answer in event.verdicts.items():
            if answer == "holds":
                continue
            rule = None if edge is None else edge.rules.get(name)
            says = None if rule is None else tellers[row.line.process].sentence(rule)
            ground = None if rule is None else ground_of(rule)
            missing = ", ".join(event.missing.get(name, ()))
            yield *cells, event.holder, event.transition, name, answer, says, ground, missing


def _marks(found: Extract, names: bool) -> Iterator[Cells]:
    for _row, event, cells in _lines(found, ScoresGiven):
        institution = institution_label(found.process, event.institution)
        for criterion, mark in event.scores.items():
            field = found.process.definition.field(f"{event.sheet}.{criterion}")
            yield (
                *(*cells, event.sheet, event.institution, institution),
                *(criterion, criterion if field is None else field.label.text),
                None if mark is None else Decimal(mark).scaleb(-2),
            )


def _mails(found: Extract, names: bool) -> Iterator[Cells]:
    refs = {case.id: case.ref for case in found.cases}
    left = {event.message: cells[1] for _row, event, cells in _lines(found, MessageSent)}
    for mail in found.messages:
        stage = Stage(mail.stage)
        yield (
            *(mail.name, refs.get(mail.case_id), mail.notification, mail.recipient),
            *(_at(found, mail.due), stage.value, label_of(stage), left.get(mail.name)),
            *(mail.attempts, mail.sha256, mail.address),
        )


def _answers(found: Extract, names: bool) -> Iterator[Cells]:
    definition = found.process.definition
    for case in found.cases:
        for sheet, one in definition.sheets.items():
            for name, field in one.fields.items():
                if not (one.of_contest or one.is_panel):
                    for row, column, kind, value in _cells(case, f"{sheet}.{name}", field, names):
                        label = kind.label.text
                        shown = _value(found, kind, value)
                        yield case.ref, sheet, name, row, column, label, shown


def _cells(
    case: Candidature, name: str, field: FieldType, names: bool
) -> Iterator[tuple[int | None, str | None, FieldType, Any]]:
    """The values of an answer: one, or those of each row of a table."""
    value = field.join(case.facts.get(name), case.private.get(name) if names else None)
    if not isinstance(field, TableField):
        if value is not None:
            yield None, None, field, value
        return
    for number, row in enumerate(value or (), 1):
        for column, kind in field.columns.items():
            if row.get(column) is not None:
                yield number, column, kind, row[column]


def _people(found: Extract, names: bool) -> Iterator[Cells]:
    for person in found.people:
        roles = " ".join(person.roles)
        active = _("yes") if person.active else _("no")
        yield person.pseudonym, roles, person.institution, active, person.private.get("name")


ROWS: Mapping[str, Callable[[Extract, bool], Iterator[Cells]]] = {
    "candidatures": _candidatures,
    "receipts": _receipts,
    "moves": _moves,
    "decisions": _decisions,
    "refusals": _refusals,
    "marks": _marks,
    "mails": _mails,
    "answers": _answers,
    "people": _people,
}
"""The rows of each table, by the name of its file, in the order of the page."""

FILES = (README, *(f"{name}.csv" for name in ROWS))
"""The names of the files of an export."""


def tables_in(spoken: str) -> dict[str, Any]:
    """What each table tells, and what its columns hold: those of `personal` where names are."""
    return tomllib.loads((data("exports/csv") / f"{spoken}.toml").read_text("utf-8"))


def flat_files(found: Extract, *, names: bool) -> dict[str, bytes]:
    """The files of an export by name: a CSV for each table, and what their columns hold."""
    pages, own = [], language()
    for spoken in LANGUAGES:
        with speaking(spoken):
            pages.append("\n".join(_page(found, names, own)))
    files = {README: "\n".join(pages).encode()}
    for name, table in tables_in(own_language(language())).items():
        columns = [*_columns(table, names)]
        rows = (row[: len(columns)] for row in ROWS[name](found, names))
        files[f"{name}.csv"] = csv_written([columns, *rows], language())
    return files


def _columns(table: dict[str, Any], names: bool) -> dict[str, str]:
    return {**table["columns"], **(table.get("personal", {}) if names else {})}


def _page(found: Extract, names: bool, written_in: str) -> Iterator[str]:
    contest, (head, hash_) = found.process.definition.config.contest, found.head
    yield f"# {contest.title.text}\n"
    text = words.long_instant(found.now, found.process.zone, language())
    text = _("Read on {when} from a ledger of {count} lines, the last of which has the hash")
    yield text.format(when=text, count=head)
    yield f"`{hash_}`.\n"
    text = _("The files are in UTF-8; cells are parted by “{mark}”.")
    yield text.format(mark=words.separator(written_in))
    yield _("Written with --lang en, numbers have a decimal point, and cells a comma between them.")
    yield _("A text that a spreadsheet would take for a formula has an apostrophe before it.")
    yield (
        _("Names, addresses and answers that may be erased are in these files: keep them close.")
        if names
        else _("Neither names, nor addresses, nor answers that may be erased are in these files.")
    )
    for name, table in tables_in(language()).items():
        headings = (_("column"), _("what it holds"))
        yield f"\n## {name}.csv\n\n{table['says']}\n"
        yield f"| {' | '.join(headings)} |\n| --- | --- |"
        columns = _columns(table, names).items()
        yield from (f"| `{column}` | {holds} |" for column, holds in columns)
    yield ""


def _at(found: Extract, at: str) -> datetime | None:
    return _local(found, from_text(at))


def _local(found: Extract, at: datetime | None) -> datetime | None:
    return None if at is None else words.local_time(at, found.process.zone).replace(tzinfo=None)


def _value(found: Extract, field: FieldType, value: Any) -> Cell:
    """A number as spreadsheets calculate with it, anything else as people read it."""
    if field.type in ("decimal", "score"):
        return Decimal(value).scaleb(-2)
    if field.type == "integer":
        return int(value)
    return field.display(value, language(), found.process.zone)


PAGES = {"VERIFY.md": LANGUAGES[0]} | {f"VERIFY.{tag}.md": tag for tag in LANGUAGES[1:]}
_SOURCES = data("exports/verify")
_HOLE = re.compile(r"\[\[ (\w+) \]\]")
_FINDERS = {
    "shell": N_("the commands"),
    "checkpoint": N_("the commands, with a checkpoint held elsewhere"),
    "verify": N_("`ptce verify`, on this export"),
    "live": N_("`ptce verify`, in the folder of the contest"),
    "nothing": N_("nothing"),
}


def verify_pages(head: Head) -> dict[str, bytes]:
    """The pages of an export, by the name of the file: the same whoever makes it, and whenever.

    They are made of the sources in `verify/`: prose with holes `[[ … ]]`, the commands, and the
    table of what finds what.
    """
    holes = {name: str(value) for name, value in asdict(head).items()} | {"commands": commands()}
    pages = {}
    for name, tag in PAGES.items():
        holes["findings"] = findings_table(tag)
        page = _HOLE.sub(lambda hole: holes[hole[1]], _source(f"{tag}.md"))
        pages[name] = page.encode()
    return pages


def commands() -> str:
    """The commands that check an export: they know no language."""
    return _source("commands.sh").rstrip()


def findings() -> dict[str, dict[str, str]]:
    """What may have been done, by a name: what finds it first (`by`), and how it is told."""
    return tomllib.loads(_source("findings.toml"))


def findings_table(language: str) -> str:
    with speaking(language):
        rows = [(found[language], _(_FINDERS[found["by"]])) for found in findings().values()]
    return "\n".join(f"| {what} | {finder} |" for what, finder in rows)


def _source(name: str) -> str:
    return (_SOURCES / name).read_text("utf-8")


_SITE = "http://www.xes-standard.org"
_EXTENSIONS = {
    "concept": "Concept",
    "time": "Time",
    "lifecycle": "Lifecycle",
    "org": "Organizational",
}
_ACTIVITY, _TRANSITION = "concept:name", "transition"
_NO_TIME = "1970-01-01T00:00:00.000000Z"


_Move = tuple[ExtractRow, str, tuple[str, ...]]
"""A move; since the one before, when the last sheet had arrived, and what was refused."""


def xes(found: Extract, language: str) -> bytes:
    """The event log of a contest: a trace for each candidature, an event for each transition.

    An event bears the name of its task in `ptce diagram`. What is no task goes with the event that
    follows: `start_timestamp`, when the last sheet had arrived, and the `refusals`. Whoever acts
    is a pseudonym; nothing else of a person, and no answer, is in it.
    """
    config = found.process.definition.config
    log = Element("log", {"xes.version": "1849-2023", "xes.features": "", "xmlns": f"{_SITE}/"})
    for prefix, name in _EXTENSIONS.items():
        uri = f"{_SITE}/{prefix}.xesext"
        SubElement(log, "extension", {"name": name, "prefix": prefix, "uri": uri})
    _put(SubElement(log, "global", {"scope": "trace"}), {_ACTIVITY: ""})
    everywhere = SubElement(log, "global", {"scope": "event"})
    _put(everywhere, {_ACTIVITY: "", _TRANSITION: "", "org:resource": ""})
    _put(everywhere, {"lifecycle:transition": ""})
    _date(everywhere, "time:timestamp", _NO_TIME)
    for name, key in (("Activity", _ACTIVITY), ("Transition", _TRANSITION)):
        SubElement(log, "classifier", {"name": name, "keys": key})
    head, hash_ = found.head
    _put(log, {_ACTIVITY: config.contest.id, "title": config.contest.title.in_(language)})
    _put(log, {"ledger_lines": head, "ledger_head": hash_})
    moves: dict[str, list[_Move]] = {case.ref: [] for case in found.cases}
    arrived: dict[str, str] = {}
    refused: dict[str, tuple[str, ...]] = dict.fromkeys(moves, ())
    kinds = CandidatureOpened, TransitionMade, TransitionRefused, SheetReceived
    for row, event, _cells in _lines(found, *kinds):
        if isinstance(event, SheetReceived):
            arrived[row.ref] = max(arrived.get(row.ref, ""), event.received_at)
        elif isinstance(event, TransitionRefused):
            refused[row.ref] += (_task(found, row, language),)
        # An answer to a request moves nothing.
        elif isinstance(event, CandidatureOpened) or not event.answers:
            moves[row.ref].append((row, arrived.pop(row.ref, ""), refused[row.ref]))
            refused[row.ref] = ()
    for case in found.cases:
        trace, own = SubElement(log, "trace"), moves[case.ref]
        refusals = len(refused[case.ref]) + sum(len(one) for _row, _arrived, one in own)
        _put(trace, {_ACTIVITY: case.ref, "state": case.state, "refusals": refusals})
        ended = found.process.states[case.state].ends
        SubElement(trace, "boolean", {"key": "ended", "value": str(ended).lower()})
        for move in own:
            _put_move(SubElement(trace, "event"), found, move, language)
    indent(log)
    return bytes(tostring(log, encoding="utf-8", xml_declaration=True)) + b"\n"


def _task(found: Extract, row: ExtractRow, language: str) -> str:
    """A transition as people read it today: the name of its task in `ptce diagram`."""
    data = row.line.data
    edge = found.process.edges(data.holder).get(data.transition) or found.edge(row)
    return data.transition if edge is None else edge.transition.label.in_(language)


def _put_move(event: Element, found: Extract, move: _Move, language: str) -> None:
    row, arrived, refused = move
    line = row.line
    _put(event, {_ACTIVITY: _task(found, row, language), _TRANSITION: line.data.transition})
    _put(event, {"org:resource": line.actor, "lifecycle:transition": "complete"})
    _date(event, "time:timestamp", line.at)
    if arrived:
        _date(event, "start_timestamp", arrived)
    _put(event, {"refusals": len(refused), "refused": "; ".join(refused)} if refused else {})
    _put(event, {"from": line.data.holder, "to": line.data.to, "process": line.process})
    _put(event, {"ledger_line": line.n, "ledger_hash": row.hash})


def _put(element: Element, attributes: dict[str, str | int]) -> None:
    for key, value in attributes.items():
        kind = "int" if isinstance(value, int) else "string"
        SubElement(element, kind, {"key": key, "value": clean(str(value))})


def _date(element: Element, key: str, at: str) -> None:
    """An instant of the ledger, with the offset that readers of others expect."""
    value = to_text(from_text(at)).replace("Z", "+00:00")
    SubElement(element, "date", {"key": key, "value": value})
