"""What is wrong with a template, and where."""

from __future__ import annotations

from ptce_workflow.base.errors import Finding, PtceError
from ptce_workflow.base.words import _


class TemplateFault(PtceError):
    """A template cannot be read, or gives no letter; `file` and `line` where they are known."""

    def __init__(
        self, what: str, reason: str = "", mend: str = "", *, file: str = "", line: int = 0
    ) -> None:
        super().__init__(what, _joined(file, _told_line(line, reason)), mend)
        self.reason = reason
        self.file = file
        self.line = line

    def at(self, file: str, line: int) -> TemplateFault:
        """The same fault with its place; one that has its place already keeps it."""
        if self.file:
            return self
        line = self.line or line
        return TemplateFault(self.what, self.reason, self.mend, file=file, line=line)

    @property
    def finding(self) -> Finding:
        """The fault among those of a contest folder."""
        return Finding(self.file, "", self.what, _told_line(self.line, self.reason), self.mend)


def _told_line(line: int, reason: str) -> str:
    return _joined(_("line {line}").format(line=line) if line else "", reason)


def _joined(place: str, reason: str) -> str:
    if not place or not reason:
        return place or reason
    return _("{label}: {value}").format(label=place, value=reason)
