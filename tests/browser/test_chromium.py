"""The browser is found, installed where that is possible, and asked for in one line where it is not; never done without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.chromium import NoChromiumError, find_chromium, install_chromium, main


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, and nothing else on PATH; whoever runs is root."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho \"$@\" >> '{folder}/{name}.calls'\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_one_that_is_there_is_taken_and_nothing_is_installed(machine: Path) -> None:
    there = program(machine, "google-chrome", "")
    program(machine, "apt-get", "exit 1")
    install_chromium()
    assert find_chromium() == there
    assert not (machine / "apt-get.calls").exists()


def test_root_on_debian_gets_it_installed(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Lists that cannot be had anew hold up nothing: the old ones may do.
    made = f"printf '#!/bin/sh\\n' > '{machine}/chromium'; /bin/chmod +x '{machine}/chromium'"
    program(machine, "apt-get", f'case "$*" in *install*) {made};; *) exit 100;; esac')
    assert main() == 0
    assert find_chromium() == machine / "chromium"
    calls = (machine / "apt-get.calls").read_text().splitlines()
    assert [call.split()[3] for call in calls] == ["update", "install"]
    assert "✓ Chromium" in capsys.readouterr().err


def test_what_apt_says_is_told_when_it_fails(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(machine, "apt-get", "echo 'E: no route to the archive' >&2; exit 100")
    assert main() == 1
    said = capsys.readouterr().err.splitlines()
    assert "E: no route to the archive" in said
    assert said[-1].startswith("error: apt-get could not install Chromium")


@pytest.mark.parametrize("user", [0, 1000])
def test_where_it_cannot_be_installed_one_line_says_what_to_install(
    machine: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if user != 0:
        program(machine, "apt-get", "exit 0")
    with pytest.raises(NoChromiumError) as missing:
        install_chromium()
    assert "apt-get install chromium" in str(missing.value)
    assert "\n" not in str(missing.value)
    assert not (machine / "apt-get.calls").exists()
