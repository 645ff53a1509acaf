"""Which zone settings there are, what each may be, and what it is before anybody changes it.

Names and values are those of the API's reference of zone settings (the official SDK carries them as types, and a test
compares). Defaults are those of a new zone; `since` is the smallest plan on which Cloudflare lets a setting be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from localcloud.api.shapes import as_object, as_texts
from localcloud.api.store import Json
from localcloud.api.zones.plans import BUSINESS, ENTERPRISE, FREE, PRO, Plan

Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Setting:
    """`since=None`: nobody can change it. `field` is the key under which the API carries the value."""

    default: Any
    allowed: Check
    since: Plan | None = FREE
    field: str = "value"

    def on(self, plan: Plan | None) -> Setting:
        return replace(self, since=plan)


def _one_of(default: str, *values: str) -> Setting:
    return Setting(default, lambda value: isinstance(value, str) and value in values)


def _switch(default: str) -> Setting:
    return _one_of(default, "on", "off")


def _number(default: int, *values: int) -> Setting:
    return Setting(default, lambda value: _is_number(value) and value in values)


def _is_number(value: Any) -> bool:  # noqa: ANN401 (what a client sent)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has(value: Any, fields: dict[str, Check]) -> bool:  # noqa: ANN401
    """An object of some of these fields, each good."""
    given = as_object(value)
    if not given:
        return False
    return all(name in fields and fields[name](item) for name, item in given.items())


def _is_flag(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:  # noqa: ANN401
    return as_texts(value) is not None


def _is_age(value: Any) -> bool:  # noqa: ANN401
    return _is_number(value) and 0 <= value <= 2**31 - 1 and value == int(value)


def _is_hsts(value: Any) -> bool:  # noqa: ANN401
    flags = dict.fromkeys(("enabled", "include_subdomains", "preload", "nosniff"), _is_flag)
    inner = {**flags, "max_age": _is_age}
    return _has(value, {"strict_transport_security": lambda given: _has(given, inner)})


def _is_optimization(value: Any) -> bool:  # noqa: ANN401
    flags = ("cache_by_device_type", "cf", "enabled", "wordpress", "wp_plugin")
    return _has(value, {**dict.fromkeys(flags, _is_flag), "hostnames": _are_texts})


def _is_timeout(value: Any) -> bool:  # noqa: ANN401
    # Cloudflare answers it as text ("100") and its SDK sends a number: both are good and come back as they were sent.
    text = str(value)
    return not isinstance(value, bool) and text.isdecimal() and 1 <= int(text) <= 6000


def _are_ciphers(value: Any) -> bool:  # noqa: ANN401
    names = as_texts(value)
    return names is not None and _CIPHERS.issuperset(names)


_CIPHERS: Final = frozenset(
    {
        "AEAD-AES128-GCM-SHA256", "AEAD-AES256-GCM-SHA384", "AEAD-CHACHA20-POLY1305-SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA",
        "DES-CBC3-SHA",
    }
)  # fmt: skip
_BROWSER_TTLS: Final = (
    0, 30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800,
    259200, 345600, 432000, 691200, 1382400, 2073600, 2678400, 5356800, 16070400, 31536000,
)  # fmt: skip
_CHALLENGE_TTLS: Final = (
    300, 900, 1800, 2700, 3600, 7200, 10800, 14400, 28800, 57600, 86400, 604800, 2592000, 31536000,
)  # fmt: skip
_EDGE_TTLS: Final = (
    30, 60, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800, 259200, 345600,
    432000, 518400, 604800,
)  # fmt: skip
_UPLOADS: Final = (*range(100, 500, 25), *range(500, 5001, 500))
HSTS_OFF: Final[Json] = {
    "enabled": False, "max_age": 0, "include_subdomains": False, "preload": False, "nosniff": False,
}  # fmt: skip
_NO_OPTIMIZATION: Final[Json] = {
    "enabled": False, "cf": False, "wordpress": False, "wp_plugin": False, "hostnames": [], "cache_by_device_type": False,
}  # fmt: skip
SETTINGS: Final[dict[str, Setting]] = {
    "0rtt": _switch("off"),
    "advanced_ddos": _switch("on").on(None),
    "aegis": Setting({"enabled": False, "pool_id": ""}, lambda v: _has(v, {"enabled": _is_flag, "pool_id": _is_text})).on(ENTERPRISE),
    "always_online": _switch("off"),
    "always_use_https": _switch("off"),
    "automatic_https_rewrites": _switch("on"),
    "automatic_platform_optimization": Setting(_NO_OPTIMIZATION, _is_optimization).on(PRO),
    "brotli": _switch("on"),
    "browser_cache_ttl": _number(14400, *_BROWSER_TTLS),
    "browser_check": _switch("on"),
    "cache_level": _one_of("aggressive", "aggressive", "basic", "simplified"),
    "challenge_ttl": _number(1800, *_CHALLENGE_TTLS),
    "china_network_enabled": _switch("off").on(ENTERPRISE),
    "ciphers": Setting([], _are_ciphers),
    "cname_flattening": _one_of("flatten_at_root", "flatten_at_root", "flatten_all").on(PRO),
    "content_converter": _switch("off"),
    "development_mode": _switch("off"),
    "early_hints": _switch("off"),
    "edge_cache_ttl": _number(7200, *_EDGE_TTLS),
    "email_obfuscation": _switch("on"),
    "fonts": _switch("off"),
    "h2_prioritization": _one_of("off", "on", "off", "custom").on(PRO),
    "hotlink_protection": _switch("off"),
    "http2": _switch("on").on(PRO),
    "http3": _switch("on"),
    "image_resizing": _one_of("off", "on", "off", "open"),
    "ip_geolocation": _switch("on"),
    "ipv6": _switch("on"),
    "max_upload": _number(100, *_UPLOADS).on(BUSINESS),
    "min_tls_version": _one_of("1.0", "1.0", "1.1", "1.2", "1.3"),
    "mirage": _switch("off").on(PRO),
    "nel": Setting({"enabled": False}, lambda v: _has(v, {"enabled": _is_flag})),
    "opportunistic_encryption": _switch("on"),
    "opportunistic_onion": _switch("on"),
    "orange_to_orange": _switch("off").on(ENTERPRISE),
    "origin_error_page_pass_thru": _switch("off").on(ENTERPRISE),
    "origin_h2_max_streams": Setting(100, lambda v: _is_number(v) and 1 <= v <= 1000),
    "origin_max_http_version": _one_of("2", "1", "2"),
    "polish": _one_of("off", "off", "lossless", "lossy").on(PRO),
    "pre_render": _switch("off"),
    "prefetch_preload": _switch("off").on(ENTERPRISE),
    "privacy_pass": _switch("on"),
    "proxy_read_timeout": Setting("100", _is_timeout).on(ENTERPRISE),
    "pseudo_ipv4": _one_of("off", "off", "add_header", "overwrite_header"),
    "redirects_for_ai_training": _switch("off"),
    "replace_insecure_js": _switch("on"),
    "response_buffering": _switch("off").on(ENTERPRISE),
    "rocket_loader": _switch("off"),
    "search_for_agents": _switch("off"),
    "security_header": Setting({"strict_transport_security": HSTS_OFF}, _is_hsts),
    "security_level": _one_of("medium", "off", "essentially_off", "low", "medium", "high", "under_attack"),
    "server_side_exclude": _switch("on"),
    "sha1_support": _switch("off"),
    "sort_query_string_for_cache": _switch("off").on(ENTERPRISE),
    "speed_brain": _switch("on"),
    "ssl": _one_of("full", "off", "flexible", "full", "strict", "origin_pull"),
    "ssl_automatic_mode": _one_of("auto", "auto", "custom"),
    "ssl_recommender": replace(Setting(False, _is_flag), field="enabled"),
    "tls_1_2_only": _switch("off"),
    "tls_1_3": _one_of("on", "on", "off", "zrt"),
    "tls_client_auth": _switch("off"),
    "transformations": _one_of("off", "on", "off", "open"),
    "transformations_allowed_origins": Setting("", _is_text),
    "true_client_ip_header": _switch("off").on(ENTERPRISE),
    "waf": _switch("off").on(PRO),
    "webmcp_enabled": _switch("off"),
    "webmcp_packs": Setting("", _is_text),
    "webp": _switch("off").on(PRO),
    "websockets": _switch("on"),
}  # fmt: skip
