"""Data points in a table of their own: a row each, with the columns that SQL queries name."""

from __future__ import annotations

import time
import weakref
from collections.abc import Sequence
from typing import Final

from localcloud.api.store import Store
from localcloud.edge.model import DataPoint

KEPT_SECONDS: Final = 92 * 86400
"""Three months."""
MOST_POINTS: Final = 1_000_000
"""Of all datasets together; beyond it the oldest go."""
COUNT: Final = 20
DOUBLES: Final = tuple(f"double{number}" for number in range(1, COUNT + 1))
BLOBS: Final = tuple(f"blob{number}" for number in range(1, COUNT + 1))
_PRUNED_EVERY: Final = 600
_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS data_points (
    account TEXT NOT NULL, dataset TEXT NOT NULL, timestamp INTEGER NOT NULL, index1 TEXT NOT NULL,
    {", ".join(f"{name} REAL NOT NULL" for name in DOUBLES)},
    {", ".join(f"{name} TEXT NOT NULL" for name in BLOBS)}
);
CREATE INDEX IF NOT EXISTS data_points_by_time ON data_points (account, dataset, timestamp);
"""
_INSERT: Final = f"INSERT INTO data_points VALUES ({', '.join('?' * (4 + 2 * COUNT))})"  # noqa: S608
_pruned: weakref.WeakKeyDictionary[Store, float] = weakref.WeakKeyDictionary()


def keep(store: Store, points: Sequence[DataPoint]) -> None:
    """All of them or none."""
    with table(store).transaction():
        for point in points:
            doubles = (*point.doubles, *[0.0] * (COUNT - len(point.doubles)))
            blobs = (*point.blobs, *[""] * (COUNT - len(point.blobs)))
            store.execute(
                _INSERT,
                (point.account, point.dataset, int(point.at), point.index, *doubles, *blobs),
            )


def datasets(store: Store, account: str) -> list[str]:
    """Those that have been written to, sorted."""
    found = table(store).execute(
        "SELECT DISTINCT dataset FROM data_points WHERE account = ? ORDER BY 1", (account,)
    )
    return [row[0] for row in found]


def table(store: Store) -> Store:
    """The store, with the table in it and nothing that is too old."""
    now = time.time()
    last = _pruned.get(store)
    if last is None:
        store.schema(_SCHEMA)
    if last is None or now - last > _PRUNED_EVERY:
        store.execute("DELETE FROM data_points WHERE timestamp < ?", (int(now) - KEPT_SECONDS,))
        store.execute(
            "DELETE FROM data_points WHERE rowid <= (SELECT max(rowid) FROM data_points) - ?",
            (MOST_POINTS,),
        )
        _pruned[store] = now
    return store
