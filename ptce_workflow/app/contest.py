"""A contest as other programs and the command line see it: everything it can be asked to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.projections import person_of
from ptce_workflow.app.session import Session
from ptce_workflow.base.words import _
from ptce_workflow.ledger.state import Person

if TYPE_CHECKING:
    from ptce_workflow.app.admin.adopt import Adoption
    from ptce_workflow.app.admin.clock import ClockTold
    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.cases.advance import Step
    from ptce_workflow.app.cases.explain import Explanation
    from ptce_workflow.app.cases.handover import HandedOver
    from ptce_workflow.app.cases.history import Replayed, Told
    from ptce_workflow.app.cases.overview import Dossier, Overview
    from ptce_workflow.app.cases.printing import Gathered, Printable
    from ptce_workflow.app.cases.record import Raw
    from ptce_workflow.app.jury.cutoff import Ranked, Standing
    from ptce_workflow.app.jury.grid import Taken
    from ptce_workflow.app.jury.recusal import Conflict
    from ptce_workflow.app.jury.sitting_run import Deliberated
    from ptce_workflow.app.jury.sittings import Held, SittingTold
    from ptce_workflow.app.post.attention import Waiting
    from ptce_workflow.app.post.desk import LetterTold, Posted
    from ptce_workflow.app.post.forecast import Ahead
    from ptce_workflow.process.panel.agenda import Agenda
    from ptce_workflow.process.panel.grid import Grid
    from ptce_workflow.process.panel.signing import Returned
    from ptce_workflow.process.rules.case import Case


class Contest(Session):
    """An open contest, and its use cases.

    Every method that changes something is one transaction: all of it is done, or nothing. Use
    cases are imported when they are first asked for: listing needs no rules, and loading what
    compiles them takes longer than listing. They take the `Session` below, never this class.
    """

    # What people do.

    def add(self, raw: Raw, *, transition: str | None = None) -> Case:
        """Opens a candidature with what is known of it."""
        return self.add_all([("", raw)], transition=transition)[0]

    def add_all(
        self, dossiers: Sequence[tuple[str, Raw]], *, transition: str | None = None
    ) -> tuple[Case, ...]:
        """Opens a candidature for each dossier, all or none; each is named for messages."""
        from ptce_workflow.app.cases.open import add_all

        with self.acting() as act:
            watched = self.watch(dossiers, _("Opening candidatures"), len(dossiers))
            cases = add_all(act, watched, transition)
            act.commit()
        return cases

    def twins(self, added: Sequence[Case]) -> dict[str, str]:
        """Which of those just added look like an earlier candidature; see `app.cases.open`."""
        from ptce_workflow.app.cases.open import twins

        with self.looking() as act:
            return twins(act, added)

    def record(self, ref: str, raw: Raw) -> Case:
        """Writes facts of a candidature down."""
        from ptce_workflow.app.cases.record import record

        with self.acting() as act:
            case = record(act, act.load([ref])[0], raw)
            act.commit()
        return case

    def record_all(
        self, facts: Mapping[str, Raw], *, seen: Mapping[str, int] | None = None
    ) -> tuple[Case, ...]:
        """Writes facts of several candidatures down, all or none; see `app.cases.printing`."""
        from ptce_workflow.app.cases.printing import record_all

        with self.acting() as act:
            cases = record_all(act, facts, seen or {})
            act.commit()
        return cases

    def advance(
        self,
        refs: Sequence[str],
        transition: str,
        *,
        reason: str | None = None,
        received_at: datetime | None = None,
        dry_run: bool = False,
    ) -> tuple[Step, ...]:
        """Moves candidatures along a transition, all or none; see `app.cases.advance`."""
        from ptce_workflow.app.cases.advance import Request, advance

        with self.acting() as act:
            request = Request(transition, reason, received_at)
            steps = advance(act, refs, request, watch=self.watch)
            if not dry_run:
                act.commit()
        return steps

    def hand_over(
        self, ref: str, to: Contest, *, transition: str | None = None, dry_run: bool = False
    ) -> HandedOver:
        """Hands a candidature over to another contest; see `app.cases.handover`."""
        from ptce_workflow.app.cases.handover import hand_over

        return hand_over(self, to, ref, transition, dry_run=dry_run)

    def accept_clock(self, reason: str | None) -> ClockTold:
        """Has the clock's hour count again, though the ledger goes on beyond it."""
        from ptce_workflow.app.admin.clock_accepted import accept

        return accept(self, reason)

    def enrol(
        self,
        name: str,
        roles: Sequence[str],
        *,
        institution: str | None = None,
        login: str | None = None,
        email: str | None = None,
    ) -> Person:
        """Enrols a person."""
        from ptce_workflow.app.admin.people import enrol

        with self.acting() as act:
            person = enrol(act, name, roles, institution=institution, login=login, email=email)
            act.commit()
        return person

    def leave(self, who: str) -> Person:
        """Takes a person's roles away."""
        from ptce_workflow.app.admin.people import leave

        with self.acting() as act:
            person = leave(act, who)
            act.commit()
        return person

    def adopt(
        self,
        reason: str | None,
        *,
        states: Mapping[str, str] | None = None,
        drop: Sequence[str] = (),
        dry_run: bool = False,
    ) -> Adoption:
        """Makes the folder the process in force; see `app.admin.adopt`."""
        from ptce_workflow.app.admin.adopt import adopt

        return adopt(self, reason, states=states or {}, drop=drop, dry_run=dry_run)

    def release(
        self, names: Sequence[str], *, read: Mapping[str, str] | None = None
    ) -> tuple[Posted, ...]:
        """Lets held messages leave, in the words that were read; see `app.post.desk`."""
        from ptce_workflow.app.post.desk import release

        with self.acting() as act:
            released = release(act, names, read or {})
            act.commit()
        return released

    def resolve(self, name: str, outcome: str, reason: str | None = None) -> Posted:
        """Says what becomes of a message that failed, expired or is uncertain."""
        from ptce_workflow.app.post.desk import resolve

        with self.acting() as act:
            resolved = resolve(act, name, outcome, reason)
            act.commit()
        return resolved

    def retry(self, names: Sequence[str] = ()) -> tuple[Posted, ...]:
        """Has failed messages leave again; without names, lets a paused courier start again."""
        from ptce_workflow.app.post.desk import restart, retry

        if not names:
            restart(self)
            return ()
        with self.acting() as act:
            again = retry(act, names)
            act.commit()
        return again

    # What the panel does.

    def score(self, ref: str, institution: str, marks: Mapping[str, Any]) -> Case:
        """Records an institution's marks for a candidature."""
        from ptce_workflow.app.jury.marks import score

        with self.acting() as act:
            case = score(act, act.load([ref])[0], institution, marks)
            act.commit()
        return case

    def take_grid(
        self,
        filled: Returned,
        *,
        institution: str | None = None,
        shown: Taken | None = None,
        dry_run: bool = False,
    ) -> Taken:
        """Gives the marks of a grid, all or none; `shown` is what somebody agreed to."""
        from ptce_workflow.app.jury.grid import take, unless_changed

        with self.looking() if dry_run else self.acting() as act:
            taken = unless_changed(take(act, filled, institution), shown)
            if not dry_run:
                act.commit()
        return taken

    def recuse(
        self,
        ref: str,
        institution: str,
        reason: str | None,
        *,
        lift: bool = False,
        panel: str | None = None,
    ) -> Case:
        """Has an institution step aside from a candidature, or come back."""
        from ptce_workflow.app.jury.recusal import recuse

        with self.acting() as act:
            case = recuse(act, act.load([ref])[0], institution, reason, lift=lift, name=panel)
            act.commit()
            return act.cases[case.id]

    def deliberate(
        self, agenda: Agenda, *, dry_run: bool = False, shown: Deliberated | None = None
    ) -> Deliberated:
        """Holds a meeting of a panel, all its decisions or none; see `app.jury.sitting_run`.

        `shown` is how it came out when somebody agreed to it: nothing is written otherwise.
        """
        from ptce_workflow.app.jury.sitting_run import as_shown, deliberate

        with self.acting() as act:
            held = deliberate(act, agenda)
            if shown is not None:
                as_shown(held, shown)
            if not dry_run:
                act.commit()
        return held

    # What people ask.

    def messages(
        self,
        stages: Sequence[str] = (),
        *,
        ref: str | None = None,
        notification: str | None = None,
    ) -> tuple[Posted, ...]:
        """The messages at some stages, or those that have not ended."""
        from ptce_workflow.app.post.desk import messages

        return messages(self, stages=stages, ref=ref, notification=notification)

    def letter(self, name: str, language: str | None = None) -> LetterTold:
        """A message and what it says."""
        from ptce_workflow.app.post.desk import letter_told

        return letter_told(self, name, language)

    def waiting_mail(self) -> Waiting:
        """The counts of mails that ask for a person, or are late."""
        from ptce_workflow.app.post.attention import waiting

        return waiting(self)

    def forecast(self) -> tuple[Ahead, ...]:
        """Every mail that will leave if nothing else happens."""
        from ptce_workflow.app.post.forecast import forecast

        return forecast(self)

    def clock_told(self) -> ClockTold:
        """The clock's time beside that of the ledger."""
        from ptce_workflow.app.admin.clock_accepted import clock_told

        return clock_told(self)

    def people(self) -> tuple[Person, ...]:
        """Everyone who was ever enrolled."""
        with self.database.reading() as unit:
            return tuple(person_of(row) for row in unit.people(self.id))

    def overview(self, state: str | None = None) -> Overview:
        """Every candidature in brief, and what is ahead."""
        from ptce_workflow.app.cases.overview import overview

        return overview(self, state)

    def todo(self, refs: Sequence[str]) -> dict[str, str]:
        """The next step of the desk, by reference."""
        from ptce_workflow.app.cases.todo import todo

        return todo(self, refs)

    def show(self, ref: str) -> Dossier:
        """All that is recorded of a candidature."""
        from ptce_workflow.app.cases.overview import show

        return show(self, ref)

    def printable(self, ref: str) -> Printable:
        """A candidature as a document tells it; see `app.cases.printing`."""
        from ptce_workflow.app.cases.printing import printable

        return printable(self, ref)

    def gather(self, states: Collection[str]) -> Gathered:
        """The candidatures that stand in some states, for a sheet to hand out or take back."""
        from ptce_workflow.app.cases.printing import gather

        return gather(self, states)

    def why(self, ref: str, transition: str | None = None) -> Explanation:
        """Every way out of the present state, and what each rule says of it."""
        from ptce_workflow.app.cases.explain import why

        return why(self, ref, transition)

    def history(self, ref: str) -> tuple[Told, ...]:
        """The lines that tell of a candidature."""
        from ptce_workflow.app.cases.history import history

        return history(self, ref)

    def unchained(self, ref: str) -> tuple[int, ...]:
        """The lines about a candidature that the chain does not vouch for."""
        from ptce_workflow.app.cases.history import unchained

        return unchained(self, ref)

    def replay(self, at: datetime | None = None) -> Replayed:
        """The candidatures as they stood at an instant."""
        from ptce_workflow.app.cases.history import replay_at

        return replay_at(self, at)

    def verify(self) -> Verification:
        """Everything that is wrong with the ledger or with what is kept beside it."""
        from ptce_workflow.app.admin.verify import verify

        return verify(self)

    def verify_against(self, other: Contest) -> Verification:
        """As `verify`; and whatever another contest's ledger tells otherwise of hand-overs."""
        from ptce_workflow.app.admin.verify import verify_against

        return verify_against(self, other)

    # What is asked of the panel.

    def rank(self, panel: str | None = None) -> tuple[str, list[Ranked]]:
        """The panel's name, and the candidatures that it ranked so far."""
        from ptce_workflow.app.jury.cutoff import ranking

        return ranking(self, panel)

    def grid(self, institution: str | None = None, panel: str | None = None) -> Grid:
        """The grid that an institution fills in: those that it is asked about."""
        from ptce_workflow.app.jury.grid import grid

        return grid(self, institution, panel)

    def standing(self, panel: str | None = None) -> Standing:
        """The ranking, and where the rules would cut; see `app.jury.cutoff`."""
        from ptce_workflow.app.jury.cutoff import standing

        return standing(self, panel)

    def conflicts(self, panel: str | None = None) -> tuple[Conflict, ...]:
        """The conflicts of interest that dossiers show and nobody has declared yet."""
        from ptce_workflow.app.jury.recusal import conflicts

        return conflicts(self, panel)

    def sittings(self) -> tuple[Held, ...]:
        """Every sitting that was held, in brief."""
        from ptce_workflow.app.jury.sittings import sittings

        return sittings(self)

    def sitting(self, number: int | None = None) -> SittingTold:
        """A sitting as the ledger tells it, the last one if none is named."""
        from ptce_workflow.app.jury.sittings import sitting

        return sitting(self, number)
