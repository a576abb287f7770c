"""The ranking of a panel: its figures, its scale, the cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import words
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.events.sitting import OUTCOMES
from ptce_workflow.office import page
from ptce_workflow.office.page import Drawing, Part, Report, Table, ValuedCell, clean, of_contest
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.explain import Teller, closed_text
from ptce_workflow.process.forms import Mark, no_opinion
from ptce_workflow.process.panel import finest_step, order_keys, own_means, rectified_figures
from ptce_workflow.process.process import (
    Process,
    counted,
    edge_label,
    institution_label,
    name_of,
    noun_of,
    to_the_minute,
)
from ptce_workflow.reports.listing import Col, state, table

if TYPE_CHECKING:
    from ptce_workflow.app.jury.ranking import Cut, CutWithout, RankedCandidature, Standing


def rank_text(rank: int, tied: int) -> str:
    """A rank; one that several share bears the sign =."""
    return f"{rank} =" if tied > 1 else str(rank)


def mark_text(mark: Mark) -> str:
    """A mark as people read it: of hundredths, a text, or None for no opinion."""
    if mark is None:
        return no_opinion()
    return words.hundredths(mark, words.language()) if isinstance(mark, int) else mark


def vote_text(*, carried: bool, casting: bool) -> str:
    return _(OUTCOMES[carried, casting])


def remarks(standing: Standing) -> Iterator[str]:
    for cut in standing.cuts:
        yield from cut_texts(standing, cut)
    if standing.departs and standing.at is None:
        yield _("The decisions depart from the ranking: `ptce minutes` tells why.")
    elif standing.departs:
        yield _(
            "The rules would let some in behind others that they stop: "
            "`ptce deliberate --dry-run` tells which rules."
        )
    for transition, cases in standing.torn:
        yield tie_text(standing, transition, cases)
    for one in standing.ranked:
        anew = rectified_means(standing.process, standing.panel, one.case)
        yield from (_("{refs}: {text}").format(refs=one.case.ref, text=text) for text in anew)
    for before, one in pairwise(standing.ranked):
        by = one.place.parted_by
        text = parted_text(standing.process, standing.panel, before.case.ref, one.case.ref, by)
        if text:
            yield text


def mean_of(figures: Mapping[str, int], name: str = "total") -> str:
    """A figure held in hundredths; a dash while it is not known."""
    value = figures.get(name)
    return "–" if value is None else words.hundredths(value, words.language())


def rectified_means(process: Process, panel: str, case: Candidature) -> Iterator[str]:
    """The means that rectified marks change: as the sitting saw them, and worked out anew."""
    sheet, recorded = process.definition.sheets[panel], case.panels.get(panel, {})
    anew = rectified_figures(panel, sheet, case)
    for name in ("total", *sheet.criteria):
        if name in anew:
            yield _("{label}: {before} at the sitting, {after} with the marks rectified").format(
                label=figure_label(process, panel, name),
                before=mean_of(recorded, name),
                after=mean_of(anew, name),
            )


def figure_label(process: Process, panel: str, name: str) -> str:
    if name == "vote":
        return _("a vote")
    return Teller(process, words.language()).label(f"{panel}.{name}")


def scale_of(standing: Standing) -> tuple[int, int]:
    """The lowest and the highest mark of any criterion that counts, in hundredths."""
    sheet = standing.process.definition.sheets[standing.panel]
    marks = [sheet.scales[name] for name, weight in sheet.weights.items() if weight]
    return min(one[0] for one in marks), max(one[-1] for one in marks)


def outcome_text(standing: Standing, one: RankedCandidature) -> str:
    """The decision of the sitting; before it, the one that the rules would make, or the state."""
    process, id_ = standing.process, one.case.id
    if any(id_ == case.id for _transition, cases in standing.torn for case in cases):
        return _("to be voted on")
    if id_ in standing.proposed:
        # Beside decisions, a proposal says that it is none.
        text = _("by the rules: {transition}") if standing.decided else "{transition}"
        return text.format(transition=edge_label(process, one.case.state, standing.proposed[id_]))
    return process.states[standing.decided.get(id_, one.case.state)].label.text


def parted_text(process: Process, panel: str, before: str, ref: str, by: str | None) -> str:
    """By what figure a candidature comes behind the one before; "" where the first parts them."""
    if not by or by == order_keys(process.definition.sheets[panel])[0][0]:
        return ""
    text = _("{before} and {ref}: parted by {figure}.")
    return text.format(before=before, ref=ref, figure=figure_label(process, panel, by))


def cut_texts(standing: Standing, cut: Cut) -> Iterator[str]:
    refs = {"last_in": cut.last_in.case.ref, "first_out": cut.first_out.case.ref}
    if cut.at is None:
        text = _("Cut: between {last_in} and {first_out}, as it was decided.").format(**refs)
    else:
        text = _("Cut: between {last_in} and {first_out}, as the rules would have it on {when}.")
        text = text.format(**refs, when=to_the_minute(standing.process, cut.at))
    teller, case = Teller(standing.process, words.language()), cut.last_in.case
    group = ", ".join(teller.value(name, case, RuleContext(case.since)) for name in cut.per)
    yield _("{group} – {text}").format(group=group, text=text) if group else text
    if not cut.close or cut.difference is None:
        return
    text = _("Close call: {difference} between the two, less than half a step of the scale.")
    yield text.format(difference=words.hundredths(cut.difference, words.language()))
    spreads = [one.figures["spread"] for one in (cut.last_in, cut.first_out)]
    if max(spreads) > cut.difference:
        text = _("The institutions differ by more on each of them: {last_in}, {first_out}.")
        texts = [words.hundredths(spread, words.language()) for spread in spreads]
        yield text.format(last_in=texts[0], first_out=texts[1])


def tie_text(standing: Standing, transition: str, cases: Sequence[Candidature]) -> str:
    label = edge_label(standing.process, cases[0].state, transition)
    text = _('The cut of "{label}" goes through a tie: {refs}. The panel has to vote on them.')
    return text.format(label=label, refs=", ".join(case.ref for case in cases))


Placed = tuple[Any, ...]
"""A candidature, its figures, its rank and how many share it; then what other columns need."""


def ranking(
    standing: Standing, now: datetime, without: Sequence[CutWithout] = (), *, whole: bool
) -> Report:
    """The ranking of a panel; the `whole` of it has each criterion, and says how to read it."""
    process = standing.process
    when = to_the_minute(process, now)
    under = _("{panel} · as of {when}").format(panel=_panel(standing), when=when)
    parts = (*_parts(standing, whole=whole), *_without_each(standing.process, without))
    return of_contest(process, _("Ranking of the candidatures"), now, parts, under)


def _panel(standing: Standing) -> str:
    return standing.process.definition.sheets[standing.panel].label.text


def _parts(standing: Standing, *, whole: bool) -> Iterator[Part]:
    count = len(standing.ranked)
    if standing.closed:
        process, panel = standing.process, standing.panel
        until = sorted({closed_text(process, panel, case) for case in standing.closed})
        refs = ", ".join(case.ref for case in standing.closed)
        yield page.say(_("{refs}: {text}"), refs=refs, text=" ".join(until))
    elif not count and not standing.unranked:
        yield page.say(_("No mark was given yet."))
    if standing.unranked:
        refs = ", ".join(case.ref for case in standing.unranked)
        yield page.say(_("Without a mean, and without a rank: {refs}."), refs=refs)
    if not count:
        return
    yield page.lead(_panel(standing), counted(standing.process, count))
    yield page.say(_recorded(standing))
    if whole:
        yield page.heading(_("Ranks and means"))
    yield _ranks(standing)
    if whole:
        yield page.heading(_("On the scale"))
    yield scale(standing)
    if sentences := tuple(remarks(standing)):
        yield page.bullets(sentences)
    if whole:
        yield page.heading(_("Criterion by criterion"))
        yield _criteria(standing)
        yield page.heading(_("How to read it"))
        yield page.bullets(_reading(standing))


def _without_each(process: Process, without: Sequence[CutWithout]) -> Iterator[Part]:
    if not without:
        return
    yield page.heading(_("The cut without the marks of each institution"))
    yield table(
        process,
        without,
        Col(_("without"), "institution", show=institution_label, flexible=True, share=4),
        Col(_("let in"), lambda one: ", ".join(one.lets_in), share=2),
        Col(_("left out"), lambda one: ", ".join(one.leaves_out), share=2),
        Col(_("even at the cut"), lambda one: ", ".join(one.even), share=2),
    )
    text = _("As many are let in, by the marks of the others alone: no rule and no vote is asked.")
    yield page.note(text)


def _recorded(standing: Standing) -> str:
    recorded = sum(one.frozen for one in standing.ranked)
    if recorded == len(standing.ranked):
        texts = [_("The marks are closed, and the figures are recorded.")]
        sittings = standing.process.definition.config.sittings.values()
        if not standing.recorded and any(one.panel == standing.panel for one in sittings):
            texts.append(_("The sitting will record the ranks."))
        return " ".join(texts)
    if not recorded:
        return _("Provisional: the figures follow from the marks so far.")
    return n_(
        "Provisional: the figures of {count} candidature are recorded, the others follow "
        "from the marks so far.",
        "Provisional: the figures of {count} candidatures are recorded, the others follow "
        "from the marks so far.",
        recorded,
    )


def _ranks(standing: Standing) -> Table:
    placed = [(one.case, one.figures, one.rank, one.place.tied, one) for one in standing.ranked]
    heading = _("by the rules") if standing.proposed or standing.torn else _("state")
    last = Col(
        _("decision") if standing.decided else heading,
        lambda one: outcome_text(standing, one[4]),
        flexible=True,
        share=18,
    )
    now = Col(_("stands now"), "0.state", show=state, flexible=True, share=18)
    cases = [one.case for one in standing.ranked]
    moved = any(standing.decided.get(case.id, case.state) != case.state for case in cases)
    return ranks(standing.process, placed, last, *([now] if moved else []))


def ranks(process: Process, placed: Iterable[Placed], *last: Col) -> Table:
    return table(
        process,
        placed,
        Col(_("rank"), lambda one: ValuedCell(rank_text(*one[2:4]), one[2]), number=True, share=6),
        Col(_("ref."), "0.ref", share=9),
        Col(noun_of, lambda one: name_of(process, one[0]), flexible=True, share=34),
        Col(_("mean"), lambda one: figure(one[1]), number=True, share=10),
        Col(_("voices"), lambda one: _voices(one[1]), number=True, share=9),
        Col(_("spread"), lambda one: figure(one[1], "spread"), number=True, share=9),
        *last,
    )


def figure(figures: Mapping[str, int], name: str = "total") -> str:
    value, text = figures.get(name), mean_of(figures, name)
    return text if value is None else ValuedCell(text, Decimal(value).scaleb(-2))


def _voices(figures: Mapping[str, int]) -> str:
    if "voices" not in figures:
        return "–"
    voices, expected = figures["voices"], figures.get("expected", 0)
    # A spreadsheet would take 3/4 for a day in April.
    text = _("{voices} of {expected}").format(voices=voices, expected=expected)
    return ValuedCell(f"{voices}/{expected}", text)


def _criteria(standing: Standing) -> Table:
    sheet = standing.process.definition.sheets[standing.panel]

    def column(name: str) -> Col:
        label = sheet.fields[name].label.text
        return Col(label, lambda one: figure(one.figures, name), number=True)

    criteria = map(column, sheet.criteria)
    return table(
        standing.process, standing.ranked, Col(_("ref."), "case.ref"), *criteria, named=True
    )


def _reading(standing: Standing) -> Iterator[str]:
    yield _("The mean is that of the institutions' marks, by weight, rounded once.")
    yield _("The line across the end of a bar goes from the lowest institution to the highest.")
    yield _("Spread: how far apart the institutions' own means lie.")
    yield _("Voices: the institutions that marked, of those expected; who steps aside is not.")
    step = finest_step(standing.process.definition.sheets[standing.panel])
    text = _("A call is close when the two means beside the cut differ by less than {half}.")
    yield text.format(half=words.hundredths(step // 2, words.language()))


_BAR_CELLS = 50
_USUAL_CELLS = 80
_FULL, _LOW, _HIGH, _CUT = "█", "▓", "░", "╌"
# A picture of so many units a row; the page makes it as wide as the text.
_WIDTH, _ROW, _BAR_HEIGHT = 1000, 30, 14
_BAR_LEFT, _BAR_RIGHT, _TOP = 400, 930, 34
_NAME_LETTERS = 36


def scale(standing: Standing) -> Drawing:
    legend = _("{full} mean; {low}{high} from the lowest institution to the highest")
    return Drawing(
        _("The mean of each candidature; the table gives the figures."),
        lambda room: _in_cells(standing, room or _USUAL_CELLS),
        lambda: _in_svg(standing),
        legend.format(full=_FULL, low=_LOW, high=_HIGH),
    )


def _in_cells(standing: Standing, room: int) -> Iterator[str]:
    if len(standing.ranked) > words.DRAWN_ROWS_AT_MOST:
        return
    low, high = scale_of(standing)
    sheet = standing.process.definition.sheets[standing.panel]
    labels = [f"{rank_text(one.rank, one.place.tied):>4} {one.case.ref}" for one in standing.ranked]
    width = max(map(words.columns_of, labels))
    cells = max(10, min(_BAR_CELLS, room - width - 14))
    start = "  " + " " * width + " "
    first, last = (words.number(end // 100, words.language()) for end in (low, high))
    yield f"{start}{first:<{cells + 1 - len(last)}}{last}"

    def at(value: int) -> int:
        return round(cells * (value - low) / (high - low))

    for label, one in zip(labels, standing.ranked, strict=True):
        mean = one.figures.get("total")
        own = own_means(standing.panel, sheet, one.case).values()
        bar = ""
        if mean is not None:
            lowest = min(at(min(own, default=mean)), at(mean))
            highest = max(at(max(own, default=mean)), at(mean))
            bar = _FULL * lowest + _LOW * (at(mean) - lowest) + _HIGH * (highest - at(mean))
        yield f"  {label}{words.padding(label, width)} ▏{bar:<{cells}}▕ {mean_of(one.figures)}"
        if standing.cut is not None and one is standing.cut.last_in:
            text = _("cut")
            dashes = _CUT * (cells + 1 - words.columns_of(text))
            yield f"{start}{dashes[: len(dashes) // 2]} {text} {dashes[len(dashes) // 2 :]}"


def _in_svg(standing: Standing) -> str:
    low, high = scale_of(standing)
    cut_after = standing.cut.last_in if standing.cut else None
    height = _TOP + (len(standing.ranked) + (1 if cut_after else 0)) * _ROW + 6
    lines = [f'<svg viewBox="0 0 {_WIDTH} {height}" aria-hidden="true" font-size="15">']

    def at(value: int) -> int:
        return _BAR_LEFT + (_BAR_RIGHT - _BAR_LEFT) * (value - low) // (high - low)

    for mark in range(low - low % 100, high + 1, 100):
        if mark >= low:
            x, label = at(mark), words.number(mark // 100, words.language())
            lines.append(
                f'<line x1="{x}" x2="{x}" y1="{_TOP - 6}" y2="{height - 4}" stroke="#dfe3e8"/>'
                f'<text x="{x}" y="{_TOP - 12}" text-anchor="middle" fill="#4a525b">{label}</text>'
            )
    top = _TOP
    for one in standing.ranked:
        lines += _bar(standing, one, top, at)
        top += _ROW
        if one is cut_after:
            middle, label = top + _ROW // 2, escape(_("cut"))
            lines.append(
                f'<line x1="0" x2="{_WIDTH}" y1="{middle}" y2="{middle}" stroke="#a32020" '
                'stroke-width="2" stroke-dasharray="8 5"/>'
                f'<text x="{_WIDTH}" y="{middle - 5}" text-anchor="end" fill="#a32020">'
                f"{label}</text>"
            )
            top += _ROW
    return "".join([*lines, "</svg>"])


def _bar(
    standing: Standing, one: RankedCandidature, top: int, at: Callable[[int], int]
) -> Iterator[str]:
    sheet = standing.process.definition.sheets[standing.panel]
    name = clean(name_of(standing.process, one.case))
    name = name if len(name) <= _NAME_LETTERS else f"{name[: _NAME_LETTERS - 1]}…"
    base = top + _ROW // 2 + 5
    rank = rank_text(one.rank, one.place.tied)
    yield (
        f'<text x="44" y="{base}" text-anchor="end" fill="#4a525b">{rank}</text>'
        f'<text x="54" y="{base}" font-weight="600" fill="#1f2328">{escape(one.case.ref)}</text>'
        f'<text x="112" y="{base}" fill="#1f2328">{escape(name)}</text>'
    )
    mean = one.figures.get("total")
    if mean is None:
        return
    y, middle = top + (_ROW - _BAR_HEIGHT) // 2, top + _ROW // 2
    yield (
        f'<rect x="{_BAR_LEFT}" y="{y}" width="{max(1, at(mean) - _BAR_LEFT)}" '
        f'height="{_BAR_HEIGHT}" rx="2" fill="#0a4f9c"/>'
    )
    own = own_means(standing.panel, sheet, one.case).values()
    if own and min(own) < max(own):
        first, last = at(min(own)), at(max(own))
        # Dark on the bar would be lost, light off it too: a white line below a dark one.
        for width, colour in ((5, "#fff"), (2, "#1f2328")):
            yield (
                f'<path d="M{first} {middle - 5}V{middle + 5}M{first} {middle}H{last}'
                f'M{last} {middle - 5}V{middle + 5}" stroke="{colour}" stroke-width="{width}" '
                'fill="none"/>'
            )
    yield (
        f'<text x="{_WIDTH}" y="{base}" text-anchor="end" fill="#1f2328">'
        f"{mean_of(one.figures)}</text>"
    )
