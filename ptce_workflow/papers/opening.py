"""Opens what arrives, in a process of its own: what a file does to its reader stays there.

A child reads one file after another, with a limit on memory where the system has one, and on
time; what it read comes back through a pipe.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO

import msgspec
from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _, language, speaking
from ptce_workflow.mail.incoming import Incoming, incoming
from ptce_workflow.papers.files import of_file, sound_archive
from ptce_workflow.papers.form_blocks import (
    Document,
    blocks_of_docx,
    blocks_of_odt,
    blocks_of_text,
)
from ptce_workflow.papers.form_cells import blocks_of_ods, blocks_of_xlsx
from ptce_workflow.papers.sniffing import Kind, kind_of, text_in

MOST_MEMORY = 1 << 30
MOST_SECONDS = 30
_LARGEST_ANSWER = 1 << 28
_LENGTH = 8
_DEEPEST = 5
_LONGEST_NAME = 80


class Problem(Struct, frozen=True):
    """Why a file cannot be read, in the reader's language: what, why, and how to mend it."""

    what: str
    why: str = ""
    mend: str = ""


class Opened(Struct, frozen=True):
    """A file that was opened: what it holds by its kind, or the problem that it has.

    `name` is fit to be shown, never to be used as a path. A form, a plain text and the body of a
    message have a `document`; `text` is that of TOML and JSON. Each of `pieces` is the piece of
    the message in the same place, whose content is left out there.
    """

    name: str
    kind: Kind | None = None
    document: Document | None = None
    text: str = ""
    message: Incoming | None = None
    pieces: tuple[Opened, ...] = ()
    problem: Problem | None = None


_Request = tuple[str, bytes, str]
"""The name of a file, its content, and the language of the reader."""


class Reader:
    """Opens files by a child that lives as long as the block, and is begun anew where one dies."""

    def __init__(self, *, memory: int = MOST_MEMORY, seconds: float = MOST_SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end()

    def open(self, name: str, content: bytes) -> Opened:
        """What a file holds; `name` is what its sender called it.

        *Raises* Misuse, naming the file, for one that cannot be read. A piece of a message that
        cannot be read has its `problem` instead.
        """
        opened = self._asked((called(name), content, language()))
        if opened.problem is not None:
            found = opened.problem
            raise of_file(opened.name, Misuse(found.what, found.why, found.mend))
        return opened

    def _asked(self, request: _Request) -> Opened:
        with suppress(OSError, msgspec.MsgspecError):
            child = self._child = self._child or _begun(self._memory)
            assert child.stdin is not None
            assert child.stdout is not None
            # What is killed answers nothing; that ends the wait below.
            timer = Timer(self._seconds, child.kill)
            timer.start()
            try:
                _send(child.stdin, msgspec.msgpack.encode(request))
                answer = _received(child.stdout)
            finally:
                timer.cancel()
            if answer is not None:
                return msgspec.msgpack.decode(answer, type=Opened)
        self._end()
        return Opened(
            request[0],
            problem=Problem(
                _("This file cannot be read."),
                _("Reading it took more memory or time than any form does."),
                _("Open it in the office program and save it again, as .docx or .xlsx."),
            ),
        )

    def _end(self) -> None:
        if self._child is not None:
            # What was not sent yet is lost with it.
            with suppress(OSError), self._child as child:
                child.kill()
            self._child = None


def opened(name: str, content: bytes, depth: int = 0) -> Opened:
    """A file opened in this very process: whoever asks must be able to lose it; see `Reader`."""
    told = called(name)
    try:
        kind = kind_of(name, content)
        match kind:
            case "message" if depth < _DEEPEST:
                return _message(told, content, depth)
            case "toml" | "json":
                return Opened(told, kind, text=text_in(content))
            case "docx":
                read = blocks_of_docx(_sound(content))
            case "odt":
                read = blocks_of_odt(_sound(content))
            case "xlsx":
                read = blocks_of_xlsx(content)
            case "ods":
                read = blocks_of_ods(_sound(content))
            case _:
                read = blocks_of_text(text_in(content))
        return Opened(told, kind, read)
    except Misuse as error:
        return Opened(told, problem=Problem(error.what, error.why, error.mend))
    except MemoryError:
        raise
    except Exception as error:
        damage = Problem(
            _("This file is damaged, or cut off."),
            _("The reader says: {reason}").format(reason=type(error).__name__),
            _("Open it in the office program and save it again, as .docx or .xlsx."),
        )
        return Opened(told, problem=damage)


def _message(name: str, content: bytes, depth: int) -> Opened:
    found = incoming(content)
    pieces = tuple(opened(piece.name, piece.content, depth + 1) for piece in found.pieces)
    bare = tuple(msgspec.structs.replace(piece, content=b"") for piece in found.pieces)
    message = msgspec.structs.replace(found, pieces=bare)
    return Opened(name, "message", blocks_of_text(found.text), "", message, pieces)


def _sound(content: bytes) -> bytes:
    return sound_archive(content, properties=True).getvalue()


def called(name: str) -> str:
    """A name that a sender gave a file, as it can be shown: without folders and unseen signs."""
    return one_line(re.split(r"[/\\]", name)[-1], at_most=_LONGEST_NAME) or "?"


def _begun(memory: int) -> subprocess.Popen[bytes]:
    # Nothing is imported from the folder where the command runs; the package may stand anywhere.
    begin = "import sys; sys.path.append(sys.argv[1]); from {name} import serve; serve(sys.argv[2])"
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", begin.format(name=__name__), str(root), str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def serve(memory: str) -> None:
    """The child: opens what it is sent, until nothing more comes."""
    with suppress(ImportError, OSError, ValueError):
        # Not every system has it.
        from resource import RLIMIT_AS, setrlimit

        setrlimit(RLIMIT_AS, (int(memory), int(memory)))
    while (sent := _received(sys.stdin.buffer)) is not None:
        name, content, spoken = msgspec.msgpack.decode(sent, type=_Request)
        with speaking(spoken):
            answer = opened(name, content)
        _send(sys.stdout.buffer, msgspec.msgpack.encode(answer))


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(_LENGTH, "big"))
    stream.write(message)
    stream.flush()


def _received(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the other side is gone."""
    length = int.from_bytes(stream.read(_LENGTH), "big")
    message = stream.read(length) if 0 < length <= _LARGEST_ANSWER else b""
    return message if length and len(message) == length else None
