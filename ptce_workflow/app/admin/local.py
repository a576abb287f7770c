"""The database that local.toml names: written there for other commands, without a password."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from ptce_workflow.app.local_settings import without_password
from ptce_workflow.app.locations import LOCAL_FILE, write_whole
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.process.model.notation import read_toml


class Naming(Struct, frozen=True):
    """How a database on a server is named for other commands: by `url`, without a password.

    `is_written` says that local.toml names it, `left_out` that there was a password.
    """

    url: str
    is_written: bool
    left_out: bool


def name_server(folder: Path, url: str) -> Naming | None:
    """Writes in local.toml where PTCE_DATABASE, which goes with the shell, has begun a contest.

    *Shape* None where nobody has to be told, since local.toml names it. Another database that it
    names is left there.
    """
    if not os.environ.get("PTCE_DATABASE"):
        return None
    try:
        named = _named(_text(folder))
    except (PtceError, OSError, UnicodeError):
        named = None
    if named in (url, without_password(url)):
        return None
    return _naming(folder, url, writes=not named)


def name_moved(folder: Path, url: str) -> Naming:
    """Writes in local.toml where a contest goes on, unless PTCE_DATABASE says where it is."""
    return _naming(folder, url, writes=not os.environ.get("PTCE_DATABASE"))


def _naming(folder: Path, url: str, *, writes: bool) -> Naming:
    shared = without_password(url)
    is_written = False
    # The contest goes on there already: what is left to do is said.
    with suppress(PtceError, OSError, UnicodeError):
        after = local_naming(folder, shared) if writes else None
        if after is not None:
            _write(folder, after)
            is_written = True
    return Naming(shared, is_written, shared != url)


def said_of(url: str) -> str:
    """The line of `[database]` that names a database."""
    return f"url = {json.dumps(url, ensure_ascii=False)}"


def local_naming(folder: Path, url: str) -> str | None:
    """The text of local.toml once it names a database; the rest of it is as it was.

    *Shape* None where it is written in a way that cannot be changed so.
    """
    text, said = _text(folder), said_of(url)
    before, title, rest = text.partition("[database]")
    if not title:
        gap = "\n" if text and not text.endswith("\n\n") else ""
        after = f"{text}{gap}[database]\n{said}\n"
    else:
        own, _next, others = rest.partition("\n[")
        own, count = re.subn(r"(?<=\n)url *=[^\n]*", lambda _found: said, own)
        first, _end, own = own.partition("\n")
        own = own if count else f"{said}\n{own}"
        after = f"{before}{title}{first}\n{own}{_next}{others}"
    try:
        return after if _named(after) == url else None
    except Misuse:
        return None


def _write(folder: Path, text: str) -> None:
    """Puts a text in the place of local.toml, whose rights stay."""
    file = folder / LOCAL_FILE
    mode = file.stat().st_mode & 0o777 if file.exists() else None
    write_whole(file, text.encode(), private=mode is not None)
    if mode is not None:
        file.chmod(mode)


def _text(folder: Path) -> str:
    file = folder / LOCAL_FILE
    return file.read_text("utf-8") if file.is_file() else ""


def _named(text: str) -> object:
    table = read_toml(text).get("database", {})
    return table.get("url") if isinstance(table, dict) else None
