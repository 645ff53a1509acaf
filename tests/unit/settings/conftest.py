from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.settings.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.fixture
def production(tmp_path: Path) -> Stack:
    stack = Stack(tmp_path, "production")
    stack.secrets["deploymentsToken"] = "cT3zR8mPq1Lw7Nv0bXs5Yd2Kf9Gh4Ja6Ue"
    return stack
