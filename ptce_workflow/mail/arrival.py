"""The hour at which a mail arrived, by the lines of trusted servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from ipaddress import ip_address

from ptce_workflow.base.words import _
from ptce_workflow.mail.incoming import Incoming
from ptce_workflow.mail.settings import ReceiptSettings
from ptce_workflow.process.model.definition import Hour

_CLOCKS_APART = timedelta(minutes=15)
_ADDRESS = re.compile(r"[\[(](?:IPv6:)?([0-9a-fA-F.:]{3,45})[\])]")
_GREETING = re.compile(r"\bhelo=(?:\[[^\]]*\]|[^\s)]*)", re.IGNORECASE)
_FROM = re.compile(r"^\s*from\s(.*?)\sby\s[^()]*(?:\(|with|id|;|$)", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)by\s+([^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailArrival:
    """The two hours of a mail, and the one that counts: None where a person has to state it.

    `entry` is when a server of ours took it from outside, `delivery` when the last one stored it.
    """

    at: datetime | None
    entry: datetime | None = None
    delivery: datetime | None = None
    why: str = ""
    """Why there is no hour, or why it is to be looked at; "" where it is sure."""


def hour_of(mail: Incoming, settings: ReceiptSettings | None, counts: Hour) -> MailArrival:
    """When a mail arrived. The lines below that of the entry host are the sender's own word."""
    if settings is None:
        why = _("The table [receipt] of local.toml does not name the mail servers that are yours.")
        return MailArrival(None, why=why)
    above = delivery = None
    missing = _("No mail server of yours wrote on it when it arrived.")
    for line in mail.received:
        by, address, at = hop(line)
        if not _is_named(by, (*settings.entry, *settings.inner)):
            return MailArrival(None, why=missing)
        delivery = delivery or at
        if _is_named(by, settings.entry) and not _is_ours(address, settings):
            entry, why = at or above, ""
            if at is None:
                why = _("The server that took it from outside tells no hour that can be read.")
            elif above is not None and at - above > _CLOCKS_APART:
                why = _("Two mail servers of yours tell hours that cannot both be right.")
            return MailArrival(entry if counts == "entry" else delivery, entry, delivery, why)
        above = at or above
        missing = _("A mail server that is not among yours stands in front of yours.")
    if mail.received:
        missing = _("No mail server of yours took it from outside.")
    return MailArrival(None, why=missing)


def hop(line: str) -> tuple[str, str, datetime | None]:
    """Who wrote a Received line, by which address it was handed the mail, and when."""
    head, _semicolon, hour = " ".join(line.split()).rpartition(";")
    bare, before = head, ""
    while bare != before:  # what stands in comments is nobody's word
        bare, before = re.sub(r"\([^()]*\)", "", bare), bare
    by = _BY.search(bare)
    # Neither is what the sender's server called itself.
    came = _FROM.search(_GREETING.sub("", head))
    addresses = _ADDRESS.findall(came[1]) if came else []
    at: datetime | None
    try:
        at = parsedate_to_datetime(re.sub(r"\(.*\)", "", hour).strip())
        # A zone of -0000 comes without one.
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (IndexError, OverflowError, TypeError, ValueError):
        at = None
    return by[1].rstrip(".").lower() if by else "", addresses[-1] if addresses else "", at


def _is_named(host: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)


def _is_ours(address: str, settings: ReceiptSettings) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_loopback or any(found in network for network in settings.networks)
