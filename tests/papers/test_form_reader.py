"""A form that came back: each answer by its type, sure or not, and what answers nothing."""

from pathlib import Path
from typing import Any

import pytest

import ptce_workflow.office.forms.answers as answers
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.docx import blank_to_docx
from ptce_workflow.office.forms.answers import AnswerRead, FormRead
from ptce_workflow.office.forms.blank import blank, questionnaire
from ptce_workflow.office.forms.blocks import (
    Block,
    Box,
    FormDocument,
    FormLine,
    FormTable,
    blocks_of_docx,
    blocks_of_text,
    blocks_of_xlsx,
)
from ptce_workflow.office.forms.reader import read_form
from ptce_workflow.office.sheets import blank_to_xlsx
from ptce_workflow.process.process import Process

ROOT = Path(__file__).parents[2]
MINIMAL = read_folder(ROOT / "contests" / "minimal")
SHEET = """
label = "Demande"
help = "Quelques phrases suffisent."
[fields]
name = { type = "text", label = "Nom du collectif", max_length = 60 }
contact = { type = "email", label = "Courriel de contact" }
phone = { type = "phone", label = "Téléphone" }
site = { type = "url", label = "Site" }
born = { type = "date", label = "Date de création" }
staff = { type = "integer", label = "Nombre de salariés", max = 500 }
budget = { type = "decimal", label = "Budget annuel, en euros" }
siret = { type = "siret", label = "Numéro SIRET" }
place = { type = "territory", label = "Territoire concerné", help = "Une place par ligne." }
project = { type = "long_text", label = "Votre projet", help = "En bref.", max_length = 200 }
ready = { type = "boolean", label = "Êtes-vous prêts à commencer ?" }
[fields.status]
type = "option"
label = "Statut envisagé"
options = { scic = "coopérative (SCIC)", association = "association", none = "pas encore choisi" }
[fields.themes]
type = "options"
label = "Thématique d’intervention"
[fields.themes.options]
energy = "énergie"
care = "santé, grand âge, lien social"
tourism = "tourisme"
other = "autre"
[fields.members]
type = "table"
label = "Structures membres"
unique = ["name"]
[fields.members.columns]
name = { type = "text", label = "nom" }
[fields.members.columns.kind]
type = "option"
label = "nature"
options = { coop = "coopérative", town = "collectivité" }
[fields.members.columns.ess]
type = "boolean"
label = "de l’ESS"
required = false
[fields.members.columns.siret]
type = "siret"
label = "SIRET"
required = false
"""
PROCESS = Process.load({**MINIMAL, "sheets/dossier.toml": SHEET.encode()})
FORM = questionnaire(PROCESS, "dossier", "fr")
SIREN, SIRET = "100000009", "10000000900009"
TABLES = {"members"}


def lines(text: str) -> tuple[FormLine, ...]:
    return tuple(map(FormLine, text.split("\n"))) if text else (FormLine(""),)


def table(*rows: tuple[str, ...]) -> FormTable:
    """A table, each cell of one line."""
    return FormTable(tuple(tuple((FormLine(cell),) for cell in row) for row in rows))


HEADER = ("nom *", "nature *", "de l’ESS", "SIRET")


def form(**answers: Block | str) -> FormDocument:
    """The form as it leaves, with some answers in its boxes."""
    blocks: list[Block] = [FormLine("Demande"), FormLine("Quelques phrases suffisent.")]
    for one in FORM.questions:
        blocks.append(FormLine(f"{one.number}. {one.label} *"))
        if one.field.help is not None:
            blocks.append(FormLine(str(one.field.help)))
        given = answers.get(one.name, "")
        if isinstance(given, str):
            given = table(HEADER, ("",) * 4) if one.name in TABLES else Box(lines(given))
        blocks.append(given)
    return FormDocument("docx", tuple(blocks), str(FORM.stamp))


def read(document: FormDocument, **options: Any) -> FormRead:
    return read_form("form.docx", document, PROCESS, **options)


