"""Territories: lists of zones, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from ptce_workflow.base.geography.zones import KINDS, RECORDED, Kind, Zone
from ptce_workflow.base.words import _
from ptce_workflow.process.fields.answers import Unreadable, expected, is_blank, line, read_each
from ptce_workflow.process.fields.base import (
    ZONE,
    FieldType,
    RowBuilders,
    Setting,
    ZoneFinder,
    list_of,
)
from ptce_workflow.process.model.shared import N_, declare

if TYPE_CHECKING:
    from cel_expr_python import cel

_ZONES_AT_MOST = 200
_LONGEST = 250
_OCCITANIE = ["09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"]
_ZONES: Mapping[str, Mapping[str, Any]] = {
    "commune": {"code": "12145", "departments": ["12"], "regions": ["76"]},
    "epci": {"code": "200067155", "departments": ["12"], "regions": ["76"]},
    "department": {"code": "12", "departments": ["12"], "regions": ["76"]},
    "region": {
        "code": "76",
        "departments": _OCCITANIE,
        "regions": ["76"],
    },
}


class TerritoryField(FieldType):
    """Communes, EPCI, departments or regions; rows of kind, code, departments, regions."""

    type: ClassVar[str] = "territory"
    rules_read: ClassVar[str] = N_("rows of `kind`, `code`, `departments`, `regions`")
    says_all: ClassVar[bool] = True

    kinds: tuple[Kind, ...] = declare(
        default=KINDS, description=N_("the kinds of zone accepted"), min_length=1
    )

    def read(self, raw: Any, setting: Setting) -> list[dict[str, Any]]:
        """The zones of a list, or of one line where semicolons set them apart; none twice."""
        if isinstance(raw, str):
            raw = [part for part in raw.replace("\n", ";").split(";") if part.strip()]
        items = [raw] if isinstance(raw, dict) else raw
        if not isinstance(items, list):
            raise expected(_("a list of places"), raw)
        given = [item for item in items if not is_blank(item)]
        if not given:
            raise Unreadable(_("No place is named."))
        if len(given) > _ZONES_AT_MOST:
            raise Unreadable(
                _("{count} places are named.").format(count=len(given)),
                _("{limit} are accepted at most.").format(limit=_ZONES_AT_MOST),
                _("Name the EPCI, departments or regions that they make up."),
            )
        finder = setting.places.load()
        zones = read_each(given, lambda item: _zone(self, item, finder))
        return [zone.record() for zone in dict.fromkeys(zones)]

    def records(self, value: Any) -> bool:
        """True where it lists zones of the accepted kinds, none twice, with all that rules read."""
        return (
            type(value) is list
            and 0 < len(value) <= _ZONES_AT_MOST
            and all(self._is_zone(zone) for zone in value)
            and len({(zone["kind"], zone["code"]) for zone in value}) == len(value)
        )

    def _is_zone(self, zone: Any) -> bool:
        if type(zone) is not dict or zone.keys() != set(RECORDED) or zone["kind"] not in self.kinds:
            return False
        listed = (zone["departments"], zone["regions"])
        return all(type(codes) is list for codes in listed) and all(
            type(code) is str and code for codes in ([zone["code"]], *listed) for code in codes
        )

    def sample(self) -> list[dict[str, Any]]:
        """A zone of the first kind that is accepted."""
        return [{"kind": kind, **deepcopy(dict(_ZONES[kind]))} for kind in self.kinds[:1]]

    def trials(self) -> tuple[list[dict[str, Any]], ...]:
        """A zone, and none."""
        return self.sample(), []

    def show(self, value: Any, language: str, setting: Setting) -> str:
        """The names of the zones."""
        finder = setting.places.load()
        return ", ".join(finder.label(found["kind"], found["code"]) for found in value)

    def cel_type(self, qualified: str) -> cel.Type:
        """A list of zones."""
        return list_of(ZONE)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], list[Any]]:
        """The zones as messages."""
        return rows.builder(ZONE, None)


def _zone(field: TerritoryField, item: Any, finder: ZoneFinder) -> Zone:
    if not isinstance(item, dict):
        return finder.resolve(line(item, max_length=_LONGEST), field.kinds)
    kind, code = item.get("kind"), item.get("code")
    if not isinstance(kind, str) or not isinstance(code, str) or item.keys() - set(RECORDED):
        raise Unreadable(
            _("This place cannot be read."),
            _("As a table it has a kind and a code."),
            _("For example: {example}.").format(example='{ kind = "commune", code = "12145" }'),
        )
    known = next((accepted for accepted in KINDS if accepted == kind), None)
    if known is None or known not in field.kinds:
        raise Unreadable(
            _('"{kind}" is not a kind of zone accepted here.').format(kind=kind),
            _("Accepted here: {kinds}.").format(kinds=", ".join(field.kinds)),
        )
    return finder.zone(known, code)
