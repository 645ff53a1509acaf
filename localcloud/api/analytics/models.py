"""Invocations in a table of their own: a row for each second, version and status, durations in logarithmic buckets."""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from localcloud.api.store import Store
from localcloud.edge.model import InvocationCount

KEPT_SECONDS: Final = 90 * 86400
_PRUNED_EVERY: Final = 3600
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS invocations (
    second         INTEGER NOT NULL,
    account        TEXT NOT NULL,
    script         TEXT NOT NULL,
    script_id      TEXT NOT NULL,
    version        TEXT NOT NULL,
    status         TEXT NOT NULL,
    requests       INTEGER NOT NULL,
    subrequests    INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    server_errors  INTEGER NOT NULL,
    durations      TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS invocations_by_second ON invocations (second);
DROP INDEX IF EXISTS invocations_by_time;
"""
_pruned: weakref.WeakKeyDictionary[Store, float] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Invocations:
    """Invocations of one version in one second that ended alike. `durations` is a JSON list of (bucket, requests),
    read by those alone who ask for times."""

    second: int
    script: str
    script_id: str
    version: str
    status: str
    requests: int
    response_bytes: int
    durations: str


def record(store: Store, counts: Sequence[InvocationCount]) -> None:
    """Keeps what the edge has counted; all of it or nothing."""
    with _table(store).transaction():
        for count in counts:
            store.execute(
                "INSERT INTO invocations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    count.second, count.account, count.script, count.script_id, count.version, count.status,
                    count.requests, count.subrequests, count.response_bytes, count.server_errors,
                    json.dumps(list(count.durations.items()), separators=(",", ":")),
                ),
            )  # fmt: skip


def invocations(
    store: Store, account: str, since: int, until: int, scripts: Sequence[str] | None = None
) -> Iterator[Invocations]:
    """Those of the seconds `since` to `until`, both included, in the order of time; of some scripts alone, if given."""
    names = tuple(scripts or ())
    chosen = f" AND script IN ({', '.join('?' * len(names))})" if scripts is not None else ""
    found = _table(store).execute(
        "SELECT second, script, script_id, version, status, requests, response_bytes, durations"  # noqa: S608
        f" FROM invocations WHERE account = ? AND second BETWEEN ? AND ?{chosen} ORDER BY second",
        (account, since, until, *names),
    )
    for row in found:
        yield Invocations(*row)


def _table(store: Store) -> Store:
    now = time.time()
    last = _pruned.get(store)
    if last is None:
        store.schema(_SCHEMA)
    if last is None or now - last > _PRUNED_EVERY:
        store.execute("DELETE FROM invocations WHERE second < ?", (int(now) - KEPT_SECONDS,))
        _pruned[store] = now
    return store
