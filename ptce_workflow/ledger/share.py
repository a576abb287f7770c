"""A share of a ledger: some of its candidatures, for one of several who examine it at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zlib import crc32

_BEGINNING = re.compile(rb'\{"actor":"[^"\\]*","at":"[^"\\]*","case":"([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Share:
    """One of `of` shares, numbered from 0; the first one also has what concerns the contest."""

    number: int = 0
    of: int = 1

    def has(self, case_id: str | None) -> bool:
        """Whether a candidature is of this share."""
        if case_id is None:
            return self.number == 0
        return self.of == 1 or crc32(case_id.encode()) % self.of == self.number

    def passes_over(self, content: bytes) -> bool:
        """Whether the bytes of a line tell, unread, of a candidature of another share."""
        if self.of == 1:
            return False
        found = _BEGINNING.match(content)
        return found is not None and not self.has(found[1].decode("utf-8", "replace"))


WHOLE = Share()
"""All of it."""
