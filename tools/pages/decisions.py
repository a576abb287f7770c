"""The index of the decision records, by subject, from the first lines of each."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
_HEAD = re.compile(
    r"# (?P<number>\d{4}) · (?P<title>[^\n]+)\n\n"
    r"\*(?P<day>\d{4}-\d\d-\d\d) · (?P<subject>[^·\n]+) · (?P<status>in force[^\n]*)\*\n\n"
)
_AMENDS = re.compile(r"^Amends \[(\d{4})\]", re.MULTILINE)
_INTRODUCTION = """\
# Decisions

What was decided about the program, why, and what would change our mind; each record is half a
page. The third line of a record gives the day of its first commit, its subject and its status,
such as `*2026-12-01 · mail · in force*`. A record that changes an older one has the line
`Amends [NNNN](file.md): what`, and the status of the older one names it. A record that another
replaces is deleted: git has it.
"""


def index(folder: Path = FOLDER) -> str:
    """The page that lists every record.

    Raises: ValueError for a record without the lines that the page is made of.
    """
    heads, amended = {}, set()
    for file in sorted(folder.glob("[0-9]*.md")):
        text = file.read_text("utf-8")
        head = _HEAD.match(text)
        if head is None or head["number"] != file.name[:4]:
            raise ValueError(
                f"docs/decisions/{file.name}: its first line is not `# {file.name[:4]} · TITLE`, "
                "or its third is not like `*2026-12-01 · mail · in force*`"
            )
        heads[file.name] = head
        amended |= {(number, head["number"]) for number in _AMENDS.findall(text)}
    named = {
        (head["number"], later)
        for head in heads.values()
        for later in re.findall(r"\[(\d{4})\]", head["status"])
    }
    for number, later in sorted(named ^ amended):
        raise ValueError(
            f"docs/decisions: {later} says `Amends [{number}]` and the third line of {number} "
            f"does not name {later}, or the other way round"
        )
    subjects: dict[str, list[str]] = {}
    for name, head in heads.items():
        row = f"| [{head['number']}]({name}) | {head['title']} | {head['day']} | {head['status']} |"
        subjects.setdefault(head["subject"], []).append(row)
    parts = [_INTRODUCTION]
    for subject, rows in sorted(subjects.items()):
        heading = subject[0].upper() + subject[1:]
        table = "\n".join(
            ["| number | decision | date | status |", "| --- | --- | --- | --- |", *rows]
        )
        parts.append(f"## {heading}\n\n{table}\n")
    return "\n".join(parts)
