"""What both clients may rely on, on the local cloud as on Cloudflare."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from cloudflare import BadRequestError, Cloudflare

from tests.localcloud.contract.conftest import Eventually
from tests.localcloud.contract.driver import Driver, Refused
from tests.localcloud.contract.target import DATABASE, ZONE, Target


def answering(text: str) -> str:
    return f"export default {{ fetch() {{ return new Response({text!r}); }} }};\n"


def test_a_namespace_keeps_values_until_they_are_deleted(
    driver: Driver, name: str, eventually: Eventually
) -> None:
    namespace = driver.create_namespace(name)
    with pytest.raises(Refused, match="already exists"):
        driver.create_namespace(name)
    driver.put_value(namespace, "folder/ä b", "hello", ttl=600)
    eventually(lambda: driver.value(namespace, "folder/ä b"), "hello")
    with pytest.raises(Refused, match="10034"):
        driver.put_value(namespace, "short", "x", ttl=30)
    eventually(lambda: driver.keys(namespace, "folder/"), ["folder/ä b"])
    driver.delete_value(namespace, "folder/ä b")
    eventually(lambda: driver.value(namespace, "folder/ä b"), None)
    driver.delete_namespace(namespace)
    eventually(lambda: name in driver.namespaces(), False)


def test_a_bucket_keeps_objects_and_goes_only_when_it_is_empty(driver: Driver, name: str) -> None:
    driver.create_bucket(name)
    with pytest.raises(Refused, match="already exists"):
        driver.create_bucket(name)
    driver.put_object(name, "folder/a b.txt", "hello")
    assert driver.object(name, "folder/a b.txt") == "hello"
    with pytest.raises(Refused, match="not empty"):
        driver.delete_bucket(name)
    driver.delete_object(name, "folder/a b.txt")
    assert driver.object(name, "folder/a b.txt") is None
    driver.delete_bucket(name)
    assert name not in driver.buckets()


def test_a_hyperdrive_config_tells_everything_but_its_password(
    driver: Driver, name: str, target: Target
) -> None:
    if target.database is None:
        pytest.skip(f"Cloudflare connects to the database at once: set {DATABASE}")
    database = urlsplit(target.database)
    config = driver.create_hyperdrive(name, target.database)
    with pytest.raises(Refused, match="already exists") as refused:
        driver.create_hyperdrive(name, target.database)
    told = driver.hyperdrive(config)
    assert told is not None
    assert str(database.hostname) in told
    assert database.password
    assert database.password not in told + str(refused.value)
    driver.delete_hyperdrive(config)
    assert driver.hyperdrive(config) is None


def test_a_version_gets_no_traffic_until_it_is_deployed(
    driver: Driver, name: str, eventually: Eventually
) -> None:
    first = driver.deploy(name, answering("one"))
    second = driver.upload(name, answering("two"))
    eventually(lambda: driver.live(name), [(first, 100)])
    driver.split(name, [(first, 90), (second, 10)])
    eventually(lambda: driver.live(name), [(first, 90), (second, 10)])
    with pytest.raises(Refused):
        driver.split(name, [("11111111-2222-4333-8444-555555555555", 100)])
    driver.rollback(name, first)
    eventually(lambda: driver.live(name), [(first, 100)])


def test_a_record_is_there_once(
    sdk: Cloudflare, target: Target, name: str, eventually: Eventually
) -> None:
    """wrangler has no commands for DNS."""
    if target.zone is None:
        pytest.skip(f"set {ZONE} to the id of a zone whose records may be touched")
    zone = target.zone
    made = sdk.dns.records.create(zone_id=zone, type="TXT", name=name, content="one", ttl=60)
    assert made is not None
    assert made.name.startswith(f"{name}.")
    with pytest.raises(BadRequestError) as refused:
        sdk.dns.records.create(zone_id=zone, type="TXT", name=name, content="one", ttl=60)
    assert [error.code for error in refused.value.errors] == [81058]
    changed = sdk.dns.records.edit(made.id, zone_id=zone, type="TXT", name=name, content="two", ttl=60)  # fmt: skip
    assert changed is not None

    def contents() -> list[str]:
        found = sdk.dns.records.list(zone_id=zone, name={"exact": made.name})
        return [(record.content or "").strip('"') for record in found]

    eventually(contents, ["two"])
    sdk.dns.records.delete(made.id, zone_id=zone)
    eventually(contents, [])
