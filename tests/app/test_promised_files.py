"""The files that letters promise, as the program itself writes them."""

from __future__ import annotations

from email import message_from_bytes, policy
from io import BytesIO

import docx
import openpyxl
import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.app.outbox.desk import letter_view, messages, release
from ptce_workflow.app.people import enrol
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.exports.attachments import too_large
from tests import mailing
from tests.mailing import notify, pass_at
from tests.rehearsal import added, move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
pytestmark = pytest.mark.usefixtures("in_english")
NOON, EVENING = "2024-02-20T12:00", "2024-02-20T17:00"
NAMES = "{{ attached | join(', ') }}"
PACK = 'attach = ["grid.cra", "declaration.cra", "booklet.cra"]'
ASKS = "{% for one in copies %}{{ one.file }} ({{ one.mail }}, {{ one.sent.day }}) {% endfor %}"


def files(server: Server, subject: str) -> list[dict[str, bytes]]:
    """The files of each mail of a subject, by name."""
    return [
        {
            part.get_filename() or "": part.get_content()
            for part in message_from_bytes(one.content, policy=policy.default).iter_attachments()
        }
        for one in server.received
        if one.subject.startswith(f"[REHEARSAL] {subject}") or one.subject.startswith(subject)
    ]


def promised(contest: Contest, name: str, toml: str, words: str = NAMES) -> None:
    notify(contest.folder, name, toml, words)
    adopt(contest, "Des fichiers joints.")


def test_a_form_goes_to_its_candidature(contest: Contest, server: Server) -> None:
    """It bears the stamp of the candidature, and the letter names it; the same twice."""
    promised(contest, "blank", 'on = "start.create"\nattach = ["form.dossier"]')
    ref = added(contest)
    pass_at(contest, server, NOON)
    [sent] = files(server, "blank")
    [(name, content)] = sent.items()
    assert name == f"form-dossier-{ref}.docx"
    text = "\n".join(one.text for one in docx.Document(BytesIO(content)).paragraphs)
    assert ref in text
    [row] = [one for one in messages(contest, ["sent"]) if one.notification == "blank"]
    assert name in letter_view(contest, row.name).letter.text


def test_an_institution_gets_its_grid(contest: Contest, server: Server) -> None:
    """Each its own, with those that it is asked about, none from which it stepped aside."""
    first, second = submitted(contest), submitted(contest, name="Autre", email="autre@x.example")
    for name in ("north", "south"):
        enrol(contest, name.capitalize(), ["jury"], institution=name, email=f"{name}@x.example")
    recuse(contest, second, "north", "Un lien.")
    promised(
        contest,
        "pack",
        f'about = "contest"\nto = "institutions"\nat = [2024-02-20T12:00:00]\nheld = true\n{PACK}',
    )
    for one in messages(contest, ["held"]):
        release(contest, [one.name])
    pass_at(contest, server, NOON)
    by_name = {name: content for sent in files(server, "pack") for name, content in sent.items()}
    assert {"grid-north.xlsx", "grid-south.xlsx", "booklet-north.docx"} <= by_name.keys()

    def refs(name: str) -> set[str]:
        sheet = openpyxl.load_workbook(BytesIO(by_name[name])).worksheets[0]
        cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
        return cells & {first, second}

    assert refs("grid-north.xlsx") == {first}
    assert refs("grid-south.xlsx") == {first, second}


def test_who_holds_a_file_is_asked_to_delete_it(contest: Contest, server: Server) -> None:
    """Those alone who were sent one, once; verify finds nothing amiss."""
    ref = submitted(contest)
    for name in ("north", "south"):
        enrol(contest, name.capitalize(), ["jury"], institution=name, email=f"{name}@x.example")
    recuse(contest, ref, "south", "Un lien.")
    promised(contest, "asked_to", 'on = "erased"\nto = "holders"', ASKS)
    promised(
        contest,
        "pack",
        'about = "contest"\nto = "institutions"\nat = [2024-02-20T12:00:00]\nattach = ["grid.cra"]',
    )
    pass_at(contest, server, NOON)
    move(contest, "withdraw", ref, reason="Plus tard.")
    pass_at(contest, server, EVENING)
    erase(contest, ref, "À sa demande.")
    pass_at(contest, server, EVENING)
    sent = [one for one in messages(contest, ["sent"]) if one.notification == "asked_to"]
    assert len(sent) == 1
    text = letter_view(contest, sent[0].name).letter.text
    assert "grid-north.xlsx (Pack, " in text
    assert "Jardin" not in text
    assert verify(contest).faults == ()


@pytest.mark.parametrize(("largest", "count"), [("10 MB", 0), ("5 kB", 1)])
def test_forms_that_no_mail_can_carry(contest: Contest, largest: str, count: int) -> None:
    config = contest.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + f'\n[mail]\nlargest = "{largest}"\n', "utf-8")
    promised(contest, "blank", 'on = "start.create"\nattach = ["form.dossier"]')
    assert len([*too_large(contest.process)]) == count
