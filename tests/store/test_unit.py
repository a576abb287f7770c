"""What each read and write of a transaction does, on every database."""

from hashlib import sha256
from typing import Any

import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import (
    BriefRow,
    CandidatureRow,
    ContestRow,
    LineRow,
    ReceivedRow,
    SideRow,
    UidRow,
)
from tests.store.places import CONTEST, FIRST, candidature, line, person, side

pytestmark = pytest.mark.served

LONG_AGO, TODAY, LATER = (f"{year}-01-01T00:00:00.000000Z" for year in (1999, 2024, 2030))


class TestLedger:
    """Lines, side rows, archived files."""

    def test_lines_come_back_in_order_with_the_side_rows_of_their_number(
        self, database: Database
    ) -> None:
        with database.writing(CONTEST) as repo:
            repo.append_lines([line(1, content=b"one\n")])
            repo.append_lines([line(2, content=b"\xff\x00\n"), line(3)])
            repo.add_sides([side(1), side(3, "P-001", data='{"name":"é"}'), side(3)])
        with database.reading() as repo:
            assert list(repo.entries(CONTEST)) == [
                (1, LineRow(1, FIRST, b"one\n"), [SideRow(1, "case-1", "a" * 64, "{}")]),
                (2, LineRow(2, f"{1:064x}", b"\xff\x00\n"), []),
                (
                    3,
                    LineRow(3, f"{2:064x}", b"{}\n"),
                    [
                        SideRow(3, "P-001", "a" * 64, '{"name":"é"}'),
                        SideRow(3, "case-1", "a" * 64, "{}"),
                    ],
                ),
            ]
            assert repo.line(CONTEST, 2) == b"\xff\x00\n"
            with pytest.raises(KeyError):
                repo.line(CONTEST, 4)

    def test_side_rows_without_a_line_come_in_their_place(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.append_lines([line(1), line(2)])
            repo.add_sides([side(0), side(2), side(7)])
        with database.reading() as repo:
            found = [(n, row is not None, len(sides)) for n, row, sides in repo.entries(CONTEST)]
        assert found == [(0, False, 1), (1, True, 0), (2, True, 1), (7, False, 1)]

    def test_each_contest_has_a_ledger_of_its_own(self, database: Database) -> None:
        with database.writing("other") as repo:
            repo.append_lines([line(1, contest="other"), line(2, contest="other")])
        with database.writing(CONTEST) as repo:
            repo.append_lines([line(1)])
            assert [n for n, _row, _sides in repo.entries(CONTEST)] == [1]

    def test_a_process_is_archived_once(self, database: Database) -> None:
        files = {"config.toml": b"[contest]\r\n", "states/draft.toml": b""}
        with database.writing(CONTEST) as repo:
            repo.archive_process("e" * 64, files)
            repo.archive_process("e" * 64, files)
            assert repo.process_files("e" * 64) == files
            assert repo.process_files("d" * 64) == {}

    def test_a_document_is_known_by_its_hash(self, database: Database) -> None:
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        with database.writing(CONTEST) as repo:
            repo.add_document(b"")
            repo.add_document(b"")
            assert repo.document(empty) == b""
            assert repo.document("0" * 64) is None

    def test_a_document_stays_while_anything_names_it(self, database: Database) -> None:
        """A mail of any contest as a whole or by a piece of it, until it is erased; a side row."""
        whole, piece = (sha256(content).hexdigest() for content in (b"mail", b"piece"))
        mail = dict.fromkeys(ReceivedRow._fields, "") | {
            "contest": CONTEST,
            "number": 1,
            "sha256": whole,
            "pieces": f'[{{"sha256":"{piece}"}}]',
            "last_piece": 1,
            "erased": False,
        }
        with database.writing(CONTEST) as repo:
            repo.add_document(b"mail")
            repo.add_document(b"piece")
            repo.add_received([mail, {**mail, "contest": "other"}])
            repo.append_lines([line(1)])
            repo.add_sides([side(1, data=f'{{"sha256":"{piece}"}}')])
            assert (repo.document_uses(whole), repo.document_uses(piece)) == (2, 3)
            for contest in (CONTEST, "other"):
                repo.drop_document(whole)
                assert repo.document(whole) == b"mail"
                repo.change_received([{**mail, "contest": contest, "erased": True}])
            repo.drop_document(whole)
            repo.drop_document(piece)
            assert repo.document(whole) is None
            assert repo.document(piece) == b"piece"

    def test_what_was_read_of_a_mailbox(self, database: Database) -> None:
        number = 2**32 - 1
        read = {"contest": CONTEST, "mailbox": "INBOX", "uidvalidity": number, "uid": number}
        with database.writing(CONTEST) as repo:
            repo.add_uids([{**read, "sha256": "a" * 64}])
            assert repo.uids_read(CONTEST, "INBOX", number) == [UidRow(number, "a" * 64)]
            assert repo.uids_read(CONTEST, "INBOX", 1) == []


class TestContest:
    """The row of a contest."""

    def test_each_setter_changes_its_columns_alone(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            assert repo.contest(CONTEST) == ContestRow(
                CONTEST, "f" * 64, True, "{}", 0, FIRST, "", ""
            )
            repo.set_head(CONTEST, 4, "b" * 64)
            repo.set_process(CONTEST, "e" * 64)
            repo.set_content(CONTEST, '{"ptce":"1"}')
        with database.reading() as repo:
            expected = ContestRow(CONTEST, "e" * 64, True, '{"ptce":"1"}', 4, "b" * 64, "", "")
            assert repo.contests() == [expected]
            assert repo.contest(CONTEST).rehearsal is True
            with pytest.raises(KeyError):
                repo.contest("other")


class TestCandidatures:
    """Candidatures, whole and in brief."""

    def test_they_are_found_whole_and_in_brief(self, database: Database) -> None:
        rows = [candidature(1000, state="eligible"), candidature(2), candidature(101, name=None)]
        with database.writing(CONTEST) as repo:
            repo.add_candidatures(rows)
            repo.add_candidatures([])
            columns = {key: value for key, value in rows[1].items() if key != "contest"}
            assert repo.candidature(CONTEST, "C-002") == CandidatureRow(**columns)
            assert repo.candidature(CONTEST, "C-003") is None
            assert repo.candidature("other", "C-002") is None
            assert len(list(repo.every_candidature(CONTEST))) == 3
            assert repo.briefs(CONTEST) == [
                BriefRow("C-002", "Les Jardins"),
                BriefRow("C-101", None),
                BriefRow("C-1000", "Les Jardins"),
            ]

    def test_a_list_is_of_some_with_what_is_due_first(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            rows = [candidature(2, due=LATER), candidature(101, due=TODAY)]
            repo.add_candidatures([candidature(1000, state="eligible"), *rows])
            due = {row.ref: row.due for row in repo.to_list(CONTEST)}
            assert due == {"C-002": LATER, "C-101": TODAY, "C-1000": ""}

            def listed(*states: str) -> set[str]:
                return {row.ref for row in repo.to_list(CONTEST, states)}

            assert listed("eligible") == {"C-1000"}
            assert listed("draft", "eligible") == {"C-002", "C-101", "C-1000"}
            assert listed("scored") == set()

    @pytest.mark.parametrize("numbers", [(1,), (1, 2)])
    def test_an_update_expects_the_version_that_was_read(
        self, database: Database, numbers: tuple[int, ...]
    ) -> None:
        with database.writing(CONTEST) as repo:
            repo.add_candidatures([candidature(number) for number in numbers])
        late = [candidature(number, state="submitted", was=number) for number in numbers]
        late[-1]["was"] = 99
        with (
            pytest.raises(PtceError, match="Someone else changed") as refusal,
            database.writing(CONTEST) as repo,
        ):
            repo.update_candidatures(late)
        assert refusal.value.exit_code == 1
        with database.reading() as repo:
            assert {row.state for row in repo.to_list(CONTEST)} == {"draft"}

    def test_moving_leaves_what_may_be_erased_alone(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.add_candidatures([candidature(1), candidature(2)])
            changed = {"state": "submitted", "version": 9, "name": "Autre", "private": '{"a":1}'}
            repo.update_candidatures([candidature(1, was=1, **changed)])
            repo.move_candidatures([candidature(2, was=2, **changed)])
            one, two = repo.every_candidature(CONTEST)
        assert (one.state, one.version, one.name, one.private) == tuple(changed.values())
        assert (two.state, two.version) == ("submitted", 9)
        assert (two.name, two.private) == ("Les Jardins", "{}")


class TestCounters:
    """Counters, moved and set anew."""

    def test_they_move_from_nothing(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.add_to_counters(CONTEST, {("taken", ""): 2, ("taken", "31"): 1})
            repo.add_to_counters(CONTEST, {("taken", ""): -3})
            repo.add_to_counters(CONTEST, {})
            repo.add_to_counters("other", {("taken", ""): 7})
            assert repo.counters(CONTEST) == {("taken", ""): -1, ("taken", "31"): 1}

    def test_they_outgrow_32_bits(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.add_to_counters(CONTEST, {("awarded", ""): 2**31})
            repo.add_to_counters(CONTEST, {("awarded", ""): 2**40})
            assert repo.counters(CONTEST) == {("awarded", ""): 2**31 + 2**40}

    def test_they_are_replaced_as_a_whole(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.add_to_counters(CONTEST, {("taken", ""): 2, ("filed", ""): 5})
            repo.add_to_counters("other", {("taken", ""): 7})
            repo.clear_counters(CONTEST)
            repo.add_to_counters(CONTEST, {("taken", ""): 1})
            assert repo.counters(CONTEST) == {("taken", ""): 1}
            assert repo.counters("other") == {("taken", ""): 7}


class TestDue:
    """What time has to do."""

    def test_what_is_due_comes_in_the_order_of_time(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            dues = {1: TODAY, 2: LONG_AGO, 3: "", 4: LATER}
            repo.add_candidatures([candidature(number, due=due) for number, due in dues.items()])
            assert [row.ref for row in repo.due_until(CONTEST, TODAY)] == ["C-002", "C-001"]
            assert repo.next_due(CONTEST) == LONG_AGO
            assert (repo.due_until("other", LATER), repo.next_due("other")) == ([], None)


class TestPeople:
    """Who is enrolled."""

    def test_someone_is_found_by_pseudonym_or_login(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.put_person(person("P-001", login="anne", active=False))
            repo.put_person(person("P-002", login="anne", institution="north"))
            repo.put_person(person("P-003", contest="other", login="paul"))
            found = repo.person(CONTEST, "anne")
            assert found is not None
            assert (found.pseudonym, found.institution, found.active) == ("P-002", "north", True)
            gone = repo.person(CONTEST, "P-001")
            assert gone is not None
            assert gone.active is False
            assert repo.person(CONTEST, "paul") is None

    def test_a_person_is_kept_in_place_of_what_was_kept_before(self, database: Database) -> None:
        with database.writing(CONTEST) as repo:
            repo.put_person(person("P-002", login="anne"))
            repo.put_person(person("P-001"))
            repo.put_person(person("P-002", roles='["jury"]'))
            found = [(row.pseudonym, row.roles, row.login) for row in repo.people(CONTEST)]
        assert found == [("P-001", '["desk"]', None), ("P-002", '["jury"]', None)]


@pytest.mark.parametrize(
    "row",
    [line(2), line(4), line(1, content=b"other\n"), {**line(3), "prev": FIRST}],
    ids=["the last again", "a gap", "an earlier one", "the next after an earlier one"],
)
def test_a_line_that_is_not_the_next_is_refused(database: Database, row: dict[str, Any]) -> None:
    with database.writing(CONTEST) as repo:
        repo.append_lines([line(1), line(2)])
        repo.set_head(CONTEST, 2, f"{2:064x}")

    def act() -> None:
        with database.writing(CONTEST) as repo:
            repo.set_process(CONTEST, "b" * 64)
            repo.append_lines([row])

    with pytest.raises(PtceError, match="refused a row") as refusal:
        act()
    assert "ptce verify" in refusal.value.mend
    with database.reading() as repo:
        assert repo.contest(CONTEST).process == "f" * 64
        assert [n for n, _row, _sides in repo.entries(CONTEST)] == [1, 2]
