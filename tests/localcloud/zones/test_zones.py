"""Zones: made, found, changed and gone with all that is in them; whose they are, and which plan they are on."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import BadRequestError, Cloudflare, PermissionDeniedError

from localcloud.api.accounts.models import create_account
from localcloud.api.cloud import RecordingDataPlane
from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes

OTHER_ACCOUNT = "00000000000000000000000000000a02"


def make(api: Cloudflare, account: str, name: str, kind: Any = "full") -> str:
    made = api.zones.create(account={"id": account}, name=name, type=kind)
    assert made is not None
    return made.id


def test_a_zone_is_active_at_once_and_reads_back_as_it_was_made(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    made = api.zones.create(account={"id": account}, name="Pitchey.Example")
    assert made is not None
    assert (made.name, made.status, made.type, made.paused) == (
        "pitchey.example",
        "active",
        "full",
        False,
    )
    assert made.account.id == account
    assert made.account.name == "Test account"
    assert made.activated_on is not None
    assert len(made.name_servers) == 2
    assert all(server.endswith(".ns.cloudflare.com") for server in made.name_servers)
    first = http.get(f"/zones/{made.id}").json()["result"]
    assert first == http.get(f"/zones/{made.id}").json()["result"]
    assert {"plan", "owner", "meta", "original_name_servers", "verification_key"} <= set(first)


def test_the_same_domain_gets_the_same_name_servers_again(api: Cloudflare, account: str) -> None:
    first = api.zones.create(account={"id": account}, name="again.example")
    assert first is not None
    api.zones.delete(zone_id=first.id)
    second = api.zones.create(account={"id": account}, name="again.example")
    assert second is not None
    assert second.id != first.id
    assert second.name_servers == first.name_servers


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("example.com", 1061),
        ("EXAMPLE.com", 1061),
        ("shop.example.com", 1116),
        ("localhost", 1002),
        ("-bad.example", 1002),
        ("10.0.0.1", 1002),
        ("a b.example", 1002),
        ("", 1002),
    ],
)
def test_a_bad_or_taken_name_is_refused(
    api: Cloudflare, account: str, name: str, code: int
) -> None:
    with pytest.raises(BadRequestError) as refusal:
        api.zones.create(account={"id": account}, name=name)
    assert codes(refusal) == [code]


def test_a_name_is_taken_for_every_account(api: Cloudflare, store: Store) -> None:
    create_account(store, "Other account", OTHER_ACCOUNT)
    with pytest.raises(BadRequestError) as refusal:
        api.zones.create(account={"id": OTHER_ACCOUNT}, name="example.com")
    assert codes(refusal) == [1061]


def test_a_zone_needs_an_account_that_exists(http: httpx.Client) -> None:
    bodies: list[dict[str, Any]] = [{}, {"account": {}}, {"account": "x"}, {"account": {"id": "f" * 32}}]  # fmt: skip
    for body in bodies:
        answer = http.post("/zones", json={"name": "new.example", **body})
        assert answer.status_code == 400
        assert "account.id" in answer.json()["errors"][0]["message"]


def test_the_list_is_filtered_sorted_and_ends(api: Cloudflare, account: str, store: Store) -> None:
    create_account(store, "Other account", OTHER_ACCOUNT)
    make(api, account, "b.example")
    make(api, account, "a.example", "partial")
    make(api, OTHER_ACCOUNT, "c.example")

    def names(**query: Any) -> list[str]:
        return [zone.name for zone in api.zones.list(**query)]

    assert names() == ["example.com", "b.example", "a.example", "c.example"]
    assert names(per_page=1) == ["example.com", "b.example", "a.example", "c.example"]
    assert names(name="B.example") == ["b.example"]
    assert names(name="contains:a") == ["example.com", "b.example", "a.example", "c.example"]
    assert names(name="ends_with:.com") == ["example.com"]
    assert names(name="starts_with_case_sensitive:B") == []
    assert names(name="not_equal:example.com", order="name") == [
        "a.example",
        "b.example",
        "c.example",
    ]
    assert names(account={"id": OTHER_ACCOUNT}) == ["c.example"]
    assert names(account={"name": "contains:other"}) == ["c.example"]
    assert names(type=["partial"]) == ["a.example"]
    assert names(type=["full", "partial"], order="name", direction="desc") == ["example.com", "c.example", "b.example", "a.example"]  # fmt: skip
    assert names(status="pending") == []
    assert names(name="b.example", account={"id": OTHER_ACCOUNT}, match="any") == ["b.example", "c.example"]  # fmt: skip


def test_internal_zones_are_listed_only_when_asked_for(api: Cloudflare, account: str) -> None:
    make(api, account, "corp.example", "internal")
    assert "corp.example" not in [zone.name for zone in api.zones.list()]
    assert [zone.name for zone in api.zones.list(type=["internal"])] == ["corp.example"]


def test_a_page_says_how_many_there_are(http: httpx.Client, api: Cloudflare, account: str) -> None:
    for name in ("a.example", "b.example"):
        make(api, account, name)
    page = http.get("/zones?page=2&per_page=2").json()
    assert [zone["name"] for zone in page["result"]] == ["b.example"]
    assert page["result_info"] == {
        "page": 2,
        "per_page": 2,
        "count": 1,
        "total_count": 3,
        "total_pages": 2,
    }


def test_a_zone_is_paused_and_turned_to_a_partial_one(
    api: Cloudflare, zone: str, http: httpx.Client
) -> None:
    paused = api.zones.edit(zone_id=zone, paused=True)
    assert paused is not None
    assert paused.paused is True
    partial = api.zones.edit(zone_id=zone, type="partial")
    assert partial is not None
    assert (partial.type, partial.paused, partial.name_servers) == ("partial", True, [])
    whole = http.get(f"/zones/{zone}").json()["result"]
    assert http.patch(f"/zones/{zone}", json=whole).json()["result"] == whole


@pytest.mark.parametrize(
    "change",
    [
        {"name": "else.example"},
        {"paused": "yes"},
        {"type": "half"},
        {"vanity_name_servers": ["no host"]},
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    http: httpx.Client, zone: str, change: dict[str, object]
) -> None:
    before = http.get(f"/zones/{zone}").json()["result"]
    assert http.patch(f"/zones/{zone}", json=change).status_code == 400
    assert http.get(f"/zones/{zone}").json()["result"] == before


def test_deleting_a_zone_takes_everything_in_it(
    api: Cloudflare, account: str, zone: str, store: Store, edge: RecordingDataPlane
) -> None:
    api.zones.settings.edit("always_use_https", zone_id=zone, value="on")
    api.dns.dnssec.edit(zone_id=zone, status="active")
    api.dns.records.create(zone_id=zone, type="A", name="a", content="192.0.2.1", ttl=1)
    api.rulesets.phases.update("http_request_firewall_custom", zone_id=zone, rules=[])
    api.healthchecks.create(zone_id=zone, name="a", address="a.example.com")
    api.workers.routes.create(zone_id=zone, pattern="example.com/*")
    store.insert("worker_domain", account, "d1", {"zone_id": zone, "hostname": "x", "service": "y"})
    deleted = api.zones.delete(zone_id=zone)
    assert deleted is not None
    assert deleted.id == zone
    left = store.execute("SELECT kind FROM documents WHERE parent = ? OR id = 'd1'", (zone,))
    assert left.fetchall() == []
    assert edge.applied[-1].zones == ()
    with pytest.raises(PermissionDeniedError) as refusal:
        api.zones.get(zone_id=zone)
    assert codes(refusal) == [9109]
    assert make(api, account, "example.com") != zone


def test_a_token_sees_and_makes_zones_only_where_it_reaches(
    served: ServedCloud, account: str, store: Store
) -> None:
    create_account(store, "Other account", OTHER_ACCOUNT)
    other = served.client(served.token_with("Zone Write", accounts=(OTHER_ACCOUNT,)))
    assert list(other.zones.list()) == []
    with pytest.raises(PermissionDeniedError):
        other.zones.create(account={"id": account}, name="new.example")
    assert make(other, OTHER_ACCOUNT, "new.example")


def test_a_token_that_may_read_zones_cannot_change_them(
    served: ServedCloud, account: str, zone: str
) -> None:
    reader = served.client(served.token_with("Zone Read"))
    assert [found.id for found in reader.zones.list()] == [zone]
    assert reader.zones.get(zone_id=zone) is not None
    for attempt in (
        lambda: reader.zones.create(account={"id": account}, name="new.example"),
        lambda: reader.zones.edit(zone_id=zone, paused=True),
        lambda: reader.zones.delete(zone_id=zone),
    ):
        with pytest.raises(PermissionDeniedError):
            attempt()
    assert [found.paused for found in reader.zones.list()] == [False]


def test_activation_is_checked(api: Cloudflare, zone: str) -> None:
    checked = api.zones.activation_check.trigger(zone_id=zone)
    assert checked is not None
    assert checked.id == zone


def test_a_zone_changes_its_plan(api: Cloudflare, zone: str, http: httpx.Client) -> None:
    offered = {plan.legacy_id: plan.is_subscribed for plan in api.zones.plans.list(zone_id=zone)}
    assert offered == {"free": False, "pro": False, "business": False, "enterprise": True}
    taken = http.post(f"/zones/{zone}/subscription", json={"rate_plan": {"id": "free"}})
    assert taken.json()["result"]["rate_plan"]["id"] == "free"
    found = api.zones.get(zone_id=zone)
    assert found is not None
    assert (found.plan.legacy_id, found.plan.name) == ("free", "Free Website")
    read = api.zones.subscriptions.get(zone_id=zone)
    assert read.rate_plan is not None
    assert read.rate_plan.id == "free"
    refused = http.put(f"/zones/{zone}/subscription", json={"rate_plan": {"id": "platinum"}})
    assert refused.status_code == 400
