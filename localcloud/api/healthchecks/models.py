"""Health checks (kind `healthcheck`, by zone): what they may be. Nothing is probed, so the status stays `unknown`."""

from __future__ import annotations

import re
from typing import Final

from localcloud.api.healthchecks import errors
from localcloud.api.shapes import as_object, as_texts, whole_number
from localcloud.api.store import Json

KIND: Final = "healthcheck"
TYPES: Final = ("HTTP", "HTTPS", "TCP")
REGIONS: Final = frozenset(
    {
        "WNAM", "ENAM", "WEU", "EEU", "NSAM", "SSAM", "OC", "ME", "NAF", "SAF", "IN", "SEAS", "NEAS", "ALL_REGIONS",
    }
)  # fmt: skip
DEFAULTS: Final[Json] = {
    "description": "", "type": "HTTP", "suspended": False, "interval": 60, "retries": 2, "timeout": 5,
    "consecutive_fails": 1, "consecutive_successes": 1, "check_regions": None, "http_config": None, "tcp_config": None,
}  # fmt: skip
_HTTP: Final[Json] = {
    "method": "GET", "path": "/", "expected_codes": ["200"], "expected_body": "", "follow_redirects": False,
    "allow_insecure": False, "header": None,
}  # fmt: skip
_TCP: Final[Json] = {"method": "connection_established", "port": 80}
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_CODES: Final = re.compile(r"[1-5]([0-9]{2}|xx)", re.IGNORECASE)
_NUMBERS: Final = {
    "interval": (5, 3600), "retries": (0, 5), "timeout": (1, 3600), "consecutive_fails": (1, 100),
    "consecutive_successes": (1, 100),
}  # fmt: skip


def checked(sent: Json, base: Json) -> Json:
    """`base` with what is sent on top, as it is kept. Raises `ApiError`."""
    for name in sent:
        if name not in {"name", "address", *DEFAULTS, *_SET_BY_SERVER}:
            raise errors.BAD_CHECK(reason=f"{name} is not known")
    kept = {name: value for name, value in base.items() if name not in _SET_BY_SERVER}
    body: Json = {**kept, **{k: v for k, v in sent.items() if v is not None and k not in _SET_BY_SERVER}}  # fmt: skip
    if not isinstance(body.get("name"), str) or not _NAME.fullmatch(body["name"]):
        raise errors.BAD_CHECK(reason="name must have letters, digits, hyphens and underscores only")  # fmt: skip
    if not isinstance(body.get("address"), str) or not body["address"].strip():
        raise errors.BAD_CHECK(reason="address is missing")
    if body["type"] not in TYPES:
        raise errors.BAD_CHECK(reason=f"type must be one of {', '.join(TYPES)}")
    for name, (least, most) in _NUMBERS.items():
        number = whole_number(body[name])
        if number is None or not least <= number <= most:
            raise errors.BAD_CHECK(reason=f"{name} must be a whole number from {least} to {most}")
        body[name] = number
    if not isinstance(body["suspended"], bool) or not isinstance(body["description"], str):
        raise errors.BAD_CHECK(reason="suspended must be true or false, and description a text")
    regions = as_texts(body["check_regions"] or [])
    if regions is None or not REGIONS.issuperset(regions):
        raise errors.BAD_CHECK(reason=f"check_regions may be {', '.join(sorted(REGIONS))}")
    over_tcp = body["type"] == "TCP"
    body["http_config"] = None if over_tcp else _http(body["http_config"], body["type"])
    body["tcp_config"] = _tcp(body["tcp_config"]) if over_tcp else None
    return body


_SET_BY_SERVER: Final = frozenset({"id", "created_on", "modified_on", "status", "failure_reason"})


def _http(sent: object, kind: str) -> Json:
    given = as_object(sent or {})
    known = {*_HTTP, "port"}
    if given is None or not set(given) <= known:
        raise errors.BAD_CHECK(reason=f"http_config may have {', '.join(sorted(known))}")
    default = {**_HTTP, "port": 443 if kind == "HTTPS" else 80}
    config: Json = {**default, **{k: v for k, v in given.items() if v is not None}}
    if config["method"] not in {"GET", "HEAD"}:
        raise errors.BAD_CHECK(reason="http_config.method must be GET or HEAD")
    codes = as_texts(config["expected_codes"])
    if not codes or not all(_CODES.fullmatch(code) for code in codes):
        raise errors.BAD_CHECK(reason="http_config.expected_codes must be codes as 200 or 2xx")
    if not str(config["path"]).startswith("/"):
        raise errors.BAD_CHECK(reason="http_config.path must begin with a slash")
    headers = as_object(config["header"] or {})
    if headers is None or not all(as_texts(values) for values in headers.values()):
        raise errors.BAD_CHECK(reason="http_config.header must map names to lists of values")
    return {**config, "port": _port(config["port"], "http_config")}


def _tcp(sent: object) -> Json:
    given = as_object(sent or {})
    if given is None or not set(given) <= set(_TCP):
        raise errors.BAD_CHECK(reason=f"tcp_config may have {', '.join(sorted(_TCP))}")
    config: Json = {**_TCP, **{k: v for k, v in given.items() if v is not None}}
    if config["method"] != _TCP["method"]:
        raise errors.BAD_CHECK(reason=f"tcp_config.method must be {_TCP['method']}")
    return {**config, "port": _port(config["port"], "tcp_config")}


def _port(sent: object, where: str) -> int:
    port = whole_number(sent)
    if port is None or not 1 <= port <= 65535:
        raise errors.BAD_CHECK(reason=f"{where}.port must be from 1 to 65535")
    return port


def status(body: Json) -> str:
    return "suspended" if body["suspended"] else "unknown"
