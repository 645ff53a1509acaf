"""Postgres' programs run for root's servant too, wherever the project is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from localcloud.data import programs
from localcloud.data.programs import folder_of_programs
from localcloud.owner import bound, servant


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_what_only_root_may_enter_is_copied_once_and_runs(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    package = folder_of_programs().parent.parent
    closed = open_folder / "closed"
    for part in (package, package.with_suffix(".libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    closed.chmod(0o700)

    def find(name: str) -> ModuleSpec:
        return ModuleSpec(name, None, origin=str(closed / name / "__init__.py"))

    monkeypatch.setattr(programs, "find_spec", find)
    before = os.umask(0o077)
    request.addfinalizer(lambda: os.umask(before))
    monkeypatch.setattr(programs, "_SHARED", open_folder / "shared")
    folder = folder_of_programs()
    assert folder_of_programs() == folder
    assert folder.is_relative_to(closed if servant() is None else open_folder / "shared")
    assert [path.name for path in (open_folder / "shared").glob("*")] == (
        [] if servant() is None else [folder.parents[2].name]
    )
    # It looks for `postgres` beside itself, and has to find it executable.
    data = open_folder / "data"
    data.mkdir()
    if (other := servant()) is not None:
        shutil.chown(data, *other)
    made = subprocess.run(
        [folder / "initdb", f"--pgdata={data}", "--no-sync", "--auth=trust"],
        preexec_fn=bound(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


def test_where_it_can_be_copied_to_no_folder_it_says_so(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (open_folder / "file").touch()
    monkeypatch.setattr(programs, "_SHARED", open_folder / "file" / "below")
    monkeypatch.setattr(programs, "servant", lambda: (65534, 65534))

    def closed(_folder: Path) -> bool:
        return False

    monkeypatch.setattr(programs, "_is_open", closed)
    with pytest.raises(programs.NoProgramsError, match="which only root may enter, nor copied to"):
        folder_of_programs()
