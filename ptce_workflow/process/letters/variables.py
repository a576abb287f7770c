"""The variables of letters, and their values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from msgspec import Struct, structs

from ptce_workflow.base import words as speech
from ptce_workflow.base.words import _, n_, nN_, speaking, suggestion
from ptce_workflow.process.calendar import (
    NOTIFIED,
    CountedInstant,
    TimeUnit,
    days_until,
    parse_instant,
    parse_span,
)
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.dates import asked, notified, received
from ptce_workflow.process.explain import ExplainedRule, Teller, explain_rules
from ptce_workflow.process.letters.planning import ChangeView, CopyView
from ptce_workflow.process.model.base import TemplateFault, Text
from ptce_workflow.process.model.definition import ADOPTED
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.process import Edge, Process, nobody

NAMES = (
    *("language", "subject", "body", "frame", "contest", "recipient", "candidature"),
    *("date", "entered", "received", "asked", "notified", "receipt", "sitting"),
    *("service", "term", "limit", "value", "rules", "transition", "sent", "attached"),
    *("copies", "missing", "marks", "privacy", "texts", "event", "update", "changes", "digest"),
)
"""Every name that a template may read; the page on the format says what each is."""

INSTANT = ("day", "hour", "ends", "place", "ends_at")
"""The parts of an instant."""


class Readable:
    """Something of which a template reads the parts, by name; some print as well.

    `read` gives the value of a part, or None while it is not known; `text` what is printed. Both
    are asked only for what a template reads: most letters read little of what they may. `inner` are
    the names that each part has, where it may not be known; what is not `present` is false.
    """

    __slots__ = ("_inner", "_present", "_read", "_text", "names", "path")

    def __init__(
        self,
        path: str,
        names: Collection[str],
        read: Callable[[str], Any],
        text: Callable[[], str] | None = None,
        *,
        inner: Collection[str] = (),
        present: bool = True,
    ) -> None:
        self.path = path
        self.names = names
        self._read = read
        self._text = text
        self._inner = inner
        self._present = present

    def __bool__(self) -> bool:
        return self._present

    def part(self, name: str) -> Any:
        """None while it is not known. Raises: TemplateFault for an unknown name."""
        if name not in self.names:
            what = _('"{name}" does not exist.').format(name=f"{self.path}.{name}")
            raise TemplateFault(what, mend=suggestion(name, self.names))
        return self._read(name)

    def known_part(self, name: str) -> Any:
        """The value of a part; what has its names, where they are known and it is not."""
        value = self.part(name)
        if value is None and self._inner:
            return Readable(f"{self.path}.{name}", self._inner, lambda _name: None)
        return value

    def __str__(self) -> str:
        if self._text is None:
            what = _('"{name}" is not printed by itself.').format(name=self.path)
            raise TemplateFault(what, _("It is made of parts."), suggestion("", self.names))
        return self._text()


def absent(path: str) -> Readable:
    """An instant that is none: false, and nothing where it is printed."""
    return Readable(path, INSTANT, lambda _name: None, str, present=False)


class Names(dict[str, "Names"]):
    """Names of several words, by what stands before their first dot."""

    is_name = False
    """True where a name ends here, although others go on."""

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        root = cls()
        for name in names:
            at = root
            for word in name.split("."):
                at = at.setdefault(word, cls())
            at.is_name = True
        return root


def dotted(path: str, names: Names, read: Callable[[str], Any], before: str = "") -> Readable:
    """Values under names of several words: each word is a part of those before it."""

    def part(word: str) -> Any:
        below, name = names[word], f"{before}{word}"
        return dotted(f"{path}.{word}", below, read, f"{name}.") if below else read(name)

    return Readable(path, names, part, partial(read, before[:-1]) if names.is_name else None)


def parts(path: str, values: Mapping[str, Any]) -> Readable:
    return Readable(path, values.keys(), values.get)


class Recipient(Struct, frozen=True):
    """The reader of a letter; `institution` by its name in `config.toml`, "" for none."""

    name: str
    institution: str = ""


class JudgedView(Struct, frozen=True):
    """How a transition was judged at its line, in the letter's language.

    `stopped` are the rules that did not hold: of what `unless` asks, else of what would have been
    better. `rank` is the place by the marks of a panel, among `ranked`, `tied` how many share it,
    `mean` the total in hundredths; None while they are not recorded. `parted` says that a vote
    parted it from others of the same rank, `departs` that the sitting departed from the ranking by
    a vote, `voted` that it did so for this candidature.
    `former_rank` and `former_mean` are what the sitting found that decided again.
    """

    stopped: tuple[ExplainedRule, ...] = ()
    rank: int | None = None
    ranked: int = 0
    tied: int = 1
    mean: int | None = None
    parted: bool = False
    departs: bool = False
    voted: bool = False
    former_rank: int | None = None
    former_mean: int | None = None


class TransitionView(Struct, frozen=True):
    name: str
    from_: str
    to: str
    at: datetime
    line: int
    hash: str
    reason: str = ""
    judged: Callable[[], JudgedView] = JudgedView
    by_time: bool = False


class ReceiptView(Struct, frozen=True):
    """The receipt that set a letter off: of which sheet, when, its line, the hash of its proof."""

    sheet: str
    at: datetime
    line: int
    hash: str
    evidence: str = ""


class CaseView(Struct, frozen=True):
    """A candidature in a list; `name` is "" where it was erased."""

    ref: str
    name: str


class MarkView(CaseView, frozen=True):
    marks: str


class DateView(Struct, frozen=True):
    label: Text
    when: datetime


class TaskView(Struct, frozen=True):
    """What waits for the desk, of one kind: the command that deals with it, a line for each."""

    title: str
    command: str
    things: tuple[str, ...]


class Digest(Struct, frozen=True):
    """The digest that the desk reads in the morning: its tasks, and the dates ahead."""

    tasks: tuple[TaskView, ...] = ()
    dates: tuple[DateView, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where nothing asks for the desk: the dates ahead alone do not."""
        return not self.tasks


