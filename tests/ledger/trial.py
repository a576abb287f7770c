"""Mutations tried one by one on a contest that is open all the while."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.ledger.examine import Fault
from tests.ledger.mutations import Mutation
from tests.ledger.tamperer import KEPT, QUOTED, Tamperer
from tests.servers import kept


class Trial:
    """A ledger to be changed again and again; `ledger` is what it says unchanged."""

    def __init__(self, contest: Contest) -> None:
        self._contest = contest
        # In a rehearsal time may go where it likes; what is tried here is a contest in earnest.
        earnest = Tamperer(contest)
        earnest.data(1, rehearsal=False)
        earnest.sql("UPDATE contest SET rehearsal = FALSE")
        earnest.write(composing=True)
        self.ledger = Tamperer(contest)
        self.faults = verify(contest).faults
        contest.database.close()
        self._put_back = kept(contest.folder)

    def missed(self, mutation: Mutation) -> set[str]:
        """The name of a change that verifying does not name, with `!` where it fails; or none.

        A forger rebuilds what is kept beside the ledger, mails included: that it disagrees, or that
        no line is to blame, names none. Two lines that change places and amount to the very same
        have done no harm: mails that quote them tell of it.
        """
        try:
            faults = self._verified(mutation)
        except Exception:
            return {f"{mutation.name}!"}
        if mutation.name == "order" and all(one.what.startswith(QUOTED) for one in faults):
            return set()
        named = any(one.line and not one.what.startswith((*KEPT, QUOTED)) for one in faults)
        return set() if named else {mutation.name}

    def _verified(self, mutation: Mutation) -> tuple[Fault, ...]:
        self._contest.database.close()
        self._put_back()
        it = Tamperer(self._contest, self.ledger)
        mutation.change(it)
        it.write()
        return verify(self._contest).faults


@contextmanager
def trial(folder: Path) -> Iterator[Trial]:
    """A trial on the contest of a folder, which is the test's own."""
    with Contest.open(folder, actor="anne") as contest:
        yield Trial(contest)
