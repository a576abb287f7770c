"""Templates: four for each notification, and each one reads."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.paths import TEMPLATES, notification_file
from ptce_workflow.process.process import Process


def faults(process: Process) -> Iterator[Finding]:
    """Templates that are missing or cannot be read."""
    environment = SandboxedEnvironment()
    for name in process.definition.notifications:
        for template in TEMPLATES:
            file = notification_file(name, template)
            content = process.files.get(file)
            if content is None:
                yield Finding(
                    file,
                    "",
                    _("This template is missing."),
                    _("Every mail is written as text and as HTML, in every language."),
                )
                continue
            try:
                environment.parse(content.decode("utf-8"))
            except UnicodeDecodeError:
                yield Finding(file, "", _("This file is not UTF-8 text."))
            except (RecursionError, ValueError):
                # Nested without end, or a number with thousands of digits.
                yield Finding(file, "", _("This template cannot be read."))
            except TemplateSyntaxError as error:
                place = _("line {line}").format(line=error.lineno)
                yield Finding(
                    file,
                    "",
                    _("This template cannot be read."),
                    _("{label}: {value}").format(label=place, value=error),
                )