class ConvocationView(Struct, frozen=True):
    """The call of a sitting: when and where it meets, in how many days from now.

    `moved` says that its reader was sent the same call before, for another hour or place. `cases`
    are the candidatures that it is to decide on, or that its panel still marks.
    """

    sitting: str
    call: int
    at: datetime
    ends: datetime
    place: str
    notice: int
    moved: bool = False
    cases: tuple[CaseView, ...] = ()


class Subject(Struct, frozen=True):
    """All that a letter may tell.

    `case` is None for one about the contest. `transition`, `receipt` and `convocation` are what set
    it off, if anything did; `missing` the candidatures whose sheet the recipient's institution has
    not given; `changes` are the dates that an adoption moves, in a mail that tells of one. `update`
    says that the date of a calendar entry sent before has moved, `first` that nothing was written
    to this reader before.
    """

    recipient: Recipient
    moment: RuleContext
    case: Candidature | None = None
    transition: TransitionView | None = None
    missing: tuple[CaseView, ...] = ()
    digest: Digest | None = None
    update: bool = False
    first: bool = False
    receipt: ReceiptView | None = None
    changes: tuple[ChangeView, ...] = ()
    convocation: ConvocationView | None = None
    attached: tuple[str, ...] = ()
    copies: tuple[CopyView, ...] = ()
    marks: tuple[MarkView, ...] = ()


class Dated(Struct, frozen=True):
    """The calendar entry that goes with a letter; without a length it ends as it begins."""

    title: str
    begins: datetime
    ends: datetime
    place: str = ""


class Letter(Struct, frozen=True):
    subject: str
    text: str
    html: str
    language: str


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


@lru_cache(_PROCESSES_KEPT)
def _names(process: Process) -> tuple[Names, Names, Mapping[str, Edge]]:
    edges = {f"{edge.origin}.{edge.name}": edge for edge in process.every_edge()}
    values = (*process.definition.field_names(), *process.scope.variables)
    return Names.of(values), Names.of(edges), edges


