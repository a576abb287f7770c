"""What a server does by itself: its guards, its refusals, and the way that it takes to rows."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

import ptce_workflow.store.postgresql as server
from ptce_workflow.app.locations import database_url
from ptce_workflow.base.errors import Busy, Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import use_language
from ptce_workflow.process.letters.message import Message
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.rows_postgresql import TEXTS
from tests.rehearsal import BEGINNING, begin, opened, submitted, told
from tests.servers import bare_database, by_hand, drop, fresh_database, name_of, run, waits
from tests.store.places import CONTEST, FIRST, candidature, fill, line

pytestmark = pytest.mark.served

_LINE = "ledger (contest, n, prev, line)"
_NEXT = f"'{CONTEST}', 4, '{3:064x}', '{{}}'"
_REFUSED = {
    "update of a line": "UPDATE ledger SET line = '' WHERE n = 2",
    "delete of a line": "DELETE FROM ledger WHERE n = 3",
    "delete of all": "DELETE FROM ledger",
    "truncate": "TRUNCATE ledger",
    "truncate with what hangs on it": "TRUNCATE side, process_file, ledger CASCADE",
    "upsert of a line": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 2, 'x', '') "
    "ON CONFLICT (contest, n) DO UPDATE SET line = excluded.line",
    "merge into a line": "MERGE INTO ledger USING (SELECT 2 AS n) AS other ON ledger.n = other.n "
    "WHEN MATCHED THEN UPDATE SET line = ''",
    "next line that does not name the head": f"INSERT INTO {_LINE} "
    f"VALUES ('{CONTEST}', 4, '{1:064x}', '')",
    "two lines that name the head": f"INSERT INTO {_LINE} VALUES ({_NEXT}), "
    f"('{CONTEST}', 5, '{3:064x}', '')",
    "gap": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 5, '{4:064x}', '')",
    "gap within one statement": f"INSERT INTO {_LINE} VALUES ({_NEXT}), "
    f"('{CONTEST}', 6, '{5:064x}', '')",
    "duplicate": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 3, '{2:064x}', '')",
    "no number": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', NULL, 'x', '')",
    "second line of a new contest": f"INSERT INTO {_LINE} VALUES ('new', 2, '{FIRST}', '')",
    "copied in": "INSERT INTO ledger SELECT contest, n + 7, prev, line FROM ledger",
    "a ledger of the session's own": "CREATE TEMP TABLE ledger (LIKE ledger); "
    f"INSERT INTO public.{_LINE} VALUES ('{CONTEST}', 1, '{FIRST}', '')",
    "update of a side row": "UPDATE side SET data = ''",
    "update of an archived file": "UPDATE process_file SET content = ''",
    "delete of an archived file": "DELETE FROM process_file",
    "truncate of the archive": "TRUNCATE process_file",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database that holds a contest of three lines, and nobody has open."""
    url = fresh_database()
    with closing(Database.open(url)) as database:
        fill(database)
    yield url
    drop(url)


@pytest.mark.parametrize("statement", _REFUSED.values(), ids=_REFUSED.keys())
def test_what_is_typed_in_haste_is_refused(url: str, statement: str) -> None:
    with by_hand(url) as server:
        if "MERGE" in statement and server.connection.info.server_version < 150_000:
            pytest.skip("There is no MERGE before PostgreSQL 15.")
    with pytest.raises((psycopg.errors.RaiseException, psycopg.IntegrityError)):
        run(url, statement)
    with by_hand(url) as server:
        assert server.execute("SELECT COUNT(*) FROM public.ledger").fetchone() == (3,)


