"""A `ptce` that dies on the way: `python -m tests.dying POINT[:PASSAGE] WORD …`.

The program itself names no point: an installation without the tests cannot be made to die.
"""

import sys

import ptce_workflow.base.runtime as runtime
from ptce_workflow.cli.main import main


def die_at(named: str) -> None:
    """Has this process die at a point, named with its passage where that is not the first."""
    point, _colon, passage = named.partition(":")
    runtime.arm_failpoint(point, int(passage or 1))


if __name__ == "__main__":
    die_at(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
