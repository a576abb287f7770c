"""The tables; `store.statements` has what reads and writes them.

Instants are text (`base.notation`), so that every database sorts and compares them alike; JSON
is text that the writers put in canonical order. `ledger` is the truth; `side`, `process_file`
and `document` are what it commits itself to; the rest can be worked out again from them.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    column,
    func,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

# Without a rowid SQLite keeps a row where its key is, and INSERT OR REPLACE has no second key by
# which to replace one (see `triggers`). Tables of larger rows keep theirs: a tree of keys that
# holds whole rows has few on a page, and writes several pages for each that is added.
_BY_KEY = {"sqlite_with_rowid": False}


class CaseOfLine(ColumnElement[str]):
    """Of which candidature a line tells; NULL for one that is damaged."""

    inherit_cache = True
    type = String()


@compiles(CaseOfLine)
def _case(_element: CaseOfLine, _compiler: Any, **_options: Any) -> str:
    line = "CAST(line AS TEXT)"
    return f"CASE WHEN json_valid({line}) THEN json_extract({line}, '$.case') END"


@compiles(CaseOfLine, "postgresql")
def _case_on_server(_element: CaseOfLine, _compiler: Any, **_options: Any) -> str:
    # A function of ours, see `schema`: there, to read what is damaged is an error.
    return "ptce_case(line)"


class LineOfType(ColumnElement[bool]):
    """True of a line of a type, and perhaps of others that say the same words."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, kind: str) -> None:
        self.words = f'\'"type":"{kind}"\''

    def self_group(self, against: Any = None) -> LineOfType:
        """Itself: SQLite, which has no booleans, would be asked whether it is 1."""
        return self


@compiles(LineOfType)
def _of_type(element: LineOfType, _compiler: Any, **_options: Any) -> str:
    return f"instr(line, CAST({element.words} AS BLOB)) > 0"


@compiles(LineOfType, "postgresql")
def _of_type_on_server(element: LineOfType, _compiler: Any, **_options: Any) -> str:
    return f"position({element.words} in line) > 0"


CLOCK = LineOfType("clock_accepted")
IS_DUE = "due <> ''"
NOT_CANCELLED = "stage <> 'cancelled'"
PENDING = "stage IN ('planned', 'held', 'queued', 'retry', 'claimed')"
"""Conditions of indexes, to be repeated word for word by whoever is to use them."""


