"""How values and places in a list look to whoever asks: the API and the Workers' bindings say the same."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from localcloud.api.kv import errors
from localcloud.api.kv.models import Value
from localcloud.api.store import Json


def listed(value: Value) -> Json:
    """One row of a list of keys: expiration and metadata only where there are any."""
    row: Json = {"name": value.key}
    if value.expires is not None:
        row["expiration"] = value.expires
    if value.metadata is not None:
        row["metadata"] = value.metadata
    return row


def content(value: Value, kind: object) -> Any:  # noqa: ANN401 (what the user stored)
    """The value as text, or read as JSON where `kind` is `json`. Raises `ApiError` 10012 for one that is not JSON."""
    text = value.content.decode("utf-8", "replace")
    if kind != "json":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise errors.BAD_BODY(reason=f"the value of '{value.key}' is not JSON") from error


def cursor_after(key: str) -> str:
    """Where a list goes on that ended with this key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_before(cursor: str | None) -> str:
    """The key that a list ended with; empty for the start. Raises `ApiError` 10012 for what is no cursor."""
    if not cursor:
        return ""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise errors.BAD_BODY(reason="the cursor is not one of a list of keys") from error
