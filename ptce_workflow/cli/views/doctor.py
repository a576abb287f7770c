"""The output of `ptce doctor`: what was looked at to see whether mail can leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptce_workflow.app.locations import LOCAL_FILE, local_example
from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _
from ptce_workflow.cli.layout import wrapped
from ptce_workflow.cli.output import GREEN, RED, YELLOW, Output, Styled

DATABASE, FOLDER, FILES, CLOCK, SETTINGS, ADDRESSES, MAILS = (
    "database",
    "folder",
    "files",
    "clock",
    "settings",
    "addresses",
    "mails",
)
SERVER = ("connect", "tls", "auth", "sender")
"""The steps of the dialogue with the mail server, as `mail.smtp` names them."""

OK, FAILED, SKIPPED, REMARK = "ok", "failed", "skipped", "remark"
_MARKS = {OK: ("✓", GREEN), FAILED: ("✗", RED), SKIPPED: ("–", ""), REMARK: ("!", YELLOW)}


@dataclass(frozen=True, slots=True)
class DoctorStep:
    """Something that was looked at, how that went (`ok`, `failed`, …) and what was seen."""

    name: str
    outcome: str
    said: str = ""


def ok(name: str, said: str = "") -> DoctorStep:
    """A step that went well."""
    return DoctorStep(name, OK, said)


def failed(name: str, said: str) -> DoctorStep:
    """A step without which no mail leaves."""
    return DoctorStep(name, FAILED, said)


def skipped(name: str) -> DoctorStep:
    """A step that could not be looked at, or need not be."""
    return DoctorStep(name, SKIPPED)


def remark(name: str, said: str) -> DoctorStep:
    """A step that went well, and at which something asks for a person."""
    return DoctorStep(name, REMARK, said)


def sound(steps: Sequence[DoctorStep]) -> bool:
    """True when nothing stands in the way of mail."""
    return not any(step.outcome == FAILED for step in steps)


def doctor_data(steps: Sequence[DoctorStep]) -> dict[str, Any]:
    """`ptce doctor --json`; an outcome is ok, failed, skipped or remark."""
    return {
        "sound": sound(steps),
        "steps": [
            {"step": step.name, "outcome": step.outcome, "said": step.said or None}
            for step in steps
        ],
    }


def print_step(out: Output, step: DoctorStep) -> None:
    """A step: its mark, its name, what was seen."""
    mark, style = _MARKS[step.outcome]
    labels = _labels()
    width = max(map(columns_of, labels.values()))
    label = labels[step.name]
    said = step.said or (_("not tried") if step.outcome == SKIPPED else _("yes"))
    start = f"{label}{padding(label, width)}  "
    indent = " " * columns_of(start)
    first, *others = wrapped(said, _room(out, columns_of(start) + 4))
    out.say("  ", Styled(mark, style) if style else mark, " ", (start + first).rstrip())
    for line in others:
        out.say("    " + indent + line)


def _room(out: Output, taken: int) -> int | None:
    width = out.width(out.stdout)
    return None if width is None else width - taken


def print_verdict(out: Output, steps: Sequence[DoctorStep], folder: Path) -> None:
    """Prints whether mail can leave; and where its server is set, where that is in the way."""
    out.say()
    if sound(steps):
        out.say(Styled(_("Mail can leave."), GREEN))
    else:
        out.say(Styled(_("Something has to be mended first."), RED))
    if any(step.outcome == FAILED and step.name in (SETTINGS, *SERVER) for step in steps):
        out.tell(
            _("The mail server is set in {file}, under [mail].").format(file=folder / LOCAL_FILE)
        )
        if (example := local_example()) is not None:
            out.tell(_("To be copied and adapted: {file}").format(file=example))


def _labels() -> dict[str, str]:
    return {
        DATABASE: _("Database"),
        FOLDER: _("Folder"),
        FILES: _("Access"),
        CLOCK: _("Clock"),
        SETTINGS: _("Mail settings"),
        "connect": _("Connection"),
        "tls": _("Encryption"),
        "auth": _("Signing in"),
        "sender": _("Sender"),
        ADDRESSES: _("Addresses"),
        MAILS: _("Mails"),
    }
