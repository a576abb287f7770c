"""What the contests are lived with."""

from tests.rehearsal import english

__all__ = ["english"]
