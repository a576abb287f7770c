"""The mails of a mailbox: a file, a Maildir, an mbox, or folders that an IMAP server keeps.

Nothing is ever changed there: folders are opened with EXAMINE, mails fetched with BODY.PEEK[].
"""

from __future__ import annotations

import asyncio
import re
import ssl
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from imaplib import IMAP4, IMAP4_SSL
from mailbox import Maildir, mbox
from pathlib import Path
from typing import Any

from msgspec import Struct

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, one_line
from ptce_workflow.mail.incoming import is_mail
from ptce_workflow.mail.settings import MailboxSettings
from ptce_workflow.mail.sign_in import secret, spellings, without, xoauth2

LARGEST_MB = 30
_LARGEST = LARGEST_MB * 1_000_000
_LONGEST_SAID = 300
_HEADERS = re.compile(rb"\r?\n\r?\n")
_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")


class StoredMail(Struct, frozen=True):
    """A mail as it lies in a mailbox; of one that is too large, the headers alone.

    `uid` is its number in the folder, as long as that has the same `validity`; 0 in a file.
    """

    mailbox: str
    content: bytes
    validity: int = 0
    uid: int = 0
    is_cut: bool = False

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


AlreadyRead = Callable[[str, int], Collection[int]]
"""Gives the numbers that were read before of a mailbox, by its name and its validity."""


def of_file(path: Path) -> Iterator[StoredMail]:
    """The mails of a file, an mbox or a Maildir. Raises: Misuse."""
    try:
        if path.is_dir():
            yield from _of_maildir(path)
            return
        with path.open("rb") as file:
            beginning = file.read(5)
        if beginning == b"From ":
            with closing(mbox(path, create=False)) as box:
                yield from (_whole(path, box.get_bytes(key)) for key in box.iterkeys())
            return
        content = path.read_bytes()
    except OSError as error:
        what = _("{file} cannot be read.").format(file=path)
        raise Misuse(what, error.strerror or "") from error
    if not is_mail(content):
        what = _("{file} is no mail.").format(file=path)
        raise Misuse(what, mend=_("Name a mail (.eml), an mbox, or a Maildir."))
    yield _whole(path, content)


def _of_maildir(path: Path) -> Iterator[StoredMail]:
    if not all((path / name).is_dir() for name in ("cur", "new")):
        what = _("{file} is no Maildir.").format(file=path)
        raise Misuse(what, _("A Maildir holds the folders cur and new."))
    box = Maildir(path, create=False)
    for key in sorted(box.iterkeys()):
        # Another program moves mails meanwhile: what has gone is there at the next reading.
        with suppress(KeyError, FileNotFoundError):
            yield _whole(path, box.get_bytes(key))


def _whole(path: Path, content: bytes) -> StoredMail:
    name = str(path)
    if len(content) <= _LARGEST:
        return StoredMail(name, content)
    return StoredMail(name, _HEADERS.split(content[:_LARGEST], maxsplit=1)[0], is_cut=True)


def of_server(settings: MailboxSettings, read: AlreadyRead) -> Iterator[StoredMail]:
    """The mails of the folders of a mailbox that were not read before. Raises: PtceError."""
    with _signed_in(settings) as client:
        for folder in settings.folders:
            yield from _of_folder(client, settings, folder, read)


def mails_in_folders(settings: MailboxSettings) -> dict[str, int]:
    """How many mails each folder of a mailbox has; none is fetched. Raises: PtceError."""
    with _signed_in(settings) as client:
        return {folder: _examine(client, settings, folder) for folder in settings.folders}


def _examine(client: IMAP4, settings: MailboxSettings, folder: str) -> int:
    """Opens a folder to be read alone; how many mails it has. Raises: PtceError."""
    status, said = client.select(_quoted(folder), readonly=True)
    if status != "OK":
        what = _("The mailbox of {host} has no folder {name}.")
        raise PtceError(what.format(host=settings.host, name=folder), _words(said))
    return int(said[0] or 0)


def _of_folder(
    client: IMAP4, settings: MailboxSettings, folder: str, read: AlreadyRead
) -> Iterator[StoredMail]:
    name = f"imap://{settings.user}@{settings.host}/{folder}"
    count = _examine(client, settings, folder)
    _name, (number, *_more) = client.response("UIDVALIDITY")
    validity = int(number or 0)
    before = read(name, validity)
    for one in _answer(client.uid("FETCH", "1:*", "(RFC822.SIZE)")) if count else ():
        uid, size = (int(match[1]) if (match := at.search(one)) else 0 for at in (_UID, _SIZE))
        if not uid or uid in before:
            continue
        is_cut = size > _LARGEST
        part = "(BODY.PEEK[HEADER])" if is_cut else "(BODY.PEEK[])"
        answer = _answer(client.uid("FETCH", str(uid), part))
        # Nothing of one that somebody has moved or deleted since.
        content = next((one[1] for one in answer if isinstance(one, tuple)), b"")
        if content:
            yield StoredMail(name, content, validity, uid, is_cut)


@contextmanager
def _signed_in(settings: MailboxSettings) -> Iterator[IMAP4]:
    """A connection to the server, signed in. Raises: PtceError, in the server's own words."""
    word = ""
    try:
        word = asyncio.run(secret(settings))
        client = _connected(settings)
        try:
            mechanism, answer = "PLAIN", f"\0{settings.user}\0{word}"
            if settings.has_token:
                mechanism, answer = "XOAUTH2", xoauth2(settings.user, word)
            # A second challenge tells why the first answer was refused: it wants an empty one.
            client.authenticate(mechanism, lambda told: b"" if told else answer.encode())
            yield client
        finally:
            with suppress(IMAP4.error, OSError):
                client.logout()
    except (IMAP4.error, OSError, ValueError) as error:
        said = _words(error.args, spellings(settings.user, word) if word else ())
        what = _("The mailbox of {host} cannot be read.").format(host=settings.host)
        mend = _("What was read of it stays; the next reading goes on from there.")
        raise PtceError(what, said, mend) from error


def _connected(settings: MailboxSettings) -> IMAP4:
    context = ssl.create_default_context(cafile=settings.ca_file)
    host, port, timeout = settings.host, settings.port, settings.connect_timeout_s
    if settings.security == "tls":
        client: IMAP4 = IMAP4_SSL(host, port, ssl_context=context, timeout=timeout)
    else:
        client = IMAP4(host, port, timeout=timeout)
        if settings.security == "starttls":
            client.starttls(context)
    client.sock.settimeout(settings.command_timeout_s)
    return client


def _quoted(folder: str) -> str:
    """The name of a folder as IMAP takes it. Source: RFC 3501 section 5.1.3."""

    def encoded(match: re.Match[str]) -> str:
        text = b64encode(match[0].encode("utf-16-be")).decode()
        return f"&{text.rstrip('=').replace('/', ',')}-"

    name = re.sub(r"[^\x20-\x7e]+", encoded, folder.replace("&", "&-"))
    return '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))


def _answer(answered: tuple[str, list[Any]]) -> list[Any]:
    status, data = answered
    if status != "OK":
        raise IMAP4.error(*data)
    return data


def _words(said: Any, secrets: Sequence[str] = ()) -> str:
    texts = (one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in said)
    # Before they are cut: of a secret that is cut, the beginning would stay.
    return one_line(without(" ".join(texts), secrets), at_most=_LONGEST_SAID)
