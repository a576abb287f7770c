"""Structs by name, kept small: of many only those lately looked at are kept unpacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence, ValuesView
from typing import Any, TypeVar

from msgspec import Struct, msgpack

S = TypeVar("S", bound=Struct)

MOST_UNPACKED = 12_288
"""Up to so many all stay as they are."""

LATELY = 128
"""Of more, so many at least: lines that follow each other tell of the same few.

Those that are about to be packed should still be in the processor's cache.
"""


class Packed(MutableMapping[str, S]):
    """A mapping to structs, in the order in which they came; one that has changed is set anew.

    A candidature takes five times as much as an object as it does in bytes; verifying a ledger has
    to know the last state of each, and comes back to few.
    """

    def __init__(self, kind: type[S], most: int = MOST_UNPACKED) -> None:
        self._most = most
        self._few = most
        self._all: dict[str, Any] = {}
        """Each as it is, or packed."""
        self._lately: dict[str, bytes] = {}
        """Of many, what those that are not packed were packed to, unless they have changed."""
        self._packed = msgpack.Encoder().encode
        self._unpacked: Callable[[bytes], S] = msgpack.Decoder(kind).decode

    def get(self, name: str, default: Any = None) -> Any:
        """The struct of this name, as any mapping gives it: asked several times for every line."""
        found = self._all.get(name, default)
        return self._looked_at(name, found) if type(found) is bytes else found

    def __getitem__(self, name: str) -> S:
        found = self._all[name]
        return self._looked_at(name, found) if type(found) is bytes else found

    def __setitem__(self, name: str, value: S) -> None:
        self._all[name] = value
        if len(self._all) > self._few:
            if self._few:
                # From here on they are many, whatever is taken out.
                self._few, self._lately = 0, dict.fromkeys(self._all, b"")
            self._lately[name] = b""
            self._make_room()

    def __delitem__(self, name: str) -> None:
        del self._all[name]
        self._lately.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._all

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def values(self) -> ValuesView[S]:
        """All of them, each unpacked while it is looked at."""
        return _Values(self)

    def in_order(self, key: Callable[[S], Any]) -> Sequence[S]:
        """All of them, sorted, each unpacked when it is looked at."""
        keys = sorted((key(value), name) for name, value in zip(self, self.values(), strict=True))
        return _InOrder(self, [name for _key, name in keys])

    def seen(self, name: str) -> S:
        """The struct of this name, not kept unpacked for having been looked at."""
        found = self._all[name]
        return self._unpacked(found) if type(found) is bytes else found

    def _looked_at(self, name: str, packed: bytes) -> S:
        found = self._all[name] = self._unpacked(packed)
        self._lately[name] = packed
        self._make_room()
        return found

    def _make_room(self) -> None:
        """Packs the oldest ones at once, so that few lines pay for it."""
        if len(self._lately) > min(2 * LATELY, self._most):
            for old in list(self._lately)[: -max(1, min(LATELY, self._most // 2))]:
                self._all[old] = self._lately.pop(old) or self._packed(self._all[old])


class _Values(ValuesView[S]):
    _mapping: Packed[S]

    def __iter__(self) -> Iterator[S]:
        return map(self._mapping.seen, self._mapping)


class _InOrder(Sequence[S]):
    def __init__(self, packed: Packed[S], names: list[str]) -> None:
        self._packed = packed
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._packed.seen(name) for name in self._names[place]]
        return self._packed.seen(self._names[place])