def test_the_next_line_is_let_in_and_a_side_row_goes(url: str) -> None:
    with by_hand(url) as server:
        server.execute(f"INSERT INTO {_LINE} VALUES ({_NEXT})")
        server.execute(f"INSERT INTO {_LINE} VALUES ('new', 1, '{FIRST}', '')")
        assert server.execute("DELETE FROM side").rowcount == 1
        server.connection.rollback()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TRIGGER ledger_frozen ON ledger", "ledger_frozen is gone"),
        ("ALTER TABLE side DISABLE TRIGGER side_frozen", "side_frozen was changed"),
        ("ALTER TABLE ledger ENABLE REPLICA TRIGGER ledger_next", "ledger_next was changed"),
        (
            "CREATE OR REPLACE TRIGGER ledger_frozen BEFORE DELETE ON ledger "
            "FOR EACH ROW EXECUTE FUNCTION ptce_refuse()",
            "ledger_frozen was changed",
        ),
        (
            "CREATE OR REPLACE FUNCTION ptce_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NEW; END'",
            "function ptce_refuse.. was changed",
        ),
        ("ALTER FUNCTION ptce_next_line() SET search_path = pg_temp", "ptce_next_line.. was"),
        ("ALTER FUNCTION ptce_case(bytea) VOLATILE", "ptce_case.. was changed"),
        (
            "CREATE TRIGGER quiet BEFORE INSERT ON counter FOR EACH ROW "
            "EXECUTE FUNCTION ptce_refuse()",
            "quiet acts in the tables",
        ),
        ("CREATE RULE aside AS ON INSERT TO side DO INSTEAD NOTHING", "aside acts in the tables"),
        (
            "ALTER TABLE document RENAME TO mine; CREATE VIEW document AS SELECT * FROM mine",
            "document acts in the tables",
        ),
        (
            "CREATE RULE ledger_frozen AS ON INSERT TO ledger DO INSTEAD NOTHING",
            "The trigger ledger_frozen was changed",
        ),
        (
            "ALTER TABLE counter ADD CONSTRAINT candidature_due CHECK (value < 9)",
            "candidature_due was changed",
        ),
        ("ALTER TABLE ledger DROP CONSTRAINT ledger_pkey", "The key ledger_pkey is gone"),
        (
            "ALTER TABLE side DROP CONSTRAINT side_pkey, ADD PRIMARY KEY (contest, n, data)",
            "The key side_pkey was changed",
        ),
        ("ALTER TABLE ledger ENABLE ROW LEVEL SECURITY", "ledger .row security. acts"),
        ("ALTER TABLE ledger SET UNLOGGED", "ledger .unlogged. acts"),
        ("DROP INDEX ledger_case", "The index ledger_case is gone"),
        (
            "DROP INDEX candidature_due; CREATE INDEX candidature_due ON candidature (due)",
            "The index candidature_due was changed",
        ),
        (
            "ALTER TABLE message DROP CONSTRAINT message_contest_number_key",
            "The key message_contest_number_key is gone",
        ),
        ("ALTER TABLE ledger ALTER prev DROP NOT NULL", "The column ledger.prev was changed"),
        (
            "ALTER TABLE candidature ALTER due TYPE varchar(40)",
            "column candidature.due was changed",
        ),
        ("ALTER TABLE person ALTER login TYPE varchar", "The column person.login was changed"),
        ("ALTER TABLE counter ALTER value SET DEFAULT 0", "The column counter.value was changed"),
        ("ALTER TABLE mail DROP content", "The column mail.content is gone"),
        (
            "DROP INDEX candidature_due; CREATE INDEX candidature_due ON candidature "
            "(contest, due) WHERE due <> '' AND ref <> 'C-012'",
            "The index candidature_due was changed",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'message_next'::regclass",
            "The index message_next was changed",
        ),
        ("CREATE INDEX for_a_report ON candidature (since)", "for_a_report acts in the tables"),
        ("ALTER TABLE candidature ADD my_note TEXT", "candidature.my_note acts in the tables"),
        ("CREATE TABLE child () INHERITS (ledger)", "ledger .inherited. acts in the tables"),
        (
            "ALTER TABLE counter ALTER value ADD GENERATED ALWAYS AS IDENTITY",
            "The column counter.value was changed",
        ),
        (
            "CREATE TABLE theirs (sha256 varchar REFERENCES document)",
            "theirs_sha256_fkey acts in the tables",
        ),
        (
            "ALTER TABLE schema_version ALTER version TYPE varchar",
            "The column schema_version.version was changed",
        ),
        ("CREATE UNIQUE INDEX one_each ON counter (value)", "one_each acts in the tables"),
        ("ALTER TABLE person ADD CONSTRAINT no_one CHECK (active)", "no_one acts in the tables"),
        (
            "GRANT DELETE, INSERT ON ledger TO PUBLIC",
            "To take it away: REVOKE DELETE, INSERT ON ledger FROM PUBLIC",
        ),
        (
            "GRANT UPDATE (version) ON schema_version TO PUBLIC",
            "REVOKE UPDATE .version. ON schema_version FROM PUBLIC",
        ),
    ],
)
def test_what_guards_the_tables_is_told_when_it_is_altered(statement: str, told: str) -> None:
    url = fresh_database()
    with closing(Database.open(url)) as database:
        run(url, "CREATE TABLE mine_beside (x TEXT UNIQUE)", "CREATE VIEW of_mine AS SELECT 1")
        run(
            url,
            "CREATE TRIGGER mine BEFORE DELETE ON mine_beside FOR EACH ROW "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        )
        assert database.altered() == []
        run(url, statement)
        found = database.altered()
    drop(url)
    assert re.search(told, "\n".join(found))


