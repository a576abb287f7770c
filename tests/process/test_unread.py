"""What a row holds and nobody has read yet is a mapping like any other."""

from ptce_workflow.base.notation import from_json
from ptce_workflow.process.candidature import Unread


def test_unread_answers_as_what_it_holds() -> None:
    plain = {"dossier.name": "Les Jardins", "dossier.founded": None}
    unread = Unread('{"dossier.name": "Les Jardins", "dossier.founded": null}', from_json)
    assert unread == plain
    assert ({**unread}, list(unread), len(unread)) == (plain, list(plain), 2)
    assert all(key in unread and unread[key] == unread.get(key) for key in plain)
    assert ("nothing" in unread, unread.get("nothing", 7)) == (False, 7)
