"""The contest that comes with the program is found, installed or in a checkout."""

from pathlib import Path

import pytest

from ptce_workflow.app.locations import MODELS, bundled_contest, local_example
from ptce_workflow.base.errors import Misuse, PtceError


def place(folder: Path) -> Path:
    """A folder that is a contest."""
    folder.mkdir(parents=True)
    (folder / "config.toml").touch()
    return folder


def test_a_checkout_is_itself_the_contest() -> None:
    folder = bundled_contest()
    assert (folder / "config.toml").is_file()
    assert (folder / "ptce_workflow" / "app" / "locations.py").is_file()


def test_an_installed_package_carries_it(tmp_path: Path) -> None:
    checkout = place(tmp_path / "checkout")
    inside = place(checkout / "ptce_workflow" / "contests" / "occitanie-2024")
    assert bundled_contest(package=checkout / "ptce_workflow") == inside


@pytest.mark.parametrize("model", MODELS[1:])
def test_the_other_contests_lie_in_a_folder_of_their_own(model: str, tmp_path: Path) -> None:
    assert bundled_contest(model).name == model
    checkout = place(tmp_path / "checkout" / "contests" / model).parents[1]
    package = checkout / "ptce_workflow"
    assert bundled_contest(model, package) == checkout / "contests" / model
    inside = place(package / "contests" / model)
    assert bundled_contest(model, package) == inside


def test_a_model_that_does_not_exist_is_told_with_the_nearest() -> None:
    with pytest.raises(Misuse) as refused:
        bundled_contest("ami-permanant")
    assert "ami-permanent" in refused.value.mend
    with pytest.raises(Misuse) as refused:
        bundled_contest("zzz")
    assert str(refused.value).count("aap-national") == 1


def test_the_settings_to_copy_are_found(tmp_path: Path) -> None:
    found = local_example()
    assert found is not None
    assert "[mail]" in found.read_text("utf-8")
    package = tmp_path / "ptce_workflow"
    assert local_example(package) is None
    inside = place(package / "contests") / "local.example.toml"
    inside.touch()
    assert local_example(package) == inside


def test_a_damaged_installation_says_so(tmp_path: Path) -> None:
    with pytest.raises(PtceError) as refused:
        bundled_contest(package=tmp_path / "ptce_workflow")
    assert str(tmp_path / "ptce_workflow" / "contests") in refused.value.why
