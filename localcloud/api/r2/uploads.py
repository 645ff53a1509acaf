"""Uploads in parts: begun, filled and completed, or given up; by a Worker's binding or by S3."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.api.ids import hex_id
from localcloud.api.r2 import contents, errors, objects, retention
from localcloud.api.r2.conditions import Conditions
from localcloud.api.r2.contents import Piece, Received
from localcloud.api.r2.objects import Description, Object
from localcloud.api.r2.rules import moment
from localcloud.api.r2.tables import opened
from localcloud.api.store import Document, Json, Store

MAX_PARTS: Final = 10_000
MIN_PART_BYTES: Final = 5 << 20
"""Of every part but the last."""


@dataclass(frozen=True)
class Part:
    """`etag` is the MD5 of what it holds."""

    number: int
    piece: Piece
    etag: str
    uploaded: str


@dataclass(frozen=True)
class Upload:
    id: str
    key: str
    description: Description
    started: str


def begin(store: Store, bucket: Document, key: str, description: Description) -> Upload:
    """Raises `ApiError` as a put does."""
    storage_class = objects.check(bucket, key, description)
    upload = Upload(hex_id() * 2, key, description, objects.now())
    opened(store).execute(
        "INSERT INTO r2_uploads VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            upload.id, bucket.seq, key.encode(), storage_class, json.dumps(dict(description.http_metadata)),
            json.dumps(dict(description.custom_metadata)), upload.started,
        ),
    )  # fmt: skip
    return upload


def find(store: Store, bucket: Document, key: str, id: str) -> Upload:
    """Raises `ApiError` 10024 for one that never was, is over, or is of another key."""
    objects.check_key(key)
    row = (
        opened(store)
        .execute(
            "SELECT class, http, custom, started FROM r2_uploads WHERE id = ? AND bucket = ? AND key = ?",
            (id, bucket.seq, key.encode()),
        )
        .fetchone()
    )
    if row is None:
        raise errors.NO_UPLOAD()
    described = Description(json.loads(row[1]), json.loads(row[2]), row[0])
    return Upload(id, key, described, row[3])


def check_number(number: int) -> None:
    """Raises `ApiError` 10029 for a part's number that is not 1 to 10 000."""
    if not 1 <= number <= MAX_PARTS:
        raise errors.BAD_ARGUMENT(reason=f"a part's number is 1 to {MAX_PARTS}, not {number}")


def add_part(
    store: Store, bucket: Document, upload: Upload, number: int, received: Received
) -> Part:
    """Instead of an earlier part of that number. Raises `ApiError` 10024 when the upload has meanwhile ended."""
    part = Part(number, received.piece, received.md5, objects.now())
    with opened(store).transaction():
        find(store, bucket, upload.key, upload.id)
        for earlier in parts(store, upload):
            if earlier.number == number:
                contents.drop(store, [earlier.piece.content])
        store.execute(
            "INSERT OR REPLACE INTO r2_parts VALUES (?, ?, ?, ?, ?, ?)",
            (upload.id, number, part.piece.content, part.piece.size, part.etag, part.uploaded),
        )
    return part


def parts(store: Store, upload: Upload) -> list[Part]:
    """By number."""
    rows = opened(store).execute(
        "SELECT number, content, size, etag, uploaded FROM r2_parts WHERE upload = ? ORDER BY number",
        (upload.id,),
    )
    return [Part(row[0], Piece(row[1], row[2]), row[3], row[4]) for row in rows]


def complete(
    store: Store,
    bucket: Document,
    upload: Upload,
    named: Sequence[tuple[int, str]],
    conditions: Conditions | None = None,
) -> Object:
    """`named`: number and ETag of each part that the object is made of; other parts go.

    Raises `ApiError`: 10025 for a part that is not there, 10011 for one that is too small, 10048 for parts of several
    sizes, 10031 for a condition that does not hold, 10069 for an object that a rule locks.
    """
    with opened(store).transaction():
        find(store, bucket, upload.key, upload.id)
        there = {part.number: part for part in parts(store, upload)}
        chosen: list[Part] = []
        for number, etag in sorted(named):
            part = there.get(number)
            if part is None or part.etag != etag.strip('"') or part in chosen:
                raise errors.NO_PART()
            chosen.append(part)
        if not chosen:
            raise errors.NO_PART()
        _check_sizes(chosen)
        made = objects.put(
            store,
            bucket,
            upload.key,
            [part.piece for part in chosen],
            etag=_etag(chosen),
            description=upload.description,
            conditions=conditions,
        )
        left = [part.piece.content for part in there.values() if part not in chosen]
        _forget(store, upload.id, left)
    return made


def _check_sizes(chosen: Sequence[Part]) -> None:
    size = chosen[0].piece.size
    *whole, last = (part.piece.size for part in chosen)
    if any(part < MIN_PART_BYTES for part in whole):
        raise errors.ENTITY_TOO_SMALL()
    if any(part != size for part in whole) or last > size:
        raise errors.UNEQUAL_PARTS()


def _etag(chosen: Sequence[Part]) -> str:
    """As S3's: the MD5 of the parts' MD5s, and how many there are."""
    digests = b"".join(bytes.fromhex(part.etag) for part in chosen)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(chosen)}"


def abort(store: Store, upload: Upload) -> None:
    with opened(store).transaction():
        _forget(store, upload.id, [part.piece.content for part in parts(store, upload)])


def _forget(store: Store, upload: str, left: Sequence[str]) -> None:
    contents.drop(store, left)
    store.execute("DELETE FROM r2_parts WHERE upload = ?", (upload,))
    store.execute("DELETE FROM r2_uploads WHERE id = ?", (upload,))


def under_way(store: Store, bucket: Document) -> list[Upload]:
    """By key, the oldest first."""
    rows = opened(store).execute(
        "SELECT id, key, class, http, custom, started FROM r2_uploads WHERE bucket = ? "
        "ORDER BY key, started, id",
        (bucket.seq,),
    )
    return [
        Upload(
            row[0],
            bytes(row[1]).decode(),
            Description(json.loads(row[3]), json.loads(row[4]), row[2]),
            row[5],
        )
        for row in rows
    ]


def carry_out_lifecycle(store: Store, bucket: Document) -> None:
    """Gives up what a rule says is too old; a new bucket has one that does so after seven days."""
    rules: list[Json] = bucket.body["lifecycle"]
    now = datetime.now(UTC)
    for upload in under_way(store, bucket):
        if retention.is_due_for_abort(rules, upload.key, moment(upload.started), now):
            abort(store, upload)
