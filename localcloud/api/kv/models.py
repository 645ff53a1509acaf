"""The values of namespaces, in a table of their own."""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from localcloud.api.faults import list_faults
from localcloud.api.kv import errors
from localcloud.api.shapes import whole_number
from localcloud.api.store import Store

MAX_KEY_BYTES: Final = 512
MAX_METADATA_BYTES: Final = 1024
MAX_VALUE_BYTES: Final = 25 << 20
MIN_TTL: Final = 60
_LAST_SECOND: Final = 1 << 53
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kv_values (
    namespace  TEXT NOT NULL,
    key        BLOB NOT NULL,
    value      BLOB NOT NULL,
    metadata   TEXT,
    expires    INTEGER,
    written    REAL NOT NULL,
    PRIMARY KEY (namespace, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kv_history (
    namespace  TEXT NOT NULL,
    key        BLOB NOT NULL,
    value      BLOB,
    metadata   TEXT,
    expires    INTEGER,
    written    REAL NOT NULL,
    replaced   REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS kv_values_by_expiry ON kv_values (expires) WHERE expires IS NOT NULL;
CREATE INDEX IF NOT EXISTS kv_history_by_key ON kv_history (namespace, key, replaced);
"""
_ready: weakref.WeakSet[Store] = weakref.WeakSet()


@dataclass(frozen=True)
class Value:
    """`expires`: Unix seconds, or None. `metadata`: any JSON value, or None without any."""

    key: str
    content: bytes
    metadata: Any
    expires: int | None


def _table(store: Store) -> Store:
    if store not in _ready:
        store.schema(_SCHEMA)
        _ready.add(store)
    return store


def encoded(text: str) -> bytes:
    """As UTF-8. Raises `ApiError` 10012 for a lone surrogate, which JSON can say and UTF-8 cannot."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise errors.BAD_BODY(reason="a text cannot be written as UTF-8") from error


def check_key(key: str) -> bytes:
    """The key as it is stored. Raises `ApiError` for an empty one, `.`, `..`, or one over 512 bytes."""
    if key in {"", ".", ".."}:
        raise errors.BAD_KEY(key=key)
    stored = encoded(key)
    if len(stored) > MAX_KEY_BYTES:
        raise errors.TOO_LONG_KEY(length=len(stored))
    return stored


def expiry(now: float, expiration: object, ttl: object) -> int | None:
    """Unix seconds; a TTL wins over a moment. Raises `ApiError` for one that is less than 60 seconds away."""
    seconds = _whole(ttl)
    if seconds is not None:
        if seconds < MIN_TTL:
            raise errors.TTL_TOO_SMALL(ttl=seconds)
        return int(now) + seconds
    moment = _whole(expiration)
    if moment is not None and moment < now + MIN_TTL:
        raise errors.EXPIRATION_TOO_SOON(at=moment)
    return moment


def _whole(given: object) -> int | None:
    if given is None or given == "":
        return None
    # A query holds text, and the SDK declares seconds as floats.
    try:
        number = whole_number(float(given) if isinstance(given, str) else given)
    except ValueError:
        number = None
    if number is None or abs(number) > _LAST_SECOND:
        raise errors.BAD_BODY(reason=f"{given!r} is not a whole number of seconds")
    return number


def put(
    store: Store, namespace: str, key: str, content: bytes, metadata: object, expires: int | None
) -> None:
    """Raises `ApiError` for a key, value or metadata over the limits."""
    stored = check_key(key)
    if len(content) > MAX_VALUE_BYTES:
        raise errors.VALUE_TOO_LARGE(length=len(content))
    text = None if metadata is None else json.dumps(metadata, separators=(",", ":"))
    if text is not None and len(text.encode()) > MAX_METADATA_BYTES:
        raise errors.METADATA_TOO_LARGE(length=len(text.encode()))
    now = time.time()
    with _table(store).transaction():
        store.execute("DELETE FROM kv_values WHERE expires <= ?", (now,))
        _remember(store, namespace, stored, now)
        store.execute(
            "INSERT OR REPLACE INTO kv_values VALUES (?, ?, ?, ?, ?, ?)",
            (namespace, stored, content, text, expires, now),
        )


def delete_all(store: Store, namespace: str) -> None:
    """Within a transaction."""
    _table(store)
    store.execute("DELETE FROM kv_values WHERE namespace = ?", (namespace,))
    store.execute("DELETE FROM kv_history WHERE namespace = ?", (namespace,))


def delete(store: Store, namespace: str, key: str) -> None:
    """A key that does not exist is no error."""
    stored = check_key(key)
    with _table(store).transaction():
        _remember(store, namespace, stored, time.time())
        store.execute("DELETE FROM kv_values WHERE namespace = ? AND key = ?", (namespace, stored))


def get(store: Store, namespace: str, key: str, seconds_ago: float = 0) -> Value | None:
    """The value as it is, or as it was so many seconds ago (as far as that is remembered)."""
    stored = check_key(key)
    now = time.time()
    row = None
    if seconds_ago > 0:
        row = (
            _table(store)
            .execute(
                "SELECT key, value, metadata, expires FROM kv_history WHERE namespace = ? AND key = ? "
                "AND written <= ? AND replaced > ? ORDER BY replaced LIMIT 1",
                (namespace, stored, now - seconds_ago, now - seconds_ago),
            )
            .fetchone()
        )
        if row is not None and row[1] is None:
            return None
    if row is None:
        row = (
            _table(store)
            .execute(
                "SELECT key, value, metadata, expires FROM kv_values WHERE namespace = ? AND key = ?",
                (namespace, stored),
            )
            .fetchone()
        )
    if row is None or (row[3] is not None and row[3] <= now):
        return None
    return _value(row)


def list_keys(
    store: Store, namespace: str, *, prefix: str, limit: int, after: str
) -> tuple[list[Value], bool]:
    """Keys in UTF-8 order without their contents, and whether that was all."""
    start, end = prefix.encode(), _after_prefix(prefix.encode())
    condition, parameters = "key > ? AND key >= ?", [after.encode(), start]
    if end is not None:
        condition += " AND key < ?"
        parameters.append(end)
    rows = (
        _table(store)
        .execute(
            f"SELECT key, x'', metadata, expires FROM kv_values WHERE namespace = ? AND {condition} "  # noqa: S608
            "AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?",
            (namespace, *parameters, int(time.time()), limit + 1),
        )
        .fetchall()
    )
    return [_value(row) for row in rows[:limit]], len(rows) <= limit


def _after_prefix(prefix: bytes) -> bytes | None:
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else None


def _value(row: Sequence[Any]) -> Value:
    metadata = None if row[2] is None else json.loads(row[2])
    return Value(bytes(row[0]).decode(), bytes(row[1]), metadata, row[3])


# What is not converged yet (a fault that a rehearsal asks for)


def lag(store: Store) -> float:
    """How many seconds late readers see a write; 0 unless a fault says otherwise."""
    seconds = [fault.seconds for fault in list_faults(store) if fault.effect == "kv-stale"]
    return max(seconds, default=0.0)


def _remember(store: Store, namespace: str, key: bytes, now: float) -> None:
    late = lag(store)
    if late <= 0:
        return
    store.execute("DELETE FROM kv_history WHERE replaced < ?", (now - late,))
    row = store.execute(
        "SELECT value, metadata, expires, written FROM kv_values WHERE namespace = ? AND key = ?",
        (namespace, key),
    ).fetchone()
    old = row if row is not None else (None, None, None, 0.0)
    store.execute(
        "INSERT INTO kv_history VALUES (?, ?, ?, ?, ?, ?, ?)",
        (namespace, key, old[0], old[1], old[2], old[3], now),
    )


def values(
    store: Store, namespace: str, keys: Sequence[str], late: float
) -> Iterator[Value | None]:
    for key in keys:
        yield get(store, namespace, key, late)
