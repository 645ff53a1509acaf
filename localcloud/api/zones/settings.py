"""Zone settings: which there are, what they may be, and what they are before anybody changes them.

Names and values from the API's reference of zone settings; defaults are those of a new zone on the free plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from localcloud.api.ids import timestamp
from localcloud.api.store import Document, Json, Store
from localcloud.api.zones import errors

KIND: Final = "zone_setting"
_HSTS_OFF: Final[Json] = {
    "strict_transport_security": {
        "enabled": False, "max_age": 0, "include_subdomains": False, "preload": False, "nosniff": False,
    }
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    default: Any
    allowed: Callable[[Any], bool]
    editable: bool = True


def _one_of(default: object, *values: object) -> Setting:
    return Setting(default, lambda value: value in values)


def _switch(default: str) -> Setting:
    return _one_of(default, "on", "off")


def _number(default: int, *values: int) -> Setting:
    return Setting(default, lambda value: type(value) is int and value in values)


def _is_hsts(value: Any) -> bool:  # noqa: ANN401 (what a client sent)
    inner: Any = value.get("strict_transport_security") if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if not isinstance(inner, dict) or set(inner) - set(_HSTS_OFF["strict_transport_security"]):  # pyright: ignore[reportUnknownArgumentType]
        return False
    age: Any = inner.get("max_age", 0)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    flags = [v for k, v in inner.items() if k != "max_age"]  # pyright: ignore[reportUnknownVariableType]
    return (
        type(age) is int and 0 <= age <= 31_536_000 * 2 and all(isinstance(f, bool) for f in flags)
    )


def _is_nel(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and isinstance(value.get("enabled"), bool)  # pyright: ignore[reportUnknownMemberType]


def _texts(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]


_BROWSER_TTLS: Final = (
    0, 30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800,
    259200, 345600, 432000, 691200, 1382400, 2073600, 2678400, 5356800, 16070400, 31536000,
)  # fmt: skip
_CHALLENGE_TTLS: Final = (
    300, 900, 1800, 2700, 3600, 7200, 10800, 14400, 28800, 57600, 86400, 604800, 2592000, 31536000,
)  # fmt: skip
SETTINGS: Final[dict[str, Setting]] = {
    "0rtt": _switch("off"),
    "advanced_ddos": Setting("on", lambda _value: False, editable=False),
    "always_online": _switch("off"),
    "always_use_https": _switch("off"),
    "automatic_https_rewrites": _switch("on"),
    "brotli": _switch("on"),
    "browser_cache_ttl": _number(14400, *_BROWSER_TTLS),
    "browser_check": _switch("on"),
    "cache_level": _one_of("aggressive", "aggressive", "basic", "simplified"),
    "challenge_ttl": _number(1800, *_CHALLENGE_TTLS),
    "ciphers": Setting([], _texts),
    "cname_flattening": _one_of("flatten_at_root", "flatten_at_root", "flatten_all"),
    "development_mode": _switch("off"),
    "early_hints": _switch("off"),
    "email_obfuscation": _switch("on"),
    "h2_prioritization": _one_of("off", "on", "off", "custom"),
    "hotlink_protection": _switch("off"),
    "http2": Setting("on", lambda _value: False, editable=False),
    "http3": _switch("on"),
    "image_resizing": _one_of("off", "on", "off", "open"),
    "ip_geolocation": _switch("on"),
    "ipv6": _switch("on"),
    "max_upload": _number(100, 100, 200, 500),
    "min_tls_version": _one_of("1.0", "1.0", "1.1", "1.2", "1.3"),
    "minify": Setting({"css": "off", "html": "off", "js": "off"}, lambda _value: False, editable=False),
    "mirage": _switch("off"),
    "nel": Setting({"enabled": False}, _is_nel),
    "opportunistic_encryption": _switch("on"),
    "opportunistic_onion": _switch("on"),
    "orange_to_orange": _switch("off"),
    "origin_error_page_pass_thru": _switch("off"),
    "polish": _one_of("off", "off", "lossless", "lossy"),
    "prefetch_preload": _switch("off"),
    "privacy_pass": _switch("on"),
    "proxy_read_timeout": Setting("100", lambda value: str(value).isdecimal() and 1 <= int(value) <= 6000),
    "pseudo_ipv4": _one_of("off", "off", "add_header", "overwrite_header"),
    "replace_insecure_js": _switch("on"),
    "response_buffering": _switch("off"),
    "rocket_loader": _switch("off"),
    "security_header": Setting(_HSTS_OFF, _is_hsts),
    "security_level": _one_of("medium", "off", "essentially_off", "low", "medium", "high", "under_attack"),
    "server_side_exclude": _switch("on"),
    "sort_query_string_for_cache": _switch("off"),
    "ssl": _one_of("full", "off", "flexible", "full", "strict", "origin_pull"),
    "ssl_automatic_mode": _one_of("auto", "auto", "custom"),
    "tls_1_2_only": _switch("off"),
    "tls_1_3": _one_of("on", "on", "off", "zrt"),
    "tls_client_auth": _switch("off"),
    "true_client_ip_header": _switch("off"),
    "waf": _switch("off"),
    "webp": _switch("off"),
    "websockets": _switch("on"),
}  # fmt: skip


def read(store: Store, zone: Document, name: str) -> Json:
    """Raises `ApiError` 1006 for a setting that does not exist."""
    known = SETTINGS.get(name)
    if known is None:
        raise errors.NO_SETTING(name=name)
    stored = store.get(KIND, zone.id, name)
    if stored is not None:
        return stored.body
    return {"id": name, "value": known.default, "editable": known.editable, "modified_on": None}


def check(name: str, sent: Json) -> Any:  # noqa: ANN401 (whatever the setting is)
    """The value that is asked for. Raises `ApiError`."""
    known = SETTINGS.get(name)
    if known is None:
        raise errors.NO_SETTING(name=name)
    if not known.editable:
        raise errors.READ_ONLY(name=name)
    if "value" not in sent or not known.allowed(sent["value"]):
        raise errors.BAD_VALUE(name=name)
    if name == "security_header":
        given: Json = sent["value"]["strict_transport_security"]
        return {"strict_transport_security": {**_HSTS_OFF["strict_transport_security"], **given}}
    return sent["value"]


def write(store: Store, zone: Document, name: str, value: object) -> Json:
    """Within a transaction."""
    body: Json = {"id": name, "value": value, "editable": True, "modified_on": timestamp()}
    stored = store.get(KIND, zone.id, name)
    if stored is None:
        store.insert(KIND, zone.id, name, body)
    else:
        store.update(stored, body)
    return body
