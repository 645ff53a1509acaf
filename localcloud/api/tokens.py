"""API tokens of the local cloud: who is calling, and what they may touch.

A token's secret is kept as a SHA-256 only; a `Write` permission includes `Read` of the same name.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.api import errors
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.store import Json, Store

KIND: Final = "token"
ALL: Final = "*"
_BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9_\-.~+/]{8,}=*)")


@dataclass(frozen=True)
class Token:
    """`permissions` by their names in Cloudflare's dashboard (`Workers Scripts Write`), `accounts` and `zones` by id,
    `workers` by name; `*` stands for all."""

    id: str
    name: str
    status: str
    permissions: tuple[str, ...]
    accounts: tuple[str, ...]
    zones: tuple[str, ...]
    workers: tuple[str, ...] = (ALL,)
    expires_on: str | None = None

    def may(self, permission: str) -> bool:
        if ALL in self.permissions or permission in self.permissions:
            return True
        return (
            permission.endswith(" Read")
            and permission.removesuffix(" Read") + " Write" in self.permissions
        )

    def reaches_account(self, account: str) -> bool:
        return ALL in self.accounts or account in self.accounts

    def reaches_zone(self, zone: str) -> bool:
        return ALL in self.zones or zone in self.zones

    @property
    def for_some_workers(self) -> bool:
        """Whether it is limited to chosen Workers: it reaches nothing of an account but these."""
        return ALL not in self.workers

    def reaches_worker(self, name: str) -> bool:
        return ALL in self.workers or name in self.workers

    def expired(self, now: datetime) -> bool:
        if self.expires_on is None:
            return False
        return datetime.fromisoformat(self.expires_on.replace("Z", "+00:00")) <= now


def new_secret() -> str:
    """40 characters, as Cloudflare's own tokens have."""
    return secrets.token_urlsafe(30)


def create_token(
    store: Store,
    secret: str,
    *,
    name: str,
    permissions: Sequence[str] = (ALL,),
    accounts: Sequence[str] = (ALL,),
    zones: Sequence[str] = (ALL,),
    workers: Sequence[str] = (ALL,),
    expires_on: str | None = None,
) -> Token:
    """Registers `secret`. A secret that is registered already gets the new name and scopes."""
    body: Json = {
        "id": hex_id(),
        "name": name,
        "status": "active",
        "permissions": list(permissions),
        "accounts": list(accounts),
        "zones": list(zones),
        "workers": list(workers),
        "expires_on": expires_on,
        "created_on": timestamp(),
    }
    digest = _digest(secret)
    with store.transaction():
        known = store.get(KIND, "", digest)
        if known is None:
            store.insert(KIND, "", digest, body)
        else:
            body["id"] = known.body["id"]
            store.update(known, body)
    return _token(body)


def find_token(store: Store, secret: str) -> Token | None:
    document = store.get(KIND, "", _digest(secret))
    return _token(document.body) if document else None


def find_access_key(store: Store, id: str) -> tuple[Token, str] | None:
    """The token of this id, if it is good, and the secret access key that goes with it in R2's S3 API."""
    for document in store.list(KIND, ""):
        if document.body["id"] == id:
            token = _token(document.body)
            usable = token.status == "active" and not token.expired(datetime.now(UTC))
            return (token, document.id) if usable else None
    return None


def authenticate(store: Store, headers: Mapping[str, str], now: datetime | None = None) -> Token:
    """The token behind a request's headers.

    Raises `ApiError` with Cloudflare's codes: 9106 none given, 6003 malformed, 10000 unknown, disabled or expired.
    """
    authorization = headers.get("authorization")
    if authorization is None:
        if headers.get("x-auth-key") or headers.get("x-auth-email"):
            raise errors.UNKNOWN_KEY()
        raise errors.MISSING_CREDENTIALS()
    match = _BEARER.fullmatch(authorization)
    if match is None:
        raise errors.MALFORMED_BEARER()
    token = find_token(store, match.group(1))
    if token is None or token.status != "active" or token.expired(now or datetime.now(UTC)):
        raise errors.AUTHENTICATION()
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(body: Json) -> Token:
    return Token(
        id=body["id"],
        name=body["name"],
        status=body["status"],
        permissions=tuple(body["permissions"]),
        accounts=tuple(body["accounts"]),
        zones=tuple(body["zones"]),
        workers=tuple(body.get("workers", (ALL,))),
        expires_on=body["expires_on"],
    )
