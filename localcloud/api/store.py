"""The cloud's state: one SQLite file in WAL mode, documents by kind, blobs by hash.

What a call has acknowledged is committed, so a `kill -9` at any moment loses nothing that a client was told. Services
keep small JSON documents here; those with data of another shape (KV values, R2 objects) add tables of their own
through `Store.schema`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS documents (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   TEXT NOT NULL,
    parent TEXT NOT NULL,
    id     TEXT NOT NULL,
    name   TEXT,
    body   TEXT NOT NULL,
    UNIQUE (kind, parent, id),
    UNIQUE (kind, parent, name)
);
CREATE INDEX IF NOT EXISTS documents_by_age ON documents (kind, parent, seq);
CREATE TABLE IF NOT EXISTS blobs (digest TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS format (version INTEGER NOT NULL);
"""
FORMAT: Final = 1


class StoreError(Exception):
    """The state file cannot be used; the text says what to do."""


class ClashError(Exception):
    """A document of this kind and parent has that id or name already."""


@dataclass(frozen=True)
class Document:
    """`parent` is the account, zone or document that it belongs to; `name` (or None) is unique within kind and parent."""

    seq: int
    kind: str
    parent: str
    id: str
    name: str | None
    body: Json


class Store:
    """Documents and blobs. Not shared between threads: the daemon's event loop owns it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA busy_timeout = 5000")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise StoreError(
                f"{path} cannot be read as the local cloud's state: {error}; "
                "restore a snapshot or start anew with `pitchey local reset`"
            ) from error
        self.path = path
        self._depth = 0
        self._created_inside: list[str] = []
        self._check_format(path)

    def _check_format(self, path: Path) -> None:
        row = self._db.execute("SELECT version FROM format").fetchone()
        if row is None:
            self._db.execute("INSERT INTO format VALUES (?)", (FORMAT,))
        elif row[0] > FORMAT:
            raise StoreError(
                f"{path} was written by a newer version of this program (format {row[0]}, known: {FORMAT})"
            )

    def close(self) -> None:
        self._db.close()

    def schema(self, statements: str) -> None:
        """Tables of a service's own; `CREATE TABLE IF NOT EXISTS …`. Made within a transaction they stay if it fails."""
        self._create(statements)
        if self._depth > 0:
            self._created_inside.append(statements)

    def _create(self, statements: str) -> None:
        # One by one: `executescript` would commit the transaction that it finds itself in.
        for statement in statements.split(";"):
            if statement.strip():
                self._db.execute(statement)

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        return self._db.execute(sql, parameters)

    @contextlib.contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All or nothing; nested ones join the outer. Hold no `await` inside."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("ROLLBACK")
                for statements in self._created_inside:
                    self._create(statements)
                self._created_inside.clear()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")
            self._created_inside.clear()

    # Documents

    def insert(
        self, kind: str, parent: str, id: str, body: Json, name: str | None = None
    ) -> Document:
        """Raises `ClashError` when id or name is taken within kind and parent."""
        try:
            cursor = self._db.execute(
                "INSERT INTO documents (kind, parent, id, name, body) VALUES (?, ?, ?, ?, ?)",
                (kind, parent, id, name, json.dumps(body)),
            )
        except sqlite3.IntegrityError as error:
            raise ClashError(f"{kind} {name or id}") from error
        return Document(cursor.lastrowid or 0, kind, parent, id, name, body)

    def get(self, kind: str, parent: str, id: str) -> Document | None:
        return self._one("kind = ? AND parent = ? AND id = ?", (kind, parent, id))

    def named(self, kind: str, parent: str, name: str) -> Document | None:
        return self._one("kind = ? AND parent = ? AND name = ?", (kind, parent, name))

    def anywhere(self, kind: str, id: str) -> Document | None:
        """By id under whatever parent."""
        return self._one("kind = ? AND id = ?", (kind, id))

    def list(self, kind: str, parent: str | None = None) -> list[Document]:
        """In the order of creation."""
        if parent is None:
            return self._many("kind = ?", (kind,))
        return self._many("kind = ? AND parent = ?", (kind, parent))

    def last(self, kind: str, parent: str) -> Document | None:
        """The one created last."""
        rows = self._many(
            "kind = ? AND parent = ? ORDER BY seq DESC LIMIT 1", (kind, parent), order=False
        )
        return rows[0] if rows else None

    def update(self, document: Document, body: Json, name: str | None = None) -> Document:
        """Replaces the body, and the name when one is given. Raises `ClashError` when that name is taken."""
        new_name = document.name if name is None else name
        try:
            self._db.execute(
                "UPDATE documents SET body = ?, name = ? WHERE seq = ?",
                (json.dumps(body), new_name, document.seq),
            )
        except sqlite3.IntegrityError as error:
            raise ClashError(f"{document.kind} {new_name}") from error
        return Document(document.seq, document.kind, document.parent, document.id, new_name, body)

    def delete(self, document: Document) -> None:
        self._db.execute("DELETE FROM documents WHERE seq = ?", (document.seq,))

    def _one(self, where: str, parameters: tuple[object, ...]) -> Document | None:
        rows = self._many(where + " LIMIT 1", parameters, order=False)
        return rows[0] if rows else None

    def _many(
        self, where: str, parameters: tuple[object, ...], order: bool = True
    ) -> list[Document]:
        sql = f"SELECT seq, kind, parent, id, name, body FROM documents WHERE {where}"  # noqa: S608
        rows = self._db.execute(sql + (" ORDER BY seq" if order else ""), parameters)
        return [Document(r[0], r[1], r[2], r[3], r[4], json.loads(r[5])) for r in rows]

    # Blobs

    def put_blob(self, content: bytes) -> str:
        """The content's SHA-256 in hex; the same content is kept once."""
        digest = hashlib.sha256(content).hexdigest()
        self._db.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, content))
        return digest

    def blob(self, digest: str) -> bytes:
        row = self._db.execute("SELECT content FROM blobs WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise StoreError(f"blob {digest} is missing from the local cloud's state")
        return bytes(row[0])
