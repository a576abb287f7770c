"""Structs by name, kept small: of many only those lately looked at are kept unpacked."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TypeVar

from msgspec import Struct, msgpack

S = TypeVar("S", bound=Struct)

MOST_UNPACKED = 2048
"""Lines that follow each other tell of the same few."""


class Packed(MutableMapping[str, S]):
    """A mapping to structs that nobody changes in place, in the order in which they came.

    A candidature takes five times as much as an object as it does in bytes; verifying a ledger
    has to know the last state of each, and comes back to few.
    """

    def __init__(self, kind: type[S], most: int = MOST_UNPACKED) -> None:
        self._most = most
        self._bytes: dict[str, bytes] = {}
        self._lately: dict[str, S] = {}
        self._encoder = msgpack.Encoder()
        self._decoder = msgpack.Decoder(kind)

    def __getitem__(self, name: str) -> S:
        found = self._lately.get(name)
        if found is None:
            found = self._decoder.decode(self._bytes[name])
            self._keep(name, found)
        return found

    def __setitem__(self, name: str, value: S) -> None:
        # What it was packed to before is old; its place in the order stays.
        self._bytes[name] = b""
        self._keep(name, value)

    def __delitem__(self, name: str) -> None:
        del self._bytes[name]
        self._lately.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._bytes

    def __iter__(self) -> Iterator[str]:
        return iter(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes)

    def _keep(self, name: str, value: S) -> None:
        self._lately.pop(name, None)
        self._lately[name] = value
        if len(self._lately) > self._most:
            # Half of them at once, the oldest ones, so that few lines pay for it.
            for old in list(self._lately)[: self._most // 2]:
                packed = self._lately.pop(old)
                self._bytes[old] = self._encoder.encode(packed)
