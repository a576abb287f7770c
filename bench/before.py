"""The rulebook's folder beside itself in the version before, whose folders had two languages.

That version is taken from git into a folder of its own, and runs on the same Python. Each version
reads and checks its own folder, in one new process a round that has checked another contest
already: what is loaded once, and kept once read, counts for neither. Then each writes letters,
subject, text and HTML, from facts that it makes up: again and again, as mails leave by the
hundred. What is told are seconds of the processor.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.measure import Found, Taken

BEFORE = "020adb2"
"""The last revision of the version before."""

ROUNDS = 5
MAILS = ("acknowledgement", "draft_reminder", "ineligible", "selected")
_ROOT = Path(__file__).parents[1]
_WORK = """
import json, sys, time
from pathlib import Path
root = Path(sys.argv[1])
sys.path.insert(0, str(root))
from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.check import check
from ptce_workflow.process.letters.letter import letter
from ptce_workflow.process.letters.samples import samples
from ptce_workflow.process.process import Process
check(read_folder(root / "contests" / "aap-national"))
began = time.process_time()
files = read_folder(root)
if check(files):
    sys.exit("the folder has faults")
taken = {"check": time.process_time() - began}
process = Process.load(files)
subjects = [(name, next(samples(process, name))) for name in sys.argv[2:]]
for turns in (3, 50):
    began = time.process_time()
    for _turn in range(turns):
        for name, subject in subjects:
            letter(process, name, "fr", subject)
    taken["mail"] = (time.process_time() - began) / turns / len(subjects)
print(json.dumps(taken))
"""


def figures(folder: Path) -> Found:
    """The checks of both folders, and a letter of each."""
    try:
        _taken_out(folder)
    except (OSError, subprocess.CalledProcessError):
        return {}
    seconds: dict[Path, list[Mapping[str, float]]] = {_ROOT: [], folder: []}
    for round_ in range(ROUNDS):
        for tree in list(seconds)[:: 1 if round_ % 2 else -1]:
            seconds[tree].append(_measured(tree))
    ours, before = seconds.values()
    return {
        key: Taken(median(one[key] for one in ours), median(one[key] for one in before), ROUNDS)
        for key in ("check", "mail")
    }


def _taken_out(folder: Path) -> None:
    """Puts the version before into a folder.

    *Raises* CalledProcessError where this is no clone, or a shallow one; OSError without git, tar.
    """
    packed = subprocess.run(
        ("git", "archive", "--format=tar", BEFORE), cwd=_ROOT, capture_output=True, check=True
    )
    folder.mkdir()
    subprocess.run(("tar", "-x", "-C", str(folder)), input=packed.stdout, check=True)


def _measured(tree: Path) -> Mapping[str, float]:
    """The seconds that a version takes, by what it does."""
    command = (sys.executable, "-I", "-c", _WORK, str(tree), *MAILS)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: Mapping[str, float] = json.loads(done.stdout)
    return found
