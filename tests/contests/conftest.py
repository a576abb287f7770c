"""What the contests are lived with."""

from __future__ import annotations

from tests.rehearsal import english

__all__ = ["english"]
