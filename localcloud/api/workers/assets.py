"""Static assets: what a session uploaded, and what a version serves."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Final

from localcloud.api.file_paths import why_unusable
from localcloud.api.ids import hex_id
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import errors, models

SESSION: Final = "asset_session"
FILE: Final = "asset_file"
MAX_FILES: Final = 100_000
MAX_FILE_BYTES: Final = 25 << 20
_LIFETIME: Final = 3600


def open_session(
    store: Store, account: str, script: str, manifest: Json
) -> tuple[str, list[list[str]]]:
    """The session's JWT and the hashes still to upload, in buckets. Nothing missing: the JWT already completes.

    Raises `ApiError` for a manifest that makes no sense.
    """
    files = {path: _entry(path, entry) for path, entry in manifest.items()}
    if len(files) > MAX_FILES:
        raise errors.BAD_ASSET(reason=f"{len(files)} files are more than {MAX_FILES}")
    unusable = why_unusable(files)
    if unusable is not None:
        raise errors.BAD_ASSET(reason=unusable)
    hashes = list(dict.fromkeys(files.values()))
    missing = [h for h in hashes if store.get(FILE, account, h) is None]
    jwt = _session(store, account, {"script": script, "files": files, "missing": missing})
    buckets = [missing[start : start + 50] for start in range(0, len(missing), 50)]
    return jwt, buckets


def _entry(path: str, entry: object) -> str:
    hash_ = entry.get("hash") if isinstance(entry, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    size = entry.get("size") if isinstance(entry, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if not isinstance(hash_, str) or len(hash_) != 32 or not isinstance(size, int):
        raise errors.BAD_ASSET(reason=f"'{path}' needs a hash of 32 characters and a size")
    if size > MAX_FILE_BYTES:
        raise errors.BAD_ASSET(reason=f"'{path}' is larger than 25 MiB")
    return hash_


def _session(store: Store, account: str, body: Json) -> str:
    id = hex_id()
    claims = {"session": id, "account": account, "exp": int(time.time()) + _LIFETIME}
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    ]
    # The last part is a secret that the session's document knows, so a token cannot be made up.
    secret = secrets.token_urlsafe(32)
    store.insert(SESSION, account, id, {**body, "secret": secret, "exp": claims["exp"]})
    return ".".join([*encoded, secret])


def session_of(store: Store, account: str, jwt: str) -> Document:
    """Raises `ApiError` when the token is none that this cloud gave, or has expired."""
    try:
        _, claims, secret = jwt.split(".")
        padded = claims + "=" * (-len(claims) % 4)
        id = json.loads(base64.urlsafe_b64decode(padded))["session"]
    except (ValueError, KeyError, TypeError) as error:
        raise errors.BAD_SESSION() from error
    session = store.get(SESSION, account, str(id))
    if session is None or not secrets.compare_digest(session.body["secret"], secret):
        raise errors.BAD_SESSION()
    if session.body["exp"] < time.time():
        raise errors.BAD_SESSION()
    return session


def receive(store: Store, session: Document, hash_: str, content: bytes) -> Document:
    """One file of the session. Raises `ApiError` for one that was not announced."""
    if hash_ not in session.body["files"].values():
        raise errors.BAD_ASSET(reason=f"'{hash_}' is not in the manifest of this session")
    if store.get(FILE, session.parent, hash_) is None:
        store.insert(FILE, session.parent, hash_, {"digest": store.put_blob(content)})
    missing = [h for h in session.body["missing"] if h != hash_]
    return store.update(session, {**session.body, "missing": missing})


def of_version(store: Store, worker: Document, metadata: Json) -> Json | None:
    """`files` (path → blob digest) and `config` of the version's assets, or None without any."""
    sent: Json = metadata.get("assets") or {}
    jwt: str | None = sent.get("jwt")
    if not jwt:
        latest = models.latest_version(store, worker)
        kept = (latest.body.get("assets") if latest else None) or None
        if not metadata.get("keep_assets") or kept is None:
            return None
        return {**kept, "config": sent.get("config") or kept.get("config")}
    session = session_of(store, worker.parent, jwt)
    if session.body["missing"]:
        raise errors.BAD_ASSET(reason=f"{len(session.body['missing'])} files were not uploaded")
    files: dict[str, str] = {}
    for path, hash_ in session.body["files"].items():
        file = store.get(FILE, session.parent, hash_)
        if file is not None:
            files[path] = file.body["digest"]
    return {"files": files, "config": sent.get("config")}