def test_several_contests_share_a_database() -> None:
    url = fresh_database()
    with closing(Database.create(url)) as one, closing(Database.create(url)) as other:
        with one.writing("one") as repo, other.writing("two") as beside:
            for each, name in ((repo, "one"), (beside, "two")):
                each.add_contest(ContestRow(name, "f" * 64, False, "{}", 0, FIRST, "", ""))
                each.append_lines([line(1, contest=name)])
        with one.reading() as repo:
            assert [row.contest for row in repo.contests()] == ["one", "two"]
    drop(url)


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements went to the server each time that it was waited for."""
    sent, trips = server._ServerConnection.ask, list[int]()

    def counted(connection: server._ServerConnection, *asked: Any) -> Any:
        trips.append(len(connection._queue) + len(asked))
        return sent(connection, *asked)

    monkeypatch.setattr(server._ServerConnection, "ask", counted)
    return trips


def test_a_server_is_waited_for_twice_in_an_act(trips: list[int]) -> None:
    url = fresh_database()
    with closing(Database.open(url)) as database:
        fill(database)
        trips.clear()
        with database.writing(CONTEST, [("contest", CONTEST), ("last_line", CONTEST)]) as repo:
            n = repo.contest(CONTEST).head_n + 1
            assert repo.last_line(CONTEST) == line(n - 1)["line"]
            repo.append_lines([line(n)])
            repo.set_head(CONTEST, n, f"{n:064x}")
            repo.add_to_counters(CONTEST, {("lines", ""): 1, ("lines", "31"): 1})
        assert trips == [4, 4]
        # What was asked ahead is not told once something was written.
        with database.writing(CONTEST, [("contest", CONTEST)]) as repo:
            repo.set_moved(CONTEST, "elsewhere")
            assert repo.contest(CONTEST).moved_to == "elsewhere"
    drop(url)


def test_several_rows_are_one_statement(url: str) -> None:
    with psycopg.connect(url) as connection:
        for name, text in TEXTS.items():
            holds_bytes = "%(line)s" in text or "%(content)s" in text
            if text.startswith(("INSERT", "UPDATE")) and not holds_bytes:
                [(several, values)] = server._statements(text, [{}, {}])
                assert values == {"rows": "[{},{}]"}, name
                connection.execute(several, {"rows": "[]"})
    [one, other] = server._statements(TEXTS["insert_lines"], [line(4), line(5)])
    assert one == (TEXTS["insert_lines"], line(4))
    assert other[1] == line(5)


def test_what_is_asked_ahead_is_as_of_the_turn(trips: list[int]) -> None:
    url = fresh_database()

    def late() -> str:
        with (
            closing(Database.open(url)) as waiter,
            waiter.writing(CONTEST, [("contest", CONTEST), ("last_line", CONTEST)]) as repo,
        ):
            assert repo.last_line(CONTEST) is not None
            return repo.contest(CONTEST).content

    with ThreadPoolExecutor(1) as elsewhere, closing(Database.open(url)) as database:
        fill(database)
        with database.writing(CONTEST) as repo:
            found = elsewhere.submit(late)
            while not waits(url):
                assert not found.done()
            repo.set_content(CONTEST, "newer")
            trips.clear()
        assert found.result() == "newer"
    # What the one writes, and its end; the end of the other, whose questions went with its turn.
    assert trips == [1, 1, 1]
    drop(url)


def test_what_is_asked_in_one_go_is_not_asked_again(trips: list[int]) -> None:
    url = fresh_database()
    with closing(Database.open(url)) as database:
        fill(database)
        with database.writing(CONTEST, [("contest", CONTEST)]) as repo:
            trips.clear()
            # The contest was asked as the transaction began, and a line is read twice.
            asked = [("bytes_of_line", CONTEST, n) for n in (1, 2, 1)]
            repo.ask_ahead([("contest", CONTEST), *asked])
            found = [repo.line(CONTEST, n) for n in (1, 2, 1)]
            assert found == [line(n)["line"] for n in (1, 2, 1)]
            assert repo.contest(CONTEST).head_n == 3
            assert trips == [2]
            repo.set_moved(CONTEST, "elsewhere")
            assert repo.contest(CONTEST).moved_to == "elsewhere"
    drop(url)


def test_verifying_names_what_was_altered(tmp_path: Path) -> None:
    folder, clock = tmp_path / "contest", SetClock(BEGINNING)
    begin(folder, clock, on_server=True)
    url = str(database_url(folder))
    with opened(folder, clock) as contest:
        submitted(contest)
        assert told(contest) == []
        run(url, "DROP TRIGGER ledger_frozen ON ledger")
        assert told(contest) == [(0, "The trigger ledger_frozen is gone.")]
    drop(url)


def test_a_mail_that_somebody_holds_keeps_no_other_waiting() -> None:
    url = fresh_database()
    columns: dict[str, object] = dict.fromkeys(Message.__struct_fields__, "")
    columns |= {
        "contest": CONTEST,
        "stage": "queued",
        "held": False,
        "sequence": 0,
        "attempts": 0,
        "erased": False,
    }
    asked = (CONTEST, "queued", "9999", 2)
    with closing(Database.open(url)) as database, by_hand(url) as server:
        with database.writing(CONTEST) as repo:
            repo.add_messages([{**columns, "number": n, "occurrence": str(n)} for n in (1, 2, 3)])
        server.execute("SELECT 1 FROM message WHERE number = 1 FOR UPDATE")
        with database.writing(CONTEST) as repo:
            assert [row.number for row in repo.messages_to_claim(*asked)] == [2, 3]
        server.connection.rollback()
        with database.writing(CONTEST) as repo:
            assert [row.number for row in repo.messages_to_claim(*asked)] == [1, 2]
    drop(url)


def test_text_is_compared_by_its_bytes(url: str) -> None:
    names = ["C-2", "c-1", "é", "Z", "a"]
    with closing(Database.open(url)) as database, database.writing("order") as repo:
        repo.add_candidatures(
            [
                candidature(n, contest="order", id=f"order-{n}", ref=name)
                for n, name in enumerate(names)
            ]
        )
        assert [row.ref for row in repo.every_candidature("order")] == sorted(names)


def test_lines_that_are_damaged_are_read_all_the_same() -> None:
    url = fresh_database()
    contents = [b'{"case":"case-1"}\n', b'{"case":"ca', b"\xff\x00", b'{"case":null}\n', b"7\n"]
    with closing(Database.open(url)) as database, database.writing(CONTEST) as repo:
        repo.append_lines([line(n, content=content) for n, content in enumerate(contents, 1)])
        assert [row.n for row in repo.lines_about(CONTEST, "case-1")] == [1]
        assert [row.n for row in repo.lines_about_none(CONTEST)] == [2, 3, 4, 5]
        assert [row.line for row in repo.lines(CONTEST)] == contents
    drop(url)


# --- The way to the rows ------------------------------------------------------------------------

_USED = {
    "lines_about": {"ledger_case"},
    "clock_lines": {"ledger_clock"},
    "sides_of_line": {"side_pkey"},
    "candidature": {"candidature_contest_ref_key"},
    "candidature_by_id": {"candidature_pkey"},
    "person": {"person_login", "person_pkey"},
    "next_due": {"candidature_due"},
    "due_until": {"candidature_due"},
    "messages_standing": {"message_standing", "message_pkey"},
    "messages_of": {"message_pkey"},
    "messages_due": {"message_next"},
    "messages_to_claim": {"message_next"},
    "last_message": {"message_contest_number_key"},
    "change_rows": {"message_contest_number_key"},
    "move_candidatures": {"candidature_pkey"},
    "mail": {"mail_pkey"},
}


@pytest.fixture(scope="module")
def large() -> Iterator[str]:
    """A database that holds two contests of some thousand rows, looked over by the server."""
    url = fresh_database()
    rows = f"FROM generate_series(1, 3000) AS i, (VALUES ('{CONTEST}'), ('other')) AS c (contest)"
    with by_hand(url) as server:
        server.execute("SET session_replication_role = replica")
        for statement in (
            "INSERT INTO ledger SELECT contest, i, i::text, convert_to(format("
            f"""'{{"case":"%s-%s","type":"x"}}', contest, i % 700), 'UTF8') {rows}""",
            f"INSERT INTO side SELECT contest, i, 's', '', '' {rows}",
            "INSERT INTO candidature SELECT contest, contest || i, i::text, 'draft', '', i, '', "
            f"CASE WHEN i % 2 = 0 THEN i::text ELSE '' END, '', '' {rows}",
            f"INSERT INTO person SELECT contest, i::text, '', NULL, i::text, '', true {rows}",
            "INSERT INTO message SELECT contest, i, contest || i % 700, 'n', i::text, 'r', '', "
            "i::text, (ARRAY['sent', 'cancelled', 'planned', 'queued'])[1 + i % 4], false, 0, 0, "
            f"'', '', '', '', '', '', '', '', false {rows}",
            f"INSERT INTO mail SELECT contest, i, '' {rows}",
            "ANALYZE",
        ):
            server.execute(statement)
    yield url
    drop(url)


@pytest.mark.parametrize("name", _USED)
def test_rows_are_found_by_an_index(large: str, name: str) -> None:
    text = TEXTS[name].replace("{slots}", "VALUES (%(a)s, %(b)s, %(c)s)")
    values: dict[str, object] = dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "7")
    numbers = dict.fromkeys(re.findall(r"%\((\w+)\)s::INTEGER", text), 7)
    values |= {"contest": CONTEST, "case_id": f"{CONTEST}-7", "held": True, "erased": True}
    values |= {"stage": "queued", "was": "queued"}
    with by_hand(large) as server:
        plan = server.connection.execute(f"EXPLAIN {text}", values | numbers).fetchall()
    told = "\n".join(row for (row,) in plan)
    assert set(re.findall(r"Index (?:Only )?Scan (?:\w+ )?(?:using|on) (\w+)", told)) == _USED[name]
    assert "Seq Scan" not in told


# --- Refusals -----------------------------------------------------------------------------------

_SECRET = "hunter-2"


def _refusal(url: str) -> PtceError:
    with pytest.raises(PtceError) as refusal:
        Database.open(url)
    told = f"{refusal.value.what} {refusal.value.why} {refusal.value.mend}"
    assert _SECRET not in told
    assert "Traceback" not in told
    return refusal.value


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        told = _refusal(f"postgresql://desk:{_SECRET}@127.0.0.1:{port}/ptce")
    assert "cannot be reached" in told.what
    assert f"postgresql://desk@127.0.0.1:{port}/ptce" in told.what
    assert "refused" in told.why


_NOT_NOW, _TURNED_DOWN = "is not available for now", "refuses the connection"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("the database system is starting up", _NOT_NOW),
        ("the database system is in recovery mode", _NOT_NOW),
        ("the database system is not accepting connections", _NOT_NOW),
        ("le système de bases de données se lance", _NOT_NOW),
        ("le rôle « desk » n'existe pas", _TURNED_DOWN),
        ("la base de données « ptce » n'existe pas", _TURNED_DOWN),
        ("Rolle »desk« existiert nicht", _TURNED_DOWN),
    ],
)
def test_a_server_that_refuses(said: str, what: str) -> None:
    fields = f"SFATAL\0C57P03\0M{said}\0\0".encode()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def refuse() -> None:
            asking, _whose = server.accept()
            with asking:
                asking.recv(1024)
                asking.sendall(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)

        answering = Thread(target=refuse)
        answering.start()
        plain = f"127.0.0.1:{server.getsockname()[1]}/ptce?sslmode=disable&gssencmode=disable"
        told = _refusal(f"postgresql://desk:{_SECRET}@{plain}")
        answering.join()
    assert what in told.what
    assert said in told.why
    assert ("createdb" in told.mend) == (what == _TURNED_DOWN)


@pytest.mark.parametrize(
    ("role", "name", "told"),
    [
        ("nobody", None, _TURNED_DOWN),
        ("locked_out", None, _TURNED_DOWN),
        (None, "nowhere", _TURNED_DOWN),
        ("crowded", None, _NOT_NOW),
    ],
)
def test_a_server_that_lets_nobody_in(
    url: str, role: str | None, name: str | None, told: str
) -> None:
    with by_hand(url, autocommit=True) as server:
        for made in ("locked_out NOLOGIN", "crowded LOGIN CONNECTION LIMIT 0"):
            server.execute(f"CREATE ROLE {made}")
        try:
            place = url.replace("postgres:@", f"{role or 'postgres'}:{_SECRET}@")
            place = place.replace(name_of(url), name or "postgres")
            refusal = _refusal(place)
        finally:
            for made in ("locked_out", "crowded"):
                server.execute(f"DROP ROLE {made}")
    assert told in refusal.what
    assert isinstance(refusal, Busy) == (role == "crowded")


def test_a_role_without_a_right(url: str) -> None:
    """It reads what it may, and is told what it may not."""
    with by_hand(url, autocommit=True) as server:
        server.execute("CREATE ROLE reads LOGIN")
        server.execute("GRANT SELECT ON contest, schema_version TO reads")
        try:
            with closing(Database.open(url.replace("postgres:@", "reads@"))) as database:
                with database.reading() as repo:
                    assert repo.contests()
                with (
                    pytest.raises(PtceError, match="may not do that") as refusal,
                    database.writing(CONTEST) as repo,
                ):
                    repo.set_head(CONTEST, 4, FIRST)
        finally:
            server.execute("DROP OWNED BY reads")
            server.execute("DROP ROLE reads")
    assert "permission denied" in refusal.value.why


def test_a_database_that_only_reads(url: str) -> None:
    name = name_of(url)
    run(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        with (
            closing(Database.open(url)) as database,
            pytest.raises(PtceError, match="cannot be written") as refusal,
            database.writing(CONTEST) as repo,
        ):
            repo.set_head(CONTEST, 4, FIRST)
    finally:
        with by_hand(url, autocommit=True) as server:
            server.execute("SET default_transaction_read_only = off")
            server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert "standby" in refusal.value.why


def test_another_writes_all_the_while(url: str) -> None:
    with (
        closing(Database.open(url)) as holder,
        closing(Database.open(url, busy_timeout_ms=20)) as waiter,
        holder.writing(CONTEST),
    ):
        with waiter.writing("other"):
            pass
        with pytest.raises(Busy, match="is busy; nothing was written"), waiter.writing(CONTEST):
            pass
    with closing(Database.open(url)) as database, database.writing(CONTEST):
        pass


def test_who_is_refused_a_turn_has_waited_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Database.open(url, busy_timeout_ms=30)) as waiter, by_hand(url) as maker:
        with waiter.writing(CONTEST):
            pass
        maker.execute("LOCK TABLE contest IN ACCESS EXCLUSIVE MODE")
        monkeypatch.delattr(psycopg, "connect")
        busy = pytest.raises(Busy, match="is busy; nothing was written")
        with busy, waiter.writing(CONTEST) as repo:
            repo.contests()
    monkeypatch.undo()
    with closing(Database.open(url)) as database, database.writing(CONTEST):
        pass


def test_what_takes_too_long(url: str) -> None:
    brief = f"{url}&options=-c%20statement_timeout%3D20"
    with (
        closing(Database.open(url)) as holder,
        closing(Database.open(brief)) as waiter,
        holder.writing(CONTEST),
        pytest.raises(PtceError, match="cut short what was asked") as refusal,
        waiter.writing(CONTEST),
    ):
        pass
    assert "statement timeout" in refusal.value.why
    assert not isinstance(refusal.value, Busy)


def test_a_file_that_the_server_cannot_open(url: str) -> None:
    """It is told of the disk, though the server calls it a right that is missing."""
    where = "SELECT current_setting('data_directory'), pg_relation_filepath('ledger')"
    with by_hand(url) as server:
        file = Path(*server.execute(where).fetchone())
    mode = file.stat().st_mode
    file.chmod(0)
    try:
        with (
            closing(Database.open(url)) as database,
            pytest.raises(PtceError, match="disk failed"),
            database.reading() as repo,
        ):
            repo.line(CONTEST, 1)
    finally:
        file.chmod(mode)


def test_a_connection_that_is_lost(url: str) -> None:
    with closing(Database.open(url)) as database:

        def act() -> None:
            with database.writing(CONTEST) as repo:
                pid = repo.driver.info.backend_pid
                run(url, f"SELECT pg_terminate_backend({pid})")
                repo.set_head(CONTEST, 9, FIRST)

        with pytest.raises(PtceError, match="was lost"):
            act()
        with database.writing(CONTEST) as repo:
            assert repo.contest(CONTEST).head_n == 3


def test_text_that_a_server_does_not_take(url: str) -> None:
    with (
        closing(Database.open(url)) as database,
        pytest.raises(PtceError, match="cannot hold that"),
        database.writing(CONTEST) as repo,
    ):
        repo.add_candidatures([candidature(1, name="a\0b")])


def test_a_database_that_is_not_ours() -> None:
    url = bare_database()
    assert "is not the database of a contest" in _refusal(url).what
    run(url, "CREATE TABLE ledger (subject TEXT)")
    with pytest.raises(PtceError, match="is there already"):
        Database.create(url)
    with by_hand(url) as server:
        tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname !~ '^(pg|sql)_'"
        assert server.execute(tables).fetchall() == [("ledger",)]
    drop(url)
    url = fresh_database()
    run(url, "DELETE FROM schema_version")
    assert "and holds 0" in _refusal(url).why
    drop(url)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://desk:{_SECRET}@2@db.example/ptce",
        f"postgresql://desk:12/{_SECRET}@db.example/ptce",
        f"postgresql://desk:{_SECRET}?x@db.example/ptce",
        f"postgresql://desk:{_SECRET}@db.example:port/ptce",
        f"postgresql://db.example/ptce?password={_SECRET}&nothing=known",
    ],
)
def test_a_password_that_an_address_cannot_hold(address: str) -> None:
    """It would be taken for a host, or a name, and be shown: nothing of it is repeated."""
    refusal = _refusal(address)
    assert isinstance(refusal, Misuse)
    assert "%40" in refusal.mend


def test_an_address_that_asks_for_what_there_is_not(url: str) -> None:
    """What it asks wrongly is named, though the server runs."""
    told = _refusal(f"postgresql://desk:{_SECRET}@db.example/ptce?sslmod=require")
    assert '"sslmod" is no setting' in told.why
    for asked in ("target_session_attrs=standby", "sslmode=bogus", "target_session_attrs=bogus"):
        told = _refusal(f"{url}&{asked}")
        assert "cannot be reached" in told.what
        assert "target_session_attrs" in told.mend


def test_several_servers_in_an_address() -> None:
    """Each is named with its port, so that it can be typed again."""
    for typed, said in (
        ("postgresql://a.example:1,b.example:2/ptce", "a.example:1,b.example:2"),
        ("POSTGRESQL://a.example,b.example:2/ptce", "a.example,b.example:2"),
        ("postgres://a.example,b.example/ptce?port=5", "a.example:5,b.example:5"),
    ):
        assert Database(typed).place == f"postgresql://{said}/ptce"


@pytest.mark.parametrize(
    "word",
    [
        f"host=db.example dbname=ptce password={_SECRET}",
        f"postgresql:/desk:{_SECRET}@db.example/ptce",
        f"postgresql//desk:{_SECRET}@db.example/ptce",
    ],
)
def test_what_is_meant_as_an_address(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_DATABASE", word)
    with pytest.raises(Misuse, match="is not the address") as refusal:
        database_url(Path())
    assert _SECRET not in f"{refusal.value.what} {refusal.value.why} {refusal.value.mend}"
    for file in ("postgres/contest.db", "ghost.db"):
        monkeypatch.setenv("PTCE_DATABASE", file)
        assert database_url(Path()) == Path(file)


def test_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said."""
    for name in ("psycopg", "ptce_workflow.store.postgresql"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    refusal = _refusal(f"postgresql://desk:{_SECRET}@db.example/ptce")
    assert "No driver is installed" in refusal.what
    assert "pip install" in refusal.mend


def test_in_french(url: str) -> None:
    """As it is told by default."""
    use_language("fr")
    assert "injoignable" in _refusal(f"postgresql://desk:{_SECRET}@[::1]:1/ptce").what


def test_reading_and_writing_load_no_library(url: str) -> None:
    program = (
        "import sys; from ptce_workflow.store.database import Database\n"
        "with Database.open(sys.argv[1]).writing('small-2024') as unit:\n"
        "    unit.contest('small-2024')\n"
        "sys.exit(bool({'sqlalchemy', 'sqlmodel', 'pydantic'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", program, url]
    assert subprocess.run(command, cwd=Path(__file__).parents[2]).returncode == 0
