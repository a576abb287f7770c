"""What the lines of a ledger name and do not hold: rulebooks, files, mails, keys."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ptce_workflow.ledger.line import Line

KEYED = ("contest_created", "key_changed")
"""The kinds of line that tell by which key checkpoints are signed from there on."""
MAILED = ("message_sent", "message_uncertain")
"""The kinds of line that tell the hash of a mail that left, or may have left."""

_DOCUMENT = re.compile(r'"sha256":"([0-9a-f]{64})"')
_PROOF = re.compile(rb'"evidence":\{"sha256":"([0-9a-f]{64})"')
# As they stand in a line, which no text that somebody has typed can imitate: its quotes are masked.


def documents_in(data: str) -> list[str]:
    """The hashes of the documents that a side row speaks of."""
    return _DOCUMENT.findall(data)


@dataclass(slots=True)
class Named:
    """The names that the lines so far have told.

    *Shape* `rules` are hashes of processes; `documents` of files that were handed in, `proofs` of
    files of which nothing else was ever kept; `mails` the name and the hash of each, in order;
    `keys` the number of the line and the 32 bytes.
    """

    rules: set[str] = field(default_factory=set)
    in_force: str = ""
    documents: set[str] = field(default_factory=set)
    proofs: set[str] = field(default_factory=set)
    mails: list[tuple[str, str]] = field(default_factory=list)
    keys: list[tuple[int, bytes]] = field(default_factory=list)

    def take(self, line: Line, content: bytes) -> None:
        """Takes a line in, as it is read and as it stands."""
        self.rules.add(line.process)
        self.in_force = line.process
        data = line.data
        if line.type == "process_adopted":
            self.in_force = str(data.get("to"))
            self.rules.add(self.in_force)
        elif line.type in MAILED:
            self.mails.append((_text(data.get("message")), _text(data.get("sha256"))))
        elif line.type in KEYED and isinstance(data.get("key"), str):
            self.keys.append((line.n, _bytes(data["key"])))
        if b'"evidence":{' in content:
            self.proofs.update(proof.decode() for proof in _PROOF.findall(content))

    def take_sides(self, texts: Iterable[str]) -> None:
        """Takes the data of some side rows in."""
        for text in texts:
            if '"sha256":' in text:
                self.documents.update(documents_in(text))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "–"


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
