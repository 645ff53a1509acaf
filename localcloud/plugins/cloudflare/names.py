"""Property names: `camelCase` in the engine, `snake_case` in the API, and the maps whose keys belong to the user."""

from __future__ import annotations

import re
from typing import Any, Final

_HUMP: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")
_UNDERSCORE: Final = re.compile(r"_([a-z0-9])")
_FREE_KEYS: Final = frozenset(
    {
        "aiBindings", "analyticsEngineDatasets", "browsers", "d1Databases", "durableObjectNamespaces", "envVars",
        "exports", "headers", "hyperdriveBindings", "kvNamespaces", "mtlsCertificates", "queueProducers", "r2Buckets",
        "services", "vectorizeBindings",
    }
)  # fmt: skip
_FREE_VALUES: Final = frozenset({"value", "json"})
"""Settings of a zone and JSON bindings: whatever the user wrote."""
_ANNOTATIONS: Final = {
    "workersMessage": "workers/message",
    "workersTag": "workers/tag",
    "workersTriggeredBy": "workers/triggered_by",
}
_ANNOTATION_NAMES: Final = {value: key for key, value in _ANNOTATIONS.items()}


def has_free_keys(name: str) -> bool:
    """Whether the property is a map with keys of the user's own."""
    return name in _FREE_KEYS


def is_free(name: str) -> bool:
    """Whether the property is the user's own as a whole."""
    return name in _FREE_VALUES


def snake(name: str) -> str:
    return _ANNOTATIONS.get(name) or _HUMP.sub(lambda found: "_" + found.group(1).lower(), name)


def camel(name: str) -> str:
    return _ANNOTATION_NAMES.get(name) or _UNDERSCORE.sub(lambda f: f.group(1).upper(), name)


def to_api(value: Any) -> Any:
    """The engine's properties as the API wants them; what is null is left out."""
    if isinstance(value, list):
        return [to_api(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    sent: dict[str, Any] = {}
    for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
        if inner is None:
            continue
        if key in _FREE_VALUES and isinstance(inner, dict):
            sent[snake(key)] = inner
        elif key in _FREE_KEYS and isinstance(inner, dict):
            sent[snake(key)] = {k: to_api(v) for k, v in inner.items()}  # pyright: ignore[reportUnknownVariableType]
        else:
            sent[snake(key)] = to_api(inner)  # pyright: ignore[reportUnknownArgumentType]
    return sent


def from_api(value: Any) -> Any:
    """The API's answer as the engine's properties."""
    if isinstance(value, list):
        return [from_api(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    read: dict[str, Any] = {}
    for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
        name = camel(key)  # pyright: ignore[reportUnknownArgumentType]
        if name in _FREE_VALUES and isinstance(inner, dict):
            read[name] = inner
        elif name in _FREE_KEYS and isinstance(inner, dict):
            read[name] = {k: from_api(v) for k, v in inner.items()}  # pyright: ignore[reportUnknownVariableType]
        else:
            read[name] = from_api(inner)  # pyright: ignore[reportUnknownArgumentType]
    return read
