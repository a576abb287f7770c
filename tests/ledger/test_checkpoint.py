"""A checkpoint says how far a ledger had come; whoever changes a letter of it is told so."""

import subprocess
from base64 import b64decode
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest
from msgspec.structs import replace

import ptce_workflow.ledger.checkpoint as notes
from ptce_workflow.app.checkpoints import checkpoint_files
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import beside_database
from ptce_workflow.ledger.checkpoint import Checkpoint, NoKey, NoNote, Signature, SignedNote
from ptce_workflow.ledger.events.base import read
from tests.chronicle import giver, lived
from tests.rehearsal import lines

__all__ = ["giver", "lived"]

OF = Checkpoint("ptce/whole-2024/" + "ab" * 32, 953, "cd" * 32)
KEY = notes.new_key()
PUBLIC = notes.public_key(KEY)
NOTE = notes.sign(OF, KEY)
WITNESS = Signature("cress.example/greffe", b"abcd", bytes(64))
TEXT = NOTE.encode().decode()


def test_is_a_signed_note(tmp_path: Path) -> None:
    """Three lines, an empty one, a signature that tells its key; `openssl` agrees with it."""
    origin, size, head, empty, signature, end = TEXT.split("\n")
    assert (origin, size, empty, end) == (f"ptce/whole-2024/{'ab' * 32}", "953", "", "")
    assert b64decode(head).hex() == OF.hash
    dash, name, value = signature.split(" ")
    assert (dash, name) == ("—", origin)
    raw = b64decode(value)
    assert raw[:4] == sha256(origin.encode() + b"\n\x01" + PUBLIC).digest()[:4]
    for file, content in (
        ("ptce.pub", notes.public_pem(PUBLIC)),
        ("text", OF.encode()),
        ("signature", raw[4:]),
    ):
        (tmp_path / file).write_bytes(content)
    command = "openssl pkeyutl -verify -pubin -inkey ptce.pub -rawin -in text -sigfile signature"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)


def test_read_as_it_was_written() -> None:
    assert notes.read(NOTE.encode()) == NOTE
    twice = SignedNote(OF, (*NOTE.signatures, WITNESS))
    assert notes.read(twice.encode()) == twice
    assert twice.signed_by(PUBLIC)
    assert twice.countersigned == (WITNESS.name,)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xef\xbb\xbf" + NOTE.encode(), "byte order mark"),
        (NOTE.encode().replace(b"\n", b"\r\n"), "Windows"),
        (NOTE.encode()[:-1], "three lines"),
        (NOTE.encode().replace(b"\n953", b"\n0953"), "three lines"),
        (NOTE.encode().replace(b"\n\n", b"\n"), "three lines"),
        (OF.encode() + b"\n", "three lines"),
        (b"", "three lines"),
        (b"\xff" + NOTE.encode(), "UTF-8"),
        (NOTE.encode().replace(b"=\n\n", b"=\n\n\xe2\x80\x94 x " + b"A" * 81 + b"\n"), "signature"),
    ],
)
def test_every_byte_is_as_it_must_be(content: bytes, why: str) -> None:
    with pytest.raises(NoNote, match=why):
        notes.read(content)


@pytest.mark.parametrize(
    "text",
    [
        f"Bonjour,\n\n{TEXT}\n-- \nMme Dupont\n",
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        TEXT.replace(" ", "\n"),
        TEXT.replace("—", "--").replace("\n", "\n\n"),
        TEXT.removesuffix("\n"),
    ],
)
def test_found_in_a_mail(text: str) -> None:
    """A mail program may quote it and break its lines: what was signed is written anew."""
    assert list(notes.find(text)) == [NOTE]


def test_a_letter_changed_is_told_by_the_signature() -> None:
    other = notes.public_key(notes.new_key())
    assert NOTE.signed_by(PUBLIC)
    assert not NOTE.signed_by(other)
    assert NOTE.names_key([other, PUBLIC])
    assert not NOTE.names_key([other])
    for changed in (replace(OF, size=952), replace(OF, hash="ce" * 32)):
        assert not SignedNote(changed, NOTE.signatures).signed_by(PUBLIC)
    short = Signature(OF.origin, NOTE.signatures[0].key_id, b"short")
    assert not SignedNote(OF, (short,)).signed_by(PUBLIC)


def test_each_decisive_act_is_followed_by_one(giver: Path) -> None:
    sizes = {
        one.note.checkpoint.size for one in checkpoint_files(beside_database(giver)) if one.note
    }
    with Contest.open(giver, actor="anne") as contest:
        every = [*map(read, lines(contest))]
    decisive = [line for line in every if line.data.is_decisive]
    kinds = {"process_adopted", "key_changed", "transition_made", "sitting_closed"}
    assert {line.type for line in decisive} == kinds
    acts = [[one.n for one in act] for _cause, act in groupby(every, attrgetter("actor", "at"))]
    for line in decisive:
        [act] = [act for act in acts if line.n in act]
        assert sizes & {n for n in act if n >= line.n}, line


def test_what_is_no_key_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    other = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (b"", b"x", other):
        with pytest.raises(NoKey):
            notes.sign(OF, content)
