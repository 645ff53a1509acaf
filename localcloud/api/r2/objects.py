"""Objects of a bucket: the same ones for the API, a Worker's binding and S3."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.api.ids import hex_id
from localcloud.api.r2 import contents, errors, retention
from localcloud.api.r2.conditions import Conditions, milliseconds
from localcloud.api.r2.contents import Piece
from localcloud.api.r2.rules import STORAGE_CLASSES, moment
from localcloud.api.r2.tables import opened
from localcloud.api.store import Document, Json, Store

MAX_KEY_BYTES: Final = 1024
MAX_METADATA_BYTES: Final = 8192
_CURSOR_MARK: Final = b"\x01"


@dataclass(frozen=True)
class Description:
    """What a client says of an object beside its content. HTTP metadata by R2's names (`contentType`), as header texts."""

    http_metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    custom_metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    storage_class: str | None = None


@dataclass(frozen=True)
class Object:
    """`uploaded`: RFC 3339 with milliseconds. `checksums`: by algorithm, in hex; the MD5 is there unless it came in parts."""

    key: str
    pieces: tuple[Piece, ...]
    etag: str
    size: int
    version: str
    uploaded: str
    storage_class: str
    http_metadata: Mapping[str, str]
    custom_metadata: Mapping[str, str]
    checksums: Mapping[str, str]

    @property
    def uploaded_at(self) -> int:
        """Unix milliseconds."""
        return milliseconds(self.uploaded)


@dataclass(frozen=True)
class Page:
    """Objects and folders (names up to the delimiter) of a list; `cursor` is empty at its end."""

    objects: tuple[Object, ...]
    folders: tuple[str, ...]
    cursor: str


def checked_class(named: object) -> str:
    """Raises `ApiError` 10040 for one that R2 does not have."""
    if named not in STORAGE_CLASSES:
        raise errors.BAD_BODY(reason=f"the storage class must be {' or '.join(STORAGE_CLASSES)}")
    return str(named)


def check_key(key: str) -> None:
    """Raises `ApiError` 10020."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise errors.BAD_KEY() from error
    if not 0 < length <= MAX_KEY_BYTES:
        raise errors.BAD_KEY()


def check(bucket: Document, key: str, description: Description) -> str:
    """The storage class that it will have. Raises `ApiError` for a bad key or class, or too much metadata."""
    check_key(key)
    described = sum(
        len(name.encode()) + len(text.encode())
        for name, text in description.custom_metadata.items()
    )
    if described > MAX_METADATA_BYTES:
        raise errors.METADATA_TOO_LARGE(length=described, limit=MAX_METADATA_BYTES)
    return checked_class(description.storage_class or bucket.body["storage_class"])


def put(
    store: Store,
    bucket: Document,
    key: str,
    pieces: Sequence[Piece],
    *,
    etag: str,
    description: Description,
    checksums: Mapping[str, str] | None = None,
    conditions: Conditions | None = None,
) -> Object:
    """Under its key from now on, instead of what was there. Raises `ApiError`: as `check`; 10031 for a condition that does
    not hold; 10069 for an object that a rule locks. The pieces are the caller's again then."""
    kept_in = check(bucket, key, description)
    made = Object(
        key=key,
        pieces=tuple(pieces),
        etag=etag,
        size=sum(piece.size for piece in pieces),
        version=hex_id(),
        uploaded=now(),
        storage_class=kept_in,
        http_metadata=description.http_metadata,
        custom_metadata=description.custom_metadata,
        checksums=checksums or {},
    )
    with opened(store).transaction():
        there = get(store, bucket, key)
        if conditions is not None and not conditions.hold(
            *((None, 0) if there is None else (there.etag, there.uploaded_at))
        ):
            raise errors.PRECONDITION_FAILED()
        _refuse_if_locked(bucket, there)
        store.execute(
            "INSERT OR REPLACE INTO r2_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                bucket.seq, key.encode(), json.dumps([[p.content, p.size] for p in made.pieces]), made.etag,
                made.size, made.version, made.uploaded, made.storage_class, json.dumps(dict(made.http_metadata)),
                json.dumps(dict(made.custom_metadata)), json.dumps(dict(made.checksums)),
            ),
        )  # fmt: skip
        _drop_content(store, there)
    return made


def get(store: Store, bucket: Document, key: str) -> Object | None:
    row = (
        opened(store)
        .execute(
            "SELECT * FROM r2_objects WHERE bucket = ? AND key = ?", (bucket.seq, key.encode())
        )
        .fetchone()
    )
    return _object(row) if row else None


def existing(store: Store, bucket: Document, key: str) -> Object:
    """Raises `ApiError` 10007, and 10020 for what can be no key."""
    check_key(key)
    found = get(store, bucket, key)
    if found is None:
        raise errors.NO_KEY()
    return found


def delete(store: Store, bucket: Document, keys: Iterable[str]) -> None:
    """All of them or, where a rule locks one, none: `ApiError` 10069. A key that holds nothing is no error."""
    with opened(store).transaction():
        there = [found for key in dict.fromkeys(keys) if (found := _found(store, bucket, key))]
        for item in there:
            _refuse_if_locked(bucket, item)
        # From here on nothing is refused: what is given up while it is being read cannot be taken back.
        for item in there:
            _remove(store, bucket, item)


