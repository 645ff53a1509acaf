"""Fixtures of the whole: a checkout with its local cloud, one a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout

_CLASSES = ("read", "search", "write", "upload", "login", "sign-up", "refresh")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A fresh clone, nothing running yet; stopped and checked for left-over processes at its end."""
    made = Checkout.make(tmp_path_factory.mktemp("clone") / "pitchey")
    made.done("local", "up", "--port", str(made.port))
    yield made
    made.done("down")
    assert made.processes() == []


@pytest.fixture(scope="module")
def api(checkout: Checkout) -> Iterator[Api]:
    """`staging` of the checkout, up, where tests may ask more often than one household."""
    limits = ", ".join(f"{name}: 9000/1m" for name in _CLASSES)
    section = "  pitchey:worker:\n"
    checkout.edit("Pulumi.staging.yaml", (section, f"{section}    rateLimits: {{{limits}}}\n"))
    made = Api.of(checkout, checkout.up())
    yield made
    made.close()


@pytest.fixture(scope="module")
def creator(api: Api) -> Person:
    return api.signed_up("creator", "Ada")


@pytest.fixture(scope="module")
def investor(api: Api) -> Person:
    return api.signed_up("investor", "Chidi")
