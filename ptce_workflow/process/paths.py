"""Where each part of a contest folder is written, by path within the folder."""

from __future__ import annotations

from ptce_workflow.base.words import LANGUAGES

CONFIG = "config.toml"
PARTS = (CONFIG, "states", "sheets", "notifications")
TEMPLATES = tuple(f"{language}.{form}.j2" for language in LANGUAGES for form in ("txt", "html"))
LAYOUTS = ("layout.txt.j2", "layout.html.j2")
LARGEST_FILE_BYTES = 1_000_000


def state_file(name: str) -> str:
    """The file of a state, or of `start` or `any`."""
    return f"states/{name}.toml"


def sheet_file(name: str) -> str:
    """The file of a sheet."""
    return f"sheets/{name}.toml"


def notification_file(name: str, part: str = "notification.toml") -> str:
    """The file of a notification, or one of its templates."""
    return f"notifications/{name}/{part}"


def layout_file(layout: str) -> str:
    """The file of a layout, which the templates of all notifications share."""
    return f"notifications/{layout}"
