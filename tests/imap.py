"""A mailbox as an IMAP server shows it, for the tests: it answers what the program asks, no more.

Whoever would change anything there fails: it knows neither SELECT, nor STORE, nor a FETCH that
marks a mail as read. A real server is asked in `tests/slow/test_mailbox.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from imaplib import IMAP4
from typing import Any

PASSWORD = "not a secret"


@dataclass
class Imap:
    """Folders of mails by number; after `breaks_after` mails the connection breaks."""

    folders: dict[str, dict[int, bytes]]
    validity: int = 7
    breaks_after: int = 10_000
    sizes: Mapping[int, int] = field(default_factory=dict)
    fetched: list[tuple[str, int]] = field(default_factory=list)
    signed_in: list[tuple[str, bytes]] = field(default_factory=list)
    folder: str = ""

    def authenticate(self, mechanism: str, answer: Any) -> tuple[str, list[bytes]]:
        told = answer(b"")
        self.signed_in.append((mechanism, told))
        if PASSWORD.encode() not in told:
            assert answer(b'{"status":"400"}') == b""
            raise IMAP4.error(b"[AUTHENTICATIONFAILED] refused " + told)
        return "OK", [b""]

    def select(self, mailbox: str, readonly: bool) -> tuple[str, list[bytes]]:
        assert readonly
        self.folder = mailbox.strip('"')
        if self.folder not in self.folders:
            return "NO", [b"[NONEXISTENT] no such folder"]
        return "OK", [str(len(self.folders[self.folder])).encode()]

    def response(self, _code: str) -> tuple[str, list[bytes]]:
        return "UIDVALIDITY", [str(self.validity).encode()]

    def uid(self, command: str, numbers: str, what: str) -> tuple[str, list[Any]]:
        assert command == "FETCH"
        mails = self.folders[self.folder]
        if what == "(RFC822.SIZE)":
            sizes = {uid: self.sizes.get(uid, len(content)) for uid, content in mails.items()}
            return "OK", [b"1 (UID %d RFC822.SIZE %d)" % one for one in sizes.items()]
        uid = int(numbers)
        if len(self.fetched) == self.breaks_after:
            raise IMAP4.abort("* BYE signed out")
        self.fetched.append((self.folder, uid))
        content = mails[uid]
        if what == "(BODY.PEEK[HEADER])":
            content = content.partition(b"\n\n")[0]
        else:
            assert what == "(BODY.PEEK[])"
        return "OK", [(b"1 (UID %d BODY[] {%d}" % (uid, len(content)), content), b")"]

    def logout(self) -> None:
        self.folder = ""
