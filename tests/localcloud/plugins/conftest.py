"""The stand-in for the Cloudflare provider against a served API of its own."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from localcloud.plugins.cloudflare import api as api_module
from localcloud.plugins.cloudflare.provider import CloudflareProvider
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.plugins.asking import Asked, asked
from tests.localcloud.plugins.scripted import Clock
from tests.localcloud.plugins.world import World, build, hook


@pytest.fixture
def provider(served: ServedCloud) -> Iterator[Asked]:
    """Configured by the environment, as for a run on the local cloud."""
    environment = {"CLOUDFLARE_BASE_URL": served.url, "CLOUDFLARE_API_TOKEN": served.token}
    served_provider = CloudflareProvider(environment)
    with asked(served_provider) as asking:
        asking.configure()
        yield asking
    served_provider.close()


@pytest.fixture
def world(served: ServedCloud, http: httpx.Client) -> Iterator[World]:
    with hook() as address:
        yield build(served, http, address)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The provider waits on this one."""
    made = Clock()
    monkeypatch.setattr(api_module, "time", made)
    return made
