"""Where a Worker is reached: zone routes, custom domains, and the zone's own rules on the way."""

from __future__ import annotations

import httpx
import pytest
from cloudflare import APIStatusError, BadRequestError, Cloudflare, ConflictError, NotFoundError

from localcloud.api.cloud import RecordingDataPlane
from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes, put


def test_a_route_reaches_the_edge_and_leaves_it(
    api: Cloudflare, account: str, zone: str, edge: RecordingDataPlane
) -> None:
    put(api, account)
    made = api.workers.routes.create(zone_id=zone, pattern="api.example.com/*", script="shop")
    assert [(r.pattern, r.script) for r in edge.applied[-1].routes] == [
        ("api.example.com/*", "shop")
    ]
    read = api.workers.routes.get(made.id, zone_id=zone)
    assert (read.id, read.pattern, read.script) == (made.id, "api.example.com/*", "shop")
    api.workers.routes.update(made.id, zone_id=zone, pattern="*.example.com/v1/*")
    assert [(r.pattern, r.script) for r in edge.applied[-1].routes] == [
        ("*.example.com/v1/*", None)
    ]
    api.workers.routes.delete(made.id, zone_id=zone)
    assert edge.applied[-1].routes == ()
    with pytest.raises(NotFoundError) as refusal:
        api.workers.routes.get(made.id, zone_id=zone)
    assert codes(refusal) == [10009]


@pytest.mark.parametrize(
    ("pattern", "script", "status", "code"),
    [
        ("api.example.com/*", "shop", 409, 10020),
        ("api.example.org/*", "shop", 400, 10022),
        ("notexample.com/*", "shop", 400, 10022),
        ("a*b.example.com/*", "shop", 400, 10022),
        ("api.example.com/?q=*", "shop", 400, 10022),
        ("x.example.com/*", "nobody", 400, 10019),
    ],
)
def test_a_route_is_checked(
    api: Cloudflare, account: str, zone: str, pattern: str, script: str, status: int, code: int
) -> None:
    put(api, account)
    api.workers.routes.create(zone_id=zone, pattern="api.example.com/*", script="shop")
    with pytest.raises(APIStatusError) as refusal:
        api.workers.routes.create(zone_id=zone, pattern=pattern, script=script)
    assert refusal.value.status_code == status
    assert codes(refusal) == [code]


def test_a_custom_domain_belongs_to_one_worker(
    api: Cloudflare, account: str, zone: str, edge: RecordingDataPlane
) -> None:
    put(api, account)
    put(api, account, "till")
    made = api.workers.domains.update(
        account_id=account, hostname="api.example.com", service="shop"
    )
    assert (made.zone_id, made.zone_name, made.environment) == (zone, "example.com", "production")
    assert [(r.pattern, r.script) for r in edge.applied[-1].routes] == [
        ("api.example.com/*", "shop")
    ]
    again = api.workers.domains.update(
        account_id=account, hostname="api.example.com", service="shop", zone_id=zone
    )
    assert again == made
    with pytest.raises(ConflictError) as refusal:
        api.workers.domains.update(account_id=account, hostname="api.example.com", service="till")
    assert codes(refusal) == [100116]
    api.workers.domains.delete(made.id, account_id=account)
    with pytest.raises(NotFoundError) as gone:
        api.workers.domains.get(made.id, account_id=account)
    assert codes(gone) == [100114]
    assert edge.applied[-1].routes == ()


def test_a_custom_domain_needs_a_worker_a_zone_and_a_free_name(
    api: Cloudflare, account: str, zone: str, store: Store
) -> None:
    with pytest.raises(NotFoundError):
        api.workers.domains.update(account_id=account, hostname="a.example.com", service="x")
    put(api, account)
    with pytest.raises(BadRequestError):
        api.workers.domains.update(account_id=account, hostname="a.other.net", service="shop")
    store.insert("dns_record", zone, "r1", {"name": "a.example.com", "type": "CNAME"})
    with pytest.raises(ConflictError) as refusal:
        api.workers.domains.update(account_id=account, hostname="a.example.com", service="shop")
    assert codes(refusal) == [100117]


def test_deleting_a_worker_takes_its_routes_and_domains(
    api: Cloudflare, account: str, zone: str, edge: RecordingDataPlane
) -> None:
    put(api, account)
    api.workers.routes.create(zone_id=zone, pattern="example.com/*", script="shop")
    api.workers.domains.update(account_id=account, hostname="api.example.com", service="shop")
    api.workers.scripts.delete("shop", account_id=account)
    assert edge.applied[-1].routes == ()
    assert edge.applied[-1].deployments == ()


def test_wrangler_sets_all_domains_at_once(
    http: httpx.Client, api: Cloudflare, account: str
) -> None:
    put(api, account)
    api.workers.domains.update(account_id=account, hostname="old.example.com", service="shop")
    base = f"/accounts/{account}/workers/scripts/shop/domains"
    change = http.post(
        f"{base}/changeset?replace_state=true", json=[{"hostname": "new.example.com"}]
    ).json()["result"]
    assert [d["hostname"] for d in change["added"]] == ["new.example.com"]
    assert [d["hostname"] for d in change["removed"]] == ["old.example.com"]
    done = http.put(f"{base}/records", json={"origins": [{"hostname": "new.example.com"}]})
    assert done.status_code == 200
    listed = api.workers.domains.list(account_id=account)
    assert [d.hostname for d in listed] == ["new.example.com"]


def test_the_zones_own_rules_reach_the_edge(
    served: ServedCloud, api: Cloudflare, account: str, zone: str
) -> None:
    store = served.store
    store.insert(
        "zone_setting", zone, "always_use_https", {"id": "always_use_https", "value": "on"}
    )
    hsts = {"enabled": True, "max_age": 31536000, "include_subdomains": True, "preload": True}
    store.insert(
        "zone_setting", zone, "security_header", {"value": {"strict_transport_security": hsts}}
    )
    store.insert(
        "ruleset",
        zone,
        "r1",
        {
            "phase": "http_response_headers_transform",
            "rules": [
                {
                    "expression": "true",
                    "action_parameters": {
                        "headers": {"x-frame-options": {"operation": "set", "value": "DENY"}}
                    },
                }
            ],
        },
    )
    put(api, account)
    (traffic,) = served.edge.applied[-1].zones
    assert traffic.always_use_https
    assert traffic.hsts == "max-age=31536000; includeSubDomains; preload"
    assert [(r.header, r.operation, r.value) for r in traffic.header_rules] == [
        ("x-frame-options", "set", "DENY")
    ]
