"""Which version of a package is installed."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from ptce_workflow.base.runtime import installed_version


@pytest.mark.parametrize("package", ["cel-expr-python", "holidays", "tzdata", "Jinja2"])
def test_the_folder_says_what_the_metadata_say(package: str) -> None:
    assert installed_version(package) == version(package)


def test_a_package_that_is_not_there_has_no_version() -> None:
    with pytest.raises(PackageNotFoundError):
        installed_version("nothing-of-this-name")
