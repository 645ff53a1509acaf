from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from policies.configuration import Configuration
from policies.resources import Resource, Stack
from policies.rule import Context
from tests.policies.building import (
    PRODUCTION,
    STAGING,
    TODAY,
    UNKNOWN,
    Case,
    Secret,
    resource,
    with_input,
    without_input,
)

_PULL_REQUEST: Final = Context("pr-17", False, TODAY, Configuration())
_MAIN: Final = Context("main", False, TODAY, Configuration())
_SHARING: Final = replace(
    PRODUCTION, configuration=Configuration(shared_resources=("shop-flags*", "auth-*"))
)


def _version(*bindings: Mapping[str, Any], **inputs: Any) -> Resource:
    given = {"workerId": "w1", "accountId": "a1", "bindings": list(bindings), **inputs}
    return resource("WorkerVersion", given, name="version")


def _kv(key: str = "kv-production") -> dict[str, Any]:
    return {"type": "kv_namespace", "name": "CACHE", "namespaceId": key}


def _text(value: Any, name: str = "API_URL", type: str = "plain_text") -> dict[str, Any]:
    return {"type": type, "name": name, "text": value}


def _other(*resources: Resource, name: str = "staging") -> dict[str, Stack]:
    return {name: Stack(name, "shop", resources)}


def _namespace(id: str = "kv-staging", title: str = "shop-staging-cache") -> Resource:
    return resource("WorkersKvNamespace", {"accountId": "a1", "title": title}, id=id)


def _hyperdrive(host: str, database: str, **origin: Any) -> Resource:
    inputs = {"name": "db", "origin": {"host": host, "database": database, **origin}}
    return resource("HyperdriveConfig", inputs, name="db")


def _pages(production: Mapping[str, Any], preview: Mapping[str, Any]) -> Resource:
    configs = {"production": dict(production), "preview": dict(preview)}
    return resource("PagesProject", {"name": "shop", "deploymentConfigs": configs})


def _worker(**subdomain: Any) -> Resource:
    return resource("Worker", {"name": "shop-production", "subdomain": subdomain}, id="w1")


def _guard(*destinations: Mapping[str, Any]) -> Resource:
    return resource("ZeroTrustAccessApplication", {"destinations": list(destinations)})


def _named(kind: str, key: str, name: str) -> list[Resource]:
    return [resource(kind, {key: name})]


_STAGINGS_SECRET: Final = "Vh2mK8rT5wQxZ1pL9sNcB4"  # a value of no meaning
_OWN_SECRET: Final = "jR7tY3uP0oAqW6eD2fGkM8"