def answer(name: str, given: Block | str) -> AnswerRead:
    found = read(form(**{name: given}))
    assert found.outside == ()
    others = [one for one in found.answers if not one.name.startswith(name)]
    assert {one.status for one in others} == {"missing"}
    return next(one for one in found.answers if one.name == name)


@pytest.mark.parametrize(
    ("name", "given", "status", "value"),
    [
        ("name", "Les Cèdres  bleus ", "read", "Les Cèdres  bleus"),
        ("name", "Les Cèdres\nbleus", "to_confirm", "Les Cèdres bleus"),
        ("name", "x" * 61, "not_understood", None),
        ("name", "Les\u200b Cèdres", "read", "Les Cèdres"),
        ("contact", "a@b.example", "read", "a@b.example"),
        ("contact", "mailto:a@b.example", "read", "a@b.example"),
        ("contact", "Jeanne <a@b.example>", "to_confirm", "a@b.example"),
        ("contact", "a@b.example ou c@d.example", "to_confirm", "a@b.example"),
        ("contact", "voir plus haut", "not_understood", None),
        ("phone", "05.61.00.00.00", "read", "05.61.00.00.00"),
        ("phone", "Tél. : 05 61 00 00 00", "read", "05 61 00 00 00"),
        ("phone", "05 61 00 00 00 (Jeanne)", "to_confirm", "05 61 00 00 00"),
        ("phone", "05 61 00 00 00 / 06 61 00 00 00", "to_confirm", "05 61 00 00 00"),
        ("phone", "5 61 00 00 00", "not_understood", None),
        ("site", "https://a.example/b", "read", "https://a.example/b"),
        ("site", "www.a.example", "to_confirm", "https://www.a.example"),
        ("born", "14 mars 2024", "read", "14 mars 2024"),
        ("born", "March 14, 2024", "read", "March 14, 2024"),
        ("born", "14-03-2024", "read", "14/03/2024"),
        ("born", "le 14/03/2024, à Toulouse", "to_confirm", "le 14/03/2024"),
        ("born", "au printemps 2024", "not_understood", None),
        ("staff", "12", "read", "12"),
        ("staff", "12 (douze)", "to_confirm", "12"),
        ("staff", "une douzaine", "not_understood", None),
        ("staff", "501", "not_understood", None),
        ("budget", "1 200,50 €", "read", "1 200,50"),
        ("budget", "1 200 euros", "read", "1 200"),
        ("budget", "12 k€", "to_confirm", "12"),
        ("siret", "100 000 009 00009", "read", "100 000 009 00009"),
        ("siret", "SIRET : 100 000 009 00009", "read", "100 000 009 00009"),
        ("siret", SIREN, "not_understood", None),
        ("place", "Millau (12)", "read", ["Millau (12)"]),
        ("place", "- Millau (12)\n- Nant (12)", "read", ["Millau (12)", "Nant (12)"]),
        (
            "place",
            "Millau (12), Nant (12) et Le Vigan (30)",
            "read",
            ["Millau (12)", "Nant (12)", "Le Vigan (30)"],
        ),
        ("place", "Millau (12) ; Saint-Denis", "to_confirm", ["Millau (12)"]),
        ("place", "Millau (12) ; Nant (12)", "read", ["Millau (12)", "Nant (12)"]),
        ("place", "Saint-Denis", "not_understood", None),
        ("project", "Un atelier.\n\nPuis un autre.\n", "read", "Un atelier.\n\nPuis un autre."),
        ("project", "x" * 201, "not_understood", None),
    ],
)
def test_words_are_read_by_their_type(name: str, given: str, status: str, value: object) -> None:
    found = answer(name, given)
    assert (found.status, found.value) == (status, value), found.why
    assert (found.status == "read") == (not found.why)
    assert found.words.replace("\u200b", "") == given.replace("\u200b", "").strip()


