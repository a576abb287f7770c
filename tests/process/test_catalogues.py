"""One language in the folder, the others in catalogues; what these lack is said in the first."""

from collections.abc import Mapping

import pytest

import ptce_workflow.process.process as form
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.process.fields import ScoreField, TableField
from ptce_workflow.process.model.folder import read_catalogue
from ptce_workflow.process.process import Process

pytestmark = pytest.mark.usefixtures("in_english")

FILES: Mapping[str, str] = {
    "config.toml": """
[contest]
id = "gardens"
title = "Jardins partagés"
timezone = "Europe/Paris"
name_field = "dossier.name"
contact_field = "dossier.contact"

[limits.floor]
label = "Note la plus basse"
value = 5.0
choice = "la moitié"
""",
    "sheets/dossier.toml": """
label = "Dossier"

[fields]
name = { type = "text", label = "Nom" }
contact = { type = "email", label = "Courriel", required = false }
size = { type = "integer", label = "Membres", computed = "dossier.people.size()" }
people.type = "table"
people.label = "Personnes"
people.columns.name = { type = "text", label = "Nom" }
people.columns.role = { type = "text", label = "Rôle", required = false }
""",
    "sheets/marks.toml": """
label = "Notes"
members = ["town"]
scale = { from = 0, to = 5 }
no_opinion = "lowest"
comment_in = "why"
comment_under = 2
choice = "de 0 à 5"

[fields]
beauty = { type = "score", label = "Beauté", choice = "l’œil" }
water = { type = "score", label = "Eau", choice = "l’été", no_opinion = false, comment_under = 1 }
why = { type = "long_text", label = "Pourquoi" }
""",
    "states/start.toml": '[transitions]\ncreate = { label = "Ouvrir", to = "draft" }\n',
    "states/draft.toml": """
label = "En cours"
open = ["dossier", "marks"]

[transitions.close]
label = "Clore"
to = "closed"

[transitions.close.rules]
named = { says = "Il a un nom", when = "given.dossier", choice = "on l’appelle" }

[transitions.lapse]
label = "Laisser"
to = "gone"
at = "entered.draft + 1 month"
""",
    "states/ends.toml": """
closed = { label = "Clos" }
gone = { label = "Laissé", meaning = "Personne ne l’a repris.", must_pass = ["draft"] }
""",
}
INSTITUTION = '\n[institutions]\ntown = { label = "Ville" }\n'


def folder(**files: str) -> dict[str, bytes]:
    """The gardens, with more files or others: `translations__en__po` is `translations/en.po`."""
    texts = {**FILES, "config.toml": FILES["config.toml"] + INSTITUTION}
    texts |= {name.replace("__", "/", 1).replace("__", "."): text for name, text in files.items()}
    return {path: text.encode() for path, text in texts.items()}


def po(*entries: tuple[str, str], context: str = "", fuzzy: bool = False) -> str:
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    marks = ("#, fuzzy\n" if fuzzy else "") + (f'msgctxt "{context}"\n' if context else "")
    return head + "\n\n".join(f'{marks}msgid "{one}"\nmsgstr "{other}"' for one, other in entries)


def label(files: Mapping[str, bytes], state: str, language: str) -> str:
    return Process.load(files).states[state].label.in_(language)


def test_what_goes_without_saying_need_not_be_said() -> None:
    assert check(folder()) == ()
    definition = Process.load(folder()).definition
    dossier, marks = definition.sheets["dossier"], definition.sheets["marks"]
    assert (dossier.by, marks.by) == (("desk",), ("jury", "desk"))
    draft = definition.states["draft"].transitions
    assert (draft["close"].by, draft["lapse"].by) == (("desk",), ())
    criteria = [one for one in marks.fields.values() if isinstance(one, ScoreField)]
    assert [one.scale.to for one in criteria] == [5, 5]
    assert [one.no_opinion for one in criteria] == [True, False]
    assert [one.comment_under for one in criteria] == [2, 1]
    assert definition.config.limits["floor"].decimal
    assert definition.states["closed"].ends
    assert definition.state_file("closed") == "states/ends.toml"


def test_a_sheet_is_complete_without_what_it_says_it_can_do_without() -> None:
    process = Process.load(folder())
    sheet = process.definition.sheets["dossier"]
    asked = [name for name, field in sheet.fields.items() if field.required]
    assert asked == ["name", "size", "people"]
    question = process.judge_of(process.edges("draft")["close"]).questions[0]
    assert question.used == ("given.dossier",)
    people = sheet.fields["people"]
    assert isinstance(people, TableField)
    assert people.records([{"name": "Zoé"}])
    assert not people.records([{"role": "eau"}])


def test_a_phrase_is_said_in_a_catalogues_language_where_it_has_it() -> None:
    files = folder(
        translations__en__po=po(("Clos", "Closed")), translations__oc__po=po(("Clos", "Clavat"))
    )
    assert check(files) == ()
    assert [label(files, "closed", tag) for tag in ("fr", "en", "oc")] == [
        "Clos",
        "Closed",
        "Clavat",
    ]
    assert label(files, "gone", "oc") == "Laissé"


def test_what_is_said_of_one_phrase_goes_before_what_is_said_of_all() -> None:
    """`msgctxt` names it: the word may mean two things."""
    both = po(("Nom", "Name")) + "\n\n"
    both += po(("Nom", "Title"), context="sheets.dossier.fields.name.label").split("\n\n", 1)[1]
    sheet = Process.load(folder(translations__en__po=both)).definition.sheets["dossier"]
    assert sheet.fields["name"].label.in_("en") == "Title"
    people = sheet.fields["people"]
    assert isinstance(people, TableField)
    assert people.columns["name"].label.in_("en") == "Name"


def test_what_nobody_has_confirmed_is_not_said() -> None:
    files = folder(
        translations__en__po=po(("Clos", "Close"), fuzzy=True) + '\n\n#~ msgid "x"\n#~ msgstr "y"\n'
    )
    assert check(files) == ()
    assert label(files, "closed", "en") == "Clos"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"msgid", b"\x00"])
def test_what_is_no_catalogue_is_told(content: bytes) -> None:
    found = check({**folder(), "translations/en.po": content})
    assert [one.file for one in found] == ["translations/en.po"]
    assert "codec" not in found[0].why


def test_the_form_holds_what_catalogues_say() -> None:
    files = folder(translations__en__po=po(("Clos", "Closed")))
    process = Process.load(files)
    again = form.load(form.dump(process), lambda: files)
    assert again.definition == process.definition
    assert again.states["closed"].label.in_("en") == "Closed"
    assert process.hash != Process.load(folder()).hash


def test_a_language_that_the_program_does_not_speak_still_has_its_phrases() -> None:
    files = folder(translations__oc__po=po(("Clos", "Clavat")))
    with speaking("oc"):
        assert str(Process.load(files).states["closed"].label) == "Clavat"


def test_a_catalogue_reads_what_poedit_writes() -> None:
    content = (
        po().encode() + b'\n#: states/draft.toml\nmsgid ""\n"En "\n"cours"\nmsgstr " Draft "\n'
    )
    assert read_catalogue(content, "en").find("states.draft.label", "En cours") == "Draft"
