"""The surroundings of a command: contest, actor, language, terminal, files that it writes."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app import locations
from ptce_workflow.app.locations import CLOCK_FILE, OutputFile, is_export
from ptce_workflow.base import words
from ptce_workflow.base.errors import Damaged, Misuse, shown
from ptce_workflow.base.notation import read_toml
from ptce_workflow.base.runtime import Clock, SetClock, stored_clock
from ptce_workflow.base.words import LANGUAGES, _, language, local_time, long_instant, n_
from ptce_workflow.cli.parameters import alone, resolve_transition, spoken_in
from ptce_workflow.cli.terminal import DONE, NOT_DONE, Output, print_parts
from ptce_workflow.office.formats import FORMATS, as_written
from ptce_workflow.office.page import Advice, Lead, Part, Report, rehearsed, safe
from ptce_workflow.process.model.folder import CONFIG, LARGEST_FILE_BYTES

if TYPE_CHECKING:
    from datetime import date

    from ptce_workflow.app.as_of import Moment
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.outbox.attachments import Attachment
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message

DayReading = Callable[["date", "ZoneInfo"], datetime]
"""What gives the instant of a bare day, in a zone: its start, or its end."""
NEEDS_NO_SEARCH = re.compile(r"P-[0-9]+")
"""A pseudonym is looked up by whoever needs it."""
_LONGEST_LINE = 9
"""The most digits of the number of a line."""
FIRST_YEAR, LAST_YEAR = 1000, 8999
"""The years of instants that are typed: a rule may add years to one, a zone hours."""


@dataclass
class Invocation:
    """One run of `ptce`: what was said and found before the command itself is read.

    The grammar adds whether `--yes` and `--force` were typed, the `file` that the answer goes to,
    and `as_of` which instant it is asked for, where that is not now. An answer that
    `names_rehearsal` tells by itself that it is one.
    """

    folder: Path | None
    actor_named: str | None
    environ: Mapping[str, str]
    out: Output
    language_option: str | None = None
    file: Path | None = None
    yes: bool = False
    force: bool = False
    as_of: str | None = None
    names_rehearsal: bool = False

    @property
    def contest_dir(self) -> Path:
        """Raises: Misuse where no contest was found, or the named folder is none."""
        if self.folder is None:
            why = _("Neither this folder nor any folder above it holds a config.toml.")
            mend = _("Name its folder (--contest DIR), or make one: ptce init DIR")
            raise Misuse(_("There is no contest here."), why, mend)
        mend = _("Name another folder (--contest DIR), or make one: ptce init DIR")
        return checked_folder(self.folder, mend)

    @property
    def named(self) -> str | None:
        """The person named by --as, else by PTCE_ACTOR; None where nobody is."""
        return self.actor_named or self.environ.get("PTCE_ACTOR")

    @property
    def actor(self) -> str:
        """Who is named, else the login. Raises: Misuse where the machine knows none."""
        actor = self.named or login_name()
        if actor is None:
            what = _("Nobody is named as acting, and this machine does not say who is at work.")
            raise Misuse(what, mend=_("Name them: --as ACTOR"))
        return actor

    def speak_of(self, folder: Path) -> None:
        """Speaks the language of another contest to the end, unless one was asked for."""
        words.use_language(spoken_language(self.language_option, folder, self.environ))

    @property
    def clock(self) -> Clock | None:
        return self.clock_of(self.folder)

    @cached_property
    def _set_clock(self) -> Clock | None:
        text = self.environ.get("PTCE_NOW")
        if not text:
            return None
        # The contest opens on this clock: its zone is read by a glance at the folder.
        zone = None
        with suppress(KeyError, TypeError, ValueError, OSError):
            zone = ZoneInfo(contest_settings(self.folder)["timezone"])
        return SetClock(self._understood(text, "PTCE_NOW", zone))

    def clock_of(self, folder: Path | None) -> Clock | None:
        """PTCE_NOW, else the folder's clock, of a rehearsal alone. Raises: Misuse."""
        return self._set_clock or (stored_clock(folder / CLOCK_FILE) if folder else None)

    def instant(self, text: str, *, said_by: str, past: bool = False) -> datetime:
        """The typed instant, remarked; `past`: without year, the nearest. Raises: Misuse."""
        from ptce_workflow.process.calendar import with_year

        zone = self.today.process.zone
        if past:
            text = with_year(text, local_time(self.today.clock.now(), zone).date())
        return self._understood(text, said_by, zone)

    def earlier(self, text: str, *, said_by: str, begins: bool = False) -> Moment:
        """An earlier moment as it is typed: an hour, a day, a line or a named date. Raises: Misuse.

        A day stands for its end, and with `begins` for its start; today for now.
        """
        from ptce_workflow.app.as_of import Moment, instant_of_line
        from ptce_workflow.process.calendar import end_of_day, is_day, start_of_day

        now, zone, typed = self.today.clock.now(), self.today.process.zone, text.strip()
        if typed.lower() in ("now", _("now")):
            return Moment(now)
        if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_LINE:
            moment = Moment(instant_of_line(self.today, int(typed)), int(typed))
            self._remark(said_by, moment.at, zone)
            return moment
        if typed.startswith("date."):
            return Moment(self._named_date(typed, said_by, zone))
        day = start_of_day if begins else end_of_day
        instant = self._understood(text, said_by, zone, day)
        if not is_day(text):
            return Moment(instant)
        begun = instant_of_line(self.today, 1) if begins else instant
        if instant < begun and local_time(begun, zone).date() == local_time(instant, zone).date():
            # The day on which the ledger begins starts with its first line.
            return Moment(begun, 1)
        today = local_time(instant, zone).date() == local_time(now, zone).date()
        return Moment(min(now, instant) if today else instant)

    def _named_date(self, text: str, said_by: str, zone: ZoneInfo) -> datetime:
        """The instant of a date of the contest, or one counted from it. Raises: Misuse."""
        from ptce_workflow.process.calendar import parse_instant

        dates = self.today.process.dates
        moment = dates.standing(parse_instant(text))
        if moment is None:
            what = _('"{text}" is no date of this contest, or hangs on a candidature.')
            what = what.format(text=shown(text))
            names = ", ".join(f"date.{name}" for name in dates.fixed)
            raise Misuse(what, _("Known here: {names}.").format(names=names))
        self._remark(said_by, moment, zone)
        return moment

    def _understood(
        self, text: str, said_by: str, zone: ZoneInfo | None, day: DayReading | None = None
    ) -> datetime:
        moment = instant(text, said_by=said_by, zone=zone, day=day)
        # What says its own offset can be understood in one way only.
        if zone is not None and exact_instant(text) is None:
            self._remark(said_by, moment, zone)
        return moment

    def _remark(self, said_by: str, moment: datetime, zone: ZoneInfo) -> None:
        when = long_instant(moment, zone, language(), seconds=True)
        self.out.remark(_("{label}: {value}").format(label=said_by, value=when))

    def close(self) -> None:
        for name in {"contest", "today"} & self.__dict__.keys():
            self.__dict__[name].close()

    def opened(self, folder: Path) -> Contest:
        # Imported here for start-up time: it brings the store, and `--help` needs none of it.
        from ptce_workflow.app.contest import Contest

        if is_export(folder):
            from ptce_workflow.app.audit.export import open_export

            return open_export(folder, self._set_clock)
        clock = self.clock_of(folder)
        contest = Contest.open(folder, actor=self.named, clock=clock, login=login_name())
        contest.attachments = _write_attachment
        return contest

    def _watched(self, folder: Path) -> Contest:
        contest = self.opened(folder)
        contest.watch = self.out.progress
        contest.database.base.waits = self._show_wait
        return contest

    def _show_wait(self) -> None:
        if self.out.is_terminal(self.out.stderr):
            self.out.remark(
                _("Others are writing; waiting for a turn, half a minute at most (Ctrl-C ends it).")
            )

    @cached_property
    def contest(self) -> Contest:
        """The contest: of today, or as it stood at the instant that was asked for."""
        if self.as_of is None:
            return self.today
        from ptce_workflow.app.as_of import at

        return at(self.today, *self.earlier(self.as_of, said_by="--at"))

    @cached_property
    def today(self) -> Contest:
        contest = self._watched(self.contest_dir)
        contest.complain = lambda error: self.out.remark(str(error))
        self.attend(contest)
        return contest

    def attend(self, contest: Contest) -> None:
        """Has act in a contest whoever was named; warns of a rehearsal whose clock goes back."""
        # A rulebook that is damaged stops what needs it, and not `verify`, which tells of it.
        with suppress(Damaged):
            # Someone is named by their name or institution as well.
            if self.named and not NEEDS_NO_SEARCH.fullmatch(self.named):
                from ptce_workflow.app.candidatures.overview import person_meant

                person = person_meant(contest, self.named)
                if person is not None:
                    contest.actor = person.pseudonym
                    name = person.private.get("name", "")
                    self.out.remark(f"{person.pseudonym} {name}".strip())
        if contest.moved_to:
            text = _("This contest goes on in {place}: here it is read as it was then.")
            self.out.remark(text.format(place=contest.moved_to))
        if contest.rehearsal:
            with suppress(Damaged):
                self.warn_about_clock(contest)

    def reference(self, word: str) -> str:
        """The reference that a word means, remarked. Raises: Misuse for none or several."""
        from ptce_workflow.app.candidatures.overview import candidature_meant

        reference = candidature_meant(self.contest, word)
        if reference.label:
            self.out.remark(reference.label)
        return reference.ref

    def transition(self, refs: Sequence[str], word: str) -> str:
        """The transition that a word means, else the word. Raises: Misuse for several."""
        from ptce_workflow.app.candidatures.overview import show

        process = self.contest.process
        if any(edge.name == word for edge in process.every_edge()):
            return word
        return resolve_transition(process, word, [show(self.contest, r).case.state for r in refs])

    def warn_about_unchained(self, ref: str) -> None:
        from ptce_workflow.app.candidatures.history import unchained

        lines = unchained(self.contest, ref)
        if lines:
            text = n_(
                "Line {lines} is not the one that was written: what it tells may be false.",
                "Lines {lines} are not those that were written: what they tell may be false.",
                len(lines),
            )
            self.out.remark(text.format(lines=", ".join(map(str, lines))))
            self.out.remark(_("`ptce verify` tells all that is broken."))

    def warn_about_clock(self, contest: Contest) -> None:
        """Warns of a clock behind the ledger; names a rehearsal to people, not to files."""
        from ptce_workflow.app.contest import read_clock

        clock, zone, spoken = read_clock(contest), contest.process.zone, language()
        is_read = self.out.is_terminal(self.out.stderr) and not self.out.as_data
        if contest.rehearsal and is_read and self.file is None and not self.names_rehearsal:
            self.out.remark(f"{words.rehearsal_mark()} {long_instant(clock.now, zone, spoken)}")
        if not clock.back or clock.last is None:
            return
        says = _("The clock says {now}; the ledger goes on to {last} already.")
        if self._set_clock is not None:
            says = _("PTCE_NOW says {now}; the ledger goes on to {last} already.")
        now, last = (long_instant(at, zone, spoken) for at in (clock.now, clock.last))
        self.out.remark(says.format(now=now, last=last))

    @property
    def rehearses(self) -> bool:
        return "today" in self.__dict__ and self.today.rehearsal

    @contextmanager
    def other_contest(self, folder: Path) -> Iterator[Contest]:
        """Opened by the same person. Raises: Misuse for no contest, PtceError."""
        mend = _("`ptce init {folder} --model NAME` makes one.").format(folder=folder)
        with self._watched(checked_folder(folder, mend)) as contest:
            contest.command_options = f" --contest {shlex.quote(str(folder))}"
            yield contest


def _write_attachment(
    tx: Transaction, row: Message, wanted: str, language: str
) -> Attachment | None:
    # Imported here for start-up time: what makes the files is needed where a mail is written.
    from ptce_workflow.exports.attachments import write_attachment

    return write_attachment(tx, row, wanted, language)


def instant(
    text: str, *, said_by: str, zone: ZoneInfo | None, day: DayReading | None = None
) -> datetime:
    """An instant as people write it; `day` gives that of a bare day, if allowed. Raises: Misuse."""
    # Imported here for start-up time: few commands take an instant.
    from ptce_workflow.process import calendar

    try:
        if (exact := exact_instant(text)) is not None:
            moment = exact
        elif day is not None and zone is not None and calendar.is_day(text):
            moment = day(calendar.read_day(text), zone)
        else:
            moment = calendar.read_moment(text, zone)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC)
    except Misuse as error:
        what = _("{label}: {value}").format(label=said_by, value=error.what)
        raise Misuse(what, error.why, error.mend) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        what = _('{said_by}: "{text}" lies beyond the years that can be counted.')
        why = _("They go from {first} to {last}; a calendar has no hour past its own end.")
        why = why.format(first=FIRST_YEAR, last=LAST_YEAR)
        raise Misuse(what.format(said_by=said_by, text=text), why)
    return moment


def exact_instant(text: str) -> datetime | None:
    """The instant of a text that says its own offset from UTC; None for any other."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def checked_folder(folder: Path, mend: str) -> Path:
    """Raises: Misuse, with `mend`, for a folder that is none of a contest."""
    if not holds_contest(folder):
        what = _("{folder} is no contest's folder.").format(folder=folder)
        raise Misuse(what, _("It holds no config.toml."), mend)
    return folder


def holds_contest(folder: Path) -> bool:
    """True when a folder holds a config.toml, or is an export; not for one that may not be read."""
    try:
        return (folder / CONFIG).is_file() or is_export(folder)
    except OSError:
        return False


def contest_folder(text: str | None, environ: Mapping[str, str]) -> Path | None:
    """The contest's folder: the one said, else PTCE_CONTEST, else the nearest one upward."""
    named = text or environ.get("PTCE_CONTEST")
    if named:
        return Path(named)
    try:
        here = Path.cwd()
    except OSError:
        # It was deleted meanwhile.
        return None
    return next((folder for folder in (here, *here.parents) if holds_contest(folder)), None)


def spoken_language(text: str | None, folder: Path | None, environ: Mapping[str, str]) -> str:
    """--lang, else PTCE_LANG (or a locale), else the contest's, else French."""
    wanted = (text, environ.get("PTCE_LANG", "")[:2].lower())
    for tag in wanted:
        if tag and (tag in LANGUAGES or tag in spoken_in(folder)):
            return tag
    code = contest_settings(folder).get("language")
    return code if isinstance(code, str) and words.is_language(code) else "fr"


def contest_settings(folder: Path | None) -> Mapping[str, Any]:
    """The table `contest` of config.toml, empty where unreadable: loading says why."""
    # A pipe of that name would keep whoever reads it waiting.
    if folder is None or not holds_contest(folder):
        return {}
    try:
        # An export holds every process that was in force: their zone and language are the same.
        path = min(folder.glob(f"processes/*/{CONFIG}"), default=folder / CONFIG)
        # One that is too large is no contest's: a glance at it would only be slow.
        if path.stat().st_size > LARGEST_FILE_BYTES:
            return {}
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return {}
    return _settings_in(content)


@lru_cache(maxsize=1)
def _settings_in(content: str) -> Mapping[str, Any]:
    try:
        settings = read_toml(content).get("contest")
    except Misuse:
        return {}
    return settings if isinstance(settings, dict) else {}


def login_name() -> str | None:
    # Imported here for start-up time: only commands that open a contest ask.
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None


def _dated(call: Invocation, report: Report) -> Report:
    """A report, which first says as of when it is; what would be to do today is left out."""
    if call.as_of is None:
        return report
    contest = call.contest
    with contest.database.reading() as repo:
        last = repo.contest(contest.id).head_n
    when = long_instant(contest.clock.now(), contest.process.zone, language(), seconds=True)
    lead = Lead(
        _("As of {when}").format(when=when), _("by the ledger up to its line {n}").format(n=last)
    )
    parts = (part for part in report.parts if not isinstance(part, Advice) or part.shows_more)
    return replace(report, parts=(lead, *parts))


class Answer(Struct, frozen=True):
    """What a command has to show: a report, or parts of one that are printed as they come.

    `data` is what `--json` writes: whatever holds the names of the command's shape, or a function
    that finds it. A report is written in a file of one of `forms`.
    """

    shown: Callable[[], Report] | Iterable[Part]
    data: Any = None
    code: int = DONE
    forms: Sequence[str] = FORMATS


def give(call: Invocation, answer: Answer, shape: str) -> int:
    """Prints or writes an answer; the exit code. Raises: Misuse, OSError."""
    if call.file is not None:
        alone("-o", {"--json": call.out.as_data})
        target = output_file(call, call.file, answer.forms)
        assert callable(answer.shown), "what may be written in a file is a report"
        report = _dated(call, answer.shown())
        marked = rehearsed(report) if call.rehearses else report
        if not written(call, target, as_written(marked, target.form)):
            return NOT_DONE
        call.out.tell(_("Written: {file}").format(file=call.file))
        print_parts(call.out, report.asides)
    elif call.out.as_data:
        call.out.data(answer.data() if callable(answer.data) else answer.data, shape)
    else:
        parts = answer.shown
        print_parts(call.out, _dated(call, parts()).parts if callable(parts) else parts)
    return answer.code


