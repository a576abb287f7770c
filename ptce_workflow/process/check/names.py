"""Names: whatever something refers to must exist, and be of the right kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ptce_workflow.base.errors import Finding, shown
from ptce_workflow.base.text import alike, suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.check import reserved
from ptce_workflow.process.check.places import PlacedTransition, transitions
from ptce_workflow.process.fields import EmailField, FieldType, TextField, field_types
from ptce_workflow.process.model.definition import ANY, START, Definition, Total
from ptce_workflow.process.model.folder import CONFIG, sheet_file, state_file
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel.figures import FIGURES, RANKING

_SHORTEST_NAME = 3


def faults(definition: Definition) -> Iterator[Finding]:
    """Every name that leads nowhere, or to what does not belong there."""
    yield from _config(definition)
    for name, sheet in definition.sheets.items():
        yield from _sheet(definition, name, sheet)
    for name, state in definition.states.items():
        file = state_file(name)
        for entry in state.open:
            if entry not in definition.sheets and definition.field(entry) is None:
                known = [*definition.sheets, *definition.field_names()]
                yield unknown(file, "open", entry, known, _("sheet or field"))
        for passed in state.must_pass:
            yield from _state(definition, file, "must_pass", passed)
    for placed in transitions(definition):
        yield from _transition(definition, placed)


def breaks_scope(definition: Definition) -> bool:
    """True where a name is so wrong that rules cannot be compiled against the rest."""
    return any((*reserved.faults(definition), *_totals(definition)))


def unknown(file: str, key: str, name: str, known: Collection[str], kind: str) -> Finding:
    """A finding for a name that leads nowhere, with the nearest that would."""
    return Finding(
        file,
        key,
        _('"{name}" does not exist.').format(name=shown(name)),
        _("A {kind} of this folder is expected here.").format(kind=kind),
        suggestion(name, known),
    )


def unfit(
    file: str,
    key: str,
    name: str,
    known: Collection[str],
    kind: str,
    found: FieldType | Sheet | None,
) -> Finding:
    """A finding for the name of something else, which is there, or for one that leads nowhere."""
    if found is None:
        return unknown(file, key, name, known, kind)
    what = (
        _('"{name}" is not a panel.').format(name=name)
        if isinstance(found, Sheet)
        else _('"{name}" is a field of type {type}.').format(name=name, type=found.type)
    )
    expected = _("A {kind} of this folder is expected here.").format(kind=kind)
    return Finding(file, key, what, expected, suggestion(name, known))


def _same_names(definition: Definition) -> Iterator[Finding]:
    """Names of institutions that say nothing, or by which two of them could be meant."""
    institutions = definition.config.institutions
    met: dict[str, str] = {}
    for name, institution in institutions.items():
        for spoken in institution.label.spoken():
            met.setdefault(alike(spoken), name)
    for name, institution in institutions.items():
        key = f"institutions.{name}.names"
        for position, written in enumerate(institution.names):
            heard = alike(written)
            if sum(map(str.isalnum, heard)) < _SHORTEST_NAME:
                yield Finding(
                    CONFIG,
                    key,
                    _('"{name}" is too short to be looked for.').format(name=shown(written)),
                    _("It would be found in every dossier, or in none."),
                    _("Write it in full, or take it out."),
                )
            elif heard in map(alike, institution.names[:position]):
                yield Finding(
                    CONFIG,
                    key,
                    _('"{name}" stands here more than once.').format(name=shown(written)),
                    _("Capitals and accents make no difference."),
                    _("Name it once."),
                )
            elif met.setdefault(heard, name) != name:
                yield Finding(
                    CONFIG,
                    key,
                    _('"{name}" is also a name of "{other}".').format(
                        name=shown(written), other=met[heard]
                    ),
                    _("Nobody could tell which of the two a dossier means."),
                    _("Leave it to one of them."),
                )


def _config(definition: Definition) -> Iterator[Finding]:
    identity = definition.config.contest
    wanted: dict[str, type[FieldType]] = {"name_field": TextField, "contact_field": EmailField}
    for key, kind in wanted.items():
        name = getattr(identity, key)
        yield from _field(definition, CONFIG, f"contest.{key}", name, (kind.type,))
    yield from _same_names(definition)
    yield from _totals(definition)


def _totals(definition: Definition) -> Iterator[Finding]:
    summed = tuple(name for name, kind in field_types().items() if kind.is_summed)
    grouped = tuple(name for name, kind in field_types().items() if kind.is_grouped)
    for name, total in definition.config.totals.items():
        key = f"totals.{name}"
        for state in total.in_:
            yield from _state(definition, CONFIG, f"{key}.in", state)
        if total.of is not None:
            yield from _field(definition, CONFIG, f"{key}.of", total.of, summed)
        if total.per is not None:
            yield from _field(definition, CONFIG, f"{key}.per", total.per, grouped)
        if total.least is not None:
            yield from _least(definition, f"{key}.least", total)


def _least(definition: Definition, key: str, total: Total) -> Iterator[Finding]:
    """The smallest of a panel's figures, and nothing else beside it."""
    figures = [
        f"{name}.{figure}"
        for name, sheet in definition.sheets.items()
        if sheet.is_panel
        for figure in (*sheet.criteria, *FIGURES)
    ]
    if total.least not in figures:
        least = total.least or ""
        yield unfit(CONFIG, key, least, figures, _("panel figure"), definition.field(least))
    for other in ("of", "per"):
        if getattr(total, other) is not None:
            yield Finding(
                CONFIG,
                key,
                _("{key} does not go with {other}.").format(key="least", other=other),
                _("The smallest value is told, and nothing is summed or grouped."),
                _("Leave one of the two out."),
            )


