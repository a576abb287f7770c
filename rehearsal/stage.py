"""Where the rehearsal is played: its folder, its clock, its mail, and how it is told."""

from __future__ import annotations

import email
import os
import sys
import tomllib
from collections.abc import Iterable, Sequence
from contextlib import chdir, nullcontext, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import ptce_workflow.base.words as speech
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import LOCAL_FILE, mail_settings
from ptce_workflow.app.mailbox import received
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.outbox.waiting import forecast
from ptce_workflow.app.pieces import ASKING
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import language
from ptce_workflow.cli.main import main as ptce
from ptce_workflow.cli.terminal import ERASE_LINE, Output
from ptce_workflow.exports.attachments import write_attachment
from ptce_workflow.scheduler.passes import tick
from rehearsal.cast import AGAIN, GRIDS, HERE, TWELFTH, ZONE
from rehearsal.mailbox import (
    ARRIVALS,
    ENTRY,
    FORM,
    INNER,
    MAILBOX,
    NETWORK,
    Arrival,
    answers,
    deliver,
    deliver_grid,
    stem,
)
from rehearsal.server import Received

Contest.attachments = staticmethod(write_attachment)

UNEXPECTED = 70
NO_TIME = timedelta()
_IS_DUMB = os.environ.get("TERM") == "dumb"
_WIDTH, _GOES_ON = 80, " \\"
_LOCAL = """# What this machine alone knows; it is no part of the rulebook.
[mail]
host = "{host}"
port = {port}
security = "none"
sender = "CRESS Occitanie <concours@cress.example>"
per_minute = 0
# A rehearsal keeps its mails home: here they leave, for a server of this machine that keeps them.
for_real = true
[receipt]
entry = ["{entry}"]
inner = ["{inner}"]
networks = ["{network}"]
"""


class Stage:
    """The contest being played: its folder, its clock, and the reference of each dossier."""

    def __init__(self, folder: Path, actor: str) -> None:
        self.folder = folder
        self.actor = actor
        self.refs: dict[int, str] = {}
        self.arrived: dict[int, list[Arrival]] = {}
        self.delivered: Sequence[Received] = ()
        self.story = read("story.toml")
        self._scenes = [scene for scene, words in self.story.items() if "at" in words]
        self._now: datetime | None = None
        os.environ["PTCE_CONTEST"] = str(folder)
        os.environ["PTCE_ACTOR"] = actor

    def said(self, scene: str) -> str:
        """What the story says at some point, in the language in force."""
        return str(self.story[scene][language()])

    def begin(self, scene: str, *options: str) -> None:
        """Makes the folder of the contest, at the hour of a scene."""
        os.environ["PTCE_NOW"] = self.story[scene]["at"].isoformat()
        self.do("init", str(self.folder), "--rehearsal", *options, "--as", self.actor)

    def at(self, scene: str, *, idle: timedelta = NO_TIME) -> None:
        """Lets time pass until a scene, with its mails, and tells what happens then.

        What falls due in the `idle` time before it is left to a `ptce tick` that the scene shows.
        """
        instant: datetime = self.story[scene]["at"]
        self.until(instant, idle=idle)
        when = speech.long_instant(instant, ZONE, language())
        show_progress(f"{self._scenes.index(scene) + 1}/{len(self._scenes)} · {when}")
        tell(self.said(scene), title=when[0].upper() + when[1:])

    def until(self, at: datetime, *, idle: timedelta = NO_TIME) -> None:
        """Lets time pass until an instant, but for the `idle` time before it."""
        instant = at.astimezone(UTC)
        if self._now is not None:
            self._let_time_pass(self._now, instant - idle)
        self._now = instant
        os.environ["PTCE_NOW"] = instant.astimezone(ZONE).isoformat()

    def _let_time_pass(self, start: datetime, end: datetime) -> None:
        """Does what is due, at each instant at which something is: what `ptce run` would do."""
        clock = SetClock(start)
        with Contest.open(self.folder, actor=self.actor, clock=clock) as contest:
            contest.attachments = write_attachment
            settings = mail_settings(self.folder)
            while clock.instant <= end:
                tick(contest, settings)
                ahead = [one.at for one in forecast(contest) if one.stage != "held"]
                later = [at for at in ahead if at > clock.instant]
                clock.instant = min(later, default=end + timedelta(seconds=1))

    def post_through(self, host: str, port: int) -> None:
        """Writes down through which mail server the contest sends."""
        own = {"entry": ENTRY, "inner": INNER, "network": NETWORK}
        told = _LOCAL.format(host=host, port=port, **own)
        (self.folder / LOCAL_FILE).write_text(told, encoding="utf-8")

    def do(self, *words: str, expect: int = 0) -> None:
        """Runs a command in silence; it must end as expected."""
        told = StringIO()
        with redirect_stdout(told), redirect_stderr(told):
            code = self._run(words)
        _insist(words, code, expect, told.getvalue())

    def show(self, *words: str, expect: int = 0) -> None:
        """Runs a command as a person would see it."""
        print(f"\n{_as_typed(words)}", flush=True)
        self.answer(*words, expect=expect)

    def answer(self, *words: str, expect: int = 0) -> None:
        """Runs a command that somebody has typed; it must end as expected."""
        with redirect_stderr(sys.stdout):
            code = self._run(words)
        _insist(words, code, expect, "")

    def open(self, number: int, received: str = "", proof: str = "") -> None:
        """Opens a candidature by hand for a collective, after a call or beside a mail."""
        given = answers(TWELFTH if number == AGAIN else number)
        words = ("--name", given["collective_name"], "--email", given["contact_email"])
        told = ("--at", received, "--evidence", proof, "--new") if proof else ()
        self.do("add", *words, *told)
        self._refer(number)

    def take(self, *numbers: int, show: bool = False) -> None:
        """Reads the mailbox once the next mail of some collectives is in it, with its form.

        A form is filed by itself, or by the desk where it waits for a person.
        """
        arrivals = self.deliver(*numbers)
        play = self.show if show else self.do
        for box in sorted({str(Path(MAILBOX, one.file).parents[1]) for one in arrivals}):
            play("mail", "read", box)
        waiting = self._waiting()
        if waiting:
            whose = [self.refs[number] for number in numbers if number in self.refs]
            play("add", *waiting, *(("--for", *whose) if len(whose) == 1 else ()), "--yes")
        for number in numbers:
            if number not in self.refs:
                self._refer(number)

    def deliver(self, *numbers: int) -> list[Arrival]:
        """Puts the next mail of some collectives in the mailbox, with its form."""
        arrivals = [self._next(number) for number in numbers]
        deliver(self.folder / MAILBOX, (self.folder / FORM).read_bytes(), arrivals)
        return arrivals

    def read_grids(self, seats: Iterable[str], at: datetime, *, show: bool = False) -> None:
        """Takes the grids that some institutions have filled in and send back, by mail."""
        before = set(self._waiting())
        for seat in seats:
            grid = self.folder / GRIDS / f"{seat}.xlsx"
            deliver_grid(self.folder / MAILBOX, grid, f"{seat}@cra.example", at)
        play = self.show if show else self.do
        play("mail", "read", MAILBOX)
        mails = [name for name in self._waiting() if name not in before]
        play("jury", "grid", "--import", *mails, "--yes")

    def attached(self, address: str, ending: str) -> bytes:
        """The file of a kind that came with the last mail to an address that had such a file."""
        for mail in reversed(self.delivered):
            if mail.address == address:
                message = email.message_from_bytes(mail.content, policy=policy.default)
                assert isinstance(message, EmailMessage)
                for part in message.iter_attachments():
                    if (part.get_filename() or "").endswith(ending):
                        content: bytes = part.get_content()
                        return content
        raise LookupError(address)

    def _waiting(self) -> list[str]:
        with self.contest() as contest:
            return [mail.name for mail in received(contest) if mail.outcome in ASKING]

    def _next(self, number: int) -> Arrival:
        seen = self.arrived.setdefault(number, [])
        mails = [one for one in ARRIVALS if one.number == number]
        seen.append(mails[len(seen)])
        return seen[-1]

    def _refer(self, number: int) -> None:
        self.refs[number] = f"C-{len(self.refs) + 1:03d}"

    def mail(self, number: int) -> str:
        """The last mail of a collective, as one names its file in the folder of the contest."""
        return f"{MAILBOX}/{self.arrived[number][-1].file}"

    def named(self, numbers: Iterable[int]) -> list[str]:
        """The references of some dossiers."""
        return [self.refs[number] for number in numbers]

    def completion(self, number: int) -> str:
        """The file that completes a dossier, as one names it in the folder of the contest."""
        return f"completions/{stem(number)}.toml"

    def mails(self, stage: str, notification: str | None = None) -> list[str]:
        """The names of the mails at some stage."""
        with self.contest() as contest:
            found = messages(contest, (stage,), notification=notification)
        return [one.name for one in found]

    def contest(self) -> Contest:
        """The contest as its desk opens it now."""
        assert self._now is not None, "before the first scene there is no contest"
        return Contest.open(self.folder, actor=self.actor, clock=SetClock(self._now))

    def _run(self, words: tuple[str, ...]) -> int:
        with chdir(self.folder) if self.folder.is_dir() else nullcontext():
            return ptce(words)


