"""Instants as text: one form for the ledger and the database, which sorts as it reads."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def to_text(instant: datetime) -> str:
    """Writes an aware instant in UTC with six decimals and a Z.

    *Raises* ValueError for a naive datetime: its instant is not known.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    # Three times as fast as strftime, and every line of the ledger needs several.
    return instant.isoformat(timespec="microseconds")[:-6] + "Z"


def from_text(text: str) -> datetime:
    """Reads what `to_text` wrote, as an aware UTC datetime."""
    return datetime.fromisoformat(text)


def local_time(instant: datetime, zone: tzinfo) -> datetime:
    """An aware instant by the clocks of a zone.

    At the very ends of the calendar, where those clocks have no date for it, it stays in UTC: a
    ledger may hold such an instant, and everything that tells it would fail.
    """
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant
