"""Records what the commands say about the played contest, and compares two such records.

    python tools/golden.py record DIR [--code CHECKOUT] [--played FOLDER] [--only PATTERN]
    python tools/golden.py compare OLD NEW [--only PATTERN]
    python tools/golden.py OLD NEW [--only PATTERN]

`record` plays the rehearsal with the code of a checkout (this one, else CHECKOUT) into a scratch
folder, or takes a contest that was played before, and writes each output to a file of DIR.
`compare` prints how two records differ and exits with 1 if they do. The last form records two
checkouts or git revisions, with the lines of this checkout, and compares them. PATTERN is searched
in the names of the outputs, such as ^reads/list or ^acts/begun.

Masked, as they differ from one play to the next: hashes and other hexadecimal numbers of 12 digits
and more, identifiers, keys, signatures and packed bytes (base64), the boundaries of mails, the port
of the mail server, where Python is, the scratch folder, the day of the machine's clock with its
hours, the time that something took.
"""

from __future__ import annotations

import argparse
import difflib
import email
import email.policy
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

from tools.build_hook import compile_catalogues

ROOT = Path(__file__).resolve().parent.parent
LINES = tomllib.loads((Path(__file__).parent / "golden.toml").read_text(encoding="utf-8"))
LANGUAGES = ("fr", "en")
COMMAND = r"^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)  +\S"
"""A command as `ptce --help` lists it."""
AS_OF = r"^  --at INSTANT +As of"
"""The option of a command that answers as of an earlier instant, in its help."""
MARK = ".golden"
"""The file by which a folder is known to be a record, that may be written anew."""
SHOWN = 12
"""How many lines of a difference are shown for each file."""

MASKS = (
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"(?<![0-9A-Za-z])[0-9a-f]{12,}(?![0-9A-Za-z])", "HASH"),
    (r"\b[0-9a-f]{4}([ \xa0][0-9a-f]{4}){3}\b", "HASH"),
    (r"(?<![\w+/])[A-Za-z0-9+/]{200,}+={0,2}", "BYTES"),
    (r"(?<![\w+/])[A-Za-z0-9+/]{42,}+={1,2}", "KEY"),
    (r"(127\.0\.0\.1:|127\.0\.0\.1, port |port = )\d{4,5}", r"\g<1>PORT"),
    (r"={15}\d+==", "BOUNDARY"),
    (r'PATH="[^"]*:\$PATH"', 'PATH="BIN:$PATH"'),
    (r"\b\d+(\.\d+)? m?s\b", "TIME"),
)


def masks(scratch: Path) -> list[tuple[re.Pattern[str], str]]:
    """What is masked in a record, in order: the scratch folder, today's hours, the rest."""
    now = datetime.now(UTC)
    days = {(now + timedelta(days=n)).strftime("%Y-%m-%d") for n in (-1, 0, 1)}
    today = rf"(?:{'|'.join(sorted(days))})(?:[T ][0-9:.]+(?:Z|[+-]\d\d:?\d\d)?)?"
    return [
        (re.compile(pattern), mask)
        for pattern, mask in ((re.escape(str(scratch)), "SCRATCH"), (today, "TODAY"), *MASKS)
    ]


def text_of(file: Path) -> str:
    """What a file says: the parts of a package, one tag a line, or of a mail, else its text."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as package:
            return "\n".join(
                f"--- {name}\n" + package.read(name).decode().replace("><", ">\n<")
                for name in sorted(package.namelist())
                if name.endswith((".xml", ".rels"))
            )
    if file.suffix == ".eml":
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        return "\n".join(_of_mail(mail))
    return file.read_text(encoding="utf-8", errors="replace")


def _of_mail(mail: EmailMessage) -> Iterator[str]:
    for part in mail.walk():
        yield from (f"{name}: {value}" for name, value in part.items())
        content = "" if part.is_multipart() else part.get_content()
        # A calendar folds its lines, whatever it breaks.
        yield content.replace("\r\n ", "") if isinstance(content, str) else f"{len(content)} bytes"


class Recorder:
    """The `ptce` of a checkout, and the folder that its outputs are written to, masked.

    What most lines import is imported once: each line runs in a fork.
    """

    def __init__(self, code: Path, target: Path, scratch: Path, only: str) -> None:
        scripts = tomllib.loads((code / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
        module, _colon, function = scripts["ptce"].partition(":")
        self._main = getattr(importlib.import_module(module), function)
        self._only = re.compile(only)
        self._target, self._scratch, self._masks = target, scratch, masks(scratch)

    def warm_up(self, demo: Path) -> None:
        """Runs some lines in this process: what most lines import is then imported once."""
        os.environ |= {"PTCE_ACTOR": "bureau", "PTCE_NOW": LINES["now"]}
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            for line in LINES["warm_up"]:
                words = line.replace("OUT", str(self._scratch / "warm")).split()
                self._main([*words, "--contest", str(demo)])

    def usage(self, line: str) -> tuple[str, str]:
        """The command that a line begins with, and its help in English."""
        words = line.split()[: 2 if line.partition(" ")[0] in LINES["groups"] else 1]
        usage, _code = self.run(ROOT, [*words, "--help"], LINES["now"], "en")
        return " ".join(words), usage

    def run(
        self, folder: Path, words: Sequence[str], now: str, language: str = "fr"
    ) -> tuple[str, int]:
        """What a line prints, with its errors and exit code apart."""
        environ = {"PTCE_LANG": language, "PTCE_ACTOR": "bureau", "PTCE_NOW": now, "COLUMNS": "80"}
        child = os.fork()
        if not child:
            self._in_child(folder, words, environ)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out, errors = (
            (self._scratch / f"stream.{n}").read_text("utf-8", "replace") for n in (1, 2)
        )
        return out + (f"--- stderr\n{errors}" if errors else ""), code

    def _in_child(self, folder: Path, words: Sequence[str], environ: dict[str, str]) -> None:
        code = 70
        try:
            for number in (1, 2):
                stream = os.open(
                    self._scratch / f"stream.{number}", os.O_CREAT | os.O_TRUNC | os.O_RDWR
                )
                os.dup2(stream, number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.chdir(folder)
            os.environ.update(environ)
            code = self._main(words)
            sys.stdout.flush()
            sys.stderr.flush()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 70
        finally:
            os._exit(code)

    def keep(self, name: str, folder: Path, line: str, now: str, language: str = "fr") -> None:
        """Runs a line and records what it prints, and the files that it writes at OUT."""
        if not name.startswith("acts/") and not self._only.search(name):
            return
        target = self._scratch / "written"
        words = shlex.split(line.replace("OUT", str(target)))
        text, code = self.run(folder, words, now, language)
        if "--eml" in words:
            text = text.replace("=\n", "")
        self.write(f"{name}.txt", f"$ ptce {line}\n{text}--- exit {code}\n")
        for file in sorted(self._scratch.glob("written*")):
            for inner in (file, *sorted(file.rglob("*"))):
                self.keep_file(f"{name}/{inner.relative_to(self._scratch)}", inner)
            shutil.rmtree(file) if file.is_dir() else file.unlink()

    def keep_file(self, name: str, file: Path) -> None:
        """Records what a file says."""
        if file.is_file() and file.suffix != ".db":
            self.write(f"{name}.xml" if zipfile.is_zipfile(file) else name, text_of(file))

    def write(self, name: str, text: str) -> None:
        """Records one output under a readable name."""
        for pattern, mask in self._masks:
            text = pattern.sub(mask, text)
        if not self._only.search(name):
            return
        file = self._target / re.sub(r"[^\w .=,:+/@-]", "_", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        assert not file.exists(), f"two outputs are called {name}"
        file.write_text(text, encoding="utf-8")


def record(target: Path, code: Path, played: Path | None, only: str) -> None:
    """Plays the contest where none is given, and records all outputs."""
    if target.exists() and not (target / MARK).exists():
        sys.exit(f"{target} is there and holds no record: name another folder.")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / MARK).touch()
    compile_catalogues(code)
    with tempfile.TemporaryDirectory(prefix="ptce-golden-") as place:
        scratch, demo = Path(place), Path(place) / "demo"
        if played is None:
            line = [sys.executable, "-m", "rehearsal.run", str(demo)]
            environ = os.environ | {"PTCE_LANG": "fr", "COLUMNS": "80"}
            subprocess.run(line, env=environ, stdout=subprocess.DEVNULL, check=True)
        else:
            shutil.copytree(played, demo)
        ptce = Recorder(code, target, scratch, only)
        ptce.warm_up(demo)
        _helps(ptce, demo)
        _reads(ptce, demo)
        for line, language in product(LINES["refusals"], LANGUAGES):
            name = f"refusals/{line}.{language}"
            ptce.keep(name, demo, line, LINES["now"], language)
        for name, scene in LINES["scenes"].items():
            if re.search(only, f"acts/{name}/"):
                _scene(ptce, name, scene, demo, code)
        kept = (
            file for kind in ("*.txt", "received/*.eml", "papers/*") for file in demo.glob(kind)
        )
        for file in sorted(kept):
            ptce.keep_file(f"demo/{file.relative_to(demo)}", file)


def _helps(ptce: Recorder, demo: Path) -> None:
    lines = ["--help"], ["help", "admin"], ["help", "control"]
    usage = "".join(ptce.run(demo, line, LINES["now"], "en")[0] for line in lines)
    for language in LANGUAGES:
        for command in ("", *re.findall(COMMAND, usage, re.MULTILINE)):
            name = f"help/{command or 'ptce'}.{language}"
            ptce.keep(name, demo, f"{command} --help", LINES["now"], language)


def _reads(ptce: Recorder, demo: Path) -> None:
    """Each line that reads, as text in both languages and as data.

    The first of each command in each form and at some instants besides; what writes a file, once.
    """
    now, seen = LINES["now"], set()
    for line in LINES["reads"]:
        command, usage = ptce.usage(line)
        name = f"reads/{command}/{line}"
        for language in LANGUAGES[: 1 if "OUT" in line else 2]:
            ptce.keep(f"{name}.{language}", demo, line, now, language)
        if "OUT" in line:
            continue
        if "--json" in usage:
            ptce.keep(f"{name}.json", demo, f"{line} --json", now)
        if command in seen:
            continue
        seen.add(command)
        written = re.search(r"^  -o FILE(.*?)(?=^  -)", usage, re.MULTILINE | re.DOTALL)
        for form in re.findall(r"\.([a-z]+)\b(?! *goes)", written[1]) if written else ():
            ptce.keep(f"{name}.{form}", demo, f"{line} -o OUT.{form}", now)
        for instant in LINES["instants"] if re.search(AS_OF, usage, re.MULTILINE) else ():
            at = f'{line} --at "{instant}"'
            ptce.keep(f"{name} at {instant}.fr", demo, at, now)
            ptce.keep(f"{name} at {instant}.json", demo, f"{at} --json", now)


def _scene(ptce: Recorder, name: str, scene: dict[str, Any], demo: Path, code: Path) -> None:
    """Acts one after the other, each at its hour, in a folder of their own; once in each form."""
    for form in (*LANGUAGES, "json"):
        folder = demo.parent / "acts"
        if scene.get("begins") == "played":
            shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("received"))
        else:
            folder.mkdir()
        shutil.copytree(code / "rehearsal" / "dossiers", demo.parent / "dossiers")
        now = LINES["now"]
        for number, line in enumerate(scene["acts"], 1):
            if line.startswith("@"):
                now = line[1:]
                continue
            data = " --json" if form == "json" and "--json" in ptce.usage(line)[1] else ""
            title = f"acts/{name}/{form}/{number:03} {line[:80]}"
            language = "en" if form == "en" else "fr"
            ptce.keep(title, folder, line + data, now, language)
        shutil.rmtree(folder)
        shutil.rmtree(demo.parent / "dossiers")


def compare(old: Path, new: Path, only: str = "") -> int:
    """Prints how two records differ, a short difference for each file; 1 if they do."""
    files = {f.relative_to(d) for d in (old, new) for f in d.rglob("*") if f.is_file()} - {
        Path(MARK)
    }
    differing = 0
    for name in sorted(name for name in files if re.search(only, str(name))):
        before, after = (
            (d / name).read_text("utf-8").splitlines() if (d / name).exists() else []
            for d in (old, new)
        )
        if before != after:
            differing += 1
            print(f"=== {name}" + ("" if before and after else " (only in one)"))
            lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
            print("\n".join(lines[:SHOWN]))
            if len(lines) > SHOWN:
                print(f"… {len(lines) - SHOWN} more")
    print(f"{differing} of {len(files)} outputs differ.")
    return 1 if differing else 0


def compare_code(old: str, new: str, only: str) -> int:
    """Records two checkouts or revisions, and compares."""
    with tempfile.TemporaryDirectory() as place:
        for name, source in (("old", old), ("new", new)):
            code = Path(source).resolve()
            if not (code / "pyproject.toml").exists():
                code = Path(place) / f"code-{name}"
                code.mkdir()
                git = ["git", "archive", source]
                archive = subprocess.run(git, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
                subprocess.run(["tar", "-x", "-C", str(code)], input=archive, check=True)
            line = [__file__, "record", f"{place}/{name}", "--code", str(code), "--only", only]
            subprocess.run([sys.executable, *line], check=True)
        return compare(Path(place) / "old", Path(place) / "new", only)


def main() -> int:
    """Reads the line; a record runs in a process whose path begins with the checkout."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="+", help="record DIR, compare OLD NEW, or OLD NEW")
    parser.add_argument("--code", type=Path, default=ROOT, help="the checkout, else this one")
    parser.add_argument("--played", type=Path, help="a contest that was played before")
    parser.add_argument("--only", default="", help="the outputs whose name this pattern is in")
    asked = parser.parse_args()
    match asked.words:
        case ["compare", old, new]:
            return compare(Path(old), Path(new), asked.only)
        case ["record", target]:
            code = asked.code.resolve()
            if os.environ.get("PYTHONPATH") != str(code):
                os.environ |= {"PYTHONPATH": str(code), "PYTHONHASHSEED": "0"}
                os.execv(sys.executable, [sys.executable, *sys.argv])
            record(Path(target).resolve(), code, asked.played, asked.only)
            return 0
        case [old, new]:
            return compare_code(old, new, asked.only)
    return parser.error("see --help")


if __name__ == "__main__":
    sys.exit(main())
