"""Where the engine comes from: PATH, the cache, the installer, a build; and what is said on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi.automation
import pytest

from localcloud.engine import Engine, EngineError, obtain
from localcloud.engine.obtaining import VERSION
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.conftest import Machine

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("told", ["v3.230.0", "3.300.1", "v4.0.0-beta.1+dirty"])
def test_one_on_path_that_is_new_enough_is_taken(machine: Machine, told: str) -> None:
    path = machine.executable("pulumi", f"echo {told}")
    version = told.removeprefix("v").split("-")[0]
    assert obtain(machine.report) == Engine(path, version, "path")
    assert machine.said == [f"Pulumi {version} is found on PATH: {path}"]
    assert not machine.cached.parent.exists()


OLD = {
    "echo v3.229.9": "{path} is Pulumi 3.229.9, older than 3.230.0: it is passed over",
    "echo hello": "{path} tells no version: it is passed over",
    "exit 1": "{path} tells no version: it is passed over",
}


@pytest.mark.parametrize("script", OLD)
def test_one_on_path_that_will_not_do_is_passed_over_and_told(
    machine: Machine, script: str
) -> None:
    path = machine.executable("pulumi", script)
    machine.cached.parent.mkdir(parents=True)
    machine.cached.write_text("engine")
    assert obtain(machine.report) == Engine(machine.cached, VERSION, "cache")
    assert machine.said == [OLD[script].format(path=path)]


def test_one_that_is_no_program_at_all_is_passed_over(machine: Machine) -> None:
    machine.executable("pulumi", "").write_bytes(b"\x7fELF")
    machine.go()
    assert obtain(machine.report).source == "build"


def test_the_second_time_costs_nothing_and_says_nothing(machine: Machine) -> None:
    machine.go()
    first = obtain(machine.report)
    assert (first.source, first.path.read_text()) == ("build", "engine\n")
    machine.said.clear()
    (machine.bin / "go").unlink()
    assert obtain(machine.report) == Engine(first.path, VERSION, "cache")
    assert machine.said == []


Install = Callable[[Callable[[Path], None]], None]


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Stands in for the official installer: the given function fills its folder."""

    def use(fill: Callable[[Path], None]) -> None:
        def install(root: str, version: object) -> pulumi.automation.PulumiCommand:
            assert str(version) == VERSION
            fill(Path(root) / "bin")
            command = object.__new__(pulumi.automation.PulumiCommand)
            command.command = str(Path(root) / "bin/pulumi")
            return command

        monkeypatch.setattr(pulumi.automation.PulumiCommand, "install", install)

    return use


def whole(bin: Path) -> None:
    assert not bin.exists(), "what an earlier installer left is not the engine"
    bin.mkdir(parents=True)
    (bin / "pulumi").write_text("official")
    (bin / "pulumi-language-python").write_text("host")


def test_the_installer_is_used_where_it_can_be_reached(
    network: Machine, installer: Install
) -> None:
    installer(whole)
    left = network.cached.parent / "installing/bin"
    left.mkdir(parents=True)
    engine = obtain(network.report)
    assert (engine.source, engine.path.read_text()) == ("installer", "official")
    # The language host that belongs to it stands beside it.
    assert (engine.path.resolve().parent / "pulumi-language-python").is_file()
    assert not (network.cached.parent / "installing").exists()
    assert network.said == [f"installing Pulumi {VERSION} with its official installer"]
    assert obtain(network.report).source == "cache"


def test_an_installer_that_fails_is_told_and_the_engine_is_built(
    network: Machine, installer: Install
) -> None:
    def fail(bin: Path) -> None:
        bin.mkdir(parents=True)
        (bin / "pulumi").write_text("half")
        raise RuntimeError("curl said:\ncould not resolve get.pulumi.com")

    installer(fail)
    network.go()
    engine = obtain(network.report)
    assert (engine.source, engine.path.read_text()) == ("build", "engine\n")
    assert network.said == [
        f"installing Pulumi {VERSION} with its official installer",
        "the installer failed: could not resolve get.pulumi.com",
        f"building Pulumi {VERSION} from its sources: once, about four minutes",
    ]
    assert not (network.cached.parent / "installing").exists()


def test_without_network_and_without_go_it_says_what_to_install(machine: Machine) -> None:
    with pytest.raises(EngineError) as failure:
        obtain(machine.report)
    assert str(failure.value) == (
        "there is no Pulumi engine here: its installer cannot be reached, and building it needs Go, which is not on PATH; "
        "install Go 1.26 or newer from go.dev, or Pulumi from pulumi.com"
    )


def test_a_cache_that_cannot_be_written_to_is_one_line(machine: Machine) -> None:
    (machine.folder / "cache").write_text("no folder")
    with pytest.raises(EngineError) as failure:
        obtain(machine.report)
    assert str(failure.value) == (
        f"{machine.cached.parent} cannot be written to: Not a directory; make it writable, or set XDG_CACHE_HOME to a "
        "folder that is"
    )
    assert isinstance(failure.value, LocalCloudError)


def test_two_at_once_build_once(machine: Machine) -> None:
    machine.go('echo built >> "$HOME/log"; sleep 0.5; echo engine > "$out"')
    (machine.folder / "home").mkdir()
    code = (
        "import sys\n"
        "from localcloud.engine import obtain, obtaining\n"
        "obtaining._INSTALLER_HOST = ('127.0.0.1', 9)\n"
        "engine = obtain(lambda text: print(text, flush=True))\n"
        "print(engine.source, engine.path.read_text())\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = sorted((run.communicate(timeout=60)[0].splitlines() for run in runs), key=len)
    assert (machine.folder / "home/log").read_text() == "built\n"
    assert [run.returncode for run in runs] == [0, 0]
    sources = sorted(lines[-2] for lines in told)
    assert sources == ["build engine", "cache engine"]
    waited = next(lines for lines in told if "cache engine" in lines)
    assert waited[0] == "another checkout that obtains the engine is at work: waiting for it"
