"""The pages and the units for running unattended say what the program says and takes today."""

import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from itertools import chain
from pathlib import Path

import pytest
from msgspec.structs import fields

from ptce_workflow.app.locations import mail_settings
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.cli.main import main
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.scheduler.passes import RunStatus
from ptce_workflow.scheduler.runner import RunOptions
from tests.test_readme import PAGES as READ

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "docs" / "deploy"
PAGES = (DEPLOY / "README.md", ROOT / "docs" / "en" / "deploy.md")
SERVICES = ("ptce-run.service", "ptce-tick.service", "ptce-backup.service")
TIMERS = ("ptce-tick.timer", "ptce-backup.timer")
MORE = (DEPLOY / "postgresql.md", ROOT / "docs" / "en" / "deploy-postgresql.md")
INSTALL = (DEPLOY / "install.md", ROOT / "docs" / "en" / "deploy-install.md")
MAILBOX = (DEPLOY / "mailbox.md", ROOT / "docs" / "en" / "deploy-mailbox.md")
SECURITY = (ROOT / "docs" / "security.md", ROOT / "docs" / "en" / "security.md")
LINKED = [
    *PAGES,
    *MORE,
    *MAILBOX,
    *INSTALL,
    *SECURITY,
    *(ROOT / page for page in chain(*READ.values())),
]
NOTIFICATION = "acknowledgement"
COMMAND = re.compile(r"(env LOGNAME=\"\$USER\" )?\S*/\.venv/bin/ptce (.+)")
ANALYZE = shutil.which("systemd-analyze")


def unit(name: str) -> ConfigParser:
    """A unit of systemd, which is nearly an INI file; of a key given twice the last one counts."""
    parser = ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name, "utf-8")
    return parser


