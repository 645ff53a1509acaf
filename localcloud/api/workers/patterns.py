"""Route patterns: `example.com/*`, `*.example.com/images/*`, within a zone."""

from __future__ import annotations

from localcloud.api.store import Document, Store
from localcloud.api.workers.errors import BAD_PATTERN


def check_pattern(pattern: str, zone_name: str) -> str:
    """The pattern without its scheme. Raises `ApiError` 10022 when it is not one of the zone's."""
    bare = pattern.removeprefix("https://").removeprefix("http://")
    host, _, path = bare.partition("/")
    if not host or " " in bare:
        raise BAD_PATTERN(pattern=pattern, reason="it needs a host.")
    if "?" in bare:
        raise BAD_PATTERN(pattern=pattern, reason="it must not have a query.")
    if "*" in host[1:] or "*" in path[:-1]:
        raise BAD_PATTERN(
            pattern=pattern, reason="* stands only at the host's start and at the path's end."
        )
    name = host.removeprefix("*.").removeprefix("*").lower()
    if name != zone_name and not name.endswith("." + zone_name):
        raise BAD_PATTERN(pattern=pattern, reason=f"its host is not in the zone {zone_name}.")
    return bare


def zone_of(
    store: Store, account: str, hostname: str, *, id: str | None = None, name: str | None = None
) -> Document | None:
    """The account's zone by id, by name, or the one with the longest name that the hostname is in."""
    best: Document | None = None
    bare = hostname.partition("/")[0].removeprefix("*.").removeprefix("*").lower()
    for zone in store.list("zone", account):
        if id is not None or name is not None:
            if id in (None, zone.id) and name in (None, zone.body["name"]):
                return zone
            continue
        zone_name = zone.body["name"]
        inside = bare == zone_name or bare.endswith("." + zone_name)
        if inside and (best is None or len(zone_name) > len(best.body["name"])):
            best = zone
    return best