CASES: Final = (
    Case(
        rule="separate-stores",
        good=[_version(_kv()), _namespace("kv-production", "shop-production-cache")],
        broken={
            "staging's namespace is bound": with_input("kv-staging", "bindings", 0, "namespaceId"),
            "what staging binds is this stack's": [
                resource("Queue", {"accountId": "a1", "queueName": "mails"})
            ],
            "one bucket": [resource("R2Bucket", {"accountId": "a1", "name": "uploads"})],
            "one zone": [resource("Zone", {"name": "shop.example"})],
            "one database of D1": [_version({"type": "d1", "name": "DB", "id": "d1-staging"})],
            "one Durable Object namespace": [
                _version({"type": "durable_object_namespace", "name": "ROOM", "namespaceId": "do1"})
            ],
            "one secret of the store": [
                _version(
                    {
                        "type": "secrets_store_secret",
                        "name": "KEY",
                        "storeId": "s1",
                        "secretName": "jwt",
                    }
                )
            ],
            "a page's namespace": [
                _pages({"kvNamespaces": {"CACHE": {"namespaceId": "kv-staging"}}}, {})
            ],
        },
        harmless={
            "another account's bucket": [
                resource("R2Bucket", {"accountId": "a2", "name": "uploads"})
            ],
            "staging's namespace for previews": [
                _pages({}, {"kvNamespaces": {"CACHE": {"namespaceId": "kv-staging"}}})
            ],
            "not known yet": with_input(UNKNOWN, "bindings", 0, "namespaceId"),
        },
        others=_other(
            _namespace(),
            resource("D1Database", {"name": "shop-staging"}, id="d1-staging"),
            resource("Zone", {"name": "shop.example"}),
            _version(
                {"type": "queue", "name": "MAILS", "queueName": "mails"},
                {"type": "r2_bucket", "name": "UPLOADS", "bucketName": "uploads"},
                {"type": "durable_object_namespace", "name": "ROOM", "namespaceId": "do1"},
                {"type": "secrets_store_secret", "name": "K", "storeId": "s1", "secretName": "jwt"},
            ),
        ),
    ),
    Case(
        rule="separate-stores",
        good=[_version(_kv())],
        broken={"not listed": with_input("kv-staging", "bindings", 0, "namespaceId")},
        harmless={"listed as shared": with_input("kv-flags", "bindings", 0, "namespaceId")},
        context=_SHARING,
        others=_other(_namespace(), _namespace("kv-flags", "shop-flags")),
    ),
    Case(
        rule="separate-stores",
        good=[_version(_kv("kv-a"))],
        broken={"production's": with_input("kv-production", "bindings", 0, "namespaceId")},
        harmless={"another test stack's": with_input("kv-qa", "bindings", 0, "namespaceId")},
        context=STAGING,
        others={
            **_other(_namespace("kv-production", "cache"), name="production"),
            **_other(_namespace("kv-qa", "cache"), name="qa"),
        },
    ),
    Case(
        rule="separate-workers",
        good=[_version({"type": "service", "name": "MAIL", "service": "mail-production"})],
        broken={
            "staging's Worker": with_input("mail", "bindings", 0, "service"),
            "staging's Durable Objects": [
                _version(
                    {
                        "type": "durable_object_namespace",
                        "name": "ROOM",
                        "className": "Room",
                        "scriptName": "mail",
                    }
                )
            ],
            "a script of one name": [
                resource("WorkersScript", {"accountId": "a1", "scriptName": "mail"})
            ],
        },
        harmless={
            "own Durable Objects": [
                _version({"type": "durable_object_namespace", "name": "ROOM", "className": "Room"})
            ]
        },
        others=_other(resource("Worker", {"accountId": "a1", "name": "mail"})),
    ),
    Case(
        rule="separate-databases",
        good=[_hyperdrive("db1.example", "shop")],
        broken={
            "the same": with_input("db2.example", "origin", "host"),
            "the pooled address of the same": with_input("db2-pooler.example", "origin", "host"),
            "as a secret": with_input(Secret("db2.example"), "origin", "host"),
            "in a secret's URL": [
                _version(
                    _text(
                        "postgres://app:8sK2@db2.example:5432/shop?sslmode=require",
                        "DATABASE_URL",
                        "secret_text",
                    )
                )
            ],
            "one Redis": [
                _version(_text("https://eu1-calm-owl.upstash.io", "UPSTASH_REDIS_REST_URL"))
            ],
        },
        harmless={
            "another database of the server": [_hyperdrive("db2.example", "shop_production")],
            "not known yet": with_input(UNKNOWN, "origin", "host"),
        },
        others=_other(
            _hyperdrive("DB2.example", "shop"),
            _version(_text("https://eu1-calm-owl.upstash.io", "UPSTASH_REDIS_REST_URL")),
        ),
    ),
    Case(
        rule="separate-secrets",
        good=[_version(_text(_OWN_SECRET, "JWT_SECRET", "secret_text"))],
        broken={
            "the same": with_input(_STAGINGS_SECRET, "bindings", 0, "text"),
            "the same under another name": [
                _version(_text(_STAGINGS_SECRET, "SIGNING_KEY", "secret_text"))
            ],
            "as a Pulumi secret": with_input(Secret(_STAGINGS_SECRET), "bindings", 0, "text"),
            "of a page": [
                _pages({"envVars": {"JWT": {"type": "secret_text", "value": _STAGINGS_SECRET}}}, {})
            ],
            "a database's password": [
                _hyperdrive("db1.example", "shop", password=_STAGINGS_SECRET)
            ],
        },
        harmless={
            "an address": with_input("https://a1b2@o1.ingest.sentry.io/7", "bindings", 0, "text"),
            "an id": [_version(_text("tenant-0123456789", "TENANT_ID", "secret_text"))],
            "a word": with_input("enabled", "bindings", 0, "text"),
        },
        others=_other(
            _version(
                _text(_STAGINGS_SECRET, "JWT_SECRET", "secret_text"),
                _text("https://a1b2@o1.ingest.sentry.io/7", "SENTRY", "secret_text"),
                _text("tenant-0123456789", "TENANT_ID", "secret_text"),
                _text("enabled", "MODE", "secret_text"),
            )
        ),
    ),
    Case(
        rule="separate-hosts",
        good=[resource("WorkersCustomDomain", {"hostname": "api.shop.example"})],
        broken={
            "staging's": with_input("beta.shop.example", "hostname"),
            "a route there": [resource("WorkersRoute", {"pattern": "beta.shop.example/v2/*"})],
            "within staging's wide route": with_input("a.eu.shop.example", "hostname"),
            "a page's": [resource("PagesDomain", {"name": "Beta.shop.example"})],
        },
        harmless={
            "a wide route of production": [
                resource("WorkersRoute", {"pattern": "*.shop.example/*"})
            ],
            "another zone": [
                resource("WorkersRoute", {"pattern": "beta.shop.example/*", "zoneId": "z2"})
            ],
            "a record of text": [
                resource("DnsRecord", {"type": "TXT", "name": "beta.shop.example"})
            ],
        },
        others=_other(
            resource("WorkersCustomDomain", {"hostname": "beta.shop.example", "zoneId": "z1"}),
            resource("WorkersRoute", {"pattern": "*.eu.shop.example/*"}),
        ),
    ),
    Case(
        rule="name-the-environment",
        good=_named("WorkersKvNamespace", "title", "shop-production-cache"),
        broken={
            "staging": with_input("shop-staging-cache", "title"),
            "short": with_input("stg_cache", "title"),
            "with a number": with_input("shop-dev2", "title"),
            "a word within": with_input("shopStagingCache", "title"),
            "a test at the end": with_input("shop-test", "title"),
            "a bucket": _named("R2Bucket", "name", "uploads-staging"),
            "a Worker": _named("Worker", "name", "api-staging"),
            "a script by its name of old": _named("WorkersScript", "name", "api-qa"),
            "a queue": _named("Queue", "queueName", "mails-dev"),
            "a token": _named("ApiToken", "name", "deploy staging"),
            "a workflow": _named("Workflow", "workflowName", "orders-staging"),
            "only in the program": [
                resource("WorkersKvNamespace", {"title": "cache"}, name="cache-staging")
            ],
        },
        harmless={
            "latest": with_input("latest-devices", "title"),
            "product": with_input("contest-products", "title"),
            "a second one for previews": with_input("shop-cache-preview", "title"),
            "previews of links": with_input("link-preview", "title"),
            "results of tests": with_input("test-results", "title"),
            "what is for developers": with_input("dev-portal", "title"),
            "both": with_input("production-to-staging-copies", "title"),
            "none": with_input("cache", "title"),
            "not known yet": with_input(UNKNOWN, "title"),
        },
    ),
    Case(
        rule="name-the-environment",
        good=_named("R2Bucket", "name", "uploads-staging"),
        broken={
            "production": with_input("uploads-production", "name"),
            "prod": with_input("prod-uploads", "name"),
        },
        harmless={
            "live at the front": with_input("live-chat", "name"),
            "product": with_input("product-images", "name"),
        },
        context=STAGING,
    ),
    Case(
        rule="name-the-environment",
        good=_named("R2Bucket", "name", "uploads-pr-17"),
        broken={"production": with_input("uploads-production", "name")},
        context=_PULL_REQUEST,
    ),
    Case(
        rule="name-the-environment",
        good=_named("R2Bucket", "name", "uploads"),
        broken={},
        harmless={"a stack that does not say what it is": with_input("uploads-prod", "name")},
        context=_MAIN,
    ),
    Case(
        rule="name-all-alike",
        good=[
            resource("WorkersKvNamespace", {"title": "shop-production-cache"}),
            resource("R2Bucket", {"name": "shop-production-uploads"}),
            resource("Queue", {"queueName": "mails-production"}),
            resource("Worker", {"name": "api-prod"}),
        ],
        broken={"one without": with_input("cache", "title")},
        harmless={
            "a small stack": [
                resource("WorkersKvNamespace", {"title": "cache"}),
                resource("R2Bucket", {"name": "shop-production-uploads"}),
            ],
            "a page, which has its previews within it": [
                resource("WorkersKvNamespace", {"title": "shop-production-cache"}),
                resource("R2Bucket", {"name": "shop-production-uploads"}),
                resource("Queue", {"queueName": "mails-production"}),
                resource("PagesProject", {"name": "shop-site"}),
            ],
            "no habit": [
                resource("WorkersKvNamespace", {"title": "cache"}),
                resource("R2Bucket", {"name": "uploads"}),
                resource("Worker", {"name": "api-production"}),
            ],
            "not known yet": with_input(UNKNOWN, "title"),
        },
    ),
    Case(
        rule="keep-hosts-apart",
        good=[resource("WorkersCustomDomain", {"hostname": "api.shop.example"})],
        broken={
            "staging": with_input("api.staging.shop.example", "hostname"),
            "in a label": with_input("api-stg.shop.example", "hostname"),
            "a route": [resource("WorkersRoute", {"pattern": "https://dev.shop.example/*"})],
            "a bucket's": [resource("R2CustomDomain", {"domain": "files-qa.shop.example"})],
            "a zone": [resource("Zone", {"name": "shop-staging.example"})],
        },
        harmless={
            "the top-level domain dev": with_input("api.shop.dev", "hostname"),
            "a demo for visitors": with_input("demo.shop.example", "hostname"),
            "a record of the zone that all share": [
                resource("DnsRecord", {"type": "CNAME", "name": "staging.shop.example"})
            ],
            "a page for developers": with_input("dev-docs.shop.example", "hostname"),
            "development as a part of a word": with_input("developers.shop.example", "hostname"),
        },
    ),
    Case(
        rule="keep-hosts-apart",
        good=[resource("WorkersCustomDomain", {"hostname": "api.staging.shop.example"})],
        broken={
            "production": with_input("api.production.shop.example", "hostname"),
            "a record": [resource("DnsRecord", {"type": "CNAME", "name": "prod.shop.example"})],
        },
        harmless={
            "none": with_input("api.shop.example", "hostname"),
            "mail": [resource("DnsRecord", {"type": "TXT", "name": "prod.shop.example"})],
        },
        context=STAGING,
    ),
    Case(
        rule="forbid-foreign-bindings",
        good=[
            _version({"type": "r2_bucket", "name": "UPLOADS", "bucketName": "uploads-production"})
        ],
        broken={
            "a bucket": with_input("uploads-staging", "bindings", 0, "bucketName"),
            "a Worker": [_version({"type": "service", "name": "MAIL", "service": "mail-staging"})],
            "a queue": [_version({"type": "queue", "name": "MAILS", "queueName": "mails-stg"})],
            "Durable Objects of a Worker": [
                _version(
                    {
                        "type": "durable_object_namespace",
                        "name": "ROOM",
                        "className": "Room",
                        "scriptName": "rooms-staging",
                    }
                )
            ],
            "a route": [
                resource("WorkersRoute", {"pattern": "shop.example/*", "script": "api-staging"})
            ],
            "a page's bucket": [_pages({"r2Buckets": {"UPLOADS": {"name": "uploads-dev"}}}, {})],
            "a Worker's other environment": [
                _version({"type": "service", "name": "A", "service": "a", "environment": "staging"})
            ],
            "a domain's other environment": [
                resource(
                    "WorkersCustomDomain",
                    {"hostname": "shop.example", "service": "api", "environment": "staging"},
                )
            ],
            "a bucket's host": [resource("R2CustomDomain", {"bucketName": "uploads-staging"})],
            "where logs go": [resource("Worker", {"tailConsumers": [{"name": "logs-staging"}]})],
            "where letters die": [
                resource("QueueConsumer", {"queueName": "mails", "deadLetterQueue": "dead-staging"})
            ],
        },
        harmless={
            "a Worker's own environment": [
                _version(
                    {"type": "service", "name": "A", "service": "a", "environment": "production"}
                )
            ],
            "a page's preview": [_pages({}, {"r2Buckets": {"UPLOADS": {"name": "uploads-dev"}}})],
            "the stack's own, which is named wrongly": [
                _version({"type": "r2_bucket", "name": "U", "bucketName": "uploads-staging"}),
                resource("R2Bucket", {"name": "uploads-staging"}),
            ],
        },
    ),
    Case(
        rule="keep-bindings-owned",
        good=[_version(_kv()), _namespace("kv-production", "shop-production-cache")],
        broken={
            "another's namespace": with_input("kv-unknown", "bindings", 0, "namespaceId"),
            "another's bucket": [
                _version({"type": "r2_bucket", "name": "UPLOADS", "bucketName": "legacy"}),
                resource("R2Bucket", {"name": "uploads-production"}),
            ],
        },
        harmless={
            "the stack has none of the kind": [_version(_kv("kv-unknown"))],
            "ids that are not known yet": [
                _version(_kv("kv-unknown")),
                resource("WorkersKvNamespace", {"title": "cache"}),
            ],
            "not known yet": with_input(UNKNOWN, "bindings", 0, "namespaceId"),
            "assets": [
                _version({"type": "r2_bucket", "name": "ASSETS", "bucketName": "web-assets"}),
                resource("R2Bucket", {"name": "uploads-production"}),
            ],
        },
    ),
    Case(
        rule="forbid-foreign-hosts",
        good=[_version(_text("https://api.shop.example"))],
        broken={
            "staging in a name": with_input(
                "https://api.staging.shop.example/v1", "bindings", 0, "text"
            ),
            "staging's host": with_input("https://beta.shop.example", "bindings", 0, "text"),
            "below staging's zone": [
                _version(_text("wss://a.shop-two.example/ws")),
                resource("Zone", {"name": "shop.example"}),
            ],
            "within JSON": [
                _version(
                    {
                        "type": "json",
                        "name": "CONFIG",
                        "json": '{"api": {"base": "https://dev-api.shop.example"}}',
                    }
                )
            ],
            "without a scheme": [_version(_text("api-staging.shop.example", "API_HOST"))],
            "in a list": [
                _version(
                    _text("https://shop.example,https://staging.shop.example", "ALLOWED_ORIGINS")
                )
            ],
            "a secret": [
                _version(
                    _text("postgres://u:p4s@db-staging.example/shop", "DATABASE_URL", "secret_text")
                )
            ],
            "of a page": [
                _pages(
                    {
                        "envVars": {
                            "API_URL": {"type": "plain_text", "value": "https://qa.shop.example"}
                        }
                    },
                    {},
                )
            ],
            "a database's": [_hyperdrive("db.staging.example", "shop")],
            "an origin": [
                resource(
                    "R2BucketCors",
                    {"rules": [{"allowed": {"origins": ["https://staging.shop.example"]}}]},
                )
            ],
            "a webhook": [
                resource("NotificationPolicyWebhooks", {"url": "https://alerts-dev.shop.example/a"})
            ],
            "a redirect": [
                resource(
                    "Ruleset",
                    {
                        "rules": [
                            {
                                "actionParameters": {
                                    "fromValue": {
                                        "targetUrl": {"value": "https://stg.shop.example/"}
                                    }
                                }
                            }
                        ]
                    },
                )
            ],
            "an alias": [
                resource(
                    "DnsRecord",
                    {
                        "type": "CNAME",
                        "name": "api.shop.example",
                        "content": "lb-staging.shop.example",
                    },
                )
            ],
            "a provider's sandbox": with_input(
                "https://api.sandbox.pay.example", "bindings", 0, "text"
            ),
        },
        harmless={
            "a path": with_input("https://api.shop.example/staging", "bindings", 0, "text"),
            "the top-level domain dev": with_input(
                "https://shop.workers.dev", "bindings", 0, "text"
            ),
            "a provider's name": with_input("https://dev.azure.com/shop", "bindings", 0, "text"),
            "a file": [_version(_text("config.dev.json", "FILE"))],
            "staging's alias in the zone that all share": [
                resource(
                    "DnsRecord",
                    {
                        "type": "CNAME",
                        "name": "staging.shop.example",
                        "content": "lb-staging.shop.example",
                    },
                )
            ],
            "previews of pages": [
                _pages(
                    {},
                    {
                        "envVars": {
                            "API_URL": {"type": "plain_text", "value": "https://qa.shop.example"}
                        }
                    },
                )
            ],
            "the own zone, of which staging has a part": [
                _version(_text("https://www.shop.example")),
                resource("Zone", {"name": "shop.example"}),
            ],
        },
        others=_other(
            resource("WorkersCustomDomain", {"hostname": "beta.shop.example"}),
            resource("Zone", {"name": "shop-two.example"}),
        ),
    ),
    Case(
        rule="forbid-foreign-hosts",
        good=[_version(_text("https://api.staging.shop.example"))],
        broken={
            "production in a name": with_input(
                "https://api.prod.shop.example", "bindings", 0, "text"
            ),
            "production's host": with_input("https://api.shop.example", "bindings", 0, "text"),
            "production's database": [_hyperdrive("db-production.example", "shop")],
        },
        harmless={
            "a provider's name": with_input(
                "https://prod-12.westeurope.logic.azure.com/x", "bindings", 0, "text"
            ),
            "a shared zone": with_input("https://staging-api.shop.example", "bindings", 0, "text"),
        },
        context=STAGING,
        others=_other(
            resource("WorkersCustomDomain", {"hostname": "api.shop.example"}),
            resource("Zone", {"name": "shop.example"}),
            name="production",
        ),
    ),
    Case(
        rule="forbid-foreign-databases",
        good=[_hyperdrive("db.example", "shop_staging")],
        broken={
            "production's": with_input("shop_production", "origin", "database"),
            "short": with_input("prod", "origin", "database"),
        },
        harmless={
            "no word": with_input("shop", "origin", "database"),
            "products": with_input("products", "origin", "database"),
        },
        context=STAGING,
    ),
    Case(
        rule="keep-environment-true",
        good=[_version(_text("production", "ENVIRONMENT"))],
        broken={
            "staging": with_input("staging", "bindings", 0, "text"),
            "in capitals": with_input("DEV", "bindings", 0, "text"),
            "Sentry's": [_version(_text("staging", "SENTRY_ENVIRONMENT"))],
        },
        harmless={
            "another word": with_input("eu", "bindings", 0, "text"),
            "of something else": [_version(_text("preview", "PAGE_MODE"))],
            "of previews": [
                _pages({}, {"envVars": {"ENVIRONMENT": {"type": "plain_text", "value": "preview"}}})
            ],
        },
    ),
    Case(
        rule="keep-environment-true",
        good=[_version(_text("staging", "APP_ENV"))],
        broken={"production": with_input("production", "bindings", 0, "text")},
        harmless={"how it was built": [_version(_text("production", "NODE_ENV"))]},
        context=STAGING,
    ),
    Case(
        rule="separate-pages-previews",
        good=[
            _pages(
                {"kvNamespaces": {"CACHE": {"namespaceId": "kv1"}}},
                {"kvNamespaces": {"CACHE": {"namespaceId": "kv2"}}},
            )
        ],
        broken={
            "a namespace": with_input(
                "kv1", "deploymentConfigs", "preview", "kvNamespaces", "CACHE", "namespaceId"
            ),
            "under another name": [
                _pages(
                    {"d1Databases": {"DB": {"id": "d1"}}}, {"d1Databases": {"MAIN": {"id": "d1"}}}
                )
            ],
            "a bucket": [
                _pages({"r2Buckets": {"U": {"name": "u"}}}, {"r2Buckets": {"U": {"name": "u"}}})
            ],
            "a database": [
                _pages(
                    {"hyperdriveBindings": {"DB": {"id": "h"}}},
                    {"hyperdriveBindings": {"DB": {"id": "h"}}},
                )
            ],
            "Durable Objects": [
                _pages(
                    {"durableObjectNamespaces": {"R": {"namespaceId": "do"}}},
                    {"durableObjectNamespaces": {"R": {"namespaceId": "do"}}},
                )
            ],
        },
        harmless={
            "assets": [
                _pages(
                    {"r2Buckets": {"A": {"name": "web-assets"}}},
                    {"r2Buckets": {"A": {"name": "web-assets"}}},
                )
            ],
            "one key for two kinds": [
                _pages(
                    {"r2Buckets": {"A": {"name": "x"}}}, {"queueProducers": {"A": {"name": "x"}}}
                )
            ],
            "AI": [
                _pages(
                    {"aiBindings": {"AI": {"projectId": "p"}}},
                    {"aiBindings": {"AI": {"projectId": "p"}}},
                )
            ],
            "no previews": without_input("deploymentConfigs", "preview"),
        },
    ),
    Case(
        rule="separate-pages-previews",
        good=[_pages({}, {})],
        broken={},
        harmless={
            "a project of staging": [
                _pages(
                    {"kvNamespaces": {"CACHE": {"namespaceId": "kv1"}}},
                    {"kvNamespaces": {"CACHE": {"namespaceId": "kv1"}}},
                )
            ]
        },
        context=STAGING,
    ),
    Case(
        rule="separate-preview-secrets",
        good=[
            _pages(
                {"envVars": {"JWT_SECRET": {"type": "secret_text", "value": _OWN_SECRET}}},
                {"envVars": {"JWT_SECRET": {"type": "secret_text", "value": _STAGINGS_SECRET}}},
            )
        ],
        broken={
            "the same": with_input(
                _OWN_SECRET, "deploymentConfigs", "preview", "envVars", "JWT_SECRET", "value"
            ),
            "the same, as a Pulumi secret": with_input(
                Secret(_OWN_SECRET),
                "deploymentConfigs",
                "preview",
                "envVars",
                "JWT_SECRET",
                "value",
            ),
        },
        harmless={
            "one plain value": [
                _pages(
                    {
                        "envVars": {
                            "NODE_VERSION": {"type": "plain_text", "value": "22.14.0-production"}
                        }
                    },
                    {
                        "envVars": {
                            "NODE_VERSION": {"type": "plain_text", "value": "22.14.0-production"}
                        }
                    },
                )
            ]
        },
    ),
    Case(
        rule="forbid-workers-dev",
        good=[_worker(enabled=False, previewsEnabled=False)],
        broken={
            "on": with_input(True, "subdomain", "enabled"),
            "on for a script": [
                resource("WorkersScriptSubdomain", {"scriptName": "api", "enabled": True})
            ],
            "on, with an application for another Worker": [
                _worker(enabled=True, previewsEnabled=False),
                _guard({"type": "public", "uri": "reports.team.workers.dev"}),
            ],
            "on, with an application for previews": [
                _worker(enabled=True, previewsEnabled=False),
                _guard({"type": "all_preview_workers"}),
            ],
        },
        harmless={
            "by default": without_input("subdomain"),
            "behind a login": [
                _worker(enabled=True, previewsEnabled=False),
                _guard({"type": "worker", "workerId": "w1"}),
            ],
            "its host behind a login": [
                _worker(enabled=True, previewsEnabled=False),
                _guard({"type": "public", "uri": "shop-production.team.workers.dev"}),
            ],
            "all behind a login": [
                _worker(enabled=True, previewsEnabled=False),
                _guard({"type": "all_workers"}),
            ],
        },
    ),
    Case(
        rule="forbid-workers-dev",
        good=[_worker(enabled=False)],
        broken={},
        harmless={"staging": with_input(True, "subdomain", "enabled")},
        context=STAGING,
    ),
    Case(
        rule="forbid-preview-urls",
        good=[_worker(enabled=False, previewsEnabled=False)],
        broken={
            "on": with_input(True, "subdomain", "previewsEnabled"),
            "following workers.dev": [_worker(enabled=True)],
            "on for a script": [
                resource(
                    "WorkersScriptSubdomain",
                    {"scriptName": "api", "enabled": False, "previewsEnabled": True},
                )
            ],
        },
        harmless={
            "by default": without_input("subdomain", "previewsEnabled"),
            "behind a login": [
                _worker(enabled=False, previewsEnabled=True),
                _guard({"type": "preview_worker", "workerId": "w1"}),
            ],
            "its hosts behind a login": [
                _worker(enabled=False, previewsEnabled=True),
                _guard({"type": "public", "uri": "*-shop-production.team.workers.dev"}),
            ],
            "behind a login, ids not known yet": [
                _worker(enabled=False, previewsEnabled=True),
                _guard({"type": "preview_worker", "workerId": UNKNOWN}),
            ],
            "following workers.dev, with Durable Objects": [
                _worker(enabled=True),
                _version({"type": "durable_object_namespace", "name": "ROOM", "className": "Room"}),
            ],
        },
    ),
    Case(
        rule="limit-routes",
        good=[resource("WorkersRoute", {"pattern": "staging.shop.example/*", "script": "api"})],
        broken={
            "everything": with_input("*/*", "pattern"),
            "the zone": with_input("*shop.example/*", "pattern"),
            "all its hosts": with_input("https://*.shop.example/*", "pattern"),
        },
        harmless={
            "below staging": with_input("*.staging.shop.example/*", "pattern"),
            "a zone of its own": [
                resource("Zone", {"name": "shop-two.example"}, id="z2"),
                resource("WorkersRoute", {"pattern": "*.shop-two.example/*", "zoneId": "z2"}),
            ],
            "a zone of its own, not known yet": [
                resource("Zone", {"name": "shop-two.example"}),
                resource("WorkersRoute", {"pattern": "*/*", "zoneId": UNKNOWN}),
            ],
        },
        context=STAGING,
    ),
    Case(
        rule="limit-routes",
        good=[resource("WorkersRoute", {"pattern": "staging.shop.example/*", "zoneId": "z1"})],
        broken={"production's zone": with_input("*.shop.example/*", "pattern")},
        harmless={
            "a zone where production has nothing": [
                resource("WorkersRoute", {"pattern": "*.shop-two.example/*", "zoneId": "z2"})
            ]
        },
        context=STAGING,
        others=_other(resource("DnsRecord", {"type": "MX", "zoneId": "z1"}), name="production"),
    ),
    Case(
        rule="limit-routes",
        good=[resource("WorkersRoute", {"pattern": "shop.example/*"})],
        broken={},
        harmless={"production": with_input("*.shop.example/*", "pattern")},
    ),
)
