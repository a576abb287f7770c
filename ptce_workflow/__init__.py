"""Runs a contest that is a folder anyone can read; see `Contest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest

__all__ = ["Contest"]


def __getattr__(name: str) -> Any:
    # The store takes longer to load than `ptce --help` takes in all.
    if name == "Contest":
        from ptce_workflow.app.contest import Contest

        return Contest
    raise AttributeError(name)
