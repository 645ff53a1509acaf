"""Zones, their settings, DNSSEC, records and rulesets (facts of the official provider's schemas)."""

from __future__ import annotations

from typing import Final

from tests.localcloud.conftest import ACCOUNT, ZONE
from tests.localcloud.provider.decoding import (
    COMPUTED,
    FILLED_IN,
    GIVEN,
    Json,
    Many,
    default,
    each,
    filled_in,
    given,
)
from tests.localcloud.provider.resource import Resource

_Z: Final = f"/zones/{ZONE}"
ZONE_TYPE: Final = Resource(
    {
        **each(COMPUTED, "id", "status", "name_servers", "created_on", "modified_on", "plan", "owner", "meta", "verification_key"),
        "name": GIVEN,
        "account": given({"id": GIVEN}),
        "type": default("full"),
        "paused": default(False),
        "vanity_name_servers": FILLED_IN,
    },
    create=("POST", "/zones"),
    read="/zones/{id}",
    update=("PATCH", "/zones/{id}"),
    delete=("DELETE", "/zones/{id}"),
    configs={
        "minimal": {"name": "example.org", "account": {"id": ACCOUNT}},
        "full": {"name": "example.org", "account": {"id": ACCOUNT}, "type": "full"},
    },
    changes={"minimal": {"paused": True}},
)  # fmt: skip


def setting(name: str, value: object, then: object) -> Resource:
    return Resource(
        {"editable": COMPUTED, "modified_on": COMPUTED, "value": GIVEN},
        create=("PATCH", f"{_Z}/settings/{name}"),
        read=f"{_Z}/settings/{name}",
        update=("PATCH", f"{_Z}/settings/{name}"),
        configs={"any": {"value": value}},
        changes={"any": {"value": then}},
    )


_HSTS: Final = {
    "enabled": True,
    "max_age": 31536000,
    "include_subdomains": True,
    "preload": False,
    "nosniff": True,
}
ZONE_DNSSEC: Final = Resource(
    {
        **each(COMPUTED, "algorithm", "digest", "digest_algorithm", "digest_type", "ds", "flags", "key_tag", "key_type", "public_key"),
        **each(GIVEN, "status", "dnssec_multi_signer", "dnssec_presigned", "dnssec_use_nsec3"),
    },
    create=("PATCH", _Z + "/dnssec"),
    read=_Z + "/dnssec",
    update=("PATCH", _Z + "/dnssec"),
    configs={"active": {"status": "active"}, "by several": {"status": "active", "dnssec_multi_signer": True}},
)  # fmt: skip
_DATA: Final = each(
    GIVEN,
    "flags",
    "tag",
    "value",
    "priority",
    "weight",
    "port",
    "target",
    "usage",
    "selector",
    "matching_type",
    "certificate",
)


def _record(**declared: object) -> Json:
    return {"name": "www.example.com", "ttl": 1, **declared}


