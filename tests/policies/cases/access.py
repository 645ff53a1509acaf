from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from policies.configuration import Configuration
from policies.resources import Resource
from tests.policies.building import (
    PRODUCTION,
    STAGING,
    UNKNOWN,
    Case,
    resource,
    with_input,
    without_input,
)

_ZONES: Final = '{"com.cloudflare.api.account.zone.1c2f": "*"}'
_TEAM: Final = [{"emailDomain": {"domain": "shop.example"}}]


def _cors(bucket: str = "orders-production", **allowed: Any) -> Resource:
    rule = {"allowed": {"origins": ["https://shop.example"], "methods": ["GET"], **allowed}}
    return resource("R2BucketCors", {"bucketName": bucket, "rules": [rule]})


def _token(**changed: Any) -> Resource:
    policy = {
        "effect": "allow",
        "permissionGroups": [{"id": "e086da7e2179491d91ee5f35b3ca210a"}],
        "resources": _ZONES,
    }
    inputs = {"name": "deploy", "policies": [policy], "expiresOn": "2027-06-01T00:00:00Z"}
    return resource("ApiToken", {**inputs, **changed})


def _application(policies: Sequence[Mapping[str, Any]] = (), **inputs: Any) -> Resource:
    given = {"name": "office", "domain": "office.shop.example", "policies": list(policies)}
    return resource("ZeroTrustAccessApplication", {**given, **inputs}, name="office")


def _policy(decision: str = "allow", **inputs: Any) -> Resource:
    given = {"name": "team", "decision": decision, "includes": _TEAM, **inputs}
    return resource("ZeroTrustAccessPolicy", given, id="p1")


def _tunnel(host: str | None, service: str = "http://localhost:3000", **more: Any) -> Resource:
    ingress = {"hostname": host, "service": service, **more}
    return resource("ZeroTrustTunnelCloudflaredConfig", {"config": {"ingresses": [ingress]}})


def _guarding(*destinations: Mapping[str, Any], **inputs: Any) -> Resource:
    return resource("ZeroTrustAccessApplication", {"destinations": list(destinations), **inputs})


_CUSTOM_DOMAIN: Final = resource(
    "R2CustomDomain",
    {"bucketName": "orders-production", "domain": "orders.shop.example", "enabled": True},
)
_GUARD: Final = _guarding({"type": "public", "uri": "orders.shop.example"})
_PAGES: Final = resource(
    "PagesProject",
    {
        "name": "shop-production",
        "source": {"type": "github", "config": {"previewDeploymentSetting": "all"}},
    },
)
_EVERYONE: Final[list[dict[str, dict[str, str]]]] = [{"everyone": {}}]
_COMPANY: Final = replace(
    PRODUCTION, configuration=Configuration(company_domains=("shop.example",))
)

