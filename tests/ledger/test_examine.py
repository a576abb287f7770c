"""A ledger tells on whoever touches it: which line, and what is wrong with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.ledger.events.base import MODULES
from ptce_workflow.ledger.line import decode, digest
from tests.rehearsal import attack, forge, lines, told, types

EACH = pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.slow)])
"""Of so many lines one is tried; the slow tests try each."""

Found = set[int]


def found(contest: Contest) -> Found:
    """The lines that verifying names; 0 for what concerns none in particular."""
    return {line for line, _what in told(contest)}


def first(contest: Contest) -> int:
    """The first line that verifying names."""
    return min(line for line in found(contest) if line)


def write(database: Any, n: int, content: bytes) -> None:
    """Puts other bytes in the place of a line."""
    database.execute("UPDATE ledger SET line = ? WHERE n = ?", (content, n))


def number(contest: Contest, kind: str) -> int:
    """The number of the first line of a kind."""
    return types(contest).index(kind) + 1


def test_the_story_is_whole(full: Contest) -> None:
    report = verify(full)
    assert (report.lines, report.candidatures, report.processes) == (34, 5, 2)
    assert report.intact
    elsewhere = {
        "contest_facts_recorded",
        "rank_recorded",
        "personal_data_erased",
        "key_changed",
        "candidature_handed_over",
        "links_declared",
        "links_cleared",
        "institution_recused",
        "recusal_lifted",
        "sheet_received",
        "note_written",
        "mail_received",
        "facts_received",
        "facts_carried",
        "facts_rectified",
        "scores_rectified",
        *(kind for kind in MODULES if MODULES[kind] in ("sitting", "mail", "delivery")),
    }
    assert set(types(full)) == MODULES.keys() - elsewhere


def bent(content: bytes) -> Iterator[bytes]:
    """A line with one byte changed, at places from its first to its last."""
    places = {0, 1, *range(9, len(content), 83), len(content) - 2, len(content) - 1}
    for place in sorted(places):
        flip = 0x20 if place % 2 else 1
        yield content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]


@EACH
def test_one_byte_anywhere(full: Contest, step: int) -> None:
    """One byte of any line changed: that line is named, and none before it."""
    tried = 0
    for n, content in list(enumerate(lines(full), 1))[::step]:
        for other in bent(content):
            with attack(full) as database:
                write(database, n, other)
            assert first(full) == n, (n, other)
            tried += 1
        with attack(full) as database:
            write(database, n, content)
    assert tried > 250 / step
    assert verify(full).intact


@EACH
@pytest.mark.sqlite("a server takes no text for bytes")
def test_one_byte_by_the_shell(full: Contest, step: int) -> None:
    for n in range(1, 35, step):
        with attack(full) as database:
            (before,) = database.execute("SELECT line FROM ledger WHERE n = ?", (n,)).fetchone()
            change = "UPDATE ledger SET line = replace(line, 'P-001', 'P-002') WHERE n = ?"
            if n < 3:
                change = "UPDATE ledger SET line = replace(line, 'a', 'b') WHERE n = ?"
            if b"P-001" not in before and n > 3:
                change = "UPDATE ledger SET line = replace(line, 'scheduler', 'P-001') WHERE n = ?"
            database.execute(change, (n,))
        assert first(full) == n
        with attack(full) as database:
            write(database, n, before)


@EACH
def test_prev_column(full: Contest, step: int) -> None:
    """The hash kept beside a line is compared with the one that the line names."""
    for n in range(1, 35, step):
        with attack(full) as database:
            (before,) = database.execute("SELECT prev FROM ledger WHERE n = ?", (n,)).fetchone()
            database.execute("UPDATE ledger SET prev = ? WHERE n = ?", ("e" * 64, n))
        assert told(full) == [(n, "The line is not in its place.")]
        with attack(full) as database:
            database.execute("UPDATE ledger SET prev = ? WHERE n = ?", (before, n))


def test_number_column(full: Contest) -> None:
    """A line moved to a number far away is missed where it was, and out of place where it is."""
    with attack(full) as database:
        database.execute("UPDATE ledger SET n = 99 WHERE n = 20")
    assert {20, 99} <= found(full)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda content: content.replace(b":", b": "), "canonical"),
        (lambda content: content.replace(b"\n", b"\r\n"), "canonical"),
        (lambda content: content + b"\n", "canonical"),
        (lambda content: content.removesuffix(b"\n"), "canonical"),
        (lambda content: content.replace(b"{", b'{"actor":"P-001",', 1), "canonical"),
        (lambda content: b"\xef\xbb\xbf" + content, "JSON"),
        (lambda content: content.decode().encode("utf-16"), "JSON"),
        (lambda content: b"", "JSON"),
    ],
)
def test_other_bytes_of_the_same_line(full: Contest, spoil: Any, why: str) -> None:
    with attack(full) as database:
        write(database, 12, spoil(lines(full)[11]))
    [reason] = [fault.why for fault in verify(full).faults if fault.what == "The line is damaged."]
    assert why in reason
    assert first(full) == 12


def test_deleted(full: Contest) -> None:
    """A line that is gone is missed by its number, wherever it was."""
    for n in (1, 2, 12, 21, 32, 34):
        with attack(full) as database:
            row = database.execute("SELECT * FROM ledger WHERE n = ?", (n,)).fetchone()
            database.execute("DELETE FROM ledger WHERE n = ?", (n,))
        assert first(full) == n
        gone = "The last lines are gone." if n == 34 else "The line is gone."
        assert (n, gone) in told(full)
        with attack(full) as database:
            database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?)", row)
    assert verify(full).intact


def test_all_deleted(full: Contest) -> None:
    """An empty ledger is not an intact one."""
    with attack(full) as database:
        database.execute("DELETE FROM ledger")
    assert first(full) == 1


def test_last_lines_deleted_with_the_head(full: Contest) -> None:
    with attack(full) as database:
        database.execute("DELETE FROM ledger WHERE n > 31")
        database.execute("DELETE FROM side WHERE n > 31")
        head = digest(lines(full)[30])
        database.execute("UPDATE contest SET head_n = 31, head_hash = ?", (head,))
    assert not verify(full).intact


def test_added_at_the_end(full: Contest) -> None:
    final = decode(lines(full)[-1])
    with attack(full) as database:
        more = replace(final, n=35, prev=digest(final.encode())).encode()
        row = ("small-2024", 35, digest(final.encode()), more)
        database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?)", row)
    assert (35, "The line was added by other means.") in told(full)


def test_inserted(full: Contest) -> None:
    """A line put in between breaks the chain there, even with every number moved up."""
    content = lines(full)
    with attack(full) as database:
        forged = [decode(line) for line in content]
        forged.insert(12, forged[11])
        forge(database, forged, head=False)
    assert not verify(full).intact


def test_put_in_between_without_forging_the_rest(full: Contest) -> None:
    with attack(full) as database:
        database.execute("UPDATE ledger SET n = -n, prev = 'x' || n WHERE n > 12")
        rows = database.execute("SELECT n, line FROM ledger WHERE n < 0").fetchall()
        for n, line in rows:
            prev = decode(line).prev
            database.execute("UPDATE ledger SET n = ?, prev = ? WHERE n = ?", (1 - n, prev, n))
        twelfth = lines(full)[11]
        more = replace(decode(twelfth), n=13, prev=digest(twelfth))
        row = ("small-2024", 13, "y", more.encode())
        database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?)", row)
    assert 14 in found(full)


def test_swapped(full: Contest) -> None:
    """Two lines that changed places are both out of place."""
    before = lines(full)
    for one, other in ((9, 10), (4, 5), (12, 30), (32, 34)):
        with attack(full) as database:
            write(database, one, before[other - 1])
            write(database, other, before[one - 1])
        assert {one, other} <= found(full)
        assert first(full) == one
        with attack(full) as database:
            write(database, one, before[one - 1])
            write(database, other, before[other - 1])


@EACH
def test_duplicated(full: Contest, step: int) -> None:
    """The same line twice: the second is out of its place."""
    before = lines(full)
    for n in range(2, 35, step):
        with attack(full) as database:
            write(database, n, before[n - 2])
        assert first(full) == n
        with attack(full) as database:
            write(database, n, before[n - 1])


def test_another_beginning(full: Contest, contest: Contest) -> None:
    """The first line of another contest is no beginning for this one."""
    genesis = replace(
        decode(lines(contest)[0]), data={**decode(lines(contest)[0]).data, "origin": "f" * 64}
    )
    with attack(full) as database:
        write(database, 1, genesis.encode())
    assert first(full) == 1


@pytest.mark.parametrize("n", [1, 3, 8, 20, 34])
def test_edited_and_chained_again(full: Contest, n: int) -> None:
    forged = [decode(line) for line in lines(full)]
    forged[n - 1] = replace(forged[n - 1], at="2024-02-20T09:00:00.000001Z")
    with attack(full) as database:
        forge(database, forged, head=False)
    assert (34, "The line was changed.") in told(full)


# The processes that judged.


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM process_file WHERE process = ?",
        "DELETE FROM process_file WHERE process = ? AND path = 'states/lapsed.toml'",
        "UPDATE process_file SET content = content || x'0a' "
        "WHERE process = ? AND path = 'config.toml'",
        "UPDATE process_file SET path = 'states/dropped.toml' "
        "WHERE process = ? AND path = 'states/lapsed.toml'",
        "INSERT INTO process_file VALUES (?, 'states/more.toml', x'')",
    ],
)
def test_process_bytes(full: Contest, change: str) -> None:
    """Bytes of a process that are gone, changed or more than they were are told, once each."""
    content = [decode(line) for line in lines(full)]
    adopted = number(full, "process_adopted")
    for process, needed in ((content[0].process, 1), (content[-1].process, adopted + 1)):
        with attack(full) as database:
            query = "SELECT * FROM process_file WHERE process = ?"
            before = database.execute(query, (process,)).fetchall()
            database.execute(change, (process,))
        missing = (needed, "The process that judged this line is missing or damaged.")
        assert told(full).count(missing) == 1
        with attack(full) as database:
            database.execute("DELETE FROM process_file WHERE process = ?", (process,))
            for row in before:
                database.execute("INSERT INTO process_file VALUES (?, ?, ?)", row)
    assert verify(full).intact


def test_process_adopted_and_never_used(contest: Contest) -> None:
    path = contest.folder / "config.toml"
    path.write_bytes(path.read_bytes() + b"# A remark.\n")
    hash_ = adopt(contest, "Une remarque.").after.hash
    with attack(contest) as database:
        database.execute("DELETE FROM process_file WHERE process = ?", (hash_,))
    [(_line, what)] = told(contest)
    assert what == "The process that judged this line is missing or damaged."


def test_a_contest_kept_open_sees_it_too(full: Contest) -> None:
    why(full, "C-004")
    with attack(full) as database:
        database.execute("DELETE FROM process_file")
    assert not verify(full).intact


@EACH
def test_a_line_may_say_anything(full: Contest, step: int) -> None:
    """Data that make no sense are a finding, never a crash."""
    content = [decode(line) for line in lines(full)]
    nonsense: list[Any] = [None, True, 7, "x", [], ["x"], {}, {"x": []}]
    for n in sorted({number(full, kind) for kind in types(full)})[::step]:
        line = content[n - 1]
        for key in line.data:
            for value in nonsense:
                if line.data[key] == value:
                    continue
                other = replace(line, data={**line.data, key: value})
                with attack(full) as database:
                    write(database, n, other.encode())
                assert first(full) == n, json.dumps([n, key, value])
        with attack(full) as database:
            write(database, n, line.encode())
