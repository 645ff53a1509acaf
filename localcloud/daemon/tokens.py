"""Tokens with less than all permissions, for rehearsals of least privilege."""

from __future__ import annotations

import difflib
from typing import Any, Final

from localcloud.api.services import SERVICES
from localcloud.api.store import Store
from localcloud.api.tokens import ALL, create_token, new_secret
from localcloud.errors import LocalCloudError

Json = dict[str, Any]
PERMISSIONS: Final = frozenset(
    route.permission
    for service in SERVICES
    for route in service.routes
    if route.permission is not None
)
_SCOPES: Final = {"permissions": None, "accounts": [ALL], "zones": [ALL], "workers": [ALL]}


def create(store: Store, body: Json) -> Json:
    """`name`, `permissions` and optionally `accounts`, `zones` (ids), `workers` (names), `expires_on`; and `token`, a secret
    that is known already. Raises `LocalCloudError`."""
    scopes: dict[str, list[str]] = {}
    for key, default in _SCOPES.items():
        given: object = body.get(key) or default
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):  # pyright: ignore[reportUnknownVariableType]
            raise LocalCloudError(f"a token needs {key}: a list of names")
        scopes[key] = given  # pyright: ignore[reportUnknownVariableType]
    for permission in scopes["permissions"]:
        _check(permission)
    secret = str(body.get("token") or new_secret())
    token = create_token(
        store,
        secret,
        name=str(body.get("name") or "scoped"),
        permissions=scopes["permissions"],
        accounts=scopes["accounts"],
        zones=scopes["zones"],
        workers=scopes["workers"],
        expires_on=body.get("expires_on"),
    )
    return {"id": token.id, "name": token.name, "token": secret, **scopes}


def _check(permission: str) -> None:
    readable = {p.removesuffix(" Write") + " Read" for p in PERMISSIONS if p.endswith(" Write")}
    known = PERMISSIONS | readable | {ALL}
    if permission in known:
        return
    near = difflib.get_close_matches(permission, known, n=3, cutoff=0.5)
    mend = (
        f"did you mean {' or '.join(map(repr, near))}?"
        if near
        else f"known: {', '.join(sorted(known))}"
    )
    raise LocalCloudError(f"no call asks for the permission {permission!r}; {mend}")
