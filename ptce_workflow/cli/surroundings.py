"""What is found rather than said: the nearest contest, the language to speak, who is at work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ptce_workflow.base.words import LANGUAGES
from ptce_workflow.process.folder import CONFIG, LARGEST_FILE_BYTES


def nearest_contest(start: Path) -> Path | None:
    """The nearest folder from `start` upward that holds a config.toml."""
    for folder in (start, *start.parents):
        if holds_contest(folder):
            return folder
    return None


def holds_contest(folder: Path) -> bool:
    """Whether a folder holds a config.toml; one that may not be read counts as holding none."""
    try:
        return (folder / CONFIG).is_file()
    except OSError:
        return False


def working_folder() -> Path | None:
    """The present folder; None when it was deleted meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return None


def contest_folder(said: str | None, environ: Mapping[str, str]) -> Path | None:
    """The contest's folder: the one said, else PTCE_CONTEST, else the nearest one upward."""
    named = said or environ.get("PTCE_CONTEST")
    if named:
        return Path(named)
    here = working_folder()
    return nearest_contest(here) if here else None


def spoken_language(said: str | None, folder: Path | None, environ: Mapping[str, str]) -> str:
    """The language to speak: the one said, else PTCE_LANG, else the contest's, else French.

    PTCE_LANG may be written as a locale is (`en_GB.UTF-8`). An unknown language counts as none.
    """
    wanted = (said, environ.get("PTCE_LANG", "")[:2].lower())
    for language in wanted:
        if language in LANGUAGES:
            return str(language)
    return contest_language(folder) or "fr"


def contest_language(folder: Path | None) -> str | None:
    """The language of a contest by a glance at its config.toml; None when that says nothing.

    Whatever is wrong with the file is not said here: reading the contest says it in full.
    """
    # A pipe of that name would keep whoever reads it waiting.
    if folder is None or not holds_contest(folder):
        return None
    path = folder / CONFIG
    try:
        # One that is too large is no contest's: asking it for a language would only be slow.
        if path.stat().st_size > LARGEST_FILE_BYTES:
            return None
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    # Imported here for start-up time: without a contest there is nothing to parse.
    from ptce_workflow.base.errors import Misuse
    from ptce_workflow.process.notation import read_toml

    try:
        language = read_toml(content).get("contest", {}).get("language")
    except (Misuse, AttributeError):
        return None
    return language if language in LANGUAGES else None


def login_name() -> str | None:
    """The login of whoever is at work; None when the machine does not say."""
    # Imported here for start-up time: only commands that open a contest ask.
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None
