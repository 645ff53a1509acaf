"""`r2StorageAdaptiveGroups`: what each bucket holds at this minute. `r2OperationsAdaptiveGroups`: operations are not
counted on one machine, so there are never any."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localcloud.api.analytics.datasets import Asked, Dataset
from localcloud.api.store import Json, Store

_MONTH: Final = 31 * 86400
_MINUTE: Final = 60


@dataclass(frozen=True)
class Stored:
    """One bucket's content, read at `second`. `bucket` with the jurisdiction before it, as analytics name it."""

    second: int
    bucket: str
    storage_class: str
    objects: int
    payload_bytes: int
    metadata_bytes: int


def _stored(asked: Asked) -> Iterator[Stored]:
    """One sample, of this minute: what a bucket held earlier is not kept."""
    second = int(time.time()) // _MINUTE * _MINUTE
    if not asked.since <= second <= asked.until:
        return
    for bucket in asked.store.list("r2_bucket", asked.account):
        jurisdiction = bucket.body.get("jurisdiction") or "default"
        name = bucket.body["name"]
        if jurisdiction != "default":
            name = f"{jurisdiction}_{name}"
        for storage_class, sizes in _contents(asked.store, bucket.seq):
            yield Stored(second, name, storage_class, *sizes)


def _contents(store: Store, bucket: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """For each storage class: objects, bytes, bytes of metadata."""
    known = store.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'r2_objects'"
    )
    if known.fetchone() is None:
        return
    found: dict[str, tuple[int, int, int]] = {}
    for storage_class, size, *metadata in store.execute(
        "SELECT class, size, http, custom FROM r2_objects WHERE bucket = ?", (bucket,)
    ):
        objects, payload, described = found.get(storage_class, (0, 0, 0))
        texts = [text for part in metadata for pair in json.loads(part).items() for text in pair]
        described += sum(len(str(text).encode()) for text in texts)
        found[storage_class] = (objects + 1, payload + size, described)
    yield from sorted(found.items())


def _measure_stored(rows: Sequence[Stored], asked: Asked) -> Mapping[str, Json]:
    del asked
    return {
        "max": {
            "objectCount": sum(row.objects for row in rows),
            "payloadSize": sum(row.payload_bytes for row in rows),
            "metadataSize": sum(row.metadata_bytes for row in rows),
        }
    }


def _no_operations(asked: Asked) -> Iterable[Stored]:
    del asked
    return ()


def _measure_operations(rows: Sequence[Stored], asked: Asked) -> Mapping[str, Json]:
    del asked
    return {"sum": {"requests": len(rows)}}


R2_STORAGE: Final = Dataset[Stored](
    name="r2StorageAdaptiveGroups",
    type_name="AccountR2StorageAdaptiveGroups",
    texts={"bucketName": lambda row: row.bucket, "storageClass": lambda row: row.storage_class},
    numbers={},
    sections={
        "max": {
            "objectCount": "uint64!",
            "payloadSize": "uint64!",
            "metadataSize": "uint64!",
            "uploadCount": "uint64",
        }
    },
    rows=_stored,
    measure=_measure_stored,
    longest=_MONTH,
    kept=_MONTH,
)
R2_OPERATIONS: Final = Dataset[Stored](
    name="r2OperationsAdaptiveGroups",
    type_name="AccountR2OperationsAdaptiveGroups",
    texts={
        "actionType": lambda _row: "",
        "actionStatus": lambda _row: "",
        "bucketName": lambda row: row.bucket,
        "storageClass": lambda row: row.storage_class,
    },
    numbers={"responseStatusCode": lambda _row: 0},
    sections={
        "sum": {"requests": "uint64!", "responseBytes": "uint64", "responseObjectSize": "uint64"}
    },
    rows=_no_operations,
    measure=_measure_operations,
    longest=_MONTH,
    kept=_MONTH,
)