def minutes(text: str) -> int:
    """A length of time as the units write it."""
    assert text.endswith("min")
    return int(text.removesuffix("min"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_a_command_that_there_is(name: str) -> None:
    started = unit(name)["Service"]["ExecStart"]
    if started.startswith("/bin/sh -c "):
        started = shlex.split(started)[2].removeprefix("exec ")
    program, *words = shlex.split(started)
    assert program.endswith("/bin/ptce")
    command = [sys.executable, "-m", "ptce_workflow", *words, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_lets_a_round_end(name: str) -> None:
    """Nothing is cut short that a slow mail server could still accept."""
    slowest = MailSettings.model_fields["data_timeout_s"].default
    assert minutes(unit(name)["Service"]["TimeoutStopSec"]) * 60 > slowest


def test_a_run_that_stands_is_started_anew() -> None:
    """After longer than a run rests, and than a mail server may take; its round may end."""
    run = unit("ptce-run.service")["Service"]
    slowest = MailSettings.model_fields["data_timeout_s"].default
    assert minutes(run["WatchdogSec"]) * 60 > max(slowest, RunOptions().every_s)
    kept = (run["NotifyAccess"], run["WatchdogSignal"], run["Restart"])
    assert kept == ("main", "SIGTERM", "on-failure")


def test_the_units_are_hardened_alike() -> None:
    """What one service may not do, the other may not either."""
    services = (dict(unit(name)["Service"]) for name in SERVICES)
    own = {"Type", "ExecStart", "Restart", "RestartSec", "KillSignal", "TimeoutStartSec"}
    own |= {
        "NotifyAccess",
        "WatchdogSec",
        "WatchdogSignal",
        "RuntimeDirectory",
        "RuntimeDirectoryMode",
        "RuntimeDirectoryPreserve",
        "ReadWritePaths",
    }
    shared = [{key: one[key] for key in one if key not in own} for one in services]
    assert shared[0] == shared[1] == shared[2]
    assert shared[0]["ProtectSystem"] == "strict"
    assert shared[0]["NoNewPrivileges"] == shared[0]["PrivateTmp"] == "true"


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for name in (*SERVICES, *TIMERS):
        text = (DEPLOY / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/ptce/.venv/bin/ptce", "/bin/true"))
    verify = [str(ANALYZE), "verify", "--man=no", *(f"./{name}" for name in (*SERVICES, *TIMERS))]
    # At most two of ten points of exposure.
    judged = [str(ANALYZE), "security", "--no-pager", "--offline=true", "--threshold=20"]
    for command in (verify, *([*judged, f"./{name}"] for name in SERVICES)):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("timer", TIMERS)
def test_a_timer_sets_off_a_service(timer: str) -> None:
    assert "Install" in unit(timer)
    assert "Install" not in unit(timer.replace(".timer", ".service"))


def test_the_commands_of_a_page_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Whoever typed sudo is the first person of the desk; the account of the service is none.
    monkeypatch.setenv("SUDO_USER", "anne")
    monkeypatch.delenv("PTCE_ACTOR", raising=False)
    (tmp_path / "srv-copies").mkdir()
    places = {"~/": f"{tmp_path}/", "/srv/ptce/": f"{tmp_path}/srv-", "/opt/ptce": str(ROOT)}
    tried = []
    for own_name, line in COMMAND.findall(PAGES[0].read_text("utf-8")):
        monkeypatch.setenv("LOGNAME", "anne" if own_name else "ptce")
        for place, here in places.items():
            line = line.replace(place, here)
        words = shlex.split(line.partition(" >")[0])
        if "restore" in words:
            assert main(["backup", words[-1], *words[1:3]]) == 0, capsys.readouterr().err
        words += ["--yes"] * (words[0] in ("init", "restore"))
        code = main(["tick", *words[1:]] if words[0] == "run" else words)
        tried.append(words[0])
        # No mail server is there to answer `doctor`; a folder that is not named is found by cron.
        assert code == 0 or words[0] in ("doctor", "tick", "backup"), capsys.readouterr().err
        assert "ptce failed" not in capsys.readouterr().err
    assert {"init", "people", "doctor", "run", "restore", "mail"} <= {*tried}
    assert len(COMMAND.findall(PAGES[1].read_text("utf-8"))) == len(tried)


@pytest.mark.parametrize("page", PAGES, ids=("fr", "en"))
def test_a_page_knows_every_event_and_key(page: Path) -> None:
    sources = (ROOT / "ptce_workflow" / "scheduler").glob("*.py")
    told = {
        event
        for source in sources
        for event in re.findall(r'\.tell\(\s*"(\w+)"', source.read_text("utf-8"))
    }
    assert len(told) > 5
    keys = {"at", *(field.name for field in fields(RunStatus))}
    text = page.read_text("utf-8")
    assert [name for name in sorted(told | keys) if f"`{name}`" not in text] == []


def anchors(page: Path) -> set[str]:
    """What a link may lead to within a page: its headings, as they are made into anchors."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize(
    "page", [*PAGES, *MORE, *MAILBOX, *INSTALL, *SECURITY], ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    """Every file that a page links to is there, and the heading in it."""
    links = re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))
    assert links
    for file, _mark, anchor in (link.partition("#") for link in links):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), (file, anchor)


def test_the_settings_of_each_mailbox_are_read(tmp_path: Path) -> None:
    """As they stand: who copies them changes names and addresses alone."""
    blocks, others = (
        re.findall(r"```toml\n(.+?)```", page.read_text("utf-8"), re.DOTALL) for page in MAILBOX
    )
    assert blocks == others
    hosts = {}
    for block in blocks:
        (tmp_path / "local.toml").write_text(block, "utf-8")
        settings = mail_settings(tmp_path)
        assert settings is not None
        assert settings.user == settings.sender.address
        assert settings.rates
        hosts[settings.host] = settings.port, settings.has_token
    assert hosts == {
        "ssl0.ovh.net": (465, False),
        "ex5.mail.ovh.net": (587, False),
        "smtp.office365.com": (587, True),
        "smtp.gmail.com": (587, False),
        "smtp.collectif.example": (587, False),
    }


@pytest.mark.parametrize("page", MAILBOX, ids=("fr", "en"))
def test_a_page_on_mailboxes_names_what_there_is(page: Path) -> None:
    """Its commands, the target of the Makefile and the notification that it sends."""
    text = page.read_text("utf-8")
    commands = set(re.findall(r"\bptce (mail \w+|doctor)", text)) - {"mail read"}
    assert commands == {"doctor", "mail login", "mail test"}
    assert commands <= every_command().keys()
    assert f"--notification {NOTIFICATION}" in text
    assert (ROOT / "notifications" / f"{NOTIFICATION}.md").exists()
    assert "MICROSOFT := $(VENV)/.installed-microsoft" in (ROOT / "Makefile").read_text("utf-8")
