from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from policies.resources import Resource
from tests.policies.building import (
    PRODUCTION,
    STAGING,
    UNKNOWN,
    Case,
    Secret,
    having,
    resource,
    with_input,
    without_input,
)


def _setting(id: str, value: Any) -> Resource:
    return resource("ZoneSetting", {"zoneId": "z", "settingId": id, "value": value}, name=id)


def _header(**changed: Any) -> dict[str, Any]:
    header = {"enabled": True, "max_age": 31536000, "include_subdomains": True, "nosniff": True}
    return {"strict_transport_security": header | changed}


def _version(*bindings: dict[str, Any]) -> Resource:
    return resource("WorkerVersion", {"workerId": "w", "bindings": list(bindings)})


def _text(name: str, text: Any, type: str = "plain_text") -> dict[str, Any]:
    return {"name": name, "type": type, "text": text}


def _redirect(**target: str) -> dict[str, Any]:
    return {
        "action": "redirect",
        "expression": "true",
        "actionParameters": {"fromValue": {"statusCode": 301, "targetUrl": target}},
    }


def _rewrite(operation: str, value: str | None = None) -> dict[str, Any]:
    header = {"operation": operation} | ({"value": value} if value is not None else {})
    return {
        "action": "rewrite",
        "expression": "true",
        "actionParameters": {"headers": {"Strict-Transport-Security": header}},
    }


def _rules(*rules: dict[str, Any]) -> Resource:
    return resource("Ruleset", {"zoneId": "z", "phase": "any", "rules": list(rules)})


def _config(**parameters: Any) -> dict[str, Any]:
    return {"action": "set_config", "expression": "true", "actionParameters": parameters}


_ZONE: Final = resource("Zone", {"name": "shop.example", "type": "full"}, name="zone", id="z")
_OWNED: Final = (
    _ZONE,
    _setting("ssl", "strict"),
    _setting("always_use_https", "on"),
    _setting("min_tls_version", "1.2"),
    _setting("security_header", _header()),
    resource("ZoneDnssec", {"zoneId": "z", "status": "active"}),
)


def _owned_without(index: int) -> list[Resource]:
    return [*_OWNED[:index], *_OWNED[index + 1 :]]


