"""Bindings: what is sent, what is kept, and what is shown again (never a secret)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from localcloud.api.ids import is_hex_id
from localcloud.api.shapes import as_object
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import errors, models

SECRET_TYPES: Final = frozenset({"secret_text", "secret_key"})
_WRITE_ONLY: Final = {"secret_text": {"text"}, "secret_key": {"key_base64", "key_jwk"}}
_VARIABLES: Final = frozenset({"plain_text", "json", "secret_text", "secret_key"})
_MAX_VARIABLE: Final = 5 * 1024
_MAX_VARIABLES: Final = 128
_UUID: Final = re.compile(r"[0-9a-f-]{36}")
_PERIODS: Final = (10, 60)
"""Seconds."""
_DATASET: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_TARGET_KEYS: Final = {
    "hyperdrive": "id",
    "d1": "id",
    "queue": "queue_name",
    "vectorize": "index_name",
    "dispatch_namespace": "namespace",
    "mtls_certificate": "certificate_id",
}
TYPES: Final = frozenset(
    {
        "ai", "ai_search", "ai_search_namespace", "analytics_engine", "artifacts", "assets", "browser",
        "browser_rendering", "d1", "data_blob", "dispatch_namespace", "durable_object_namespace", "flagship",
        "hyperdrive", "images", "inherit", "json", "kv_namespace", "logfwdr", "media", "messaging",
        "mtls_certificate", "pipelines", "plain_text", "queue", "r2_bucket", "ratelimit", "secret_key",
        "secret_text", "secrets_store_secret", "send_email", "service", "text_blob", "vectorize",
        "version_metadata", "vpc_network", "vpc_service", "wasm_module", "workflow", "worker_loader",
    }
)  # fmt: skip


def settle(
    store: Store,
    worker: Document | None,
    sent: Sequence[Any],
    *,
    keep_types: Sequence[str] = (),
    strict_inherit: bool = False,
) -> list[Json]:
    """The bindings of a new version: those sent, `inherit` resolved, plus kept ones of the latest version, by name.

    Raises `ApiError` for an unnamed, doubled, unknown or oversized binding.
    """
    latest = models.latest_version(store, worker) if worker else None
    settled: dict[str, Json] = {}
    for index, given in enumerate(sent):
        binding: Json = given if isinstance(given, dict) else {}  # pyright: ignore[reportUnknownVariableType]
        name = binding.get("name")
        if not isinstance(name, str) or not name:
            raise errors.UNNAMED_BINDING(index=index)
        if name in settled:
            raise errors.DOUBLE_BINDING(name=name)
        chosen: Json | None = {k: v for k, v in binding.items() if v is not None}
        if str(binding.get("type")) not in TYPES:
            raise errors.NOT_VALID(
                reason=f"Binding '{name}' has the unknown type '{binding.get('type')}'."
            )
        if binding["type"] == "inherit":
            chosen = _inherited(store, worker, latest, binding, strict_inherit)
        if chosen is not None:
            settled[name] = chosen
    for binding in latest.body["bindings"] if latest else ():
        if binding["type"] in keep_types:
            settled.setdefault(binding["name"], binding)
    _check_variables(list(settled.values()))
    for binding in settled.values():
        _check_measures(binding)
    return [settled[name] for name in sorted(settled)]


def _inherited(
    store: Store, worker: Document | None, latest: Document | None, binding: Json, strict: bool
) -> Json | None:
    wanted = binding.get("version_id") or "latest"
    source = latest
    if wanted != "latest":
        source = store.get(models.VERSION, worker.id, wanted) if worker else None
    old_name = binding.get("old_name") or binding["name"]
    for candidate in source.body["bindings"] if source else ():
        if candidate["name"] == old_name:
            return {**candidate, "name": binding["name"]}
    if strict:
        raise errors.BAD_INHERIT(name=old_name, version=wanted)
    return None


def _check_variables(bindings: list[Json]) -> None:
    variables = [binding for binding in bindings if binding["type"] in _VARIABLES]
    if len(variables) > _MAX_VARIABLES:
        raise errors.TOO_MANY_VARIABLES(count=len(variables))
    for variable in variables:
        text = variable.get("text", "")
        if variable["type"].endswith("_text") and not isinstance(text, str):
            raise errors.NOT_VALID(reason=f"Binding '{variable['name']}' has no text.")
        if len(str(text).encode()) > _MAX_VARIABLE:
            raise errors.VARIABLE_TOO_LARGE(name=variable["name"])


def _check_measures(binding: Json) -> None:
    """Raises `ApiError` for a rate limit or a dataset that could not be counted by."""
    name = binding["name"]
    if binding["type"] == "ratelimit":
        simple = as_object(binding.get("simple")) or {}
        limit, period = simple.get("limit"), simple.get("period")
        if not re.fullmatch(r"[1-9]\d*", str(binding.get("namespace_id", ""))):
            raise errors.NOT_VALID(
                reason=f"Binding '{name}': namespace_id must be a positive integer."
            )
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise errors.NOT_VALID(reason=f"Binding '{name}': limit must be a positive integer.")
        if period not in _PERIODS:
            raise errors.NOT_VALID(reason=f"Binding '{name}': period must be 10 or 60 seconds.")
    elif binding["type"] == "analytics_engine":
        dataset = binding.get("dataset", name)
        if not isinstance(dataset, str) or not _DATASET.fullmatch(dataset):
            raise errors.NOT_VALID(
                reason=f"Binding '{name}': a dataset's name is of letters, digits, _ and -."
            )


def check_targets(store: Store, account: str, script: str, bindings: list[Json]) -> None:
    """Raises `ApiError` when a namespace, bucket, config or Worker that is bound to does not exist in the account.

    Classes of the script itself are checked when its exports are known.
    """
    for binding in bindings:
        kind = binding["type"]
        if kind == "kv_namespace":
            _check_kv(store, account, str(binding.get("namespace_id", "")))
        elif kind == "r2_bucket":
            name = str(binding.get("bucket_name", ""))
            bucket = store.named("r2_bucket", account, name)
            jurisdiction = binding.get("jurisdiction") or "default"
            if bucket is None or bucket.body.get("jurisdiction", "default") != jurisdiction:
                raise errors.R2_MISSING(name=name)
        elif kind == "service":
            target = str(binding.get("service", ""))
            if target != script and store.named(models.KIND, account, target) is None:
                raise errors.SERVICE_MISSING(binding=binding["name"], script=target)
        elif kind in _TARGET_KEYS:
            target = str(binding.get(_TARGET_KEYS[kind], ""))
            if kind != "hyperdrive" or store.get("hyperdrive_config", account, target) is None:
                raise errors.target_missing(kind, target)


def _check_kv(store: Store, account: str, id: str) -> None:
    if not is_hex_id(id.replace("-", "")):
        raise errors.KV_MALFORMED(id=id)
    if store.get("kv_namespace", account, id.replace("-", "")) is None:
        raise errors.KV_MISSING(id=id)


def shown(store: Store, worker: Document, bindings: list[Json]) -> list[Json]:
    """As an answer gives them: without what is write-only, with the namespace of a Durable Object class."""
    return [_shown(store, worker, binding) for binding in bindings]


def _shown(store: Store, worker: Document, binding: Json) -> Json:
    hidden = _WRITE_ONLY.get(binding["type"], set[str]())
    view = {key: value for key, value in binding.items() if key not in hidden}
    if binding["type"] == "durable_object_namespace" and "namespace_id" not in view:
        namespace = namespace_of(store, worker, binding)
        if namespace is not None:
            view["namespace_id"] = namespace.id
    return view


def namespace_of(store: Store, worker: Document, binding: Json) -> Document | None:
    """The Durable Object namespace that a binding of `worker` means, or None before it is provisioned."""
    if "namespace_id" in binding:
        return store.get(models.NAMESPACE, worker.parent, binding["namespace_id"])
    script = binding.get("script_name")
    owner = store.named(models.KIND, worker.parent, script) if script else worker
    if owner is None:
        return None
    return store.named(models.NAMESPACE, worker.parent, f"{owner.id}/{binding['class_name']}")


def secrets(version: Document) -> dict[str, Json]:
    """Name → binding of each secret."""
    return {b["name"]: b for b in version.body["bindings"] if b["type"] in SECRET_TYPES}
