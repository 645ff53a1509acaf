"""Notification policies (kind `notification_policy`, by account): what they may be."""

from __future__ import annotations

from typing import Final

from localcloud.api.alerting import errors
from localcloud.api.alerting.alert_types import ALERT_TYPES, FILTERS, NEEDED_FILTERS
from localcloud.api.alerting.webhooks import KIND as WEBHOOK
from localcloud.api.alerting.webhooks import plain_id
from localcloud.api.shapes import as_object, as_objects, as_texts
from localcloud.api.store import Json, Store

KIND: Final = "notification_policy"
DEFAULTS: Final[Json] = {"description": "", "enabled": True, "filters": {}, "alert_interval": ""}
_MECHANISMS: Final = ("email", "pagerduty", "webhooks")
_FIELDS: Final = ("name", "alert_type", "mechanisms", *DEFAULTS)


def checked(store: Store, account: str, sent: Json, base: Json) -> Json:
    """`base` with what is sent on top. Raises `ApiError`."""
    body: Json = {**base, **{key: sent[key] for key in _FIELDS if sent.get(key) is not None}}
    for name in ("name", "description", "alert_interval"):
        if not isinstance(body.get(name), str):
            raise errors.BAD_REQUEST(what="policy", reason=f"{name} must be a text")
    if not body["name"]:
        raise errors.BAD_REQUEST(what="policy", reason="name is missing")
    if not isinstance(body["enabled"], bool):
        raise errors.BAD_REQUEST(what="policy", reason="enabled must be true or false")
    if str(body.get("alert_type")) not in ALERT_TYPES:
        raise errors.BAD_TYPE(type=body.get("alert_type"))
    _check_filters(body["filters"], body["alert_type"])
    _check_mechanisms(store, account, body.get("mechanisms"))
    return body


def _check_filters(sent: object, alert_type: str) -> None:
    filters = as_object(sent)
    if filters is None:
        raise errors.BAD_FILTERS(reason="expected an object")
    for name, values in filters.items():
        if name not in FILTERS or as_texts(values) is None:
            raise errors.BAD_FILTERS(reason=f"{name} is no filter, or not a list of texts")
    for name in NEEDED_FILTERS.get(alert_type, ()):
        if not filters.get(name):
            raise errors.BAD_FILTERS(reason=f"{alert_type} needs {name}")


def _check_mechanisms(store: Store, account: str, sent: object) -> None:
    """At least one; an address of mail looks like one, and a webhook is there."""
    mechanisms = as_object(sent) or {}
    if not set(mechanisms) <= set(_MECHANISMS):
        raise errors.BAD_REQUEST(what="policy", reason=f"mechanisms may be {', '.join(_MECHANISMS)}")  # fmt: skip
    targets = {name: as_objects(rows or []) for name, rows in mechanisms.items()}
    if not any(targets.values()):
        raise errors.NO_MECHANISM()
    for name, rows in targets.items():
        if rows is None or not all(isinstance(r.get("id"), str) and r["id"] for r in rows):
            raise errors.BAD_REQUEST(what="policy", reason=f"mechanisms.{name} must be a list of objects with an id")  # fmt: skip
        for row in rows:
            if name == "email" and "@" not in row["id"]:
                raise errors.BAD_REQUEST(what="policy", reason=f"'{row['id']}' is no address of mail")  # fmt: skip
            if name == "webhooks" and store.get(WEBHOOK, account, plain_id(row["id"])) is None:
                raise errors.BAD_WEBHOOK_ID()
