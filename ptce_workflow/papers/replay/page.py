"""The replay page as a file: its head in plain HTML, then the data, then the script that reads it.

Nothing is fetched, and the policy in its head lets nothing else run than this script: see
`docs/decisions/0217-one-page-that-replays.md`.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import json

from ptce_workflow.app.cases.whole import whole
from ptce_workflow.base import speech
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, language, n_, own_language
from ptce_workflow.papers.replay.book import Book, book_of
from ptce_workflow.papers.replay.gathering import gathered
from ptce_workflow.papers.replay.names import NameChoice
from ptce_workflow.papers.report import clean
from ptce_workflow.process.process import counted

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest

MOST_LINES = 300_000
"""A page of more would open as an empty one: the text of an element has its bound in browsers."""

_BESIDE = data("papers/replay")


class ReplayPage:
    """A page that was made: its bytes, and what is to be said to whoever has it made."""

    def __init__(self, content: bytes, says: tuple[str, ...]) -> None:
        self.content = content
        self.says = says


def replay_page(contest: Contest, names: NameChoice = NameChoice.PUBLIC) -> ReplayPage:
    """The page of a contest, in the language in force; the other one is a button away.

    *Raises* PtceError for whoever may not read everything, and for a ledger that is too long.
    """
    with whole(contest) as ledger:
        if ledger.count > MOST_LINES:
            raise PtceError(
                _("The ledger has {count} lines; a page holds {most} at most.").format(
                    count=speech.number(ledger.count, language()),
                    most=speech.number(MOST_LINES, language()),
                ),
                _("Browsers would open a longer one, and show nothing."),
                _("`ptce list --at` and `ptce history` read ledgers of any length."),
            )
        found = gathered(ledger, names)
        book = book_of(ledger, found, names)
        told = counted(ledger.process, len(book["cases"]))
        content = html(book, b"".join(found.lines), told).encode()
        return ReplayPage(content, tuple(book["made"]["says"][own_language(language())]))


def html(book: Book, ledger: bytes, told: str, beside: Path = _BESIDE) -> str:
    """The page of a book and the bytes of its ledger; `told` is how many candidatures there are."""
    script, style = ((beside / name).read_text("utf-8").strip() for name in ("page.js", "page.css"))
    made, title = book["made"], _text(book["contest"]["title"][language()])
    lines = n_("{count} line", "{count} lines", made["lines"])
    count = _text(lines.format(count=speech.number(made["lines"], language())))
    over, last = _text(_("Replay of the contest")), _text(_("Hash of the last line:"))
    alone = _text(_("The rest is shown by a script of this file, which does not run here."))
    waits = _text(_("Reading the ledger"))
    return f"""<!DOCTYPE html>
<html lang="{_text(language())}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_text(policy(script, style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {over}</title>
<style>{style}</style>
</head>
<body>
<header id="head">
<p>{over}</p>
<h1>{title}</h1>
<p id="count">{count} · {_text(told)}</p>
<p>{last} <code id="hash">{_text(made["head"])}</code></p>
</header>
<noscript><p>{alone}</p></noscript>
<main id="app"><p id="wait">{waits}…</p></main>
<script type="text/plain" id="book">{packed(json.encode(book))}</script>
<script type="text/plain" id="ledger">{packed(ledger)}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def packed(content: bytes) -> str:
    """Data as it stands in the page: letters and digits, in which no markup can hide."""
    # As gzip itself does: what it takes twice the time for is a hundredth smaller.
    return b64encode(gzip.compress(content, 6, mtime=0)).decode()


def policy(script: str, style: str) -> str:
    """What the page may do: run this script, look by this style, and nothing else."""

    def digest(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _text(text: str) -> str:
    return escape(clean(text), quote=True)
