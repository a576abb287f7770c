"""The zones of France: the derived files of this folder, and the search in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptce_workflow.base.geography.finder import Finder


@cache
def gazetteer(near: str = "") -> Finder:
    """The finder of the zones that the package knows, the same one each time.

    Among namesakes, those in the zone `near` (`region 76`) are proposed first.
    """
    # Most commands name no zone, and need none of what finds them.
    from ptce_workflow.base.geography.atlas import Atlas
    from ptce_workflow.base.geography.finder import Finder

    return Finder(gazetteer().atlas if near else Atlas(), near)
