"""Accounts and the one user of the local cloud."""

from __future__ import annotations

import hashlib
from typing import Final

from localcloud.api.ids import hex_id, timestamp
from localcloud.api.store import Document, Json, Store

KIND: Final = "account"
USER_EMAIL: Final = "you@localhost.example"
USER_ID: Final = hashlib.md5(USER_EMAIL.encode(), usedforsecurity=False).hexdigest()


def create_account(store: Store, name: str, id: str | None = None) -> Document:
    """A new account, with the fields of the API's account object. Raises `ClashError` when the id is taken."""
    account = id or hex_id()
    body: Json = {
        "id": account,
        "name": name,
        "type": "standard",
        "settings": {"enforce_twofactor": False, "abuse_contact_email": None},
        "created_on": timestamp(),
    }
    return store.insert(KIND, "", account, body)


def membership(account: Json) -> Json:
    digest = hashlib.md5(f"{USER_ID}{account['id']}".encode(), usedforsecurity=False)
    return {
        "id": digest.hexdigest(),
        "status": "accepted",
        "account": account,
        "api_access_enabled": None,
        "roles": ["Super Administrator - All Privileges"],
        "permissions": {},
    }
