"""Settings of a zone (kind `zone_setting`, by zone, id = the setting's name). Defaults are not kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from localcloud.api.ids import timestamp
from localcloud.api.store import Document, Json, Store
from localcloud.api.zones import errors
from localcloud.api.zones.plans import includes, plan_of
from localcloud.api.zones.setting_values import HSTS_OFF, SETTINGS, Setting

KIND: Final = "zone_setting"
_DEVELOPMENT: Final = "development_mode"
_DEVELOPMENT_TIME: Final = timedelta(hours=3)


def read(store: Store, zone: Document, name: str, now: datetime) -> Json:
    """The setting as the API shows it. Raises `ApiError` 1006 for one that does not exist."""
    known = _known(name)
    kept = store.get(KIND, zone.id, name)
    body: Json = {
        "id": name,
        known.field: kept.body["value"] if kept else known.default,
        "editable": _editable(known, zone),
        "modified_on": kept.body["modified_on"] if kept else None,
    }
    if name == _DEVELOPMENT:
        left = development_seconds(store, zone, now)
        body |= {"value": "on" if left > 0 else "off", "time_remaining": max(left, 0)}
    return body


def write(store: Store, zone: Document, name: str, sent: Json) -> None:
    """Within a transaction.

    Raises `ApiError`: 1006 no such setting, 1057 not to be changed (on this plan, or ever), 1007 a value it cannot have.
    """
    known = _known(name)
    if not _editable(known, zone):
        raise errors.READ_ONLY(name=name)
    if known.field not in sent or not known.allowed(sent[known.field]):
        raise errors.BAD_VALUE(name=name)
    body: Json = {
        "id": name,
        "value": _completed(name, sent[known.field]),
        "modified_on": timestamp(),
    }
    kept = store.get(KIND, zone.id, name)
    if kept is None:
        store.insert(KIND, zone.id, name, body)
    elif kept.body["value"] != body["value"] or name == _DEVELOPMENT:
        store.update(kept, body)


def development_seconds(store: Store, zone: Document, now: datetime) -> int:
    """How long development mode still lasts; negative: how long ago it ended; 0: it never was on."""
    kept = store.get(KIND, zone.id, _DEVELOPMENT)
    if kept is None:
        return 0
    changed = datetime.fromisoformat(kept.body["modified_on"].replace("Z", "+00:00"))
    end = changed + _DEVELOPMENT_TIME if kept.body["value"] == "on" else changed
    return int((end - now).total_seconds())


def _known(name: str) -> Setting:
    if name not in SETTINGS:
        raise errors.NO_SETTING(name=name)
    return SETTINGS[name]


def _editable(setting: Setting, zone: Document) -> bool:
    return setting.since is not None and includes(plan_of(zone), setting.since)


def _completed(name: str, value: Any) -> Any:  # noqa: ANN401 (whatever the setting is)
    """The HSTS object comes back with all its fields, and whole numbers as such."""
    if name == "security_header":
        return {"strict_transport_security": {**HSTS_OFF, **value["strict_transport_security"]}}
    return int(value) if isinstance(value, float) else value
