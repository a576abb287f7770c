"""What papers and answers say is so: each arrival once, each typist, each page, each decision."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import fingerprint, speaking
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.cli.terminal import print_parts
from ptce_workflow.ledger.line import digest
from ptce_workflow.office.docx import to_docx
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import (
    Advice,
    Bullets,
    Column,
    Contents,
    Drawing,
    Heading,
    LabelledValues,
    Lead,
    Paragraph,
    Part,
    Report,
    Signatures,
    Table,
)
from ptce_workflow.process.fields import ValueRefused
from ptce_workflow.process.model.defaults import UNLESS
from ptce_workflow.process.process import Process
from ptce_workflow.reports.audit import audit_ledger
from ptce_workflow.reports.listing import shaped
from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.cli.posting import DOSSIERS, english
from tests.cli.test_output import output, printed
from tests.rehearsal import attack

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]
AT = datetime(2024, 4, 18, 8, tzinfo=UTC)
PARTS: dict[type, Any] = {
    Advice: Advice("WORD {command}", "ptce list"),
    Bullets: Bullets(("WORD",)),
    Contents: Contents((Heading("WORD", anchor="word"),)),
    Drawing: Drawing("WORD", lambda room: iter(("WORD",))),
    Heading: Heading("WORD"),
    LabelledValues: LabelledValues((("label", "WORD"),)),
    Lead: Lead("WORD"),
    Paragraph: Paragraph("WORD"),
    Signatures: Signatures(("WORD",)),
    Table: Table((Column("heading"),), (("WORD",),)),
}


@pytest.mark.parametrize("kind", get_args(Part), ids=lambda kind: kind.__name__)
def test_every_part_is_shown_in_every_form(kind: type) -> None:
    """On a terminal, as a page, on paper: a part that one of them left out would be lost there."""
    report = Report("Title", "en", AT, "Contest", (PARTS[kind],))
    out = output(terminal=True)
    print_parts(out, report.parts)
    assert "WORD" in printed(out.stdout) + printed(out.stderr)
    assert "WORD" in to_html(report)
    assert to_docx(report)


def test_what_stands_beside_a_report_is_on_the_error_stream_alone() -> None:
    report = Report("Title", "en", AT, "Contest", (Advice("WORD", beside=True),))
    out = output(terminal=True)
    print_parts(out, report.parts)
    assert ("WORD" in printed(out.stdout), "WORD" in printed(out.stderr)) == (False, True)
    assert "WORD" not in to_html(report)


@pytest.fixture
def begun(contest: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contest with two drafts and a juror, a day after it began."""
    monkeypatch.setenv("PTCE_NOW", "2024-02-28T09:00:00+01:00")
    return contest


ACTS = {
    "add": ["add", "{dossier}", "--at", "27/02/2024 11:42", "--evidence", "{proof}"],
    "receive": ["receive", "C-001", "dossier", "--at", "27/02/2024 11:42", "--evidence", "{proof}"],
    "advance": ["advance", "C-001", "withdraw", "--reason", "…", "--yes"],
    "clock": ["clock"],
    "people enrol": ["people", "enrol", "Bo", "--role", "desk", "--login", "bo"],
    "people leave": ["people", "leave", "P-002"],
    "convene": ["convene", "--at", "09/04/2024 14:00"],
    "jury grid": ["jury", "grid", "--institution", "dreets", "-o", "dreets.xlsx"],
}


@pytest.mark.parametrize("name", ACTS)
def test_what_an_act_wrote_is_answered_with_its_options(
    name: str, begun: Path, capsys: Capture
) -> None:
    """An answer in JSON never fails once the line is written."""
    proof = begun / "mail.eml"
    proof.write_text("Received: …")
    words = [
        word.format(dossier=DOSSIERS / "03-roue-libre-en-comminges.toml", proof=proof)
        for word in ACTS[name]
    ]
    ended = run(capsys, *words, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)
    with Contest.open(begun, actor=DESK) as opened:
        assert verify(opened).intact


def test_evidence_is_told_by_its_hash_and_size(begun: Path, capsys: Capture) -> None:
    (begun / "mail.eml").write_text("x")
    ended = run(capsys, "receive", "C-001", "dossier", "--evidence", "mail.eml", "--json")
    told = json.loads(ended.out)["evidence"]
    assert (told.keys(), told["size"]) == ({"sha256", "size"}, 1)


def test_an_arrival_is_counted_once(begun: Path, capsys: Capture) -> None:
    dossier = str(DOSSIERS / "03-roue-libre-en-comminges.toml")
    assert run(capsys, "add", dossier, "--at", "27/02/2024 11:42").code == 0
    assert "1 arrival was entered." in english(capsys, "audit").out
    assert run(capsys, "receive", "C-001", "dossier", "--at", "27/02/2024 12:00").code == 0
    assert "2 arrivals were entered." in english(capsys, "audit").out


def test_what_the_desk_typed_for_an_institution_is_told(begun: Path, capsys: Capture) -> None:
    assert run(capsys, "jury", "recuse", "C-001", "dreets", "--reason", "…").code == 0
    told = english(capsys, "audit").out
    assert "P-001 typed 1 line for Direction régionale" in told or "P-001 typed 1 line for" in told
    with Contest.open(begun, actor=DESK) as opened:
        assert audit_ledger(opened).spoken_for == {("P-001", "dreets"): 1}


