"""What hatchling runs while it builds: compiles the catalogues, adds the contests to the wheel.

Git does not track the `.mo` of a catalogue: this module makes it from the `.po` beside it, for a
wheel, for an editable installation, and for the tests.

The contest lies at the root of the repository, where people read it; the two calls that follow it
lie in `contests/`. An installed program finds all of them inside the package instead. An editable
installation gets no copy: it would go stale, and `bundled_contest()` finds the checkout by itself.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = "ptce_workflow/base/locale/*/LC_MESSAGES/*.po"
CONTESTS = "ptce_workflow/contests"
SOURCES = {
    "occitanie-2024": "",
    "ami-permanent": "contests/ami-permanent/",
    "aap-national": "contests/aap-national/",
    "blank/fr": "contests/blank/fr/",
    "blank/en": "contests/blank/en/",
}
# What `local.toml` may say, for whoever has no checkout.
LOCAL_EXAMPLE = "local.example.toml"
HEADERS = [
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Transfer-Encoding", "8bit"),
]
PARTS = ("config.toml", "states", "sheets")
# A contest that tells nobody anything is legal, and git keeps no empty folder.
OPTIONAL_PARTS = ("requests", "notifications", "texts", "translations")


class Undated(Catalog):
    """A catalogue whose header says nothing that changes from one day to the next."""

    def _headers(self) -> list[tuple[str, str]]:
        language = [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)]
        return [*language, *HEADERS]

    mime_headers = property(_headers, Catalog._set_mime_headers)


class BuildHook(BuildHookInterface[Any]):
    """Adds the compiled catalogues and the contest folders to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names the files to add; a missing part that none may lack stops the build."""
        for path in compile_catalogues(Path(self.root)):
            build_data["artifacts"].append(path.relative_to(self.root).as_posix())
        if version == "editable":
            return
        build_data["force_include"][LOCAL_EXAMPLE] = f"{CONTESTS}/{LOCAL_EXAMPLE}"
        for name, source in SOURCES.items():
            present = [part for part in OPTIONAL_PARTS if Path(self.root, source + part).is_dir()]
            for part in (*PARTS, *present):
                build_data["force_include"][source + part] = f"{CONTESTS}/{name}/{part}"


def compile_catalogues(root: Path) -> list[Path]:
    """Writes the `.mo` of each catalogue below a root, where it is missing or stale; all of them.

    One that is up to date is touched, so that it is newer than its `.po`.
    """
    compiled = []
    for source in sorted(root.glob(CATALOGUES)):
        with source.open("rb") as stream:
            content = as_mo(read_po(stream, locale=source.parts[-3]))
        target = source.with_suffix(".mo")
        if target.exists() and target.read_bytes() == content:
            target.touch()
        else:
            target.write_bytes(content)
        compiled.append(target)
    return compiled


def as_mo(catalogue: Catalog) -> bytes:
    """The bytes of a `.mo`; what is fuzzy or untranslated is left out."""
    undated = Undated(locale=catalogue.locale)
    for message in catalogue:
        if message.id:
            undated[message.id] = message
    stream = BytesIO()
    write_mo(stream, undated)
    return stream.getvalue()