def _found(store: Store, bucket: Document, key: str) -> Object | None:
    check_key(key)
    return get(store, bucket, key)


def count(store: Store, bucket: Document) -> int:
    row = opened(store).execute("SELECT COUNT(*) FROM r2_objects WHERE bucket = ?", (bucket.seq,))
    return int(row.fetchone()[0])


def page(
    store: Store,
    bucket: Document,
    *,
    prefix: str = "",
    delimiter: str = "",
    start_after: str = "",
    cursor: str = "",
    limit: int,
) -> Page:
    """In the order of keys in UTF-8. Raises `ApiError` 10040 for a cursor that is none."""
    bound = max(
        prefix.encode(),
        _bound_of(cursor),
        start_after.encode() + b"\x00" if start_after else b"",
    )
    found: list[Object] = []
    folders: list[str] = []
    while True:
        taken = len(found) + len(folders)
        rows = _rows(store, bucket, prefix.encode(), bound, limit + 1 - taken)
        jumped = False
        for item in map(_object, rows):
            if len(found) + len(folders) == limit:
                return Page(tuple(found), tuple(folders), _cursor_at(bound))
            folder = _folder(item.key, prefix, delimiter)
            if folder is None:
                found.append(item)
                bound = item.key.encode() + b"\x00"
                continue
            folders.append(folder)
            # What else is in the folder is not even read.
            bound = _after_prefix(folder.encode())
            jumped = True
            break
        if not jumped:
            return Page(tuple(found), tuple(folders), "")


def _rows(
    store: Store, bucket: Document, prefix: bytes, bound: bytes, limit: int
) -> list[tuple[Any, ...]]:
    condition, parameters = "bucket = ? AND key >= ?", [bucket.seq, bound]
    if prefix:
        condition += " AND key < ?"
        parameters.append(_after_prefix(prefix))
    rows = opened(store).execute(
        f"SELECT * FROM r2_objects WHERE {condition} ORDER BY key LIMIT ?",  # noqa: S608
        (*parameters, limit),
    )
    return rows.fetchall()


def _after_prefix(prefix: bytes) -> bytes:
    """The first key that can come after all those with the prefix. In UTF-8 no byte is 0xff."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


def _folder(key: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter or delimiter not in key[len(prefix) :]:
        return None
    return key[: key.index(delimiter, len(prefix)) + len(delimiter)]


def _cursor_at(bound: bytes) -> str:
    return base64.urlsafe_b64encode(_CURSOR_MARK + bound).decode()


def _bound_of(cursor: str) -> bytes:
    if not cursor:
        return b""
    try:
        read = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.BAD_BODY(reason="the cursor is not one of a list of objects") from error
    if not read.startswith(_CURSOR_MARK):
        raise errors.BAD_BODY(reason="the cursor is not one of a list of objects")
    return read[len(_CURSOR_MARK) :]


def carry_out_lifecycle(store: Store, bucket: Document) -> None:
    """Deletes or moves what is due, at once; Cloudflare does so within a day. What is locked stays."""
    rules: list[Json] = bucket.body["lifecycle"]
    if not retention.moves_objects(rules):
        return
    moment_now = datetime.now(UTC)
    with opened(store).transaction():
        for item in _all(store, bucket):
            uploaded = moment(item.uploaded)
            if _locking_rule(bucket, item) is None and retention.is_due_for_deletion(
                rules, item.key, uploaded, moment_now
            ):
                _remove(store, bucket, item)
                continue
            due = retention.class_due(rules, item.key, uploaded, moment_now)
            if due not in (None, item.storage_class):
                store.execute(
                    "UPDATE r2_objects SET class = ? WHERE bucket = ? AND key = ?",
                    (due, bucket.seq, item.key.encode()),
                )


def _all(store: Store, bucket: Document) -> Iterator[Object]:
    rows = store.execute("SELECT * FROM r2_objects WHERE bucket = ?", (bucket.seq,)).fetchall()
    return map(_object, rows)


def _remove(store: Store, bucket: Document, item: Object) -> None:
    store.execute(
        "DELETE FROM r2_objects WHERE bucket = ? AND key = ?", (bucket.seq, item.key.encode())
    )
    _drop_content(store, item)


def _drop_content(store: Store, item: Object | None) -> None:
    if item is not None:
        contents.drop(store, [piece.content for piece in item.pieces])


def _refuse_if_locked(bucket: Document, there: Object | None) -> None:
    rule = None if there is None else _locking_rule(bucket, there)
    if rule is not None:
        raise errors.LOCKED(rule=rule)


def _locking_rule(bucket: Document, item: Object) -> str | None:
    return retention.locking_rule(
        bucket.body["lock"], item.key, moment(item.uploaded), datetime.now(UTC)
    )


def _object(row: tuple[Any, ...]) -> Object:
    _, key, pieces, etag, size, version, uploaded, storage_class, http, custom, checksums = row
    return Object(
        key=bytes(key).decode(),
        pieces=tuple(Piece(*piece) for piece in json.loads(pieces)),
        etag=etag,
        size=size,
        version=version,
        uploaded=uploaded,
        storage_class=storage_class,
        http_metadata=json.loads(http),
        custom_metadata=json.loads(custom),
        checksums=json.loads(checksums),
    )


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
