"""Faults of names and of citations: what is named must exist, what is cited must say it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace as replaced

from ptce_workflow.base.errors import Finding, shown
from ptce_workflow.base.words import N_, _, alike, language, n_
from ptce_workflow.process.calendar import MONTH, MONTHS, WEEKDAYS, parse_instant
from ptce_workflow.process.check.places import Check, Place, instance, origins, places
from ptce_workflow.process.explain import General
from ptce_workflow.process.fields import (
    EmailField,
    FieldType,
    LongTextField,
    OptionsField,
    ScoreField,
    SignedFor,
    TableField,
    TextField,
    field_types,
)
from ptce_workflow.process.markdown import RULEBOOK, NotThere, Work, cited, works_of
from ptce_workflow.process.model.base import Grounded, Model, Rule
from ptce_workflow.process.model.definition import (
    ADOPTED,
    AFTER,
    ANY,
    ASKED,
    CLOSED,
    CONVENED,
    ENDS,
    ENTERED,
    ERASED,
    READ,
    RECEIVED,
    START,
    UNTIL,
    Config,
    Date,
    Definition,
    Document,
    Identity,
    Limit,
    Request,
    Results,
    State,
    Total,
    Transition,
)
from ptce_workflow.process.model.folder import LOGOS, text_file
from ptce_workflow.process.model.notification import ATTACHMENTS, Notification
from ptce_workflow.process.model.sheets import Institution, Order, Sheet, Sitting
from ptce_workflow.process.panel import FIGURES, RANKING, RECORDED
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import SURROUNDINGS

_SMALL = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf vingt",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty",
)
_TENS = (
    {30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
    | {100: "cent", 1_000: "mille"},
    {30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
    | {100: "hundred", 1_000: "thousand"},
)
_NAMES = [dict(enumerate(s.split())) | tens for s, tens in zip(_SMALL, _TENS, strict=True)]
# What parts thousands: `100 000`, `100.000`.
_THOUSANDS = re.compile(r"(?<=\d)[ .,'](?=\d{3}(?!\d))")
_FIGURES = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?) ?(k\b|mille\b|thousand\b|millions?\b)?")
_TIMES = {"": 1, "k": 1_000, "mille": 1_000, "thousand": 1_000, "million": 1_000_000}


def mentions_number(text: str, number: int | Decimal) -> bool:
    plain, wanted = alike(text), Decimal(number)
    figures = (
        figure for form in (plain, _THOUSANDS.sub("", plain)) for figure in _FIGURES.findall(form)
    )
    if any(
        Decimal(n.replace(",", ".")) * _TIMES[unit.rstrip("s")] == wanted for n, unit in figures
    ):
        return True
    if wanted != int(wanted) or wanted < 0:
        return False
    forms = "|".join(_loosely(words) for words in spelled(int(wanted)))
    return bool(forms) and re.search(rf"(?<![\w-])(?:{forms})(?![\w-])", plain) is not None


def spelled(number: int) -> Iterator[str]:
    """A number up to a hundred in words, or a thousand: in French, in English, without accents."""
    for names in _NAMES:
        unit = max(largest for largest in names if largest <= number)
        rest = number - unit
        if not rest or (unit < 100 and rest < 20):
            yield f"{names[unit]}-{names[rest]}" if rest else names[unit]


def _loosely(words: str) -> str:
    """A pattern for a number in words: hyphens, `et`, `and`, and an s at the end may vary."""
    parts = re.split(r"[ -]", words)
    return r"s?[ -](?:(?:et|and)[ -])?".join(parts) + ("e?" if parts[-1] == "un" else "s?")


class MentionedDay(Struct, frozen=True):
    day: int
    month: int
    year: int | None


_DAYS = {"premier": 1, "first": 1} | {_loosely(w): n for n in range(31, 0, -1) for w in spelled(n)}
_NUMBER = rf"(?:\d{{1,2}}(?!\d)(?:er|st|nd|rd|th)?|\b(?:{'|'.join(_DAYS)})\b)"
_JOINED = rf"(?:,| et| and| au| a| to| &| ou| or| -)? ?(?:(?:le|the|{'|'.join(WEEKDAYS)}) ){{0,2}}"
_LIST = rf"{_NUMBER}(?:{_JOINED}{_NUMBER}){{0,9}}"
_NAMED = re.compile(
    r"\b(?P<y1>\d{4})-(?P<m1>\d{2})-(?P<d1>\d{2})\b"
    r"|\b(?P<d2>\d{1,2})[/.](?P<m2>\d{1,2})[/.](?P<y2>\d{4})\b"
    rf"|(?<![\w-])(?P<d3>{_LIST}) (?:of )?(?P<m3>{MONTH})\b\.?(?:,? (?P<y3>\d{{4}})\b)?"
    rf"|\b(?P<m4>{MONTH})\b\.? (?:the )?(?P<d4>{_LIST})(?:,? (?P<y4>\d{{4}})\b)?"
)


def mentioned_days(text: str) -> Iterator[MentionedDay]:
    """Every day that a text names with its month: `14 et 15 mai 2024` names two."""
    for match in _NAMED.finditer(alike(text.replace("*", "").replace("_", ""))):
        part = {name[0]: part_text for name, part_text in match.groupdict().items() if part_text}
        month = MONTHS.get(part["m"]) or int(part["m"])
        year = int(part["y"]) if "y" in part else None
        for number in re.findall(_NUMBER, part["d"]):
            words = (n for form, n in _DAYS.items() if re.fullmatch(form, number))
            day = int(re.sub(r"\D", "", number)) if number[0].isdigit() else next(words)
            yield MentionedDay(day, month, year)


ROOTS = frozenset(
    [
        *("asked", "contest", "date", "entered", "given", "limit", "notified", "received", "sent"),
        *("sheet", "total"),
        *(name.partition(".")[0] for name in SURROUNDINGS),
    ]
)
"""Names that no sheet may take: they head the other values that rules read."""
CEL_WORDS = frozenset(
    [
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import"),
        *("in", "let", "loop", "null", "package", "namespace", "return", "true", "var", "void"),
        "while",
    ]
)
"""Source: the CEL language definition, reserved words."""
MACHINE_WORDS = frozenset(["state", "trigger", "states", "events", "models", "initial"])
MACHINE_PREFIXES = ("is_", "may_", "to_")
_SHORTEST_NAME = 3


def faults(process: Process) -> Iterator[Finding]:
    definition = process.definition
    for kind, keys in _REFERENCES.items():
        for place in places(definition, kind):
            for key, names in keys.items():
                yield from _reference(definition, place, key, names)
    # A name that stands twice in one of these lists would count twice.
    for kind, lists in {
        Total: ("in_",),
        Sitting: ("in_", "decides", "same_as", "unless", "members", "advises", "chairs"),
        Date: ("alarm",),
        Results: ("in_", "shows"),
        Sheet: ("members", "conflicts", "shows"),
        Transition: ("same_as", "unless", "asks"),
        Request: ("in_", "open"),
        Notification: ("on", "attach"),
        TableField: ("unique",),
    }.items():
        for place in places(definition, kind):
            for key in lists:
                allowed, written = _REFERENCES[kind], getattr(place.table, key)
                listed = map(allowed[key].named, written) if key in allowed else written
                yield from _doubles(place, key.removesuffix("_"), listed)
    yield from _reserved_names(definition)
    for work in works_of(process.files).values():
        file = text_file(work.name)
        text = process.files[file].decode()
        for heading in work.repeated:
            matches = re.finditer(rf"^#+[ \t]+{re.escape(heading)}[ \t#]*$", text, re.MULTILINE)
            # None where it is not written as it reads.
            second = next(islice(matches, 1, None), None)
            what = _('The heading "{heading}" stands more than once.').format(heading=heading)
            why = _("Nobody could say which of them is cited.")
            mend = _("Add a word to one of them, in square brackets.")
            yield Finding(
                file, "", what, why, mend, second and text.count("\n", 0, second.start()) + 1
            )


def breaks_scope(definition: Definition) -> bool:
    return any(_reserved_names(definition)) or any(
        any(_reference(definition, place, key, names))
        for place in places(definition, Total)
        for key, names in _REFERENCES[Total].items()
    )


class _Names(Struct, frozen=True):
    """The names allowed at a place; `find` finds what else bears one, `named` takes it out."""

    noun: str
    allowed: Callable[[Definition, Place[Any]], Collection[str]]
    find: Callable[[Definition, str], FieldType | Sheet | None] = lambda _definition, _name: None
    accepted: Callable[[type[FieldType]], bool] | None = None
    named: Callable[[str], str] = lambda written: written


def _column(definition: Definition, name: str) -> FieldType | None:
    table, _dot, column = name.rpartition(".")
    holder = definition.field(table)
    return holder.columns.get(column) if isinstance(holder, TableField) else definition.field(name)


def _fields_of(accepted: Callable[[type[FieldType]], bool], noun: str = N_("field")) -> _Names:
    def allowed(definition: Definition, _place: Place[Any]) -> list[str]:
        fields = ((name, definition.field(name)) for name in definition.field_names())
        return [name for name, field in fields if field is not None and accepted(type(field))]

    return _Names(noun, allowed, Definition.field, accepted)


def _figures(definition: Definition, place: Place[Any]) -> list[str]:
    # A total finds the least of the figures of any panel; a panel ranks by its own.
    if isinstance(place.table, Order):
        sheet = definition.sheets[place.holder]
        return [f"{place.holder}.{figure}" for figure in (*sheet.criteria, *RANKING)]
    return [
        f"{name}.{figure}"
        for name in definition.panels
        for figure in (*definition.sheets[name].criteria, *FIGURES)
    ]


def _texts(definition: Definition, _place: Place[Any]) -> list[str]:
    fields = places(definition, FieldType)
    texts = (place for place in fields if isinstance(place.table, TextField | LongTextField))
    return [place.path for place in texts if place.holder not in definition.panels]


def _comments(definition: Definition, place: Place[Any]) -> list[str]:
    fields = definition.sheets[place.holder].fields.items()
    return [name for name, field in fields if isinstance(field, TextField | LongTextField)]


def _outside_panels(definition: Definition, _place: Place[Any]) -> list[str]:
    names = definition.field_names()
    return [name for name in names if name.partition(".")[0] not in definition.panels]


def _ways(definition: Definition, _place: Place[Any]) -> set[str]:
    every = places(definition, Transition)
    return {f"{origin}.{placed.name}" for placed in every for origin in origins(placed)}


def _transitions(definition: Definition) -> list[str]:
    edges = [(place, o) for place in places(definition, Transition) for o in origins(place)]
    return [f"{holder}.{place.name}" for place, o in edges for holder in (place.holder, o)]


def _causes(definition: Definition, _place: Place[Any]) -> list[str]:
    states = (f"{ENTERED}.{state}" for state in definition.states)
    sheets = (f"{RECEIVED}.{name}" for name, sheet in definition.sheets.items() if sheet.is_sent)
    requests = (f"{ASKED}.{name}" for name in definition.requests)
    sittings = (f"{CONVENED}.{name}" for name in definition.config.sittings)
    alone = CLOSED, ERASED, ADOPTED
    return [*states, *sheets, *requests, *sittings, *alone, *_transitions(definition)]


def _attachments(definition: Definition, _place: Place[Any]) -> list[str]:
    names = {
        "sheet": [name for name, sheet in definition.sheets.items() if sheet.has_form],
        "panel": definition.panels,
        "document": definition.config.documents,
    }
    kinds = ATTACHMENTS.items()
    qualified = [f"{word}.{name}" for word, kind in kinds for name in names.get(kind.names, ())]
    return [*qualified, *(word for word, kind in kinds if not kind.names)]


def _rules(definition: Definition, _place: Place[Any]) -> list[str]:
    whole = [*places(definition, Sitting), *places(definition, Rule)]
    return [*_transitions(definition), *(place.path for place in whole)]


_RULES = _Names(N_("transition or rule"), _rules)
_CAUSE = _Names(
    N_(
        "transition (state.transition), or answer (request.answer), or entered.<state>, "
        "received.<sheet>, asked.<request>, convened.<sitting>, closed, erased or adopted"
    ),
    _causes,
)
_STATE = _Names(N_("state (a file of states/)"), lambda folder, _place: folder.states)
_DATE = _Names(N_("date"), lambda folder, _place: folder.config.dates)
_OF_CANDIDATURES = _Names(
    N_("sheet or field about candidatures"),
    lambda folder, _place: [
        name
        for name in (*folder.sheets, *folder.field_names())
        if not (sheet := folder.sheets[name.partition(".")[0]]).of_contest and not sheet.is_request
    ],
)
_ANSWERED = _Names(
    N_("field that people answer about candidatures"),
    lambda folder, _place: [
        name
        for name in folder.field_names()
        if (field := folder.field(name)) is not None
        and not (field.is_computed or folder.sheets[name.partition(".")[0]].of_contest)
        and name.partition(".")[0] not in folder.panels
    ],
)
_PANEL = _Names(
    N_("panel"),
    lambda folder, _place: folder.panels,
    lambda definition, name: definition.sheets.get(name),
)
_FIGURE = _Names(N_("panel figure"), _figures, Definition.field)
_INSTANT = _Names(N_("date"), lambda folder, _place: [f"date.{x}" for x in folder.config.dates])
_INSTITUTION = _Names(
    N_("institution of config.toml"), lambda folder, _place: folder.config.institutions
)


_REFERENCES: Mapping[type[Model], Mapping[str, _Names]] = {
    Identity: {
        "name_field": _fields_of(lambda kind: kind is TextField),
        "contact_field": _fields_of(lambda kind: kind is EmailField),
        "opens": _INSTANT,
    },
    Date: {"not_before": _INSTANT, "alarm": _STATE},
    Total: {
        "in_": _STATE,
        "of": _fields_of(lambda kind: kind.is_summed),
        "per": _fields_of(lambda kind: kind.is_grouped),
        "least": _FIGURE,
    },
    Sitting: {
        "panel": _PANEL,
        **dict.fromkeys(("in_", "rectifies"), _STATE),
        "reasons": _Names(
            N_("transition that the sitting decides"), lambda _folder, place: place.table.decides
        ),
        "at": _INSTANT,
        "same_as": _RULES,
        "unless": _RULES,
        **dict.fromkeys(("members", "advises"), _INSTITUTION),
        "chairs": _Names(
            N_("institution that sits"),
            lambda folder, place: folder.seats(place.table) or place.table.chairs,
        ),
    },
    Document: {
        "in_": _STATE,
        "prints": _Names(
            N_("sheet or field"), lambda folder, _place: [*folder.sheets, *folder.field_names()]
        ),
        "rules": _Names(N_("transition (state.transition)"), _ways),
    },
    Results: {
        "in_": _STATE,
        "shows": _Names(N_("field outside of panels"), _outside_panels, Definition.field),
    },
    Sheet: {
        "members": _INSTITUTION,
        "assigned": _fields_of(lambda kind: kind is OptionsField, N_("field of type options")),
        "conflicts": _Names(N_("text field, or column,"), _texts, _column),
        "shows": _Names(N_("field outside of panels"), _outside_panels, Definition.field),
    },
    Request: {
        "in_": replaced(_STATE, named=lambda text: re.split(f" {AFTER} | {UNTIL} ", text)[0]),
        "open": _OF_CANDIDATURES,
    },
    Order: {"key": _FIGURE},
    ScoreField: {"comment_in": _Names(N_("text field of the panel"), _comments)},
    TableField: {
        "unique": _Names(N_("column of the table"), lambda _f, place: place.table.columns)
    },
    SignedFor: {
        "sign_in": _Names(N_("date of config.toml"), lambda folder, _place: folder.config.dates)
    },
    State: {
        "open": replaced(
            _OF_CANDIDATURES, named=lambda text: text.partition(f" {UNTIL} ")[0].strip()
        ),
        "must_pass": _STATE,
    },
    Transition: {
        "to": _STATE,
        "from_": _STATE,
        "carries": _OF_CANDIDATURES,
        "same_as": _RULES,
        "unless": _RULES,
        "asks": _ANSWERED,
        "freezes": _PANEL,
    },
    Notification: {
        "on": _CAUSE,
        "in_": _STATE,
        "event": _DATE,
        "panel": _PANEL,
        "attach": _Names(N_("form, grid, declaration, booklet or document"), _attachments),
    },
}
"""The keys that name something else of the folder, and what they may name."""


def _reference(
    definition: Definition, place: Place[Any], key: str, names: _Names
) -> Iterator[Finding]:
    written = getattr(place.table, key) or ()
    allowed = names.allowed(definition, place) if written else ()
    for name in map(names.named, (written,) if isinstance(written, str) else written):
        if name in allowed:
            continue
        other = names.find(definition, name)
        if isinstance(place.table, ScoreField):
            other = definition.field(f"{place.holder}.{name}")
        finding = place.unknown(key.removesuffix("_"), name, allowed, _(names.noun), other)
        if other is not None and names.accepted is not None:
            types = field_types().items()
            kinds = _(" or ").join(word for word, kind in types if names.accepted(kind))
            finding = replace(finding, why=_("Expected here: {kinds}.").format(kinds=kinds))
        yield finding


def _doubles(place: Place[Any], key: str, names: Iterable[str]) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            what = _('"{name}" stands here more than once.')
            why = _("It would be counted as often.")
            mend = _("Name it once.")
            yield place.fault(key, what, why, mend, name=name)


def _names_in_dossiers(process: Process, place: Place[Institution]) -> Iterator[Finding]:
    every = process.definition.config.institutions
    spoken = [(alike(text), name) for name, body in every.items() for text in body.label.spoken()]
    written = [(alike(text), name) for name, body in every.items() for text in body.names]
    owners = dict(reversed(spoken + written))
    names = [alike(text) for text in place.table.names]
    for position, (name, heard) in enumerate(zip(place.table.names, names, strict=True)):
        if sum(map(str.isalnum, heard)) < _SHORTEST_NAME:
            what = _('"{name}" is too short to be looked for.')
            why = _("It would be found in every dossier, or in none.")
            mend = _("Write it in full, or take it out.")
        elif heard in names[:position]:
            what = _('"{name}" stands here more than once.')
            why = _("Capitals and accents make no difference.")
            mend = _("Name it once.")
        elif owners[heard] != place.name:
            what = _('"{name}" is also a name of "{other}".')
            why = _("Nobody could tell which of the two a dossier means.")
            mend = _("Leave it to one of them.")
        else:
            continue
        yield place.fault("names", what, why, mend, name=shown(name), other=owners[heard])


def _origins(process: Process, placed: Place[Transition]) -> Iterator[Finding]:
    if (placed.holder == ANY) != bool(placed.table.from_):
        what = _("`from` is for the transitions of states/any.toml, and they all need it.")
        why = _("Elsewhere the file itself says which state a transition leaves.")
        yield placed.fault("from", what, why)
    for name in placed.table.from_:
        state = process.definition.states.get(name)
        if placed.holder == ANY and state is not None and placed.name in state.transitions:
            what = _('"{state}" has a transition of this name already.')
            mend = _("Leave the state out of `from`, or rename one of the two.")
            yield placed.fault("from", what, "", mend, state=name)


def _reserved_names(definition: Definition) -> Iterator[Finding]:
    """Every name that may not be given: by what rules read, by CEL, by the state machine."""
    for kind in (Sheet, FieldType, Limit, Date, Total, State):
        for place in places(definition, kind):
            reserved = CEL_WORDS
            if kind is Sheet:
                reserved |= ROOTS
                if place.name in definition.requests:
                    reserved |= {START, ANY, ENDS, *definition.states}
            elif kind is FieldType and len(place.keys) == 2:
                if place.holder in definition.requests:
                    reserved |= {*READ}
                elif place.holder in definition.panels:
                    reserved |= {*FIGURES, *RECORDED}
            if place.name in reserved:
                yield _reserved(place)
    for placed in places(definition, Transition):
        if placed.name in MACHINE_WORDS or placed.name.startswith(MACHINE_PREFIXES):
            yield _reserved(placed)


def _reserved(place: Place[Model]) -> Finding:
    what = _('The name "{name}" is taken.')
    why = _("It means something else to the rules or to the state machine.")
    mend = _("Choose another, for example {name}_.")
    return place.fault("", what, why, mend, name=place.name)


def _citation(process: Process, place: Place[Grounded]) -> Iterator[Finding]:
    source, works = place.table.source, works_of(process.files)
    try:
        cited(source.phrase, works) if source is not None else ()
    except NotThere as fault:
        # A folder without a rulebook rests on a text that it does not hold.
        if fault.text != RULEBOOK or RULEBOOK in works:
            yield place.fault("source", fault.what, fault.why, fault.mend)


_LARGEST_SIDE = 4000
_PICTURES = {"image/png": "logo.png", "image/jpeg": "logo.jpg"}


def _logo(process: Process, place: Place[Config]) -> Iterator[Finding]:
    organiser, files = place.table.organiser, process.files
    named = None if organiser is None else organiser.logo
    for file in LOGOS:
        if file in files and file != named:
            mend = instance("logo", f'"{file}"')
            yield Finding(file, "", _("No key names this picture."), "", mend)
    if named is not None and named not in files:
        what, mend = _("{file} is not in the folder."), _("Put it beside config.toml.")
        yield place.fault("organiser.logo", what, "", mend, file=named)
    elif named is not None and (why := _unfit(named, files[named])):
        mend = _("Save it anew as PNG or JPEG, a few hundred pixels wide.")
        yield Finding(named, "", _("Papers cannot show this picture."), why, mend)


def _unfit(name: str, content: bytes) -> str:
    """Why papers cannot show a picture; "" for one that they can."""
    # Imported here for start-up time: it is there for papers alone.
    from docx.image.image import Image

    ends = content.rstrip(b"\0").endswith((b"IEND\xaeB`\x82", b"\xff\xd9"))
    try:
        picture = Image.from_blob(content)
        kind, sides = picture.content_type, (picture.px_width, picture.px_height)
    except Exception:  # whatever a damaged one leads to
        ends = False
    if not ends or kind not in _PICTURES or not all(sides):
        return _("Its content is no whole PNG or JPEG.")
    if _PICTURES[kind] != name:
        return _("Its content is that of {name}.").format(name=_PICTURES[kind])
    sizes = dict(zip(("width", "height"), sides, strict=True), most=_LARGEST_SIDE)
    text = _("It is {width} × {height} pixels; a side has {most} at most.").format(**sizes)
    return text if max(sides) > _LARGEST_SIDE else ""


CHECKS: Mapping[type[Model], Sequence[Check]] = {
    Config: [_logo],
    Institution: [_names_in_dossiers],
    Transition: [_origins],
    Grounded: [_citation],
}


def uncited_values(process: Process) -> Iterator[Finding]:
    """The numbers and days of the folder that do not stand in the passages that they cite."""
    works, general = works_of(process.files), General(process, language())
    if RULEBOOK not in works:
        return
    every: list[Place[Limit] | Place[Date]] = [*places(process.definition, Limit)]
    every += places(process.definition, Date)
    uncited = [place for place in every if not _is_cited(process, place, works)]
    if uncited:
        what = n_(
            "{count} number or day does not stand in the passage that it cites:",
            "{count} numbers or days do not stand in the passages that they cite:",
            len(uncited),
        )
        values = (
            _("{label}: {value} ({source})").format(
                label=place.table.label,
                value=general.of(place.path.replace("s.", ".", 1)),
                source=place.table.source,
            )
            for place in uncited
        )
        mend = _("Mend one of the two; what the organiser decides has a `choice`.")
        what = "\n".join((what.format(count=len(uncited)), *values))
        yield uncited[0].fault("", what, "", mend)


def _is_cited(
    process: Process, place: Place[Limit] | Place[Date], works: Mapping[str, Work]
) -> bool:
    """Whether the passages that a limit or date cites hold it; with a `choice` they need not."""
    table, chosen = place.table, place.table.choice is not None
    if table.source is None:
        return True
    words = " ".join(passage.words for passage in cited(table.source.phrase, works))
    if isinstance(table, Limit):
        return chosen or table.value is None or mentions_number(words, table.value)
    at = process.dates.fixed.get(place.name)
    offset = getattr(parse_instant(table.at), "offset", None)
    if offset is not None and mentions_number(words, abs(offset.count)):
        return True
    named = [*mentioned_days(words)]
    if at is None or (chosen and not named):
        return chosen or offset is None
    day = at.astimezone(process.zone).date()
    return any(
        (cited_day.day, cited_day.month) == (day.day, day.month)
        and cited_day.year in (None, day.year)
        for cited_day in named
    )
