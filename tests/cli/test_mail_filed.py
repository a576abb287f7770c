"""`ptce mail read` files forms where the folder wants it, and `ptce add mail:N` what is kept."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import open_case
from ptce_workflow.app.candidatures.history import write_note
from ptce_workflow.app.candidatures.record import Arrival, arrive
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.invocation import instant
from ptce_workflow.cli.terminal import Output
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.ledger.state import COURIER
from ptce_workflow.office.forms.blank import questionnaire
from rehearsal.mailbox import the_process
from tests.app.test_mail_read import AtHand
from tests.cli.lines import run
from tests.cli.posting import english
from tests.cli.test_add import ADDRESS, NAME, NOW, data, form, mail, trusted

Capture = pytest.CaptureFixture[str]
HOUR = "2024-03-05T10:42:07.000000Z"
STAMP = questionnaire(the_process(), "dossier", "fr").stamp


@pytest.fixture(autouse=True)
def _later(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the contest began, with our servers named; mails are opened here."""
    monkeypatch.setenv("PTCE_NOW", NOW)
    monkeypatch.setattr("ptce_workflow.app.mailbox.Child", AtHand)
    trusted(begun)


def clock() -> SetClock:
    return SetClock(instant(NOW, said_by="test", zone=None))


@pytest.fixture
def filing(begun: Path) -> Path:
    """A folder that has forms filed."""
    config = begun / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace('forms = "ask"', 'forms = "open"', 1), "utf-8")
    with Contest.open(begun, actor="bureau", clock=clock()) as contest:
        adopt(contest, "On classe sans main.")
    return begun


def stamped(ref: str = "", **changed: str) -> tuple[str, bytes]:
    """A form with the stamp of this contest, as a piece of a mail."""
    return "dossier.txt", form(str(replace(STAMP, ref=ref)), **changed).encode()


def kept(capsys: Capture) -> list[dict[str, Any]]:
    told = run(capsys, "mail", "read", "--list", "--json")
    assert told.code == 0, told.err
    listed: list[dict[str, Any]] = json.loads(told.out)
    return listed


def lines(folder: Path, actor: str = "courier") -> list[str]:
    """The kinds of the lines that somebody has written."""
    with Contest.open(folder, actor="bureau") as contest, contest.database.reading() as repo:
        every = [json.loads(row.line) for row in repo.lines(contest.id)]
    return [line["type"] for line in every if line["actor"] == actor]


def intact(folder: Path) -> bool:
    with Contest.open(folder, actor="bureau") as contest:
        assert verify(contest).faults == ()
    return True


def box(tmp_path: Path, *pieces: tuple[str, bytes], sender: str = ADDRESS, name: str = "m") -> str:
    return mail(tmp_path / f"{name}.eml", "Voici notre dossier.", sender, *pieces)


def test_a_form_opens_a_candidature(filing: Path, tmp_path: Path, capsys: Capture) -> None:
    """At its hour of receipt, by the courier; its acknowledgement is planned as for any."""
    file = box(tmp_path, stamped())
    told = english(capsys, "mail", "read", file)
    assert told.code == 0, told.err
    assert "filed: 1" in told.out
    shown = data(capsys, "C-001")
    assert shown["received"]["dossier"] == [HOUR]
    assert shown["facts"]["dossier.collective_name"] == NAME
    assert "Nannt" in shown["notes"][0]["text"]
    [row] = kept(capsys)
    assert (row["outcome"], row["ref"], row["received_at"]) == ("filed", "C-001", HOUR)
    written = ["candidature_opened", "sheet_received", "facts_received", "note_written"]
    assert [one for one in lines(filing) if one in written] == written
    planned = run(capsys, "mail", "list", "--ref", "C-001", "--json")
    assert '"draft_opened"' in planned.out
    # What was read once is not read again.
    assert "No new mail" in english(capsys, "mail", "read", file).out
    assert intact(filing)


def test_a_form_is_a_version_of_its_contact_s(
    filing: Path, tmp_path: Path, capsys: Capture
) -> None:
    """By the sender, or by the stamp; the hour of neither is that of reading."""
    english(capsys, "mail", "read", box(tmp_path, stamped(), name="a"))
    other = stamped(q7="Planter des chênes.")
    english(capsys, "mail", "read", box(tmp_path, other, name="b"))
    english(capsys, "mail", "read", box(tmp_path, stamped("C-001", q7="Planter."), name="c"))
    assert [(row["outcome"], row["ref"]) for row in kept(capsys)] == [("filed", "C-001")] * 3
    shown = data(capsys, "C-001")
    assert shown["facts"]["dossier.project"] == "Planter."
    assert intact(filing)