CASES: Final[Sequence[Case]] = (
    Case(
        rule="forbid-r2-dev-address",
        good=[resource("R2ManagedDomain", {"bucketName": "orders-production", "enabled": False})],
        broken={
            "on": with_input(True, "enabled"),
            "on, as a word": with_input("true", "enabled"),
            "assets in production": [
                resource("R2ManagedDomain", {"bucketName": "shop-assets", "enabled": True})
            ],
        },
        harmless={"not known yet": with_input(UNKNOWN, "enabled")},
    ),
    Case(
        rule="forbid-r2-dev-address",
        good=[resource("R2ManagedDomain", {"bucketName": "orders-staging", "enabled": False})],
        broken={"on": with_input(True, "enabled")},
        harmless={
            "to be thrown away": [
                resource("R2ManagedDomain", {"bucketName": "orders-dev", "enabled": True})
            ],
            "assets": [resource("R2ManagedDomain", {"bucketName": "web-assets", "enabled": True})],
        },
        context=STAGING,
    ),
    Case(
        rule="forbid-public-bucket",
        good=[_CUSTOM_DOMAIN, _GUARD],
        broken={
            "no application": [_CUSTOM_DOMAIN],
            "what people gave, at a host that shows everything": [
                with_input("cdn.shop.example", "domain")(
                    with_input("shop-user-images", "bucketName")(_CUSTOM_DOMAIN)
                )
            ],
            "enabled by default": [without_input("enabled")(_CUSTOM_DOMAIN)],
            "an application for another host": [_CUSTOM_DOMAIN, _application()],
            "an application for one path": [
                _CUSTOM_DOMAIN,
                _guarding(domain="orders.shop.example/old"),
            ],
        },
        harmless={
            "turned off": [with_input(False, "enabled")(_CUSTOM_DOMAIN)],
            "assets": [with_input("shop-assets", "bucketName")(_CUSTOM_DOMAIN)],
            "pictures": [with_input("shop-product-images", "bucketName")(_CUSTOM_DOMAIN)],
            "a host that shows everything": [
                with_input("cdn.shop.example", "domain")(
                    with_input("shop-production-web", "bucketName")(_CUSTOM_DOMAIN)
                )
            ],
            "an application for all hosts": [_CUSTOM_DOMAIN, _guarding(domain="*.shop.example")],
            "an application whose host is not known yet": [
                _CUSTOM_DOMAIN,
                _guarding(domain=UNKNOWN),
            ],
            "signed links": [
                _CUSTOM_DOMAIN,
                resource(
                    "Ruleset",
                    {
                        "rules": [
                            {
                                "action": "block",
                                "expression": '(http.host eq "orders.shop.example" and not is_timed_hmac_valid_v0("k", http.request.uri, 900, http.request.timestamp.sec, 8))',
                            }
                        ]
                    },
                ),
            ],
        },
    ),
    Case(
        rule="forbid-cors-writes-from-anywhere",
        good=[_cors()],
        broken={
            "put": [_cors(origins=["*"], methods=["GET", "PUT"])],
            "delete, of any https page": [_cors(origins=["https://*"], methods=["DELETE"])],
            "with a login": [_cors(origins=["*"], headers=["Authorization"])],
            "with any header": [_cors(origins=["*"], headers=["*"])],
            "of anybody's previews": [_cors(origins=["https://*.pages.dev"], methods=["PUT"])],
            "of any name that ends alike": [
                _cors(origins=["https://*shop.example"], methods=["POST"])
            ],
        },
        harmless={
            "own subdomains": [_cors(origins=["https://*.shop.example"], methods=["PUT"])],
            "own previews": [_cors(origins=["https://*.shop.pages.dev"], methods=["PUT"])],
            "public reading": [_cors("shop-assets", origins=["*"], methods=["GET", "HEAD"])],
            "fonts with any header": [_cors("web-static", origins=["*"], headers=["*"])],
            "writing from one origin": [_cors(methods=["PUT"], headers=["*"])],
        },
    ),
    Case(
        rule="limit-cors-origins",
        good=[_cors()],
        broken={
            "any origin": [_cors(origins=["*"])],
            "any of many": [_cors(origins=["https://shop.example", "*"])],
        },
        harmless={
            "assets": [_cors("shop-assets", origins=["*"])],
            "a bucket that is not known yet": [
                with_input(UNKNOWN, "bucketName")(_cors(origins=["*"]))
            ],
        },
    ),
    Case(
        rule="forbid-untrusted-origin",
        good=[_cors()],
        broken={
            "null": [_cors(origins=["null"])],
            "a developer's machine": [_cors(origins=["https://127.0.0.1:8443"])],
        },
        harmless={"a host that only starts alike": [_cors(origins=["https://localhost.example"])]},
    ),
    Case(
        rule="forbid-untrusted-origin",
        good=[_cors()],
        broken={"null": [_cors(origins=["null"])]},
        harmless={"a developer's machine": [_cors(origins=["https://localhost:5173"])]},
        context=STAGING,
    ),
    Case(
        rule="require-access-for-previews",
        good=[_PAGES, _guarding({"type": "public", "uri": "*.shop-production.pages.dev"})],
        broken={
            "nothing covers them": [_PAGES],
            "previews by default": [
                without_input("source", "config", "previewDeploymentSetting")(_PAGES)
            ],
            "branches by any name": [
                with_input(
                    {"previewDeploymentSetting": "custom", "previewBranchIncludes": ["*"]},
                    *("source", "config"),
                )(_PAGES)
            ],
            "an application for the project's own host": [
                _PAGES,
                _guarding(domain="shop-production.pages.dev"),
            ],
        },
        harmless={
            "branches that somebody chose": [
                with_input(
                    {"previewDeploymentSetting": "custom", "previewBranchIncludes": ["next"]},
                    *("source", "config"),
                )(_PAGES)
            ],
            "no source": [without_input("source")(_PAGES)],
            "no previews": [
                with_input("none", "source", "config", "previewDeploymentSetting")(_PAGES)
            ],
            "no deployments": [with_input(False, "source", "config", "deploymentsEnabled")(_PAGES)],
            "the project's address has a suffix": [
                replace(
                    _PAGES,
                    outputs=resource("X", {"subdomain": "shop-production-4xk.pages.dev"}).inputs,
                ),
                _guarding(domain="*.shop-production-4xk.pages.dev"),
            ],
            "hosts that are not known yet": [_PAGES, _guarding(domain=UNKNOWN)],
        },
    ),
    Case(
        rule="require-access-for-tunnels",
        good=[_tunnel("grafana.shop.example"), _guarding(domain="*.shop.example")],
        broken={
            "nothing covers it": [_tunnel("grafana.shop.example")],
            "an application for another host": [_tunnel("admin.shop.example"), _application()],
            "a machine": [_tunnel("box.shop.example", "ssh://localhost:22")],
        },
        harmless={
            "a public site": [_tunnel("www.shop.example")],
            "the tunnel itself asks for it": [
                _tunnel(
                    "grafana.shop.example",
                    originRequest={"access": {"required": True, "teamName": "shop"}},
                )
            ],
            "the last rule": [_tunnel(None, "http_status:404")],
            "hosts that are not known yet": [
                _tunnel("grafana.shop.example"),
                _guarding(domain=UNKNOWN),
            ],
        },
    ),
    Case(
        rule="require-token-expiry",
        good=[_token()],
        broken={
            "never": without_input("expiresOn"),
            "in ten years": with_input("2036-01-01T00:00:00Z", "expiresOn"),
            "more than a year from today": with_input("2027-12-01T00:00:00Z", "expiresOn"),
        },
        harmless={
            "a year from its start": [
                _token(notBefore="2027-01-01T00:00:00Z", expiresOn="2027-12-31T00:00:00Z")
            ],
            "not known yet": with_input(UNKNOWN, "expiresOn"),
            "turned off": [without_input("expiresOn")(_token(status="disabled"))],
        },
    ),
    Case(
        rule="limit-token-addresses",
        good=[_token(condition={"requestIp": {"ins": ["192.0.2.0/24"]}})],
        broken={
            "the whole internet": with_input("0.0.0.0/0", "condition", "requestIp", "ins", 0),
            "in version 6": with_input("::/0", "condition", "requestIp", "ins", 0),
            "half of it": with_input("128.0.0.0/1", "condition", "requestIp", "ins", 0),
            "all but some": with_input({"notIns": ["192.0.2.0/24"]}, "condition", "requestIp"),
        },
        harmless={
            "one address": with_input("192.0.2.7", "condition", "requestIp", "ins", 0),
            "a provider's network": with_input(
                "2606:4700::/32", "condition", "requestIp", "ins", 0
            ),
            "no condition": without_input("condition"),
        },
    ),
    Case(
        rule="limit-token-scope",
        good=[_token()],
        broken={
            "every account": with_input(
                '{"com.cloudflare.api.account.*": "*"}', "policies", 0, "resources"
            ),
            "every zone": with_input(
                '{"com.cloudflare.api.account.zone.*": "*"}', "policies", 0, "resources"
            ),
            "every zone, as a mapping": with_input(
                {"com.cloudflare.api.account.zone.*": "*"}, "policies", 0, "resources"
            ),
            "every zone of one account": with_input(
                '{"com.cloudflare.api.account.9f1": {"com.cloudflare.api.account.zone.*": "*"}}',
                "policies",
                0,
                "resources",
            ),
        },
        harmless={
            "one account": with_input(
                '{"com.cloudflare.api.account.9f1": "*"}', "policies", 0, "resources"
            ),
            "one bucket": with_input(
                '{"com.cloudflare.edge.r2.bucket.9f1_default_orders": "*"}',
                "policies",
                0,
                "resources",
            ),
            "denied": [
                _token(
                    policies=[
                        {"effect": "deny", "resources": '{"com.cloudflare.api.account.*": "*"}'}
                    ]
                )
            ],
            "no JSON": with_input("{", "policies", 0, "resources"),
            "what makes zones": [
                _token(
                    policies=[
                        {
                            "effect": "allow",
                            "permissionGroups": [{"id": "e6d2666161e84845a636613608cee8d5"}],
                            "resources": '{"com.cloudflare.api.account.9f1": {"com.cloudflare.api.account.zone.*": "*"}}',
                        }
                    ]
                )
            ],
        },
    ),
    Case(
        rule="forbid-token-making",
        good=[_token()],
        broken={
            "of a user": with_input(
                "686d18d5ac6c441c867cbf6771e58a0a", "policies", 0, "permissionGroups", 0, "id"
            ),
            "of an account": with_input(
                "5bc3f8b21c554832afc660159ab75fa4", "policies", 0, "permissionGroups", 0, "id"
            ),
            "as a plain id": with_input(
                ["5bc3f8b21c554832afc660159ab75fa4"], "policies", 0, "permissionGroups"
            ),
        },
        harmless={
            "reading them": with_input(
                "0cc3a61731504c89b99ec1be78b77aa0", "policies", 0, "permissionGroups", 0, "id"
            )
        },
    ),
    Case(
        rule="forbid-account-wide-edit",
        good=[_token()],
        broken={
            "settings and members": with_input(
                "1af1fa2adc104452b74a9a3364202f20", "policies", 0, "permissionGroups", 0, "id"
            ),
            "billing": with_input(
                "6c80e02421494afc9ae14414ed442632", "policies", 0, "permissionGroups", 0, "id"
            ),
        },
        harmless={
            "reading settings": with_input(
                "c1fde68c7bcc44588cbb6ddbc16d6480", "policies", 0, "permissionGroups", 0, "id"
            )
        },
    ),
    Case(
        rule="limit-token-permissions",
        good=[_token()],
        broken={
            "eleven groups": with_input(
                [{"id": f"{n:032x}"} for n in range(11)], "policies", 0, "permissionGroups"
            )
        },
        harmless={
            "ten groups": with_input(
                [{"id": f"{n:032x}"} for n in range(10)], "policies", 0, "permissionGroups"
            )
        },
    ),
    Case(
        rule="limit-service-token-life",
        good=[resource("ZeroTrustAccessServiceToken", {"name": "ci", "duration": "8760h"})],
        broken={
            "for ever": with_input("forever", "duration"),
            "ten years": with_input("87600h", "duration"),
        },
        harmless={
            "a year by default": without_input("duration"),
            "turned off": [
                resource("ZeroTrustAccessServiceToken", {"duration": "forever", "enabled": False})
            ],
        },
    ),
    Case(
        rule="require-two-factor",
        good=[resource("Account", {"name": "shop", "settings": {"enforceTwofactor": True}})],
        broken={
            "off": with_input(False, "settings", "enforceTwofactor"),
            "not said": without_input("settings"),
        },
        harmless={"not known yet": with_input(UNKNOWN, "settings")},
    ),
    Case(
        rule="forbid-access-for-everyone",
        good=[_policy()],
        broken={
            "allowed": with_input(_EVERYONE, "includes"),
            "one of many": with_input([*_TEAM, *_EVERYONE], "includes"),
            "every address": with_input([{"ip": {"ip": "0.0.0.0/0"}}], "includes"),
            "by name of old": [
                replace(
                    _policy(includes=[{"everyone": True}]),
                    type="cloudflare:index/accessPolicy:AccessPolicy",
                )
            ],
            "within an application": [_application([{"decision": "allow", "includes": _EVERYONE}])],
            "let by": [_application([{"decision": "bypass", "includes": _EVERYONE}])],
            "let by at the whole API": [
                _application(
                    [{"decision": "bypass", "includes": _EVERYONE}], domain="shop.example/api/*"
                )
            ],
            "as a group": [resource("ZeroTrustAccessGroup", {"includes": _EVERYONE})],
        },
        harmless={
            "denied": [_policy("deny", includes=_EVERYONE)],
            "something more is required": [
                _policy(includes=_EVERYONE, requires=[{"group": {"id": "g1"}}])
            ],
            "what is required is not known yet": [_policy(includes=_EVERYONE, requires=UNKNOWN)],
            "somebody approves": [_policy(includes=_EVERYONE, approvalRequired=True)],
            "a health check": [
                _application(
                    [{"decision": "bypass", "includes": _EVERYONE}], domain="shop.example/health"
                )
            ],
            "of old, not everyone": with_input([{"everyone": False}], "includes"),
        },
    ),
    Case(
        rule="forbid-access-bypass",
        good=[_policy()],
        broken={
            "for an office": [_policy("bypass", includes=[{"ip": {"ip": "192.0.2.0/24"}}])],
            "within an application": [_application([{"decision": "bypass", "includes": _TEAM}])],
            "of an application of a whole host": [
                _policy("bypass"),
                _application([{"id": "p1"}]),
            ],
        },
        harmless={
            "for a webhook": [
                _policy("bypass"),
                _application([{"id": "p1"}], domain="shop.example/webhooks/payments"),
            ],
            "for one Worker": [
                _policy("bypass"),
                _application(
                    [{"id": "p1"}], domain=None, destinations=[{"type": "worker", "workerId": "w"}]
                ),
            ],
            "for a webhook, both not made yet": [
                replace(_policy("bypass"), id=None),
                _application([{"id": UNKNOWN}], domain="shop.example/webhooks/payments"),
            ],
        },
    ),
    Case(
        rule="forbid-any-service-token",
        good=[_policy("non_identity", includes=[{"serviceToken": {"tokenId": "t1"}}])],
        broken={
            "any": with_input([{"anyValidServiceToken": {}}], "includes"),
            "within an application": [
                _application(
                    [{"decision": "non_identity", "includes": [{"anyValidServiceToken": {}}]}]
                )
            ],
        },
        harmless={
            "with a certificate": [
                _policy(
                    "non_identity",
                    includes=[{"anyValidServiceToken": {}}],
                    requires=[{"commonName": {"commonName": "ci.shop.example"}}],
                )
            ],
            "denied": [_policy("deny", includes=[{"anyValidServiceToken": {}}])],
        },
    ),
    Case(
        rule="limit-access-includes",
        good=[_policy()],
        broken={
            "a country": with_input([{"geo": {"countryCode": "DE"}}], "includes"),
            "a country, too": with_input([*_TEAM, {"geo": {"countryCode": "DE"}}], "includes"),
            "an address": with_input([{"ip": {"ip": "192.0.2.0/24"}}], "includes"),
            "a public mail domain": with_input(
                [{"emailDomain": {"domain": "gmail.com"}}], "includes"
            ),
            "a public mail domain with a second factor": [
                _policy(
                    includes=[{"emailDomain": {"domain": "gmail.com"}}],
                    requires=[{"authMethod": {"authMethod": "mfa"}}],
                )
            ],
        },
        harmless={
            "an address is required besides": [
                _policy(requires=[{"ip": {"ip": "192.0.2.0/24"}}]),
            ],
            "one person's public mail": with_input(
                [{"email": {"email": "a@gmail.com"}}], "includes"
            ),
            "people or an office": with_input([*_TEAM, {"ip": {"ip": "192.0.2.0/24"}}], "includes"),
            "a country is denied": [_policy("deny", includes=[{"geo": {"countryCode": "KP"}}])],
        },
    ),
    Case(
        rule="limit-access-includes",
        good=[_policy()],
        broken={
            "another company": with_input("other.example", "includes", 0, "emailDomain", "domain")
        },
        context=_COMPANY,
    ),
    Case(
        rule="limit-access-sessions",
        good=[_policy(sessionDuration="24h")],
        broken={
            "a week": with_input("168h", "sessionDuration"),
            "a day and a bit": with_input("24h30m", "sessionDuration"),
            "a month, for the application": [_application(sessionDuration="730h")],
        },
        harmless={
            "by default": without_input("sessionDuration"),
            "half a day": with_input("12h0m0s", "sessionDuration"),
            "no duration": with_input("same_session", "sessionDuration"),
        },
    ),
    Case(
        rule="require-access-mfa",
        good=[_policy(mfaConfig={"mfaDisabled": False, "allowedAuthenticators": ["totp"]})],
        broken={
            "off": with_input(True, "mfaConfig", "mfaDisabled"),
            "off within an application": [
                _application([{"decision": "allow", "mfaConfig": {"mfaDisabled": True}}])
            ],
        },
        harmless={"left to the identity provider": without_input("mfaConfig")},
    ),
    Case(
        rule="forbid-application-cors-from-anywhere",
        good=[
            _application(
                corsHeaders={"allowCredentials": True, "allowedOrigins": ["https://shop.example"]}
            )
        ],
        broken={
            "all": with_input(True, "corsHeaders", "allowAllOrigins"),
            "a star": with_input("*", "corsHeaders", "allowedOrigins", 0),
        },
        harmless={"no credentials": with_input(False, "corsHeaders", "allowCredentials")},
    ),
    Case(
        rule="keep-application-cookies-guarded",
        good=[_application(httpOnlyCookieAttribute=True, sameSiteCookieAttribute="lax")],
        broken={
            "scripts": with_input(False, "httpOnlyCookieAttribute"),
            "other sites": with_input("none", "sameSiteCookieAttribute"),
            "preflights": with_input(True, "optionsPreflightBypass"),
            "any origin": with_input({"allowAllOrigins": True}, "corsHeaders"),
        },
        harmless={
            "defaults": without_input("httpOnlyCookieAttribute"),
            "a machine": [_application(type="ssh", httpOnlyCookieAttribute=False)],
            "several hosts that share a login": [
                _application(
                    sameSiteCookieAttribute="none",
                    corsHeaders={
                        "allowCredentials": True,
                        "allowedOrigins": ["https://app.shop.example"],
                    },
                )
            ],
        },
    ),
)
