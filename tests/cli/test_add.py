"""`ptce add`: a form or a mail opens a candidature, or is filed as a version of one."""

import json
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import ptce_workflow.cli.invocation as writing
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.filing import Filing, file
from ptce_workflow.app.candidatures.record import Arrival, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.cli.invocation import instant
from ptce_workflow.cli.terminal import Output
from ptce_workflow.office.forms.blank import questionnaire
from ptce_workflow.process.candidature import Candidature
from rehearsal.filling import filled
from rehearsal.mailbox import the_blank, the_process
from tests.cli.lines import run
from tests.cli.posting import english
from tests.cli.shapes import agrees, shape

Capture = pytest.CaptureFixture[str]
NOW = "2024-03-06T10:00:00+01:00"
AT = ("--at", "5 mars 11h42")
NAME = "Les Cèdres bleus"
ADDRESS = "contact@cedres.example"
QUESTIONS = {
    "Nom du collectif": NAME,
    "Adresse électronique du collectif": ADDRESS,
    "Téléphone": "",
    "Territoire concerné": "Nant (12), Nannt",
    "Structures membres": "",
    "Thématique d’intervention": "[x] énergie\n[ ] mobilité",
    "Votre projet commun": "Planter des cèdres.",
    "Besoins du territoire auxquels vous répondez": "De l’ombre.",
    "Ce que vous avez déjà fait ensemble": "",
    "Lettres d’intention jointes": "",
    "Partenaires potentiels": "",
    "Réseaux locaux que vous connaissez": "",
    "En quoi vos actions sont-elles innovantes ?": "",
    "Ce qui vous manque, et ce que vous attendez de l’accompagnement": "Du temps.",
    "Êtes-vous prêts à répondre à l’AMI permanent sans accompagnement ?": "peut-être",
}


def form(stamp: str = "", **changed: str) -> str:
    """A form as it is pasted in a mail; answers are changed by the number of their question."""
    lines = ["Bonjour, notre trésorière a changé.", ""]
    for number, (label, answer) in enumerate(QUESTIONS.items(), 1):
        lines += [f"{number}. {label} *", changed.get(f"q{number}", answer)]
    return "\n".join((*lines, "", stamp))


def written(path: Path, text: str) -> str:
    """A file that holds a text; its name."""
    path.write_text(text, "utf-8")
    return str(path)


def intact(folder: Path) -> bool:
    with Contest.open(folder, actor="bureau") as contest:
        return verify(contest).intact


def data(capsys: Capture, *words: str) -> dict[str, Any]:
    """What `ptce show --json` tells of a candidature."""
    told: dict[str, Any] = json.loads(run(capsys, "show", *words, "--json").out)
    return told


