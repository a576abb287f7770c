"""The shapes that the help documents, to compare data with."""

from typing import Any

from ptce_workflow.reports.listing import shape_keys as shape

__all__ = ["agrees", "shape"]


def agrees(documented: Any, data: Any) -> bool:
    """Whether data has the documented keys and no others, as deep as they are documented."""
    if documented is None or (data is None and isinstance(documented, dict)):
        return True
    if isinstance(documented, list):
        return isinstance(data, list) and all(agrees(documented[0], item) for item in data)
    return data.keys() == documented.keys() and all(
        agrees(inner, data[key]) for key, inner in documented.items()
    )
