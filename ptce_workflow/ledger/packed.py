"""Structs by name, kept small: of many only those lately looked at are kept unpacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, ValuesView
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from msgspec import Struct, msgpack
from msgspec.structs import fields, force_setattr

from ptce_workflow.process.rules.case import Case, Unread

S = TypeVar("S", bound=Struct)

MOST_UNPACKED = 12_288
"""Up to so many all stay as they are."""

LATELY = 128
"""Of more, so many at least: lines that follow each other tell of the same few.

Those that are about to be packed should still be in the processor's cache.
"""

_PARTS_READ = 4
"""So many of each part that is packed are at hand as they were read: a line asks several times."""


_MOST_LAYERS = 4
"""Of so many at most a packed part is: what is written besides has all of it packed anew."""

_PARTS = ("facts", "private", "scores", "declared")
_parts_of = attrgetter(*_PARTS)

_packed = msgpack.Encoder().encode


class _Part(Unread):
    """A part of a candidature, packed; what is written into it is laid over what it held."""

    def with_written(self, new: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(self._content) < _MOST_LAYERS:
            return _Part((*self._content, _packed(new)), self._read)
        return _Part((_packed(super().with_written(new)),), self._read)


def _reader(type_: Any) -> Callable[[tuple[bytes, ...]], Mapping[str, Any]]:
    """What reads a part of some type, whatever was laid over it."""
    read = msgpack.Decoder(type_).decode

    def together(layers: tuple[bytes, ...]) -> Mapping[str, Any]:
        first: dict[str, Any] = read(layers[0])
        for layer in layers[1:]:
            first.update(read(layer))
        return first

    return together


class Cases(dict[str, Case]):
    """Candidatures by id; one that has changed is set anew.

    Of many that no line was about lately, what takes the most room is packed, each part by itself,
    until somebody reads it. To pack them whole would take a little less room and a third more time:
    lines come back to each of them, and read or change little of it.
    """

    def __init__(self, most: int = MOST_UNPACKED) -> None:
        super().__init__()
        self._few = most
        self._lately: dict[str, Case] = {}
        """Of many, those set lately; those set just before them are `_earlier`."""
        self._earlier: dict[str, Case] = {}
        types = {field.name: field.type for field in fields(Case)}
        self._read = {name: lru_cache(maxsize=_PARTS_READ)(_reader(types[name])) for name in _PARTS}
        self._given: dict[frozenset[str], frozenset[str]] = {}

    def __setitem__(self, id_: str, case: Case) -> None:
        super().__setitem__(id_, case)
        if len(self) > self._few:
            if self._few:
                # From here on they are many, whatever is taken out.
                self._few, self._lately = 0, dict(self)
            self._lately[id_] = case
            if len(self._lately) >= LATELY:
                # All at once, so that few lines pay for it.
                for old in self._earlier.keys() - self._lately.keys():
                    self._pack(self._earlier[old])
                self._earlier, self._lately = self._lately, {}

    def _pack(self, case: Case) -> None:
        for name, part in zip(_PARTS, _parts_of(case), strict=True):
            # Of what is packed already the mere question whether it is empty has it read.
            if type(part) is not _Part and part:
                force_setattr(case, name, _Part((_packed(part),), self._read[name]))
        # Many have given the same.
        force_setattr(case, "given", self._given.setdefault(case.given, case.given))


class Packed(MutableMapping[str, S]):
    """A mapping to structs, in the order in which they came; one that has changed is set anew.

    A mail takes twice as much as an object as it does in bytes; verifying a ledger has to know the
    last state of each, and comes back to few.
    """

    def __init__(self, kind: type[S], most: int = MOST_UNPACKED) -> None:
        self._most = most
        self._few = most
        self._all: dict[str, Any] = {}
        """Each as it is, or packed."""
        self._lately: dict[str, bytes] = {}
        """Of many, what those that are not packed were packed to, unless they have changed."""
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
                self._all[old] = self._lately.pop(old) or _packed(self._all[old])


class _Values(ValuesView[S]):
    _mapping: Packed[S]

    def __iter__(self) -> Iterator[S]:
        return map(self._mapping.seen, self._mapping)
