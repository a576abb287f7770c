"""Text of one line or several, and files, whose bytes are kept by who handed them over."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.words import N_, _
from ptce_workflow.process.fields.answers import LINE_LENGTH, Unreadable, expected, line, normalise
from ptce_workflow.process.fields.base import Cell, Erasable, SignedFor
from ptce_workflow.process.model.shared import Int, declare

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_line(value: Any, most: int, *, kept: str = "") -> bool:
    """True where a value is text as it is recorded: trimmed, and without control characters.

    *Shape* `kept` holds the control characters that may stay.
    """
    if type(value) is not str or not 0 < len(value) <= most or value != value.strip():
        return False
    return value.isprintable() or all(found in kept for found in _CONTROL.findall(value))


class _Written(SignedFor, Erasable, Cell):
    """The part that both kinds of text share."""

    in_panel: ClassVar[Literal["", "mark", "comment"]] = "comment"
    width: ClassVar[int] = 5

    kept: ClassVar[str] = ""
    """The control characters that may stay in it."""

    max_length: Int

    def records(self, value: Any) -> bool:
        """True where it is text as it is recorded, on one line or on several that end in LF."""
        return is_line(value, self.max_length, kept=self.kept)

    def sample(self) -> str:
        """The beginning of a name."""
        return "Collectif"[: self.max_length]


class TextField(_Written):
    """One line of text; erasable, so no rule reads it."""

    type: ClassVar[str] = "text"

    max_length: Int = declare(default=200, description=N_("characters at most"), ge=1, le=100_000)

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """The line, composed and trimmed."""
        return line(raw, max_length=self.max_length)


class LongTextField(_Written):
    """Several lines of text; erasable, so no rule reads it."""

    type: ClassVar[str] = "long_text"
    at_length: ClassVar[bool] = True
    kept: ClassVar[str] = "\t\n"

    max_length: Int = declare(
        default=10_000, description=N_("characters at most"), ge=1, le=100_000
    )

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """The lines, composed and trimmed."""
        if not isinstance(raw, str):
            raise expected(_("a text"), raw, _("Put it between quotation marks."))
        return normalise(raw, multiline=True, max_length=self.max_length)


MEGABYTE = 1024 * 1024
_KEYS = {"name", "size", "sha256"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileField(Erasable):
    """A document, kept in the database; erasable."""

    type: ClassVar[str] = "file"

    max_mb: Int = declare(default=10, description=N_("megabytes at most"), ge=1, le=100)

    def read(self, raw: Any, zone: ZoneInfo) -> dict[str, Any]:
        """The name, the size in bytes and the SHA-256 of a document.

        *Shape* of `raw`: `{"name": str, "content": bytes}` for a new one; what was recorded once
        (`name`, `size`, `sha256`) reads as itself.
        """
        if not isinstance(raw, dict):
            raise expected(_("a file"), raw, _("Give its path in a dossier file."))
        if raw.keys() == _KEYS:
            return self._recorded(raw)
        content = raw.get("content")
        if not isinstance(content, bytes) or raw.keys() != {"name", "content"}:
            raise expected(_("a file"), raw, _("Give its path in a dossier file."))
        name = _name(raw.get("name"))
        if not content:
            raise Unreadable(_('The file "{name}" is empty.').format(name=name))
        self._check_size(name, len(content))
        return {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}

    def _recorded(self, raw: dict[str, Any]) -> dict[str, Any]:
        name, size, digest = _name(raw["name"]), raw["size"], raw["sha256"]
        is_digest = isinstance(digest, str) and _SHA256.fullmatch(digest)
        if type(size) is not int or size < 1 or not is_digest:
            raise expected(_("a file"), raw)
        self._check_size(name, size)
        return {"name": name, "size": size, "sha256": digest}

    def _check_size(self, name: str, size: int) -> None:
        if size > self.max_mb * MEGABYTE:
            raise Unreadable(
                _('The file "{name}" has {size} megabytes.').format(
                    name=name, size=-(-size // MEGABYTE)
                ),
                _("{limit} are accepted at most.").format(limit=self.max_mb),
            )

    def records(self, value: Any) -> bool:
        """True where it is the name, the size and the hash of a document that is not too large."""
        if type(value) is not dict or value.keys() != _KEYS:
            return False
        name, size, digest = value["name"], value["size"], value["sha256"]
        return (
            is_line(name, LINE_LENGTH)
            and not set(name) & {"/", "\\"}
            and type(size) is int
            and 0 < size <= self.max_mb * MEGABYTE
            and type(digest) is str
            and _SHA256.fullmatch(digest) is not None
        )

    def sample(self) -> dict[str, Any]:
        """A letter of one byte."""
        return {"name": "lettre.pdf", "size": 1, "sha256": sha256(b"1").hexdigest()}

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The name and the size."""
        size = value["size"]
        if size < MEGABYTE:
            told = _("{count} kB").format(count=-(-size // 1024))
        else:
            told = _("{count} MB").format(count=speech.hundredths(size * 100 // MEGABYTE, language))
        return f"{value['name']} ({told})"


def _name(raw: Any) -> str:
    """The name of a file that can be written anywhere, and stays where it is written."""
    name = line(raw)
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        raise Unreadable(
            _('"{name}" is not the name of a file.').format(name=name),
            _("A name holds no / and no \\."),
        )
    return name
