"""What local.toml may say: the settings of one machine, of which no text is ever quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import Misuse, refusal_of
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.model.notation import read_toml

DATABASE, MAIL, RECEIPT = TABLES = ("database", "mail", "receipt")
_DATABASE_KEYS = ("url",)
_BEFORE_HOST = "(?<=://)([^/?@:]*):[^/?@]+(?=@)"
_SECRET = ("password", "sslpassword")


def read_local(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of a local.toml; none where there is no such file.

    *Raises* Misuse with what is wrong and where, without the line: it may hold a password.
    """
    try:
        table = read_toml(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        mend = _("In the editor, save it again with the encoding UTF-8.")
        raise _unreadable(path, _("The file is not in UTF-8."), mend) from error
    except OSError as error:
        said = _("The system says: {reason}.").format(reason=refusal_of(error))
        raise _unreadable(path, said) from error
    except Misuse as error:
        raise _unreadable(path, error.what, error.mend) from None
    for section, keys in table.items():
        if section not in TABLES:
            raise _unknown(path, section, TABLES, section)
        if not isinstance(keys, dict):
            raise Misuse(
                _('{file}: "{key}" is not written as a table.').format(file=path, key=section),
                mend=_("Write [{key}] on a line of its own, and its keys below it.").format(
                    key=section
                ),
            )
    # What the others may hold is looked at by what reads it: a fault there stops no other command.
    for key, value in table.get(DATABASE, {}).items():
        if key not in _DATABASE_KEYS:
            raise _unknown(path, f"{DATABASE}.{key}", _DATABASE_KEYS, key)
        if not isinstance(value, str) or not value.strip():
            raise Misuse(
                _('{file}: "{key}" names no database.').format(file=path, key=f"{DATABASE}.{key}"),
                mend=_("Give the path of a file, or an address: {example}").format(
                    example='"postgresql://…"'
                ),
            )
    return table


def without_password(url: str) -> str:
    """An address without what nobody else is to read; the role and the rest stay."""
    # Imported here for start-up time: few commands show an address.
    from urllib.parse import unquote

    place, mark, query = url.partition("?")
    said = [one for one in query.split("&") if unquote(one.partition("=")[0]) not in _SECRET]
    return re.sub(_BEFORE_HOST, r"\1", place) + (mark if query and said else "") + "&".join(said)


def _unreadable(path: Path, why: str, mend: str = "") -> Misuse:
    return Misuse(_("{file} cannot be read.").format(file=path), why, mend)


def _unknown(path: Path, place: str, known: Iterable[str], name: str) -> Misuse:
    return Misuse(
        _('{file}: "{key}" is not a known key.').format(file=path, key=place),
        mend=suggestion(name, known),
    )