CASES: Final[Sequence[Case]] = (
    Case(
        rule="require-strict-tls",
        good=[_setting("ssl", "strict")],
        broken={
            "off": with_input("off", "value"),
            "flexible": with_input("flexible", "value"),
            "full": with_input("full", "value"),
            "in other letters": with_input("Flexible", "value"),
            "a port that is not the web's": [
                resource("SpectrumApplication", {"protocol": "tcp/443", "tls": "flexible"})
            ],
            "the settings in one resource, as they were before version 6": [
                resource("ZoneSettingsOverride", {"zoneId": "z", "settings": {"ssl": "flexible"}})
            ],
        },
        harmless={
            "origin pull verifies too": with_input("origin_pull", "value"),
            "not known yet": with_input(UNKNOWN, "value"),
            "TLS that passes through": [
                resource("SpectrumApplication", {"protocol": "tcp/22", "tls": "off"})
            ],
            "the same word for another setting": with_input("always_online", "settingId"),
        },
    ),
    Case(
        rule="keep-strict-tls",
        good=[_rules(_config(ssl="strict"))],
        broken={
            "flexible": with_input("flexible", "rules", 0, "actionParameters", "ssl"),
            "full": with_input("full", "rules", 0, "actionParameters", "ssl"),
            "a second rule": with_input(_config(ssl="off"), "rules", 1),
            "a page rule": [
                resource("PageRule", {"target": "x/*", "actions": {"ssl": "flexible"}})
            ],
        },
        harmless={
            "a rule that is off": with_input(_config(ssl="off") | {"enabled": False}, "rules", 1),
            "other settings": with_input(_config(browserCheck=False), "rules", 1),
            "a page rule that is off": [
                resource("PageRule", {"status": "disabled", "actions": {"ssl": "flexible"}})
            ],
        },
    ),
    Case(
        rule="require-https",
        good=[_setting("always_use_https", "on")],
        broken={
            "off": with_input("off", "value"),
            "false": with_input(False, "value"),
            "its name in camel case": [_setting("alwaysUseHttps", "off")],
        },
        harmless={"not known yet": with_input(UNKNOWN, "value")},
    ),
    Case(
        rule="require-modern-tls",
        good=[_setting("min_tls_version", "1.2")],
        broken={
            "1.0": with_input("1.0", "value"),
            "1.1": with_input("1.1", "value"),
            "a number": with_input(1.1, "value"),
            "a whole number": with_input(1.0, "value"),
            "with its name": with_input("TLSv1.1", "value"),
            "one host": [
                resource(
                    "HostnameTlsSetting",
                    {
                        "hostname": "old.shop.example",
                        "settingId": "min_tls_version",
                        "value": "1.0",
                    },
                )
            ],
            "a bucket": [resource("R2CustomDomain", {"domain": "a.shop.example", "minTls": "1.1"})],
            "a customer's host": [
                resource("CustomHostname", {"ssl": {"settings": {"minTlsVersion": "1.0"}}})
            ],
        },
        harmless={
            "1.3": with_input("1.3", "value"),
            "1.2 as a number": with_input(1.2, "value"),
            "a bucket's domain that is off": [
                resource("R2CustomDomain", {"enabled": False, "minTls": "1.0"})
            ],
        },
    ),
    Case(
        rule="require-bucket-tls",
        good=[
            resource(
                "R2CustomDomain", {"domain": "a.shop.example", "enabled": True, "minTls": "1.2"}
            )
        ],
        broken={"no version": without_input("minTls")},
        harmless={
            "1.3": with_input("1.3", "minTls"),
            "not known yet": with_input(UNKNOWN, "minTls"),
            "off": [resource("R2CustomDomain", {"domain": "a.shop.example", "enabled": False})],
            "known from the cloud": [
                resource("R2CustomDomain", {"domain": "a.shop.example"}, outputs={"minTls": "1.2"})
            ],
        },
    ),
    Case(
        rule="require-tls-1-3",
        good=[_setting("tls_1_3", "on")],
        broken={
            "off": with_input("off", "value"),
            "1.2 alone": [_setting("tls_1_2_only", "on")],
            "a customer's host": [
                resource("CustomHostname", {"ssl": {"settings": {"tls13": "off"}}})
            ],
        },
        harmless={
            "with an early start": with_input("zrt", "value"),
            "1.2 not alone": [_setting("tls_1_2_only", "off")],
        },
    ),
    Case(
        rule="forbid-weak-ciphers",
        good=[
            _setting("ciphers", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"])
        ],
        broken={
            "CBC": with_input("ECDHE-RSA-AES256-SHA384", "value", 0),
            "CBC with SHA-1": with_input("AES128-SHA", "value", 2),
            "3DES": with_input("DES-CBC3-SHA", "value", 0),
            "RC4": with_input("ECDHE-RSA-RC4-SHA", "value", 1),
            "one host": [
                resource(
                    "HostnameTlsSetting",
                    {"hostname": "h", "settingId": "ciphers", "value": ["AES256-SHA256"]},
                )
            ],
            "a customer's host": [
                resource("CustomHostname", {"ssl": {"settings": {"ciphers": ["AES256-SHA"]}}})
            ],
            "a bucket": [
                resource("R2CustomDomain", {"minTls": "1.2", "ciphers": ["AES128-SHA256"]})
            ],
            "SHA-1 for certificates": [_setting("sha1_support", "on")],
        },
        harmless={
            "Cloudflare's default": with_input([], "value"),
            "of TLS 1.3": with_input("AEAD-AES128-GCM-SHA256", "value", 0),
            "without forward secrecy, but not broken": with_input("AES128-GCM-SHA256", "value", 0),
        },
    ),
    Case(
        rule="require-hsts",
        good=[_setting("security_header", _header())],
        broken={
            "off": with_input(_header(enabled=False), "value"),
            "a month": with_input(_header(max_age=2592000), "value"),
            "the example of the API": with_input(_header(max_age=86400), "value"),
            "for no time": with_input(_header(max_age=0), "value"),
            "no age": with_input({"strict_transport_security": {"enabled": True}}, "value"),
            "not said": with_input({"strict_transport_security": {"max_age": 31536000}}, "value"),
            "in camel case": with_input(
                {"strictTransportSecurity": {"enabled": True, "maxAge": 600}}, "value"
            ),
            "as JSON text": with_input(
                '{"strict_transport_security":{"enabled":false,"max_age":31536000}}', "value"
            ),
            "a header of a few minutes": [_rules(_rewrite("set", "max-age=300"))],
            "a header taken away": [_rules(_rewrite("remove"))],
        },
        harmless={
            "half a year": with_input(_header(max_age=15768000), "value"),
            "a header that is not known yet": [_rules(_rewrite("remove") | {"enabled": UNKNOWN})],
            "an age as a text": with_input(_header(max_age="31536000"), "value"),
            "not known yet": with_input({"strict_transport_security": UNKNOWN}, "value"),
            "two years in a header": [
                _rules(_rewrite("set", "max-age=63072000; includeSubDomains"))
            ],
            "a header taken away by a rule that is off": [
                _rules(_rewrite("remove") | {"enabled": False})
            ],
        },
    ),
    Case(
        rule="require-hsts",
        good=[_setting("security_header", _header(max_age=300))],
        broken={
            "off, in staging": with_input(_header(enabled=False), "value"),
            "for no time, in staging": with_input(_header(max_age=0), "value"),
        },
        context=STAGING,
    ),
    Case(
        rule="limit-hsts-preload",
        good=[_setting("security_header", _header(preload=True))],
        broken={
            "without subdomains": with_input(
                _header(preload=True, include_subdomains=False), "value"
            ),
            "for half a year": with_input(_header(preload=True, max_age=15768000), "value"),
        },
        harmless={"no preload": with_input(_header(include_subdomains=False), "value")},
    ),
    Case(
        rule="require-dnssec",
        good=[resource("ZoneDnssec", {"zoneId": "z", "status": "active"})],
        broken={
            "disabled": with_input("disabled", "status"),
            "left disabled": [
                resource("ZoneDnssec", {"zoneId": "z"}, outputs={"status": "disabled"})
            ],
        },
        harmless={
            "not said": without_input("status"),
            "signed elsewhere": [
                resource(
                    "ZoneDnssec", {"zoneId": "z", "dnssecPresigned": True, "status": "disabled"}
                )
            ],
        },
    ),
    Case(
        rule="keep-https-rewrites",
        good=[_setting("automatic_https_rewrites", "on")],
        broken={
            "off": with_input("off", "value"),
            "no opportunistic encryption": [_setting("opportunistic_encryption", "off")],
            "a rule": [_rules(_config(automaticHttpsRewrites=False))],
            "a page rule": [resource("PageRule", {"actions": {"automaticHttpsRewrites": "off"}})],
        },
        harmless={"a rule turns them on": [_rules(_config(automaticHttpsRewrites=True))]},
    ),
    Case(
        rule="require-zone-settings",
        good=list(_OWNED),
        broken={
            "no TLS mode": _owned_without(1),
            "no redirect to HTTPS": _owned_without(2),
            "no version": _owned_without(3),
            "no HSTS": _owned_without(4),
            "no DNSSEC": _owned_without(5),
            "a Worker on a bare zone whose mail is set up": [
                _ZONE,
                resource("WorkersRoute", {"zoneId": "z", "pattern": "shop.example/*"}),
                resource("DnsRecord", {"zoneId": "z", "type": "MX", "content": "mx.shop.example"}),
            ],
        },
        harmless={
            "paused": with_input(True, "paused"),
            "not used yet": [_ZONE],
            "one setting of a zone": [_ZONE, _setting("ssl", "strict")],
            "a Worker and nothing else of the zone": [
                _ZONE,
                resource("WorkersRoute", {"zoneId": "z", "pattern": "shop.example/*"}),
            ],
            "only looked up": [having(operation="read")(_ZONE), *_owned_without(1)[1:]],
            "records alone": [_ZONE, resource("DnsRecord", {"zoneId": "z", "type": "A"})],
            "another stack's zone": [_setting("ssl", "strict")],
            "HTTPS by a redirect": [
                *_owned_without(2),
                _rules(
                    _redirect(expression='concat("https://", http.host, http.request.uri.path)')
                ),
            ],
            "HSTS by a header": [*_owned_without(4), _rules(_rewrite("set", "max-age=31536000"))],
            "a zone that is signed elsewhere": [
                resource("Zone", {"name": "shop.example", "type": "partial"}),
                *_OWNED[1:5],
            ],
            "a setting whose name is not known yet": [
                *_owned_without(1),
                resource("ZoneSetting", {"settingId": UNKNOWN}),
            ],
        },
    ),
    Case(
        rule="require-universal-ssl",
        good=[resource("UniversalSslSetting", {"zoneId": "z", "enabled": True})],
        broken={
            "off": with_input(False, "enabled"),
            "a certificate for another zone": [
                resource("UniversalSslSetting", {"zoneId": "z", "enabled": False}),
                resource("CertificatePack", {"zoneId": "y", "type": "advanced"}),
            ],
        },
        harmless={
            "a certificate of its own": [
                resource("UniversalSslSetting", {"zoneId": "z", "enabled": False}),
                resource("CertificatePack", {"zoneId": "z", "type": "advanced"}),
            ],
            "a certificate, and the zone is not known yet": [
                resource("UniversalSslSetting", {"zoneId": UNKNOWN, "enabled": False}),
                resource("CustomSsl", {"zoneId": UNKNOWN}),
            ],
        },
    ),
    Case(
        rule="verify-setting-name",
        good=[_setting("always_use_https", "on")],
        broken={
            "camel case": with_input("alwaysUseHttps", "settingId"),
            "dashes": with_input("min-tls-version", "settingId"),
            "capitals": with_input("SSL", "settingId"),
            "a word less": with_input("always_https", "settingId"),
        },
        harmless={
            "a setting that is not ours": with_input("brotli", "settingId"),
            "one with a name nearly like it": with_input("opportunistic_onion", "settingId"),
        },
    ),
    Case(
        rule="forbid-plain-http",
        good=[_version(_text("API_URL", "https://api.shop.example"))],
        broken={
            "http": with_input("http://api.shop.example", "bindings", 0, "text"),
            "in capitals": with_input("HTTP://api.shop.example", "bindings", 0, "text"),
            "ws": with_input("ws://live.shop.example/feed", "bindings", 0, "text"),
            "an address in numbers": with_input("http://203.0.113.9:8080", "bindings", 0, "text"),
            "the second of a list": with_input(
                "https://a.shop.example,http://b.shop.example", "bindings", 0, "text"
            ),
            "in nested JSON": with_input(
                {"name": "C", "type": "json", "json": '{"up":{"url":"http://b.shop.example"}}'},
                "bindings",
                1,
            ),
            "escaped JSON in a text": with_input(
                '{"url":"http:\\/\\/b.shop.example"}', "bindings", 0, "text"
            ),
            "a secret": with_input(
                _text("HOOK", Secret("http://hook.shop.example/x"), "secret_text"), "bindings", 1
            ),
            "localhost in production": with_input("http://localhost:8787", "bindings", 0, "text"),
            "another's API under the name of Cloudflare's": with_input(
                _text("CLOUDFLARE_BASE_URL", "http://api.shop.example/client/v4"), "bindings", 0
            ),
            "a Pages variable": [
                resource(
                    "PagesProject",
                    {
                        "deploymentConfigs": {
                            "production": {
                                "envVars": {
                                    "API": {"type": "plain_text", "value": "http://a.example"}
                                }
                            }
                        }
                    },
                )
            ],
            "a redirect": [_rules(_redirect(value="http://www.shop.example/"))],
            "a redirect that is put together": [
                _rules(_redirect(expression='concat("http://", http.host, "/new")'))
            ],
            "a page rule's redirect": [
                resource(
                    "PageRule",
                    {
                        "actions": {
                            "forwardingUrl": {"url": "http://shop.example/$1", "statusCode": 301}
                        }
                    },
                )
            ],
            "a list's redirect": [
                resource(
                    "ListItem", {"redirect": {"sourceUrl": "a", "targetUrl": "http://b.example"}}
                )
            ],
            "an origin": [
                resource(
                    "R2BucketCors", {"rules": [{"allowed": {"origins": ["http://shop.example"]}}]}
                )
            ],
            "the bindings of version 5": [
                resource(
                    "WorkersScript",
                    {"plainTextBindings": [{"name": "API", "text": "http://a.shop.example"}]},
                )
            ],
            "the variables of version 5": [
                resource(
                    "PagesProject",
                    {
                        "deploymentConfigs": {
                            "preview": {"environmentVariables": {"A": "http://a.example"}}
                        }
                    },
                )
            ],
            "where logs go": [
                resource("LogpushJob", {"destinationConf": "http://logs.shop.example"})
            ],
        },
        harmless={
            "wss": with_input("wss://live.shop.example", "bindings", 0, "text"),
            "the name of an XML vocabulary": with_input(
                '<svg xmlns="http://www.w3.org/2000/svg"/>', "bindings", 0, "text"
            ),
            "whom a login is for": [_version(_text("SAML_ENTITY_ID", "http://sp.shop.example"))],
            "the name of a feed's vocabulary": with_input(
                '<rss xmlns:g="http://base.google.com/ns/1.0">', "bindings", 0, "text"
            ),
            "a name in JSON": with_input(
                {"name": "S", "type": "json", "json": '{"$schema":"http://x.example/s.json"}'},
                "bindings",
                1,
            ),
            "a service binding's made-up host": with_input(
                "http://auth/check", "bindings", 0, "text"
            ),
            "an inner host": with_input("http://auth.internal/check", "bindings", 0, "text"),
            "the API of a cloud on this machine": with_input(
                _text("CLOUDFLARE_BASE_URL", "http://127.0.0.1:4900/client/v4"), "bindings", 0
            ),
            "prose": with_input("Redirects http:// to https://", "bindings", 0, "text"),
            "not known yet": with_input(UNKNOWN, "bindings", 0, "text"),
            "a redirect from HTTP": [
                _rules(
                    _redirect(
                        expression='wildcard_replace(http.request.full_uri, "http://*", "https://${1}")'
                    )
                )
            ],
            "a redirect that is off": [
                _rules(_redirect(value="http://www.shop.example/") | {"enabled": False})
            ],
        },
    ),
    Case(
        rule="forbid-plain-http",
        good=[_version(_text("API_URL", "http://localhost:8787"), _text("B", "http://127.0.0.1"))],
        broken={"another host": with_input("http://api.shop.example", "bindings", 0, "text")},
        context=STAGING,
    ),
    Case(
        rule="require-https-webhooks",
        good=[resource("NotificationPolicyWebhooks", {"url": "https://hooks.shop.example/a"})],
        broken={
            "http": with_input("http://hooks.shop.example/a", "url"),
            "no scheme": with_input("hooks.shop.example/a", "url"),
            "a video's": [resource("StreamWebhook", {"notificationUrl": "http://v.shop.example"})],
        },
        harmless={
            "capitals": with_input("HTTPS://hooks.shop.example/a", "url"),
            "not known yet": with_input(UNKNOWN, "url"),
            "a secret": with_input(Secret("https://hooks.shop.example/a"), "url"),
        },
    ),
    Case(
        rule="require-database-tls",
        good=[
            _version(
                _text(
                    "DATABASE",
                    Secret("postgres://u:p@db.shop.example/d?sslmode=require"),
                    "secret_text",
                )
            )
        ],
        broken={
            "disable": with_input(
                "postgres://db.shop.example/d?sslmode=disable", "bindings", 0, "text"
            ),
            "prefer": with_input(
                Secret("postgresql://u:p@db.shop.example/d?sslmode=prefer"), "bindings", 0, "text"
            ),
            "MySQL": with_input(
                "mysql://db.shop.example/d?ssl-mode=DISABLED", "bindings", 0, "text"
            ),
            "unverified": with_input(
                "mongodb://db.shop.example/d?tls=true&tlsInsecure=true", "bindings", 0, "text"
            ),
            "words": with_input(
                "host=db.shop.example dbname=d sslmode=allow", "bindings", 0, "text"
            ),
            "Redis": with_input(
                "redis://:s3cr3t-of-cache@cache.shop.example:6379", "bindings", 0, "text"
            ),
            "a switch": with_input(_text("PGSSLMODE", "disable"), "bindings", 1),
            "another switch": with_input(_text("DB_SSL", "false"), "bindings", 1),
            "in JSON": with_input(
                {"name": "C", "type": "json", "json": '{"db":"mysql://h.example/d?ssl=false"}'},
                "bindings",
                1,
            ),
            "Hyperdrive": [resource("HyperdriveConfig", {"mtls": {"sslmode": "disable"}})],
        },
        harmless={
            "verified in full": with_input(
                "postgres://db.shop.example/d?sslmode=verify-full", "bindings", 0, "text"
            ),
            "not said, so the driver's": with_input(
                "postgres://db.shop.example/d", "bindings", 0, "text"
            ),
            "Redis with TLS": with_input("rediss://cache.shop.example:6379", "bindings", 0, "text"),
            "no database": with_input("https://shop.example/?ssl=false", "bindings", 0, "text"),
            "a switch that is on": with_input(_text("PGSSLMODE", "require"), "bindings", 1),
            "Hyperdrive's default": [
                resource("HyperdriveConfig", {"origin": {"scheme": "postgres"}})
            ],
            "Hyperdrive with a private authority": [
                resource(
                    "HyperdriveConfig", {"mtls": {"sslmode": "verify-full", "caCertificateId": "c"}}
                )
            ],
        },
    ),
    Case(
        rule="require-database-tls",
        good=[_version(_text("DATABASE", "postgres://localhost/d?sslmode=disable"))],
        broken={
            "another host": with_input(
                "postgres://db.example/d?sslmode=disable", "bindings", 0, "text"
            )
        },
        context=STAGING,
    ),
    Case(
        rule="verify-database-certificate",
        good=[
            resource(
                "HyperdriveConfig",
                {
                    "origin": {"scheme": "postgres", "host": "db.shop.example"},
                    "mtls": {"sslmode": "verify-full", "caCertificateId": "c"},
                },
            )
        ],
        broken={
            "no authority": without_input("mtls", "caCertificateId"),
            "an authority that is not asked": with_input("require", "mtls", "sslmode"),
            "an authority, and no mode": without_input("mtls", "sslmode"),
            "no authority, for MySQL": [
                resource("HyperdriveConfig", {"mtls": {"sslmode": "VERIFY_IDENTITY"}})
            ],
            "an address": [resource("HyperdriveConfig", {"origin": {"host": "198.51.100.70"}})],
            "an address of IPv6": [
                resource("HyperdriveConfig", {"origin": {"host": Secret("2001:db8::70")}})
            ],
        },
        harmless={
            "an address, and an authority": with_input("198.51.100.70", "origin", "host"),
            "the default": without_input("mtls"),
            "not known yet": with_input(UNKNOWN, "mtls", "caCertificateId"),
            "a mode that is not known yet": with_input(UNKNOWN, "mtls", "sslmode"),
        },
    ),
    Case(
        rule="verify-certificates",
        good=[
            resource(
                "ZeroTrustTunnelCloudflaredConfig",
                {
                    "config": {
                        "ingresses": [
                            {
                                "hostname": "app.shop.example",
                                "service": "https://10.0.0.5:8443",
                                "originRequest": {"noTlsVerify": False},
                            },
                            {"service": "http_status:404"},
                        ]
                    }
                },
            )
        ],
        broken={
            "a tunnel's origin": with_input(
                True, "config", "ingresses", 0, "originRequest", "noTlsVerify"
            ),
            "all of a tunnel": with_input(True, "config", "originRequest", "noTlsVerify"),
            "a monitor": [
                resource("LoadBalancerMonitor", {"type": "https", "allowInsecure": True})
            ],
            "a health check": [resource("Healthcheck", {"httpConfig": {"allowInsecure": True}})],
            "where logs go": [
                resource(
                    "LogpushJob",
                    {"destinationConf": "splunk://s.example:8088?insecure-skip-verify=true"},
                )
            ],
            "everything in Node": [_version(_text("NODE_TLS_REJECT_UNAUTHORIZED", "0"))],
        },
        harmless={
            "the tunnel's own machine": [
                resource(
                    "ZeroTrustTunnelCloudflaredConfig",
                    {
                        "config": {
                            "ingresses": [
                                {
                                    "service": "https://localhost:8443",
                                    "originRequest": {"noTlsVerify": True},
                                }
                            ]
                        }
                    },
                )
            ],
            "Splunk with a certificate": [
                resource(
                    "LogpushJob",
                    {"destinationConf": "splunk://s.example:8088?insecure-skip-verify=false"},
                )
            ],
            "Node as it is": [_version(_text("NODE_TLS_REJECT_UNAUTHORIZED", "1"))],
        },
        context=PRODUCTION,
    ),
)
