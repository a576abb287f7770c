"""Where the contests that come with the program lie on this machine."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.suggestions import did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.process.folder import CONFIG

DEFAULT = "occitanie-2024"
MODELS = (DEFAULT, "ami-permanent", "aap-national")
"""The names of the bundled contests; the first is the one at the root of the repository."""

LOCAL_EXAMPLE = "local.example.toml"

_PACKAGE = Path(__file__).resolve().parents[1]
_CONTESTS = "contests"


def bundled_contest(model: str | None = None, package: Path = _PACKAGE) -> Path:
    """The folder that holds a bundled contest's `config.toml`, `states`, `sheets` and so on.

    An installed wheel carries all of them inside the package. In a checkout one of them is the
    root of the repository, where other files lie beside it: copy only those that belong to a
    contest folder.

    *Raises* Misuse for a name that no bundled contest bears, PtceError when it is in neither place.
    """
    name = DEFAULT if model is None else model
    if name not in MODELS:
        raise Misuse(
            _('No model is called "{name}".').format(name=name),
            _("There are: {names}.").format(names=", ".join(MODELS)),
            did_you_mean(nearest(name, MODELS)),
        )
    inside, checkout = package / _CONTESTS / name, package.parent
    for folder in (inside, checkout if name == DEFAULT else checkout / _CONTESTS / name):
        if (folder / CONFIG).is_file():
            return folder
    raise PtceError(
        _("The contest that comes with ptce cannot be found."),
        _("It should lie in {folder}.").format(folder=inside),
        _("Install ptce again, or start from another contest folder."),
    )


def local_example(package: Path = _PACKAGE) -> Path | None:
    """The file that shows what `local.toml` may say; None in a damaged installation."""
    for folder in (package / _CONTESTS, package.parent):
        if (folder / LOCAL_EXAMPLE).is_file():
            return folder / LOCAL_EXAMPLE
    return None
