"""The collector of cycles rests inside the block, and is then as it was."""

import gc

import pytest

from ptce_workflow.base.runtime import nothing_to_collect


def test_it_rests_inside_and_works_afterwards() -> None:
    assert gc.isenabled()
    with nothing_to_collect():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_error() -> None:
    with pytest.raises(KeyError), nothing_to_collect():
        raise KeyError
    assert gc.isenabled()


def test_whoever_had_it_off_keeps_it_off() -> None:
    with nothing_to_collect():
        with nothing_to_collect():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
