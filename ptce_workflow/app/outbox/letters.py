"""The letters of mails rendered from the contest, and the ledger line that each quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Struct, convert
from msgspec.structs import asdict, replace

from ptce_workflow.app.candidatures.overview import TOLD_BEFORE
from ptce_workflow.app.candidatures.why import Rewound
from ptce_workflow.app.outbox.attachments import Attachment, holders, subjects_of
from ptce_workflow.app.outbox.plan import Mailing, address_of, called_by, case_of, entry_in
from ptce_workflow.app.projections import due_of
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.app.today import tasks_of_desk
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_json, from_text, to_json, to_text
from ptce_workflow.base.words import (
    _,
    fingerprint,
    hundredths,
    own_language,
    rehearsal_mark,
    speaking,
)
from ptce_workflow.ledger.events.base import Reason, read, read_side
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.erasure import PersonalDataErased
from ptce_workflow.ledger.events.facts import SheetReceived
from ptce_workflow.ledger.events.sitting import SittingClosed, SittingConvened
from ptce_workflow.ledger.events.transition import effective_at
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.sitting_rules import days_ahead
from ptce_workflow.ledger.state import SCHEDULER, Person
from ptce_workflow.process.calendar import parse_span
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.forms import no_opinion
from ptce_workflow.process.letters.letter import (
    cancellation_letter,
    desk_letter,
    draft,
    edited,
    letter,
)
from ptce_workflow.process.letters.message import HAVE_LEFT, Message, Stage, words_hash
from ptce_workflow.process.letters.planning import (
    CopyView,
    changes,
    event_of,
    takes_back,
)
from ptce_workflow.process.letters.variables import (
    CaseView,
    ConvocationView,
    Dated,
    DateView,
    Digest,
    Letter,
    MarkView,
    ReceiptView,
    Recipient,
    Subject,
    TaskView,
    TransitionView,
)
from ptce_workflow.process.model.base import Text
from ptce_workflow.process.model.notification import CONTACT, DESK_LETTER
from ptce_workflow.process.panel import asked_of, has_answered
from ptce_workflow.process.visibility import readable
from ptce_workflow.store.connections import damaged_row
from ptce_workflow.store.rows import LineRow

S = TypeVar("S")
_PLANS = b'"type":"messages_planned"}\n'
_ENDS = ("</footer>", "</main>", "</body>")


class Trace(Struct, frozen=True):
    """A line of the ledger and its hash, as a mail quotes them: whole, or its first digits."""

    line: int
    hash: str

    def begins_with(self, other: Trace) -> bool:
        """True where another is of the same line, and has the first digits of this hash."""
        return self.line == other.line and self.hash.startswith(other.hash)


def _plans(lines: list[LineRow]) -> list[LineRow]:
    return [row for row in lines if row.line.endswith(_PLANS)]


def traced(letter: Letter, trace: Trace | None) -> Letter:
    if trace is None:
        return letter
    with speaking(own_language(letter.language)):
        text = _("To verify later: line {n}, fingerprint {hash}.")
        text = text.format(n=trace.line, hash=fingerprint(trace.hash))
    place = next((at for end in _ENDS if (at := letter.html.rfind(end)) >= 0), len(letter.html))
    html = f"{letter.html[:place]}<p>{text}</p>\n{letter.html[place:]}"
    return replace(letter, text=f"{letter.text}\n{text}\n", html=html)


# Sixteen digits at least, in groups of four or not: what nobody finds another line for.
_QUOTED = re.compile(
    r"\b(?:ligne|line)\s+(\d{1,15})\b[^0-9]{1,120}?(?:SHA-256[^0-9]{1,20})?"
    r"(?<![0-9a-z])([0-9a-f]{4}(?:\s{0,2}[0-9a-f]{4}){3,15})(?![0-9a-z])",
    re.IGNORECASE,
)


def quoted(text: str) -> Iterator[Trace]:
    """The lines that a text quotes by hash, the longer of two counting."""
    traces = [Trace(int(one[1]), "".join(one[2].split()).lower()) for one in _QUOTED.finditer(text)]
    for one in dict.fromkeys(traces):
        if not any(other != one and other.begins_with(one) for other in traces):
            yield one


class Letters:
    def __init__(self, tx: Transaction) -> None:
        self._act = tx
        self._config = tx.process.definition.config

    def line_of(self, row: Message) -> str:
        """The line that set a message off, and its hash; "" where none did."""
        trace = self._trace(row)
        return "" if trace is None else f"{trace.line} {trace.hash}"

    def _trace(self, row: Message) -> Trace | None:
        """The line that set a mail off, or planned it; None for a forecast."""
        unit, contest = self._act.unit, self._act.contest
        if row.occurrence.isdecimal():
            content = self._act.bytes_of_line(int(row.occurrence))
            return None if content is None else Trace(int(row.occurrence), digest(content))
        about = row.case_id
        lines = _plans(unit.lines_about(contest, about)) if about else self._plans_of_contest
        named = f'"message":"{row.name}"'.encode()
        plan = next((line for line in reversed(lines) if named in line.line), None)
        return None if plan is None else Trace(plan.n, digest(plan.line))

    @cached_property
    def _plans_of_contest(self) -> list[LineRow]:
        """Those that plan mails about the contest: looked for once, among lines that grow."""
        return _plans(self._act.unit.lines_about_none(self._act.contest))

    def words(self, row: Message, language: str | None = None) -> str:
        """The words of a message: as it was written for good, else as it would be written now.

        Shape: as `written` gives it; `letter_of` and `dated_of` read it.
        Raises: TemplateFault when its templates give no letter, PtceError when the process in
        force has no such notification any more.
        """
        spoken = language or self._act.process.language
        written_by_desk = row.notification == DESK_LETTER
        if row.words and (written_by_desk or language in (None, letter_of(row.words).language)):
            return row.words
        if takes_back(row.occurrence):
            return self._taken_back(row, spoken)
        if row.notification not in self._act.process.definition.notifications:
            why = _('The process in force has no notification "{name}".')
            if written_by_desk:
                why = _("They were erased.")
            why = why.format(name=row.notification)
            raise PtceError(_("{message} has no words.").format(message=row.name), why)
        rendered = letter(self._act.process, row.notification, spoken, self.subject(row, spoken))
        files = self.attachments(row, spoken)
        return written(self._finished(rendered, row), self._dated(row, spoken), files)

    def attachments(self, row: Message, language: str) -> tuple[Attachment, ...]:
        """The files that would go with a mail now. Raises: PtceError where nothing writes them."""
        act, wanted = self._act, self._act.process.definition.notifications[row.notification].attach
        files, writer = Mailing.of(act).files, act.attachments
        key = act.process.hash, row.name, language
        if wanted and key not in files:
            if writer is None:
                raise PtceError(
                    _("{message} has attachments, and nothing writes them here.").format(
                        message=row.name
                    )
                )
            made = (writer(act, row, item, language) for item in wanted)
            files[key] = tuple(one for one in made if one is not None)
        return files.get(key, ())

    def _taken_back(self, row: Message, language: str) -> str:
        """The words by which an entry is taken back: what it told, and that it is off."""
        event = event_of(self._act.process, row.notification, row.occurrence)
        rows = self._act.unit.messages_of(self._act.contest, row.case_id)
        had = [
            one
            for one in rows
            if (one.notification, one.recipient) == (row.notification, row.recipient)
            and one.words
            and one.sequence < row.sequence
            and event_of(self._act.process, one.notification, one.occurrence) in (event, None)
        ]
        last = max(had, key=lambda one: (one.sequence, one.next_at), default=row)
        dated = dated_of(last.words)
        if dated is None:
            raise PtceError(_("{message} has no words.").format(message=row.name))
        case, person = case_of(self._act, row), self._person(row.recipient)
        if case is not None and person is not None:
            case = readable(self._act.process, case, person.roles)
        subject = Subject(self._reader(row), self._act.bare_moment(), case)
        rendered = cancellation_letter(self._act.process, language, subject, dated)
        return written(self._finished(rendered, row), dated)

    def _finished(self, rendered: Letter, row: Message) -> Letter:
        """The letter with its last line, and with the mark of a rehearsal before its subject."""
        if self._act.row.rehearsal:
            with speaking(own_language(rendered.language)):
                rendered = replace(rendered, subject=f"{rehearsal_mark()} {rendered.subject}")
        return traced(rendered, self._trace(row))

    def draft(self, row: Message) -> str:
        """The Markdown of a message, as last written. Raises: TemplateFault."""
        rewritten = rewritten_of(row.words)
        if rewritten is not None:
            return rewritten.source
        language = self._act.process.language
        return draft(self._act.process, row.notification, language, self.subject(row, language))

    def edited(self, row: Message, source: str) -> str:
        """The words of a message as a person wrote them. Raises: TemplateFault."""
        language, process = self._act.process.language, self._act.process
        if row.notification == DESK_LETTER:
            case = case_of(self._act, row)
            subject = Subject(self._reader(row), self._act.bare_moment(), case)
            rendered = self._finished(desk_letter(process, language, subject, source), row)
            return written(rendered, None, rewritten=Rewritten(source, words_hash("")))
        rendered = edited(process, row.notification, language, self.subject(row, language), source)
        rendered = self._finished(rendered, row)
        instead = words_hash(self.words(replace(row, words="")))
        files = self.attachments(row, language)
        return written(rendered, self._dated(row, language), files, Rewritten(source, instead))

    def subject(self, row: Message, language: str) -> Subject:
        act, case, person = self._act, case_of(self._act, row), self._person(row.recipient)
        notification = act.process.definition.notifications[row.notification]
        convocation = self._convocation(row, language)
        moment = act.bare_moment() if case is None else act.moment(case)
        case = case and self._as_notified(row, case)
        if person is not None:
            case = case and readable(act.process, case, person.roles)
        return Subject(
            self._reader(row),
            moment,
            case,
            missing=self.missing(row, person) if notification.recipients.lack_sheets else (),
            marks=tuple(self._marks(row, person, language)),
            digest=self._digest(language)
            if notification.recipients.read_digest and notification.about == "contest"
            else None,
            update=row.sequence > 0,
            first=row.recipient == CONTACT and self._is_first(row),
            convocation=convocation,
            attached=tuple(one.name for one in self.attachments(row, language)),
            **self._cause(row),
        )

    def _as_notified(self, row: Message, case: Candidature) -> Candidature:
        """The candidature as the mail of a decision leaves it: its terms count from then."""
        decided = case.decided and case.decided.at_line(row.occurrence)
        if decided is None or row.recipient != CONTACT:
            return case
        leaves = max(due_of(row), self._act.now)
        return case.but(decided=decided.counting(row.notification, leaves))

    def _reader(self, row: Message) -> Recipient:
        case, person = case_of(self._act, row), self._person(row.recipient)
        if person is not None:
            name = person.private.get("name", person.pseudonym)
            return Recipient(name, person.institution or "")
        return Recipient(self._case_view(case).name if case is not None else "")

    def _is_first(self, row: Message) -> bool:
        """True where nothing was written to the contact of a candidature before."""
        messages = Mailing.of(self._act).messages_about(row.case_id)
        # No letter of the desk tells what becomes of personal data.
        others = (
            one
            for key, one in messages.items()
            if key != row.key and key.notification != DESK_LETTER
        )
        return not any(one.sha256 or one.words for one in others if one.recipient == CONTACT)

    def address(self, row: Message) -> tuple[str, str]:
        """The name and address of its recipient; an empty address when none is known."""
        address = address_of(self._act, row)
        if row.recipient == CONTACT:
            case = self._act.case(row.case_id)
            return case.private.get(self._config.contest.name_field) or case.ref, address
        person = self._person(row.recipient)
        if person is None or not person.active:
            return "", ""
        return person.private.get("name", person.pseudonym), address

    def says_nothing(self, row: Message) -> bool:
        """True when there is nothing to tell: no sheet is missing, nothing asks for the desk."""
        if takes_back(row.occurrence):
            return False
        notification = self._act.process.definition.notifications[row.notification]
        readers = notification.recipients
        if readers.lack_sheets:
            return not self.missing(row, self._person(row.recipient))
        if readers.of_panel:
            return self._is_known(row)
        if notification.is_digest:
            return self._digest(self._act.process.language).is_empty
        return False

    def missing(self, row: Message, person: Person | None) -> tuple[CaseView, ...]:
        """The candidatures whose sheet the recipient's institution has not completed."""
        process = self._act.process
        panel = process.definition.notifications[row.notification].panel or ""
        sheet = process.definition.sheets.get(panel)
        institution = "" if person is None else person.institution or ""
        recipient = row.recipient
        if sheet is None or institution not in sheet.members:
            return ()
        roles = () if person is None else person.roles
        return tuple(
            self._case_view(readable(process, case, roles))
            for case in self._act.every_case()
            if process.is_open(panel, case.state)
            and institution in asked_of(panel, sheet, case)
            and recipient not in case.aside.get(panel, ())
            and not has_answered(sheet, case.scores.get(panel, {}), institution)
        )

    def _marks(self, row: Message, person: Person | None, language: str) -> Iterator[MarkView]:
        """The marks in a panel of the recipient's institution, one candidature after the other."""
        process = self._act.process
        notification = process.definition.notifications[row.notification]
        panel = notification.panel or ""
        sheet = process.definition.sheets.get(panel)
        # Whoever is asked for sheets is told of those that it lacks, not of marks.
        if person is None or sheet is None or notification.recipients.lack_sheets:
            return
        for case in sorted(self._act.every_case(), key=lambda case: by_ref(case.ref)):
            given = case.scores.get(panel, {}).get(person.institution or "", {})
            marks = [
                f"{sheet.fields[name].label.in_(language)} {mark}"
                for name, mark in ((one, _mark_text(given[one], language)) for one in given)
            ]
            if marks:
                named = self._case_view(readable(process, case, person.roles))
                yield MarkView(named.ref, named.name, ", ".join(marks))

    def _is_known(self, row: Message) -> bool:
        """True where the last such mail that left said the same; or where there are no marks."""
        spoken = self._act.process.language
        subject = self.subject(row, spoken)
        if not subject.marks:
            return True
        left = [
            one
            for one in self._act.unit.messages_of(self._act.contest, row.case_id)
            if (one.notification, one.recipient) == (row.notification, row.recipient)
            and one.stage in HAVE_LEFT
        ]
        last = max(left, key=lambda one: one.next_at, default=row).words
        says = letter(self._act.process, row.notification, spoken, subject).text
        return last != "" and letter_of(last).text.startswith(says)

    def _dated(self, row: Message, language: str) -> Dated | None:
        """The calendar entry that would go with it now, if its date is known."""
        process, called = self._act.process, self._convocation(row, language)
        if called is not None:
            title = self._config.sittings[called.sitting].label.in_(language)
            return Dated(title, called.at, called.ends, called.place)
        event = process.definition.notifications[row.notification].event
        case, dates = case_of(self._act, row), process.dates
        begins = event and (dates.of(event, case) if case else dates.fixed.get(event))
        if not event or not begins:
            return None
        dated = self._config.dates[event]
        ends = parse_span(dated.lasts).after(begins, process.zone) if dated.lasts else begins
        place = "" if dated.place is None else dated.place.in_(language)
        return Dated(dated.label.in_(language), begins, ends, place)

    def _person(self, recipient: str) -> Person | None:
        if recipient == CONTACT:
            return None
        return self._people.get(recipient)

    @cached_property
    def _people(self) -> dict[str, Person]:
        return {person.pseudonym: person for person in self._act.people()}

    def _case_view(self, case: Candidature) -> CaseView:
        return CaseView(case.ref, case.private.get(self._config.contest.name_field, ""))

    def _cause(self, row: Message) -> dict[str, Any]:
        """What set it off by its occurrence: a transition, a receipt, an adoption, or none."""
        if not row.occurrence.isdecimal():
            return {}
        number = int(row.occurrence)
        content = self._act.unit.line(self._act.contest, number)
        line, seal = read(content), digest(content)
        event = line.data
        if isinstance(event, ProcessAdopted):
            before = self._act.process_of(event.from_)
            at = from_text(line.at)
            return {"changes": changes(before, self._act.process, at, row.notification)}
        if isinstance(event, SheetReceived):
            proof = "" if event.evidence is None else event.evidence.sha256
            at = from_text(event.received_at)
            return {"receipt": ReceiptView(event.sheet, at, number, seal, proof)}
        if isinstance(event, SittingConvened | SittingClosed):
            return {}
        if isinstance(event, PersonalDataErased):
            return {"copies": tuple(self._copies(row))}
        content_beside = self._act.unit.side(self._act.contest, number, row.case_id)
        side = read_side(line.type, content_beside) if content_beside else None
        origin, name = event.move(None)
        reason = side.reason if isinstance(side, Reason) else ""
        at = effective_at(line)
        by_time = line.actor == SCHEDULER.pseudonym
        own = name, origin, event.to, at, number, seal, reason
        view = TransitionView(*own, lambda: self._rewound.judged(number), by_time)
        return {"transition": view}

    def _copies(self, row: Message) -> Iterator[CopyView]:
        """The files about an erased candidature that a reader was sent, in which mail and when."""
        act, notifications = self._act, self._act.process.definition.mails
        for mail in holders(act, row.case_id):
            if mail.recipient == row.recipient:
                notification = notifications.get(mail.notification)
                label = notification.label if notification else Text(mail.notification)
                for one in act.unit.attachments_of(act.contest, mail.number):
                    if row.case_id in subjects_of(one):
                        yield CopyView(one.name, label, from_text(mail.sent or mail.due))

    @cached_property
    def _rewound(self) -> Rewound:
        return Rewound(self._act)

    def _convocation(self, row: Message, language: str) -> ConvocationView | None:
        """The call of the sitting that a mail tells of; None for any other mail."""
        event = called_by(self._act, row)
        if event is None or event.sitting not in self._config.sittings:
            return None
        process, sitting = self._act.process, self._config.sittings[event.sitting]
        at, dated = from_text(event.at), self._config.dates.get(sitting.date)
        ends, place = at, event.place
        if dated is not None:
            ends = parse_span(dated.lasts).after(at, process.zone) if dated.lasts else at
            place = place or ("" if dated.place is None else dated.place.in_(language))
        cases = tuple(
            self._case_view(case)
            for case in self._act.every_case()
            if process.is_before(sitting, case, self._act.now)
            or process.is_open(sitting.panel, case.state)
        )
        days, again = days_ahead(process, self._act.now, at), self._was_called(row, event)
        return ConvocationView(event.sitting, event.call, at, ends, place, days, again, cases)

    def _was_called(self, row: Message, event: SittingConvened) -> bool:
        """True where this reader was sent the same call before, for another hour or place."""
        rows = self._act.unit.messages_of(self._act.contest, row.case_id) if event.moved else ()
        left = (one for one in rows if one.recipient == row.recipient and one.stage == Stage.SENT)
        calls = (called_by(self._act, one) for one in left if one.occurrence != row.occurrence)
        of_it = event.sitting, event.call
        return any(one is not None and (one.sitting, one.call) == of_it for one in calls)

    def _digest(self, language: str) -> Digest:
        act, dates = self._act, self._act.process.dates.fixed.items()
        ahead = sorted((at, name) for name, at in dates if act.now <= at <= act.now + TOLD_BEFORE)
        with speaking(language):
            tasks = tuple(
                TaskView(task.counted, task.command, task.things) for task in tasks_of_desk(act)
            )
        return Digest(
            tasks, tuple(DateView(self._config.dates[name].label, at) for at, name in ahead)
        )


def _mark_text(mark: int | None, language: str) -> str:
    with speaking(own_language(language)):
        return no_opinion() if mark is None else hundredths(mark, language)


class Rewritten(Struct, frozen=True):
    """What a person has written, in Markdown, and the hash of the words that it stands for."""

    source: str
    instead: str


def written(
    rendered: Letter,
    dated: Dated | None,
    files: Iterable[Attachment] = (),
    rewritten: Rewritten | None = None,
) -> str:
    """A letter, its calendar entry and the names of its attachments, as written for good."""
    entry = dated and {
        "title": dated.title,
        "begins": to_text(dated.begins),
        "ends": to_text(dated.ends),
        **({"place": dated.place} if dated.place else {}),
    }
    own = {} if rewritten is None else {"rewritten": asdict(rewritten)}
    names = [{"name": one.name, "sha256": one.sha256} for one in files]
    attached = {"attached": names} if names else {}
    return to_json({**asdict(rendered), "entry": entry, **attached, **own})


def letter_of(words: str) -> Letter:
    """The letter that kept words hold. Raises: PtceError for words that the program never wrote."""
    return _read_words(words, Letter)


def _read_words(words: str, kind: type[S]) -> S:
    try:
        table = from_json(words)
        return convert(table if kind is Letter else table["rewritten"], kind)
    except UNREADABLE as error:
        raise damaged_row("message", words) from error


def rewritten_of(words: str) -> Rewritten | None:
    """What a person has written instead of a letter; None where nobody has."""
    # Asked of each mail in a list: within a text, the quotation marks would have a stroke before.
    return _read_words(words, Rewritten) if '"rewritten":{' in words else None


def dated_of(words: str) -> Dated | None:
    entry = entry_in(words)
    if entry is None:
        return None
    begins, ends = from_text(entry["begins"]), from_text(entry["ends"])
    return Dated(entry["title"], begins, ends, entry.get("place", ""))
