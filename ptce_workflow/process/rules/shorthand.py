"""Conditions as people write them, put as CEL takes them: `yes(…)`, `….inside(limit.…)`.

`yes(x)` is false where nobody has answered x, rather than unknown. A territory is `inside` a zone
where it names something and all of it lies there; it `touches` one where some of it does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ptce_workflow.process.model.definition import Limit

_NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"
# What stands between quotation marks is text.
_SHORT = re.compile(
    r"(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    rf"|\byes\(\s*(?P<asked>{_NAME})\s*\)"
    rf"|\b(?P<where>{_NAME})\.(?P<how>inside|touches)\(\s*limit\.(?P<limit>[a-z][a-z0-9_]*)\s*\)"
)
_INSIDE: Mapping[str, str] = {
    "region": "z.regions == [{code}]",
    "department": "z.departments == [{code}]",
    "epci": 'z.kind == "epci" && z.code == {code}',
    "commune": 'z.kind == "commune" && z.code == {code}',
}
# A territory records no other kinds of zone that it touches.
_TOUCHES: Mapping[str, str] = {
    "region": "{code} in z.regions",
    "department": "{code} in z.departments",
}


def written_out(condition: str, limits: Mapping[str, Limit]) -> str:
    """A condition in plain CEL; what is no shorthand stands as it is."""

    def put(found: re.Match[str]) -> str:
        if found["text"]:
            return found[0]
        if found["asked"]:
            return f"(given.{found['asked']} && {found['asked']})"
        limit = limits.get(found["limit"])
        if limit is None or limit.zone is None:
            return found[0]
        kind = limit.zone.partition(" ")[0]
        forms = _INSIDE if found["how"] == "inside" else _TOUCHES
        if kind not in forms:
            return found[0]
        asked = forms[kind].format(code=f"limit.{found['limit']}")
        if found["how"] == "touches":
            return f"{found['where']}.exists(z, {asked})"
        return f"({found['where']}.size() > 0 && {found['where']}.all(z, {asked}))"

    return _SHORT.sub(put, condition)
