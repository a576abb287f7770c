"""Office files are archives: the same content gives the same bytes, whenever it is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_FIRST_YEAR = 1980
"""Archives know no earlier one."""

Mend = Callable[[str, bytes], bytes]
"""What an entry becomes, by its name and its content."""


def steady(archive: bytes, at: datetime, mend: Mend = lambda _name, content: content) -> bytes:
    """The archive with every entry dated `at`, so that its bytes hang on its content alone."""
    moment = at.timetuple()[:6] if at.year >= _FIRST_YEAR else (_FIRST_YEAR, 1, 1, 0, 0, 0)
    written = BytesIO()
    with ZipFile(BytesIO(archive)) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            info = ZipInfo(entry.filename, moment)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, mend(entry.filename, source.read(entry)))
    return written.getvalue()
