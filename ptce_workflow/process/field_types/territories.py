"""Territories: lists of zones, as the ledger keeps them."""

from __future__ import annotations

from typing import Any, Protocol

from ptce_workflow.base.gazetteer import KINDS, RECORDED, Kind, Zone
from ptce_workflow.base.words import _
from ptce_workflow.process.field_types.refusal import Unreadable, read_each
from ptce_workflow.process.field_types.typed import expected, is_blank, line
from ptce_workflow.process.questions import TerritoryField

_ZONES_AT_MOST = 200
_LONGEST = 250


class ZoneFinder(Protocol):
    """Finds zones and names them; *raises* Misuse for what it does not know."""

    def resolve(self, text: str, kinds: tuple[Kind, ...]) -> Zone:
        """The one zone that was typed."""

    def zone(self, kind: Kind, code: str) -> Zone:
        """The zone of a code."""

    def label(self, kind: Kind, code: str) -> str:
        """The name of a zone, as lists print it."""


class Places(Protocol):
    """Where zones are looked up, loaded only once a territory is met."""

    def load(self) -> ZoneFinder:
        """What finds zones."""


def read_territory(field: TerritoryField, raw: Any, places: Places) -> list[dict[str, Any]]:
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
    finder = places.load()
    zones = read_each(given, lambda item: _zone(field, item, finder))
    return [zone.record() for zone in dict.fromkeys(zones)]


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
