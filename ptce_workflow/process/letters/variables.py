"""The variables of templates, worked out from what a letter is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import n_, nN_, speaking
from ptce_workflow.process.explain import RuleTold, Teller, tell_rules
from ptce_workflow.process.letters.changes import ChangeTold
from ptce_workflow.process.letters.readable import (
    INSTANT,
    Names,
    Readable,
    absent,
    dotted,
    parts,
    when,
)
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.process.letters.values import (
    ConvocationTold,
    Digest,
    JudgedTold,
    MessageTold,
    ReceiptTold,
    Subject,
    TransitionTold,
)
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import ADOPTED
from ptce_workflow.process.process import Process, nobody
from ptce_workflow.process.rules.case import Answer, Case
from ptce_workflow.process.rules.receipt import asked, notified, received
from ptce_workflow.process.time.calendar import days_until, parse_span
from ptce_workflow.process.time.instant import NOTIFIED, CountedInstant, TimeUnit, parse_instant

_PROCESSES_KEPT = 4
_FORMER = ("former_rank", "former_mean")
_JUDGED = ("failed", "rank", "ranked", "tied", "mean", "parted", "departs", "voted", *_FORMER)
"""What a letter may ask of how the transition that set it off was judged."""
_PRIVACY = ("kept_until", "readers", "handed_over", "published", "visa")

_MONTHS = nN_("{count} month", "{count} months")
_LENGTHS = {
    TimeUnit.DAYS: nN_("{count} day", "{count} days"),
    TimeUnit.WORKING_DAYS: nN_("{count} working day", "{count} working days"),
    TimeUnit.MONTHS: _MONTHS,
    TimeUnit.CLEAR_MONTHS: _MONTHS,
}


def variables(process: Process, name: str, language: str, subject: Subject) -> dict[str, Any]:
    """The variables of a notification's templates in one language, by name.

    *Shape* those that do not apply are left out: `digest` in a letter about a candidature.
    """
    return _Variables(process, language, subject).of(name)


def variables_of_text(process: Process, language: str, subject: Subject) -> dict[str, Any]:
    """The variables of a text of the folder that stands alone, by name."""
    return _Variables(process, language, subject).shared()


@lru_cache(_PROCESSES_KEPT)
def _names(process: Process) -> tuple[Names, Names, Mapping[str, Way]]:
    """The names of values, those of transitions, and the transitions."""
    ways = {f"{way.origin}.{way.name}": way for way in process.every_way()}
    values = (*process.definition.field_names(), *process.scope.variables)
    return Names.of(values), Names.of(ways), ways


class _Variables:
    """Works the variables of one letter out; what may not be asked for is read when it is."""

    def __init__(self, process: Process, language: str, subject: Subject) -> None:
        self._process = process
        self._config = process.definition.config
        self._language = language
        self._subject = subject
        self._teller = Teller(process, language)

    def shared(self) -> dict[str, Any]:
        """The variables that every letter and text has."""
        subject, identity = self._subject, self._config.contest
        found: dict[str, Any] = {
            "language": self._language,
            "contest": parts(
                "contest", {"id": identity.id, "title": identity.title.in_(self._language)}
            ),
            "recipient": self._recipient(),
            "date": Readable("date", self._config.dates, self._date, inner=INSTANT),
            "limit": Readable("limit", self._config.limits, self._limit),
            "privacy": Readable("privacy", _PRIVACY, self._privacy, inner=INSTANT),
            "term": Readable("term", self._process.definition.requests, self._term),
        }
        if (service := self._config.service) is not None:
            address = "" if service.address is None else service.address.in_(self._language)
            told = {"name": service.name.in_(self._language), "address": address}
            found["service"] = parts("service", told)
        if subject.case is not None:
            found |= self._candidature(subject.case)
        if subject.transition is not None:
            found["transition"] = self._transition(subject.transition)
        if subject.receipt is not None:
            found["receipt"] = self._receipt(subject.receipt)
        if subject.convocation is not None:
            found["sitting"] = self._sitting(subject.convocation)
        return found

    def of(self, name: str) -> dict[str, Any]:
        """The variables of a notification."""
        notification, subject = self._process.definition.notifications[name], self._subject
        found = self.shared()
        if notification.recipients.lack_sheets:
            found["missing"] = [
                parts("missing", {"ref": case.ref, "name": case.name or case.ref})
                for case in subject.missing
            ]
        if notification.event is not None:
            found["event"] = self._event(notification.event)
            found["update"] = subject.update
        if subject.changes or ADOPTED in notification.on:
            found["changes"] = [self._change(one) for one in subject.changes]
        if subject.digest is not None:
            found["digest"] = self._digest(subject.digest)
        return found

    def _recipient(self) -> Readable:
        recipient = self._subject.recipient
        institution = self._config.institutions.get(recipient.institution)
        label = (
            recipient.institution if institution is None else institution.label.in_(self._language)
        )
        return parts("recipient", {"name": recipient.name, "institution": label})

    def _candidature(self, case: Case) -> dict[str, Any]:
        state = self._process.states[case.state]
        name_field = self._config.contest.name_field
        name = case.private.get(name_field) or case.facts.get(name_field) or case.ref
        told = {
            "ref": case.ref,
            "name": name,
            "state": state.label.in_(self._language),
            "meaning": "" if state.meaning is None else state.meaning.in_(self._language),
        }
        definition = self._process.definition
        values, rules, ways = _names(self._process)
        found: dict[str, Any] = {
            "candidature": parts("candidature", told),
            "entered": Readable("entered", self._process.states, self._entered, inner=INSTANT),
            "received": Readable("received", definition.sheets, self._received, inner=INSTANT),
            "asked": Readable("asked", definition.requests, self._asked, inner=(*INSTANT, "late")),
            "sent": self._sent(case),
            "missing": self._lacking(case),
            "value": dotted("value", values, partial(self._value, case)),
            "rules": dotted("rules", rules, partial(self._rules, case, ways)),
        }
        if (at := notified(self._process.definition, case)) is not None:
            found[NOTIFIED] = self._when(NOTIFIED, at)
        return found

    def _sent(self, case: Case) -> list[Readable]:
        """The mails that have left to the contact since it came where the transition began."""
        made, known = self._subject.transition, self._process.definition.notifications
        since = None if made is None else case.entered.get(made.from_)
        left = [(at, known[name]) for name, at in case.sent.items() if name in known]
        return [
            parts(
                "sent", {"label": mail.label.in_(self._language), "at": self._when("sent.at", at)}
            )
            for at, mail in sorted(left, key=lambda one: one[0])
            if mail.to == CONTACT and (since is None or at >= since)
        ]

    def _privacy(self, name: str) -> Any:
        """What becomes of what a candidature tells, by the folder itself."""
        definition, spoken = self._process.definition, self._language
        if name == "kept_until":
            case = self._subject.case or nobody(self._subject.moment.now)
            at = self._process.kept_until(case).get(definition.contact_sheet)
            return None if at is None else self._when("privacy.kept_until", at)
        if name == "visa":
            return any(sheet.visa for sheet in definition.sheets.values())
        if name == "readers":
            seats = dict.fromkeys(
                s for p in definition.panels for s in definition.sheets[p].members
            )
            return [self._config.institutions[seat].label.in_(spoken) for seat in seats]
        if name == "handed_over":
            states = self._process.states.values()
            return [state.label.in_(spoken) for state in states if state.hands_over]
        shows = () if self._config.results is None else self._config.results.shows
        return [self._teller.label(one) for one in shows]

    def _entered(self, state: str) -> Readable | None:
        case = self._subject.case
        instant = None if case is None else case.entered.get(state)
        return None if instant is None else self._when(f"entered.{state}", instant)

    def _received(self, sheet: str) -> Readable | None:
        case = self._subject.case
        at = None if case is None else received(self._process.definition, sheet, case)
        return None if at is None else self._to_the_second(f"received.{sheet}", at)

    def _asked(self, request: str) -> Readable | None:
        case = self._subject.case
        at = None if case is None else asked(self._process.definition, request, case)
        if case is None or at is None:
            return None
        path, term = f"asked.{request}", case.late.get(request)
        late = absent(f"{path}.late") if term is None else self._when(f"{path}.late", term)
        return self._when(path, at, seconds=bool(at.second), more={"late": lambda: late})

    def _to_the_second(self, path: str, at: datetime) -> Readable:
        # To the minute, as it is typed, but where a second decides.
        return self._when(path, at, seconds=bool(at.second))

    def _lacking(self, case: Case) -> list[str]:
        """The labels of what is still missing in what was received, else in the dossier."""
        receipt, definition = self._subject.receipt, self._process.definition
        sheet = definition.contact_sheet if receipt is None else receipt.sheet
        return [self._teller.label(name) for name in self._teller.missing_of(sheet, case)]

    def _receipt(self, told: ReceiptTold) -> Readable:
        sheet, case = self._process.definition.sheets.get(told.sheet), self._subject.case
        versions = None if case is None else self._process.versions(told.sheet, told.at, case)
        return parts(
            "receipt",
            {
                # The folder may have changed since: the name is all that is left then.
                "sheet": told.sheet if sheet is None else sheet.label.in_(self._language),
                "at": self._to_the_second("receipt.at", told.at),
                "line": told.line,
                "hash": told.hash,
                "evidence": told.evidence,
                "late": versions is not None and versions.is_late,
                "counts": self._version("counts", versions and versions.counts),
                "replaces": self._version("replaces", versions and versions.replaces),
            },
        )

    def _version(self, name: str, at: datetime | None) -> Readable:
        path = f"receipt.{name}"
        return absent(path) if at is None else self._to_the_second(path, at)

    def _sitting(self, told: ConvocationTold) -> Readable:
        sitting, place = self._config.sittings.get(told.sitting), told.place
        return parts(
            "sitting",
            {
                # The folder may have changed since: the name is all that is left then.
                "label": told.sitting if sitting is None else sitting.label.in_(self._language),
                "call": told.call,
                "when": self._when("sitting.when", told.at, ends=told.ends, place=place),
                "notice": told.notice,
                "moved": told.moved,
                "candidatures": [
                    parts("candidature", {"ref": case.ref, "name": case.name or case.ref})
                    for case in told.cases
                ],
            },
        )

    def _date(self, name: str) -> Readable | None:
        dates, case = self._process.dates, self._subject.case
        instant = dates.fixed.get(name) if case is None else dates.of(name, case)
        if instant is None:
            return None
        lasts, place = self._config.dates[name].lasts, self._config.dates[name].place
        ends = None if lasts is None else parse_span(lasts).after(instant, self._process.zone)
        there = "" if place is None else place.in_(self._language)
        return self._when(f"date.{name}", instant, ends=ends, place=there)

    def _when(
        self,
        path: str,
        instant: datetime,
        **told: Any,
    ) -> Readable:
        return when(path, instant, self._process.zone, self._language, **told)

    def _limit(self, name: str) -> str:
        limit = self._config.limits[name]
        if limit.zone is not None:
            return self._teller.zone(limit.zone)
        if limit.decimal:
            return speech.hundredths(int(limit.number * 100), self._language)
        return speech.number(int(limit.number), self._language)

    def _value(self, case: Case, name: str) -> str:
        """The answer to a field, or the value that rules read under a name; "" while not known."""
        with speaking(self._language):
            return self._teller.known(name, case, self._subject.moment) or ""

    def _term(self, name: str) -> str:
        """The length of the term of a request, in words; "" where it has none."""
        until = self._process.definition.requests[name].until
        instant = None if until is None else parse_instant(until)
        offset = instant.offset if isinstance(instant, CountedInstant) else None
        if offset is None or offset.unit not in _LENGTHS:
            return ""
        with speaking(self._language):
            return n_(*_LENGTHS[offset.unit], offset.count).format(count=offset.count)

    def _rules(self, case: Case, ways: Mapping[str, Way], name: str) -> list[Readable]:
        """The rules of a transition, judged on the candidature as it is now.

        What marks a receipt is judged by the receipt that was, once the candidature has moved.
        """
        way, moment = ways[name], self._subject.moment
        verdicts = self._process.judge(way, case, moment).verdicts
        with speaking(self._language):
            told = tell_rules(self._process, way, verdicts, case, moment)
            return [self._rule(rule) for rule in told]

    def _rule(self, rule: RuleTold) -> Readable:
        # What a rule asks to be given as well: it is known to be missing, and the rule fails.
        missing = dict.fromkeys((*rule.lacking, *rule.missing))
        return parts(
            "rule",
            {
                "name": rule.id,
                "says": rule.says,
                "holds": rule.answer is Answer.HOLDS,
                "observed": rule.observed,
                "missing": [self._teller.label(fact) for fact in missing],
                "ground": rule.ground,
            },
        )

    def _transition(self, made: TransitionTold) -> Readable:
        way = self._process.ways(made.from_).get(made.name)
        told: dict[str, Any] = {
            # The folder may have changed since: the name is all that is left then.
            "label": made.name if way is None else way.transition.label.in_(self._language),
            "reason": made.reason,
            "at": self._when("transition.at", made.at),
            "line": made.line,
            "hash": made.hash,
            "by_time": made.by_time,
            "date": Readable(
                "transition.date", self._config.dates, self._date_before, inner=INSTANT
            ),
        }

        def read(name: str) -> Any:
            if name in told:
                return told[name]
            with speaking(self._language):
                return self._as_judged(name, made.judged())

        return Readable("transition", (*told, *_JUDGED), read)

    def _date_before(self, name: str) -> Readable | None:
        """A date as it stood before the decision, whose own mail opens other terms."""
        case = self._subject.case
        before = case and case.but(decided=case.decided and case.decided.before)
        at = None if before is None else self._process.dates.of(name, before)
        return None if at is None else self._when(f"transition.date.{name}", at)

    def _as_judged(self, name: str, judged: JudgedTold) -> Any:
        """What a letter asks of how a transition was judged; "" for a number that is not known."""
        if name == "failed":
            return [self._rule(rule) for rule in judged.stopped]
        if name in ("parted", "departs", "voted"):
            return getattr(judged, name)
        if name in ("mean", "former_mean"):
            known = judged.mean if name == "mean" else judged.former_mean
            return "" if known is None else speech.hundredths(known, self._language)
        tied = judged.tied if judged.tied > 1 else None
        ranks = {"rank": judged.rank, "former_rank": judged.former_rank, "tied": tied}
        number = {**ranks, "ranked": judged.ranked or None}[name]
        return "" if number is None else speech.number(number, self._language)

    def _event(self, date_name: str) -> Readable:
        label = self._config.dates[date_name].label.in_(self._language)
        told = {"label": label, "when": self._date(date_name)}
        return Readable("event", told, told.get, inner=INSTANT)

    def _change(self, told: ChangeTold) -> Readable:
        path = "change.after"
        after = absent(path) if told.after is None else self._when(path, told.after)
        return parts(
            "change",
            {
                "name": told.name,
                "label": told.label.in_(self._language),
                "before": self._when("change.before", told.before),
                "after": after,
            },
        )

    def _digest(self, digest: Digest) -> Readable:
        language, zone, now = self._language, self._process.zone, self._subject.moment.now
        dates = [
            {
                "label": date.label.in_(language),
                "when": self._when("date.when", date.at),
                "days": days_until(date.at, now, zone),
            }
            for date in digest.dates
        ]
        waiting = [
            {
                "ref": case.ref,
                "name": case.name or case.ref,
                "state": case.state.in_(language),
                "todo": case.todo,
            }
            for case in digest.waiting
        ]
        alarms = [
            {
                "ref": one.ref,
                "name": one.name or one.ref,
                "label": one.label.in_(language),
                "when": self._when("alarm.when", one.at),
                "days": days_until(one.at, now, zone),
            }
            for one in digest.alarms
        ]
        lists = {
            "alarms": [parts("alarm", alarm) for alarm in alarms],
            "kept": [
                parts("kept", {"label": one.label.in_(language), "count": one.count})
                for one in digest.kept
            ],
            "dates": [parts("date", date) for date in dates],
            "held": self._messages(digest.held),
            "uncertain": self._messages(digest.uncertain),
            "failed": self._messages(digest.failed),
            "decisions": [parts("decision", asdict(one)) for one in digest.decisions],
            "waiting": [parts("case", case) for case in waiting],
            "nobody": [label.in_(language) for label in digest.nobody],
        }
        told = {"paused": digest.paused, "stopped": digest.stopped, "empty": digest.is_empty}
        return parts("digest", {**lists, **told})

    def _messages(self, messages: tuple[MessageTold, ...]) -> list[Readable]:
        return [
            parts(
                "message",
                {
                    "id": message.id,
                    "label": message.label.in_(self._language),
                    "ref": message.ref,
                    "to": message.to,
                },
            )
            for message in messages
        ]
