"""A machine of one's own: a PATH, a home and a cache in a temporary folder, and no network but what a test opens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localcloud.engine import obtaining
from localcloud.engine.cache import engine_path
from localcloud.plugins import providing


@dataclass
class Machine:
    """`said` is what was reported. `cached` is where the engine is kept."""

    folder: Path
    said: list[str] = field(default_factory=list[str])

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def cached(self) -> Path:
        return engine_path(obtaining.VERSION)

    def report(self, text: str) -> None:
        self.said.append(text)

    def executable(self, name: str, script: str, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def go(self, build: str = 'echo engine > "$out"', version: str = "go1.26.0") -> Path:
        """A Go client: `build` runs in the folder of the sources, with the output's path in `$out`."""
        find = 'while [ "$1" != -o ]; do shift; done; out=$2'
        script = f'[ "$1" = env ] && {{ echo {version}; exit; }}\n{find}\n{build}'
        return self.executable("go", script)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    made.bin.mkdir()
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nowhere = taken.getsockname()
    monkeypatch.setattr(obtaining, "_INSTALLER_HOST", nowhere)
    monkeypatch.setattr(providing, "_HOST", nowhere)
    return made


@pytest.fixture
def network(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The machine, with Pulumi's hosts in reach."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(obtaining, "_INSTALLER_HOST", listening.getsockname())
        monkeypatch.setattr(providing, "_HOST", listening.getsockname())
        yield machine
