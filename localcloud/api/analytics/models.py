"""Invocations in a table of their own: a row for each second, version and status, durations in logarithmic buckets."""

from __future__ import annotations

import json
import math
import time
import weakref
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from localcloud.api.store import Store
from localcloud.edge.model import DURATION_BASE, InvocationCount

KEPT_SECONDS: Final = 90 * 86400
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
CREATE INDEX IF NOT EXISTS invocations_by_time ON invocations (account, second);
"""
_ready: weakref.WeakSet[Store] = weakref.WeakSet()


@dataclass
class Measured:
    """Sums over some rows; `durations`: bucket → requests."""

    requests: int = 0
    errors: int = 0
    client_disconnects: int = 0
    subrequests: int = 0
    response_bytes: int = 0
    durations: Counter[int] = field(default_factory=Counter[int])

    def add(self, row: InvocationCount) -> None:
        self.requests += row.requests
        self.subrequests += row.subrequests
        self.response_bytes += row.response_bytes
        self.durations.update(row.durations)
        if row.status == "clientDisconnected":
            self.client_disconnects += row.requests
        elif row.status != "success":
            self.errors += row.requests

    @property
    def wall_time(self) -> float:
        """Microseconds in all."""
        return sum(count * microseconds(bucket) for bucket, count in self.durations.items())

    def quantile(self, share: float) -> float:
        """Wall time in microseconds below which so large a share of the requests stayed; 0 without any."""
        total = sum(self.durations.values())
        if total == 0:
            return 0.0
        wanted, seen = math.ceil(share * total), 0
        for bucket in sorted(self.durations):
            seen += self.durations[bucket]
            if seen >= wanted:
                return microseconds(bucket)
        raise AssertionError("the counts of a histogram add up to its total")

    def extreme(self, *, highest: bool) -> float:
        if not self.durations:
            return 0.0
        return microseconds(max(self.durations) if highest else min(self.durations))


def microseconds(bucket: int) -> float:
    return round(DURATION_BASE**bucket, 1)


def _table(store: Store) -> Store:
    if store not in _ready:
        store.schema(_SCHEMA)
        store.execute(
            "DELETE FROM invocations WHERE second < ?", (int(time.time()) - KEPT_SECONDS,)
        )
        _ready.add(store)
    return store


def record(store: Store, counts: Sequence[InvocationCount]) -> None:
    """Keeps what the edge has counted; all of it or nothing."""
    with _table(store).transaction():
        for count in counts:
            store.execute(
                "INSERT INTO invocations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    count.second, count.account, count.script, count.script_id, count.version, count.status,
                    count.requests, count.subrequests, count.response_bytes, count.server_errors,
                    json.dumps(list(count.durations.items())),
                ),
            )  # fmt: skip


def rows(store: Store, account: str, since: int, until: int) -> Iterable[InvocationCount]:
    """Rows of the seconds `since` to `until`, both included."""
    found = _table(store).execute(
        "SELECT * FROM invocations WHERE account = ? AND second BETWEEN ? AND ? ORDER BY second",
        (account, since, until),
    )
    for row in found:
        yield InvocationCount(
            second=row[0], account=row[1], script=row[2], script_id=row[3], version=row[4], status=row[5],
            requests=row[6], subrequests=row[7], response_bytes=row[8], server_errors=row[9],
            durations=dict(json.loads(row[10])),
        )  # fmt: skip
