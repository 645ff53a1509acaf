"""The Node that is used is one that can be: an old one on PATH is told of before it fails somewhere else."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from delivery.errors import RefusedError
from delivery.node import find_node


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program named `node` is found; no Node came with the packages."""

    def nothing(name: str) -> None:
        del name

    monkeypatch.setattr(importlib.util, "find_spec", nothing)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "node"


def says(node: Path, line: str) -> None:
    node.write_text(f"#!/bin/sh\n{line}\n")
    node.chmod(0o755)


@pytest.mark.parametrize("version", ["v22.12.0", "v24.1.3", "v100.0.0"])
def test_one_on_path_that_is_new_enough_is_taken(on_path: Path, version: str) -> None:
    says(on_path, f"echo {version}")
    assert find_node() == on_path


@pytest.mark.parametrize(("version", "told"), [("v20.19.5", "20.19"), ("v22.11.9", "22.11")])
def test_an_old_one_is_refused_in_one_line(on_path: Path, version: str, told: str) -> None:
    says(on_path, f"echo {version}")
    with pytest.raises(RefusedError) as refused:
        find_node()
    assert refused.value.what == f"{on_path} is Node {told}, which is too old"
    assert "22.12 or newer" in str(refused.value.hint)


@pytest.mark.parametrize("line", ["exit 1", "echo hello"])
def test_what_does_not_say_its_version_is_no_node(on_path: Path, line: str) -> None:
    says(on_path, line)
    with pytest.raises(RefusedError, match="does not say which version"):
        find_node()


def test_without_any_it_is_said_where_one_comes_from(on_path: Path) -> None:
    assert not on_path.exists()
    with pytest.raises(RefusedError, match="Node is missing") as refused:
        find_node()
    assert "make install" in str(refused.value.hint)
