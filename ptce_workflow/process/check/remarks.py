"""Remarks on a folder that is sound: worth knowing before it is adopted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.notation import read_toml
from ptce_workflow.base.words import _, language, long_instant, n_, plain
from ptce_workflow.process.calendar import CountedInstant, parse_instant
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.check.names import uncited_values
from ptce_workflow.process.check.places import Check, Place, findings, instance, places
from ptce_workflow.process.explain import asks_for_sitting
from ptce_workflow.process.letters.letter import SILENCE
from ptce_workflow.process.letters.planning import dates_named, planner_of
from ptce_workflow.process.markdown import RULEBOOK, page_of, works_of
from ptce_workflow.process.model.base import Model
from ptce_workflow.process.model.definition import ERASED, START, Date, State
from ptce_workflow.process.model.folder import CONFIG, catalogue_file, mail_file, po_of, text_file
from ptce_workflow.process.model.notification import Notification
from ptce_workflow.process.model.reading import located, spoken
from ptce_workflow.process.model.sheets import Sheet, Sitting
from ptce_workflow.process.process import Process


def remarks(process: Process, now: datetime) -> tuple[Finding, ...]:
    remarks_of = (uncited_values, _early_refusals, _silences, _rulebook, _catalogues, _copies)
    every = {*findings(process, _CHECKS), *_times(process, now)}
    every.update(*(remark(process) for remark in remarks_of))
    return located(process.files, sorted(every))


def _form(_process: Process, place: Place[Sheet]) -> Iterator[Finding]:
    questions = place.table.questions
    if not place.table.has_form:
        return
    if not 0 < len(questions) <= 99:
        what = _("This sheet cannot be a form: it has {count} questions, files left aside.")
        why = _("Those of a form are numbered with two digits at most.")
        mend = _("Divide what it asks among sheets that are sent in.")
        yield place.fault("fields", what, why, mend, count=len(questions))
    labels = {name: f"{plain(str(field.label))} " for name, field in questions.items()}
    for (other, first), (name, label) in combinations(labels.items(), 2):
        if label.startswith(first) or first.startswith(label):
            what = _("This label and that of {other} begin alike.")
            why = _("A form that comes back is read by its labels.")
            mend = _("Let them differ from their first words on.")
            yield place.fault(f"fields.{name}.label", what, why, mend, other=other)


def _rulebook(process: Process) -> Iterator[Finding]:
    if RULEBOOK not in works_of(process.files):
        why = _("Nothing tells whether what it cites is there.")
        mend = _("Put its text there, with a # before each heading.")
        yield Finding(text_file(RULEBOOK), "", _("This folder holds no rulebook."), why, mend)


def _copies(process: Process) -> Iterator[Finding]:
    """What tells of candidatures leaves as files, and nobody is asked to delete them."""
    mails = places(process.definition, Notification)
    sent = (mail for mail in mails if mail.table.attach and mail.table.recipients.are_enrolled)
    first = next(sent, None)
    if first is not None and not process.definition.caused(ERASED):
        what = _("This mail carries files about candidatures, and no mail asks to delete them.")
        why = _("What is erased here stays with those who were sent it.")
        mend = _("Add a mail with {example}.").format(example='on = "erased", to = "holders"')
        yield first.fault("attach", what, why, mend)


def _languages(process: Process) -> list[str]:
    files = (path for path in process.files if path.startswith("translations/"))
    return [path.removeprefix("translations/").removesuffix(".po") for path in files]


def _catalogues(process: Process) -> Iterator[Finding]:
    contest = process.definition.config.contest
    phrases = [text for _name, text in spoken(process.definition)]
    translated = {text.phrase for text in phrases}
    for tag in _languages(process):
        file, catalogue = catalogue_file(tag), po_of(process.files[catalogue_file(tag)])
        again = _("`ptce translate {language}` puts it in order.").format(language=tag)
        # What the header names without a version, babel reads as a version.
        name = str(catalogue.project or catalogue.version or "")
        if name not in ("", "PROJECT", contest.id):
            what = _("This catalogue is that of another contest: {name}.").format(name=name)
            yield Finding(file, "", what, "", again)
        lacking = list(dict.fromkeys(t.phrase for t in phrases if tag not in t.others))
        if lacking:
            count = len(lacking)
            what = n_(
                "{count} phrase is not translated.", "{count} phrases are not translated.", count
            )
            why = _('The first is "{phrase}". They are shown as the folder has them.')
            yield Finding(file, "", what.format(count=count), why.format(phrase=lacking[0]), again)
        entries = [entry for entry in catalogue if entry.id]
        for entry in [entry for entry in entries if entry.id not in translated][:1]:
            what = _('The folder does not say "{phrase}" any more.').format(phrase=entry.id)
            yield Finding(file, "", what, "", again, entry.lineno)
        for entry in [entry for entry in entries if entry.fuzzy][:1]:
            what = _('"{phrase}" is only guessed (fuzzy).').format(phrase=entry.id)
            why, mend = _("Guessed entries are not used."), _("Confirm it, or mend it.")
            yield Finding(file, "", what, why, mend, entry.lineno)


def stamp(source: bytes) -> str:
    """The beginning of the hash that a text in another language names its source by."""
    return hashlib.sha256(source).hexdigest()[:16]


def _texts(process: Process, mail: Place[Notification]) -> Iterator[Finding]:
    source, before = process.files.get(mail.file), mail.file.removesuffix("md")
    files = [path for path in process.files if path.startswith(before) and path != mail.file]
    for tag in _languages(process) if source is not None else ():
        if mail_file(mail.name, tag) not in files:
            why = _("Who reads that language gets it in the language of the folder.")
            what = _("This mail has no text in this language.")
            yield Finding(mail_file(mail.name, tag), "", what, why)
    for file in files:
        keys = read_toml(page_of(process.files[file].decode()).keys)
        for key in sorted(keys.keys() - {"of"}):
            what = _("A text in another language has no key but {key}.").format(key="of")
            why = _("The keys of the mail stand in {file}, for every language.")
            yield Finding(file, key, what, why.format(file=mail.file))
        present = stamp(source or b"")
        if keys.get("of", present) != present:
            what = _("This text is older than the mail it translates.")
            why = _("The mail has changed since: {file}.").format(file=mail.file)
            yield Finding(file, "of", what, why, instance("of", f'"{present}"'))


def _times(process: Process, now: datetime) -> Iterator[Finding]:
    past = []
    for place in places(process.definition, Date):
        at = process.dates.fixed.get(place.name)
        if at is None or isinstance(parse_instant(place.table.at), CountedInstant):
            continue
        if at < now:
            past.append(place.name)
        if not process.workdays.is_working_day(at.astimezone(process.zone).date()):
            day = _instant_text(process, at)
            yield place.fault("at", _("This date is on a day off: {date}."), date=day)
    if past:
        count = len(past)
        what = n_("{count} date is past: {names}.", "{count} dates are past: {names}.", count)
        yield Finding(CONFIG, "dates", what.format(count=count, names=", ".join(past)))


def _sitting(process: Process, place: Place[Sitting]) -> Iterator[Finding]:
    unasked = dict.fromkeys(
        name
        for edges in map(process.edges, place.table.in_)
        for name in place.table.decides
        if name in edges
        and not any(map(asks_for_sitting, process.judge_of(edges[name], place.name).names))
    )
    if unasked:
        what = _("Whoever is present decides, were it alone: {names}.")
        why = _("No rule of this sitting asks who sits, or how they voted.")
        key = f"sittings.{place.name}.rules.quorum.when"
        mend = instance(key, '"sitting.present * 2 >= sitting.members"')
        yield place.fault("decides", what, why, mend, names=", ".join(unasked))


def _reminder(process: Process, place: Place[Notification]) -> Iterator[Finding]:
    mail = place.table
    for instant in map(parse_instant, mail.at):
        anchor, leaves = instant.anchor, process.dates.standing(instant)
        if anchor is None or anchor.kind != "date" or leaves is None:
            continue
        ends = _instant_of(process, mail.expires)
        if ends is not None and leaves >= ends:
            what = _("This mail would leave when it is of no more use.")
            why = _("It expires on {date}.")
            yield place.fault("at", what, why, date=_instant_text(process, ends))
        for other in process.definition.notifications.values():
            is_invitation = other is not mail and other.event == anchor.name
            opens = _instant_of(process, other.not_before) if is_invitation else None
            if opens and leaves < opens:
                what = _("This mail would leave before the invitation that it reminds of.")
                why = _("That one waits until {date}.")
                yield place.fault("at", what, why, date=_instant_text(process, opens))


def _next(process: Process, place: Place[State]) -> Iterator[Finding]:
    edges = process.edges(place.holder).values()
    timed = any(edge.instant is not None for edge in edges)
    if edges and not (place.table.ends or timed or process.ways_onward(place.holder)):
        what = _("Nothing says what comes next here: each way out leads back or needs a reason.")
        why = _("`ptce list` and the digest cannot say whom a candidature waits for.")
        mend = instance(f"transitions.{next(iter(edges)).name}.next", _('"to be examined"'))
        yield place.fault("transitions", what, why, mend)


def _expiry_unread(process: Process, place: Place[Notification]) -> Iterator[Finding]:
    if place.name in planner_of(process).expiring_unread:
        what = _("This mail expires, even where nobody has read it by then.")
        why = _("From that instant on it is not released any more.")
        mend = _("If it tells a decision, say so (`decision`) on what sets it off; leave this out.")
        yield place.fault("expires", what, why, mend)


def _early_refusals(process: Process) -> Iterator[Finding]:
    mails = {place.name: place for place in places(process.definition, Notification)}
    for edge in process.every_edge():
        path, transition = f"{edge.origin}.{edge.name}", edge.transition
        by_time = transition.at is not None and transition.is_contestable
        for name in process.definition.telling(path) if by_time else ():
            if not mails[name].table.held:
                what = _("Time makes this decision, and nobody reads its mail before it leaves.")
                why = _("{path} goes by what is recorded at that hour; more may have arrived.")
                mend = instance("held", "true")
                yield mails[name].fault("", what, why, mend, path=path)


def _silences(process: Process) -> Iterator[Finding]:
    definition, dates = process.definition, process.dates
    results = definition.config.results
    announced = None if results is None else _instant_of(process, results.after)
    opening = min(dates.fixed.values(), default=None)
    if announced is None or opening is None:
        return
    windows = (w for request in definition.requests.values() for w in request.windows.values())
    text = process.files.get(text_file(SILENCE), b"").decode()
    silent = frozenset(dates_named(" ".join((text, *(str(start) for start, _end in windows)))))
    first = Candidature("", "", START, opening, 0, received={definition.contact_sheet: (opening,)})
    for place in places(definition, Date):
        at = dates.of(place.name, first) if place.name in silent else None
        if at is not None and at < announced:
            what = _("Silence can refuse somebody before the results are announced.")
            why = _("A dossier received on {opening} would be refused on {here}; results: {there}.")
            mend = _("Count it from the results, or give it a not_before.")
            hours = {"opening": opening, "here": at, "there": announced}
            values = {name: _instant_text(process, hour) for name, hour in hours.items()}
            yield place.fault("at", what, why, mend, **values)


_CHECKS: Mapping[type[Model], Sequence[Check]] = {
    Sheet: [_form],
    Sitting: [_sitting],
    State: [_next],
    Notification: [_texts, _reminder, _expiry_unread],
}


def _instant_of(process: Process, source: object) -> datetime | None:
    try:
        return process.dates.standing(parse_instant(source))
    except ValueError:
        return None


def _instant_text(process: Process, instant: datetime) -> str:
    return long_instant(instant, process.zone, language())