class Variables:
    def __init__(self, process: Process, language: str, subject: Subject) -> None:
        self._process = process
        self._definition = process.definition
        self._config = process.definition.config
        self._language = language
        self._subject = subject
        self._teller = Teller(process, language)

    def shared(self) -> dict[str, Any]:
        subject, identity, reader = self._subject, self._config.contest, self._subject.recipient
        seat = self._label(self._config.institutions, reader.institution)
        values: dict[str, Any] = {
            "language": self._language,
            "contest": self._parts("contest", id=identity.id, title=identity.title),
            "recipient": self._parts("recipient", name=reader.name, institution=seat),
            "date": Readable("date", self._config.dates, self._date, inner=INSTANT),
            "limit": Readable("limit", self._config.limits, self._limit),
            "privacy": Readable("privacy", _PRIVACY, self._privacy, inner=INSTANT),
            "term": Readable("term", self._definition.requests, self._term),
        }
        if (service := self._config.service) is not None:
            address = service.address or ""
            values["service"] = self._parts("service", name=service.name, address=address)
        if subject.case is not None:
            values |= self._candidature(subject.case)
        if subject.transition is not None:
            values["transition"] = self._transition(subject.transition)
        if subject.receipt is not None:
            values["receipt"] = self._receipt(subject.receipt)
        if subject.convocation is not None:
            values["sitting"] = self._sitting(subject.convocation)
        return values

    def of(self, name: str) -> dict[str, Any]:
        """The variables of a mail's templates by name; those that do not apply are left out."""
        notification, subject = self._definition.notifications[name], self._subject
        values = self.shared()
        if notification.recipients.of_panel:
            name = "missing" if notification.recipients.lack_sheets else "marks"
            values[name] = self._in_words(name, getattr(subject, name))
        if notification.event is not None:
            label = self._config.dates[notification.event].label.in_(self._language)
            event = {"label": label, "when": self._date(notification.event)}
            values["event"] = Readable("event", event, event.get, inner=INSTANT)
            values["update"] = subject.update
        if subject.changes or ADOPTED in notification.on:
            values["changes"] = [
                self._parts(
                    "change",
                    name=change.name,
                    label=change.label,
                    before=change.before,
                    after=change.after or absent("change.after"),
                )
                for change in subject.changes
            ]
        values |= {"attached": list(subject.attached)} if notification.attach else {}
        if notification.recipients.hold_files:
            values["copies"] = self._in_words("copy", subject.copies)
        if (digest := subject.digest) is not None:
            values["digest"] = self._record("digest", digest, empty=digest.is_empty)
        return values

    def _parts(self, path: str, **values: Any) -> Readable:
        """Something made of parts: labels in the letter's language, instants in words."""
        return parts(path, {k: self._in_words(f"{path}.{k}", value) for k, value in values.items()})

    def _record(self, path: str, record: Any, **more: Any) -> Readable:
        values = structs.asdict(record)
        if "ref" in values and "name" in values:
            values["name"] = values["name"] or values["ref"]
        if "when" in values:
            now, zone = self._subject.moment.now, self._process.zone
            values["days"] = days_until(values["when"], now, zone)
        return self._parts(path, **{**values, **more})

    def _in_words(self, path: str, value: Any) -> Any:
        match value:
            case Text():
                return value.in_(self._language)
            case datetime():
                return self._when(path, value)
            case tuple():
                return [self._in_words(path, item) for item in value]
        return self._record(path, value) if isinstance(value, Struct) else value

    def _when(
        self,
        path: str,
        at: datetime,
        *,
        ends: datetime | None = None,
        seconds: bool = False,
        place: str = "",
        late: Readable | None = None,
    ) -> Readable:
        """An instant: its day and hour in words, and when it ends if it lasts."""
        zone, language = self._process.zone, self._language
        words: dict[str, Callable[[], Any]] = {
            "day": lambda: speech.long_date(at, zone, language),
            "hour": lambda: speech.clock(at, zone, language, seconds=seconds),
            "ends": lambda: "" if ends is None else speech.clock(ends, zone, language),
            "place": lambda: place,
            "ends_at": lambda: "" if ends is None else speech.long_instant(ends, zone, language),
            "late": lambda: late,
        }
        text = partial(speech.long_instant, at, zone, language, seconds=seconds)
        names = INSTANT if late is None else (*INSTANT, "late")
        return Readable(path, names, lambda name: words[name](), text)

    def _to_the_second(self, path: str, at: datetime | None, **more: Any) -> Readable:
        # To the minute, as it is typed, but where a second decides.
        return absent(path) if at is None else self._when(path, at, seconds=bool(at.second), **more)

    def _label(self, tables: Mapping[str, Any], name: str) -> Text | str:
        """The label of a table of the folder, which may have changed: its name is left then."""
        table = tables.get(name)
        return name if table is None else table.label

    def _candidature(self, case: Candidature) -> dict[str, Any]:
        definition, states = self._definition, self._process.states
        state, name_field = states[case.state], self._config.contest.name_field
        name = case.private.get(name_field) or case.facts.get(name_field) or case.ref
        result = {"name": name, "state": state.label, "meaning": state.meaning or ""}
        values, rules, edges = _names(self._process)
        receipt = self._subject.receipt
        sheet = self._definition.contact_sheet if receipt is None else receipt.sheet
        variables: dict[str, Any] = {
            "candidature": self._parts("candidature", ref=case.ref, **result),
            "entered": Readable("entered", states, partial(self._entered, case), inner=INSTANT),
            "received": Readable(
                "received", definition.sheets, partial(self._received, case), inner=INSTANT
            ),
            "asked": Readable(
                "asked", definition.requests, partial(self._asked, case), inner=(*INSTANT, "late")
            ),
            "sent": self._sent(case),
            "missing": [self._teller.label(name) for name in self._teller.missing_of(sheet, case)],
            "value": dotted("value", values, partial(self._value, case)),
            "rules": dotted("rules", rules, partial(self._rules, case, edges)),
        }
        if (at := notified(definition, case)) is not None:
            variables[NOTIFIED] = self._when(NOTIFIED, at)
        return variables

    def _sent(self, case: Candidature) -> list[Readable]:
        """The mails that have left to the contact since it came where the transition began."""
        view, notifications = self._subject.transition, self._definition.notifications
        since = None if view is None else case.entered.get(view.from_)
        sent = [
            (at, notifications[name]) for name, at in case.sent.items() if name in notifications
        ]
        return [
            self._parts("sent", label=mail.label, at=at)
            for at, mail in sorted(sent, key=lambda pair: pair[0])
            if mail.to == CONTACT and (since is None or at >= since)
        ]

    def _privacy(self, name: str) -> Any:
        """What becomes of what a candidature tells, by the folder itself."""
        definition, spoken = self._definition, self._language
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
        return [self._teller.label(answer) for answer in shows]

    def _entered(self, case: Candidature, state: str) -> Readable | None:
        at = case.entered.get(state)
        return None if at is None else self._when(f"entered.{state}", at)

    def _received(self, case: Candidature, sheet: str) -> Readable | None:
        at = received(self._definition, sheet, case)
        return None if at is None else self._to_the_second(f"received.{sheet}", at)

    def _asked(self, case: Candidature, request: str) -> Readable | None:
        at = asked(self._definition, request, case)
        path, term = f"asked.{request}", case.late.get(request)
        late = absent(f"{path}.late") if term is None else self._when(f"{path}.late", term)
        return None if at is None else self._to_the_second(path, at, late=late)

    def _receipt(self, receipt: ReceiptView) -> Readable:
        case, at = self._subject.case, receipt.at
        versions = None if case is None else self._process.versions(receipt.sheet, at, case)
        return self._record(
            "receipt",
            receipt,
            sheet=self._label(self._definition.sheets, receipt.sheet),
            at=self._to_the_second("receipt.at", at),
            late=versions is not None and versions.is_late,
            counts=self._to_the_second("receipt.counts", versions and versions.counts),
            replaces=self._to_the_second("receipt.replaces", versions and versions.replaces),
        )

    def _sitting(self, called: ConvocationView) -> Readable:
        return self._parts(
            "sitting",
            label=self._label(self._config.sittings, called.sitting),
            call=called.call,
            when=self._when("sitting.when", called.at, ends=called.ends, place=called.place),
            notice=called.notice,
            moved=called.moved,
            candidatures=called.cases,
        )

    def _date(self, name: str) -> Readable | None:
        dates, case, date = self._process.dates, self._subject.case, self._config.dates[name]
        instant = dates.fixed.get(name) if case is None else dates.of(name, case)
        if instant is None:
            return None
        lasts = None if date.lasts is None else parse_span(date.lasts)
        ends = None if lasts is None else lasts.after(instant, self._process.zone)
        place = "" if date.place is None else date.place.in_(self._language)
        return self._when(f"date.{name}", instant, ends=ends, place=place)

    def _limit(self, name: str) -> str:
        limit = self._config.limits[name]
        if limit.zone is not None:
            return self._teller.zone(limit.zone)
        if limit.decimal:
            return speech.hundredths(int(limit.number * 100), self._language)
        return speech.number(int(limit.number), self._language)

    def _value(self, case: Candidature, name: str) -> str:
        """The answer to a field, or the value that rules read under a name; "" while not known."""
        with speaking(self._language):
            return self._teller.value_text(name, case, self._subject.moment) or ""

    def _term(self, name: str) -> str:
        """The length of the term of a request, in words; "" where it has none."""
        until = self._process.definition.requests[name].until
        instant = None if until is None else parse_instant(until)
        offset = instant.offset if isinstance(instant, CountedInstant) else None
        if offset is None or offset.unit not in _LENGTHS:
            return ""
        with speaking(self._language):
            return n_(*_LENGTHS[offset.unit], offset.count).format(count=offset.count)

    def _rules(self, case: Candidature, edges: Mapping[str, Edge], name: str) -> list[Readable]:
        """The rules of a transition, judged now; those of a receipt, by that receipt."""
        edge, moment = edges[name], self._subject.moment
        verdicts = self._process.judge(edge, case, moment).verdicts
        with speaking(self._language):
            rules = explain_rules(self._process, edge, verdicts, case, moment)
            return [self._rule(rule) for rule in rules]

    def _rule(self, rule: ExplainedRule) -> Readable:
        # What a rule asks to be given as well: it is known to be missing, and the rule fails.
        missing = dict.fromkeys((*rule.lacking, *rule.missing))
        return self._parts(
            "rule",
            name=rule.id,
            says=rule.says,
            holds=rule.answer is RuleAnswer.HOLDS,
            observed=rule.observed,
            missing=[self._teller.label(fact) for fact in missing],
            ground=rule.ground,
        )

    def _transition(self, view: TransitionView) -> Readable:
        edge = self._process.edges(view.from_).get(view.name)
        values: dict[str, Any] = {
            "label": view.name if edge is None else edge.transition.label.in_(self._language),
            "reason": view.reason,
            "at": self._when("transition.at", view.at),
            "line": view.line,
            "hash": view.hash,
            "by_time": view.by_time,
            "date": Readable(
                "transition.date", self._config.dates, self._date_before, inner=INSTANT
            ),
        }

        def read(name: str) -> Any:
            if name in values:
                return values[name]
            with speaking(self._language):
                judged = view.judged()
                if name == "failed":
                    return [self._rule(rule) for rule in judged.stopped]
                if name in ("parted", "departs", "voted"):
                    return getattr(judged, name)
                if name in ("mean", "former_mean"):
                    mean = getattr(judged, name)
                    return "" if mean is None else speech.hundredths(mean, self._language)
                number = getattr(judged, name)
                unsaid = number is None or (name, number) in (("tied", 1), ("ranked", 0))
                return "" if unsaid else speech.number(number, self._language)

        return Readable("transition", (*values, *_JUDGED), read)

    def _date_before(self, name: str) -> Readable | None:
        """A date as it stood before the decision, whose own mail opens other terms."""
        case = self._subject.case
        before = case and case.but(decided=case.decided and case.decided.before)
        at = None if before is None else self._process.dates.of(name, before)
        return None if at is None else self._when(f"transition.date.{name}", at)
