"""Buckets: kind `r2_bucket`, by account, under their names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from localcloud.api.ids import hex_id
from localcloud.api.r2 import errors, objects, uploads
from localcloud.api.r2.rules import STORAGE_CLASSES
from localcloud.api.store import ClashError, Document, Json, Store

KIND: Final = "r2_bucket"
DOMAIN: Final = "r2_domain"
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]")
_LOCATIONS: Final = ("apac", "eeur", "enam", "weur", "wnam", "oc")
ABORT_MULTIPART: Final[Json] = {
    "id": "Default Multipart Abort Rule",
    "enabled": True,
    "conditions": {"prefix": ""},
    "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
}


def create_bucket(store: Store, account: str, sent: Json, jurisdiction: str) -> Document:
    """Raises `ApiError` for a bad or a taken name."""
    name = sent.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise errors.BAD_NAME()
    default_class = objects.checked_class(sent.get("storageClass") or STORAGE_CLASSES[0])
    location = str(sent.get("locationHint") or "weur").lower()
    if location not in _LOCATIONS:
        raise errors.BAD_BODY(reason=f"locationHint '{location}' is unknown")
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body: Json = {
        "name": name,
        "creation_date": created,
        "location": location.upper(),
        "storage_class": default_class,
        "jurisdiction": jurisdiction,
        "lifecycle": [ABORT_MULTIPART],
        "lock": [],
        "cors": None,
        "managed": {"bucketId": hex_id(), "domain": f"pub-{hex_id()}.r2.dev", "enabled": False},
    }
    try:
        return store.insert(KIND, account, name, body, name)
    except ClashError as error:
        raise errors.EXISTS() from error


def find_bucket(store: Store, account: str, name: str, jurisdiction: str) -> Document:
    """Raises `ApiError` 10006; a bucket of another jurisdiction is not there."""
    found = store.named(KIND, account, name)
    if found is None or found.body["jurisdiction"] != jurisdiction:
        raise errors.NO_BUCKET()
    return found


def remove_bucket(store: Store, bucket: Document) -> None:
    """Within a transaction. Raises `ApiError` 10008 while it holds objects."""
    carry_out_lifecycle(store, bucket)
    if objects.count(store, bucket):
        raise errors.NOT_EMPTY(bucket=bucket.body["name"], account=bucket.parent)
    for upload in uploads.under_way(store, bucket):
        uploads.abort(store, upload)
    for domain in store.list(DOMAIN, bucket.parent):
        if domain.body["bucket"] == bucket.id:
            store.delete(domain)
    store.delete(bucket)


def carry_out_lifecycle(store: Store, bucket: Document) -> None:
    """What is due by now, of objects and of uploads in parts."""
    objects.carry_out_lifecycle(store, bucket)
    uploads.carry_out_lifecycle(store, bucket)


def shown(bucket: Document) -> Json:
    keys = ("name", "creation_date", "location", "storage_class", "jurisdiction")
    return {key: bucket.body[key] for key in keys}
