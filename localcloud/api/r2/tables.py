"""R2's own tables: objects, uploads in parts, and the chunks of what both hold."""

from __future__ import annotations

import json
import weakref
from typing import Final

from localcloud.api.r2 import contents
from localcloud.api.store import Store

_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS r2_objects (
    bucket    INTEGER NOT NULL,
    key       BLOB NOT NULL,
    pieces    TEXT NOT NULL,
    etag      TEXT NOT NULL,
    size      INTEGER NOT NULL,
    version   TEXT NOT NULL,
    uploaded  TEXT NOT NULL,
    class     TEXT NOT NULL,
    http      TEXT NOT NULL,
    custom    TEXT NOT NULL,
    checksums TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS r2_uploads (
    id      TEXT PRIMARY KEY,
    bucket  INTEGER NOT NULL,
    key     BLOB NOT NULL,
    class   TEXT NOT NULL,
    http    TEXT NOT NULL,
    custom  TEXT NOT NULL,
    started TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS r2_parts (
    upload   TEXT NOT NULL,
    number   INTEGER NOT NULL,
    content  TEXT NOT NULL,
    size     INTEGER NOT NULL,
    etag     TEXT NOT NULL,
    uploaded TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
{contents.SCHEMA}
"""
_BELONGS_TO_NOBODY: Final = """
DELETE FROM r2_chunks WHERE content NOT IN (
    SELECT json_extract(piece.value, '$[0]') FROM r2_objects, json_each(r2_objects.pieces) AS piece
    UNION SELECT content FROM r2_parts
)
"""
_ready: weakref.WeakSet[Store] = weakref.WeakSet()


def opened(store: Store) -> Store:
    """The same store with these tables in it; the first time, what an interrupted upload left behind is dropped."""
    if store not in _ready:
        with store.transaction():
            earlier = _earlier(store)
            store.schema(_SCHEMA)
            if earlier:
                _take_over(store)
            store.execute(_BELONGS_TO_NOBODY)
        _ready.add(store)
    return store


def _earlier(store: Store) -> bool:
    """Whether there are objects of the first shape, whose content is one blob of the store; they are set aside."""
    columns = {row[1] for row in store.execute("PRAGMA table_info(r2_objects)")}
    if "digest" not in columns:
        return False
    store.execute("ALTER TABLE r2_objects RENAME TO r2_objects_of_one_blob")
    return True


def _take_over(store: Store) -> None:
    rows = store.execute("SELECT * FROM r2_objects_of_one_blob").fetchall()
    for bucket, key, digest, *described in rows:
        piece = contents.keep(store, store.blob(digest)).piece
        pieces = json.dumps([[piece.content, piece.size]])
        store.execute(
            "INSERT INTO r2_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}')",
            (bucket, key, pieces, *described),
        )
    store.execute("DROP TABLE r2_objects_of_one_blob")