@pytest.fixture(autouse=True)
def _later(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the contest began."""
    del begun
    monkeypatch.setenv("PTCE_NOW", NOW)


def mail(path: Path, text: str, sender: str = ADDRESS, *pieces: tuple[str, bytes]) -> str:
    """A mail that our server took on 5 March at 11:42:07 and stored two minutes later; its name."""
    message = EmailMessage()
    message["From"], message["Subject"] = f"Camille <{sender}>", "Notre dossier"
    message.set_content(text)
    for name, content in pieces:
        message.add_attachment(content, "application", "octet-stream", filename=name)
    own = (
        "from mx.cress.example ([192.0.2.10]) by box.cress.example (Postfix) with LMTP id 2;"
        " Tue, 5 Mar 2024 11:44:00 +0100",
        "from their.example ([203.0.113.9]) by mx.cress.example (Postfix) with ESMTP id 1;"
        " Tue, 5 Mar 2024 11:42:07 +0100",
    )
    head = "".join(f"Received: {line}\n" for line in own)
    path.write_bytes(head.encode() + message.as_bytes())
    return str(path)


def trusted(folder: Path) -> None:
    hosts = 'entry = ["mx.cress.example"]\ninner = ["box.cress.example"]\n'
    with (folder / "local.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[receipt]\n{hosts}networks = ["192.0.2.0/28"]\n')


@pytest.mark.long
def test_a_form_is_shown_then_opens_a_candidature(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = written(tmp_path / "form.txt", form())
    told = english(capsys, "add", file, *AT, "--yes")
    assert told.code == 0, told.err
    assert "ptce record C-001 dossier --edit" in told.err
    for words in (
        "a new candidature: C-001 Les Cèdres bleus",
        "Tuesday 5 March 2024 at 11:42 (as typed)",
        "no stamp",
        "Read: 6 answers",
        "To confirm: 1 Territory concerned Nant (12), Nannt",
        "Not understood: 1",
        "Without an answer: 7",
        "Still missing: Territory concerned, Member structures",
        "notre trésorière a changé",
        "Evidence:",
    ):
        assert words in " ".join(told.out.split()), told.out
    shown = data(capsys, "C-001")
    assert shown["facts"]["dossier.collective_name"] == NAME
    assert "dossier.territory" not in shown["facts"]
    [note] = shown["notes"]
    assert "Nannt" in note["text"]
    assert "peut-être" in note["text"]
    assert "trésorière" in note["text"]
    assert intact(begun)


def test_a_mail_gives_its_hour_its_sender_and_its_text(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = mail(tmp_path / "mail.eml", form())
    assert english(capsys, "add", file, "--yes").code == 2
    trusted(begun)
    told = english(capsys, "add", file, "--yes")
    assert told.code == 0, told.err
    flat = " ".join(told.out.split())
    assert "from Camille <contact@cedres.example>" in flat
    assert "Tuesday 5 March 2024 at 11:42:07 (taken by the first server)" in flat
    assert "Tuesday 5 March 2024 at 11:44 (stored in the mailbox)" in flat
    assert run(capsys, "show", "C-001", "--json").code == 0
    again = english(capsys, "add", file, "--yes")
    assert again.code == 2
    assert "recorded already" in again.err
    mails = json.loads(run(capsys, "mail", "list", "--all", "--json").out)
    [clock_view] = [one for one in mails if "Accusé" in one["label"]]
    letter = " ".join(run(capsys, "mail", "show", clock_view["message"]).out.split())
    assert "Structures membres" in letter
    assert "11 h 42" in letter
    assert intact(begun)


@pytest.mark.long
def test_a_second_form_of_the_sender_is_a_version(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    trusted(begun)
    english(capsys, "add", mail(tmp_path / "a.eml", form()), "--yes")
    other = mail(tmp_path / "b.eml", form(q7="Planter des chênes.", q8=""))
    later = ("--at", "6 mars 9h05")
    told = english(capsys, "add", other, *later, "--dry-run")
    flat = " ".join(told.out.split())
    assert "a version of C-001 Les Cèdres bleus" in flat
    assert "Planter des cèdres. → Planter des chênes." in flat
    assert "De l’ombre" not in flat
    before = data(capsys, "C-001")
    assert english(capsys, "add", other, *later, "--yes").code == 0
    after = data(capsys, "C-001")
    changed = {k for k in after["facts"] if after["facts"][k] != before["facts"].get(k)}
    assert changed == {"dossier.project"}
    assert intact(begun)


def test_a_stamp_names_the_candidature(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    trusted(begun)
    run(capsys, "add", "--name", NAME, "--email", ADDRESS)
    with Contest.open(begun, actor="bureau") as contest:
        stamp = questionnaire(contest.process, "dossier", "fr", "C-001").stamp
    stranger = mail(tmp_path / "a.eml", form(str(stamp)), "jo@ailleurs.example")
    told = english(capsys, "add", stranger, "--dry-run")
    assert "a version of" in told.out
    assert "jo@ailleurs.example is not the contact of C-001" in " ".join(told.out.split())
    assert "no stamp" not in told.out
    foreign = replace(stamp, contest="bretagne-2024", ref="")
    refused = english(capsys, "add", mail(tmp_path / "b.eml", form(str(foreign))), "--yes")
    assert refused.code == 2
    assert "bretagne-2024" in refused.err
    old = replace(stamp, edition="00000000")
    told = english(capsys, "add", mail(tmp_path / "c.eml", form(str(old))), "--dry-run")
    assert "an older form" in told.out


@pytest.mark.long
def test_the_sender_may_mean_several(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    """It is asked which; a form under another name is never filed by the address alone."""
    trusted(begun)
    run(capsys, "add", "--name", NAME, "--email", ADDRESS)
    other = mail(tmp_path / "a.eml", form(q1="La Tourbière"))
    told = english(capsys, "add", other, "--yes")
    assert told.code == 2
    assert "--for C-001" in told.err
    assert english(capsys, "add", other, "--new", "--yes").code == 0
    told = english(capsys, "add", mail(tmp_path / "b.eml", form()), "--yes")
    assert told.code == 2
    assert "several candidatures" in told.err
    told = english(capsys, "add", str(tmp_path / "b.eml"), "--for", "1", "--yes")
    assert "a version of" in told.out
    assert intact(begun)


@pytest.mark.long
def test_two_forms_in_one_mail_are_refused(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    trusted(begun)
    pieces = (("un.txt", form().encode()), ("deux.txt", form(q1="Autre").encode()))
    told = english(capsys, "add", mail(tmp_path / "a.eml", "Voici.", ADDRESS, *pieces), "--yes")
    assert told.code == 2
    for words in ("un.txt", "deux.txt", "--for REF"):
        assert words in told.err
    one = mail(tmp_path / "b.eml", "Merci à vous.", ADDRESS, pieces[0], ("s.pdf", b"%PDF-1.4 x"))
    told = english(capsys, "add", one, "--yes")
    assert told.code == 0, told.err
    assert "s.pdf" in told.out
    assert "Merci à vous." in str(data(capsys, "C-001")["notes"])


@pytest.mark.long
def test_what_cannot_be_read_is_received(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\nscanned")
    told = english(capsys, "add", str(scan), *AT, "--yes")
    assert told.code == 2
    assert "--for REF" in told.err
    told = english(capsys, "add", str(scan), *AT, "--name", NAME, "--email", ADDRESS, "--yes")
    assert told.code == 0, told.err
    assert "cannot be read" in told.out
    told = english(capsys, "add", str(scan), "--for", "C-001", "--at", "6 mars 9h", "--yes")
    assert told.code == 0, told.err
    assert len(data(capsys, "C-001")["received"]["dossier"]) == 2
    (tmp_path / "empty.docx").touch()
    told = english(capsys, "add", str(tmp_path / "empty.docx"), *AT, "--for", "C-001", "--yes")
    assert told.code == 2
    assert "proves nothing" in told.err
    assert intact(begun)


def test_by_hand_while_the_mail_is_on_screen(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    proof = written(tmp_path / "mail.eml", "…")
    by_hand = ("--name", NAME, "--email", ADDRESS, "--at", "5 mars 11h42")
    assert english(capsys, "add", *by_hand, "--evidence", proof, "--dry-run").code == 0
    told = english(capsys, "add", *by_hand[:-1], "7 mars 11h", "--evidence", proof)
    assert told.code == 2, told.err
    assert "in the future: Thursday 7 March 2024 at 11:00." in " ".join(told.err.split())
    told = english(capsys, "add", *by_hand, "--evidence", proof)
    assert told.code == 0, told.err
    assert "C-001" in told.out
    assert data(capsys, "C-001")["received"]["dossier"] == ["2024-03-05T10:42:00.000000Z"]
    assert english(capsys, "add", "--email", ADDRESS).code == 2
    assert english(capsys, "add", "--name", NAME, "--email", "nobody").code == 2
    assert intact(begun)


def test_after_the_hour_it_is_filed_by_the_same_command(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its arrival is recorded, what may not be written any more is left out, and told."""
    trusted(begun)
    english(capsys, "add", mail(tmp_path / "a.eml", form()), "--yes")
    monkeypatch.setenv("PTCE_NOW", "2024-03-12T10:00:00+01:00")
    late = ("--at", "11 mars 14h")
    file = written(tmp_path / "late.txt", form(q7="Planter des chênes."))
    told = english(capsys, "add", file, "--for", "C-001", *late, "--yes")
    assert told.code == 0, told.err
    assert "Left out" in told.out
    shown = data(capsys, "C-001")
    assert shown["facts"]["dossier.project"] == "Planter des cèdres."
    assert len(shown["received"]["dossier"]) == 2
    stranger = form(q1="La Tourbière", q2="jo@tourbiere.example")
    told = english(capsys, "add", written(tmp_path / "new.txt", stranger), *late, "--yes")
    assert told.code == 0, told.err
    facts = data(capsys, "C-002")["facts"]
    assert set(facts) == {"dossier.collective_name", "dossier.contact_email"}
    assert intact(begun)


def test_two_people_at_one_candidature(begun: Path) -> None:
    moment = instant(NOW, said_by="test", zone=None)
    with Contest.open(begun, actor="bureau", clock=SetClock(moment)) as contest:
        arrival = Arrival(moment - timedelta(hours=3))
        answers = {"dossier": {"collective_name": NAME}}
        opening = Filing("dossier", answers, arrival)
        seen = file(contest, opening, dry_run=True)
        file(contest, opening, seen=seen)
        with pytest.raises(PtceError, match="à cet instant même"):
            file(contest, opening, seen=seen)
        version = Filing("dossier", {"dossier": {"project": "x"}}, Arrival(moment), ref="C-001")
        seen = file(contest, version, dry_run=True)
        record(contest, "C-001", {"dossier": {"project": "y"}})
        with pytest.raises(PtceError, match="à cet instant même"):
            file(contest, version, seen=seen)
        assert verify(contest).intact


def test_nothing_is_written_unless_somebody_agrees(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "form.txt", form())
    assert english(capsys, "add", file, *AT).code == 2
    assert english(capsys, "add", file, *AT, "--json").code == 2
    monkeypatch.setattr(writing, "is_somebody_here", lambda *_args: True)
    monkeypatch.setattr(writing, "entered", lambda *_args: "non")
    assert english(capsys, "add", file, *AT).code == 1

    def interrupted(*_args: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "entered", interrupted)
    assert english(capsys, "add", file, *AT).code == 130
    assert json.loads(run(capsys, "list", "--json").out) == []


@pytest.mark.long
def test_of_several_files_one_that_is_refused_keeps_no_other_out(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted(begun)
    good = mail(tmp_path / "a.eml", form())
    bad = mail(tmp_path / "b.eml", "Bonjour ?", "x@y.example")
    told = english(capsys, "add", bad, good, "--yes")
    assert told.code == 1
    assert "b.eml" in told.err
    assert "C-001" in told.out
    assert f"Files added: 1 of 2. Not added: {bad}." in " ".join(told.err.split())
    with monkeypatch.context() as patched:
        patched.setattr(writing, "is_somebody_here", lambda *_args: True)
        patched.setattr(writing, "entered", lambda *_args: "no")
        quay = form(q1="Quai", q2="q@quai.example")
        other = mail(tmp_path / "c.eml", quay, "q@quai.example")
        told = english(capsys, "add", other, bad)
    assert f"{other}: not added." in " ".join(told.err.split())
    assert "Nothing was written" not in told.out + told.err
    assert english(capsys, "add", good, bad, "--for", "C-001").code == 2
    toml = written(tmp_path / "d.toml", '[dossier]\ncollective_name = "Quai"\n')
    assert english(capsys, "add", good, toml).code == 2
    assert english(capsys, "add", toml, "--name", "x").code == 2


def test_all_of_it_is_data(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    """`--dry-run --json` has all that was read, in the documented keys, and writes nothing."""
    trusted(begun)
    file = mail(tmp_path / "a.eml", form())
    told = english(capsys, "add", file, "--dry-run", "--json")
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert agrees(shape(every_command()["add"].shape), found)
    [one] = found
    assert one["opened"] is True
    assert one["hour"] == "entry"
    assert one["received_at"] == "2024-03-05T10:42:07.000000Z"
    statuses = {answer["name"]: answer["status"] for answer in one["answers"]}
    assert statuses["territory"] == "to_confirm"
    assert statuses["prepared"] == "not_understood"
    assert statuses["members"] == "missing"
    assert json.loads(run(capsys, "list", "--json").out) == []
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\nscanned")
    words = ("add", str(scan), *AT, "--name", NAME, "--dry-run", "--json")
    [one] = json.loads(english(capsys, *words).out)
    assert one["answers"] == []
    assert any("cannot be read" in doubt for doubt in one["doubts"])


def test_a_word_form_in_a_mail_is_taken_whole(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    trusted(begun)
    given = {"collective_name": NAME, "contact_email": ADDRESS, "project": "Planter.\nVendre."}
    blank = the_blank()
    piece = filled(blank, questionnaire(the_process(), "dossier", "fr"), given)
    name = "../../dossier\u202e" + "x" * 300 + ".docx"
    told = run(capsys, "add", mail(tmp_path / "a.eml", "Bonjour.", ADDRESS, (name, piece)), "--yes")
    assert told.code == 0, told.err
    assert "Lu : 3 réponses" in " ".join(told.out.split())
    assert "marque" not in told.out
    shown = data(capsys, "C-001")
    assert shown["facts"]["dossier.project"] == "Planter.\nVendre."
    [note] = shown["notes"]
    assert "Bonjour." in note["text"]
    assert intact(begun)


@pytest.mark.long
def test_a_form_in_a_mail_that_is_forwarded(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    trusted(begun)
    inner = Path(mail(tmp_path / "inner.eml", form())).read_bytes()
    outer = EmailMessage()
    outer["From"] = "desk@cress.example"
    outer.set_content("Pour information")
    outer.add_attachment(message_from_bytes(inner, policy=default))
    file = tmp_path / "outer.eml"
    file.write_bytes(outer.as_bytes())
    assert run(capsys, "add", str(file), "--dry-run").code != 0
    (read,) = json.loads(run(capsys, "add", str(file), *AT, "--dry-run", "--json").out)
    assert (read["name"], read["unread"]) == ("Les Cèdres bleus", [])


@pytest.mark.long
def test_a_form_without_an_address_is_answered_at_that_of_its_sender(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    trusted(begun)
    english(capsys, "add", mail(tmp_path / "a.eml", form(q2=""), "jo@cedres.example"), "--yes")
    assert data(capsys, "C-001")["facts"]["dossier.contact_email"] == "jo@cedres.example"
    other = mail(tmp_path / "b.eml", form(q1="La Tourbière", q2=""), "jo@cedres.example")
    typed = ("--new", "--email", "la@tourbiere.example", "--yes")
    assert english(capsys, "add", other, *typed).code == 0
    assert data(capsys, "C-002")["facts"]["dossier.contact_email"] == "la@tourbiere.example"


@pytest.mark.long
def test_the_screen_fits_eighty_columns(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted(begun)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(Output, "is_terminal", staticmethod(lambda _stream: True))
    monkeypatch.setattr(Output, "width", lambda *_args: 80)
    file = mail(tmp_path / "a.eml", form(q7="Planter des cèdres. " * 40), "jo@cedres.example")
    for language in ("fr", "en"):
        told = run(capsys, "add", file, "--dry-run", "--lang", language).out
        lines = [line for line in told.splitlines() if str(tmp_path) not in line]
        assert max(map(len, lines)) <= 80, told


@pytest.mark.long
def test_nobody_learns_of_a_contact_by_filing(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may not file is refused alike, whether the sender is known or not."""
    trusted(begun)
    run(capsys, "add", "--name", NAME, "--email", ADDRESS)
    run(capsys, "people", "enrol", "D", "--role", "jury", "--institution", "dreets", "--login", "d")
    monkeypatch.setenv("PTCE_ACTOR", "d")
    told = [
        english(capsys, "add", mail(tmp_path / "a.eml", form(q1="La Tourbière"), sender), "--yes")
        for sender in (ADDRESS, "jo@ailleurs.example")
    ]
    assert [one.code for one in told] == [1, 1]
    assert told[0].err == told[1].err
    assert "C-001" not in told[0].out + told[0].err


def test_what_a_form_surely_says_is_recorded_with_its_doubt(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    members = [
        {"name": "Association Ici", "kind": "ess_enterprise", "ess": False},
        {"name": "Mairie de Nant", "kind": "local_authority", "ess": False},
    ]
    given = {"collective_name": NAME, "contact_email": ADDRESS, "members": members}
    form_bytes = filled(the_blank(), questionnaire(the_process(), "dossier", "fr"), given)
    (tmp_path / "a.docx").write_bytes(form_bytes)
    told = english(capsys, "add", str(tmp_path / "a.docx"), *AT, "--yes")
    assert told.code == 0, told.err
    flat = " ".join(told.out.split())
    assert 'row 1, social economy: no: "association" in the name' in flat
    assert "row 2" not in flat
    shown = data(capsys, "C-001")
    assert len(shown["facts"]["dossier.members"]) == 2
    [note] = shown["notes"]
    assert "row 1" in note["text"]


@pytest.mark.long
def test_an_empty_form_opens_no_candidature(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    trusted(begun)
    answers = {f"q{number}": "" for number in range(1, len(QUESTIONS) + 1)}
    file = mail(tmp_path / "a.eml", form(**answers))
    told = english(capsys, "add", file, "--yes")
    assert told.code == 2
    assert "its form is empty" in told.err
    assert "--name" in told.err
    assert english(capsys, "add", file, "--name", NAME, "--email", ADDRESS, "--yes").code == 0
    later = ("--at", "6 mars 9h", "--yes")
    assert "a version of C-001" in english(capsys, "add", file, *later).out
    assert intact(begun)


@pytest.mark.long
def test_two_mails_of_one_second_are_two_arrivals(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    trusted(begun)
    first, other = mail(tmp_path / "a.eml", form()), mail(tmp_path / "b.eml", form(q7="Autre."))
    assert english(capsys, "add", first, other, "--yes").code == 0
    shown = data(capsys, "C-001")
    assert shown["facts"]["dossier.project"] == "Autre."
    assert "recorded already" in english(capsys, "add", first, "--yes").err
    assert intact(begun)


def test_candidatures_are_read_once_for_many_files(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted(begun)
    asked: list[Transaction] = []
    every = Transaction.every_case

    def counted(tx: Transaction) -> list[Candidature]:
        asked.append(tx)
        return every(tx)

    monkeypatch.setattr(Transaction, "every_case", counted)
    files = [mail(tmp_path / f"{one}.eml", form(q7=one)) for one in "abc"]
    assert english(capsys, "add", *files, "--yes").code == 0
    assert len(asked) == 1
    assert [one["ref"] for one in json.loads(run(capsys, "list", "--json").out)] == ["C-001"]


def test_bullets_of_a_word_processor_are_read(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    run(capsys, "add", "--name", NAME, "--email", ADDRESS)
    assert run(capsys, "record", "C-001", "dossier", "project=\uf0a7 Planter.").code == 0
    assert data(capsys, "C-001")["facts"]["dossier.project"] == "• Planter."
