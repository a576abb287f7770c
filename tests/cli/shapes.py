"""The shapes that the help documents, to compare data with."""

from __future__ import annotations

import json
import re
from typing import Any


def shape(written: str) -> Any:
    """Reads a documented shape, such as `[{ref, rules: [{id}]}]`, as nested keys."""
    text = re.sub(r"([a-z_][a-z_0-9]*)(?=\s*[,}])", r'"\1": null', written)
    text = re.sub(r"([a-z_][a-z_0-9]*):(?=\s*[\[{])", r'"\1":', text)
    return json.loads(text)


def agrees(documented: Any, data: Any) -> bool:
    """Whether data has the documented keys and no others, as deep as they are documented."""
    if documented is None or (data is None and isinstance(documented, dict)):
        return True
    if isinstance(documented, list):
        return isinstance(data, list) and all(agrees(documented[0], item) for item in data)
    return data.keys() == documented.keys() and all(
        agrees(inner, data[key]) for key, inner in documented.items()
    )
