"""`POST /zones/{z}/purge_cache`."""

from __future__ import annotations

from typing import Any, Final

from localcloud.api.ids import hex_id
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_list, as_object
from localcloud.api.zones import errors
from localcloud.api.zones.models import find_zone
from localcloud.api.zones.plans import plan_of

service = Service("zone_purge")
_KINDS: Final = ("files", "tags", "hosts", "prefixes")
_LIMIT: Final = 100
"""Of tags, hosts and prefixes, on each plan."""


@service.post("/zones/{zone}/purge_cache", permission="Cache Purge")
async def purge(call: Call) -> Reply:
    """Out of the cache when it is answered; headers of files say nothing, for Workers' keys are URLs."""
    sent = call.json_object()
    if "purge_everything" in sent:
        if sent["purge_everything"] is not True or len(sent) > 1:
            raise errors.EMPTY_PURGE()
        await call.cloud.edge.purge(call.zone, "everything", ())
        return Reply({"id": hex_id()})
    asked = [kind for kind in _KINDS if sent.get(kind)]
    if not asked:
        raise errors.EMPTY_PURGE()
    files_limit = plan_of(find_zone(call.cloud.store, call.zone)).purged_files
    for kind in asked:
        _check(kind, sent[kind], files_limit if kind == "files" else _LIMIT)
    for kind in asked:
        wanted = [entry if isinstance(entry, str) else entry["url"] for entry in sent[kind]]
        await call.cloud.edge.purge(call.zone, kind, wanted)
    return Reply({"id": hex_id()})


def _check(kind: str, entries: Any, limit: int) -> None:  # noqa: ANN401 (what a client sent)
    good = _is_file if kind == "files" else _is_text
    listed = as_list(entries)
    if listed is None or not all(good(entry) for entry in listed):
        content = "URLs, or of objects with url and headers" if kind == "files" else "strings"
        raise errors.BAD_PURGE(kind=kind, content=content)
    if len(listed) > limit:
        raise errors.PURGE_LIMIT(kind=kind, limit=limit)


def _is_text(entry: Any) -> bool:  # noqa: ANN401
    return isinstance(entry, str) and entry != ""


def _is_file(entry: Any) -> bool:  # noqa: ANN401
    file = as_object(entry)
    if file is None:
        return _is_url(entry)
    return isinstance(file.get("headers", {}), dict) and _is_url(file.get("url"))


def _is_url(entry: Any) -> bool:  # noqa: ANN401
    return isinstance(entry, str) and entry.startswith(("http://", "https://"))
