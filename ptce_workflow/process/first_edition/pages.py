"""The four templates of a mail of the first edition, put as one text in Markdown a language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.model.folder import Files, notification_file

_BLOCK = re.compile(
    r"\{%[-+]?\s*block\s+(\w+)\s*[-+]?%\}(.*?)\{%[-+]?\s*endblock(?:\s+\w+)?\s*[-+]?%\}", re.DOTALL
)
_EXTENDS = re.compile(r"\{%[-+]?\s*extends\b.*?%\}")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"(\{[{%#].*?[}%#]\})", re.DOTALL)
_TAGS_ALONE = re.compile(r"\s*(?:\{[%#].*?[%#]\}\s*)+")
_ITEM = re.compile(r"\s*(?:[-+*]|1[.)]) ")
_NUMBERED = re.compile(r"^(\d+)([.)] )")
_KNOWN_BLOCKS = ("subject", "body", "ask")
_GREETING = re.compile(r"(?:Bonjour|Hello|Madame, Monsieur)\s*[,!]?\s*\n+")
_WRAPPED = 60
"""A line as long was wrapped by hand: its end is no break that anyone meant."""
_STRONG = re.compile(r"<(strong|b|em|i)\b[^>]*>(.*?)</\1>", re.DOTALL)
_HEADED = re.compile(r"<h[2-6]\b[^>]*>(.*?)</h[2-6]>", re.DOTALL)
_QUOTED = re.compile(r"<blockquote\b[^>]*>(.*?)</blockquote>", re.DOTALL)
_HTML = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"https?://\S+")
_WORD = re.compile(r"\w+")


def page_of_two(name: str, language: str, files: Files) -> tuple[str, tuple[Finding, ...]]:
    """The text of a mail in one language, its heading first, and what was left behind.

    Its words are those of the text template; what the page sets in bold is so here too.
    """
    text_file, html_file = (
        notification_file(name, f"{language}.{form}.j2") for form in ("txt", "html")
    )
    text, html = (
        files.get(file, b"").decode("utf-8", "replace") for file in (text_file, html_file)
    )
    text, html = text.replace("\r\n", "\n"), html.replace("\r\n", "\n")
    subject, body, ask = _parts(text)
    # The parts in bold are those of the page, where the text has them word for word once.
    page = _dressed(_marked_down(body), html)
    if ask:
        page = f"{page}\n\n{_marked_down(ask)}"
    found = [*_left_behind(text_file, text), *_left_behind(html_file, html)]
    if _words_of(_html_body(html)) != _words_of(body):
        found.append(
            Finding(
                html_file,
                "",
                _("The page does not say what the text says."),
                _("A mail has one text now, of which both are made: it is that of the text."),
                _("Compare them in first-edition/, and add what is missing."),
            )
        )
    return f"# {subject}\n\n{page}\n", tuple(found)


def _parts(text: str) -> tuple[str, str, str]:
    """The subject, the text, and the last sentence of a text template."""
    blocks = {found[1]: found[2].strip("\n") for found in _BLOCK.finditer(text)}
    if _EXTENDS.search(text):
        subject, body = blocks.get("subject", ""), blocks.get("body", "")
        return " ".join(_escaped(subject).split()), body, blocks.get("ask", "").strip()
    subject, _break, body = text.strip("\n").partition("\n")
    body = _GREETING.sub("", body.strip("\n"), count=1)
    return " ".join(_escaped(subject).split()), body, ""


def _left_behind(file: str, text: str) -> Iterator[Finding]:
    """What a template does that one text cannot do."""
    names = [found[1] for found in _BLOCK.finditer(text)]
    extends = _EXTENDS.search(text)
    for name in names:
        if name not in _KNOWN_BLOCKS:
            what = _('The block "{name}" is left behind.').format(name=name)
            why = _("A mail is one text, between the greeting and the signature of the program.")
            yield Finding(file, "", what, why, _("Write it into the text, where it belongs."))
    beside = _COMMENT.sub("", _BLOCK.sub("", text))
    if extends and _EXTENDS.sub("", beside, count=1).strip():
        what = _("Something stands outside the blocks, or around one.")
        why = _("A mail is one text: it has no blocks, and no condition on one.")
        yield Finding(file, "", what, why, _("Write it into the text, where it belongs."))


def _marked_down(body: str) -> str:
    """A plain text as Markdown that reads the same."""
    lines = [line.rstrip() for line in body.split("\n")]
    put: list[str] = []
    in_list = False
    for index, line in enumerate(lines):
        bare = line.strip()
        if not bare:
            put.append("")
            in_list = False
            continue
        if _TAGS_ALONE.fullmatch(line):
            put.append(line)
            continue
        bare = re.sub(r"^[+*] ", "- ", bare)
        item = _ITEM.match(line)
        in_list = in_list or item is not None
        following = lines[index + 1] if index + 1 < len(lines) else ""
        breaks = (
            len(bare) < _WRAPPED
            and following.strip()
            and not _TAGS_ALONE.fullmatch(following)
            and not _ITEM.match(following)
        )
        lead = "  " if in_list and not item else ""
        written = _escaped(bare, at_start=item is None)
        put.append(f"{lead}{written}{chr(92) if breaks else ''}")
    return "\n".join(put).strip("\n")


def _escaped(line: str, *, at_start: bool = False) -> str:
    """A line whose signs are read as they stand; what Jinja reads is left alone."""
    pieces = _TAG.split(line)
    pieces[::2] = [_signs(piece) for piece in pieces[::2]]
    if at_start:
        pieces[0] = re.sub(r"^(#{1,6} |>)", r"\\\1", _NUMBERED.sub(r"\1\\\2", pieces[0], count=1))
    return "".join(pieces)


def _signs(piece: str) -> str:
    piece = re.sub(r"<((?:https?|mailto):[^\s<>]+)>", r"\1", piece)
    return re.sub(r"([\\*\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", piece.removeprefix("- ")).join(
        ("- " if piece.startswith("- ") else "", "")
    )


def _dressed(page: str, html: str) -> str:
    """A page with the bold parts, the headings and the quotations of its HTML."""
    for pattern, sign in ((_STRONG, "**"), (_HEADED, "## "), (_QUOTED, "> ")):
        for found in pattern.finditer(html):
            words = _escaped(unescape(_HTML.sub("", found[found.lastindex or 0]))).split()
            # Words are parted by spaces of every kind, as by those before a colon.
            inside = r"[ \u00a0]".join(map(re.escape, words))
            there = re.findall(rf"(?<!\*){inside}", page) if words else ()
            if len(there) != 1:
                continue
            if pattern is _STRONG:
                sign = "**" if found[1] in ("strong", "b") else "*"
                page = page.replace(there[0], f"{sign}{there[0]}{sign}")
            else:
                page = re.sub(rf"(?m)^{re.escape(there[0])}$", f"{sign}\\g<0>", page)
    return page


def _html_body(html: str) -> str:
    blocks = {found[1]: found[2] for found in _BLOCK.finditer(html)}
    return unescape(_HTML.sub(" ", blocks.get("body", html)))


def _words_of(text: str) -> list[str]:
    """The words of a text in their order, and what its tags print; addresses apart."""
    return _WORD.findall(_LINK.sub(" ", _COMMENT.sub("", text)))
