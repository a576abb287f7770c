"""A contest folder as bytes, and the hash that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

Files = Mapping[str, bytes]


def process_hash(files: Files) -> str:
    """The hash that names a process: SHA-256 of the list that `sha256sum` would print.

    The list holds one line a file, `<sha256>  <path>`, sorted by the bytes of the path; anyone
    can recompute it with `find`, `sort` and `sha256sum`.
    """
    listing = b"".join(
        b"%s  %s\n" % (hashlib.sha256(files[path]).hexdigest().encode(), path.encode())
        for path in sorted(files, key=str.encode)
    )
    return hashlib.sha256(listing).hexdigest()
