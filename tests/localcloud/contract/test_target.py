"""Cloudflare is asked only when somebody says so, and what is deleted at the end is only what a test has made."""

from __future__ import annotations

import pytest
from cloudflare import Cloudflare

from tests.localcloud import official_sdk
from tests.localcloud.contract.conftest import sweep
from tests.localcloud.contract.sdk_driver import SdkDriver
from tests.localcloud.contract.target import Target, TargetError


def test_a_token_that_lies_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    lying = {
        "CLOUDFLARE_API_TOKEN": "real-token",
        "CLOUDFLARE_ACCOUNT_ID": "a" * 32,
        "CLOUDFLARE_API_KEY": "real-key",
        "CLOUDFLARE_EMAIL": "me@example.com",
    }
    assert Target.cloudflare(lying) is None
    for name, value in lying.items():
        monkeypatch.setenv(name, value)
    with official_sdk.client("ours", official_sdk.CLOUDFLARE) as client:
        assert client.auth_headers == {"Authorization": "Bearer ours"}


def test_cloudflare_is_asked_when_token_and_account_are_given() -> None:
    target = Target.cloudflare(
        {"PITCHEY_CONTRACT_TOKEN": "t0ken", "PITCHEY_CONTRACT_ACCOUNT": "a" * 32}
    )
    assert target is not None
    assert target.is_cloudflare
    assert (target.zone, target.database) == (None, None)
    assert "t0ken" not in repr(target)


@pytest.mark.parametrize("name", ["TOKEN", "ACCOUNT", "ZONE"])
def test_half_of_what_is_needed_is_refused_and_not_taken_for_the_local_cloud(name: str) -> None:
    with pytest.raises(TargetError, match="set both of PITCHEY_CONTRACT_TOKEN"):
        Target.cloudflare({f"PITCHEY_CONTRACT_{name}": "x"})


def test_the_sweep_takes_what_a_broken_test_left_and_nothing_else(
    sdk: Cloudflare, target: Target
) -> None:
    driver = SdkDriver(sdk, target.account)
    if target.is_cloudflare:
        pytest.skip("leaves things behind on purpose")
    database = target.database or ""
    assert target.zone is not None
    for name in ("left-behind", "of-others-left-behind"):
        driver.create_namespace(name)
        driver.create_bucket(name)
        driver.put_object(name, "a", "x")
        driver.create_hyperdrive(name, database)
        driver.deploy(name, "export default { fetch() { return new Response(''); } };")
        sdk.dns.records.create(zone_id=target.zone, type="TXT", name=name, content="x", ttl=60)
    sweep(sdk, target, "left-behind")
    assert list(driver.namespaces()) == ["of-others-left-behind"]
    assert driver.buckets() == ["of-others-left-behind"]
    configs = sdk.hyperdrive.configs.list(account_id=target.account)
    assert [config.name for config in configs] == ["of-others-left-behind"]
    assert [s.id for s in sdk.workers.scripts.list(account_id=target.account)] == [
        "of-others-left-behind"
    ]
    records = sdk.dns.records.list(zone_id=target.zone)
    assert [record.name for record in records] == ["of-others-left-behind.example.com"]
