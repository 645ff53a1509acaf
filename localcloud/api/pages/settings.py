"""What a project is told of its builds and its two environments: variables, bindings, compatibility."""

from __future__ import annotations

from typing import Final

from localcloud.api.pages import errors
from localcloud.api.shapes import as_object
from localcloud.api.store import Json

BUILD: Final[Json] = {
    "build_command": None, "destination_dir": None, "build_caching": None, "root_dir": None,
    "web_analytics_tag": None, "web_analytics_token": None,
}  # fmt: skip
_ENVIRONMENT: Final[Json] = {
    "env_vars": {},
    "fail_open": False,
    "always_use_latest_compatibility_date": False,
    "compatibility_date": "2026-01-01",
    "compatibility_flags": [],
    "build_image_major_version": 3,
    "usage_model": "standard",
}
_KINDS: Final = (None, "plain_text", "secret_text")
_MAPS: Final = frozenset(
    {
        "env_vars", "ai_bindings", "analytics_engine_datasets", "browsers", "d1_databases",
        "durable_object_namespaces", "hyperdrive_bindings", "kv_namespaces", "mtls_certificates",
        "queue_producers", "r2_buckets", "services", "vectorize_bindings",
    }
)  # fmt: skip


def check(sent: Json) -> None:
    """Raises `ApiError` for a part of the wrong kind."""
    if not isinstance(sent.get("production_branch") or "", str):
        raise errors.BAD_BODY(reason="production_branch must be the name of a branch")
    configs = sent.get("deployment_configs")
    objects = {key: sent.get(key) for key in ("source", "build_config", "deployment_configs")}
    for name in ("preview", "production"):
        objects[f"deployment_configs.{name}"] = (as_object(configs) or {}).get(name)
    for key, value in objects.items():
        if value is not None and as_object(value) is None:
            raise errors.BAD_BODY(reason=f"{key} must be an object")


def configs(old: Json, sent: Json) -> Json:
    return {name: _environment(old.get(name) or _ENVIRONMENT, sent.get(name) or {})
            for name in ("preview", "production")}  # fmt: skip


def _environment(old: Json, sent: Json) -> Json:
    """A map (variables, bindings) takes what is sent name by name: null takes one away, an empty map all, and null instead of
    a map nothing. Anything else that is null goes back to its default."""
    merged = dict(old)
    for key, value in sent.items():
        if key in _MAPS:
            if value is not None:
                merged[key] = _named(key, old.get(key) or {}, value)
        elif value is not None:
            merged[key] = value
        elif key in _ENVIRONMENT:
            merged[key] = _ENVIRONMENT[key]
        else:
            merged.pop(key, None)
    return merged


def _named(key: str, old: Json, sent: object) -> Json:
    if not isinstance(sent, dict):
        raise errors.BAD_BODY(reason=f"{key} is no map of names")
    given: Json = sent  # pyright: ignore[reportUnknownVariableType]
    merged = dict(old) if given else {}
    for name, entry in given.items():
        if entry is None:
            merged.pop(name, None)
        elif key != "env_vars":
            merged[name] = entry
        else:
            merged[name] = _variable(name, entry, merged.get(name))
    return merged


def _variable(name: str, sent: object, old: Json | None) -> Json:
    given = as_object(sent) or {}
    if not isinstance(given.get("value"), str):
        raise errors.BAD_BODY(reason=f"the variable {name} has no value")
    if given.get("type") not in _KINDS:
        raise errors.BAD_BODY(reason=f"the variable {name} must be plain_text or secret_text")
    if given["value"] == "" and given.get("type") == "secret_text" and old is not None:
        return old  # as it was read: secrets come back empty, and are kept when they are sent so
    return {"type": given.get("type") or "plain_text", "value": given["value"]}


def shown(configs: Json) -> Json:
    """As an answer gives them: secret variables without their values."""
    return {
        name: {**config, "env_vars": {k: _hidden(v) for k, v in config["env_vars"].items()}}
        for name, config in configs.items()
    }


def _hidden(variable: Json) -> Json:
    return {**variable, "value": ""} if variable["type"] == "secret_text" else variable
