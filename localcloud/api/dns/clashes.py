"""Which records can stand beside each other."""

from __future__ import annotations

from localcloud.api.dns import errors
from localcloud.api.dns.record_types import PROXIABLE
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers.models import DOMAIN
from localcloud.api.zones.plans import plan_of


def refuse_clash(
    store: Store, zone: Document, record: Json, others: list[Json], *, new: bool
) -> None:
    """`others` are the zone's other records. Raises `ApiError`, one of 81045 to 81062."""
    if new and len(others) >= plan_of(zone).records:
        raise errors.QUOTA()
    beside = [other for other in others if other["name"] == record["name"]]
    if any(_same(record, other) for other in beside):
        raise errors.IDENTICAL()
    kind, kinds = record["type"], {other["type"] for other in beside}
    if kind == "CNAME" and kinds & PROXIABLE:
        raise errors.CNAME_CLASH()
    if kind in {"A", "AAAA"} and "CNAME" in kinds:
        raise errors.CNAME_THERE()
    # At the zone's own name, NS records stand beside all others; below it they hand the name to other servers.
    if record["name"] != zone.body["name"]:
        if kind == "NS" and kinds - {"NS", "DS"}:
            raise errors.OTHERS_THERE()
        if kind not in {"NS", "DS"} and "NS" in kinds:
            raise errors.NS_THERE()
    if kind in PROXIABLE and store.named(DOMAIN, zone.parent, record["name"]) is not None:
        raise errors.WORKER_THERE()


def _same(record: Json, other: Json) -> bool:
    return _value(record) == _value(other)


def _value(record: Json) -> tuple[str, str, int | None]:
    """A text is the same with its quotes and without."""
    content: str = record["content"]
    if record["type"] == "TXT" and content.count('"') == 2:
        content = content.removeprefix('"').removesuffix('"')
    return record["type"], content, record.get("priority")
