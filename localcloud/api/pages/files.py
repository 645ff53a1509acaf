"""Files that were uploaded (kind `pages_file`, by account, under the hash that the client gave them); each is kept once."""

from __future__ import annotations

import hashlib
from typing import Final

from localcloud.api.pages import errors
from localcloud.api.store import Document, Json, Store

KIND: Final = "pages_file"
MAX_FILES: Final = 20_000
_MAX_BYTES: Final = 25 << 20


def keep(store: Store, account: str, key: str, content: bytes, content_type: str | None) -> None:
    """A file that is there already stays as it is. Raises `ApiError` for one over 25 MiB."""
    if len(content) > _MAX_BYTES:
        raise errors.BAD_BODY(reason=f"the file {key} is larger than 25 MiB")
    if find(store, account, key) is None:
        kept: Json = {"digest": store.put_blob(content), "content_type": content_type}
        store.insert(KIND, account, key, kept)


def keep_unnamed(store: Store, account: str, content: bytes) -> str:
    """Of a file that came without a hash; returns the one under which it is kept."""
    key = hashlib.sha256(content).hexdigest()
    keep(store, account, key, content, "text/plain; charset=utf-8")
    return key


def find(store: Store, account: str, key: str) -> Document | None:
    return store.get(KIND, account, key)


def text(store: Store, account: str, key: str) -> str:
    """Of a kept file; empty when there is none."""
    file = find(store, account, key)
    return "" if file is None else store.blob(file.body["digest"]).decode("utf-8", "replace")
