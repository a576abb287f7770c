"""Who may read: nobody without a role sees anything of a dossier, whatever the command."""

import shlex
from pathlib import Path

import pytest

from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.words import _, speaking
from ptce_workflow.cli.grammar import every_command
from tests.cli.lines import run
from tests.servers import ON_SERVER

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]
FOR_ANYONE = {"init", "check", "form", "schema", "diagram", "rulebook", "translate", "completion"}
FOR_ANYONE |= {"mail preview"}
FOR_ANYONE |= {"tick", "run", "clock", "doctor", "verify", "grants"}
"""The commands that need no role: they print nothing of a dossier, nor of a person."""
ENDLESS = {"run"}
OWNERS = {"restore", "move"} if ON_SERVER else set[str]()
"""What whoever owns the tables of a server does, enrolled or not: all is done as that role here."""


@pytest.mark.long
def test_who_is_not_enrolled_reads_nothing(
    demo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Contest.open(demo, actor="bureau") as contest, speaking("fr"):
        names = {str(one.name) for one in overview(contest).briefs}
        examples = {name: _(one.examples[0]) for name, one in every_command().items()}
    assert len(names) > 10
    run(capsys, "init", "../ami", "--model", "ami-permanent", "--rehearsal")
    monkeypatch.setenv("PTCE_ACTOR", "passante")
    for name, example in examples.items():
        if name in ENDLESS | OWNERS:
            continue
        ended = run(capsys, *shlex.split(example)[1:])
        assert not [one for one in names if one in ended.out + ended.err], example
        refused = "inscrit sous le nom «\u00a0passante\u00a0»" in ended.err
        assert refused != (name in FOR_ANYONE), f"{example}\n{ended.err}"
        if refused:
            assert (ended.code, ended.out) == (1, ""), example
            assert "ptce people enrol" in ended.err
