"""Plugins: the official ones wherever they are, stand-ins for the rest, and each said in one line."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localcloud.engine import Engine
from localcloud.engine.cache import cache_folder
from localcloud.errors import LocalCloudError
from localcloud.plugins import providing
from localcloud.plugins.providing import Plugins, provide
from localcloud.plugins.wrappers import EXECUTABLES, is_stand_in, write_wrapper
from tests.localcloud.engine.conftest import Machine

ALL = ["pulumi-language-python", "pulumi-resource-cloudflare", "pulumi-resource-random"]
INSTALLS = 'mkdir -p "$HOME/.pulumi/plugins/resource-$4-v$5"; echo "$@" >> "$HOME/asked"'


@pytest.fixture
def engine(machine: Machine) -> Engine:
    """One that cannot install anything."""
    path = machine.executable("pulumi", "exit 1", machine.folder / "engine/bin")
    return Engine(path, "3.259.0", "cache")


@pytest.fixture
def folder(machine: Machine) -> Path:
    return machine.folder / "checkout/plugins"


def provided(machine: Machine, engine: Engine, folder: Path) -> Plugins:
    machine.said.clear()
    return provide(engine, folder, Path(sys.executable), machine.report)


def test_without_network_everything_is_stood_in_for(
    machine: Machine, engine: Engine, folder: Path
) -> None:
    plugins = provided(machine, engine, folder)
    assert plugins.stand_ins == ALL
    assert plugins.path_entries == [folder, engine.path.parent]
    assert sorted(path.name for path in folder.iterdir()) == ALL
    assert all(is_stand_in(folder / name) for name in ALL)
    assert machine.said == []


def test_what_is_on_path_wins(machine: Machine, engine: Engine, folder: Path) -> None:
    provided(machine, engine, folder)
    official = machine.executable("pulumi-resource-cloudflare", "exec sleep 1")
    plugins = provided(machine, engine, folder)
    assert plugins.stand_ins == ["pulumi-language-python", "pulumi-resource-random"]
    assert machine.said == [f"official plugins are used: resource-cloudflare ({official})"]
    assert not (folder / "pulumi-resource-cloudflare").exists(), (
        "it would stand before the official one"
    )


def test_what_is_in_the_users_folder_wins(machine: Machine, engine: Engine, folder: Path) -> None:
    kept = machine.folder / "home/.pulumi/plugins"
    (kept / "resource-random-v4.21.4").mkdir(parents=True)
    (kept / "resource-cloudflare-v6.17.0").mkdir()  # not the one that the program asks for
    plugins = provided(machine, engine, folder)
    assert plugins.stand_ins == ["pulumi-language-python", "pulumi-resource-cloudflare"]
    assert machine.said == [
        f"official plugins are used: resource-random ({kept / 'resource-random-v4.21.4'})"
    ]


def test_the_users_folder_may_be_somewhere_else(
    machine: Machine, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(machine.folder / "elsewhere"))
    (machine.folder / "elsewhere/plugins/resource-random-v4.21.4").mkdir(parents=True)
    assert "pulumi-resource-random" not in provided(machine, engine, folder).stand_ins


def test_the_language_host_of_an_official_engine_wins(
    machine: Machine, engine: Engine, folder: Path
) -> None:
    machine.executable("pulumi-language-python", "", engine.path.parent)
    assert "pulumi-language-python" not in provided(machine, engine, folder).stand_ins
    assert machine.said == ["official plugins are used: language-python (beside the engine)"]


def test_when_all_are_official_nothing_is_stood_in_for(
    machine: Machine, engine: Engine, folder: Path
) -> None:
    for name in ALL:
        machine.executable(name, "")
    plugins = provided(machine, engine, folder)
    assert plugins == Plugins([engine.path.parent], [])
    assert not folder.exists()


def test_a_stand_in_on_path_is_not_taken_for_the_official_one(
    machine: Machine, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell in which a local cloud's environment was exported, of this checkout or of another."""
    provided(machine, engine, folder)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    assert provided(machine, engine, folder).stand_ins == ALL
    assert sorted(path.name for path in folder.iterdir()) == ALL
    official = machine.executable("pulumi-resource-random", "")
    assert "pulumi-resource-random" not in provided(machine, engine, folder).stand_ins
    assert machine.said == [f"official plugins are used: resource-random ({official})"]


