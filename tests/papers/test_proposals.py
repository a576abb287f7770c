"""What is proposed about a form that came back: a person is asked, and nothing is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.papers.form_blocks import Block, Box, Document, Line, Table
from ptce_workflow.papers.form_reader import read_form
from ptce_workflow.papers.proposals import reviewed
from ptce_workflow.papers.questionnaire import questionnaire
from ptce_workflow.papers.returned import AnswerRead, FormRead
from ptce_workflow.process.process import Process

PROCESS = Process.load(read_folder(Path(__file__).parents[2]))
HEADER = ("nom", "nature", "de l’ESS", "SIRET")


def table(*rows: tuple[str, ...]) -> Table:
    """A table of structures, each cell of one line."""
    return Table(tuple(tuple((Line(cell),) for cell in row) for row in (HEADER, *rows)))


def read(**answers: Block | str) -> dict[str, AnswerRead]:
    """What is read of a form of the contest of the rulebook, and reviewed, by name."""
    form = questionnaire(PROCESS, "dossier", "fr")
    blocks: list[Block] = []
    for one in form.questions:
        given = answers.get(one.name, "")
        blocks.append(Line(f"{one.number}. {one.label} *"))
        boxed = Box(tuple(map(Line, given.split("\n")))) if isinstance(given, str) else given
        blocks.append(boxed)
    document = Document("docx", tuple(blocks), str(form.stamp))
    with speaking("fr"):
        found = reviewed(PROCESS, read_form("form.docx", document, PROCESS))
    return {one.name: one for one in found.answers}


def accepted(name: str, value: Any) -> Any:
    """What the field of an answer records for it."""
    return PROCESS.definition.sheets["dossier"].fields[name].parse(value, zone=PROCESS.zone)


def test_a_legal_form_is_proposed_beside_the_social_economy() -> None:
    """Where the cell is empty: all rows are shown, to be confirmed; the reason is told."""
    found = read(
        members=table(
            ("SCIC Le Quai", "entreprise de l’ESS", "", ""),
            ("Mairie de Millau", "collectivité ou groupement", "", ""),
            ("Laine des Jasses", "autre entreprise", "non", ""),
        )
    )["members"]
    assert found.status == "to_confirm"
    assert [row["ess"] for row in accepted("members", found.value)] == [True, False, False]
    assert "ligne 1" in found.why
    assert "Société coopérative d'intérêt collectif" in found.why
    assert "une personne publique" in found.why
    assert "ligne 3" not in found.why


def test_a_cell_that_no_name_answers_is_asked_for() -> None:
    """Nothing is proposed where one of the rows would stay incomplete."""
    found = read(
        members=table(
            ("SCIC Le Quai", "entreprise de l’ESS", "", ""),
            ("Laine des Jasses", "autre entreprise", "", ""),
        )
    )["members"]
    assert found.status == "not_understood"


def test_a_contradiction_is_asked_about() -> None:
    """Of a nature and the social economy, or of a name and the social economy."""
    found = read(
        members=table(
            ("Laine des Jasses", "entreprise de l’ESS", "non", ""),
            ("Association Ici", "autre personne", "non", ""),
            ("Syndicat mixte des Drailles", "collectivité ou groupement", "non", ""),
        )
    )["members"]
    assert found.status == "to_confirm"
    assert "ligne 1" in found.why
    assert "ligne 2" in found.why
    assert "ligne 3" not in found.why
    assert len(accepted("members", found.value)) == 3


def test_what_agrees_is_read() -> None:
    """No doubt is made up."""
    found = read(
        collective_name="Les Cèdres bleus",
        territory="12100 Millau",
        members=table(
            ("Laine des Jasses", "entreprise de l’ESS", "oui", ""),
            ("SAS Filature", "autre entreprise", "non", ""),
        ),
    )
    assert {one: found[one].status for one in ("collective_name", "territory", "members")} == {
        "collective_name": "read",
        "territory": "read",
        "members": "read",
    }


def test_a_former_commune_is_proposed_by_what_holds_it_now() -> None:
    """All places are shown with it, to be confirmed."""
    found = read(territory="Grand-Vabre (12)\nMillau")["territory"]
    assert found.status in ("to_confirm", "not_understood")
    alone = read(territory="Grand-Vabre (12)")["territory"]
    assert alone.status == "to_confirm"
    assert [zone["code"] for zone in accepted("territory", alone.value)] == ["12076"]
    assert "ancienne commune" in alone.why


def test_a_community_across_the_border_is_told() -> None:
    """Its communes are counted on each side."""
    found = read(territory="EPCI 248400251")["territory"]
    assert found.status == "to_confirm"
    assert "Occitanie 7" in found.why


def test_a_lost_zero_of_a_cell_is_proposed() -> None:
    """The rows stay sure without it."""
    found = read(
        members=table(("Laine des Jasses", "autre entreprise", "non", "5500000400006")),
    )
    assert found["members"].status == "read"
    cell = found["members[1].siret"]
    assert (cell.status, cell.value) == ("to_confirm", "05500000400006")


def test_what_is_of_no_field_is_left() -> None:
    """Names that the sheet has not."""
    odd = tuple(AnswerRead(name, "read", "x", "x") for name in ("nowhere", "members[1]", "a[2].b"))
    form = FormRead("f", "dossier", "fr", odd)
    assert reviewed(PROCESS, form).answers == odd
