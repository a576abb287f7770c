"""Why something is done, as people write it beside what they do."""

from __future__ import annotations

from ptce_workflow.process.text import normalise

LONGEST_REASON = 2_000


def reason_given(text: str | None) -> str:
    """A reason as it is recorded; "" for none, and for nothing but blanks.

    *Raises* TextRefused for what cannot be seen, would deceive, or is too long.
    """
    return normalise(text or "", multiline=True, max_length=LONGEST_REASON)
