"""What the tests of the process share."""

from collections.abc import Iterator

import pytest

from ptce_workflow.base.words import speaking


@pytest.fixture
def in_english() -> Iterator[None]:
    """Messages are read in English, in which the code writes them."""
    with speaking("en"):
        yield
