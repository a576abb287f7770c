"""Every row that is read and every statement that is run, over the tables as they are declared.

Neither this module nor the tables are loaded by a command that reads or writes an SQLite file:
`tools/generate.py` compiles the statements for it and writes `store.rows` down, a typed method
for each. A database of a server, whose engine is SQLAlchemy's anyway, compiles them at run time.

Parameters bear the names of the columns they are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal_column,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from ptce_workflow.store import tables
from ptce_workflow.store.query import (
    Query,
    Row,
    as_bytes,
    compiled,
    delete_of,
    in_contest,
    matches,
    row_of,
    table_of,
    update_of,
)


def texts(dialect: Dialect) -> dict[str, str]:
    """The text of every statement for one dialect, by name."""
    return {query.name: compiled(query, dialect)[0] for query in queries(dialect.name)}


def queries(dialect: str) -> Iterator[Query]:
    """Every statement of the store."""
    yield from _ledger(dialect)
    yield from _contests()
    yield from _processes()
    yield from _candidatures()
    yield from _counters_and_due(dialect)
    yield from _people()
    yield from _messages()
    yield from _messages_at_a_stage()
    yield from _messages_counted()
    yield from _mail()


def _ledger(dialect: str) -> Iterator[Query]:
    ledger, side = table_of(tables.Ledger), table_of(tables.Side)
    content = as_bytes(ledger.c.line).label("line")
    line = Row("LineRow", "A stored line.", (ledger.c.n, ledger.c.prev, content), judged=False)
    left = row_of("SideRow", "A stored side row.", tables.Side, judged=False)
    of_contest = select(*line.columns).where(matches(ledger, "contest")).order_by(ledger.c.n)
    yield Query("append_lines", "Adds lines; only the next is taken.", "each", insert(ledger))
    yield Query("add_sides", "Adds side rows.", "each", insert(side))
    yield Query(
        "bytes_of_line",
        "The bytes of a line.",
        "value",
        select(content).where(matches(ledger, "contest", "n")),
    )
    yield Query("lines", "Every line, in order.", "stream", of_contest, line)
    yield Query(
        "lines_about",
        "The lines that tell of a candidature, in order.",
        "rows",
        select(*line.columns)
        .where(in_contest(ledger), _case_of_line(dialect) == bindparam("case_id"))
        .order_by(ledger.c.n),
        line,
    )
    yield Query(
        "clock_lines",
        "The lines that accept a clock, in order, and perhaps some that say the same words.",
        "rows",
        select(*line.columns)
        .where(in_contest(ledger), text(_clock_line(dialect)))
        .order_by(ledger.c.n),
        line,
    )
    yield Query(
        "sides_of_line",
        "The side rows of a line.",
        "rows",
        select(*left.columns).where(matches(side, "contest", "n")).order_by(side.c.subject),
        left,
    )
    sides = select(*left.columns).where(matches(side, "contest")).order_by(side.c.n, side.c.subject)
    yield Query("sides", "Every side row, by line and subject.", "stream", sides, left)
    yield Query(
        "side",
        "The data of a line's side row about a subject; None once it is erased.",
        "value",
        select(side.c.data).where(matches(side, "contest", "n", "subject")),
    )


def _case_of_line(dialect: str) -> ColumnElement[str]:
    if dialect == "postgresql":
        return literal_column("convert_from(line, 'UTF8')::json ->> 'case'", String)
    # Word for word as the index has it, or SQLite would not use it.
    return literal_column(tables.CASE_OF_LINE, String)


def _clock_line(dialect: str) -> str:
    if dialect == "postgresql":
        return "position('\"type\"\\:\"clock_accepted\"' in convert_from(line, 'UTF8')) > 0"
    return tables.CLOCK_LINE.replace(":", "\\:")


def _contests() -> Iterator[Query]:
    contest = table_of(tables.Contest)
    row = row_of("ContestRow", "A contest of the database.", tables.Contest, of_contest=False)
    yield Query(
        "contest",
        "The contest of that name.",
        "known",
        select(*row.columns).where(matches(contest, "contest")),
        row,
    )
    yield Query(
        "contests",
        "Every contest of the database.",
        "rows",
        select(*row.columns).order_by(contest.c.contest),
        row,
    )
    yield Query("insert_contest", "Begins a contest.", "each", insert(contest))
    for name, about, changed in (
        ("set_head", "Keeps the number and the hash of the last line.", ("head_n", "head_hash")),
        ("set_process", "Puts a process in force.", ("process",)),
        (
            "set_versions",
            "Keeps the versions that the last `engine_changed` line tells.",
            ("versions",),
        ),
    ):
        yield Query(name, about, "count", update_of(contest, ("contest",), changed))


def _processes() -> Iterator[Query]:
    file, form = table_of(tables.ProcessFile), table_of(tables.ProcessForm)
    document = table_of(tables.Document)
    kept = Row(
        "FileRow", "A file of a process.", (file.c.path, as_bytes(file.c.content).label("content"))
    )
    yield Query(
        "files_of_process",
        "The files of a process.",
        "rows",
        select(*kept.columns).where(matches(file, "process")),
        kept,
    )
    yield Query("add_process_files", "Keeps files of a process.", "each", insert(file))
    yield Query(
        "document",
        "The bytes of a document.",
        "value",
        select(as_bytes(document.c.content)).where(matches(document, "sha256")),
    )
    made = Row(
        "FormRow",
        "The form of a process.",
        (form.c.made_by, as_bytes(form.c.content).label("content")),
    )
    yield Query(
        "form",
        "The form of a process.",
        "row",
        select(*made.columns).where(matches(form, "process")),
        made,
    )
    yield Query("add_form", "Keeps the form of a process.", "each", insert(form))
    yield Query(
        "remove_form", "Removes the form of a process.", "count", delete_of(form, "process")
    )
    yield Query("insert_document", "Keeps a document.", "each", insert(document))


def _candidatures() -> Iterator[Query]:
    case = table_of(tables.Candidature)
    whole = row_of("CandidatureRow", "A candidature, whole.", tables.Candidature)
    listed = ("id", "ref", "state", "since", "name")
    brief = Row(
        "BriefRow",
        "A candidature, what lists print of it.",
        tuple(case.c[name] for name in listed),
    )
    of_contest = select(*whole.columns).where(matches(case, "contest"))
    yield Query(
        "candidature",
        "The candidature of that reference.",
        "row",
        of_contest.where(matches(case, "ref")),
        whole,
    )
    yield Query(
        "candidature_by_id",
        "The candidature behind an id that another row names.",
        "known",
        of_contest.where(matches(case, "id")),
        whole,
    )
    yield Query(
        "every_candidature",
        "Every candidature, by reference as text, read as it goes.",
        "stream",
        of_contest.order_by(case.c.ref),
        whole,
    )
    # C-1000 comes after C-999; sorting is cheap where rows are small.
    in_order = (
        select(*brief.columns)
        .where(matches(case, "contest"))
        .order_by(func.length(case.c.ref), case.c.ref)
    )
    yield Query("every_brief", "Every candidature in brief.", "rows", in_order, brief)
    yield Query(
        "briefs_of_state",
        "Those of one state in brief.",
        "rows",
        in_order.where(matches(case, "state")),
        brief,
    )
    moved = ("state", "since", "version", "record")
    # `was` is the version that whoever changes it has read.
    unchanged = case.c.version == bindparam("was")
    for name, about, changed in (
        ("move_rows", "Changes candidatures but for what may be erased.", moved),
        ("update_rows", "Changes candidatures.", (*moved, "name", "private")),
    ):
        clause = update_of(case, ("contest", "id"), changed).where(unchanged)
        yield Query(name, about, "each", clause)
    yield Query("add_candidatures", "Adds candidatures.", "each", insert(case))


def _counters_and_due(dialect: str) -> Iterator[Query]:
    counter, due, case = (
        table_of(model) for model in (tables.Counter, tables.Due, tables.Candidature)
    )
    counted = row_of("CounterRow", "A counter.", tables.Counter)
    yield Query(
        "counter_rows",
        "Every counter.",
        "rows",
        select(*counted.columns).where(matches(counter, "contest")),
        counted,
    )
    # Each dialect has an upsert of its own.
    upsert = (postgresql if dialect == "postgresql" else sqlite).insert(counter)
    added = upsert.on_conflict_do_update(
        index_elements=["contest", "name", "bucket"],
        set_={"value": counter.c.value + upsert.excluded.value},
    )
    yield Query("add_counters", "Moves counters, from nothing where there was none.", "each", added)
    yield Query("clear_counters", "Forgets every counter.", "count", delete_of(counter, "contest"))
    row = Row(
        "DueRow",
        "A timed transition ahead of a candidature.",
        (due.c.case_id, case.c.ref, due.c.transition, due.c.at, due.c.tried),
    )
    joined = due.join(case, (case.c.contest == due.c.contest) & (case.c.id == due.c.case_id))
    ahead = select(*row.columns).select_from(joined).where(matches(due, "contest"))
    yield Query(
        "every_due",
        "Every due instant, in the order of time.",
        "rows",
        ahead.order_by(due.c.at),
        row,
    )
    yield Query(
        "due_until",
        "The timed transitions due by an instant and not tried yet, in the order of time.",
        "rows",
        ahead.where(due.c.tried == false(), due.c.at <= bindparam("at")).order_by(
            due.c.at, case.c.ref
        ),
        row,
    )
    first = ahead.where(due.c.tried == false()).order_by(due.c.at).limit(1)
    yield Query("next_due", "The timed transition to be tried first.", "row", first, row)
    yield Query("add_due", "Adds due instants.", "each", insert(due))
    yield Query(
        "clear_due",
        "Forgets the due instants of a candidature.",
        "count",
        delete_of(due, "contest", "case_id"),
    )


def _people() -> Iterator[Query]:
    person = table_of(tables.Person)
    row = row_of("PersonRow", "Someone enrolled.", tables.Person)
    everyone = select(*row.columns).where(matches(person, "contest"))
    yield Query(
        "people",
        "Everyone enrolled, by pseudonym.",
        "rows",
        everyone.order_by(person.c.pseudonym),
        row,
    )
    # Each name has an index of its own.
    by_login = select(*row.columns).where(in_contest(person), person.c.login == bindparam("who"))
    named = union_all(everyone.where(person.c.pseudonym == bindparam("who")), by_login)
    yield Query(
        *(
            "person",
            "The person of that pseudonym or login, one who is active before one who left.",
        ),
        "row",
        named.order_by(named.selected_columns.active.desc()),
        row,
    )
    yield Query("add_person", "Adds a person.", "each", insert(person))
    yield Query(
        "remove_person",
        "Removes a person.",
        "count",
        delete_of(person, "contest", "pseudonym"),
    )


def _message_row() -> Row:
    return row_of("MessageRow", "A message, every column but the contest.", tables.Message)


def _messages() -> Iterator[Query]:
    message = table_of(tables.Message)
    kind = _message_row()
    row = select(*kind.columns).where(matches(message, "contest"))
    of_case = row.where(matches(message, "case_id"))
    yield Query(
        "message", "The message of that number.", "row", row.where(matches(message, "number")), kind
    )
    yield Query(
        "messages",
        "Every message, by number, read as it goes.",
        "stream",
        row.order_by(message.c.number),
        kind,
    )
    # The sign has SQLite sort a few: it would rather walk through every message of the contest,
    # which come in the order of their numbers.
    by_number: Any = UnaryExpression(message.c.number, operator=custom_op("+"))
    slot = tuple_(message.c.notification, message.c.occurrence, message.c.recipient)
    yield Query(
        "messages_of",
        "Every message about a candidature, or the contest (an empty id).",
        "rows",
        of_case.order_by(by_number),
        kind,
    )
    standing = select(*kind.columns).where(
        in_contest(message), matches(message, "case_id"), text(tables.PENDING)
    )
    others = of_case.where(
        slot.in_(bindparam("slots", expanding=True)), text(f"NOT ({tables.PENDING})")
    )
    yield Query(
        "messages_standing",
        "Those of them that have not left, or are in some slots, in no order.",
        "rows",
        union_all(standing, others),
        kind,
    )


def _messages_at_a_stage() -> Iterator[Query]:
    message = table_of(tables.Message)
    kind = _message_row()
    row = select(*kind.columns).where(matches(message, "contest"))
    at_stage = row.where(matches(message, "stage"), text(tables.NOT_CANCELLED))
    in_order = (message.c.next_at, message.c.number)
    # In the order of the index: SQLite would rather walk through all messages than sort these.
    for name, about, clause in (
        (
            "leases_over",
            "Messages at a stage whose sender has let the lease run out.",
            at_stage.where(message.c.lease_until <= bindparam("until")),
        ),
        (
            "leases_after",
            "Messages at a stage whose lease ends after an instant.",
            at_stage.where(message.c.lease_until > bindparam("since")),
        ),
        ("messages_at", "Messages at any stage but cancelled, the earliest first.", at_stage),
    ):
        yield Query(name, about, "rows", clause.order_by(*in_order), kind)
    due = at_stage.where(message.c.next_at <= bindparam("until")).order_by(*in_order)
    yield Query(
        "messages_due",
        "Messages at a stage that are to be looked at by an instant, the earliest first.",
        "rows",
        due.limit(bindparam("most", type_=Integer)),
        kind,
    )


def _messages_counted() -> Iterator[Query]:
    message = table_of(tables.Message)
    not_cancelled = text(tables.NOT_CANCELLED)
    counted = select(func.count()).select_from(message)
    count = counted.where(matches(message, "contest", "stage"), not_cancelled)
    stage = Row(
        "StageRow",
        "The number of messages at a stage, and when the first is looked at next.",
        (
            message.c.stage,
            func.count().label("messages"),
            func.min(message.c.next_at).label("earliest"),
        ),
    )
    yield Query(
        "count_due",
        "The number of messages at a stage that are to be looked at by an instant.",
        "number",
        count.where(message.c.next_at <= bindparam("until")),
    )
    yield Query(
        "sent_since",
        "The number of messages that came to a stage after an instant.",
        "number",
        count.where(message.c.next_at > bindparam("since")),
    )
    yield Query(
        "stage_rows",
        "The number of messages at each stage but cancelled.",
        "rows",
        select(*stage.columns)
        .where(matches(message, "contest"), not_cancelled)
        .group_by(message.c.stage),
        stage,
    )
    yield Query(
        "last_message",
        "The highest number of a message; 0 while there is none.",
        "number",
        select(func.max(message.c.number)).where(matches(message, "contest")),
    )


def _mail() -> Iterator[Query]:
    message, mail, courier = (
        table_of(model) for model in (tables.Message, tables.Mail, tables.Courier)
    )
    yield Query("add_messages", "Adds messages.", "each", insert(message))
    fixed = ("contest", "number", "case_id", "notification", "occurrence", "recipient")
    moved = ("stage", "worker", "lease_until")
    changed = tuple(column.name for column in message.c if column.name not in fixed)
    unchanged = (message.c.stage == bindparam("was")) & (
        message.c.worker == bindparam("was_worker")
    )
    for name, about, columns in (
        ("change_rows", "Changes messages, each at the stage and with the worker it had.", changed),
        ("turn_rows", "Changes the stages and workers of messages, and nothing else.", moved),
    ):
        clause = update_of(message, ("contest", "number"), columns).where(unchanged)
        yield Query(name, about, "each", clause)
    of_mail = matches(mail, "contest", "number")
    yield Query(
        "mail",
        "The bytes of a message as they leave, or left.",
        "value",
        select(as_bytes(mail.c.content)).where(of_mail),
    )
    yield Query("add_mail", "Keeps the bytes of a message.", "each", insert(mail))
    yield Query(
        "remove_mail", "Removes the bytes of a message.", "count", delete(mail).where(of_mail)
    )
    pause = row_of("PauseRow", "Why no mail leaves, and until when.", tables.Courier)
    yield Query(
        "pause",
        "Why no mail leaves, and until when.",
        "row",
        select(*pause.columns).where(matches(courier, "contest")),
        pause,
    )
    yield Query("add_pause", "Has no mail leave for a time.", "each", insert(courier))
    yield Query("remove_pause", "Lets mails leave again.", "count", delete_of(courier, "contest"))
