"""Senders and recipients of mails: a name for people, an address for servers."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_DOMAIN})")
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_LONGEST_LOCAL = 64
_LONGEST = 254


def is_address(text: str) -> bool:
    """True for an address that every mail server understands.

    ASCII only and without quotes, so that it can stand as it is in a command or a header.

    *Source* RFC 5321 sections 4.1.2 and 4.5.3.1; `=?` is RFC 2047's, whatever stands around it.
    """
    found = _ADDRESS.fullmatch(text)
    return (
        found is not None
        and len(found["local"]) <= _LONGEST_LOCAL
        and len(text) <= _LONGEST
        and "=?" not in text
    )


def is_domain(text: str) -> bool:
    """True for a domain in ASCII; one label is enough, as in `localhost`."""
    return re.fullmatch(_DOMAIN, text) is not None and len(text) < _LONGEST


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, which may be empty and may hold anything, and an address.

    *Raises* ValueError for an address that `is_address` refuses.
    """

    name: str
    address: str

    def __post_init__(self) -> None:
        if not is_address(self.address):
            raise ValueError(f"not an address: {self.address!r}")

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]


def read_mailbox(text: str) -> Mailbox:
    """Reads `Name <address>` or a bare address.

    *Raises* ValueError for anything else.
    """
    named = _NAMED.fullmatch(text.strip())
    if named is None:
        return Mailbox("", text.strip())
    return Mailbox(named["name"].strip().strip('"').strip(), named["address"].strip())