@pytest.mark.parametrize(
    "tick",
    [
        "☒ {}",
        "☑ {}",
        "✔ {}",
        "✗ {}",
        "■ {}",
        "[x] {}",
        "( X ) {}",
        "X {}",
        "{} X",
        "{} : oui",
        "☐ {} x",
        "☐ X {}",
        "{} ☒",
        "☐ {} ☒",
    ],
)
@pytest.mark.parametrize("off", ["☐ {}", "{} ☐", "[ ] {}", "{}"])
def test_a_tick_is_read_however_it_is_made(tick: str, off: str) -> None:
    labels = ["énergie", "santé, grand âge, lien social", "tourisme", "autre"]
    said = [(tick if at in (1, 2) else off).format(one) for at, one in enumerate(labels)]
    found = answer("themes", "\n".join(said))
    assert (found.status, found.value) == ("read", ["care", "tourism"]), found.why


@pytest.mark.parametrize(
    ("name", "given", "status", "value"),
    [
        (
            "themes",
            "☐ énergie\n☐ santé, grand âge, lien social\n☐ tourisme\n☐ autre",
            "missing",
            None,
        ),
        ("themes", "énergie\nsanté, grand âge, lien social\ntourisme\nautre", "missing", None),
        ("themes", "énergie\ntourisme", "read", ["energy", "tourism"]),
        ("themes", "Énergie, tourisme", "read", ["energy", "tourism"]),
        ("status", "association autre", "to_confirm", "association"),
        ("themes", "santé, grand âge, lien social, autre", "read", ["care", "other"]),
        ("themes", "tourisme et énergie", "read", ["energy", "tourism"]),
        ("themes", "tourisme, surtout l’hiver", "to_confirm", ["tourism"]),
        ("themes", "☒ énergie\n☐ tourisme\n☒ autre : le bois", "to_confirm", ["energy", "other"]),
        ("themes", "☒ énergie\n☐ tourisme\nle bois", "to_confirm", ["energy"]),
        ("themes", "☐ énergie", "to_confirm", ["energy"]),
        ("themes", "le bois", "not_understood", None),
        ("themes", "☒ énergies\n☐ tourisme", "read", ["energy"]),
        ("themes", "☐ énergie\n☐ tourisme\nénergie", "to_confirm", ["energy"]),
        ("status", "☒ association\n☒ pas encore choisi", "not_understood", None),
        ("status", "☐ coopérative (SCIC) ☒ association ☐ pas encore choisi", "read", "association"),
        ("status", "Association", "read", "association"),
        ("status", "coopérative", "not_understood", None),
        ("ready", "☒ oui ☐ non", "read", True),
        ("ready", "oui ☐ non ☒", "read", False),
        ("ready", "☐ oui\n☒ non", "read", False),
        ("ready", "Oui", "read", True),
        ("ready", "Oui, dès septembre", "to_confirm", True),
        ("ready", "☐ oui\n☐ non", "missing", None),
        ("ready", "☒ oui ☒ non", "not_understood", None),
        ("ready", "peut-être", "not_understood", None),
    ],
)
def test_choices_are_read(name: str, given: str, status: str, value: object) -> None:
    """Ticked, left standing, or named; several for a single one are nobody's answer."""
    found = answer(name, given)
    assert (found.status, found.value) == (status, value), found.why


@pytest.mark.parametrize("how", ["struck", "marked"])
def test_what_is_struck_out_or_highlighted_is_proposed(how: str) -> None:
    if how == "struck":
        said = (FormLine("☐ "), FormLine("☐ tourisme"), FormLine("☐ "))
    else:
        said = (
            FormLine("☐ énergie"),
            FormLine("☐ tourisme", marked="tourisme"),
            FormLine("☐ autre"),
        )
    found = answer("themes", Box(said))
    assert (found.status, found.value) == ("to_confirm", ["tourism"])


COOP = {"name": "Laine", "kind": "coop", "ess": True, "siret": "100 000 009 00009"}


