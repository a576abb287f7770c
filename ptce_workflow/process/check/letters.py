"""Faults of letters, tried on sample recipients and candidatures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from typing import Any

from msgspec.structs import replace

from ptce_workflow.base.errors import Finding, Misuse, shown
from ptce_workflow.base.words import LANGUAGES, N_, _, did_you_mean, nearest
from ptce_workflow.process.calendar import NOTIFIED, parse_instant
from ptce_workflow.process.candidature import Candidature, Decided, RuleAnswer, RuleContext
from ptce_workflow.process.check.graph import instants
from ptce_workflow.process.check.places import Place, instance, places
from ptce_workflow.process.explain import ExplainedRule
from ptce_workflow.process.fields import SignedFor, TableField, TextField
from ptce_workflow.process.forms import sign_ins
from ptce_workflow.process.letters.letter import (
    FRAME,
    PRIVACY,
    RANKING,
    REMEDIES,
    SILENCE,
    MailSource,
    file_in,
    language_of,
    letter,
    misheaded,
    templates_of,
    titles,
    unanswered,
)
from ptce_workflow.process.letters.planning import ChangeView, CopyView, planner_of
from ptce_workflow.process.letters.variables import (
    CaseView,
    ConvocationView,
    DateView,
    Digest,
    JudgedView,
    Letter,
    MarkView,
    Readable,
    ReceiptView,
    Recipient,
    Subject,
    TaskView,
    TransitionView,
)
from ptce_workflow.process.markdown import Loose, MarkdownPage, page_of
from ptce_workflow.process.model.base import TemplateFault, Text
from ptce_workflow.process.model.definition import (
    ADOPTED,
    ASKED,
    CLOSED,
    CONVENED,
    ERASED,
    RECEIVED,
    START,
    Definition,
    Document,
    Transition,
)
from ptce_workflow.process.model.folder import LAYOUT, text_file
from ptce_workflow.process.model.notification import (
    ATTACHMENTS,
    DESK_LETTER,
    Chair,
    MailHours,
    Notification,
    recipient_kinds,
)
from ptce_workflow.process.panel import FIGURES
from ptce_workflow.process.process import Edge, Process

_NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
_MARK = 100
_PROCESSES_KEPT = 4
_SEAL = sha256(b"1").hexdigest()
_LABEL = Text("Exemple", en="Example")
_RULE = ExplainedRule("rule", RuleAnswer.FAILS, "Une règle", "1,25", (NOTIFIED,), _LABEL, None)


def samples(process: Process, name: str) -> Iterator[Subject]:
    """Subjects with all, then with the least: two for each way and state, or for the contest."""
    for full in (True, False):
        yield from _subjects(process, name, full)


def sample_letters(process: Process, names: Iterable[str] = ()) -> Iterator[tuple[str, Letter]]:
    """A letter of each of some notifications, or of all. Raises: Misuse, TemplateFault."""
    known = process.definition.notifications
    for name in names:
        if name not in known:
            what = _('There is no notification "{name}".').format(name=shown(name))
            raise Misuse(what, mend=did_you_mean(nearest(name, known)))
    for name in names or known:
        for subject in islice(samples(process, name), 1):
            yield name, letter(process, name, process.language, subject)


def _subjects(process: Process, name: str, full: bool) -> Iterator[Subject]:
    notification, config = process.definition.notifications[name], process.definition.config
    institution = next(iter(config.institutions), "") if full else ""
    names = ("Les Jardins", "") if full else ("Les Jardins",)
    subject = Subject(
        Recipient("Alex Exemple", institution),
        RuleContext(_NOW, ("desk",), "", dict.fromkeys(process.totals, 0)),
        missing=tuple(CaseView(f"C-{number:03}", name) for number, name in enumerate(names, 1)),
        marks=tuple(
            MarkView(f"C-{number:03}", name, "Innovation 4") for number, name in enumerate(names, 1)
        ),
        update=full,
        first=full,
        attached=notification.attach if full else (),
    )
    called = [
        sitting_name
        for sitting_name in config.sittings
        if f"{CONVENED}.{sitting_name}" in notification.on
    ]
    for sitting in called:
        place, cases = ("Mairie", (CaseView("C-001", "Les Jardins"),)) if full else ("", ())
        call = ConvocationView(sitting, 1 + full, _NOW, _NOW, place, 5, full, cases)
        yield replace(subject, convocation=call)
    if notification.about == "contest":
        if not called:
            digest = _digest() if full else Digest()
            yield replace(subject, digest=digest, changes=_changes(full=full))
        return
    values = (_RULE,), 3, 12, 2, 2 * _MARK, True, True, True, 4, _MARK
    judged = partial(JudgedView, *values) if full else JudgedView
    for edge in _setting_off(process).get(name, ()):
        reason = "Une raison." if full or edge.transition.reason else ""
        act = edge.name, edge.origin, edge.to, _NOW, 1, _SEAL, reason, judged
        yield replace(subject, case=_after(process, edge, full), transition=TransitionView(*act))
    for sheet in _received(process, notification):
        receipt = ReceiptView(sheet, _NOW, 1, _SEAL, _SEAL if full else "")
        # Where a request may be asked; where a sheet arrives and least is known.
        request = process.definition.requests.get(sheet)
        first = dict.fromkeys(edge.to for edge in process.edges(START).values())
        for state in notification.in_ or (first if request is None else request.windows):
            case = _case(process, state, full=full)
            case = case.but(received={**case.received, sheet: (_NOW,)})
            yield replace(subject, case=case, receipt=receipt)
    if ERASED in notification.on:
        copies = CopyView("dossier.docx", _LABEL, _NOW), CopyView("dossier.xlsx", _LABEL, _NOW)
        for state in process.states:
            case = _case(process, state, full=full)
            yield replace(subject, case=case, copies=copies[: 1 + full])
    for state in notification.in_ if notification.at or ADOPTED in notification.on else ():
        case = _case(process, state, full=full)
        if planner_of(process).is_set_by_sending(name):
            case = case.but(decided=_decided(process))
        yield replace(subject, case=case, changes=_changes(full=full))


@lru_cache(_PROCESSES_KEPT)
def _setting_off(process: Process) -> Mapping[str, tuple[Edge, ...]]:
    """The transitions that set each mail off; one for all states, which says the same, once."""
    by_mail: dict[str, dict[tuple[str, int], Edge]] = {}
    for edge in process.every_edge():
        key = edge.to, id(edge.transition)
        for name in edge.mails:
            by_mail.setdefault(name, {}).setdefault(key, edge)
    return {name: tuple(edges.values()) for name, edges in by_mail.items()}


def _received(process: Process, notification: Notification) -> Iterator[str]:
    for cause in notification.on:
        root, _dot, name = cause.partition(".")
        if root in (RECEIVED, ASKED) and name in process.definition.sheets:
            yield name


def _after(process: Process, edge: Edge, full: bool) -> Candidature:
    """A candidature that has just taken a way, or of which a request was just answered."""
    state = edge.to if edge.moves else next(iter(process.definition.requests[edge.origin].windows))
    case = _case(process, state, full=full)
    if not edge.moves:
        case = case.asking(edge.origin, _NOW).answered(edge.origin, edge.name)
    if edge.transition.decision is not None:
        # What counts from the mail that tells it is known as that mail is written.
        decided = Decided(
            f"{edge.origin}.{edge.name}", _NOW, _sent(process), before=_decided(process)
        )
        case = case.but(decided=decided)
    return case


def _changes(*, full: bool) -> tuple[ChangeView, ...]:
    moved = ChangeView("example", _LABEL, _NOW, _NOW)
    return (moved, ChangeView("example", _LABEL, _NOW, None)) if full else (moved,)


def _digest() -> Digest:
    things = ("M-001 Exemple, C-001 Les Jardins", "M-002 Exemple, C-002")
    return Digest(
        (TaskView("Courriels à relire (2)", "ptce mail release M-001", things),),
        (DateView(_LABEL, _NOW),),
    )


def _case(process: Process, state: str, *, full: bool) -> Candidature:
    """A candidature in a state; a bare one has been only where it must have been."""
    facts, private, panels = _answers(process, full)
    entered = process.states if full else _been(process)[state]
    return Candidature(
        "0",
        "C-001",
        state,
        _NOW,
        1,
        facts=facts,
        contest=facts,
        private=private,
        given=frozenset(private),
        entered=dict.fromkeys(entered, _NOW),
        panels=panels,
        received=dict.fromkeys(process.definition.sheets, (_NOW,)) if full else {},
        decided=_decided(process) if full else None,
        late=dict.fromkeys(process.definition.requests, _NOW) if full else {},
        sent=_sent(process) if full else {},
    )


@lru_cache(_PROCESSES_KEPT)
def _decided(process: Process) -> Decided | None:
    """Some decision of a folder, as if it had been taken; None where nothing is decided."""
    every = (
        f"{edge.origin}.{edge.name}" for edge in process.every_edge() if edge.transition.decision
    )
    first = next(every, None)
    return None if first is None else Decided(first, _NOW, _sent(process))


def _sent(process: Process) -> dict[str, datetime]:
    return dict.fromkeys(process.definition.notifications, _NOW)


@lru_cache(_PROCESSES_KEPT)
def _answers(
    process: Process, full: bool
) -> tuple[dict[str, Any], dict[str, Any], dict[str, dict[str, int]]]:
    """The answers, those that may be erased, and the figures of panels: all, or what there must."""
    facts: dict[str, Any] = {}
    private: dict[str, Any] = {}
    panels: dict[str, dict[str, int]] = {}
    for sheet_name, sheet in process.definition.sheets.items():
        if sheet.is_panel:
            if full:
                panels[sheet_name] = dict.fromkeys((*sheet.criteria, *FIGURES), _MARK)
            continue
        for field_name, field in sheet.fields.items():
            if not field.is_computed and (full or field.required):
                name = f"{sheet_name}.{field_name}"
                plain, erasable = field.split(field.sample())
                facts |= {} if plain is None else {name: plain}
                private |= {} if erasable is None else {name: erasable}
    return facts, private, panels


@lru_cache(_PROCESSES_KEPT)
def _been(process: Process) -> dict[str, list[str]]:
    states, machine = process.states, process.machine
    past = {name: machine.paths(without=name) for name in states}
    return {state: [name for name in states if state not in past[name]] for state in states}


_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_OF_THE_CONTEST = ("now", "date", "limit", "total", "contest")


def faults(process: Process) -> Iterator[Finding]:
    """Every mail or paper whose keys do not go together, that nothing sets off, or cannot be."""
    definition = process.definition
    for hours in places(definition, MailHours):
        if hours.table.opens >= hours.table.closes:
            what = _("The hours of mails open at {opens} and close at {closes}.")
            why = _("No mail could ever leave in between.")
            mend = _("Write the earlier of the two hours as `opens`.")
            yield hours.fault(
                "opens", what, why, mend, opens=hours.table.opens, closes=hours.table.closes
            )
    for mail in places(definition, Notification):
        if mail.name == DESK_LETTER:
            what = _('The name "{name}" is taken.')
            why = _("Letters that the desk writes itself bear it.")
            yield mail.fault("", what, why, name=DESK_LETTER)
        yield from _daily(mail)
        yield from _cause(mail)
        yield from _candidature(mail) if mail.table.about == "candidature" else _contest(mail)
        yield from _readers(definition, mail)
        for wanted in mail.table.attach:
            yield from _attachment(mail, wanted)
    for document in places(definition, Document):
        yield from _document(definition, document)
    yield from _sign_ins(definition)
    texts = {_text_name(file) for file in process.files if file.startswith("texts/")}
    for placed in places(process.definition, Transition):
        name = placed.table.remedies
        if name is not None and name not in texts:
            yield placed.unknown("remedies", name, texts, _("text (a file of texts/)"))
    yield from _texts(process)


def _daily(mail: Place[Notification]) -> Iterator[Finding]:
    table = mail.table
    for key, text in (("daily", table.daily), ("weekly", table.weekly)):
        if text is not None and not _HOUR.fullmatch(text):
            what = _('"{text}" is no hour of the day.')
            why = _("It is written with four figures, from 00:00 to 23:59, without seconds.")
            yield mail.fault(key, what, why, instance(key, '"08:30"'), text=text)
    if table.daily is not None and table.weekly is not None:
        what = _("It leaves daily or weekly, not both.")
        yield mail.fault("weekly", what, "", _("Leave it out."))
    if table.until is not None and table.recurs is None:
        what = _("{key} goes with {other}.")
        why = _("It says when a daily or weekly notification stops.")
        yield mail.fault("until", what, why, _("Leave it out."), key="until", other="daily")


def _cause(mail: Place[Notification]) -> Iterator[Finding]:
    table, set_off = mail.table, bool(mail.table.on)
    if not (set_off or table.at or table.recurs):
        what = _("Nothing sets this notification off.")
        why = _(
            "It has no hour of its own (`at`, `daily`, `weekly`), and no transition sets it off "
            "(`on`)."
        )
        yield mail.fault("", what, why, instance("on", '"entered.draft"'))
    if set_off and table.at:
        what = _("A transition sets this notification off, and it has an hour of its own.")
        mend = _("Write not_before for one that a transition sets off and that waits.")
        yield mail.fault("at", what, _("It leaves because of one or of the other."), mend)
    if ADOPTED in table.on and (len(table.on) > 1 or table.event):
        what = _("This mail tells of dates that move, and of something else.")
        why = _(
            "What a transition sets off has other things to say; an entry is updated by itself."
        )
        yield mail.fault("on", what, why, instance("on", f'"{ADOPTED}"'))
    if table.not_before is not None and not set_off:
        why = _("Only one that a transition sets off waits until then.")
        mend = _("Write `at` for one that leaves at an hour of its own.")
        yield mail.fault("not_before", _("No transition sets this notification off."), why, mend)


def _candidature(mail: Place[Notification]) -> Iterator[Finding]:
    if mail.table.at and not mail.table.in_:
        why = _("A reminder is of use while a candidature stands somewhere.")
        yield mail.missing("in", why, '["draft"]')
    if mail.table.recurs is not None:
        key = "weekly" if mail.table.daily is None else "daily"
        what = _("Only what is about the contest leaves every day or every week.")
        yield mail.fault(key, what, "", instance("about", '"contest"'))
    if CLOSED in mail.table.on:
        what = _("The end of a sitting is about the contest.")
        yield mail.fault("on", what, "", instance("about", '"contest"'))


def _contest(mail: Place[Notification]) -> Iterator[Finding]:
    causes = {cause.partition(".")[0] for cause in mail.table.on}
    if causes - {ADOPTED, CONVENED, CLOSED}:
        what = _('"{name}" is about the contest.')
        why = _("A transition moves one candidature, and tells of that one.")
        mend = _("Give {name} hours of its own, or let it be about a candidature.")
        yield mail.fault("on", what, why, mend, name=mail.name)
    if CONVENED in causes and mail.table.expires is not None:
        what = _("A convocation is of use until the hour of its sitting.")
        yield mail.fault("expires", what, "", _("Leave it out."))
    if mail.table.in_:
        why = _("Only a notification about a candidature is of use in some states.")
        yield mail.fault("in", _("The contest stands in no state."), why)
    if mail.table.recipients.are_one_candidatures:
        what = _("Its readers are those of a candidature, and this is about the contest.")
        yield mail.fault("to", what, "", instance("about", '"candidature"'))


def _readers(definition: Definition, mail: Place[Notification]) -> Iterator[Finding]:
    readers, panel = mail.table.recipients, mail.table.panel
    if readers.are_institutions and not definition.config.institutions:
        why = _("They are the tables [institutions.<name>] of config.toml.")
        yield mail.fault("to", _("This contest has no institutions."), why)
    if isinstance(readers, Chair) and not definition.chairs:
        why = _("No sitting of config.toml says in `chairs` who chairs.")
        yield mail.fault("to", _("Nobody chairs in this contest."), why)
    if (ERASED in mail.table.on or readers.hold_files) and not (
        mail.table.on == (ERASED,) and readers.hold_files
    ):
        what = _("An erasure is told to those alone who hold files about the candidature.")
        why = _("They are who `holders` names, and nothing else is told to them.")
        mend = _("Write both: {example}").format(example=f'on = "{ERASED}", to = "holders"')
        yield mail.fault("to" if readers.hold_files else "on", what, why, mend)
    if readers.of_panel and panel is None:
        why = _("Somebody must know of which panel the sheets or the marks are.")
        yield mail.missing("panel", why)
    if not readers.of_panel and panel is not None:
        asking = [f'"{word}"' for word, kind in recipient_kinds().items() if kind.of_panel]
        what = _("A panel goes with to = {to} alone.")
        yield mail.fault("panel", what, "", _("Leave it out."), to=", ".join(asking))
    event = definition.config.dates.get(mail.table.event or "")
    if event is not None and event.lasts is None:
        what = _('The date "{date}" does not say how long it lasts.')
        why = _("A calendar entry begins and ends.")
        mend = _("Add {key} to that date, for example: {example}")
        words = {"date": mail.table.event, "key": "lasts", "example": 'lasts = "2 hours"'}
        yield mail.fault("event", what, why, mend, **words)


def _attachment(mail: Place[Notification], wanted: str) -> Iterator[Finding]:
    """The faults of an attachment that a mail cannot carry; its name is looked up elsewhere."""
    table, kind = mail.table, ATTACHMENTS.get(wanted.partition(".")[0])
    if kind is None:
        return
    if kind.is_held and not table.held:
        what = _("{name} goes only with a mail that a person has read.")
        why = _("It cannot be taken back.")
        yield mail.fault("held", what, why, instance("held", "true"), name=wanted)
    if kind.is_one_candidatures and table.about == "contest":
        what = _("{name} is about one candidature, and this mail is about the contest.")
        yield mail.fault("about", what, "", instance("about", '"candidature"'), name=wanted)
    readers = table.recipients
    if kind.readers == "institutions" and not readers.are_institutions:
        what, to = _("{name} is an institution’s, and these readers are none."), '"institutions"'
        yield mail.fault("to", what, "", instance("to", to), name=wanted)
    elif kind.readers == "enrolled" and not readers.are_enrolled:
        what = _("{name} tells of other candidatures: it does not go to the collective.")
        yield mail.fault("to", what, "", instance("to", '"institutions"'), name=wanted)


def instants_of_a_candidature(process: Process, mail: Place[Notification]) -> Iterator[Finding]:
    for key, source in instants(mail.table) if mail.table.about == "contest" else ():
        if process.dates.standing(parse_instant(source)) is None:
            yield _of_a_candidature(mail, key, str(source))


def read_of_a_candidature(
    process: Process, mail: Place[Notification], name: str
) -> Iterator[Finding]:
    root, _dot, rest = name.partition(".")
    of_the_contest = rest in process.dates.fixed if root == "date" else root in _OF_THE_CONTEST
    if mail.table.about == "contest" and not of_the_contest:
        yield _of_a_candidature(mail, "when", name)


def _of_a_candidature(mail: Place[Notification], key: str, name: str) -> Finding:
    why = _("This notification is about the contest as a whole: there is none to ask.")
    return mail.fault(key, _('"{name}" hangs on a candidature.'), why, name=name)


def _document(definition: Definition, place: Place[Document]) -> Iterator[Finding]:
    document = place.table
    for entry in document.prints:
        if entry.partition(".")[0] in definition.panels:
            what = _('The sheet "{name}" is the panel\'s.')
            why = _("What members of a panel say each is no answer of the candidature.")
            yield place.fault("prints", what, why, _("Leave it out."), name=entry)
    if not (document.text or document.prints or document.rules):
        what = _("This document says nothing.")
        why = _("It has no text, prints no answer and tells no rule.")
        yield place.fault("", what, why, instance("prints", '["dossier"]'))


def _sign_ins(definition: Definition) -> Iterator[Finding]:
    tables = {place.path: place for place in places(definition, TableField)}
    counts = Counter(sign_in.date for sign_in in sign_ins(definition))
    for sign_in in sign_ins(definition):
        if counts[sign_in.date] > 1:
            what = _('Another table signs in for "{date}" already.')
            why = _("A sign-in sheet lists the rows of one table.")
            mend = _("Put the columns of that date into one table.")
            yield tables[sign_in.table].fault("", what, why, mend, date=sign_in.date)
    for place in tables.values():
        columns = place.table.columns.items()
        signed = {n for n, c in columns if isinstance(c, SignedFor) and c.sign_in is not None}
        if place.table.roster is not None:
            yield from _roster(definition, place, place.table.roster, signed)
        elif signed:
            why = _("A sign-in sheet needs to know whom to list.")
            yield place.missing("roster", why, '"dossier.members.name"')


def _roster(
    definition: Definition, place: Place[TableField], roster: str, signed: set[str]
) -> Iterator[Finding]:
    columns = {
        f"{table.path}.{name}"
        for table in places(definition, TableField)
        for name, column in table.table.columns.items()
        if isinstance(column, TextField)
    }
    source, _dot, name = roster.rpartition(".")
    if roster not in columns:
        listed = definition.field(source)
        field = listed.columns.get(name) if isinstance(listed, TableField) else None
        kind = _("column of type text (sheet.table.column)")
        yield place.unknown("roster", roster, columns, kind, field or definition.field(roster))
    elif not isinstance(place.table.columns.get(name), TextField) or name in signed:
        what = _('A column "{name}" of type text is missing.')
        why = _("It takes the names that the roster lists.")
        yield place.fault("columns", what, why, name=name)


def _texts(process: Process) -> Iterator[Finding]:
    remedies = (transition.remedies for transition in process.definition.every_transition())
    ending = frozenset([REMEDIES, SILENCE, PRIVACY, RANKING, *filter(None, remedies)])
    for file in process.files:
        is_text = file.startswith("texts/") and _text_name(file) in ending
        if not is_text and not file.startswith("notifications/"):
            continue
        try:
            templates_of(process).read(file)
        except TemplateFault as fault:
            yield fault.finding
        if file == LAYOUT:
            continue
        with suppress(TemplateFault, UnicodeDecodeError):  # reported already
            page = page_of(process.files[file].decode())
            for unread in misread(page.body, page.first_line):
                yield unread.at(file, 0).finding


def _text_name(file: str) -> str:
    return file.removeprefix("texts/").partition(".")[0]


_NUMBERED = re.compile(r" {0,3}((?:0|[2-9]|\d{2,})[.)] )")
_SIGNS = (
    (
        re.compile(r"( {4}|\t)"),
        N_("This line is indented by four spaces or more."),
        N_("Write it with less: what belongs to an item of a list stands two spaces further in."),
    ),
    (
        re.compile(r".*\S( {2,})$"),
        N_("This line ends with spaces, which would break it."),
        N_("Take them away, or write \\ at its end for a line break."),
    ),
    (
        _NUMBERED,
        N_("This line begins like an item of a list."),
        N_("Write \\ before the point, or begin the line otherwise."),
    ),
    (
        re.compile(r".*?(<[A-Za-z/!?])"),
        N_("This line holds HTML, which would be shown as it is."),
        N_("Write it in Markdown; a < that is meant is followed by a space."),
    ),
    (
        re.compile(r".*?(!\[)"),
        N_("This line holds a picture, and mails have none."),
        N_("Write a link instead."),
    ),
    (
        re.compile(r" {0,3}(`{3}|~{3})"),
        N_("This line begins a block of code, and mails have none."),
        N_("Write it as a quotation, with > before each line."),
    ),
    (
        re.compile(r"(?=.*\|) *(\|?[ :|-]*-{3}[ :|-]*)$"),
        N_("This line belongs to a table, and mails have none."),
        N_("Write a list instead."),
    ),
)
"""What would be read otherwise than it looks, from its group on; what is said of it."""
_TAGS = re.compile(r"\{[{%#].*?[}%#]\}")
_ITEM = re.compile(r" {0,3}\d+[.)] ")
_LEADING = re.compile(r"(?:(?:[->]|#+|\d+[.)])(?: +|$))*")
"""What makes a line a heading, an item of a list, or part of a quotation."""


def misread(source: str, first_line: int = 1) -> Iterator[TemplateFault]:
    """Each line of a letter that Markdown would read otherwise than it looks, one fault a line."""
    before = ""
    for number, line in enumerate(source.split("\n"), first_line):
        bare = _bare(line)
        for sign, what, mend in _SIGNS:
            match = sign.match(bare)
            if match and not (sign is _NUMBERED and _ITEM.match(before)):
                yield TemplateFault(_(what), "", _(mend), line=number, column=match.start(1) + 1)
                break
        before = bare if bare.strip() else before


def _bare(line: str) -> str:
    return _TAGS.sub(lambda tag: "x" * len(tag[0]), line)


def unwritten(process: Process) -> Iterator[Finding]:
    """Templates that read, and fail on some sample, each once; the folder has no other fault."""
    seen = set[tuple[str, bool, frozenset[str]]]()
    for name in process.definition.notifications:
        for language in dict.fromkeys(language_of(process, name, spoken) for spoken in LANGUAGES):
            for subject in samples(process, name):
                try:
                    source = MailSource(process, name, language, subject)
                    if subject.update:  # the samples with all that may be known
                        _hold(source, seen)
                    _attempt(source)
                except TemplateFault as fault:
                    yield fault.finding
                    break


def _attempt(source: MailSource) -> None:
    """Tries a letter. Raises: TemplateFault, also for signs of Markdown without their pair."""
    read, process = source.read(), source.process
    if not read.is_mail:
        content, last = process.files[source.file].decode(), [None, *read.headings][-1]
        raise misheaded(read.headings).at(*_place_of_heading(source.file, content, last))
    if LAYOUT in process.files:
        source.framed(source.marks.fill(read))
    for loose in read.loose:
        texts = [file_in(process, text_file, title, source.language) for title in titles(process)]
        files = {file: process.files[file].decode() for file in (source.file, *texts)}
        raise unanswered(loose).at(*(_place_of_sign(files, loose) or (source.file, 0, 0)))


def _hold(source: MailSource, seen: set[tuple[str, bool, frozenset[str]]]) -> None:
    """Checks each path of a letter's templates; the same variables are checked once."""
    process, templates = source.process, templates_of(source.process)
    lists_sheets = process.definition.notifications[source.name].recipients.lack_sheets

    def hold(file: str) -> None:
        if file in process.files and (file, lists_sheets, variables) not in seen:
            seen.add((file, lists_sheets, variables))
            templates.hold(file, names)

    def text(title: str) -> str:
        hold(file_in(process, text_file, title, source.language))
        return ""

    frame = Readable("frame", FRAME, lambda _name: None)
    names = {**source.values, "texts": Readable("texts", titles(process), text)}
    names |= {"subject": "", "body": "", "frame": frame}
    variables = frozenset(names)
    for file in (source.file, LAYOUT):
        hold(file)
    for title in source.ending:
        text(title)