def test_an_audit_that_finds_a_fault_says_nothing_of_a_whole_ledger(
    begun: Path, capsys: Capture
) -> None:
    whole = "Read from the first line on"
    assert whole in english(capsys, "audit").out
    with Contest.open(begun, actor=DESK) as opened, attack(opened) as database:
        database.execute("UPDATE candidature SET name = 'Autre' WHERE ref = 'C-001'")
    told = run(capsys, "audit", "--lang", "en")
    assert told.code == 1
    assert "1 fault" in told.out
    assert whole not in told.out
    assert "its clock may have been set by hand" in told.out


@pytest.mark.parametrize("folder", [".", "contests/aap-national", "contests/ami-permanent"])
def test_what_unless_asks_rests_on_what_its_transition_rests_on(folder: str) -> None:
    """A refusal by `unless` cites the article, or the choice, of the transition."""
    process = Process.load(read_folder(ROOT / folder))
    asked = [edge for edge in process.every_edge() if UNLESS in edge.rules]
    assert asked
    for edge in asked:
        rule, transition = edge.rules[UNLESS], edge.transition
        assert (rule.source, rule.choice) == (transition.source, transition.choice)


def test_the_foot_of_a_paper_is_looked_up_as_it_is_typed(begun: Path, capsys: Capture) -> None:
    with Contest.open(begun, actor=DESK) as opened, opened.database.reading() as repo:
        content = repo.bytes_of_line(opened.id, 4)
    assert content is not None
    hash_ = digest(content)
    foot = f"ligne 4, empreinte {fingerprint(hash_)}"
    ended = english(capsys, "verify", "--receipt", foot)
    assert ended.code == 0, ended.err
    assert f"line 4 stands as quoted, {hash_}" in " ".join(ended.out.split())
    wrong = english(capsys, "verify", "--receipt", foot.replace(hash_[:4], "0000"))
    assert (wrong.code, "The line is not the one that" in wrong.out) == (1, True)
    assert "what is quoted is mistyped" in " ".join(wrong.out.split())
    for short in (foot[:-1], hash_[:16]):
        fewer = english(capsys, "verify", "--receipt", short)
        assert (fewer.code, "or type the foot" in " ".join(fewer.err.split())) == (2, True)
    assert "There is no such file" in english(capsys, "verify", "--receipt", "none.eml").err
    (begun / "kept.txt").write_text(f"C-001 · line 4, {fingerprint(hash_)} · 1 / 2\n")
    assert english(capsys, "verify", "--receipt", "kept.txt").code == 0


@pytest.mark.long
def test_the_first_mail_says_who_reads_the_data_and_until_when(
    begun: Path, capsys: Capture
) -> None:
    def said() -> str:
        (mail, *_others) = json.loads(
            run(capsys, "mail", "list", "--notification", "draft_opened", "--json").out
        )
        return " ".join(run(capsys, "mail", "show", mail["message"], "--lang", "fr").out.split())

    told = said()
    process = Process.load(read_folder(begun))
    for name in process.definition.sheets["cra"].members:
        assert process.definition.config.institutions[name].label.in_("fr") in told
    for words in (
        "conservées jusqu’au vendredi 15 mai 2026",
        "avec l’accord des archives publiques",
        "« Invitée directement » ou « Prête pour l’AMI »",
        "RGPD, article 6-1-e",
        "à les faire effacer",
    ):
        assert words in told.replace("\xa0", " "), told
    for sheet in ("dossier", "ami", "attendance", "confirmation"):
        file = begun / "sheets" / f"{sheet}.toml"
        text = file.read_text("utf-8").replace("+ 2 years", "+ 3 years")
        file.write_text(re.sub(r"visa = true.*", "", text), "utf-8")
    assert run(capsys, "adopt", "--reason", "trois ans").code == 0
    later = said().replace("\xa0", " ")
    assert "conservées jusqu’au samedi 15 mai 2027, puis effacées." in later
    assert "archives publiques" not in later


@pytest.mark.parametrize("name", [n for n, one in every_command().items() if one.shape])
def test_every_documented_shape_can_be_read(name: str) -> None:
    """One that cannot fails once the line is written."""
    assert shaped(every_command()[name].paths, None) is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("4/5", "4/5 n’est pas une note du barème"),
        ("NSP", "Qui n’a pas d’avis écrit « sans avis », ou -."),
        ("2,7", "Les notes vont de 0 à 5 par pas de 0,5."),
    ],
)
def test_a_mark_that_is_none_is_told_by_its_scale(typed: str, told: str) -> None:
    files = dict(read_folder(ROOT / "tests" / "small"))
    sheet, plain = "sheets/cra.toml", b'label = "Idea"'
    files[sheet] = files[sheet].replace(plain, b"no_opinion = true, " + plain)
    field = Process.load(files).definition.sheets["cra"].fields["idea"]
    with speaking("fr"), pytest.raises(ValueRefused) as refused:
        field.parse(typed, zone=ZoneInfo("Europe/Paris"))
    said = f"{refused.value.what} {refused.value.why} {refused.value.mend}"
    assert told in said.replace("\xa0", " ")
