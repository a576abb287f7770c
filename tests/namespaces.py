"""Other machines, as far as one machine can be several: network namespaces of the tests' own.

Each has a wire of its own to a bridge, on which alone it reaches what this side opens for it:

    with machines(2) as net:
        port = net.opened("/run/…/.s.PGSQL.5432")     # or a port of this side
        subprocess.run(net.on(0, sys.executable, "-m", "ptce_workflow", "tick"))
        net.cut(1)

A test that asks for them is skipped where they cannot be made: that takes root, and Linux.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest


class Network:
    """The bridge, by its `address`, and the machines on it, by their numbers."""

    def __init__(self, name: str, prefix: str) -> None:
        self._name = name
        self._prefix = prefix
        self.address = f"{prefix}.1"
        self._leaving = ExitStack()

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._leaving.close()

    def on(self, number: int, *words: str) -> list[str]:
        """A command line, as it is run on a machine."""
        return ["ip", "netns", "exec", self._of(number), *words]

    def cut(self, number: int) -> None:
        """Takes the wire of a machine off the bridge: nobody is told, nothing gets through."""
        _ip("link", "set", self._of(number), "down")

    def join(self, number: int) -> None:
        _ip("link", "set", self._of(number), "up")

    def opened(self, target: str | int) -> int:
        """Opens a port of the bridge that leads to a socket of this side: a path, or its port."""
        server = ThreadingTCPServer((self.address, 0), _Through)
        server.daemon_threads = True
        server.target = target  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        self._leaving.callback(server.server_close)
        self._leaving.callback(server.shutdown)
        return int(server.server_address[1])

    def make(self, count: int) -> None:
        _ip("link", "add", self._name, "type", "bridge")
        self._leaving.callback(_ip, "link", "delete", self._name)
        _ip("address", "add", f"{self.address}/24", "dev", self._name)
        _ip("link", "set", self._name, "up")
        for number in range(count):
            here = self._of(number)
            _ip("netns", "add", here)
            self._leaving.callback(_ip, "netns", "delete", here)
            _ip("link", "add", here, "type", "veth", "peer", "name", "wire", "netns", here)
            _ip("link", "set", here, "master", self._name, "up")
            _ip("-n", here, "address", "add", f"{self._prefix}.{number + 2}/24", "dev", "wire")
            _ip("-n", here, "link", "set", "wire", "up")

    def _of(self, number: int) -> str:
        return f"{self._name}m{number}"


class _Through(BaseRequestHandler):
    """A connection, handed on as it is."""

    def handle(self) -> None:
        """Carries bytes both ways until one side has ended."""
        target = self.server.target  # type: ignore[attr-defined]
        where = (socket.AF_UNIX, target) if isinstance(target, str) else None
        family, address = where or (socket.AF_INET, ("127.0.0.1", target))
        with socket.socket(family) as there, suppress(OSError):
            there.connect(address)
            back = Thread(target=_carry, args=(there, self.request), daemon=True)
            back.start()
            _carry(self.request, there)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def machines(count: int) -> Iterator[Network]:
    """So many machines, from `with` to the end of its block."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces are made by root, with `ip`")
    pid = os.getpid()
    with Network(f"pt{pid % 100_000}", f"10.{200 + pid % 50}.{pid // 50 % 256}") as net:
        try:
            net.make(count)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
        yield net


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