def test_where_they_can_be_had_they_are_installed_once(
    network: Machine, engine: Engine, folder: Path
) -> None:
    (network.folder / "home").mkdir()
    network.executable("pulumi", INSTALLS, engine.path.parent)
    assert provided(network, engine, folder).stand_ins == ["pulumi-language-python"]
    assert network.said[:2] == [
        "installing the official provider cloudflare 6.23.1",
        "installing the official provider random 4.21.4",
    ]
    asked = (network.folder / "home/asked").read_text().splitlines()
    assert asked == [
        "plugin install resource cloudflare 6.23.1",
        "plugin install resource random 4.21.4",
    ]
    provided(network, engine, folder)
    assert (network.folder / "home/asked").read_text().splitlines() == asked


def test_what_could_not_be_installed_is_asked_for_again_tomorrow(
    network: Machine, engine: Engine, folder: Path
) -> None:
    assert provided(network, engine, folder).stand_ins == ALL
    assert network.said[:2] == [
        "installing the official provider cloudflare 6.23.1",
        "the official provider cloudflare 6.23.1 cannot be installed: it is stood in for",
    ]
    assert provided(network, engine, folder).stand_ins == ALL
    assert network.said == []
    notes = cache_folder() / "missing-plugins.json"
    asked = json.loads(notes.read_text())
    notes.write_text(json.dumps(dict.fromkeys(asked, time.time() - 86_401)))
    provided(network, engine, folder)
    assert "installing the official provider random 4.21.4" in network.said


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', '{"cloudflare 6.23.1": "yesterday"}'])
def test_notes_that_cannot_be_read_are_written_anew(
    network: Machine, engine: Engine, folder: Path, content: str
) -> None:
    notes = cache_folder() / "missing-plugins.json"
    notes.parent.mkdir(parents=True)
    notes.write_text(content)
    assert provided(network, engine, folder).stand_ins == ALL
    assert set(json.loads(notes.read_text())) == {"cloudflare 6.23.1", "random 4.21.4"}


def test_whoever_had_no_network_gets_the_official_ones_when_it_is_back(
    machine: Machine, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine.folder / "home").mkdir()
    machine.executable("pulumi", INSTALLS, engine.path.parent)
    assert provided(machine, engine, folder).stand_ins == ALL
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(providing, "_HOST", listening.getsockname())
        assert provided(machine, engine, folder).stand_ins == ["pulumi-language-python"]


def test_a_network_that_swallows_everything_is_waited_for_once_a_day(
    machine: Machine, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providing, "_AT_ONCE_SECONDS", 0.0)
    provided(machine, engine, folder)
    notes = cache_folder() / "missing-plugins.json"
    assert set(json.loads(notes.read_text())) == {"cloudflare 6.23.1", "random 4.21.4"}


def test_a_cache_that_cannot_be_written_to_stops_nothing(
    network: Machine, engine: Engine, folder: Path
) -> None:
    (network.folder / "cache").write_text("no folder")
    assert provided(network, engine, folder).stand_ins == ALL


def test_a_checkout_that_cannot_be_written_to_is_one_line(
    machine: Machine, engine: Engine, folder: Path
) -> None:
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("no folder")
    with pytest.raises(LocalCloudError, match=r"cannot be written to: Not a directory; "):
        provided(machine, engine, folder)


def test_a_checkout_that_moves_gets_its_wrappers_anew(
    machine: Machine, engine: Engine, folder: Path
) -> None:
    provided(machine, engine, folder)
    wrapper = folder / "pulumi-resource-random"
    before = wrapper.read_text()
    wrapper.write_text(before.replace(sys.executable, "/old place/python"))
    provided(machine, engine, folder)
    assert wrapper.read_text() == before
    assert wrapper.stat().st_mode & 0o077 == 0


def test_every_wrapper_runs_what_it_is_named_after(machine: Machine) -> None:
    """In a folder with a blank in its name, as a plugin is started: its port on standard output."""
    for name in ("pulumi-resource-cloudflare", "pulumi-resource-random"):
        wrapper = write_wrapper(machine.folder / "with blank", name, Path(sys.executable))
        assert is_stand_in(wrapper)
        process = subprocess.Popen([wrapper, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert 1024 < int(process.stdout.readline()) < 65_536
        process.terminate()
        process.communicate(timeout=10)
        assert process.returncode == 0
    assert set(EXECUTABLES) == set(ALL)


def test_an_executable_that_is_not_there_is_no_stand_in(machine: Machine) -> None:
    assert not is_stand_in(machine.folder / "nothing")
    assert not is_stand_in(machine.executable("pulumi-resource-random", "exec official"))
