from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from policies.configuration import Configuration
from policies.resources import Resource
from tests.policies.building import (
    PRODUCTION,
    UNKNOWN,
    Case,
    having,
    resource,
    with_input,
    without_input,
)
from tests.policies.cases.data import SCRIPT, VERSION, WORKER

STABLE: Final = "1c5b26c2-3f4e-4c11-9d45-6a4f2a1f0001"
CANDIDATE: Final = "1c5b26c2-3f4e-4c11-9d45-6a4f2a1f0002"
OTHER: Final = "1c5b26c2-3f4e-4c11-9d45-6a4f2a1f0003"


def split(*shares: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"versionId": version, "percentage": percentage} for version, percentage in shares]


def deployment(*shares: tuple[Any, Any]) -> dict[str, Any]:
    return {
        "scriptName": "shop-rooms-production",
        "strategy": "percentage",
        "versions": split(*shares),
        "annotations": {"workersMessage": "step 2"},
    }


SPLIT: Final = resource(
    "WorkersDeployment", deployment((STABLE, 90), (CANDIDATE, 10)), name="deployment"
)
BEFORE: Final = resource("WorkersDeployment", deployment((STABLE, 100)), name="deployment")
MOVED: Final = having(operation="replace", previous=BEFORE)(SPLIT)
OLD: Final = having(id=STABLE, urn=VERSION.urn + "-old")(without_input("exports")(VERSION))
NEW: Final = having(id=CANDIDATE)(without_input("exports")(VERSION))
PAGES: Final = resource(
    "PagesProject",
    {
        "name": "shop-production",
        "productionBranch": "main",
        "deploymentConfigs": {
            "production": {
                "compatibilityDate": "2026-10-01",
                "failOpen": False,
                "kvNamespaces": {"FLAGS": {"namespaceId": "0f2ac74b498b48028cb68387c421e279"}},
            }
        },
    },
)
ROUTE: Final = resource(
    "WorkersRoute",
    {"zoneId": "z", "pattern": "shop.example/api/*", "script": "shop-api-production"},
)
CACHE_RULES: Final = resource(
    "Ruleset",
    {
        "zoneId": "z",
        "name": "cache",
        "kind": "zone",
        "phase": "http_request_cache_settings",
        "rules": [
            {
                "action": "set_cache_settings",
                "expression": '(starts_with(http.request.uri.path, "/assets/"))',
                "enabled": True,
                "actionParameters": {
                    "cache": True,
                    "edgeTtl": {"mode": "override_origin", "default": 86400},
                },
            }
        ],
    },
)
SKIP: Final = resource(
    "Ruleset",
    {
        "zoneId": "z",
        "name": "exceptions",
        "kind": "zone",
        "phase": "http_request_firewall_custom",
        "rules": [
            {
                "action": "skip",
                "expression": '(http.request.uri.path eq "/hooks/pay" and ip.src in $pay)',
                "enabled": True,
                "actionParameters": {"ruleset": "current"},
                "logging": {"enabled": True},
            }
        ],
    },
)
MANAGED: Final = resource(
    "Ruleset",
    {
        "zoneId": "z",
        "name": "managed",
        "kind": "zone",
        "phase": "http_request_firewall_managed",
        "rules": [
            {
                "action": "execute",
                "expression": "true",
                "enabled": True,
                "actionParameters": {
                    "id": "efb7b8c949ac4650a09736fc376e9aee",
                    "overrides": {
                        "rules": [{"id": "5de7edfa648c4d6891dc3e7f84534ffa", "action": "log"}]
                    },
                },
            }
        ],
    },
)
LIMIT: Final = resource(
    "Ruleset",
    {
        "zoneId": "z",
        "name": "limits",
        "kind": "zone",
        "phase": "http_ratelimit",
        "rules": [
            {
                "action": "block",
                "expression": '(http.request.uri.path eq "/login")',
                "enabled": True,
                "ratelimit": {
                    "characteristics": ["cf.colo.id", "ip.src"],
                    "period": 60,
                    "requestsPerPeriod": 10,
                    "mitigationTimeout": 600,
                },
            }
        ],
    },
)