def output_file(
    call: Invocation, file: Path, forms: Sequence[str], *, any_name: bool = False
) -> OutputFile:
    return locations.output_file(call.contest_dir, file, forms, any_name=any_name)


def written(call: Invocation, file: OutputFile, content: bytes) -> bool:
    """Writes a file, asking before replacing one; True when it did. Raises: Misuse, OSError."""
    if may_write(call, file):
        file.write(content)
        return True
    return False


def write(call: Invocation, file: OutputFile, content: bytes) -> int:
    """Writes a file that a command is asked for, and says so; see `written`. The exit code."""
    if not written(call, file, content):
        return NOT_DONE
    call.out.tell(_("Written: {file}").format(file=file.path))
    return DONE


def opened(call: Invocation, report: Report) -> int:
    """Shows a report in the browser, from a file of its own; the exit code."""
    # Imported here for start-up time.
    import tempfile
    import webbrowser

    with tempfile.NamedTemporaryFile(prefix="ptce-", suffix=".html", delete=False) as stream:
        stream.write(as_written(report, ".html"))
    call.out.tell(_("Written: {file}").format(file=stream.name))
    if webbrowser.open(Path(stream.name).as_uri()):
        return DONE
    call.out.remark(_("No browser opens here."))
    return NOT_DONE


def may_write(call: Invocation, file: OutputFile) -> bool:
    """Whether the file is new, or may be replaced. Raises: Misuse when nobody is there."""
    question = _("{file} is there already, perhaps filled in. Replace it?").format(file=file.path)
    return not file.is_there or may_replace(call, question)


def may_replace(call: Invocation, question: str) -> bool:
    """Whether `--force` was typed, or a person says yes. Raises: Misuse when nobody is there."""
    return call.force or agreed(call, question, _("Nothing was written."), option="--force")


def agreed(
    call: Invocation,
    question: str,
    otherwise: str,
    stdin: TextIO | None = None,
    *,
    option: str = "--yes",
) -> bool:
    """Whether `--yes` was typed, or a person says yes; else `otherwise` is said.

    Raises: Misuse where nobody is there, with the option that says it beforehand.
    """
    if call.yes and option == "--yes":
        return True
    nobody = _("Nobody is here to answer: {question}").format(question=question)
    mend = _("Say yes beforehand: {option}").format(option=option)
    must_be_here(call.out, nobody, mend, stdin)
    prompt = " ".join((question, _("[y/N]")))
    try:
        # Every language is understood: whoever types follows habit.
        while (answer := entered(call.out, prompt, stdin)) and not words.refuses(answer):
            if words.agrees(answer):
                return True
            text = _('"{text}" is neither yes nor no: write one of them.')
            call.out.remark(text.format(text=shown(answer)))
    except (Misuse, KeyboardInterrupt):
        call.out.remark(otherwise)
        raise
    call.out.remark(otherwise)
    return False


def must_be_here(out: Output, nobody: str, mend: str, stdin: TextIO | None = None) -> None:
    """Raises: Misuse, with `nobody` and `mend`, where no person is at the keyboard."""
    if not is_somebody_here(out, stdin):
        raise Misuse(nobody, mend=mend)


def is_somebody_here(out: Output, stdin: TextIO | None = None) -> bool:
    answers = sys.stdin if stdin is None else stdin
    return answers is not None and out.is_terminal(answers) and out.is_terminal(out.stderr)


def entered(out: Output, text: str, stdin: TextIO | None = None) -> str:
    """What a person types on a line. Raises: Misuse where the input ends instead."""
    line = ""
    try:
        print(safe(text), end=" ", file=out.stderr, flush=True)
        line = (sys.stdin if stdin is None else stdin).readline()
    except UnicodeDecodeError:
        line = "\ufffd\n"
    finally:
        if not line:
            print(file=out.stderr)
    if not line:
        raise Misuse(_("The input ended before an answer came."))
    return line.strip()
