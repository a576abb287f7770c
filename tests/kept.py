"""What takes long to make, kept between runs under a key of all that made it.

The played contest is made by the program, the rehearsal and the folder that it plays: while not a
byte of these differs, nor a version of a library, it is the one of the run before.
"""

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).resolve().parents[1]
MAKERS = (
    *("ptce_workflow", "rehearsal", "contests", "config.toml", "local.toml"),
    *("states", "sheets", "notifications", "texts", "translations", "requests"),
    *("tests/cli/conftest.py", "tests/kept.py"),
)
"""What the played contest is made by, below the root."""
AT_MOST = 2
"""How many are kept; a contest with its mails, and as it stood at three moments, is 12 MB."""


def key(root: Path = ROOT, makers: Iterable[str] = MAKERS) -> str:
    """The hash of every byte of the makers, of Python and of the libraries."""
    found = hashlib.sha256(sys.version.encode())
    for name in sorted(f"{one.name}={one.version}" for one in distributions()):
        found.update(name.encode() + b"\n")
    for maker in makers:
        for file in sorted([root / maker, *(root / maker).rglob("*")]):
            if file.is_file() and "__pycache__" not in file.parts:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                found.update(f"{file.relative_to(root)}\0{content}\n".encode())
    return found.hexdigest()


def kept(cache: Path, name: str, make: Callable[[Path], None], folder: Path) -> None:
    """Copies into a folder what is kept under a name; makes it there where none is, and keeps it.

    Whoever writes in the folder changes nothing of what is kept. The oldest others go.
    """
    if (cache / name).is_dir():
        shutil.copytree(cache / name, folder, dirs_exist_ok=True)
    else:
        make(folder)
        # It takes its name once it is whole.
        whole = Path(mkdtemp(dir=cache))
        shutil.copytree(folder, whole, dirs_exist_ok=True)
        # Another process may have been sooner.
        with suppress(OSError):
            whole.rename(cache / name)
    (cache / name).touch()
    for old in sorted(cache.iterdir(), key=lambda one: -one.stat().st_mtime)[AT_MOST:]:
        shutil.rmtree(old, ignore_errors=True)