def setting(name: str, value: Any) -> Any:
    return resource("ZoneSetting", {"zoneId": "z", "settingId": name, "value": value})


def page_rule(target: str, **actions: Any) -> Any:
    return resource("PageRule", {"zoneId": "z", "target": target, "actions": actions})


def _level_by_rule(expression: str) -> Resource:
    rule = {
        "action": "set_config",
        "expression": expression,
        "enabled": True,
        "actionParameters": {"securityLevel": "essentially_off"},
    }
    return resource("Ruleset", {"phase": "http_config_settings", "rules": [rule]})


CASES: Final[Sequence[Case]] = (
    Case(
        rule="require-whole-split",
        good=[SPLIT],
        broken={
            "99": with_input(89, "versions", 0, "percentage"),
            "three": with_input(split((STABLE, 80), (CANDIDATE, 10), (OTHER, 10)), "versions"),
            "none": with_input([], "versions"),
            "twice": with_input(STABLE, "versions", 1, "versionId"),
            "below nothing": with_input(split((STABLE, 110), (CANDIDATE, -10)), "versions"),
        },
        harmless={
            "rounded": with_input(split((STABLE, 66.67), (CANDIDATE, 33.33)), "versions"),
            "texts": with_input(split((STABLE, "90"), (CANDIDATE, "10")), "versions"),
            "not known yet": with_input(UNKNOWN, "versions", 1, "percentage"),
            "ids not known yet": with_input(split((UNKNOWN, 90), (UNKNOWN, 10)), "versions"),
        },
    ),
    Case(
        rule="forbid-forced-split",
        good=[SPLIT],
        broken={"force": with_input(True, "force")},
        harmless={"off": with_input(False, "force")},
    ),
    Case(
        rule="forbid-deploy-at-once",
        good=[VERSION, WORKER],
        broken={"deploy": with_input(True, "deploy")},
        harmless={
            "off": with_input(False, "deploy"),
            "the first version": [
                with_input(True, "deploy")(VERSION),
                having(operation="create")(WORKER),
            ],
        },
    ),
    Case(
        rule="limit-split-step",
        good=[MOVED],
        broken={
            "to 60": with_input(split((STABLE, 40), (CANDIDATE, 60)), "versions"),
            "to all": with_input(split((CANDIDATE, 100)), "versions"),
            "of a version that is yet to be made": [
                with_input(split((UNKNOWN, 100)), "versions")(MOVED),
                having(operation="replace")(VERSION),
            ],
            "under another name": [
                with_input(split((CANDIDATE, 100)), "versions")(SPLIT),
                having(operation="delete", urn=BEFORE.urn + "-old")(BEFORE),
            ],
        },
        harmless={
            "to half": with_input(split((STABLE, 50), (CANDIDATE, 50)), "versions"),
            "a tenth for a version that is yet to be made": [
                with_input(split((STABLE, 90), (UNKNOWN, 10)), "versions")(MOVED),
                having(operation="create")(VERSION),
            ],
            "the first deployment": having(
                inputs=with_input(split((CANDIDATE, 100)), "versions")(SPLIT).inputs,
                previous=None,
                operation="create",
            ),
            "back to what served": [
                having(
                    inputs=BEFORE.inputs,
                    previous=having(inputs=SPLIT.inputs)(BEFORE),
                    operation="replace",
                )(SPLIT)
            ],
            "an id not known yet": with_input(split((STABLE, 10), (UNKNOWN, 90)), "versions"),
            "left as declared, and moved by the controller": [
                having(
                    operation="same",
                    previous=having(
                        outputs=with_input(split((OTHER, 100)), "versions")(SPLIT).inputs
                    )(SPLIT),
                )(SPLIT)
            ],
        },
    ),
    Case(
        rule="limit-split-step",
        good=[MOVED],
        broken={"to 30": with_input(split((STABLE, 70), (CANDIDATE, 30)), "versions")},
        context=replace(PRODUCTION, configuration=Configuration(largest_step=20.0)),
    ),
    Case(
        rule="forbid-empty-route",
        good=[ROUTE, WORKER],
        broken={
            "no script": without_input("script"),
            "an empty one": with_input("", "script"),
        },
        harmless={
            "of a Worker in another stack": [without_input("script")(ROUTE)],
            "the old name of the property": [
                with_input("shop", "scriptName")(without_input("script")(ROUTE))
            ],
            "not known yet": with_input(UNKNOWN, "script"),
            "carved out of another one": [
                ROUTE,
                resource(
                    "WorkersRoute",
                    {"zoneId": "z", "pattern": "shop.example/api/static/*"},
                    name="static",
                ),
            ],
            "carved out of a custom domain": [
                with_input("www.shop.example/files/*", "pattern")(without_input("script")(ROUTE)),
                resource("WorkersCustomDomain", {"hostname": "www.shop.example", "service": "s"}),
            ],
            "carved out of all hosts": [
                with_input("*shop.example/*", "pattern")(ROUTE),
                resource(
                    "WorkersRoute",
                    {"zoneId": "z", "pattern": "shop.example/files/*"},
                    name="static",
                ),
            ],
        },
    ),
    Case(
        rule="name-versions",
        good=[VERSION],
        broken={
            "no tag": without_input("annotations", "workersTag"),
            "an empty message": with_input(" ", "annotations", "workersMessage"),
            "nothing": without_input("annotations"),
        },
        harmless={"not known yet": with_input(UNKNOWN, "annotations", "workersTag")},
    ),
    Case(
        rule="require-compatibility-date",
        good=[VERSION, PAGES],
        broken={
            "absent": without_input("compatibilityDate"),
            "tomorrow": with_input("2026-11-26", "compatibilityDate"),
            "no date": with_input("2026-13-01", "compatibilityDate"),
            "written otherwise": with_input("01/10/2026", "compatibilityDate"),
            "Pages": [
                with_input(
                    {"compatibilityFlags": ["nodejs_compat"]}, "deploymentConfigs", "production"
                )(PAGES)
            ],
        },
        harmless={
            "today": with_input("2026-11-25", "compatibilityDate"),
            "with a time": with_input("2026-10-01T00:00:00Z", "compatibilityDate"),
            "not known yet": with_input(UNKNOWN, "compatibilityDate"),
            "files alone": [
                with_input({"jwt": "x"}, "assets")(
                    without_input("mainModule")(without_input("compatibilityDate")(VERSION))
                )
            ],
            "Pages of files alone": [
                with_input({"failOpen": True}, "deploymentConfigs", "production")(PAGES)
            ],
        },
    ),
    Case(
        rule="keep-compatibility-date-recent",
        good=[VERSION, PAGES],
        broken={
            "the day before": with_input("2024-09-22", "compatibilityDate"),
            "Pages": [
                with_input("2022-01-01", "deploymentConfigs", "production", "compatibilityDate")(
                    PAGES
                )
            ],
        },
        harmless={"the day": with_input("2024-09-23", "compatibilityDate")},
    ),
    Case(
        rule="forbid-unsafe-compatibility-flags",
        good=[with_input(["nodejs_compat"], "compatibilityFlags")(VERSION)],
        broken={
            "clear text": with_input(
                "fetch_treats_unknown_protocols_as_http", "compatibilityFlags", 1
            ),
            "weak cryptography": with_input(["no_strict_crypto_checks"], "compatibilityFlags"),
        },
        harmless={
            "the safe one": with_input(["global_fetch_strictly_public"], "compatibilityFlags")
        },
    ),
    Case(
        rule="keep-class-changes-whole",
        good=[NEW, OLD, SPLIT, WORKER],
        broken={
            "a new class": with_input(["Garden"], "migrations", "newSqliteClasses"),
            "renamed": with_input(
                [{"renamedClasses": [{"from": "Lobby", "to": "Hall"}]}], "migrations", "steps"
            ),
            "a tombstone": with_input(
                {
                    "Lobby": {"type": "durable-object", "state": "renamed", "renamedTo": "Hall"},
                    "Hall": {"type": "durable-object", "storage": "sqlite"},
                },
                "exports",
            ),
            "in the one version that is yet to be made": [
                having(id=None)(with_input(["Garden"], "migrations", "newSqliteClasses")(NEW)),
                OLD,
                with_input(split((STABLE, 90), (UNKNOWN, 10)), "versions")(SPLIT),
            ],
            "a class more than before": [
                having(
                    previous=VERSION,
                    inputs=with_input({"type": "durable-object"}, "exports", "Garden")(
                        VERSION
                    ).inputs,
                )(NEW),
                OLD,
                SPLIT,
            ],
        },
        harmless={
            "one of two versions that are yet to be made": [
                having(id=None)(with_input(["Garden"], "migrations", "newSqliteClasses")(NEW)),
                having(id=None)(OLD),
                with_input(split((STABLE, 90), (UNKNOWN, 10)), "versions")(SPLIT),
            ],
            "in the older, while the newer is yet to be made": [
                having(id=None)(NEW),
                with_input(["Garden"], "migrations", "newSqliteClasses")(OLD),
                with_input(split((STABLE, 90), (UNKNOWN, 10)), "versions")(SPLIT),
            ],
            "a tag alone": with_input("v1", "migrations", "newTag"),
            "all classes as before": having(inputs=VERSION.inputs, previous=VERSION),
            "alone": [
                with_input(["Garden"], "migrations", "newSqliteClasses")(NEW),
                with_input(split((CANDIDATE, 100)), "versions")(SPLIT),
            ],
            "the older of both": [
                having(outputs=resource("x", {"number": 8}).inputs)(NEW),
                having(outputs=resource("x", {"number": 7}).inputs)(
                    with_input(["Garden"], "migrations", "newSqliteClasses")(OLD)
                ),
                SPLIT,
            ],
            "what had all before": [
                with_input(["Garden"], "migrations", "newSqliteClasses")(OLD),
                MOVED,
            ],
            "ids not known yet": [
                with_input(["Garden"], "migrations", "newSqliteClasses")(NEW),
                with_input(split((STABLE, 90), (UNKNOWN, 10)), "versions")(SPLIT),
            ],
        },
    ),
    Case(
        rule="name-bindings-once",
        good=[VERSION],
        broken={"twice": with_input({"name": "ROOMS", "type": "version_metadata"}, "bindings", 1)},
        harmless={"another": with_input({"name": "rooms", "type": "ai"}, "bindings", 1)},
    ),
    Case(
        rule="verify-inherited-bindings",
        good=[
            with_input("strict", "bindingsInherit")(
                with_input([{"name": "DATABASE", "type": "inherit"}], "bindings")(SCRIPT)
            )
        ],
        broken={"vanishing": without_input("bindingsInherit")},
        harmless={
            "not known yet": with_input(UNKNOWN, "bindingsInherit"),
            "nothing to inherit": [SCRIPT],
        },
    ),
    Case(
        rule="forbid-cached-answers",
        good=[
            with_input([{"name": "SESSIONS", "type": "kv_namespace"}], "bindings")(
                without_input("exports")(VERSION)
            )
        ],
        broken={"cached": with_input(True, "cacheOptions", "enabled")},
        harmless={
            "off": with_input(False, "cacheOptions", "enabled"),
            "not where visitors are known": [
                with_input({"type": "worker", "cache": {"enabled": False}}, "exports", "default")(
                    with_input([{"name": "SESSIONS", "type": "kv_namespace"}], "bindings")(
                        with_input(True, "cacheOptions", "enabled")(VERSION)
                    )
                )
            ],
            "content": [with_input(True, "cacheOptions", "enabled")(VERSION)],
        },
    ),
    Case(
        rule="separate-version-caches",
        good=[VERSION],
        broken={"shared": with_input({"enabled": True, "crossVersionCache": True}, "cacheOptions")},
        harmless={
            "a cache of each": with_input({"enabled": True}, "cacheOptions"),
            "no cache": with_input({"enabled": False, "crossVersionCache": True}, "cacheOptions"),
        },
    ),
    Case(
        rule="forbid-development-mode",
        good=[setting("development_mode", "off")],
        broken={"on": with_input("on", "value")},
        harmless={"another setting": with_input("always_use_https", "settingId")},
    ),
    Case(
        rule="require-security-level",
        good=[setting("security_level", "medium")],
        broken={
            "off": with_input("off", "value"),
            "nearly off": with_input("essentially_off", "value"),
            "under attack": with_input("under_attack", "value"),
            "off by a rule for all": [_level_by_rule("true")],
            "off by a page rule for the site": [
                resource(
                    "PageRule",
                    {
                        "target": "shop.example/*",
                        "actions": {"securityLevel": "essentially_off"},
                    },
                )
            ],
        },
        harmless={
            "high": with_input("high", "value"),
            "off for a webhook": [_level_by_rule('http.request.uri.path eq "/webhook"')],
            "off for a page": [
                resource(
                    "PageRule",
                    {"target": "shop.example/hook/*", "actions": {"securityLevel": "off"}},
                )
            ],
        },
    ),
    Case(
        rule="forbid-moving-compatibility-date",
        good=[PAGES],
        broken={
            "newest": with_input(
                True, "deploymentConfigs", "production", "alwaysUseLatestCompatibilityDate"
            )
        },
        harmless={
            "a preview": with_input(
                {"alwaysUseLatestCompatibilityDate": True}, "deploymentConfigs", "preview"
            )
        },
    ),
    Case(
        rule="forbid-fail-open",
        good=[PAGES],
        broken={"open": with_input(True, "deploymentConfigs", "production", "failOpen")},
        harmless={
            "no Functions": with_input({"failOpen": True}, "deploymentConfigs", "production")
        },
    ),
    Case(
        rule="forbid-cached-pages",
        good=[CACHE_RULES],
        broken={
            "everything": with_input("true", "rules", 0, "expression"),
            "a host": with_input('(http.host eq "shop.example")', "rules", 0, "expression"),
            "the API": with_input(
                'starts_with(http.request.uri.path, "/api/")', "rules", 0, "expression"
            ),
            "the root": with_input('http.request.uri.path eq "/"', "rules", 0, "expression"),
            "an address of pages": with_input(
                'http.request.full_uri wildcard "http*://shop.example/*"', "rules", 0, "expression"
            ),
            "a pattern": with_input(
                'http.request.uri.path matches "^/api/v[0-9]+/"', "rules", 0, "expression"
            ),
            "one of several": with_input(
                'http.request.uri.path in {"/about" "/account"}', "rules", 0, "expression"
            ),
            "a page rule": [
                page_rule("shop.example/*", cacheLevel="cache_everything", edgeCacheTtl=7200)
            ],
        },
        harmless={
            "extensions": with_input(
                'http.request.uri.path.extension in {"css" "js"}', "rules", 0, "expression"
            ),
            "a host of assets": with_input(
                'http.host eq "static.shop.example"', "rules", 0, "expression"
            ),
            "visitors without a session": with_input(
                'not http.cookie contains "session"', "rules", 0, "expression"
            ),
            "all but the API": with_input(
                'not starts_with(http.request.uri.path, "/api/")', "rules", 0, "expression"
            ),
            "the origin decides": [
                with_input("respect_origin", "rules", 0, "actionParameters", "edgeTtl", "mode")(
                    with_input("true", "rules", 0, "expression")(CACHE_RULES)
                )
            ],
            "never cached": [
                with_input(False, "rules", 0, "actionParameters", "cache")(
                    with_input("true", "rules", 0, "expression")(CACHE_RULES)
                )
            ],
            "off": [
                with_input(False, "rules", 0, "enabled")(
                    with_input("true", "rules", 0, "expression")(CACHE_RULES)
                )
            ],
            "an address of files": with_input(
                'http.request.full_uri wildcard "http*://static.shop.example/*"',
                *("rules", 0, "expression"),
            ),
            "a page rule for files": [
                page_rule("shop.example/assets/*", cacheLevel="cache_everything")
            ],
            "a page rule that minds cookies": [
                page_rule(
                    "shop.example/*", cacheLevel="cache_everything", bypassCacheOnCookie="sid=.*"
                )
            ],
        },
    ),
    Case(
        rule="forbid-wide-skip",
        good=[SKIP],
        broken={
            "everybody": with_input("true", "rules", 0, "expression"),
            "a whole host": with_input(
                '(http.host eq "api.shop.example")', "rules", 0, "expression"
            ),
            "phases": [
                with_input("true", "rules", 0, "expression")(
                    with_input({"phases": ["http_ratelimit"]}, "rules", 0, "actionParameters")(SKIP)
                )
            ],
            "a page rule": [page_rule("shop.example/*", disableSecurity=True)],
        },
        harmless={
            "off": [
                with_input(False, "rules", 0, "enabled")(
                    with_input("true", "rules", 0, "expression")(SKIP)
                )
            ],
            "the browser's integrity alone": [
                with_input({"products": ["bic"]}, "rules", 0, "actionParameters")(
                    with_input("true", "rules", 0, "expression")(SKIP)
                )
            ],
        },
    ),
    Case(
        rule="keep-managed-rules-blocking",
        good=[MANAGED],
        broken={
            "logged": with_input("log", "rules", 0, "actionParameters", "overrides", "action"),
            "off": with_input(False, "rules", 0, "actionParameters", "overrides", "enabled"),
            "the whole rule": [
                with_input(False, "rules", 0, "enabled")(
                    with_input("true", "rules", 0, "expression")(MANAGED)
                )
            ],
            "floods": [
                with_input("eoff", "rules", 0, "actionParameters", "overrides", "sensitivityLevel")(
                    with_input("ddos_l7", "phase")(MANAGED)
                )
            ],
        },
        harmless={
            "one of two rules": [
                with_input(
                    {
                        "action": "execute",
                        "expression": "true",
                        "enabled": False,
                        "actionParameters": {"id": "efb7b8c949ac4650a09736fc376e9aee"},
                    },
                    *("rules", 1),
                )(MANAGED)
            ],
            "off but for some": with_input(
                {"enabled": False, "categories": [{"category": "wordpress", "enabled": True}]},
                *("rules", 0, "actionParameters", "overrides"),
            ),
            "blocked": with_input("block", "rules", 0, "actionParameters", "overrides", "action"),
            "logged on one path": [
                with_input('http.request.uri.path eq "/upload"', "rules", 0, "expression")(
                    with_input("log", "rules", 0, "actionParameters", "overrides", "action")(
                        MANAGED
                    )
                )
            ],
        },
    ),
    Case(
        rule="keep-rate-limits-acting",
        good=[LIMIT],
        broken={"logged": with_input("log", "rules", 0, "action")},
        harmless={
            "challenged": with_input("managed_challenge", "rules", 0, "action"),
            "one that may not be on": with_input(UNKNOWN, "rules", 0, "enabled"),
            "one more that logs": with_input(
                {"action": "log", "expression": "true", "enabled": True}, "rules", 1
            ),
        },
    ),
)
