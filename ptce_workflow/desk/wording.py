"""What a message says once it is written for good: its letter and its calendar entry, as text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ptce_workflow.base.instants import from_text, to_text
from ptce_workflow.base.quick_json import from_json, to_json
from ptce_workflow.process.notifications.told import Letter


@dataclass(frozen=True, slots=True)
class Dated:
    """The calendar entry that goes with a letter; without a length it ends as it begins."""

    title: str
    begins: datetime
    ends: datetime


def written(found: Letter, dated: Dated | None) -> str:
    """A letter and its calendar entry as they are kept once they are written for good."""
    entry = dated and {
        "title": dated.title,
        "begins": to_text(dated.begins),
        "ends": to_text(dated.ends),
    }
    parts = {
        "subject": found.subject,
        "text": found.text,
        "html": found.html,
        "language": found.language,
        "entry": entry,
    }
    return to_json(parts)


def letter_of(words: str) -> Letter:
    """The letter among what was written."""
    parts = from_json(words)
    return Letter(parts["subject"], parts["text"], parts["html"], parts["language"])


def dated_of(words: str) -> Dated | None:
    """The calendar entry among what was written."""
    entry = from_json(words).get("entry")
    if entry is None:
        return None
    return Dated(entry["title"], from_text(entry["begins"]), from_text(entry["ends"]))


def words_hash(words: str) -> str:
    """What names the words of a letter, its calendar entry included: whoever has read them."""
    return hashlib.sha256(words.encode()).hexdigest()
