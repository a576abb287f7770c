"""Who was at a sitting, in what capacity, when and where: the head of its minutes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.report import Heading, LabelledValues, Part
from ptce_workflow.process.process import institution_label

if TYPE_CHECKING:
    from ptce_workflow.app.cases.history import Said
    from ptce_workflow.app.jury.sittings import SittingTold
    from ptce_workflow.ledger.notice import Notice
    from ptce_workflow.process.model.sitting import Sitting


def attendance(told: SittingTold) -> Iterator[tuple[str, str]]:
    """What a sitting was, when and where, and who was there in what capacity; labels and values."""
    held, seats = told.held, told.process.definition.seats(sitting_of(told))
    proxies, heard = held.begun.proxies or {}, held.begun.heard or ()
    absent = [name for name in seats if name not in (*held.present, *proxies)]

    def names(found: Iterable[str]) -> str:
        return "\n".join(seat_told(told, name) for name in found) or _("none")

    present = _("Present ({count} of {members})").format(
        count=len(held.present), members=len(seats)
    )
    chair = _("not recorded") if held.chair is None else seat_told(told, held.chair)
    borne = _("{giver}: voice borne by {bearer}")
    yield _("Sitting"), sitting_of(told).label.in_(language())
    yield _("Call"), str(held.call)
    yield from _called(told)
    yield from _hours(told)
    yield _("Recorded on"), when_told(told, held.at)
    yield present, names(held.present)
    for giver, bearer in proxies.items():
        seat = institution_label(told.process, bearer)
        yield _("Represented"), borne.format(giver=seat_told(told, giver), bearer=seat)
    if heard:
        yield _("Heard, without a voice"), names(heard)
    yield _("Absent"), names(absent)
    yield _("Chair"), chair


def seat_told(told: SittingTold, name: str) -> str:
    """An institution, and who sat for it, where that was said."""
    label = institution_label(told.process, name)
    if name not in told.names:
        return label
    person = reason_told(told.names[name])
    return _("{person}, for {institution}").format(person=person, institution=label)


def _called(told: SittingTold) -> Iterator[tuple[str, str]]:
    called, notice = told.held.called, told.notice
    if called is None or notice is None:
        return
    yield _("Called on"), when_told(told, from_text(called.at))
    if notice.unreached is not None:
        if reached := "\n".join(_convocations(told, notice)):
            yield _("Convocations"), reached
        unreached = (institution_label(told.process, name) for name in notice.unreached)
        if notice.unreached:
            yield _("Not reached by a convocation"), "\n".join(unreached)
    days = n_("{count} day before", "{count} days before", notice.days)
    yield _("Notice"), days.format(count=notice.days)


def _convocations(told: SittingTold, notice: Notice) -> Iterator[str]:
    mailed, by_hand = _("{label}: mail of {when}"), _("{label}: by other means, {when}")
    for name, at in notice.since.items():
        says = by_hand if name in notice.by_hand else mailed
        label = institution_label(told.process, name)
        yield says.format(label=label, when=when_told(told, from_text(at)))


def _hours(told: SittingTold) -> Iterator[tuple[str, str]]:
    held = told.held
    if held.place:
        yield _("Place"), held.place
    if held.begun.opened_at:
        yield _("Opened"), when_told(told, from_text(held.begun.opened_at))
    if held.ended.closed_at:
        yield _("Closed"), when_told(told, from_text(held.ended.closed_at))


def dissent(told: SittingTold) -> Iterator[Part]:
    """What those who did not agree have had written down."""
    if not told.dissent:
        return
    yield Heading(_("Dissent"))
    yield LabelledValues(
        tuple((seat_told(told, name), reason_told(said)) for name, said in told.dissent)
    )


def sitting_of(told: SittingTold) -> Sitting:
    """The sitting, as the process of its day has it."""
    return told.process.definition.config.sittings[told.held.name]


def reason_told(said: Said) -> str:
    """The reason as it was written, or the remark that it was erased."""
    return _("(erased)") if said is None else said


def when_told(told: SittingTold, at: datetime) -> str:
    """An instant of the sitting, as people read it."""
    return speech.long_instant(at, told.process.zone, language())
