"""How the code of a version reaches what its data centre keeps: the cache, rate limits, Analytics Engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.edge.capnp import headers, record, sequence, text
from localcloud.edge.model import Version

CACHE: Final = "colo-cache"
_LIMITS: Final = "colo-limits"
_HERE: Final = Path(__file__).parent
_MODULES: Final = ("rate-limit", "analytics-engine")


def cache_service(version: Version, address: str, secret: str) -> str:
    """For `cacheApiOutbound`: a cache of the account's zones, whichever version asks."""
    return _service(CACHE, version, address, secret, "cache")


def limits_service(version: Version, address: str, secret: str) -> str:
    return _service(_LIMITS, version, address, secret, "limit")


def points_service(name: str, version: Version, dataset: str, address: str, secret: str) -> str:
    return _service(name, version, address, secret, "points", {"x-edge-dataset": dataset})


def rate_limit(given: Mapping[str, Any]) -> str:
    simple: Mapping[str, Any] = given.get("simple") or {}
    rule = {
        "namespace": str(given.get("namespace_id")),
        "limit": simple.get("limit"),
        "period": simple.get("period"),
    }
    return _wrapped(
        "rate-limit",
        record(name=text("colo"), service=text(_LIMITS)),
        record(name=text("rule"), json=text(json.dumps(rule))),
    )


def analytics_engine(points: str) -> str:
    """`points`: the name of the service that takes the dataset's points."""
    return _wrapped("analytics-engine", record(name=text("sink"), analyticsEngine=text(points)))


def _wrapped(module: str, *inner: str) -> str:
    return record(moduleName=text(f"localcloud:{module}"), innerBindings=sequence(inner))


def modules(files: dict[str, bytes]) -> list[str]:
    """What is behind the bindings, as modules of workerd's extension."""
    for name in _MODULES:
        files[name] = (_HERE / f"{name}.js").read_bytes()
    return [
        record(name=text(f"localcloud:{name}"), internal="true", esModule=f'embed "{name}"')
        for name in _MODULES
    ]


def _service(
    name: str,
    version: Version,
    address: str,
    secret: str,
    asked: str,
    more: Mapping[str, str] | None = None,
) -> str:
    injected: dict[str, str | None] = {
        "x-edge-secret": secret,
        "x-edge-script": f"{version.account}/{version.script}",
        "x-edge-asked": asked,
        **(more or {}),
    }
    # As to a proxy: the whole URL is the cache's key.
    http = record(style="proxy", injectRequestHeaders=headers(injected))
    return record(name=text(name), external=record(address=text(address), http=http))
