"""A state that was written when an object's content was one blob."""

from __future__ import annotations

import asyncio
from pathlib import Path

from localcloud.api.r2 import contents, models, objects
from localcloud.api.r2.tables import opened
from localcloud.api.store import Store

_EARLIER = """
CREATE TABLE r2_objects (
    bucket INTEGER NOT NULL, key BLOB NOT NULL, digest TEXT NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
    version TEXT NOT NULL, uploaded TEXT NOT NULL, class TEXT NOT NULL, http TEXT NOT NULL, custom TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID
"""


def test_its_objects_are_still_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    bucket = models.create_bucket(store, "account", {"name": "uploads"}, "default")
    content = bytes(range(256)) * 5000
    store.execute(_EARLIER)
    for key in (b"a", b"b"):
        row = (bucket.seq, key, store.put_blob(content), "e", len(content), "v", "2026-01-01T00:00:00.000Z", "Standard", '{"contentType": "text/x"}', '{"k": "v"}')  # fmt: skip
        store.execute("INSERT INTO r2_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    store.close()
    store = Store(tmp_path / "state.db")
    opened(store)
    objects.delete(store, bucket, ["a"])
    found = objects.existing(store, bucket, "b")
    assert (found.etag, found.version, found.storage_class) == ("e", "v", "Standard")
    assert (found.http_metadata, found.custom_metadata) == ({"contentType": "text/x"}, {"k": "v"})

    async def read() -> bytes:
        return b"".join([part async for part in contents.read(store, found.pieces)])

    assert asyncio.run(read()) == content
    store.close()
