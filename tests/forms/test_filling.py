"""The rehearsal's own way to fill a form in, and the mailbox that it comes in."""

import email
from collections.abc import Mapping
from email.policy import default
from io import BytesIO
from mailbox import Maildir
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

from ptce_workflow.office.forms.blank import questionnaire
from rehearsal.cast import FIRST, MISTYPED, RIGHT_ADDRESS
from rehearsal.filling import TICKED, boxes, words
from rehearsal.mailbox import ARRIVALS, Arrival, answers, deliver, the_blank, the_process

FORM = questionnaire(the_process(), "dossier", "fr")


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Two mails as they lie in the mailbox, by the names of their files."""
    folder = tmp_path_factory.mktemp("mailbox")
    deliver(folder, the_blank(), [one for one in ARRIVALS if one.number in (FIRST, MISTYPED)])
    return {file.name: file.read_bytes() for file in (folder / "new").iterdir()}


def arrival(number: int) -> Arrival:
    """The first mail of a collective."""
    return next(one for one in ARRIVALS if one.number == number)


def form_in(content: bytes) -> bytes:
    """The form that is attached to a mail."""
    [attached] = email.message_from_bytes(content, policy=default).iter_attachments()
    form = attached.get_content()
    assert isinstance(form, bytes)
    return form


def test_every_answer_of_a_dossier_stands_in_its_form(mails: Mapping[str, bytes]) -> None:
    given = answers(FIRST)
    paper = docx.Document(BytesIO(form_in(mails[Path(arrival(FIRST).file).name])))
    found = {question.name: (question, box) for question, _heading, box in boxes(paper, FORM)}
    assert found.keys() == {one.name for one in FORM.questions}
    for name, (question, box) in found.items():
        said = "".join(part.text or "" for part in box._tbl.iter(qn("w:t")))
        if question.field.type in ("options", "boolean"):
            assert said.count(TICKED) == len(words(question.field, given[name], "fr"))
        elif question.field.type == "table":
            assert all(row["name" if "name" in row else "signatory"] in said for row in given[name])
        else:
            assert all(
                part in said
                for word in words(question.field, given[name], "fr")
                for part in word.split("\n")
            )


def test_the_mailbox_is_a_maildir(tmp_path: Path) -> None:
    deliver(tmp_path, the_blank(), [arrival(MISTYPED)])
    [mail] = Maildir(tmp_path, create=False)
    assert RIGHT_ADDRESS in str(mail["From"])
    assert [line.split()[1] for line in mail.get_all("Received", [])] == [
        "mx.cress.example",
        "smtp.roue-libre.example",
    ]


def test_mails_are_the_same_each_time(tmp_path: Path, mails: Mapping[str, bytes]) -> None:
    again = arrival(FIRST)
    deliver(tmp_path, the_blank(), [again])
    assert (tmp_path / again.file).read_bytes() == mails[Path(again.file).name]