def test_one_that_is_late_is_received_as_late(
    filing: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", "2024-03-13T10:00:00+01:00")
    file = Path(box(tmp_path, stamped()))
    file.write_bytes(file.read_bytes().replace(b"Tue, 5 Mar", b"Tue, 12 Mar"))
    english(capsys, "mail", "read", str(file))
    shown = data(capsys, "C-001")
    assert shown["received"]["dossier"] == ["2024-03-12T10:42:07.000000Z"]
    assert "dossier.project" not in shown["facts"]
    assert intact(filing)


MACROS = b"MZ\x90\0"
PDF = b"%PDF-1.4\nscanned"


@pytest.mark.parametrize(
    ("pieces", "change", "why"),
    [
        ([stamped()], ("<contact@", "<other@"), "other@cedres.example is not its contact"),
        ([("d.txt", form().encode())], ("", ""), "bears no stamp"),
        (
            [("d.txt", form(str(replace(STAMP, contest="bretagne-2024"))).encode())],
            ("", ""),
            "bretagne-2024",
        ),
        ([stamped(), ("b.txt", stamped(q1="Autre")[1])], ("", ""), "2 forms came in one mail"),
        ([stamped("C-009")], ("", ""), "C-009"),
        ([stamped()], ("by mx.cress.example", "by mx.else.example"), "not among yours"),
        (
            [stamped()],
            ("From: ", "Authentication-Results: mx.cress.example; dmarc=fail\nFrom: "),
            "dmarc=fail",
        ),
        ([stamped(), ("facture.pdf", MACROS)], ("", ""), "program"),
        ([("dossier.docx", PDF)], ("", ""), "No form was found in what is attached. dossier.docx"),
    ],
    ids=[
        *("stranger", "no-stamp", "foreign", "two", "unknown", "no-hour", "dmarc", "program"),
        "pdf",
    ],
)
def test_what_waits_for_a_person(
    filing: Path,
    tmp_path: Path,
    capsys: Capture,
    pieces: list[tuple[str, bytes]],
    change: tuple[str, str],
    why: str,
) -> None:
    """With the reason, and the command to type; nothing is written of it."""
    file = Path(box(tmp_path, *pieces))
    was, becomes = (one.encode() for one in change)
    file.write_bytes(file.read_bytes().replace(was, becomes, 1))
    before = lines(filing)
    told = english(capsys, "mail", "read", str(file))
    assert told.code == 0, told.err
    assert "ptce add mail:1" in told.out + told.err
    assert lines(filing) == before
    [row] = kept(capsys)
    assert row["outcome"] == "unknown"
    with Contest.open(filing, actor="bureau") as contest, contest.database.reading() as repo:
        assert why in repo.received_mails(contest.id)[0].why or why in told.out
    assert intact(filing)


def test_a_person_is_told_that_the_sender_is_doubted(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = Path(box(tmp_path, stamped()))
    verdict = b"Authentication-Results: mx.cress.example; dmarc=fail\nFrom: "
    file.write_bytes(file.read_bytes().replace(b"From: ", verdict, 1))
    english(capsys, "mail", "read", str(file))
    told = english(capsys, "add", "mail:1", "--dry-run")
    assert "doubts that its sender wrote it: mx.cress.example; dmarc=fail" in " ".join(
        (told.out + told.err).split()
    )


def test_the_pieces_of_a_candidature_fit_a_terminal(
    filing: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long name is folded; the command that is suggested opens one of them."""
    english(capsys, "mail", "read", box(tmp_path, ("other.pdf", PDF), name="a"))
    letter = "lettre d’intention de la communauté de communes.pdf"
    english(capsys, "mail", "read", box(tmp_path, stamped(), (letter, PDF), name="b"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(Output, "width", lambda *_args: 80)
    told = run(capsys, "show", "C-001", "--pieces")
    assert max(map(len, told.out.splitlines())) <= 80
    assert "ptce document piece:2 -o" in told.out + told.err


@pytest.mark.long
def test_a_mail_that_is_too_large(filing: Path, tmp_path: Path, capsys: Capture) -> None:
    file = box(tmp_path, stamped(), ("big.bin", b"\0" * 45_000_000))
    told = english(capsys, "mail", "read", file)
    assert "larger than 30 MB" in " ".join(told.out.split())
    assert kept(capsys)[0]["outcome"] == "unreadable"
    told = english(capsys, "add", "mail:1", "--yes")
    assert "mail:1 cannot be read.\n  It is larger than 30 MB" in told.err
    assert intact(filing)


def test_the_same_form_in_a_second_mail(filing: Path, tmp_path: Path, capsys: Capture) -> None:
    english(capsys, "mail", "read", box(tmp_path, stamped(), name="a"))
    again = box(tmp_path, stamped(), ("plan.pdf", PDF), name="b")
    told = english(capsys, "mail", "read", again)
    assert "recorded already, with mail:1" in " ".join(told.out.split())
    assert [row["outcome"] for row in kept(capsys)] == ["filed", "answer"]
    assert data(capsys, "C-001")["received"]["dossier"] == [HOUR]


def test_nothing_is_filed_unless_the_folder_wants_it(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    """A person files it: its hour, its sender and its evidence are those of the mail."""
    told = english(capsys, "mail", "read", box(tmp_path, stamped()))
    assert "ptce add mail:1" in told.out + told.err
    assert kept(capsys)[0]["outcome"] == "unknown"
    told = english(capsys, "add", "mail:1", "--yes")
    assert told.code == 0, told.err
    assert "Keep the file" not in told.out
    shown = data(capsys, "C-001")
    assert shown["received"]["dossier"] == [HOUR]
    [row] = kept(capsys)
    assert (row["outcome"], row["ref"]) == ("filed", "C-001")
    told = english(capsys, "add", "mail:1", "--for", "C-001", "--yes")
    assert (told.code, "mail:1 is filed already" in told.err) == (2, True)
    assert english(capsys, "add", "mail:7", "--yes").code == 2
    assert intact(begun)


def test_two_programs_read_one_mailbox(
    filing: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second finds it filed: it opens one candidature."""
    from ptce_workflow.app import mailbox

    file = box(tmp_path, stamped())
    record = mailbox._MailboxReader._record

    def beside(self: Any, *given: Any) -> Any:
        monkeypatch.setattr(mailbox._MailboxReader, "_record", record)
        run(capsys, "mail", "read", file)
        return record(self, *given)

    monkeypatch.setattr(mailbox._MailboxReader, "_record", beside)
    assert "No new mail" in english(capsys, "mail", "read", file).out
    assert [row["ref"] for row in kept(capsys)] == ["C-001"]
    assert intact(filing)


def test_the_courier_writes_of_mails_alone(begun: Path) -> None:
    """Nothing where the folder does not want it."""
    with Contest.open(begun, actor="bureau", clock=clock()) as contest:
        with pytest.raises(PtceError), contest.acting(by=COURIER) as tx:
            open_case(tx)
        with contest.acting() as tx:
            case = open_case(tx)
            tx.flush()
        arrival = Arrival(contest.clock.now(), Evidence("a" * 64, 9))
        for act in (
            partial(arrive, sheet="dossier", arrival=arrival),
            partial(write_note, text="x"),
        ):
            with pytest.raises(PtceError), contest.acting(by=COURIER) as tx:
                act(tx, case)


def test_verify_asks_for_the_mail(filing: Path) -> None:
    """Of a candidature that the courier opened, and of what it received."""
    with Contest.open(filing, actor="bureau", clock=clock()) as contest:
        with contest.acting(by=COURIER) as tx:
            case = open_case(tx)
            tx.flush()
        what = "Le facteur a écrit sur une candidature dont il n’a reçu aucun courriel."
        assert [fault.what for fault in verify(contest).faults] == [what]
        told = pytest.raises(PtceError, match="le courriel pour preuve")
        with told, contest.acting(by=COURIER) as tx:
            arrive(tx, case, "dossier", Arrival(contest.clock.now()))
        with contest.acting(by=COURIER) as tx:
            arrive(tx, case, "dossier", Arrival(contest.clock.now(), Evidence("a" * 64, 9)))
            tx.flush()
        [fault] = verify(contest).faults
        assert fault.what == "Le courriel dont parle la ligne n’est pas conservé."