DNS_RECORD: Final = Resource(
    {
        **each(COMPUTED, "id", "created_on", "modified_on", "proxiable", "meta"),
        **each(GIVEN, "name", "type", "ttl", "comment", "private_routing"),
        "content": FILLED_IN,
        "proxied": default(False),
        "tags": default([]),
        "settings": filled_in(each(GIVEN, "ipv4_only", "ipv6_only", "flatten_cname")),
        "data": given(_DATA),
    },
    create=("POST", _Z + "/dns_records"),
    read=_Z + "/dns_records/{id}",
    update=("PUT", _Z + "/dns_records/{id}"),
    delete=("DELETE", _Z + "/dns_records/{id}"),
    configs={
        "A": _record(type="A", content="192.0.2.1"),
        "A that is routed privately": _record(type="A", content="10.0.0.1", private_routing=True),
        "proxied CNAME": _record(type="CNAME", content="app.pages.dev", proxied=True, comment="app"),
        "CNAME with settings": _record(type="CNAME", content="a.example.net", settings={"flatten_cname": True}),
        "TXT": _record(type="TXT", content='"v=spf1 -all"', ttl=3600, tags=["owner:dns"]),
        "MX": _record(type="MX", content="mail.example.net", priority=10),
        "SRV": _record(type="SRV", name="_sip._tcp.example.com", data={"priority": 1, "weight": 2, "port": 5060, "target": "sip.example.com"}),
        "TLSA": _record(type="TLSA", name="_443._tcp.example.com", data={"usage": 3, "selector": 1, "matching_type": 1, "certificate": "0a" * 32}),
        "AAAA": _record(type="AAAA", content="2001:db8::1", proxied=True),
        "NS": _record(type="NS", name="sub.example.com", content="ns1.example.net"),
        "CAA": _record(type="CAA", data={"flags": 0, "tag": "issue", "value": "letsencrypt.org"}),
    },
    changes={
        "A": {"content": "192.0.2.2", "ttl": 300},
        "A that is routed privately": {"private_routing": None},
        "proxied CNAME": {"comment": None, "proxied": False},
        "CAA": {"data": {"flags": 0, "tag": "issue", "value": "pki.goog"}},
    },
)  # fmt: skip
_LIMIT: Final = {
    "characteristics": ["cf.colo.id", "ip.src"],
    "period": 10,
    "requests_per_period": 200,
    "mitigation_timeout": 10,
}
_OTHERS: Final[dict[str, Json]] = {
    "http_request_dynamic_redirect": {
        "action": "redirect",
        "action_parameters": {
            "from_value": {
                "status_code": 301,
                "target_url": {
                    "expression": 'concat("https://app.example.com", http.request.uri.path)'
                },
                "preserve_query_string": True,
            }
        },
    },
    "http_request_transform": {
        "action": "rewrite",
        "action_parameters": {"uri": {"path": {"value": "/new"}, "query": {"value": "a=1"}}},
    },
    "http_request_cache_settings": {
        "action": "set_cache_settings",
        "action_parameters": {
            "cache": True,
            "edge_ttl": {"mode": "override_origin", "default": 3600},
            "browser_ttl": {"mode": "respect_origin"},
        },
    },
    "http_config_settings": {
        "action": "set_config",
        "action_parameters": {"ssl": "strict", "email_obfuscation": False},
    },
    "http_request_origin": {
        "action": "route",
        "action_parameters": {
            "host_header": "b.example.com",
            "origin": {"host": "b.example.com", "port": 8443},
        },
    },
    "http_request_firewall_managed": {
        "action": "execute",
        "action_parameters": {"id": "efb7b8c949ac4650a09736fc376e9aee"},
    },
}
_RULE: Final = {"action": "block", "expression": '(http.request.uri.path ne "/health")'}
RULESET: Final = Resource(
    {
        **each(COMPUTED, "id", "version", "last_updated"),
        **each(GIVEN, "name", "kind", "phase"),
        "description": default(""),
        "rules": given(
            {
                "id": COMPUTED,
                "ref": COMPUTED,
                "enabled": default(True),
                **each(GIVEN, "action", "expression", "description", "action_parameters", "logging"),
                "ratelimit": given(each(GIVEN, *_LIMIT)),
            },
            Many.LIST,
        ),
    },
    create=("POST", _Z + "/rulesets"),
    read=_Z + "/rulesets/{id}",
    update=("PUT", _Z + "/rulesets/{id}"),
    delete=("DELETE", _Z + "/rulesets/{id}"),
    configs={
        "minimal rule": {
            "name": "firewall",
            "kind": "zone",
            "phase": "http_request_firewall_custom",
            "rules": [_RULE],
        },
        "rate limit": {
            "name": "limit",
            "kind": "zone",
            "phase": "http_ratelimit",
            "description": "requests",
            "rules": [{**_RULE, "ref": "requests", "description": "of one address", "enabled": False, "ratelimit": _LIMIT}],
        },
        "headers": {
            "name": "headers",
            "kind": "zone",
            "phase": "http_response_headers_transform",
            "rules": [
                {
                    "action": "rewrite",
                    "expression": "true",
                    "action_parameters": {"headers": {"X-Frame-Options": {"operation": "set", "value": "DENY"}}},
                }
            ],
        },
        **{
            phase: {"name": phase, "kind": "zone", "phase": phase, "rules": [{"expression": "true", **rule}]}
            for phase, rule in _OTHERS.items()
        },
    },
    changes={
        "minimal rule": {"rules": [_RULE, {**_RULE, "action": "log", "description": "watch"}]},
        "rate limit": {"rules": [{**_RULE, "ref": "requests", "ratelimit": {**_LIMIT, "requests_per_period": 50}}]},
    },
)  # fmt: skip

TYPES: Final = {
    "Zone": ZONE_TYPE,
    "ZoneSetting ssl": setting("ssl", "strict", "full"),
    "ZoneSetting security_header": setting(
        "security_header",
        {"strict_transport_security": _HSTS},
        {"strict_transport_security": {**_HSTS, "preload": True}},
    ),
    "ZoneSetting min_tls_version": setting("min_tls_version", "1.2", "1.3"),
    "ZoneSetting always_use_https": setting("always_use_https", "on", "off"),
    "ZoneSetting browser_cache_ttl": setting("browser_cache_ttl", 14400, 0),
    "ZoneSetting tls_1_3": setting("tls_1_3", "zrt", "on"),
    "ZoneSetting ciphers": setting("ciphers", ["ECDHE-ECDSA-AES128-GCM-SHA256"], []),
    "ZoneSetting brotli": setting("brotli", "on", "off"),
    "ZoneSetting http3": setting("http3", "off", "on"),
    "ZoneSetting 0rtt": setting("0rtt", "on", "off"),
    "ZoneDnssec": ZONE_DNSSEC,
    "DnsRecord": DNS_RECORD,
    "Ruleset": RULESET,
}