def test_rows_of_a_table_are_read_by_their_header() -> None:
    given = table(
        ("NATURE", "nom", "SIRET", "de l'ess"),
        ("cooperative", "Laine", "100 000 009 00009", "oui"),
        ("", "", "", ""),
        ("Collectivités", "Nant", "", ""),
    )
    found = answer("members", given)
    assert (found.status, found.why) == ("read", "")
    assert found.value == [COOP, {"name": "Nant", "kind": "town"}]


def test_a_cell_that_nobody_understands_is_left_out_and_told() -> None:
    given = table(HEADER, ("Laine", "coopérative", "peut-être", "12"), ("Nant", "truc", "", ""))
    found = {one.name: one for one in read(form(members=given)).answers}
    assert found["members"].status == "not_understood"
    assert found["members"].value[1] == {"name": "Nant", "kind": "truc"}
    assert found["members[1].siret"].words == "12"
    given = table(HEADER, ("Laine", "coopérative", "peut-être", "12"))
    found = {one.name: one for one in read(form(members=given)).answers}
    assert found["members"].status == "read"
    assert found["members"].value == [{"name": "Laine", "kind": "coop"}]
    assert {name: one.status for name, one in found.items() if "[" in name} == dict.fromkeys(
        ("members[1].ess", "members[1].siret"), "not_understood"
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (table(("Laine", "coopérative", "oui", "")), "to_confirm"),
        (table(("a", "b"), ("Laine", "coopérative")), "not_understood"),
        (table(("nom", "nature"), ("Laine", "coopérative")), "to_confirm"),
        (table(HEADER, ("Laine", "coopérative", "oui", ""), ("LAINE", "collectivité", "", "")),
         "not_understood"),
        (table(HEADER), "missing"),
    ],
)  # fmt: skip
def test_a_table_that_lost_its_header_is_a_doubt(given: FormTable, status: str) -> None:
    assert answer("members", given).status == status


def test_what_stands_in_a_column_that_somebody_added_is_kept() -> None:
    given = table(
        ("n°", *HEADER, "remarque"), ("1", "Laine", "coopérative", "", "", "fondée en 2021")
    )
    found = read(form(members=given))
    assert found.sure == {"members": [{"name": "Laine", "kind": "coop"}]}
    assert found.outside == ("remarque\u00a0: fondée en 2021",)


def mail(text: str, *, stamped: bool = False) -> FormRead:
    """What is read of the body of a mail."""
    return read(blocks_of_text(text + (f"\n{FORM.stamp}" if stamped else "")))


def test_a_form_that_was_typed_in_a_mail_is_read() -> None:
    found = mail(
        "Bonjour,\nvoici notre dossier.\n\n> 1. Nom du collectif : Les Cèdres bleus\n"
        "Téléphone : 05 61 00 00 00\n10. Votre projet\nEn bref.\nUn atelier.\n\n"
        "Puis un autre.\n11. Êtes-vous prêts à commencer ? oui\n-- \nJeanne"
    )
    assert found.sure == {
        "name": "Les Cèdres bleus",
        "phone": "05 61 00 00 00",
        "project": "Un atelier.\n\nPuis un autre.",
        "ready": True,
    }
    assert found.outside == ("Bonjour,", "voici notre dossier.", "Jeanne")


def test_an_answer_that_may_be_that_of_the_next_question_is_a_doubt() -> None:
    found = mail("1. Nom du collectif : Les Cèdres\n10. Votre projet\nUn atelier.\n13. Thématique")
    answers = {one.name: one for one in found.answers}
    assert answers["project"].status == "to_confirm"


@pytest.mark.parametrize("place", ["property", "line"])
def test_the_stamp_says_sheet_candidature_and_edition(place: str) -> None:
    stamp = questionnaire(PROCESS, "dossier", "fr", "C-003").stamp
    found = read(
        FormDocument(
            "docx",
            (FormLine(str(stamp)),) * (place == "line"),
            str(stamp) if place == "property" else "",
        )
    )
    assert found.stamp == stamp
    assert (found.is_current, found.sheet, found.language) == (True, "dossier", "fr")
    assert found.outside == ()
    older = str(stamp).replace(stamp.edition, "00000000")
    assert read(FormDocument("docx", (), older)).is_current is False


def test_an_older_edition_is_read_by_its_labels() -> None:
    older = FormDocument(
        "docx",
        (FormLine("1. Téléphone"), Box((FormLine("05 61 00 00 00"),))),
        str(FORM.stamp).replace(FORM.stamp.edition, "00000000"),
    )
    assert read(older).sure == {"phone": "05 61 00 00 00"}


@pytest.mark.parametrize(
    "document",
    [
        FormDocument("docx", (), "Formulaire autre-2024 · dossier · 00000000"),
        FormDocument("docx", (), f"Formulaire {FORM.stamp.contest} · autre · 00000000"),
        blocks_of_text("Bonjour,\nTéléphone : 05 61 00 00 00"),
    ],
)
def test_what_is_no_form_of_this_contest_is_refused(document: FormDocument) -> None:
    with pytest.raises(Misuse) as caught:
        read(document)
    assert caught.value.mend


def test_questions_and_answers_side_by_side_are_read() -> None:
    side = table(("1. Nom du collectif", "Les Cèdres"), ("3. Téléphone *", "05 61 00 00 00"))
    found = read(FormDocument("docx", (side,), str(FORM.stamp)))
    assert found.sure == {"name": "Les Cèdres", "phone": "05 61 00 00 00"}


@pytest.mark.parametrize(
    ("label", "rest"),
    [
        ("3. TELEPHONE", ""), ("3) Téléphone *", ""), ("Question 3 – Téléfone :", ""),
        ("Téléphone", ""), ("3. Téléphone : ", "05 61 00 00 00"),
    ],
)  # fmt: skip
def test_a_label_is_known_however_it_is_written(label: str, rest: str) -> None:
    answered = (
        (FormLine(label + rest),)
        if rest
        else (FormLine(label), FormLine(""), FormLine("05 61 00 00 00"))
    )
    document = FormDocument(
        "docx", (FormLine("1. Nom du collectif"), Box(lines("Cèdres")), *answered), str(FORM.stamp)
    )
    assert read(document).sure == {"name": "Cèdres", "phone": "05 61 00 00 00"}


def test_what_stands_outside_the_box_is_kept() -> None:
    """A passage below a short answer answers nothing; below a long one it may go on."""
    document = form(phone="05 61 00 00 00", project="Un atelier.")
    blocks: list[Block] = []
    for block in document.blocks:
        blocks.append(block)
        if isinstance(block, Box) and block.lines[0].text:
            blocks.append(FormLine("Voir aussi la lettre."))
    found = read(FormDocument("docx", tuple(blocks), document.stamp_text))
    assert found.sure == {"phone": "05 61 00 00 00"}
    assert found.outside == ("Voir aussi la lettre.",)
    project = next(one for one in found.answers if one.name == "project")
    assert (project.status, project.value) == ("to_confirm", "Un atelier.\nVoir aussi la lettre.")


@pytest.mark.parametrize("said", ["Écrivez ici", "Écrivez ici ", "Choisissez"])
def test_words_that_ask_for_an_answer_are_none(said: str) -> None:
    assert answer("name", said).status == "missing"
    assert answer("members", table(HEADER, ("", said, said, ""))).status == "missing"
    assert answer("name", "Les Cèdres Écrivez ici").value == "Les Cèdres"
    said = "1. Nom du collectif\nÉcrivez iciLes Cèdres\n2. Courriel de contact\nÉcrivez ici"
    assert mail(said).sure == {"name": "Les Cèdres"}


def test_an_answer_may_repeat_the_words_of_the_form() -> None:
    said = "Un atelier.\nDemande\nEt un four."
    assert answer("project", said).value == said


