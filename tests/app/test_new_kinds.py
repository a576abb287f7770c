"""A type of field, a kind of recipients, a kind of line: each is one class, and nothing else."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from msgspec import Meta

import ptce_workflow.ledger.events.clauses as clauses
import ptce_workflow.process.process as form
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.base import (
    KINDS,
    AboutCandidature,
    Context,
    Count,
    Entry,
    Event,
    Phrase,
    Story,
    Violation,
    register,
)
from ptce_workflow.office.page import Table
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields.base import _TYPES, Cell, Unreadable
from ptce_workflow.process.model.base import Int, declare
from ptce_workflow.process.model.notification import _KINDS, Addressee, Recipients
from ptce_workflow.reports.history import history_report
from tests.mailing import notify
from tests.rehearsal import SMALL, added, dossier, last, move, opened
from tests.replaying import replayed

PROMISE = """
[fields.promise]
type = "stars"
most = 4
label = "Promise"

[fields.visits]
type = "table"
label = "Visits"
columns.welcome = { type = "stars", label = "Welcome" }
"""
RULE = """
[transitions.submit.rules.promising]
says = "The promise is {dossier.promise}"
when = "dossier.promise >= 2 && dossier.visits.exists(one, one.welcome > 3)"
choice = "two stars at least"
"""
FULL = {"promise": "***", "visits": [{"welcome": "*"}, {"welcome": "****"}]}


@pytest.fixture
def _stars() -> Iterator[None]:
    """A type of field that is written as so many stars."""

    class StarsField(Cell):
        """So many stars."""

        type: ClassVar[str] = "stars"
        in_rules: ClassVar[str] = "INT"
        wrapper: ClassVar[str] = "Int64Value"

        most: Int = declare(default=5, ge=1)

        def read(self, raw: Any, zone: ZoneInfo) -> int:
            """As many as there are stars."""
            if not isinstance(raw, str) or raw.strip("*") or len(raw) > self.most:
                raise Unreadable("These are no stars.")
            return len(raw)

        def typed(self, value: Any) -> str:
            return "*" * int(value)

        def records(self, value: Any) -> bool:
            """Whether there are some, and not too many."""
            return type(value) is int and 1 <= value <= self.most

        def sample(self) -> int:
            return 1

        def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
            return "★" * int(value)

    yield
    del _TYPES["stars"]


@pytest.fixture
def _auditors() -> Iterator[None]:
    """A kind of recipients: those who audit."""

    class Auditors(Recipients):
        """Those who audit the contest."""

        word: ClassVar[str] = "auditors"

        def among(self, people: Iterable[Addressee]) -> Iterator[str]:
            yield from (one.pseudonym for one in people if "auditor" in one.roles)

    yield
    del _KINDS["auditors"]


@pytest.fixture
def gift() -> Iterator[Callable[[int], Event]]:
    """A kind of line: the desk gives stars beside those that a dossier promises."""

    @register
    class StarsGiven(AboutCandidature, frozen=True):
        """Stars that a candidature is given."""

        kind = "stars_given"
        tells = "a candidature is given stars"

        stars: Annotated[Count, Meta(description="how many")]

        def validate_new(self, ctx: Context) -> Iterator[Violation]:
            """Tells of anyone but the desk."""
            if "desk" not in ctx.roles:
                yield clauses.DESK(ctx.actor)

        def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
            """The candidature with as many more."""
            promise = case.facts["dossier.promise"] + self.stars
            return case.but(facts={**case.facts, "dossier.promise": promise}, version=line.n)

        def describe(self, line: Entry[Any], side: Any) -> Story:
            yield Phrase("{given} stars given", {"given": self.stars})

    yield StarsGiven
    del KINDS["stars_given"]


def give(contest: Contest, ref: str, event: Event, *, asking: bool = True) -> None:
    """Records an event about a candidature, whose law is asked first unless somebody forges it."""
    with contest.acting() as tx:
        (case,) = tx.load([ref])
        tx.record(case.id, event, asked=not asking)
        tx.flush()


@pytest.fixture
def contest(tmp_path: Path, clock: SetClock) -> Iterator[Contest]:
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    for file, more in (("sheets/dossier.toml", PROMISE), ("states/draft.toml", RULE)):
        path = folder / file
        path.write_text(path.read_text("utf-8") + more, "utf-8")
    notify(folder, "told", 'on = "draft.submit"\nto = "auditors"')
    create(folder, login="anne", rehearsal=True, clock=clock)
    with opened(folder, clock) as contest:
        yield contest


@pytest.mark.usefixtures("_stars", "_auditors")
def test_one_class_is_read_recorded_judged_shown_and_verified(contest: Contest) -> None:
    """From TOML to a rule, from what is typed to what is shown, and through `verify`."""
    enrol(contest, "Sam", ["auditor"], login="sam", email="sam@audit.example")
    ref = added(contest, **FULL)
    facts = last(contest).data["facts"]
    assert facts["dossier.promise"] == 3
    assert facts["dossier.visits"] == [{"welcome": 1}, {"welcome": 4}]
    shown = show(contest, ref)
    field = shown.process.definition.sheets["dossier"].fields["promise"]
    said = field.display(shown.case.facts["dossier.promise"], "en", shown.process.zone)
    assert said == "★★★"
    move(contest, "submit", ref)
    assert [posted.recipient for posted in messages(contest)] == ["P-002"]
    assert verify(contest).faults == ()


@pytest.mark.usefixtures("_stars", "_auditors")
def test_a_rule_reads_the_new_type(contest: Contest) -> None:
    ref = added(contest, **FULL | {"promise": "*"})
    [submitting] = why(contest, ref, "submit").edges
    assert not submitting.allowed
    assert [rule.says for rule in submitting.rules][-1] == "The promise is ★"
    with pytest.raises(PtceError, match="These are no stars"):
        record(contest, ref, dossier(promise="*****"))


@pytest.mark.usefixtures("_stars", "_auditors")
def test_the_form_of_a_process_knows_the_new_class(contest: Contest) -> None:
    process = contest.process
    assert form.load(form.dump(process), dict).definition == process.definition


@pytest.mark.usefixtures("_stars", "_auditors")
def test_a_new_kind_of_line_is_recorded_told_replayed_and_verified(
    contest: Contest, gift: Callable[[int], Event]
) -> None:
    """It does what its class says, live, in the story, in replay and under `verify`."""
    ref = added(contest, **FULL)
    give(contest, ref, gift(1))
    assert show(contest, ref).case.facts["dossier.promise"] == 4
    told = history_report(show(contest, ref), history(contest, ref), contest.clock.now())
    [table] = [part for part in told.parts if isinstance(part, Table)]
    assert "1 stars given" in str(table.rows[-1])
    [case] = replayed(contest).values()
    assert case.facts["dossier.promise"] == 4
    assert verify(contest).faults == ()


@pytest.mark.usefixtures("_stars", "_auditors")
def test_a_new_kind_of_line_has_one_law_for_people_and_for_verify(
    contest: Contest, clock: SetClock, gift: Callable[[int], Event]
) -> None:
    ref = added(contest, **FULL)
    enrol(contest, "Sam", ["auditor"], login="sam", email="sam@audit.example")
    with opened(contest.folder, clock, "sam") as sam:
        with pytest.raises(PtceError, match="Only the desk may do this"):
            give(sam, ref, gift(1))
        give(sam, ref, gift(1), asking=False)
    [fault] = verify(contest).faults
    assert (fault.line, fault.what) == (last(contest).n, "Only the desk may do this.")
