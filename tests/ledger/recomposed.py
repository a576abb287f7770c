"""The mails of a ledger that was written anew, composed anew: each quotes the line as it is now."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from ptce_workflow.ledger.examine import MAILED
from ptce_workflow.ledger.line import FIRST_PREV, Line, digest
from ptce_workflow.mail.message import attached_files, with_files
from ptce_workflow.process.letters.message import words_hash

_QUOTE = re.compile(rb"X-PTCE-Line: (\d+) ([0-9a-f]{64})")
_SHOWN = 16
_BETWEEN = r"(?:=\r\n|=C2=A0|[\s\u00a0])*"


class _Mail:
    """A mail as the tables hold it: its words, and its bytes if it has left.

    `files` are those of all mails, by their SHA-256: `content` leaves them out.
    """

    def __init__(self, words: str, content: bytes | None, files: Mapping[str, bytes]) -> None:
        self.words, self.content, self._files = words, content, files
        self._was, self._is_done = words_hash(words), False

    def hash_of(self, words: str) -> str:
        """The hash by which a line names its words, where it named those that it had before."""
        return words_hash(self.words) if words == self._was else words

    def sha256(self, told: str) -> str:
        """The hash of the mail with its files; the one told where nobody has its bytes."""
        if self.content is None or any(
            hash_ not in self._files for _name, hash_ in attached_files(self.content)
        ):
            return told
        return sha256(with_files(self.content, self._files)).hexdigest()

    def quote(self, known: Mapping[int, tuple[int, str]]) -> None:
        """Has it quote the line that it quotes by its number and hash as they are now."""
        found = None if self.content is None else _QUOTE.search(self.content)
        if found is None or self.content is None or self._is_done:
            return
        self._is_done = True
        old, was = int(found[1]), found[2].decode()
        new, now = known[old]
        text = self.content.decode("ascii").replace(f": {old} {was}", f": {new} {now}")
        self.content = _shown(text, (old, was), (new, now)).encode("ascii")
        self.words = _shown(self.words, (old, was), (new, now))


def _shown(text: str, before: tuple[int, str], after: tuple[int, str]) -> str:
    """A text that shows another line and the first digits of another hash, wrapped as it was."""
    digits = _BETWEEN.join(f"({digit})" for digit in before[1][:_SHOWN])

    def changed(found: re.Match[str]) -> str:
        shown = found[0]
        for place, digit in reversed([*enumerate(after[1][:_SHOWN], 1)]):
            at = found.start(place) - found.start()
            shown = shown[:at] + digit + shown[at + 1 :]
        return shown

    text = re.sub(digits, changed, text)
    if before[0] == after[0]:
        return text
    return re.sub(rf"\b(ligne|line)([\s\u00a0]){before[0]}\b", rf"\g<1>\g<2>{after[0]}", text)


def _with_mails(
    line: Line, mails: Mapping[str, _Mail], known: Mapping[int, tuple[int, str]]
) -> Line:
    """A line that tells of mails, with the hashes of what they say by now."""
    data = line.data
    if line.type in (*MAILED, "message_edited"):
        mail = mails[data["message"]]
        mail.quote(known)
        if line.type in MAILED:
            return replace(line, data={**data, "sha256": mail.sha256(data["sha256"])})
        return replace(line, data={**data, "words": mail.hash_of(data["words"])})
    if line.type == "messages_released":
        for name in data["words"]:
            mails[name].quote(known)
        words = {name: mails[name].hash_of(hash_) for name, hash_ in data["words"].items()}
        return replace(line, data={**data, "words": words})
    return line


def composed_anew(
    database: Any, lines: Sequence[Line], origins: Sequence[int | None]
) -> list[Line]:
    """Composes every mail that left anew, in the order of the lines; the lines that tell so.

    `origins` are the numbers that the lines had before, None for a new one.
    """
    rows = database.execute(
        "SELECT number, words, content, read, message.sha256 FROM message"
        " LEFT JOIN mail USING (contest, number)"
    ).fetchall()
    files = dict(database.execute("SELECT sha256, content FROM document"))
    mails = {
        f"M-{number:03d}": _Mail(words, content and bytes(content), files)
        for number, words, content, _read, _told in rows
    }
    known = dict[int, tuple[int, str]]()
    written, prev = list[Line](), FIRST_PREV
    for n, (line, origin) in enumerate(zip(lines, origins, strict=True), 1):
        line = _with_mails(replace(line, n=n, prev=prev), mails, known)
        prev = digest(line.encode())
        written.append(line)
        if origin is not None:
            known[origin] = n, prev
    for number, _words, _content, read, told in rows:
        mail = mails[f"M-{number:03d}"]
        database.execute(
            "UPDATE message SET words = ?, read = ?, sha256 = ? WHERE number = ?",
            (mail.words, mail.hash_of(read), told and mail.sha256(told), number),
        )
        if mail.content is not None:
            database.execute("UPDATE mail SET content = ? WHERE number = ?", (mail.content, number))
    return written
