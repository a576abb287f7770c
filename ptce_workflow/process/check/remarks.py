"""What is no fault of a folder, and is worth knowing before it is adopted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Finding
from ptce_workflow.base.text import plain
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.process.check.names import uncited_values
from ptce_workflow.process.check.places import instance, places
from ptce_workflow.process.citations import RULEBOOK, works_of
from ptce_workflow.process.explain import asks_for_sitting
from ptce_workflow.process.letters.changes import dates_named
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.markdown import page_of
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.letters.render import SILENCE
from ptce_workflow.process.model.catalogues import po_of
from ptce_workflow.process.model.definition import START, Date
from ptce_workflow.process.model.folder import CONFIG, catalogue_file, mail_file, text_file
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.model.positions import located
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.sitting import Sitting
from ptce_workflow.process.model.translating import spoken
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.time.instant import CountedInstant, parse_instant

_HASH_DIGITS = 16
_MOST_QUESTIONS = 99


def remarks(process: Process, now: datetime) -> tuple[Finding, ...]:
    """Every remark on a folder without fault, in the order of files and lines."""
    remarks_of = (_late_reminders, _unread, _sittings, uncited_values, _unread_refusals, _silences)
    findings = {*_times(process, now)}.union(*(remark(process) for remark in remarks_of))
    findings |= {*_rulebook(process), *_catalogues(process), *_letters(process), *_forms(process)}
    return located(process.files, sorted(findings))


def _forms(process: Process) -> Iterator[Finding]:
    """What no form can ask, or a form that came back could not be read by."""
    for place in places(process.definition, Sheet):
        questions = place.table.questions
        if not place.table.has_form:
            continue
        if not 0 < len(questions) <= _MOST_QUESTIONS:
            yield place.fault(
                "fields",
                _("This sheet cannot be a form: it has {count} questions, files left aside."),
                _("Those of a form are numbered with two digits at most."),
                _("Divide what it asks among sheets that are sent in."),
                count=len(questions),
            )
        labels = {name: f"{plain(str(field.label))} " for name, field in questions.items()}
        for (other, first), (name, label) in combinations(labels.items(), 2):
            if label.startswith(first) or first.startswith(label):
                yield place.fault(
                    f"fields.{name}.label",
                    _("This label and that of {other} begin alike."),
                    _("A form that comes back is read by its labels."),
                    _("Let them differ from their first words on."),
                    other=other,
                )


def _rulebook(process: Process) -> Iterator[Finding]:
    if RULEBOOK not in works_of(process.files):
        yield Finding(
            text_file(RULEBOOK),
            "",
            _("This folder holds no rulebook."),
            _("Nothing tells whether what it cites is there."),
            _("Put its text there, with a # before each heading."),
        )


def _languages(process: Process) -> list[str]:
    """The languages that the folder has catalogues for."""
    files = (path for path in process.files if path.startswith("translations/"))
    return [path.removeprefix("translations/").removesuffix(".po") for path in files]


def _texts_of(process: Process, name: str) -> dict[str, str]:
    """The texts of a mail in other languages, by language."""
    before = mail_file(name).removesuffix("md")
    found = (path for path in process.files if path.startswith(before) and path != mail_file(name))
    return {path.removeprefix(before).removesuffix(".md"): path for path in found}


def _catalogues(process: Process) -> Iterator[Finding]:
    """Phrases that a catalogue lacks, entries of no use, a catalogue of another contest."""
    contest = process.definition.config.contest
    phrases = dict(spoken(process.definition))
    for tag in _languages(process):
        file, catalogue = catalogue_file(tag), po_of(process.files[catalogue_file(tag)])
        again = _("`ptce translate {language}` puts it in order.").format(language=tag)
        # What the header names without a version, babel reads as a version.
        name = str(catalogue.project or catalogue.version or "")
        if name not in ("", "PROJECT", contest.id):
            what = _("This catalogue is that of another contest: {name}.").format(name=name)
            yield Finding(file, "", what, "", again)
        lacking = list(dict.fromkeys(t.phrase for t in phrases.values() if tag not in t.others))
        if lacking:
            count = len(lacking)
            what = n_(
                "{count} phrase is not translated.", "{count} phrases are not translated.", count
            )
            why = _('The first is "{phrase}". They are shown as the folder has them.')
            yield Finding(file, "", what.format(count=count), why.format(phrase=lacking[0]), again)
        known = {text.phrase for text in phrases.values()}
        stray = [entry for entry in catalogue if entry.id and entry.id not in known]
        fuzzy = [entry for entry in catalogue if entry.id and entry.fuzzy]
        if stray:
            what = _('The folder does not say "{phrase}" any more.').format(phrase=stray[0].id)
            yield Finding(file, "", what, "", again, stray[0].lineno)
        if fuzzy:
            what = _('"{phrase}" is only guessed (fuzzy).').format(phrase=fuzzy[0].id)
            why, mend = _("Guessed entries are not used."), _("Confirm it, or mend it.")
            yield Finding(file, "", what, why, mend, fuzzy[0].lineno)


def stamp(source: bytes) -> str:
    """The beginning of the hash that a text in another language names its source by."""
    return hashlib.sha256(source).hexdigest()[:_HASH_DIGITS]


def _letters(process: Process) -> Iterator[Finding]:
    """Mails without a text in a language of the folder, texts that are older than their mail."""
    for name in process.definition.notifications:
        source, texts = process.files.get(mail_file(name)), _texts_of(process, name)
        for tag in _languages(process) if source is not None else ():
            if tag not in texts:
                why = _("Who reads that language gets it in the language of the folder.")
                what = _("This mail has no text in this language.")
                yield Finding(mail_file(name, tag), "", what, why)
        for file in texts.values():
            keys = read_toml(page_of(process.files[file].decode()).keys)
            for key in sorted(keys.keys() - {"of"}):
                what = _("A text in another language has no key but {key}.").format(key="of")
                why = _("The keys of the mail stand in {file}, for every language.")
                yield Finding(file, key, what, why.format(file=mail_file(name)))
            present = stamp(source or b"")
            if keys.get("of", present) != present:
                yield Finding(
                    file,
                    "of",
                    _("This text is older than the mail it translates."),
                    _("The mail has changed since: {file}.").format(file=mail_file(name)),
                    instance("of", f'"{present}"'),
                )


def _times(process: Process, now: datetime) -> Iterator[Finding]:
    """Dates that are past already, or on a day off."""
    past = []
    for place in places(process.definition, Date):
        at = process.dates.fixed.get(place.name)
        if at is None or isinstance(parse_instant(place.table.at), CountedInstant):
            continue
        if at < now:
            past.append(place.name)
        if not process.workdays.is_working_day(at.astimezone(process.zone).date()):
            yield place.fault(
                "at", _("This date is on a day off: {date}."), date=_told(process, at)
            )
    if past:
        count = len(past)
        what = n_("{count} date is past: {names}.", "{count} dates are past: {names}.", count)
        yield Finding(CONFIG, "dates", what.format(count=count, names=", ".join(past)))


def _sittings(process: Process) -> Iterator[Finding]:
    """Decisions of a sitting of which no rule asks who sits, or how they voted."""
    for place in places(process.definition, Sitting):
        ways = (process.ways(state) for state in place.table.in_)
        unasked = dict.fromkeys(
            name
            for own in ways
            for name in place.table.decides
            if name in own
            and not any(map(asks_for_sitting, process.judge_of(own[name], place.name).names))
        )
        if unasked:
            yield place.fault(
                "decides",
                _("Whoever is present decides, were it alone: {names}."),
                _("No rule of this sitting asks who sits, or how they voted."),
                instance(
                    f"sittings.{place.name}.rules.quorum.when",
                    '"sitting.present * 2 >= sitting.members"',
                ),
                names=", ".join(unasked),
            )


def _late_reminders(process: Process) -> Iterator[Finding]:
    """Reminders that leave before the invitation to what they remind of, or after its hour."""
    standing = process.dates.standing
    for place in places(process.definition, Notification):
        for source in place.table.at:
            instant = parse_instant(source)
            anchor = instant.anchor
            leaves = standing(instant)
            if anchor is None or anchor.kind != "date" or leaves is None:
                continue
            ends = _instant_of(process, place.table.expires)
            if ends is not None and leaves >= ends:
                yield place.fault(
                    "at",
                    _("This mail would leave when it is of no more use."),
                    _("It expires on {date}."),
                    date=_told(process, ends),
                )
            for other in process.definition.notifications.values():
                if other is place.table or not other.event or other.event != anchor.name:
                    continue
                opens = _instant_of(process, other.not_before) if other.not_before else None
                if opens and leaves < opens:
                    yield place.fault(
                        "at",
                        _("This mail would leave before the invitation that it reminds of."),
                        _("That one waits until {date}."),
                        date=_told(process, opens),
                    )


def _unread(process: Process) -> Iterator[Finding]:
    """Mails that a person reads first, and that are of no more use from an instant on."""
    for place in places(process.definition, Notification):
        if place.name in planner_of(process).expiring_unread:
            yield place.fault(
                "expires",
                _("This mail expires, even where nobody has read it by then."),
                _("From that instant on it is not released any more."),
                _(
                    "If it tells a decision, say so (`decision`) on what sets it off; "
                    "leave this out."
                ),
            )


def _unread_refusals(process: Process) -> Iterator[Finding]:
    """Mails of adverse decisions that time makes, and that leave before anybody has read them."""
    mails = {place.name: place for place in places(process.definition, Notification)}
    for way in process.every_way():
        path, transition = f"{way.origin}.{way.name}", way.transition
        by_time = transition.at is not None and transition.is_contestable
        for name in process.definition.telling(path) if by_time else ():
            if not mails[name].table.held:
                yield mails[name].fault(
                    "",
                    _("Time makes this decision, and nobody reads its mail before it leaves."),
                    _("{path} goes by what is recorded at that hour; more may have arrived."),
                    instance("held", "true"),
                    path=path,
                )


def _silences(process: Process) -> Iterator[Finding]:
    """Dates at which silence refuses that come before the results for who files at the opening."""
    definition, dates = process.definition, process.dates
    results = definition.config.results
    announced = None if results is None else _instant_of(process, results.after)
    opening = min(dates.fixed.values(), default=None)
    if announced is None or opening is None:
        return
    windows = (one for request in definition.requests.values() for one in request.windows.values())
    told = [process.files.get(text_file(SILENCE), b"").decode(), *(str(one[0]) for one in windows)]
    silent = frozenset(dates_named(" ".join(told)))
    first = Case("", "", START, opening, 0, received={definition.contact_sheet: (opening,)})
    for place in places(definition, Date):
        at = dates.of(place.name, first) if place.name in silent else None
        if at is not None and at < announced:
            yield place.fault(
                "at",
                _("Silence can refuse somebody before the results are announced."),
                _("A dossier received on {opening} would be refused on {here}; results: {there}."),
                _("Count it from the results, or give it a not_before."),
                opening=_told(process, opening),
                here=_told(process, at),
                there=_told(process, announced),
            )


def _instant_of(process: Process, source: object) -> datetime | None:
    try:
        return process.dates.standing(parse_instant(source))
    except ValueError:
        return None


def _told(process: Process, instant: datetime) -> str:
    return speech.long_instant(instant, process.zone, language())
