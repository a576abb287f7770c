"""The part of the page on a process that tells its panels and their sittings."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base import speech
from ptce_workflow.base.words import _
from ptce_workflow.process.definition import Sitting
from ptce_workflow.process.markdown import heading, table
from ptce_workflow.process.marks import ScoreField
from ptce_workflow.process.model import Grounded, in_hundredths
from ptce_workflow.process.process import Process
from ptce_workflow.process.questions import Sheet


def juries(process: Process, language: str) -> Iterator[str]:
    """Lines of Markdown: who gives which marks, how they rank, at which sittings it is decided."""
    config = process.definition.config
    for name, sheet in process.definition.sheets.items():
        if sheet.is_panel:
            yield from heading(2, f"{sheet.label.in_(language)} (`{name}`)")
            members = "; ".join(
                config.institutions[one].label.in_(language) for one in sheet.members
            )
            yield _("Members: {names}.").format(names=members)
            yield ""
            yield from _criteria(sheet, language)
            yield from _ranking(sheet, language)
    if config.sittings:
        yield from heading(2, _("Sittings"))
        yield table(
            (_("name"), _("meaning"), _("panel"), _("decides"), _("rests on")),
            *(
                _sitting(process, name, sitting, language)
                for name, sitting in config.sittings.items()
            ),
        )
        yield ""


def told_ground(entry: Grounded, language: str) -> str:
    """On what something rests: its source, then the organiser's choice, in italics."""
    parts = []
    if entry.source is not None:
        parts.append(entry.source.in_(language))
    if entry.choice is not None:
        told = _("choice of the organiser: {why}").format(why=entry.choice.in_(language))
        parts.append(f"*{told}*")
    return "<br>".join(parts)


def _criteria(sheet: Sheet, language: str) -> Iterator[str]:
    fields = [field for field in sheet.fields.values() if isinstance(field, ScoreField)]
    yield table(
        (_("criterion"), _("scale"), _("weight"), _("remarks"), _("rests on")),
        *(
            (
                field.label.in_(language),
                f"`{field.scale.from_} … {field.scale.to}, + {field.scale.step}`",
                str(field.weight),
                "; ".join(_remarks(field, language)),
                told_ground(field, language),
            )
            for field in fields
        ),
    )
    yield ""


def _remarks(field: ScoreField, language: str) -> Iterator[str]:
    if field.no_opinion:
        yield _("no opinion is allowed")
    if field.comment_under is not None:
        mark = speech.hundredths(in_hundredths(field.comment_under), language)
        yield _("explained below {mark}").format(mark=mark)
    if field.comment_over is not None:
        mark = speech.hundredths(in_hundredths(field.comment_over), language)
        yield _("explained above {mark}").format(mark=mark)


def _ranking(sheet: Sheet, language: str) -> Iterator[str]:
    rounding = {
        "half_up": _("Means are rounded to the nearest hundredth, a half up."),
        "half_even": _("Means are rounded to the nearest hundredth, a half to the even one."),
        "down": _("Means are cut off at the hundredth."),
    }
    opinions = {
        "left_out": _("Who has no opinion is left out."),
        "lowest": _("Who has no opinion counts as the lowest mark."),
    }
    told = (rounding[sheet.mean.rounding], opinions[sheet.mean.no_opinion])
    yield " ".join((*told, told_ground(sheet.mean, language))).strip()
    yield ""
    if sheet.order:
        orders = sorted(sheet.order.values(), key=lambda order: order.rank)
        yield table(
            (_("rank"), _("what is compared"), _("rests on")),
            *(
                (str(order.rank), f"`{order.key}`", told_ground(order, language))
                for order in orders
            ),
        )
        yield ""


def _sitting(process: Process, name: str, sitting: Sitting, language: str) -> tuple[str, ...]:
    decided = ", ".join(
        f"{process.ways(sitting.in_[0])[one].transition.label.in_(language)} (`{one}`)"
        for one in sitting.decides
    )
    panel = process.definition.sheets[sitting.panel].label.in_(language)
    return f"`{name}`", sitting.label.in_(language), panel, decided, told_ground(sitting, language)
