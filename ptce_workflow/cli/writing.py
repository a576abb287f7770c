"""Files that commands write: whole or not at all, and over another one only on a yes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.asking import agreed
from ptce_workflow.cli.output import Output


def form_of(file: Path, forms: Sequence[str]) -> str:
    """The form in which a file is to be written, by the ending of its name: `.docx`.

    *Raises* Misuse for a name that ends in none of those accepted.
    """
    form = file.suffix.lower()
    if form not in forms:
        example = (file.stem or _("FILE")) + forms[0]
        raise Misuse(
            _("{file}: the ending of its name says in which form it is written.").format(file=file),
            _("Accepted: {words}.").format(words=", ".join(forms)),
            _("For example: {example}").format(example=example),
        )
    return form


def written(out: Output, file: Path, content: bytes, *, yes: bool) -> bool:
    """Writes a file, unless one is there already and nobody says yes; whether it did.

    *Raises* Misuse when nobody is there to be asked, OSError when the machine refuses.
    """
    if file.exists() and not yes:
        question = _("{file} is there already, perhaps filled in. Replace it?").format(file=file)
        if not agreed(out, question):
            out.remark(_("Nothing was written."))
            return False
    replace(file, content)
    return True


def replace(file: Path, content: bytes) -> None:
    """Writes a file whole or not at all, whatever stood there.

    *Raises* OSError when the machine refuses, with the name that was asked for.
    """
    if file.exists() and not file.is_file():
        # A terminal, a pipe: it cannot be put in another's place.
        file.write_bytes(content)
        return
    unfinished = file.with_name(f".{file.name}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    except OSError as error:
        error.filename, error.filename2 = str(file), None
        raise
    finally:
        unfinished.unlink(missing_ok=True)
