"""A letter: the words of one mail, as its reader gets them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject, its text and the same in HTML, in one language (`fr` or `en`)."""

    subject: str
    text: str
    html: str
    language: str
