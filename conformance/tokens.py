"""Replays a log on a diagram by tokens, which is all that it does: `bench/lines.py` times it.

    .venv-conformance/bin/python conformance/tokens.py contest.bpmn contest.xes

See `replay.py` for what is judged, and why pm4py lives in an environment of its own.
"""

from __future__ import annotations

import sys
import warnings


def main(bpmn: str, xes: str) -> None:
    """Prints how many traces there were."""
    net = pm4py.convert_to_petri_net(pm4py.read_bpmn(bpmn))
    replayed = pm4py.conformance_diagnostics_token_based_replay(
        pm4py.read_xes(xes), *net, activity_key="label"
    )
    print(f"{xes}: {len(replayed)} traces")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import pm4py

    main(*sys.argv[1:])
