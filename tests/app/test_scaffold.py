"""Folders that contests begin with: blank or copied, changed on the way, and checked first."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import receive
from ptce_workflow.app.create import FolderOrigin, PastDates, Scaffold, create, scaffold
from ptce_workflow.app.locations import bundled_contest, read_folder
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.errors import FolderFaults, Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import sound
from ptce_workflow.process.check.remarks import remarks
from ptce_workflow.process.dates import Shift, parse_shift
from tests.rehearsal import BEGINNING, SMALL, move, opened

BLANK = FolderOrigin(blank=True)
OF_SMALL = FolderOrigin(folder=SMALL)


def made(origin: FolderOrigin, name: str = "new", offered: Shift | None = None) -> Scaffold:
    """A folder as it is asked for, on the day of the rehearsal."""
    return scaffold(name, origin, BEGINNING, lambda _past: offered)


def config(origin: FolderOrigin, *settings: str) -> str:
    """The config.toml of a folder in which keys are set."""
    said = dict(one.split("=", 1) for one in settings)
    return made(replace(origin, settings=said)).process.files["config.toml"].decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_blank(language: str, tmp_path: Path, clock: SetClock) -> None:
    """It has neither fault nor remark, and runs from a draft to both ends, with its mails."""
    with speaking(language):
        folder = tmp_path / "a-call"
        created = create(folder, login="anne", rehearsal=True, clock=clock, origin=BLANK)
    assert created.process.definition.config.contest.id == "a-call"
    assert created.process.language == language
    assert remarks(created.process, clock.now()) == ()
    said = {"name": "Les Halles", "contact": "halles@test.example", "project": "Une halle."}
    with opened(folder, clock) as contest:
        refs = [add(contest, {"dossier": said}).ref for _ in range(2)]
        for ref, decision in zip(refs, ("select", "decline"), strict=True):
            receive(contest, ref, "dossier")
            move(contest, "submit", ref)
            reason = "Le projet est ailleurs." if decision == "decline" else None
            move(contest, decision, ref, reason=reason)
        assert {show(contest, ref).case.state for ref in refs} == {"selected", "declined"}
        assert [one.notification for one in messages(contest)].count("decision") == 2
        assert verify(contest).intact


def test_blank_in_both_languages_is_one_contest() -> None:
    shapes = []
    for language in ("fr", "en"):
        process = sound(read_folder(bundled_contest("blank") / language))
        edges = [
            (w.origin, w.name, w.to, [r.when for r in w.rules.values()])
            for w in process.every_edge()
        ]
        mails = [(n, one.on, one.held) for n, one in process.definition.notifications.items()]
        fields = process.definition.field_names()
        shapes.append((sorted(process.files), edges, mails, fields, process.dates.fixed))
    assert shapes[0] == shapes[1]


def test_a_folder_whose_name_is_no_id_keeps_that_of_the_blank_one() -> None:
    assert made(BLANK, "Mon Concours").process.definition.config.contest.id == "new-contest"
    typed = replace(BLANK, settings={"contest.id": "typed"})
    assert made(typed).process.definition.config.contest.id == "typed"


def test_another_contest_is_copied_without_its_ledger(tmp_path: Path, clock: SetClock) -> None:
    source = shutil.copytree(SMALL, tmp_path / "source")
    create(source, login="anne", rehearsal=True, clock=clock)
    (source / "notes.txt").touch()
    create(
        tmp_path / "copy",
        login="bo",
        rehearsal=True,
        clock=clock,
        origin=FolderOrigin(folder=source),
    )
    assert read_folder(tmp_path / "copy") == read_folder(source)
    assert not (tmp_path / "copy" / "notes.txt").exists()
    with opened(tmp_path / "copy", clock, "bo") as contest:
        assert verify(contest).intact


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        ("limits.places=12", "value = 12"),
        ("limits.places.value=12", "value = 12"),
        ("contest.title=A call", 'title = "A call"'),
        ('contest.title="A call"', 'title = "A call"'),
        ("contest.title=2027", 'title = "2027"'),
        ('contest.title=Say "hello" # there', r'title = "Say \\"hello\\" # there"'),
        ("dates.submission=2027-05-03T12:00", "at = 2027-05-03T12:00:00"),
        ("dates.submission=2027-05-03 12:00", "at = 2027-05-03T12:00:00"),
        ("dates.decision=date.submission + 1 month", 'at = "date.submission + 1 month"'),
        ("totals.selected.in=selected,declined", 'in = ["selected", "declined"]'),
        ("mail.opens=08:00", '[mail]\nopens = "08:00"'),
        ("dates.submission.lasts=2 hours", 'lasts = "2 hours"'),
    ],
)
def test_a_key_is_set(setting: str, written: str) -> None:
    """As it would be typed in the file, or as text; comments and all else stay."""
    found = config(BLANK, setting)
    assert written.replace("\\\\", "\\") in found
    assert "# Who, when, how many." in found
    assert "# does not change once" in found


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("contest.titel=x", 'Did you mean "contest.title"'),
        ("limits.plces=12", 'Did you mean "limits.places"'),
        ("limits.plces.value=12", 'Did you mean "limits.places.value"'),
        ("dates.submision=2027-05-03T12:00", 'Did you mean "dates.submission"'),
        ("nowhere=1", 'no key "nowhere"'),
        ("contest.title.fr=x", 'no key "contest.title.fr"'),
        ("limits=3", "limits.places.value"),
        ("limits.places=ten", "Expected: a whole number"),
        ("limits.places=", "Expected: a whole number"),
        ("limits.places=[1]", "Expected: a whole number"),
        ("limits.places=1\nx = 2", "Expected: a whole number"),
        ("sittings.jury=x", 'no key "sittings.jury"'),
    ],
)
def test_what_cannot_be_set(setting: str, told: str) -> None:
    with pytest.raises(Misuse) as refused:
        config(BLANK, setting)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("contest.id=Not An Id", "contest.id"),
        ("contest.holidays=XX", "contest.holidays"),
        ("dates.submission=2027-05-03", "dates.submission.at"),
        ("dates.submission=date.nothing", "dates.submission.at"),
        ("contest.name_field=dossier.nam", "contest.name_field"),
        ("limits.places=" + "9" * 40, "limits.places.value"),
    ],
)
def test_what_is_set_is_checked_as_if_it_were_written(setting: str, key: str) -> None:
    """The faults of the result are those of `ptce check`."""
    with pytest.raises(FolderFaults) as refused:
        config(BLANK, setting)
    assert key in {finding.key for finding in refused.value.findings}


def test_nothing_is_written_of_what_is_refused(tmp_path: Path, clock: SetClock) -> None:
    broken = shutil.copytree(SMALL, tmp_path / "broken")
    (broken / "states" / "draft.toml").write_text("[", "utf-8")
    for origin in (
        FolderOrigin(folder=broken),
        FolderOrigin(folder=tmp_path),
        replace(BLANK, settings={"contest.id": "No"}),
        replace(BLANK, model="ami-permanent"),
        FolderOrigin(model="ami-permanent", folder=SMALL),
    ):
        with pytest.raises(Misuse):
            create(tmp_path / "new", login="anne", rehearsal=True, clock=clock, origin=origin)
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "origin",
    [
        BLANK,
        OF_SMALL,
        FolderOrigin(settings={"contest.id": "x"}),
        FolderOrigin(shift=parse_shift("1y")),
    ],
)
def test_a_contest_that_is_there_is_left_alone(
    origin: FolderOrigin, tmp_path: Path, clock: SetClock
) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    before = read_folder(folder)
    with pytest.raises(Misuse, match="holds a contest already") as refused:
        create(folder, login="anne", rehearsal=True, clock=clock, origin=origin)
    assert origin.options[0] in refused.value.mend
    assert read_folder(folder) == before
    create(folder, login="anne", rehearsal=True, clock=clock)
    with pytest.raises(PtceError, match=r"(begun|holds the contest small-2024) already"):
        create(folder, login="anne", rehearsal=True, clock=clock, origin=origin)


# Dates.


def test_all_dates_are_moved_and_nothing_else() -> None:
    before = sound(read_folder(SMALL))
    after = made(replace(OF_SMALL, shift=parse_shift("1y")))
    day = r"202[45]-\d\d-\d\d"
    assert str(after.moved[0]).startswith("date.lapse: 2024-03-14 18:00 → 2025-03-13 18:00")
    for path, content in before.files.items():
        old, new = content.decode().splitlines(), after.process.files[path].decode().splitlines()
        changed = [(o, n) for o, n in zip(old, new, strict=True) if o != n]
        assert all(re.sub(day, "", o) == re.sub(day, "", n) for o, n in changed)
        assert all("at = 2024" in o and "at = 2025" in n for o, n in changed)
    assert ("contest.id", before.definition.config.contest.id) in after.left


def test_dates_of_a_model_that_are_past_are_told_and_offered() -> None:
    late = BEGINNING.replace(year=2026, month=11)
    offers: list[PastDates] = []

    def accept(past: PastDates) -> Shift:
        offers.append(past)
        return past.shift

    moved = scaffold("new", OF_SMALL, late, accept)
    assert "submission" in offers[0].names
    assert moved.past is None
    assert min(moved.process.dates.fixed.values()) > late
    left = scaffold("new", OF_SMALL, late, lambda _past: None)
    assert left.past == offers[0]
    assert left.moved == ()
    assert left.process.files == read_folder(SMALL)


def test_dates_ahead_are_not_asked_about() -> None:
    """Nor those of the blank folder, ever."""

    def never(past: PastDates) -> None:
        raise AssertionError(past)

    scaffold("new", OF_SMALL, datetime.fromisoformat("2020-01-01T00:00:00+00:00"), never)
    for year in (2019, 2024, 2026, 2075):
        now = BEGINNING.replace(year=year)
        blank = scaffold("new", BLANK, now, never)
        assert blank.past is None
        assert blank.moved == ()
        assert remarks(blank.process, now) == ()


def test_what_is_set_is_not_moved() -> None:
    settings = {"dates.submission": "2027-05-03T12:00"}
    after = made(FolderOrigin(blank=True, settings=settings, shift=parse_shift("3y")))
    assert "at = 2027-05-03T12:00:00" in after.process.files["config.toml"].decode()


def test_instants_are_moved_wherever_the_folder_has_them(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(bundled_contest("blank") / "en", folder)
    places = {
        "config.toml": (
            "[limits]",
            "[dates]\n"
            'more = { label = "2024-03-11T12:00", at = "2024-03-11 12:00", choice = "x" }\n'
            "[limits]",
        ),
        "states/submitted.toml": (
            "[transitions.decline]",
            '[transitions.lapse]\nlabel = "Lapse"\nto = "declined"\n'
            "at = 2024-03-12T12:00:00  # a remark\n\n[transitions.decline]",
        ),
        "notifications/reminder.md": (
            "",
            '+++\nlabel = "R"\nat = [\n  2024-03-11T09:00:00,  # first\n  "2024-03-13T09:00",\n]\n'
            'in = ["draft"]\nexpires = 2024-03-15T09:00:00\n+++\n# R\n\nHello.\n',
        ),
    }
    (folder / "notifications" / "reminder.md").touch()
    for name, (old, new) in places.items():
        file = folder / name
        file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8", newline="\n")
    files = made(FolderOrigin(folder=folder, shift=parse_shift("1w"))).process.files
    text = {name: files[name].decode() for name in places}
    assert 'label = "2024-03-11T12:00", at = "2024-03-18T12:00:00"' in text["config.toml"]
    assert "at = 2024-03-19T12:00:00  # a remark\n" in text["states/submitted.toml"]
    assert (
        '2024-03-18T09:00:00,  # first\n  "2024-03-20T09:00:00",'
        in text["notifications/reminder.md"]
    )
    assert "expires = 2024-03-22T09:00:00" in text["notifications/reminder.md"]
    assert text["notifications/reminder.md"].count("+++\n") == 2
