"""Health checks: made, read, changed, deleted; what is refused; whose they are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare, NotFoundError, PermissionDeniedError

from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes

Body = dict[str, Any]
CHECK: Body = {"name": "api", "address": "api.example.com"}


def path(zone: str) -> str:
    return f"/zones/{zone}/healthchecks"


CHECKS: list[Body] = [
    {},
    {"type": "HTTPS", "http_config": {"path": "/health", "expected_codes": ["2xx", "301"], "header": {"Host": ["api.example.com"]}, "port": 8443}},
    {"type": "TCP", "tcp_config": {"port": 5432, "method": "connection_established"}},
    {"interval": 30, "retries": 0, "timeout": 10, "consecutive_fails": 3, "consecutive_successes": 2, "check_regions": ["WEU", "ENAM"], "description": "the API"},
]  # fmt: skip


@pytest.mark.parametrize("fields", CHECKS)
def test_a_check_reads_back_as_it_was_made(
    api: Cloudflare, http: httpx.Client, zone: str, fields: Body
) -> None:
    made = http.post(path(zone), json={**CHECK, **fields}).json()["result"]
    assert made["status"] == "unknown"
    for key, value in {**CHECK, **fields}.items():
        if isinstance(value, dict):
            assert value.items() <= made[key].items()
        else:
            assert made[key] == value
    one = f"{path(zone)}/{made['id']}"
    assert http.get(one).json()["result"] == made
    assert http.put(one, json=made).json()["result"] == made
    assert http.patch(one, json={}).json()["result"] == made
    read = api.healthchecks.get(made["id"], zone_id=zone)
    assert read is not None
    assert (read.name, read.address) == ("api", "api.example.com")
    deleted = api.healthchecks.delete(made["id"], zone_id=zone)
    assert deleted is not None
    assert deleted.id == made["id"]
    with pytest.raises(NotFoundError) as refusal:
        api.healthchecks.get(made["id"], zone_id=zone)
    assert codes(refusal) == [1002]


def test_what_is_not_said_is_filled_in_by_type(http: httpx.Client, zone: str) -> None:
    plain = http.post(path(zone), json=CHECK).json()["result"]
    assert (plain["type"], plain["interval"], plain["tcp_config"]) == ("HTTP", 60, None)
    assert (plain["http_config"]["port"], plain["http_config"]["method"]) == (80, "GET")
    secure = http.post(path(zone), json={**CHECK, "type": "HTTPS"}).json()["result"]
    assert secure["http_config"]["port"] == 443
    tcp = http.patch(f"{path(zone)}/{plain['id']}", json={"type": "TCP"}).json()["result"]
    assert (tcp["http_config"], tcp["tcp_config"]["port"]) == (None, 80)


def test_put_replaces_and_patch_keeps(api: Cloudflare, zone: str) -> None:
    made = api.healthchecks.create(zone_id=zone, **CHECK, interval=120, description="mine")
    assert made is not None
    assert made.id is not None
    patched = api.healthchecks.edit(made.id, zone_id=zone, **CHECK, suspended=True)
    assert patched is not None
    assert (patched.interval, patched.description, patched.status) == (120, "mine", "suspended")
    put = api.healthchecks.update(made.id, zone_id=zone, **CHECK)
    assert put is not None
    assert (put.interval, put.description, put.status) == (60, "", "unknown")
    assert put.created_on == made.created_on


BAD: list[Body] = [
    {"name": ""},
    {"name": "with blanks"},
    {"name": None},
    {"address": ""},
    {"type": "UDP"},
    {"interval": 4},
    {"interval": "60"},
    {"retries": True},
    {"suspended": "no"},
    {"check_regions": ["MARS"]},
    {"colour": "red"},
    {"http_config": {"method": "POST"}},
    {"http_config": {"expected_codes": ["ok"]}},
    {"http_config": {"path": "health"}},
    {"http_config": {"port": 0}},
    {"http_config": {"header": {"Host": "api"}}},
    {"http_config": {"colour": "red"}},
    {"type": "TCP", "tcp_config": {"port": 65536}},
    {"type": "TCP", "tcp_config": {"method": "ping"}},
]


@pytest.mark.parametrize("fields", BAD)
def test_a_check_that_makes_no_sense_is_refused(
    http: httpx.Client, zone: str, fields: Body
) -> None:
    answer = http.post(path(zone), json={**CHECK, **fields})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 1001)
    assert http.get(path(zone)).json()["result"] == []


def test_the_list_is_paged_and_ends(api: Cloudflare, zone: str) -> None:
    for number in range(7):
        api.healthchecks.create(zone_id=zone, name=f"check-{number}", address="a.example.com")
    found = [check.name for check in api.healthchecks.list(zone_id=zone, per_page=5)]
    assert found == [f"check-{number}" for number in range(7)]


def test_the_plan_sets_how_many_there_may_be(http: httpx.Client, zone: str) -> None:
    http.post(f"/zones/{zone}/subscription", json={"rate_plan": {"id": "pro"}})
    for _ in range(10):
        assert http.post(path(zone), json=CHECK).status_code == 200
    refused = http.post(path(zone), json=CHECK)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, 1003)


def test_health_checks_have_permissions_of_their_own(served: ServedCloud, zone: str) -> None:
    reader = served.client(served.token_with("Health Checks Read"))
    assert list(reader.healthchecks.list(zone_id=zone)) == []
    with pytest.raises(PermissionDeniedError):
        reader.healthchecks.create(zone_id=zone, **CHECK)
    with pytest.raises(PermissionDeniedError):
        list(served.client(served.token_with("Zone Write")).healthchecks.list(zone_id=zone))
