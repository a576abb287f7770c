"""A checkpoint: the number and the hash of a ledger's head, signed.

Source: the syntax is that of a signed note: a text, an empty line, and a line for each signature.
What the text says is our own: a hash of a chain, not of a tree (decision 0202).
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.base.words import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


PUBLIC_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_DASH = "—"


class NoNote(ValueError):
    """This is no checkpoint; the message says why."""


class NoKey(ValueError):
    """This is no key that signs checkpoints; the message says why."""


class Checkpoint(Struct, frozen=True):
    """The head of a ledger: which one (see `origin_of`), how many lines, the hash of the last."""

    origin: str
    size: int
    hash: str

    def encode(self) -> bytes:
        head = b64encode(bytes.fromhex(self.hash)).decode()
        return f"{self.origin}\n{self.size}\n{head}\n".encode()


def origin_of(contest: str, ledger: str) -> str:
    """What a checkpoint calls a ledger: by its contest, and the origin in its first line."""
    return f"ptce/{contest}/{ledger}"


class Signature(Struct, frozen=True):
    name: str
    key_id: bytes
    value: bytes


class SignedNote(Struct, frozen=True):
    """A checkpoint with the signatures under it; the first is the contest's own."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        lines = (
            f"{_DASH} {signature.name} {b64encode(signature.key_id + signature.value).decode()}\n"
            for signature in self.signatures
        )
        return self.checkpoint.encode() + b"\n" + "".join(lines).encode()

    def signed_by(self, key: bytes) -> bool:
        """True when the contest has signed it with the private half of these 32 bytes."""
        text = self.checkpoint.encode()
        return any(is_signed(key, text, signature.value) for signature in self._signatures_of(key))

    def names_key(self, keys: Collection[bytes]) -> bool:
        """True when a signature says that one of these keys has made it, whether it has or not."""
        return any(self._signatures_of(key) for key in keys)

    def _signatures_of(self, key: bytes) -> list[Signature]:
        origin = self.checkpoint.origin
        named = (origin, key_id(origin, key))
        return [one for one in self.signatures if (one.name, one.key_id) == named]

    @property
    def countersigned(self) -> tuple[str, ...]:
        """The names of others who have signed it: their keys are not ours to check."""
        names = (signature.name for signature in self.signatures)
        return tuple(name for name in names if name != self.checkpoint.origin)


def sign(checkpoint: Checkpoint, private: bytes) -> SignedNote:
    """The checkpoint, signed by the contest with a private key as PEM. Raises: NoKey."""
    text, origin = checkpoint.encode(), checkpoint.origin
    signature = Signature(origin, key_id(origin, public_key(private)), signed(private, text))
    return SignedNote(checkpoint, (signature,))


_TEXT = (
    r"(?P<origin>ptce/[^\s/]+/[0-9a-f]{64})\n(?P<size>[1-9][0-9]{0,15})\n"
    r"(?P<head>[A-Za-z0-9+/]{43}=)\n"
)
_SIGNED = r"— (?P<name>[^\s+]+) (?P<value>[A-Za-z0-9+/]{80,}={0,2})"
_BARE = re.sub(r"\?P<\w+>", "?:", _SIGNED)


def _loosely(form: str) -> re.Pattern[str]:
    """The form as mail programs leave it: they break lines, add some, write dashes otherwise."""
    return re.compile(form.replace("—", "(?:—|–|--?)").replace(" ", r"\s+").replace(r"\n", r"\s+"))


_NOTE = re.compile(f"{_TEXT}\n(?P<signatures>(?:{_BARE}\n)+)")
_SIGNATURE = re.compile(_SIGNED)
_LOOSE_NOTE = _loosely(rf"{_TEXT}(?P<signatures>{_BARE}(?: {_BARE})*)")
_LOOSE_SIGNATURE = _loosely(_SIGNED)


def read(content: bytes) -> SignedNote:
    """The checkpoint that these bytes are, every one of them as it must be. Raises: NoNote."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise NoNote(_("It begins with a byte order mark, which an editor has added."))
    if b"\r" in content:
        raise NoNote(_("Its lines end as Windows ends them: an editor or a mail has changed them."))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoNote(_("It is not UTF-8 text.")) from error
    found = _NOTE.fullmatch(text)
    if found is None:
        raise NoNote(_("It is not three lines, an empty one and the signatures."))
    return _note(found, _SIGNATURE)


def find(text: str) -> Iterator[SignedNote]:
    """The checkpoints that a text quotes, however its lines were broken."""
    for found in _LOOSE_NOTE.finditer(text):
        try:
            yield _note(found, _LOOSE_SIGNATURE)
        except NoNote:
            continue


def _note(found: re.Match[str], line: re.Pattern[str]) -> SignedNote:
    head = b64decode(found["head"])
    if b64encode(head).decode() != found["head"]:
        raise NoNote(_("The hash in its third line is not written as it must be."))
    checkpoint = Checkpoint(found["origin"], int(found["size"]), head.hex())
    signatures = []
    for one in line.finditer(found["signatures"]):
        try:
            value = b64decode(one["value"], validate=True)
        except ValueError as error:
            raise NoNote(_("A signature is not written as it must be.")) from error
        signatures.append(Signature(one["name"], value[:_KEY_ID_BYTES], value[_KEY_ID_BYTES:]))
    return SignedNote(checkpoint, tuple(signatures))


def key_id(name: str, key: bytes) -> bytes:
    """The four bytes by which a signature tells which key of that name has made it."""
    return sha256(name.encode() + b"\n\x01" + key).digest()[:_KEY_ID_BYTES]


def new_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_key(private: bytes) -> bytes:
    """The 32 bytes of the public half of a private key. Raises: NoKey."""
    return _loaded(private).public_key().public_bytes_raw()


def public_pem(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def signed(private: bytes, content: bytes) -> bytes:
    """The signature of some bytes by a private key. Raises: NoKey."""
    return _loaded(private).sign(content)


def is_signed(key: bytes, content: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _loaded(private: bytes) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private, None)
    except (ValueError, TypeError) as error:
        raise NoKey(_("It is no private key without a password, as PEM.")) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(_("It is a key of another algorithm than Ed25519."))
    return key