def _field(
    definition: Definition, file: str, key: str, name: str, kinds: tuple[str, ...]
) -> Iterator[Finding]:
    found = definition.field(name)
    if found is None:
        yield unknown(file, key, name, definition.field_names(), _("field"))
    elif found.type not in kinds:
        yield Finding(
            file,
            key,
            _('"{name}" is a field of type {type}.').format(name=name, type=found.type),
            _("Expected here: {kinds}.").format(kinds=_(" or ").join(kinds)),
        )


def _sheet(definition: Definition, name: str, sheet: Sheet) -> Iterator[Finding]:
    file = sheet_file(name)
    for member in sheet.members:
        if member not in definition.config.institutions:
            known = definition.config.institutions
            yield unknown(file, "members", member, known, _("institution of config.toml"))
    figures = [f"{name}.{figure}" for figure in (*sheet.criteria, *RANKING)]
    for order_name, order in sheet.order.items():
        if order.key not in figures:
            key, asked_for = f"order.{order_name}.key", definition.field(order.key)
            yield unfit(file, key, order.key, figures, _("panel figure"), asked_for)
    if not sheet.is_panel and sheet.order:
        yield Finding(
            file,
            "order",
            _("Only a panel ranks."),
            _("This sheet names no members."),
            _("Add members, or leave the order out."),
        )
    for field_name, asked in sheet.fields.items():
        if asked.in_panel == "mark" and not sheet.is_panel:
            yield Finding(
                file,
                f"fields.{field_name}.type",
                _("Only a panel gives marks."),
                _("This sheet names no members."),
                _("Add members, or use type = {type}.").format(type='"decimal"'),
            )
        elif sheet.is_panel and not asked.in_panel:
            yield Finding(
                file,
                f"fields.{field_name}.type",
                _("A panel holds marks and comments only."),
                _("The facts of a candidature stand in other sheets."),
            )


def _transition(definition: Definition, placed: PlacedTransition) -> Iterator[Finding]:
    transition = placed.transition
    yield from _state(definition, placed.file, f"{placed.key}.to", transition.to)
    if (placed.holder == ANY) != bool(transition.from_):
        yield Finding(
            placed.file,
            f"{placed.key}.from",
            _("`from` is for the transitions of states/any.toml, and they all need it."),
            _("Elsewhere the file itself says which state a transition leaves."),
        )
    for state in transition.from_:
        yield from _state(definition, placed.file, f"{placed.key}.from", state)
        own = definition.states.get(state)
        if placed.holder == ANY and own is not None and placed.name in own.transitions:
            yield Finding(
                placed.file,
                f"{placed.key}.from",
                _('"{state}" has a transition of this name already.').format(state=state),
                mend=_("Leave the state out of `from`, or rename one of the two."),
            )
    for name in transition.notify:
        if name not in definition.notifications:
            known = definition.notifications
            yield unknown(placed.file, f"{placed.key}.notify", name, known, _("notification"))
    if transition.freezes is not None and transition.freezes not in definition.panels:
        key = f"{placed.key}.freezes"
        sheet = definition.sheets.get(transition.freezes)
        yield unfit(placed.file, key, transition.freezes, definition.panels, _("panel"), sheet)
    if not transition.by and transition.at is None:
        yield Finding(
            placed.file,
            placed.key,
            _("Nobody can make this transition."),
            _("It names neither a role (`by`) nor an instant (`at`)."),
            _("For example: {key} = {example}").format(key="by", example='["desk"]'),
        )


def _state(definition: Definition, file: str, key: str, name: str) -> Iterator[Finding]:
    if name not in definition.states:
        known = set(definition.states) - {START, ANY}
        yield unknown(file, key, name, known, _("state (a file of states/)"))
