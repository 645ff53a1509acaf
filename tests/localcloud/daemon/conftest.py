"""Real daemons in temporary folders; none outlives its test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """Nothing is running yet."""
    made = Clone.make(tmp_path / "clone")
    yield made
    made.end()


@pytest.fixture
def running(clone: Clone) -> DaemonRecord:
    """The clone's local cloud, started."""
    return clone.start()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """One running local cloud for a module's tests that leave it as they found it."""
    made = Clone.make(tmp_path_factory.mktemp("shared") / "clone")
    made.start()
    yield made
    made.end()
