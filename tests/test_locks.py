"""What is installed is what was chosen: declared, pinned, hashed, and named without an address."""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.test_floors import PACKAGE, imports, trees

ROOT = PACKAGE.parent
LOCKS = {
    "run": ("build", "demo"),
    "test": ("build", "demo", "test"),
    "bench": ("build", "demo", "bench"),
    "conformance": ("conformance",),
}
# Names that stand for a package in another way than the installed files can tell.
PARTS_OF = {
    "google": "protobuf",  # several packages share that name; we import from this one
    "pydantic_core": "pydantic",  # pydantic hands out its core's error types there
    "markupsafe": "jinja2",  # what jinja2 marks as safe is of its type
}
# Needed though nothing imports them.
READ_BY_OTHERS = {
    "defusedxml": "openpyxl reads workbooks by it where it is there",
    "tzdata": "zoneinfo reads it on machines that keep no time zones of their own",
}


@cache
def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def lock(name: str) -> str:
    """The text of a lock."""
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def pins(name: str) -> dict[str, Version]:
    """Each package of a lock and its version."""
    found = re.findall(r"^([\w.-]+)==(\S+)", lock(name), re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in found}


def declared(*groups: str) -> list[Requirement]:
    """What the project says that it needs to run, and what some groups add.

    What judges it from outside is never installed with it.
    """
    apart = groups == ("conformance",)
    lines = [] if apart else [*project()["project"]["dependencies"]]
    for group in groups:
        lines += project()["dependency-groups"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_and_hashes_alone(name: str) -> None:
    """Each entry is one version with its hashes; there is no address and no option."""
    entries = lock(name).replace("\\\n", " ").splitlines()
    entry = r"[a-z0-9.-]+==[\w.]+( ; [^#:/]+?)?(\s+--hash=sha256:[0-9a-f]{64})+"
    assert entries
    assert [line for line in entries if not re.fullmatch(entry, line.strip())] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_fits_what_is_declared(name: str) -> None:
    """Whoever changes a dependency writes the locks again with `make lock`."""
    pinned = pins(name)
    for needed in declared(*LOCKS[name]):
        version = pinned.get(canonicalize_name(needed.name))
        assert version is not None, f"{needed.name} is not in requirements/{name}.txt"
        assert version in needed.specifier, f"{needed} is not {version}"


def test_the_locks_agree() -> None:
    """A package has one version, whatever an environment was made for."""
    versions = [item for name in LOCKS for item in pins(name).items()]
    assert len(set(versions)) == len(dict(versions))


def foreign_imports() -> set[str]:
    """The first name of every import that is neither our own nor Python's."""
    names = {
        target.split(".")[0]
        for file, tree in trees(PACKAGE)
        for target, _, _ in imports(file, tree)
    }
    return names - set(sys.stdlib_module_names) - {"ptce_workflow", "__future__"}


@pytest.mark.long
def test_what_is_imported_is_declared_and_the_reverse() -> None:
    """The program leans on nothing that only happens to be there, and carries nothing unused."""
    owners = {name: owner[0] for name, owner in packages_distributions().items()} | PARTS_OF
    imported = {canonicalize_name(owners.get(name, name)) for name in foreign_imports()}
    assert imported | set(READ_BY_OTHERS) == {canonicalize_name(one.name) for one in declared()}


def test_every_dependency_has_its_reason() -> None:
    """The decision names each direct dependency."""
    (page,) = Path(ROOT / "docs" / "decisions").glob("0001-*.md")
    reasons = page.read_text("utf-8")
    assert [one.name for one in declared() if f"**{one.name}**" not in reasons] == []
