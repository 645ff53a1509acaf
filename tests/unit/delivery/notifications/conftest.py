from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.unit.delivery.notifications.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def other() -> Generator[Receiver]:
    with receiving() as one:
        yield one
