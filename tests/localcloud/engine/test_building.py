"""A build of the engine: whole or not at all, with progress, and one line when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localcloud.engine import EngineError, building
from localcloud.engine.building import build
from tests.localcloud.engine.conftest import Machine
from tests.localcloud.engine.test_obtaining import ROOT


@pytest.fixture
def target(machine: Machine) -> Path:
    machine.cached.parent.mkdir(parents=True)
    return machine.cached


def test_the_sources_are_locked_and_the_version_is_written_in(
    machine: Machine, target: Path
) -> None:
    machine.go(
        'ls > "$HOME/sources"; echo "$GOWORK $GOFLAGS $CGO_ENABLED" > "$HOME/env"; echo engine > "$out"'
    )
    arguments = machine.folder / "home/arguments"
    arguments.parent.mkdir()
    script = machine.bin / "go"
    script.write_text(script.read_text().replace("while", f'echo "$@" > {arguments}; while', 1))
    build(target, "3.259.0", machine.report)
    assert (machine.folder / "home/sources").read_text().split() == ["go.mod", "go.sum", "tools.go"]
    assert (machine.folder / "home/env").read_text() == "off -mod=mod 0\n"
    assert "version.Version=3.259.0" in arguments.read_text()
    assert list(target.parent.iterdir()) == [target]


FAILED = [
    ("echo 'go: downloading a v1' >&2; echo 'x.go:1: undefined: y' >&2; exit 1", "the engine could not be built: x.go:1: undefined: y; install Pulumi from pulumi.com"),
    ("echo 'dial tcp: lookup modules.example: no such host' >&2; exit 1", "the engine could not be built: the Go module proxy cannot be reached; check the network, or install Pulumi from pulumi.com"),
    ("echo 'write a.o: no space left on device' >&2; exit 1", "the disk is full: the engine needs 3 GB while it is built; free some space, then run it again"),
    ("exit 2", "the engine could not be built: Go said nothing; install Pulumi from pulumi.com"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "line"), FAILED)
def test_a_build_that_fails_is_one_line_and_leaves_nothing(
    machine: Machine, target: Path, script: str, line: str
) -> None:
    machine.go(f'echo half > "$out"; {script}')
    with pytest.raises(EngineError) as failure:
        build(target, "3.259.0", machine.report)
    assert str(failure.value) == line
    assert list(target.parent.iterdir()) == []


def test_a_go_that_is_too_old_is_told_with_the_mend(machine: Machine, target: Path) -> None:
    go = machine.go(version="go1.22.5")
    with pytest.raises(EngineError) as failure:
        build(target, "3.259.0", machine.report)
    assert str(failure.value) == (
        f"{go} is Go 1.22, and the engine needs 1.26; install a newer one from go.dev, or Pulumi from pulumi.com"
    )


def test_a_go_that_does_not_run_is_told_with_the_mend(machine: Machine, target: Path) -> None:
    go = machine.go()
    go.write_bytes(b"\x7fELF")
    with pytest.raises(EngineError) as failure:
        build(target, "3.259.0", machine.report)
    assert str(failure.value).startswith(f"{go} does not run, and the engine needs Go to be built")


def test_progress_is_told_while_it_builds(
    machine: Machine, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_REPORT_SECONDS", 0.05)
    machine.go(
        "echo 'go: downloading a v1' >&2; echo 'go: downloading b v1' >&2; sleep 0.3; echo engine > \"$out\""
    )
    build(target, "3.259.0", machine.report)
    assert machine.said[-1].startswith("building the engine: 2 modules fetched, ")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_no_half_engine(
    machine: Machine, target: Path, how: signal.Signals
) -> None:
    """Ctrl-C takes everything away; what a kill leaves is taken away by the next build."""
    (machine.folder / "home").mkdir()
    mark = machine.folder / "home/pid"
    machine.go(f'echo half > "$out"; echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 60')
    code = (
        "import pathlib, sys\n"
        "from localcloud.engine.building import build\n"
        "build(pathlib.Path(sys.argv[1]), '3.259.0', print)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(target)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    run.send_signal(how)
    assert run.wait(20) != 0
    assert not target.exists()
    if how is signal.SIGINT:
        assert list(target.parent.iterdir()) == []
    else:
        os.kill(int(mark.read_text()), signal.SIGKILL)
        machine.go()
        build(target, "3.259.0", machine.report)
        assert list(target.parent.iterdir()) == [target]
