"""What is built and installed elsewhere is complete: the program, its data, its contest."""

import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTESTS = "ptce_workflow/contests"
SOURCES = {
    "occitanie-2024": ROOT,
    "ami-permanent": ROOT / "contests" / "ami-permanent",
    "aap-national": ROOT / "contests" / "aap-national",
    "blank/fr": ROOT / "contests" / "blank" / "fr",
    "blank/en": ROOT / "contests" / "blank" / "en",
}
OTHERS = ("ami-permanent", "aap-national")
CONTEST_PARTS = (
    *("config.toml", "states", "sheets", "requests"),
    *("notifications", "texts", "translations"),
)


def run(*command: str | Path, folder: Path, code: int = 0) -> str:
    """What a command prints, run in a folder by someone who has set nothing.

    *Raises* AssertionError when it ends with another code.
    """
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")
    ended = subprocess.run(
        command,
        cwd=folder,
        env={name: os.environ[name] for name in kept if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == code, ended.stdout
    return ended.stdout


def build(target: str, root: Path, folder: Path) -> Path:
    """The one archive that hatchling builds from a tree, with what is installed already."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, folder=root)
    (archive,) = folder.iterdir()
    return archive


def contents(wheel: Path) -> dict[str, bytes]:
    """Every file of a wheel but its own description."""
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name) for name in names}


def contest_files(source: Path) -> dict[str, bytes]:
    """The files of a contest in the checkout, by path within its folder."""
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for part in CONTEST_PARTS
        for path in (source / part, *(source / part).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment outside the checkout where the wheel is installed.

    The packages that the program depends on are borrowed from the environment of the tests, to
    spare a download: a .pth file names its folder. The .pth files in a folder so named are not
    read, and it is through one of them that the checkout is on the path of the tests: so the
    wheel is all there is of ptce_workflow.
    """
    home = tmp_path_factory.mktemp("elsewhere") / "environment"
    venv.create(home, symlinks=os.name != "nt")
    (programs,) = (home / name for name in ("bin", "Scripts") if (home / name).is_dir())
    python = programs / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, folder=home)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    borrowed = run(sys.executable, "-c", where, folder=home).strip()
    own = Path(run(python, "-c", where, folder=home).strip())
    (own / "borrowed.pth").write_text(f"{borrowed}\n", "utf-8")
    return programs


@pytest.mark.parametrize("contest", SOURCES)
def test_the_wheel_holds_each_contest_byte_for_byte(wheel: Path, contest: str) -> None:
    packed, folder = contents(wheel), f"{CONTESTS}/{contest}/"
    assert contest_files(SOURCES[contest]) == {
        name.removeprefix(folder): data for name, data in packed.items() if name.startswith(folder)
    }


def test_the_wheel_holds_the_settings_to_copy(wheel: Path) -> None:
    """Whoever has no checkout finds them where `ptce doctor` says."""
    example = "local.example.toml"
    assert contents(wheel)[f"{CONTESTS}/{example}"] == (ROOT / example).read_bytes()


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    package = ROOT / "ptce_workflow"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in contents(wheel) if not name.startswith(f"{CONTESTS}/")}
    assert packed == files
    assert {".py", ".mo", ".csv", ".js", ".css"} <= {Path(name).suffix for name in packed}


@pytest.mark.long
def test_the_program_runs_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    imported = run(
        elsewhere / "python",
        "-c",
        "import ptce_workflow.app.locations as b; print(b.__file__); print(b.bundled_contest())",
        folder=tmp_path,
    )
    environment = elsewhere.parent
    assert all(Path(place).is_relative_to(environment) for place in imported.split())


@pytest.mark.slow
@pytest.mark.parametrize("model", ["occitanie-2024", *OTHERS])
def test_a_contest_begins_elsewhere(elsewhere: Path, tmp_path: Path, model: str) -> None:
    run(elsewhere / "ptce", "init", model, "--model", model, folder=tmp_path)
    run(elsewhere / "ptce", "check", folder=tmp_path / model)
    for name, data in contest_files(SOURCES[model]).items():
        assert (tmp_path / model / name).read_bytes() == data


@pytest.mark.slow
def test_a_blank_contest_begins_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    run(elsewhere / "ptce", "init", "blank", "--blank", folder=tmp_path)


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    for name in ("archive", "tree", "wheel"):
        (tmp_path / name).mkdir()
    with tarfile.open(build("sdist", ROOT, tmp_path / "archive")) as archive:
        for member in archive:
            if (data := archive.extractfile(member)) is not None:
                path = tmp_path / "tree" / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data.read())
    (tree,) = (tmp_path / "tree").iterdir()
    assert not list(tree.rglob("*.mo"))
    assert contents(build("wheel", tree, tmp_path / "wheel")) == contents(wheel)
