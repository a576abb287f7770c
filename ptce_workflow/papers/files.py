"""Files as people hand them over: their bytes and their text, within bounds."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.base.errors import Misuse, refusal_of
from ptce_workflow.base.words import _
from ptce_workflow.process.fields.text import MEGABYTE

LARGEST_MB = 5
_UTF_16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_text(path: Path) -> str:
    """The text of a file that people wrote.

    *Raises* Misuse for one that is missing, too large, empty, or no text in UTF-8.
    """
    try:
        return text_of(content_of(path))
    except Misuse as error:
        raise of_file(path, error) from None


def content_of(path: Path, max_mb: int = LARGEST_MB) -> bytes:
    """The bytes of a file; its size is looked at before it is read.

    *Raises* Misuse for one that is missing, no plain file, too large, or kept from being read.
    """
    limit = max_mb * MEGABYTE
    try:
        if not path.is_file():
            raise Misuse(
                _("This is a folder, or no plain file.")
                if path.exists()
                else _("There is no such file.")
            )
        size = path.stat().st_size
        if size <= limit:
            with path.open("rb") as stream:
                content = stream.read(limit + 1)
            size = len(content)
    except OSError as error:
        raise Misuse(
            _("The file cannot be opened."),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from None
    if size > limit:
        raise Misuse(
            _("The file has {size} megabytes.").format(size=-(-size // MEGABYTE)),
            _("{limit} are accepted at most.").format(limit=max_mb),
        )
    return content


def text_of(content: bytes, program: str = "") -> str:
    """The text that a file holds; `program` says how to save it again, where not in an editor.

    *Raises* Misuse for what is empty, or no text in UTF-8.
    """
    mend = program or _("In the editor, save it again with the encoding UTF-8.")
    if content.startswith(_UTF_16_OR_32):
        raise Misuse(_("The file is not in UTF-8."), mend=mend)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Misuse(
            _("The file is not in UTF-8 at line {line}.").format(line=line), mend=mend
        ) from None
    if "\0" in text:
        raise Misuse(_("This is not a text: it holds NUL characters."))
    if not text.strip():
        raise Misuse(_("The file is empty."))
    return text


def of_file(path: Path | str, error: Misuse) -> Misuse:
    """An error, told as one of a file."""
    what = _("{file}: {problem}").format(file=path, problem=error.what)
    return Misuse(what, error.why, error.mend)
