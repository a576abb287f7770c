"""The linter that modellers use finds no error in the diagrams; needs Node and npm."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ptce_workflow.app.locations import BLANK, MODELS, bundled_contest, read_folder
from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.exports.diagram import bpmn
from ptce_workflow.process.process import Process

CONFORMANCE = Path(__file__).resolve().parents[2] / "conformance"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(shutil.which, ("node", "npm"))), reason="needs Node and npm"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the linter says of the diagrams of a folder."""
    line = ["npx", "--no-install", "bpmnlint", *sorted(path.name for path in folder.glob("*.bpmn"))]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


def test_no_error_is_found(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc", ".bpmnlintrc"):
        shutil.copy(CONFORMANCE / name, tmp_path)
    line = ["npm", "ci", "--no-fund", "--no-audit"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"npm cannot install the linter: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    folders = {name: bundled_contest(name) for name in MODELS}
    folders |= {f"{BLANK}-{one.name}": one for one in bundled_contest(BLANK).iterdir()}
    for name, folder in folders.items():
        process = Process.load(read_folder(folder))
        for language in LANGUAGES:
            with speaking(language):
                (tmp_path / f"{name}-{language}.bpmn").write_bytes(bpmn(process, language))
    assert lint(tmp_path).returncode == 0, lint(tmp_path).stdout
    drawn = (tmp_path / f"{MODELS[0]}-fr.bpmn").read_text("utf-8")
    (tmp_path / "unnamed.bpmn").write_text(drawn.replace(' name="Brouillon"', "", 1), "utf-8")
    found = lint(tmp_path)
    assert (found.returncode, "label-required" in found.stdout) == (1, True)
