"""The page that tells what ledger lines hold, written from the kinds that the engine knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import KINDS, Kind
from ptce_workflow.ledger.line import FIRST_PREV, Line, digest
from ptce_workflow.process.markdown import heading, table
from ptce_workflow.process.model import N_

_KEYS = {
    "n": N_("the line's number; the first is 1"),
    "prev": N_("the hash of the line before; 64 zeros for the first"),
    "at": N_("the instant, in UTC, with six decimals and a Z"),
    "case": N_("the candidature's id, or null"),
    "actor": N_("who acted: the pseudonym of a person, or a role that the engine plays itself"),
    "type": N_("the kind of line; see below"),
    "def": N_("the hash of the process by which it was judged"),
    "data": N_("what the kind of line holds"),
    "pd": N_("for each subject, the commitment to what stands in a side row; or null"),
}


def ledger_page() -> str:
    """The ledger's format as Markdown, in the language in force."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield from heading(1, _("The ledger"))
    yield _(
        "One line is one event: canonical JSON (ASCII, sorted keys, no spaces; integers, booleans "
        "and NFC strings only) and a line feed. The hash of a line is the SHA-256 of its bytes, "
        "line feed included, and the next line names it: nothing can be changed, put in or taken "
        "out in between without a break that anyone can see with `sha256sum`."
    )
    yield ""
    yield from _table(_KEYS)
    yield _("For example, the first line of a ledger:")
    yield ""
    yield "```json"
    yield _example().encode().decode().rstrip()
    yield "```"
    yield ""
    yield _("Its hash: {hash}").format(hash=f"`{digest(_example().encode())}`")
    yield ""
    yield from heading(2, _("What may be erased"))
    yield _(
        "Texts, addresses, names, reasons and documents stand in side rows, outside the line. The "
        "line holds only a commitment: the SHA-256 of a random salt (64 hexadecimal digits), a "
        "line feed, the canonical JSON of the side row and a line feed. When the side row is "
        "erased, the chain stays whole and the decision can still be judged again, since no rule "
        "reads what may be erased."
    )
    yield ""
    yield from heading(2, _("Kinds of line"))
    for kind in KINDS:
        yield from _kind(kind)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"### `{kind.name}`"
    yield ""
    told = _(kind.tells)
    yield f"{told[:1].upper()}{told[1:]}."
    yield ""
    yield from _table({f"data.{key}": told for key, told in kind.data.items()})
    if kind.side:
        yield _("In a side row:")
        yield ""
        yield from _table(kind.side)


def _table(keys: Mapping[str, str]) -> Iterator[str]:
    rows = [(f"`{key}`", _(told)) for key, told in keys.items()]
    yield table((_("key"), _("what it says")), *rows)
    yield ""


def _example() -> Line:
    data = {"contest": "occitanie-2024", "origin": "00" * 32, "rehearsal": True}
    return Line(
        n=1,
        prev=FIRST_PREV,
        at="2024-01-15T08:00:00.000000Z",
        case=None,
        actor="init",
        type="contest_created",
        process="00" * 32,
        data=data,
        pd=None,
    )
