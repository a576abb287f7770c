"""Names met before are told, and doubtful answers; nothing is decided."""

from typing import Any

from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.filing import remarks
from ptce_workflow.app.contest import Contest
from tests.rehearsal import DOSSIER


def dossier(name: str, email: str = "a@collectif.example") -> dict[str, Any]:
    return {"dossier": {**DOSSIER, "name": name, "email": email}}


def test_of_twins_that_come_together_the_second_is_told(contest: Contest) -> None:
    twins = [add(contest, dossier("Les Cèdres bleus")) for _number in range(2)]
    assert remarks(contest, twins) == [
        "C-002 has the same name and the same address as C-001: is it one too many?"
    ]


def test_twins_and_close_names_are_told(contest: Contest) -> None:
    """The same name and address; another address, or a name spelt otherwise; else nothing."""
    first = add(contest, dossier("Les Cèdres bleus"))
    assert remarks(contest, [first]) == []
    twin = add(contest, dossier("les  cèdres BLEUS"))
    moved = add(contest, dossier("Les Cedres Bleu", "b@collectif.example"))
    other = add(contest, dossier("Le Quai"))
    assert remarks(contest, [twin, moved, other]) == [
        "C-002 has the same name and the same address as C-001: is it one too many?",
        "C-003 has a name close to that of C-001 Les Cèdres bleus: is it the same collective?",
        "C-003 has a name close to that of C-002 les  cèdres BLEUS: is it the same collective?",
    ]