def read(name: str) -> dict[str, Any]:
    """A file of the rehearsal: its story, its scores."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


class Script(TextIOWrapper):
    """A file that commands write in as on a terminal of 80 columns, without colours."""

    def __init__(self, file: Path) -> None:
        super().__init__(file.open("wb"), encoding="utf-8", line_buffering=True)
        os.environ.update(COLUMNS="80", TERM="dumb")

    def isatty(self) -> bool:
        return True


def show_progress(text: str) -> None:
    """One line that is written anew on a terminal; elsewhere, one line after the other."""
    if sys.stderr.isatty() and not _IS_DUMB:
        print(f"{ERASE_LINE}{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def tell(text: str = "", title: str = "") -> None:
    """Prints a part of the story as wide as the terminal; a title stands out."""
    out = Output(sys.stdout, sys.stderr, environ=os.environ)
    if title:
        out.say()
        out.title(title, "")
    if text:
        out.tell(text)


def typed(folder: Path) -> str:
    """A folder as one would type it from here."""
    here = Path.cwd()
    return f"$PWD/{folder.relative_to(here)}" if folder.is_relative_to(here) else str(folder)


def _as_typed(words: Sequence[str]) -> str:
    """A command as one would type it, gone on with on the next line where one is full."""
    units: list[str] = []
    for word in words:
        if units and units[-1].startswith("-") and not word.startswith("-"):
            units[-1] += f" {_quoted(word)}"
        else:
            units.append(_quoted(word))
    lines = ["$ ptce"]
    for unit in units:
        if len(lines[-1]) + len(unit) + len(_GOES_ON) < _WIDTH:
            lines[-1] += f" {unit}"
        else:
            lines.append(f"> {unit}")
    return f"{_GOES_ON}\n".join(lines)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _insist(words: tuple[str, ...], code: int, expected: int, told: str) -> None:
    """A rehearsal in which something goes otherwise than told is worth nothing: stop there."""
    if code != expected:
        show_progress("")
        sys.stderr.write(f"ptce {' '.join(words)}: {code} != {expected}\n{told}")
        raise SystemExit(UNEXPECTED)
