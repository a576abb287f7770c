"""A contest folder: the places of its parts, its bytes, and the hash that names it."""

from __future__ import annotations

from collections.abc import Mapping

CONFIG = "config.toml"
PARTS = (CONFIG, "states", "sheets", "requests", "notifications", "texts", "translations")
LAYOUT = "notifications/layout.html.j2"
"""The page around every mail, where a folder has its own."""
LARGEST_FILE_BYTES = 1_000_000


def state_file(name: str) -> str:
    """The file of a state, or of `start` or `any`."""
    return f"states/{name}.toml"


def sheet_file(name: str) -> str:
    """The file of a sheet."""
    return f"sheets/{name}.toml"


def request_file(name: str) -> str:
    """The file of a request."""
    return f"requests/{name}.toml"


def mail_file(name: str, language: str = "") -> str:
    """The file of a mail, or that of its text in another language than the folder's."""
    return f"notifications/{name}{f'.{language}' if language else ''}.md"


def text_file(name: str, language: str = "") -> str:
    """The file of a text, or that of the text in another language than the folder's."""
    return f"texts/{name}{f'.{language}' if language else ''}.md"


def catalogue_file(language: str) -> str:
    """The file of what the phrases of a folder are in another language."""
    return f"translations/{language}.po"


Files = Mapping[str, bytes]


def process_hash(files: Files) -> str:
    """The hash that names a process: SHA-256 of the list that `sha256sum` would print.

    The list holds one line a file, `<sha256>  <path>`, sorted by the bytes of the path; anyone
    can recompute it with `find`, `sort` and `sha256sum`.
    """
    # Imported here: what reads no folder, like `--help`, does without what takes time to load.
    from hashlib import sha256

    listing = b"".join(
        b"%s  %s\n" % (sha256(files[path]).hexdigest().encode(), path.encode())
        for path in sorted(files, key=str.encode)
    )
    return sha256(listing).hexdigest()