def test_a_sign_alone_is_an_answer() -> None:
    assert answer("name", "»").value == "»"
    given = table(HEADER, ("Laine", "coopérative", "☒", ""))
    assert {one.name for one in read(form(members=given)).answers} >= {"members[1].ess"}


def test_a_form_of_another_day_says_nothing_of_its_own() -> None:
    found = blank(PROCESS, "dossier", "fr")
    other = FormLine(max(found.before, key=len).replace("e", "é", 1))
    assert read(
        FormDocument("docx", (other, FormLine("Nous"), *form().blocks), str(FORM.stamp))
    ).outside == ("Nous",)


def test_the_words_of_an_older_edition_are_no_sure_answer() -> None:
    blocks = (FormLine("1. Nom du collectif"), FormLine("En trois mots."), Box((FormLine(""),)))
    stamp = str(FORM.stamp).replace(FORM.stamp.edition, "00000000")
    name = read(FormDocument("docx", blocks, stamp)).answers[0]
    assert (name.status, name.value) == ("to_confirm", "En trois mots.")


def test_the_help_of_an_older_edition_says_nothing() -> None:
    stamp = str(FORM.stamp).replace(FORM.stamp.edition, "00000000")
    blocks = (
        FormLine("9. Territoire concerné"),
        FormLine("Une place par lignes !"),
        Box((FormLine(""),)),
        FormLine("10. Votre projet"),
        FormLine("150 caractères au plus."),
        Box((FormLine("Tondre."),)),
        FormLine("14. Structures membres"),
        FormLine("Ajoutez des lignes au besoin."),
        table(HEADER, ("", "", "", "")),
    )
    found = read(FormDocument("docx", blocks, stamp))
    answers = {one.name: one for one in found.answers}
    assert (answers["place"].status, answers["members"].status) == ("missing", "missing")
    assert answers["members"].why == ""
    assert found.sure == {"project": "Tondre."}
    assert found.outside == ("Ajoutez des lignes au besoin.",)


def test_a_table_that_was_flattened_is_a_doubt() -> None:
    told = "\n".join((*HEADER, "Laine", "coopérative", "oui", "", "Nant", "collectivité", "", ""))
    rows = "Laine\tcoopérative\toui\t\nNant\tcollectivité\t\t"
    for said, status, names in (
        (rows, "to_confirm", ["Laine", "Nant"]),
        (told, "not_understood", []),
    ):
        found = mail(f"1. Nom du collectif\nLes Cèdres\n14. Structures membres\n{said}")
        members = next(one for one in found.answers if one.name == "members")
        assert members.status == status, members
        assert [row["name"] for row in members.value or ()] == names
        assert "Laine" in members.words


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("folder", ["", "contests/aap-national", "contests/ami-permanent"])
def test_a_blank_form_answers_nothing(folder: str, language: str) -> None:
    process = Process.load(read_folder(ROOT / folder))
    for name, sheet in process.definition.sheets.items():
        if sheet.is_sent:
            made = blank(process, name, language)
            for document in (
                blocks_of_docx(blank_to_docx(made)),
                blocks_of_xlsx(blank_to_xlsx(made)),
            ):
                found = read_form("form", document, process)
                assert {one.status for one in found.answers} == {"missing"}, name
                assert (found.outside, found.language) == ((), language)


def test_what_is_longer_than_any_form_is_refused_before_it_is_read() -> None:
    """Each line is held against each label: a long text would take minutes."""
    with pytest.raises(Misuse, match="1501"):
        read(FormDocument("text", (FormLine("1. Nom du collectif"),) * 1_501))


def test_more_places_than_are_looked_up_wait_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_MOST_PLACES", 3)
    places = Box(tuple(FormLine(f"Nulle part {number}") for number in range(4)))
    found = answer("place", places)
    assert (found.status, found.value) == ("not_understood", None)
    assert found.why.startswith("4 ")
    assert found.words.endswith("Nulle part 3")
