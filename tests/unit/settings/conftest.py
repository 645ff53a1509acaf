from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.settings.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.fixture
def production(tmp_path: Path) -> Stack:
    return Stack(tmp_path, "production")
