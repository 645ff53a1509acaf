"""Versions: validated, started once on the edge, then kept for ever as they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from localcloud.api.cloud import Cloud
from localcloud.api.ids import timestamp, uuid_id
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import assets, bindings, classes, code, errors, models
from localcloud.api.workers.drafts import KEPT_AS_SENT, Draft
from localcloud.edge.model import Module, StartResult

MAX_BYTES: Final = 64 << 20
OLDEST_COMPATIBILITY_DATE: Final = "2021-11-02"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SOURCE_MAP: Final = "application/source-map"


@dataclass(frozen=True)
class Prepared:
    """A version that may be committed: everything about it was checked."""

    id: str
    body: Json
    modules: tuple[Module, ...]


async def prepare(
    cloud: Cloud,
    worker: Document,
    draft: Draft,
    *,
    source: str,
    triggered_by: str,
    strict_inherit: bool = False,
    started: StartResult | None = None,
) -> Prepared:
    """Checks a draft in full. `worker` may be one that is not stored yet. `started`: what is known of this very code, so
    that it need not be started again. Raises `ApiError`."""
    store = cloud.store
    metadata = draft.metadata
    _check_modules(draft, has_assets=bool(metadata.get("assets") or metadata.get("keep_assets")))
    settled = bindings.settle(
        store,
        worker,
        _list(metadata, "bindings"),
        keep_types=metadata.get("keep_bindings") or (),
        strict_inherit=strict_inherit,
    )
    bindings.check_targets(store, worker.parent, worker.body["name"], settled)
    annotations = draft.annotations
    annotations.setdefault("workers/triggered_by", triggered_by)
    body: Json = {
        "number": worker.body["last_number"] + 1,
        "created_on": timestamp(cloud.now()),
        "annotations": annotations,
        "source": source,
        "main_module": draft.main_module,
        "has_modules": draft.has_modules,
        "compatibility_date": _compatibility_date(metadata, cloud.now().date()),
        "dated": metadata.get("compatibility_date") is not None,
        "compatibility_flags": _strings(metadata, "compatibility_flags"),
        "bindings": settled,
        "usage_model": metadata.get("usage_model") or "standard",
        "assets": assets.of_version(store, worker, metadata),
        "migrations": metadata.get("migrations"),
        "exports": metadata.get("exports"),
        "etag": _etag(draft.modules),
        "modules": [
            {
                "name": module.name,
                "content_type": module.content_type,
                "digest": hashlib.sha256(module.content).hexdigest(),
            }
            for module in draft.modules
        ],
        **{key: metadata[key] for key in KEPT_AS_SENT if metadata.get(key) is not None},
    }
    version_id = uuid_id()
    if started is None:
        started = StartResult(handlers=("fetch",))
        if draft.modules:
            built = code.build(store, worker, version_id, body, draft.modules)
            started = await cloud.edge.check_start(built)
    if started.error is not None:
        raise errors.NOT_VALID(reason=started.error)
    if not started.handlers and not started.named_handlers:
        raise errors.NO_HANDLERS()
    body["handlers"] = list(started.handlers)
    body["named_handlers"] = {k: list(v) for k, v in started.named_handlers.items()}
    body["startup_time_ms"] = max(1, started.startup_time_ms)
    plan = classes.plan(store, worker, body)
    classes.check_bindings(store, worker, body, plan)
    body["migration_tag"] = plan.new_tag or worker.body["migration_tag"]
    return Prepared(version_id, body, draft.modules)


def commit(store: Store, worker: Document, prepared: Prepared) -> Document:
    """Within a transaction: the next number, and the code."""
    current = models.reread(store, worker)
    number = current.body["last_number"] + 1
    for module in prepared.modules:
        store.put_blob(module.content)
    store.update(current, {**current.body, "last_number": number})
    return store.insert(models.VERSION, worker.id, prepared.id, {**prepared.body, "number": number})


def started(version: Document) -> StartResult:
    """What is known of a version's code."""
    return StartResult(
        tuple(version.body["handlers"]),
        {k: tuple(v) for k, v in version.body["named_handlers"].items()},
        version.body["startup_time_ms"],
    )


def _check_modules(draft: Draft, *, has_assets: bool) -> None:
    names = [module.name for module in draft.modules]
    if not names and not has_assets:
        raise errors.NOT_VALID(reason="No modules were uploaded.")
    if names and draft.main_module not in names:
        raise errors.NOT_VALID(
            reason=f'No such module "{draft.main_module}": the main module must be one of those uploaded.'
        )
    if len(set(names)) != len(names):
        raise errors.NOT_VALID(reason="Two modules have the same name.")
    size = sum(len(m.content) for m in draft.modules if m.content_type != _SOURCE_MAP)
    if size > MAX_BYTES:
        raise errors.TOO_LARGE(size=f"{size / (1 << 20):.2f}")


def _compatibility_date(metadata: Json, today: date) -> str:
    text = metadata.get("compatibility_date")
    if text is None:
        return OLDEST_COMPATIBILITY_DATE
    wanted = _date(text)
    if wanted is None:
        raise errors.NOT_VALID(reason=f'Invalid compatibility date: "{text}".')
    if wanted > today:
        raise errors.NOT_VALID(reason=f"Can't set compatibility date in the future: {text}")
    return text


def _date(text: object) -> date | None:
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _list(metadata: Json, key: str) -> list[Any]:
    value: Any = metadata.get(key) or []
    if not isinstance(value, list):
        raise errors.BAD_PARAMETER(name=key)
    return value  # pyright: ignore[reportUnknownVariableType]


def _strings(metadata: Json, key: str) -> list[str]:
    value: Any = metadata.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        raise errors.BAD_PARAMETER(name=key)
    return list(value)  # pyright: ignore[reportUnknownArgumentType]


def _etag(modules: Sequence[Module]) -> str:
    digest = hashlib.sha256()
    for module in modules:
        digest.update(module.name.encode() + b"\0" + module.content)
    return digest.hexdigest()