def _partial(name: str, condition: str | LineOfType, *columns: str) -> Index:
    where = text(condition) if isinstance(condition, str) else condition
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class Stored(SQLModel):
    """The base of our tables, apart from whatever else a program declares."""

    metadata = MetaData()

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - a class has it
        """The name of the class in small letters, in words, without "Table"."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__.removesuffix("Table")).lower()


class OfContest(Stored):
    contest: str = Field(primary_key=True)


class Ledger(OfContest, table=True):
    """One line: its bytes, and the two columns by which it is found and chained."""

    __table_args__ = (
        # What is not given is -1 to a trigger, which looks whether there is such a row.
        CheckConstraint("rowid > 0").ddl_if(dialect="sqlite"),
        # Kept by the database itself: no column beside the bytes that somebody could change.
        Index("ledger_case", CaseOfLine()),
        _partial("ledger_clock", CLOCK, "n"),
    )

    n: int = Field(primary_key=True)
    prev: str
    line: bytes


class SideTable(OfContest, table=True):
    """The data that a line commits itself to and that may be erased, for one subject."""

    __table_args__ = _BY_KEY

    n: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    salt: str
    data: str


class ProcessFile(Stored, table=True):
    """One file of a process that was in force once."""

    __table_args__ = _BY_KEY

    process: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    content: bytes


class ProcessForm(Stored, table=True):
    """A process as `made_by` loads it without reading its files; see `process.process`."""

    process: str = Field(primary_key=True)
    made_by: str
    content: bytes


class DocumentTable(Stored, table=True):
    """A file that was handed in or attached, or a received mail, known by its hash."""

    sha256: str = Field(primary_key=True)
    content: bytes


class ContestTable(OfContest, table=True):
    """The process in force, and the head of the ledger as the last writer left it.

    `content` is what the lines about the contest as a whole amount to, see
    `app.projections.ContestContent`. `moved_to` names the database in which the contest goes on;
    empty where that is this one.
    `last_pass` is when its last pass began, or empty: no line tells it.
    """

    __table_args__ = _BY_KEY

    process: str
    rehearsal: bool
    content: str
    head_n: int
    head_hash: str
    moved_to: str
    last_pass: str


class CandidatureTable(OfContest, table=True):
    """A candidature as it stands: the columns that find it, and what lines amount to.

    `version` is the number of its last line, `due` when time will next make a transition, or empty.
    `content` is the struct without what may be erased, which is `name` and `private`.
    """

    __table_args__ = (
        UniqueConstraint("contest", "ref"),
        _partial("candidature_due", IS_DUE, "contest", "due"),
        # In the order in which lists print them.
        Index("candidature_page", "contest", "state", func.length(column("ref")), "ref"),
    )

    id: str = Field(primary_key=True)
    ref: str
    state: str
    since: str
    version: int
    name: str | None
    due: str
    content: str
    private: str


class Counter(OfContest, table=True):
    """A count or sum over candidatures; see `ledger.state`."""

    __table_args__ = _BY_KEY

    name: str = Field(primary_key=True)
    bucket: str = Field(primary_key=True)
    # A sum of amounts in hundredths outgrows 32 bits at 21 million euros.
    value: int = Field(sa_type=BigInteger)


class PersonTable(OfContest, table=True):
    """Someone enrolled; `login` and `private` may be erased."""

    # The contest would have SQLite rather walk through all of its people.
    __table_args__ = (Index("person_login", "login"), _BY_KEY)

    pseudonym: str = Field(primary_key=True)
    roles: str
    institution: str | None
    login: str | None
    private: str
    active: bool


class MessageTable(OfContest, table=True):
    """A mail to one recipient; `next_at` is when somebody looks at it next.

    `case_id` is empty for one about the contest. `words` holds the letter once it is written for
    good, `sha256` the hash of the bytes that leave. `worker` and `lease_until` say who is sending
    it, and until when nobody else may. `read` is the SHA-256 of the words that a person released or
    wrote, `sent` when a server last took it, or a person first said that it arrived; both are empty
    until then. `erased` once its words are gone.
    """

    __table_args__ = (
        UniqueConstraint("contest", "number"),
        # What was cancelled is not looked for by its stage, and an act cancels much.
        _partial("message_next", NOT_CANCELLED, "contest", "stage", "next_at", "number"),
        # What has left about a candidature, with its letters, is not read again at every act.
        _partial("message_standing", PENDING, "case_id"),
    )

    number: int
    case_id: str = Field(primary_key=True)
    notification: str = Field(primary_key=True)
    occurrence: str = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    due: str
    next_at: str
    stage: str
    held: bool
    sequence: int
    attempts: int
    worker: str
    lease_until: str
    words: str
    address: str
    sha256: str
    said: str
    read: str
    sent: str
    erased: bool


class MailTable(OfContest, table=True):
    """The bytes of a mail as they leave, or left; without those of its attachments."""

    number: int = Field(primary_key=True)
    content: bytes


class AttachmentTable(OfContest, table=True):
    """A file attached to the mail of a number; its bytes are a document, unless it is `erased`.

    `subjects` are the ids of the candidatures and the people in it, as JSON.
    """

    __table_args__ = (Index("attachment_document", "sha256"),)

    number: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    sha256: str
    name: str
    subjects: str
    erased: bool


class ReceivedMail(OfContest, table=True):
    """A received mail; its bytes, and those of its `pieces` (JSON), are documents.

    `last_piece` is the number of the last one: numbers go through all mails, erased ones too.
    `sha256` is of the whole mail, `read_at` when it was read, `received_at` the hour that counts,
    or empty. It belongs to the candidature `case_id` and answers the mail `message`, or neither.
    Until `kept_until` its documents are kept; where that is empty, for as long as its candidature,
    or all those of which a line names it as evidence.
    Once it is `erased` its number and its hash stay, so that it is not read again.
    """

    __table_args__ = (UniqueConstraint("contest", "sha256"),)

    number: int = Field(primary_key=True)
    sha256: str
    read_at: str
    received_at: str
    outcome: str
    why: str
    case_id: str
    message: str
    sender: str
    subject: str
    pieces: str
    last_piece: int
    kept_until: str
    erased: bool


class MailboxUid(OfContest, table=True):
    """A mail of a mailbox that was read, and is not fetched again."""

    __table_args__ = _BY_KEY

    mailbox: str = Field(primary_key=True)
    uidvalidity: int = Field(primary_key=True, sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)
    sha256: str


class Courier(OfContest, table=True):
    """Until when no mail leaves at all, and why: the server is down, or refuses us.

    `refusal` is what the server last said in refusal of a mail and may say of all (see
    `ServerAnswer.refusal`), `refusal_of` that mail, or 0 where it was more than one. Both are
    forgotten once a mail is accepted; the row may hold them alone, its pause over.
    """

    __table_args__ = _BY_KEY

    paused_until: str
    pauses: int
    why: str
    refusal: str = ""
    refusal_of: int = 0
