"""What is kept between runs is never that of other sources."""

from pathlib import Path

import pytest

from tests.kept import AT_MOST, MAKERS, ROOT, kept, key


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a module and a text of a contest."""
    for file in ("ptce_workflow/app/cases.py", "notifications/results.md", "config.toml"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("a = 1\n", "utf-8")
    return tmp_path


def test_any_byte_that_differs_makes_another(root: Path) -> None:
    keys = [key(root)]
    module = root / "ptce_workflow" / "app" / "cases.py"
    module.write_text("a = 2\n", "utf-8")
    keys.append(key(root))
    (root / "notifications" / "new.md").write_text("", "utf-8")
    keys.append(key(root))
    module.rename(module.with_name("moved.py"))
    keys.append(key(root))
    (root / "config.toml").unlink()
    keys.append(key(root))
    assert len(set(keys)) == len(keys)
    (root / "ptce_workflow" / "__pycache__").mkdir()
    (root / "ptce_workflow" / "__pycache__" / "cases.pyc").write_bytes(b"1")
    assert key(root) == keys[-1]


def test_whatever_is_played_is_among_the_makers() -> None:
    """A folder of the contest that nobody named would change unseen."""
    of_the_contest = {file.name for file in ROOT.iterdir() if (file / "../config.toml").exists()}
    not_played = {"bench", "build", "conformance", "demo", "dist", "docs", "faults", "schemas"}
    not_played |= {"tests", "tools", "requirements", "checkpoints"}
    named = {maker.partition("/")[0] for maker in MAKERS}
    assert {name for name in of_the_contest if name[0] not in "._"} - not_played <= named


def test_it_is_made_once_and_the_oldest_goes(tmp_path: Path) -> None:
    cache, made = tmp_path / "cache", list[Path]()
    cache.mkdir()

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "ptce.db").write_text(str(len(made)), "utf-8")

    for number, (name, made_as) in enumerate((("a", "1"), ("a", "1"), ("b", "2"), ("c", "3"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        kept(cache, name, make, folder)
        assert (folder / "ptce.db").read_text("utf-8") == made_as
        (folder / "ptce.db").write_text("else", "utf-8")
    assert len(list(cache.iterdir())) == AT_MOST


def test_what_was_not_made_to_its_end_is_not_kept(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    cache.mkdir()
    folder.mkdir()

    def fail(folder: Path) -> None:
        (folder / "ptce.db").write_text("half", "utf-8")
        raise ValueError("it fails")

    with pytest.raises(ValueError, match="it fails"):
        kept(cache, "a", fail, folder)
    assert list(cache.iterdir()) == []
