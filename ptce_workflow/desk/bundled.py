"""Where the contest that comes with the program lies on this machine."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.process.paths import CONFIG

_PACKAGE = Path(__file__).resolve().parents[1]


def bundled_contest(package: Path = _PACKAGE) -> Path:
    """The folder that holds the bundled contest's `config.toml`, `states`, `sheets` and so on.

    An installed wheel carries it inside the package. In a checkout it is the root of the
    repository, where other files lie beside it: copy only those that belong to a contest folder.

    *Raises* PtceError when it is in neither place.
    """
    for folder in (package / "contests" / "occitanie-2024", package.parent):
        if (folder / CONFIG).is_file():
            return folder
    raise PtceError(
        _("The contest that comes with ptce cannot be found."),
        _("It should lie in {folder}.").format(folder=package / "contests" / "occitanie-2024"),
        _("Install ptce again, or start from another contest folder."),
    )
