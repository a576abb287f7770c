"""Files: what is recorded of them; their bytes are kept by who handed them over."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from ptce_workflow.base.words import _
from ptce_workflow.process.field_types.refusal import Unreadable
from ptce_workflow.process.field_types.typed import expected, line
from ptce_workflow.process.questions import FileField

MEGABYTE = 1024 * 1024
_KEYS = {"name", "size", "sha256"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_file(field: FileField, raw: Any) -> dict[str, Any]:
    """The name, the size in bytes and the SHA-256 of a document.

    *Shape* of `raw`: `{"name": str, "content": bytes}` for a new one; what was recorded once
    (`name`, `size`, `sha256`) reads as itself.
    """
    if not isinstance(raw, dict):
        raise expected(_("a file"), raw, _("Give its path in a dossier file."))
    if raw.keys() == _KEYS:
        return _recorded(field, raw)
    content = raw.get("content")
    if not isinstance(content, bytes) or raw.keys() != {"name", "content"}:
        raise expected(_("a file"), raw, _("Give its path in a dossier file."))
    name = _name(raw.get("name"))
    if not content:
        raise Unreadable(_('The file "{name}" is empty.').format(name=name))
    _check_size(field, name, len(content))
    return {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}


def _recorded(field: FileField, raw: dict[str, Any]) -> dict[str, Any]:
    name, size, digest = _name(raw["name"]), raw["size"], raw["sha256"]
    if type(size) is not int or size < 1 or not isinstance(digest, str):
        raise expected(_("a file"), raw)
    if not _SHA256.fullmatch(digest):
        raise expected(_("a file"), raw)
    _check_size(field, name, size)
    return {"name": name, "size": size, "sha256": digest}


def _name(raw: Any) -> str:
    """The name of a file that can be written anywhere, and stays where it is written."""
    name = line(raw)
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        raise Unreadable(
            _('"{name}" is not the name of a file.').format(name=name),
            _("A name holds no / and no \\."),
        )
    return name


def _check_size(field: FileField, name: str, size: int) -> None:
    if size > field.max_mb * MEGABYTE:
        raise Unreadable(
            _('The file "{name}" has {size} megabytes.').format(
                name=name, size=-(-size // MEGABYTE)
            ),
            _("{limit} are accepted at most.").format(limit=field.max_mb),
        )
