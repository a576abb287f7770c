"""Words for ranks, means and cuts, alike in the terminal, in the ranking and in minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import _, language
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.panel.figures import order_keys
from ptce_workflow.process.panel.grid import no_opinion
from ptce_workflow.process.process import way_label
from ptce_workflow.process.rules.case import Moment

if TYPE_CHECKING:
    from ptce_workflow.app.jury.cutoff import Cut, Ranked, Standing
    from ptce_workflow.process.panel.grid import Mark
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case


def rank_told(rank: int, tied: int) -> str:
    """A rank; one that several share bears the sign =."""
    return f"{rank} =" if tied > 1 else str(rank)


def mark_said(mark: Mark) -> str:
    """A mark as people read it: of hundredths, a text, or None for no opinion."""
    if mark is None:
        return no_opinion()
    return speech.hundredths(mark, language()) if isinstance(mark, int) else mark


def vote_told(*, carried: bool, casting: bool) -> str:
    """The outcome of a vote, and that the chair's voice decided it, if it did."""
    if casting:
        return (
            _("carried, by the chair's casting vote")
            if carried
            else _("not carried, by the chair's casting vote")
        )
    return _("carried") if carried else _("not carried")


def remarks(standing: Standing) -> Iterator[str]:
    """The cut and how close it is, ties that it goes through, and what parted others."""
    for cut in standing.cuts:
        yield from cut_told(standing, cut)
    if standing.departs and standing.at is None:
        yield _("The decisions depart from the ranking: `ptce minutes` tells why.")
    elif standing.departs:
        yield _(
            "The rules would let some in behind others that they stop: "
            "`ptce deliberate --dry-run` tells which rules."
        )
    for transition, cases in standing.torn:
        yield torn_told(standing, transition, cases)
    for before, one in pairwise(standing.ranked):
        by = one.place.parted_by
        told = parted_told(standing.process, standing.panel, before.case.ref, one.case.ref, by)
        if told:
            yield told


def mean_of(figures: Mapping[str, int], name: str = "total") -> str:
    """A figure held in hundredths; a dash while it is not known."""
    value = figures.get(name)
    return "–" if value is None else speech.hundredths(value, language())


def figure_label(process: Process, panel: str, name: str) -> str:
    """The label of a figure of a panel, or of one of its criteria."""
    if name == "vote":
        return _("a vote")
    return Teller(process, language(), Gazetteer).label(f"{panel}.{name}")


def scale_of(standing: Standing) -> tuple[int, int]:
    """The lowest and the highest mark of any criterion, in hundredths."""
    sheet = standing.process.definition.sheets[standing.panel]
    marks = [sheet.scales[name] for name in sheet.criteria]
    return min(one[0] for one in marks), max(one[-1] for one in marks)


def state_told(standing: Standing, one: Ranked) -> str:
    """The label of the state that the rules would put a candidature in, or that it stands in."""
    if any(one.case.id == case.id for _transition, cases in standing.torn for case in cases):
        return _("to be voted on")
    state = standing.outcomes.get(one.case.id, one.case.state)
    return standing.process.states[state].label.in_(language())


def parted_told(process: Process, panel: str, before: str, ref: str, by: str | None) -> str:
    """By what figure a candidature comes behind the one before; "" where the first parts them."""
    if not by or by == order_keys(process.definition.sheets[panel])[0][0]:
        return ""
    return _("{before} and {ref}: parted by {figure}.").format(
        before=before, ref=ref, figure=figure_label(process, panel, by)
    )


def cut_told(standing: Standing, cut: Cut) -> Iterator[str]:
    """Sentences on a cut: between whom, since when or from when on, and how close it is."""
    refs = {"last_in": cut.last_in.case.ref, "first_out": cut.first_out.case.ref}
    if cut.at is None:
        told = _("Cut: between {last_in} and {first_out}, as it was decided.").format(**refs)
    else:
        when = speech.long_instant(cut.at, standing.process.zone, language())
        told = _("Cut: between {last_in} and {first_out}, as the rules would have it on {when}.")
        told = told.format(**refs, when=when)
    group = group_told(standing, cut)
    yield _("{group} – {told}").format(group=group, told=told) if group else told
    if not cut.close or cut.difference is None:
        return
    told = _("Close call: {difference} between the two, less than half a step of the scale.")
    yield told.format(difference=speech.hundredths(cut.difference, language()))
    spreads = [one.figures["spread"] for one in (cut.last_in, cut.first_out)]
    if max(spreads) > cut.difference:
        told = _("The institutions differ by more on each of them: {last_in}, {first_out}.")
        said = [speech.hundredths(spread, language()) for spread in spreads]
        yield told.format(last_in=said[0], first_out=said[1])


def group_told(standing: Standing, cut: Cut) -> str:
    """The answers of those whom a cut goes through, as people read them; "" for one through all."""
    teller = Teller(standing.process, language(), Gazetteer)
    case = cut.last_in.case
    return ", ".join(teller.value(name, case, Moment(case.since)) for name in cut.per)


def torn_told(standing: Standing, transition: str, cases: Sequence[Case]) -> str:
    """A tie that a cut goes through."""
    label = way_label(standing.process, cases[0].state, transition)
    told = _('The cut of "{label}" goes through a tie: {refs}. The panel has to vote on them.')
    return told.format(label=label, refs=", ".join(case.ref for case in cases))
