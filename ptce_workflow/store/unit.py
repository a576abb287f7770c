"""The repository of a transaction: what it reads and writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import asdict, replace

from ptce_workflow.base.runtime import pieces
from ptce_workflow.process.letters.message import Message
from ptce_workflow.store.rows import ContestRow, LineRow, ListedRow, PauseRow, Queries, SideRow

Key = tuple[str, str]


class Repository(Queries):
    """The reads and writes of one transaction; it interprets neither lines nor JSON.

    A method for each statement is in `Queries`; here are those that run several, or say more.
    """

    last: Mapping[str, Any] | None = None
    """The last line that this transaction has added."""

    # The ledger and what it commits itself to.

    def append_lines(self, lines: Sequence[Mapping[str, Any]]) -> None:
        self.last = lines[-1] if lines else self.last
        self.insert_lines(lines)

    def line(self, contest: str, n: int) -> bytes:
        """The bytes of a line. Raises: KeyError when there is none."""
        content = self.bytes_of_line(contest, n)
        if content is None:
            raise KeyError(n)
        return content

    def furthest(self, contest: str) -> int:
        """The number of the last line, whatever head is kept."""
        head = self.contest(contest).head_n
        return max((line.n for line in self.lines_after(contest, head)), default=head)

    def entries(self, contest: str) -> Iterator[tuple[int, LineRow | None, list[SideRow]]]:
        """Every line with the side rows of its number, in order, read as it goes.

        Shape: number, line, side rows; the line is None for side rows that have none.
        """
        return _beside(self.lines(contest), self.sides(contest))

    def entries_about(
        self, contest: str, case_id: str
    ) -> Iterator[tuple[int, LineRow, list[SideRow]]]:
        """The lines that tell of a candidature, in order, with their side rows."""
        for line in self.lines_about(contest, case_id):
            yield line.n, line, self.sides_of_line(contest, line.n)

    def archive_process(self, process: str, files: Mapping[str, bytes]) -> None:
        """Keeps the bytes of a process, unless they are kept already."""
        self.hold(process)
        if not self.files_of_process(process):
            self.add_process_files(
                [
                    {"process": process, "path": path, "content": content}
                    for path, content in files.items()
                ]
            )

    def process_files(self, process: str) -> dict[str, bytes]:
        """The bytes of a process by path; nothing when they are not kept."""
        return {file.path: file.content for file in self.files_of_process(process)}

    def hold(self, name: str) -> None:
        """Has nobody else keep, or let go of, what several contests of a server may share."""
        self._base.hold(self.driver, name)

    def add_document(self, content: bytes) -> None:
        """Keeps a document, unless it is kept already."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.hold(sha256)
        if self.document(sha256) is None:
            self.insert_document([{"sha256": sha256, "content": content}])

    # The contest and its candidatures.

    def contest_kept(self, contest: str) -> ContestRow | None:
        try:
            return self.contest(contest)
        except KeyError:
            return None

    def add_contest(self, row: ContestRow) -> None:
        self.insert_contest([row._asdict()])

    def to_list(
        self, contest: str, state: str | None = None, page: tuple[int, int] | None = None
    ) -> Iterable[ListedRow]:
        """Every candidature, or those of one state, in no order and without what weighs most.

        A `page` is how many at most, and how many before them are skipped, as they are numbered.
        """
        if state is None:
            return self.listed(contest) if page is None else self.page(contest, *page)
        if page is None:
            return self.listed_of_state(contest, state)
        return self.page_of_state(contest, state, *page)

    # Counters.

    def counters(self, contest: str) -> dict[Key, int]:
        return {(row.name, row.bucket): row.value for row in self.counter_rows(contest)}

    def add_to_counters(self, contest: str, moved: Mapping[Key, int]) -> None:
        self.add_counters(
            [
                {"contest": contest, "name": name, "bucket": bucket, "value": value}
                for (name, bucket), value in moved.items()
            ]
        )

    def replace_counters(self, contest: str, counters: Mapping[Key, int]) -> None:
        """Sets every counter anew."""
        self.clear_counters(contest)
        self.add_to_counters(contest, counters)

    # People.

    def put_person(self, row: Mapping[str, Any]) -> None:
        """Keeps a person, every column named, in place of what was kept before."""
        self.remove_person(row["contest"], row["pseudonym"])
        self.add_person([row])

    # The outbox.

    def stages(self, contest: str) -> dict[str, tuple[int, str]]:
        """The number of messages at each stage but cancelled, and when the first is looked at."""
        return {row.stage: (row.messages, row.earliest) for row in self.stage_rows(contest)}

    def change_messages(self, contest: str, changes: Sequence[tuple[Message, Message]]) -> None:
        """Changes messages, each from what it was; one that is no longer so is refused."""
        whole, turned = [], []
        for was, now in changes:
            had = {"contest": contest, "was": was.stage, "was_worker": was.worker}
            turn: dict[str, Any] = {
                "stage": now.stage,
                "worker": now.worker,
                "lease_until": now.lease_until,
            }
            # An act cancels much, and nothing else of it changes.
            if replace(was, **turn) == now:
                turned.append({"number": was.number, **turn, **had})
            else:
                whole.append({**asdict(now), **had})
        self.change_rows(whole)
        self.turn_rows(turned)

    def put_mail(self, contest: str, number: int, content: bytes) -> None:
        self.remove_mail(contest, number)
        self.add_mail([{"contest": contest, "number": number, "content": content}])

    def put_pause(self, contest: str, pause: PauseRow | None) -> None:
        """Has no mail leave for a time, or lets them leave again."""
        self.remove_pause(contest)
        if pause is not None:
            self.add_pause([{"contest": contest, **pause._asdict()}])


def in_pieces(add: Callable[[list[Any]], object], rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds rows some at a time: they need not be in memory all at once."""
    for some in pieces(rows):
        add(some)


def _beside(
    lines: Iterable[LineRow], sides: Iterator[SideRow]
) -> Iterator[tuple[int, LineRow | None, list[SideRow]]]:
    """Lines, each with the side rows of its number; both begin with it, and are in its order."""
    side = next(sides, None)
    for line in lines:
        n, own = line[0], []
        while side is not None and side[0] <= n:
            if side[0] == n:
                own.append(side)
            else:
                yield side[0], None, [side]
            side = next(sides, None)
        yield n, line, own
    while side is not None:
        yield side[0], None, [side]
        side = next(sides, None)
