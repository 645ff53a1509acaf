"""The phases, what can be done in each, and which token permissions let somebody do it.

Phases by the API's own list. Permissions by Cloudflare's page of token permissions; where the dashboard and the API name
one differently (Single Redirect, Dynamic URL Redirects), either name is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Phase:
    """`permissions` without their `Read` or `Write`. A phase of the network layer exists in accounts alone."""

    actions: frozenset[str]
    permissions: tuple[str, ...]
    in_zones: bool = True


def _phase(actions: str, *permissions: str, in_zones: bool = True) -> Phase:
    return Phase(frozenset(actions.split()), permissions, in_zones)


_FIREWALL: Final = "block challenge js_challenge managed_challenge log skip"
_TRANSFORM: Final = ("Transform Rules", "Zone Transform Rules")
_NETWORK: Final = "Magic Firewall"
PHASES: Final[dict[str, Phase]] = {
    "ddos_l4": _phase("execute", "L4 DDoS Managed Ruleset", in_zones=False),
    "ddos_l7": _phase("execute", "HTTP DDoS Managed Ruleset"),
    "http_config_settings": _phase("set_config", "Config Rules", "Config Settings"),
    "http_custom_errors": _phase("serve_error", "Custom Error Rules", "Custom Errors"),
    "http_log_custom_fields": _phase("log_custom_field", "Logs"),
    "http_ratelimit": _phase("block challenge js_challenge managed_challenge log", "Zone WAF"),
    "http_request_cache_settings": _phase("set_cache_settings", "Cache Rules", "Cache Settings"),
    "http_request_dynamic_redirect": _phase("redirect", "Single Redirect", "Dynamic URL Redirects"),
    "http_request_firewall_custom": _phase(_FIREWALL, "Zone WAF"),
    "http_request_firewall_managed": _phase("execute skip", "Zone WAF"),
    "http_request_late_transform": _phase("rewrite", *_TRANSFORM),
    "http_request_origin": _phase("route", "Origin Rules", "Origin"),
    "http_request_redirect": _phase("redirect", "Mass URL Redirects", in_zones=False),
    "http_request_sanitize": _phase("execute", "Sanitize"),
    "http_request_sbfm": _phase("execute skip", "Bot Management"),
    "http_request_transform": _phase("rewrite", *_TRANSFORM),
    "http_response_cache_settings": _phase("set_cache_control set_cache_tags", "Cache Rules", "Cache Settings"),
    "http_response_compression": _phase("compress_response", "Response Compression"),
    "http_response_firewall_managed": _phase("execute skip", "Zone WAF"),
    "http_response_headers_transform": _phase("rewrite", *_TRANSFORM),
    "magic_transit": _phase("block skip", _NETWORK, in_zones=False),
    "magic_transit_ids_managed": _phase("execute", _NETWORK, in_zones=False),
    "magic_transit_managed": _phase("execute", _NETWORK, in_zones=False),
    "magic_transit_ratelimit": _phase("block", _NETWORK, in_zones=False),
}  # fmt: skip
_IN_ACCOUNTS: Final = ("Account Rulesets", "Account WAF")


def allowed_actions(phase: str, kind: str) -> frozenset[str]:
    """An account's entrypoint of custom rules only executes custom rulesets; these hold the rules."""
    if phase == "http_request_firewall_custom" and kind == "root":
        return frozenset({"execute", "skip"})
    if phase == "http_ratelimit" and kind == "root":
        return frozenset({"execute"})
    return PHASES[phase].actions


def permissions(phase: str, *, in_zone: bool) -> tuple[str, ...]:
    own = PHASES[phase].permissions
    return own if in_zone else (*_IN_ACCOUNTS, *own)


ALL_PERMISSIONS: Final = tuple(
    sorted({name for phase in PHASES.values() for name in phase.permissions} | {*_IN_ACCOUNTS})
)
