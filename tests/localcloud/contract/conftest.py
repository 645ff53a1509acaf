"""Each contract once for each client, on the local cloud or on Cloudflare; what a test makes is gone when it ends."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cloudflare import Cloudflare, NotFoundError

from tests.localcloud import official_sdk
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.contract.driver import Driver
from tests.localcloud.contract.sdk_driver import SdkDriver
from tests.localcloud.contract.target import Target, TargetError
from tests.localcloud.contract.wrangler_driver import WranglerDriver
from tests.localcloud.wrangler import Wrangler, needs_wrangler

Eventually = Callable[[Callable[[], object], object], None]


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """Cloudflare is asked only when `PITCHEY_CONTRACT_TOKEN` and `PITCHEY_CONTRACT_ACCOUNT` are both set."""
    try:
        cloudflare = Target.cloudflare(os.environ)
    except TargetError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    if cloudflare is not None:
        return cloudflare
    served: ServedCloud = request.getfixturevalue("served")
    return Target.local(served.url, served.token, served.account, served.zone)


@pytest.fixture
def sdk(target: Target) -> Iterator[Cloudflare]:
    made = official_sdk.client(target.token, target.url, max_retries=3 * target.is_cloudflare)
    yield made
    made.close()


@pytest.fixture(params=["sdk", pytest.param("wrangler", marks=needs_wrangler)])
def driver(
    request: pytest.FixtureRequest, target: Target, sdk: Cloudflare, tmp_path: Path
) -> Driver:
    if request.param == "sdk":
        return SdkDriver(sdk, target.account)
    url = None if target.is_cloudflare else target.url
    return WranglerDriver(Wrangler.make(tmp_path, target.token, target.account, url))


@pytest.fixture
def name(target: Target, sdk: Cloudflare) -> Iterator[str]:
    """A name that nothing has, also beside another run of these tests. Whatever begins with it is deleted at the end."""
    unique = f"pitchey-contract-{secrets.token_hex(6)}"
    yield unique
    sweep(sdk, target, unique)


def sweep(sdk: Cloudflare, target: Target, name: str) -> None:
    """Deletes what a test left behind, and never anything under another name."""
    place: Any = {"account_id": target.account}
    for namespace in sdk.kv.namespaces.list(**place, per_page=100):
        if namespace.title.startswith(name):
            sdk.kv.namespaces.delete(namespace.id, **place)
    buckets = sdk.r2.buckets.list(**place, name_contains=name).buckets or []
    for bucket in (found.name or "" for found in buckets):
        if bucket.startswith(name):
            for item in sdk.r2.buckets.objects.list(bucket, **place):
                sdk.r2.buckets.objects.delete(item.key or "", **place, bucket_name=bucket)
            sdk.r2.buckets.delete(bucket, **place)
    for config in sdk.hyperdrive.configs.list(**place):
        if config.name.startswith(name):
            sdk.hyperdrive.configs.delete(config.id, **place)
    with contextlib.suppress(NotFoundError):
        sdk.workers.scripts.delete(name, **place, force=True)
    if target.zone is None:
        return
    for record in sdk.dns.records.list(zone_id=target.zone, name={"startswith": name}):
        sdk.dns.records.delete(record.id, zone_id=target.zone)


@pytest.fixture
def eventually(target: Target) -> Eventually:
    """`eventually(read, wanted)`: on Cloudflare within the time in which it converges, on the local cloud at once."""

    def check(read: Callable[[], object], wanted: object) -> None:
        deadline = time.monotonic() + target.patience
        while (found := read()) != wanted and time.monotonic() < deadline:
            time.sleep(1)
        assert found == wanted

    return check
