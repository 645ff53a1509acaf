"""Buckets (kind `r2_bucket`, by account, under their names) and objects, in a table of their own."""

from __future__ import annotations

import hashlib
import json
import re
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.api.ids import hex_id
from localcloud.api.r2 import errors, retention
from localcloud.api.r2.rules import STORAGE_CLASSES, moment
from localcloud.api.store import ClashError, Document, Json, Store

KIND: Final = "r2_bucket"
DOMAIN: Final = "r2_domain"
MAX_KEY_BYTES: Final = 1024
MAX_METADATA_BYTES: Final = 8192
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]")
_LOCATIONS: Final = ("apac", "eeur", "enam", "weur", "wnam", "oc")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS r2_objects (
    bucket   INTEGER NOT NULL,
    key      BLOB NOT NULL,
    digest   TEXT NOT NULL,
    etag     TEXT NOT NULL,
    size     INTEGER NOT NULL,
    version  TEXT NOT NULL,
    uploaded TEXT NOT NULL,
    class    TEXT NOT NULL,
    http     TEXT NOT NULL,
    custom   TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
"""
ABORT_MULTIPART: Final[Json] = {
    "id": "Default Multipart Abort Rule",
    "enabled": True,
    "conditions": {"prefix": ""},
    "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
}
_ready: weakref.WeakSet[Store] = weakref.WeakSet()


@dataclass(frozen=True)
class Object:
    key: str
    digest: str
    etag: str
    size: int
    version: str
    uploaded: str
    storage_class: str
    http_metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    custom_metadata: Mapping[str, str] = field(default_factory=dict[str, str])


def _table(store: Store) -> Store:
    if store not in _ready:
        store.schema(_SCHEMA)
        _ready.add(store)
    return store


def checked_class(named: object) -> str:
    """Raises `ApiError` 10040 for one that R2 does not have."""
    if named not in STORAGE_CLASSES:
        raise errors.BAD_BODY(reason=f"the storage class must be {' or '.join(STORAGE_CLASSES)}")
    return str(named)


def create_bucket(store: Store, account: str, sent: Json, jurisdiction: str) -> Document:
    """Raises `ApiError` for a bad or a taken name."""
    name = sent.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise errors.BAD_NAME()
    default_class = checked_class(sent.get("storageClass") or STORAGE_CLASSES[0])
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
    if count(store, bucket):
        raise errors.NOT_EMPTY(bucket=bucket.body["name"], account=bucket.parent)
    for domain in store.list(DOMAIN, bucket.parent):
        if domain.body["bucket"] == bucket.id:
            store.delete(domain)
    store.delete(bucket)


def count(store: Store, bucket: Document) -> int:
    row = _table(store).execute("SELECT COUNT(*) FROM r2_objects WHERE bucket = ?", (bucket.seq,))
    return int(row.fetchone()[0])


def put_object(
    store: Store,
    bucket: Document,
    key: str,
    content: bytes,
    *,
    http_metadata: Mapping[str, str],
    custom_metadata: Mapping[str, str],
    storage_class: str | None,
) -> Object:
    """Raises `ApiError` for a bad key or too much metadata, and 10069 for an object that a rule locks."""
    if not key or len(key.encode()) > MAX_KEY_BYTES:
        raise errors.BAD_KEY()
    described = sum(
        len(name.encode()) + len(text.encode()) for name, text in custom_metadata.items()
    )
    if described > MAX_METADATA_BYTES:
        raise errors.METADATA_TOO_LARGE(length=described, limit=MAX_METADATA_BYTES)
    kept_in = checked_class(storage_class or bucket.body["storage_class"])
    with _table(store).transaction():
        refuse_if_locked(store, bucket, key)
        made = Object(
            key=key,
            digest=store.put_blob(content),
            etag=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            size=len(content),
            version=hex_id(),
            uploaded=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            storage_class=kept_in,
            http_metadata=http_metadata,
            custom_metadata=custom_metadata,
        )
        store.execute(
            "INSERT OR REPLACE INTO r2_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                bucket.seq, key.encode(), made.digest, made.etag, made.size, made.version, made.uploaded,
                made.storage_class, json.dumps(dict(http_metadata)), json.dumps(dict(custom_metadata)),
            ),
        )  # fmt: skip
    return made


def get_object(store: Store, bucket: Document, key: str) -> Object | None:
    row = (
        _table(store)
        .execute(
            "SELECT * FROM r2_objects WHERE bucket = ? AND key = ?", (bucket.seq, key.encode())
        )
        .fetchone()
    )
    return _object(row) if row else None


def delete_object(store: Store, bucket: Document, key: str) -> None:
    with _table(store).transaction():
        refuse_if_locked(store, bucket, key)
        store.execute(
            "DELETE FROM r2_objects WHERE bucket = ? AND key = ?", (bucket.seq, key.encode())
        )


def list_objects(store: Store, bucket: Document, prefix: str, after: str) -> list[Object]:
    """In the order of their keys."""
    rows = _table(store).execute(
        "SELECT * FROM r2_objects WHERE bucket = ? AND key > ? ORDER BY key",
        (bucket.seq, after.encode()),
    )
    found = (_object(row) for row in rows)
    return [item for item in found if item.key.startswith(prefix)]


def _object(row: tuple[Any, ...]) -> Object:
    return Object(
        bytes(row[1]).decode(), row[2], row[3], row[4], row[5], row[6], row[7], json.loads(row[8]), json.loads(row[9])
    )  # fmt: skip


def refuse_if_locked(store: Store, bucket: Document, key: str) -> None:
    """Raises `ApiError` 10069 while an enabled lock rule keeps the object under this key."""
    existing = get_object(store, bucket, key)
    rule = None if existing is None else _locking_rule(bucket, existing)
    if rule is not None:
        raise errors.LOCKED(rule=rule)


def _locking_rule(bucket: Document, item: Object) -> str | None:
    return retention.locking_rule(
        bucket.body["lock"], item.key, moment(item.uploaded), datetime.now(UTC)
    )


def carry_out_lifecycle(store: Store, bucket: Document) -> None:
    """Deletes or moves what is due, at once; Cloudflare does so within a day. What is locked stays."""
    rules: list[Json] = bucket.body["lifecycle"]
    if not retention.moves_objects(rules):
        return
    now = datetime.now(UTC)
    with _table(store).transaction():
        for item in list_objects(store, bucket, "", ""):
            place, uploaded = (bucket.seq, item.key.encode()), moment(item.uploaded)
            if _locking_rule(bucket, item) is None and retention.is_due_for_deletion(
                rules, item.key, uploaded, now
            ):
                store.execute("DELETE FROM r2_objects WHERE bucket = ? AND key = ?", place)
                continue
            due = retention.class_due(rules, item.key, uploaded, now)
            if due not in (None, item.storage_class):
                store.execute(
                    "UPDATE r2_objects SET class = ? WHERE bucket = ? AND key = ?", (due, *place)
                )


def shown(bucket: Document) -> Json:
    keys = ("name", "creation_date", "location", "storage_class", "jurisdiction")
    return {key: bucket.body[key] for key in keys}
