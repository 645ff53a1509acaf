"""Reading without owning: the provider's functions.

`getWorkersDeployments` is not among them: the official one finds no deployment of any Worker, and one that did would
let a program rely on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from localcloud.plugins.cloudflare.api import Api
from localcloud.plugins.cloudflare.names import from_api
from localcloud.plugins.cloudflare.paths import fill_path
from localcloud.plugins.cloudflare.resource_type import Json

Invoke = Callable[[Api, Json], Json]


def _worker(api: Api, arguments: Json) -> Json:
    path = fill_path("/accounts/{accountId}/workers/workers/{workerId}", arguments)
    return {**arguments, **from_api(api.call("GET", path))}


def _zone(api: Api, arguments: Json) -> Json:
    if arguments.get("zoneId"):
        found = api.call("GET", fill_path("/zones/{zoneId}", arguments))
    else:
        filters: Json = arguments.get("filter") or {}
        name = str(filters.get("name"))
        zones = api.pages("/zones", query={"name": name})
        if len(zones) != 1:
            raise ValueError(f"{len(zones)} zones are named {name!r}, and one was asked for")
        found = zones[0]
    return {**arguments, **from_api(found), "zoneId": found["id"]}


def _zones(api: Api, arguments: Json) -> Json:
    query = {"name": str(arguments["name"])} if arguments.get("name") else {}
    return {**arguments, "results": from_api(api.pages("/zones", query=query))}


def _account(api: Api, arguments: Json) -> Json:
    return {**arguments, **from_api(api.call("GET", fill_path("/accounts/{accountId}", arguments)))}


def _accounts(api: Api, arguments: Json) -> Json:
    return {**arguments, "results": from_api(api.pages("/accounts"))}


def _kv_namespaces(api: Api, arguments: Json) -> Json:
    path = fill_path("/accounts/{accountId}/storage/kv/namespaces", arguments)
    return {**arguments, "results": from_api(api.pages(path))}


INVOKES: Final[Mapping[str, Invoke]] = {
    f"cloudflare:index/{name}:{name}": invoke
    for name, invoke in {
        "getWorker": _worker,
        "getZone": _zone,
        "getZones": _zones,
        "getAccount": _account,
        "getAccounts": _accounts,
        "getWorkersKvNamespaces": _kv_namespaces,
    }.items()
}
