"""Copies of folders as the tests need them, by the thousand: what files hold, and who may read it.

Nobody asks when a file was last changed, or what else a disk notes of it: the library looks for all
that, and takes nearly twice as long.
"""

import os
import shutil
from typing import Any


def copy_lightly() -> None:
    """Has whoever copies a folder in this process copy it so."""
    copy = shutil.copytree

    def copytree(source: Any, target: Any, *given: Any, **named: Any) -> Any:
        # The library calls itself by this name for each folder within, all told in order.
        return copy(
            source, target, *given, **(named if given else {"copy_function": copied} | named)
        )

    shutil.copytree = copytree  # type: ignore[assignment]


def copied(source: str | os.DirEntry[str], target: str) -> None:
    read = os.open(source, os.O_RDONLY)
    try:
        told = os.fstat(read)
        write = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, told.st_mode & 0o7777)
        try:
            assert os.write(write, os.read(read, told.st_size)) == told.st_size
        finally:
            os.close(write)
    finally:
        os.close(read)
