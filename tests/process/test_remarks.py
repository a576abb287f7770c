"""What is no fault of a folder, and is told before it is adopted."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check, sound
from ptce_workflow.process.check.remarks import remarks, stamp
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.reading import refreshed
from tests.process.contests import REPOSITORY

BLANK = dict(read_folder(REPOSITORY / "contests" / "blank" / "en"))
BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
RECEIPT = BLANK["notifications/receipt.md"]
HEADER = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'


def _told(files: Files, now: datetime = BEFORE) -> tuple[Finding, ...]:
    with speaking("en"):
        return remarks(sound(files), now)


def _changed(path: str, *changes: tuple[str, str]) -> Files:
    text = BLANK[path].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return BLANK | {path: text.encode()}


def _french(more: bytes = b"", *, project: str = "new-contest") -> dict[str, bytes]:
    """The folder with a complete catalogue, mails included, and entries added to it."""
    catalogue = refreshed(sound(BLANK).definition, "fr", None).decode()
    catalogue = catalogue.replace(
        "Project-Id-Version: new-contest", f"Project-Id-Version: {project}"
    )
    done = catalogue.replace('msgstr ""\n\n', 'msgstr "…"\n\n')
    done = (
        done.rstrip().removesuffix('msgstr ""') + 'msgstr "…"\n' if done.endswith('""\n') else done
    )
    mails = {
        f"notifications/{name}.fr.md": b'+++ of = "%s" +++\n# Objet\n\nBonjour.\n'
        % stamp(BLANK[f"notifications/{name}.md"]).encode()
        for name in ("receipt", "decision")
    }
    return BLANK | mails | {"translations/fr.po": done.encode() + more}


def test_a_sound_folder_ahead_of_its_dates_has_none() -> None:
    assert _told(BLANK) == ()
    assert _told(_french()) == ()


def test_a_folder_without_a_rulebook_is_told_and_not_refused() -> None:
    files = {path: content for path, content in BLANK.items() if path != "texts/rulebook.md"}
    (told,) = _told(files)
    assert (told.file, told.line) == ("texts/rulebook.md", None)
    assert "no rulebook" in told.what
    # Another text is looked up all the same.
    files["config.toml"] = files["config.toml"].replace(b'source = "', b'source = "crpa: ', 1)
    with speaking("en"):
        assert {one.what for one in check(files)} == {"There is no file texts/crpa.md."}


def test_an_entry_of_no_use_is_told_with_its_line() -> None:
    before = _french()["translations/fr.po"].count(b"\n")
    (told,) = _told(_french(b'\nmsgid "Nobody says this"\nmsgstr "x"\n'))
    assert (told.file, told.line) == ("translations/fr.po", before + 2)
    assert '"Nobody says this" any more' in told.what
    assert "ptce translate fr" in told.mend


def test_guesses_are_told_and_not_used() -> None:
    text = _french()["translations/fr.po"].decode()
    at = text.index('msgid "Places"')
    start = text.rindex("\n\n", 0, at) + 2
    fuzzy = f"{text[:start]}#, fuzzy\n{text[start:]}"
    files = _french() | {"translations/fr.po": fuzzy.encode()}
    told = {one.what: one for one in _told(files)}
    guess = told.pop('"Places" is only guessed (fuzzy).')
    assert guess.line is not None
    assert 'msgid "Places"' in "\n".join(fuzzy.split("\n")[guess.line - 1 : guess.line + 3])
    (lacking,) = told.values()
    assert lacking.what == "1 phrase is not translated."
    assert '"Places"' in lacking.why
    limit = sound(files).definition.config.limits["places"]
    assert limit.label.in_("fr") == "Places"


def test_obsolete_entries_are_no_matter() -> None:
    assert _told(_french(b'\n#~ msgid "Nobody says this"\n#~ msgstr "x"\n')) == ()


def test_a_catalogue_of_another_contest_is_told() -> None:
    (told,) = _told(_french(project="gardens-2024"))
    assert (told.file, told.line) == ("translations/fr.po", 1)
    assert "another contest: gardens-2024" in told.what


def test_a_catalogue_that_is_empty_lacks_every_phrase() -> None:
    files = _french() | {"translations/fr.po": HEADER}
    (told,) = _told(files)
    assert "phrases are not translated" in told.what


def test_a_mail_without_its_text_or_with_an_older_one_is_told() -> None:
    files = dict(_french())
    del files["notifications/receipt.fr.md"]
    (told,) = _told(files)
    assert (told.file, told.line) == ("notifications/receipt.fr.md", None)
    assert "no text in this language" in told.what
    stale = _french() | {"notifications/receipt.md": RECEIPT + b"\nOne more line.\n"}
    (told,) = _told(stale)
    assert (told.place, told.key) == ("notifications/receipt.fr.md:1:5", "of")
    assert "older than the mail" in told.what
    assert stamp(stale["notifications/receipt.md"]) in told.mend
    # It is so without a catalogue of its language, too.
    del stale["translations/fr.po"]
    assert "older than the mail" in _told(stale)[0].what


def test_a_text_in_another_language_has_no_keys_of_its_own() -> None:
    """They are those of the mail, and would be read by nobody."""
    keys = b'+++\non = "entered.draft"\n+++\n# Objet\n\nBonjour.\n'
    (told,) = _told(_french() | {"notifications/receipt.fr.md": keys})
    assert (told.place, told.key) == ("notifications/receipt.fr.md:2:1", "on")
    assert "no key but of" in told.what


def test_dates_that_are_past_are_told_together() -> None:
    (told,) = _told(BLANK, datetime(2026, 1, 1, tzinfo=UTC))
    assert (told.file, told.key) == ("config.toml", "dates")
    assert told.what == "1 date is past: submission."


@pytest.mark.parametrize("day", ["2025-03-15", "2025-05-01"])
def test_a_date_on_a_day_off_is_told_at_its_key(day: str) -> None:
    files = _changed("config.toml", ("2025-03-14T12", f"{day}T12"))
    (told,) = _told(files)
    assert told.key == "dates.submission.at"
    assert told.line is not None
    assert files["config.toml"].decode().split("\n")[told.line - 1].startswith(f"at = {day}")
    assert "on a day off" in told.what


def _reminder(keys: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name} = {value}\n" for name, value in keys.items())
    return f'+++\nlabel = "Reminder"\nin = ["draft"]\n{lines}+++\n# Reminder\n\nHello.\n'.encode()


def test_a_reminder_that_leaves_too_late_or_too_early_is_told() -> None:
    at = '["date.submission - 2 days at 09:00"]'
    late = {"at": at, "expires": '"date.submission - 3 days at 09:00"'}
    (told,) = _told(BLANK | {"notifications/late.md": _reminder(late)})
    assert (told.file, told.key) == ("notifications/late.md", "at")
    assert told.line == 4
    assert "of no more use" in told.what
    invitation = {
        "on": '"draft.submit"',
        "event": '"submission"',
        "not_before": '"date.submission - 1 day at 09:00"',
    }
    early = {"at": at, "expires": '"date.submission"'}
    files = {
        "notifications/early.md": _reminder(early),
        "notifications/invited.md": _reminder(invitation),
    }
    lasting = _changed(
        "config.toml", ("2025-03-14T12:00:00", '2025-03-14T12:00:00\nlasts = "2 hours"')
    )
    found = _told({**lasting, **files})
    assert "before the invitation" in " ".join(one.what for one in found)


def test_a_refusal_by_time_that_nobody_reads_is_told() -> None:
    timed = ("reason = true\n", 'at = "date.decision"\n')
    files = _changed("states/submitted.toml", timed)
    unread = BLANK["notifications/decision.md"].replace(b"held = true\n", b"")
    assert not _unread_refusals(_told(files))
    assert not _unread_refusals(_told(BLANK | {"notifications/decision.md": unread}))
    (told,) = _unread_refusals(_told({**files, "notifications/decision.md": unread}))
    assert told.file == "notifications/decision.md"
    assert told.why.startswith("submitted.decline goes by what is recorded")
    assert told.mend == "For example: held = true"


def test_a_state_of_which_nothing_says_what_comes_next_is_told() -> None:
    """Each way out needs a reason; the ways back and `next` settle what is proposed."""
    path, select = "states/submitted.toml", 'decision = "favourable"\n'
    (told,) = _told(_changed(path, (select, f"{select}reason = true\n")))
    assert (told.file, told.key) == (path, "transitions")
    assert "Nothing says what comes next here" in told.what
    assert 'transitions.select.next = "to be examined"' in told.mend
    (told,) = _told(_changed(path, (select, f"{select}back = true\n")))
    assert "Nothing says what comes next here" in told.what
    named = f'{select}reason = true\nnext = "to be decided"\n'
    assert _told(_changed(path, (select, named))) == ()


def _unread_refusals(found: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in found if one.what.startswith("Time makes this decision")]


@pytest.mark.parametrize("asks", [False, True])
def test_files_that_nobody_is_asked_to_delete_are_told(asks: bool) -> None:
    """What enrolled people are sent about candidatures is asked back once one of them is erased."""
    keys = 'label = "Booklet"\non = "received.dossier"\nheld = true\nto = "desk"\n'
    written = {"dossiers": f'{keys}attach = ["dossier"]'}
    if asks:
        written["asked_back"] = 'label = "Asked back"\non = "erased"\nto = "holders"'
    files = dict(BLANK)
    for name, toml in written.items():
        files[f"notifications/{name}.md"] = f"+++\n{toml}\n+++\n# Subject\n\nWords.\n".encode()
    what = "This mail carries files about candidatures, and no mail asks to delete them."
    found = [(one.file, one.key) for one in _told(files) if one.what == what]
    assert found == ([] if asks else [("notifications/dossiers.md", "attach")])


@pytest.mark.parametrize("folder", [".", "contests/aap-national", "contests/ami-permanent"])
def test_nothing_is_remarked_of_what_is_shipped(folder: str) -> None:
    """Before its first date: no translation that is behind, no decision that may go untold."""
    now = datetime(2024, 1, 1, tzinfo=UTC)
    assert not _told(read_folder(REPOSITORY / folder), now)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "".join(f'\n[fields.q{n}]\ntype = "text"\nlabel = "{n} things"\n' for n in range(99)),
            "questions",
        ),
        ('\n[fields.again]\ntype = "text"\nlabel = "{label}, again"\n', "begin alike"),
    ],
)
def test_what_no_form_can_ask_is_remarked(more: str, told: str) -> None:
    sheet = next(path for path in BLANK if path.startswith("sheets/"))
    label = next(iter(sound(BLANK).definition.sheets["dossier"].questions.values())).label
    files = BLANK | {sheet: BLANK[sheet] + more.replace("{label}", str(label)).encode()}
    assert [one for one in _told(files) if one.file == sheet and told in one.what]
