"""Rows as they come out of the database."""

from __future__ import annotations

from typing import NamedTuple


class LineRow(NamedTuple):
    """A stored line."""

    n: int
    prev: str
    line: bytes


class SideRow(NamedTuple):
    """A stored side row."""

    n: int
    subject: str
    salt: str
    data: str


class ContestRow(NamedTuple):
    """A contest of the database."""

    contest: str
    process: str
    rehearsal: bool
    versions: str
    head_n: int
    head_hash: str


class BriefRow(NamedTuple):
    """A candidature, what lists print of it."""

    id: str
    ref: str
    state: str
    since: str
    name: str | None


class CandidatureRow(NamedTuple):
    """A candidature, whole."""

    id: str
    ref: str
    state: str
    since: str
    version: int
    name: str | None
    record: str
    private: str


class DueRow(NamedTuple):
    """A timed transition ahead of a candidature."""

    case_id: str
    ref: str
    transition: str
    at: str
    tried: bool


class PersonRow(NamedTuple):
    """Someone enrolled."""

    pseudonym: str
    roles: str
    institution: str | None
    login: str | None
    private: str
    active: bool