_Stand = tuple[str, int, int]
"""A file of a folder, with a line and a column, which count from 1."""


def _place_of_heading(file: str, content: str, heading: str | None) -> _Stand:
    page = page_of(content)
    for number, line in _lines(page):
        if heading is not None and line.startswith("#") and _gives(line, heading):
            return file, number, 1
    return file, page.first_line, 1


def _place_of_sign(files: Mapping[str, str], loose: Loose) -> _Stand | None:
    """Where a sign stands in the mail and the texts that made a letter; None if it is in none."""
    run = re.compile(rf"(?<![\\*]){re.escape(loose.sign)}(?!\*)")
    stands = [
        (not _gives(line, loose.line), (file, number, runs[min(loose.before, len(runs) - 1)]))
        for file, content in files.items()
        for number, line in _lines(page_of(content))
        if (runs := [match.start() + 1 for match in run.finditer(_bare(line))])
    ]
    # Where no line alone gives what was read, as with two branches in one, the first has the sign.
    return min(stands, key=itemgetter(0), default=(True, None))[1]


def _lines(page: MarkdownPage) -> Iterable[tuple[int, str]]:
    return enumerate(page.body.split("\n"), page.first_line)


def _gives(line: str, read: str) -> bool:
    """True where a line of a source may have given one that was read, whatever its tags print."""
    parts = map(re.escape, _TAGS.split(_LEADING.sub("", line.strip(), count=1)))
    return re.fullmatch(".*".join(parts), read.strip()) is not None
