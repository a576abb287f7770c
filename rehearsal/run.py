"""Plays the Occitanie 2024 contest from the opening to 90 days after its end, mails included.

    python -m rehearsal.run demo

Every step is a `ptce` command, the very one that a person would type; what matters is written in
`rehearsal.txt`, in the folder, the rest is done in silence. Between the scenes time passes as
`ptce run` would see it, so that every mail leaves at its hour, to a mail server on this machine.
The folder stays: every command works in it afterwards.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.cli.terminal import INTERRUPTED
from rehearsal import after, before, jury
from rehearsal.cast import (
    BELOW,
    DESK,
    GRIDS,
    HERE,
    MISTYPED,
    NEXT_CONTEST,
    OUTSIDE,
    PAPERS,
    RECEIVED,
    REPLAY,
    SCRIPT,
    SEATS,
    TENTH,
    WRONG_ADDRESS,
)
from rehearsal.mailbag import file_all
from rehearsal.mailbox import FORM
from rehearsal.server import Server
from rehearsal.serving import HOST
from rehearsal.stage import Script, Stage, show_progress, tell, typed

ACTS = (
    before.drafts,
    before.deadline,
    before.examination,
    before.appeal,
    jury.grids,
    jury.marks,
    jury.ranking,
    jury.deliberation,
    after.results,
    after.places,
    after.accompaniment,
    after.readiness,
)


def main() -> int:
    """Plays everything in the folder that is named; 0 when all went as told, 2 for an option."""
    named = sys.argv[1] if len(sys.argv) > 1 else "demo"
    if named.startswith("-"):
        print("python -m rehearsal.run [FOLDER]", file=sys.stderr)
        return 2
    folder = Path(named).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        play(folder)
    except KeyboardInterrupt:
        show_progress("")
        return INTERRUPTED
    return 0


def readers_language(environ: Mapping[str, str]) -> str:
    """The language of PTCE_LANG, else of the locale, else French."""
    named = ("PTCE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    tags = (environ.get(name, "")[:2].lower() for name in named)
    return next((tag for tag in tags if tag in LANGUAGES), "fr")


def play(folder: Path) -> None:
    """Plays everything in a folder that does not exist yet; tells there what is typed and answered.

    *Raises* SystemExit at the first step that ends otherwise than told; Astray when a mail was
    lost, sent twice or wrongly called sent.
    """
    os.environ["PTCE_LANG"] = readers_language(os.environ)
    with speaking(os.environ["PTCE_LANG"]):
        stage = Stage(folder, DESK)
        stage.begin("opening", "--set", "receipt.forms=open")
        with Script(folder / SCRIPT) as script, redirect_stdout(script):
            tell(stage.said("intro"))
            with Server(refused=[WRONG_ADDRESS]) as server:
                stage.delivered = server.received
                opening(stage, server)
                for act in ACTS:
                    act(stage)
            with stage.contest() as contest:
                file_all(folder / RECEIVED, server.received, contest, stage.said("received"))
            ending(stage, len(server.received))
        show_progress("")
        print(last_lines(stage, len(server.received)))


def opening(stage: Stage, server: Server) -> None:
    """The contest begins: who acts, and through which server it writes."""
    stage.at("opening")
    shutil.copytree(HERE / "completions", stage.folder / "completions")
    enrol(stage)
    stage.post_through(HOST, server.port)
    (stage.folder / FORM).parent.mkdir()
    # Collectives fill it in French, whoever reads the story.
    stage.show("form", "dossier", "-o", FORM, "--lang", "fr")
    stage.show("calendar")


def enrol(stage: Stage) -> None:
    """Who acts: the desk, the six institutions, an auditor."""
    stage.do(
        "people", "enrol", stage.said("desk"), "--role", "desk", "--login", DESK,
        "--email", "bureau@cress.example",
    )  # fmt: skip
    for seat, name in SEATS.items():
        stage.do(
            "people", "enrol", stage.said("seat").format(name=name), "--role", "jury",
            "--institution", seat, "--login", seat, "--email", f"{seat}@cra.example",
        )  # fmt: skip
    auditor = stage.said("auditor")
    stage.do(
        "people", "enrol", auditor, "--role", "auditor", "--login", "controle",
        "--email", "controle@drfip.example",
    )  # fmt: skip


def ending(stage: Stage, mails: int) -> None:
    """What there is to look at, and what to type next."""
    tell(stage.said("mails").format(count=mails, folder=f"{stage.folder.name}/{RECEIVED}"))
    tell(title=stage.said("ending"))
    stage.show("list")
    stage.show("why", stage.refs[TENTH])
    stage.show("history", stage.refs[OUTSIDE])
    stage.show("verify", "--against", NEXT_CONTEST)
    stage.do("replay", "--html", REPLAY)
    for folder in (str(stage.folder), NEXT_CONTEST):
        stage.do("clock", "--set", os.environ["PTCE_NOW"], "--contest", folder)
    tell(title=stage.said("next"))
    for line in (
        *entering(stage),
        f"ptce show {stage.refs[1]}",
        f"ptce record {stage.refs[TENTH]} --from {stage.completion(TENTH)}",
        f"ptce advance {stage.refs[TENTH]} declare_ami_ready",
        f"ptce why {stage.refs[BELOW]} --past",
        f"ptce mail list --ref {stage.refs[MISTYPED]} --all",
        f"ptce show C-001 --contest {NEXT_CONTEST}",
        "ptce list --at 2024-03-11T12:00:00+01:00",
        "ptce replay --check",
        "ptce audit --as controle",
        "ptce --help",
    ):
        print(f"  {line}")
    print()
    tell(stage.said("clock"))
    tell(stage.said("silence"))
    tell(stage.said("page").format(file=f"{stage.folder.name}/{REPLAY}"))


def entering(stage: Stage) -> tuple[str, str]:
    """What to type first, to be the desk in the folder of the contest."""
    return (
        f'export PATH="{typed(Path(sys.executable).parent)}:$PATH" PTCE_ACTOR={DESK}',
        f"cd {typed(stage.folder).removeprefix('$PWD/')}",
    )


def last_lines(stage: Stage, mails: int) -> str:
    """What was played, where it is, and what to type: at most ten lines on the terminal."""
    place = typed(stage.folder).removeprefix("$PWD/")
    names = (SCRIPT, f"{RECEIVED}/index.html", PAPERS, GRIDS, REPLAY)
    room = max(map(len, names)) + len(place) + 1
    files = {Path(name).parts[0].partition(".")[0]: f"{place}/{name}".ljust(room) for name in names}
    told = stage.said("last").format(count=len(stage.refs), mails=mails, **files)
    return "\n".join((told, *(f"  {line}" for line in (*entering(stage), "ptce list"))))


if __name__ == "__main__":
    raise SystemExit(main())
