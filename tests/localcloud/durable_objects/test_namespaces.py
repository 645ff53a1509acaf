"""Namespaces of Durable Objects and the objects in them: listed, paged, and whose they are.

How classes come and go with a Worker's versions is in tests/localcloud/workers/test_durable_objects.py.
"""

from __future__ import annotations

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from localcloud.api.cloud import RecordingDataPlane
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.refusals import FORBIDDEN, OTHER_ACCOUNT, answered, refusal
from tests.localcloud.workers.test_durable_objects import LIVE, exporting
from tests.localcloud.workers.test_versions import make_version, make_worker

OBJECTS = [f"{number:064x}" for number in range(5)]


@pytest.fixture
def namespaces(
    api: Cloudflare, account: str, edge: RecordingDataPlane, served: ServedCloud
) -> dict[str, str]:
    """Class → namespace of one Worker; `Counter` has objects."""
    worker = make_worker(api, account)
    exporting(edge, "Counter", "Limiter")
    make_version(api, account, worker, exports={"Counter": LIVE, "Limiter": LIVE}, deploy=True)
    found = api.durable_objects.namespaces.list(account_id=account)
    ids = {str(namespace.class_): str(namespace.id) for namespace in found}
    served.cloud.stored_objects = lambda namespace: OBJECTS * (namespace == ids["Counter"])
    return ids


@pytest.mark.usefixtures("namespaces")
def test_a_namespace_tells_its_class_its_script_and_its_storage(
    http: httpx.Client, account: str
) -> None:
    path = f"/accounts/{account}/workers/durable_objects/namespaces"
    counter, limiter = http.get(path).json()["result"]
    assert len(counter.pop("id")) == 32
    assert counter == {
        "name": "shop_Counter",
        "class": "Counter",
        "script": "shop",
        "use_sqlite": True,
    }
    page = http.get(f"{path}?page=2&per_page=1").json()
    assert page["result"] == [limiter]
    assert page["result_info"]["total_count"] == 2


def test_the_objects_with_data_are_listed_page_by_page(
    api: Cloudflare, account: str, http: httpx.Client, namespaces: dict[str, str]
) -> None:
    objects = api.durable_objects.namespaces.objects
    counter = namespaces["Counter"]
    for limit in (1, 2, 5, 10):
        found = objects.list(counter, account_id=account, limit=limit)
        assert [object.id for object in found] == OBJECTS
    assert all(found.has_stored_data for found in objects.list(counter, account_id=account))
    assert list(objects.list(namespaces["Limiter"], account_id=account)) == []
    path = f"/accounts/{account}/workers/durable_objects/namespaces/{counter}/objects"
    first = http.get(f"{path}?limit=2").json()["result_info"]
    assert first == {"count": 2, "cursor": OBJECTS[1], "cursors": {"after": OBJECTS[1]}}
    last = http.get(f"{path}?cursor={OBJECTS[3]}").json()
    assert [row["id"] for row in last["result"]] == OBJECTS[4:]
    assert last["result_info"]["cursor"] == ""


@pytest.mark.parametrize("limit", ["0", "-1", "x", "10001"])
def test_a_limit_out_of_bounds_is_brought_inside(
    http: httpx.Client, account: str, namespaces: dict[str, str], limit: str
) -> None:
    counter = namespaces["Counter"]
    path = f"/accounts/{account}/workers/durable_objects/namespaces/{counter}/objects"
    page = http.get(f"{path}?limit={limit}").json()
    assert page["result"]
    assert page["result_info"]["cursor"] in {"", OBJECTS[0]}


def test_permissions_and_other_accounts(
    served: ServedCloud, account: str, namespaces: dict[str, str]
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    path = f"/accounts/{account}/workers/durable_objects/namespaces"
    objects = f"{path}/{namespaces['Counter']}/objects"
    reader = served.plain(served.token_with("Workers Scripts Read"))
    stranger = served.plain(served.token_with("Workers KV Storage Write"))
    other = served.plain(served.token_with("Workers Scripts Write", accounts=(OTHER_ACCOUNT,)))
    for place in (path, objects):
        assert answered(reader.get(place)) == (200, [])
        assert answered(stranger.get(place)) == FORBIDDEN
        assert answered(other.get(place)) == FORBIDDEN
    assert other.get(path.replace(account, OTHER_ACCOUNT)).json()["result"] == []
    assert answered(other.get(objects.replace(account, OTHER_ACCOUNT))) == (404, [10066])


def test_an_unknown_namespace_is_a_404(api: Cloudflare, account: str) -> None:
    objects = api.durable_objects.namespaces.objects
    assert refusal(lambda: list(objects.list("f" * 32, account_id=account))) == (404, [10066])


def test_a_namespace_goes_with_its_worker(
    api: Cloudflare, account: str, namespaces: dict[str, str]
) -> None:
    api.workers.scripts.delete("shop", account_id=account, force=True)
    assert list(api.durable_objects.namespaces.list(account_id=account)) == []
    objects = api.durable_objects.namespaces.objects
    gone = refusal(lambda: list(objects.list(namespaces["Counter"], account_id=account)))
    assert gone == (404, [10066])
