"""Files opened in a child process with bounded memory.

A child reads one file after another, with a limit on memory where the system has one, and on time.
"""

from __future__ import annotations

import re
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import msgspec
from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, language, one_line, speaking
from ptce_workflow.mail.incoming import Incoming, incoming
from ptce_workflow.office.files import PROPERTIES, Kind, kind_of, of_file, sound_archive, text_in
from ptce_workflow.office.forms.blocks import (
    FormDocument,
    blocks_of_docx,
    blocks_of_ods,
    blocks_of_odt,
    blocks_of_text,
    blocks_of_xlsx,
)

MOST_MEMORY = 1 << 30
MOST_SECONDS = 30
_DEEPEST = 5
_LONGEST_NAME = 80


class OpenedFile(Struct, frozen=True):
    """A file that was opened: what it holds, or why it cannot be read.

    `name` is fit to be shown, never to be used as a path. The `document` of a message is its text;
    what is attached to it stands in `pieces` alone.
    """

    name: str
    kind: Kind | None = None
    document: FormDocument | None = None
    message: Incoming | None = None
    pieces: tuple[OpenedFile, ...] = ()
    problem: Misuse | None = None


class FileReader:
    """Opens files by a child that lives as long as the block, and is begun anew where one dies."""

    def __init__(self, *, memory: int = MOST_MEMORY, seconds: float = MOST_SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
        self._child: BaseProcess | None = None
        self._pipe: Connection

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._child is not None:
            self._child.kill()
            self._pipe.close()
            self._child = None

    def open(self, name: str, content: bytes) -> OpenedFile:
        """What a file holds; `name` is what its sender called it.

        Raises: Misuse, naming the file, for one that cannot be read. A piece of a message that
        cannot be read has its `problem` instead.
        """
        opened = self._answer(display_name(name), content)
        if opened.problem is not None:
            raise of_file(opened.name, opened.problem)
        return opened

    def _answer(self, name: str, content: bytes) -> OpenedFile:
        with suppress(EOFError, OSError):
            if self._child is None:
                self._begin()
            self._pipe.send((name, content, language()))
            if self._pipe.poll(self._seconds):
                answer: OpenedFile = self._pipe.recv()
                return answer
        self.__exit__()
        why = _("Reading it took more memory or time than any form does.")
        return OpenedFile(name, problem=Misuse(_("This file cannot be read."), why, _save_again()))

    def _begin(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(target=serve, args=(theirs, self._memory), daemon=True)
        self._child.start()
        theirs.close()


def serve(pipe: Connection, memory: int) -> None:
    """The child: opens what it is sent, until nothing more comes or memory runs out."""
    with suppress(ImportError, OSError, ValueError):
        # Not every system has it.
        from resource import RLIMIT_AS, setrlimit

        setrlimit(RLIMIT_AS, (memory, memory))
    with suppress(EOFError, KeyboardInterrupt, MemoryError, OSError):
        while True:
            name, content, spoken = pipe.recv()
            with speaking(spoken):
                pipe.send(opened(name, content))


def opened(name: str, content: bytes, depth: int = 0) -> OpenedFile:
    """A file opened in this very process: whoever asks must be able to lose it; see `Reader`."""
    label = display_name(name)
    try:
        kind = kind_of(content)
        match kind:
            case "message" if depth < _DEEPEST:
                return _message(label, content, depth)
            case "docx":
                document = blocks_of_docx(_sound(content))
            case "odt":
                document = blocks_of_odt(_sound(content))
            case "xlsx":
                document = blocks_of_xlsx(content)
            case "ods":
                document = blocks_of_ods(_sound(content))
            case _:
                document = blocks_of_text(text_in(content))
        return OpenedFile(label, kind, document)
    except Misuse as error:
        return OpenedFile(label, problem=error)
    except MemoryError:
        raise
    except Exception:
        # A damaged file fails anywhere: in the archive, in XML, in a number, in a missing part.
        damage = Misuse(_("This file is damaged, or cut off."), mend=_save_again())
        return OpenedFile(label, problem=damage)


def _message(name: str, content: bytes, depth: int) -> OpenedFile:
    mail = incoming(content)
    pieces = tuple(opened(piece.name, piece.content, depth + 1) for piece in mail.pieces)
    message = msgspec.structs.replace(mail, pieces=())
    return OpenedFile(name, "message", blocks_of_text(mail.text), message, pieces)


def _sound(content: bytes) -> bytes:
    return sound_archive(content, PROPERTIES).getvalue()


def _save_again() -> str:
    return _("Open it in the office program and save it again, as .docx or .xlsx.")


def display_name(name: str) -> str:
    """A name that a sender gave a file, as it can be shown: without folders and unseen signs."""
    return one_line(re.split(r"[/\\]", name)[-1], at_most=_LONGEST_NAME) or "?"
