"""Candidatures are counted by the name that their contest has for them."""

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.process import Process, counted
from tests.process.contests import REPOSITORY, contest


@pytest.mark.parametrize(
    ("language", "count", "told"),
    [
        ("fr", 0, "0 jardin"),
        ("fr", 1, "1 jardin"),
        ("fr", 2, "2 jardins"),
        ("fr", 12_000, "12\u202f000 jardins"),
    ],
)
def test_the_noun_of_the_contest(language: str, count: int, told: str) -> None:
    gardens = Process.load(read_folder(REPOSITORY / "contests" / "minimal"))
    with speaking(language):
        assert counted(gardens, count).replace("\u00a0", "\u202f") == told


def test_nought_is_several_in_english() -> None:
    gardens = Process.load(read_folder(REPOSITORY / "contests" / "blank" / "en"))
    with speaking("en"):
        assert [counted(gardens, n) for n in (0, 1, 2)] == [
            "0 applications",
            "1 application",
            "2 applications",
        ]


def test_without_a_noun_they_are_candidatures() -> None:
    plain = Process.load(contest())
    with speaking("fr"):
        assert [counted(plain, n) for n in (0, 2)] == ["0 candidature", "2 candidatures"]
    with speaking("en"):
        assert [counted(plain, n) for n in (0, 1)] == ["0 candidatures", "1 candidature"]
