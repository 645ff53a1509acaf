"""Fixtures of the whole: a checkout with its local cloud, one a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.checkout import Checkout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A fresh clone, nothing running yet; stopped and checked for left-over processes at its end."""
    made = Checkout.make(tmp_path_factory.mktemp("clone") / "pitchey")
    made.done("local", "up", "--port", str(made.port))
    yield made
    made.done("down")
    assert made.processes() == []
