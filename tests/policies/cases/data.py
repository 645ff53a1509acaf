from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.policies.building import (
    STAGING,
    UNKNOWN,
    Case,
    Secret,
    having,
    resource,
    with_input,
    without_input,
)

ACCOUNT: Final = "06ba2baca926065b096ed803fb361499"
BUCKET: Final = resource("R2Bucket", {"accountId": ACCOUNT, "name": "shop-production-orders"})
KV: Final = resource(
    "WorkersKvNamespace", {"accountId": ACCOUNT, "title": "shop-production-sessions"}, name="kv"
)
CACHE: Final = resource(
    "WorkersKvNamespace", {"accountId": ACCOUNT, "title": "shop-production-cache"}, name="cache"
)
D1: Final = resource("D1Database", {"accountId": ACCOUNT, "name": "shop-production"}, name="d1")
ZONE: Final = resource("Zone", {"name": "shop.example"}, name="zone")
QUEUE: Final = resource("Queue", {"queueName": "shop-production-mail"}, name="queue")
HYPERDRIVE: Final = resource(
    "HyperdriveConfig",
    {
        "name": "shop-production-sessions",
        "caching": {"disabled": True},
        "origin": {
            "scheme": "postgres",
            "host": "db.shop.example",
            "port": 5432,
            "database": "shop",
            "user": "shop_app",
            "password": Secret("made-up"),
        },
        "mtls": {"sslmode": "verify-full", "caCertificateId": "9f1c"},
    },
    name="hyperdrive",
)
WORKER: Final = resource(
    "Worker",
    {
        "accountId": ACCOUNT,
        "name": "shop-rooms-production",
        "observability": {"enabled": True},
        "subdomain": {"enabled": False, "previewsEnabled": False},
        "tags": ["owner:rooms"],
    },
    name="worker",
    id="w1",
)
VERSION: Final = resource(
    "WorkerVersion",
    {
        "workerId": "w1",
        "mainModule": "index.js",
        "compatibilityDate": "2026-10-01",
        "annotations": {"workersTag": "4f1a", "workersMessage": "rooms 4f1a"},
        "exports": {
            "Room": {"type": "durable-object", "storage": "sqlite"},
            "Lobby": {"type": "durable-object", "storage": "sqlite"},
            "default": {"type": "worker"},
        },
        "bindings": [
            {"name": "ROOMS", "type": "durable_object_namespace", "className": "Room"},
        ],
    },
    name="version",
    id="v2",
)
SCRIPT: Final = resource(
    "WorkersScript",
    {
        "scriptName": "shop-rooms-production",
        "mainModule": "index.js",
        "compatibilityDate": "2026-10-01",
        "observability": {"enabled": True},
        "bindings": [{"name": "ROOMS", "type": "durable_object_namespace", "className": "Room"}],
        "migrations": {"newTag": "v2", "steps": [{"newSqliteClasses": ["Room"]}]},
    },
    name="script",
)
LIFECYCLE: Final = resource(
    "R2BucketLifecycle",
    {
        "bucketName": "shop-production-orders",
        "rules": [
            {
                "id": "clear-temporary",
                "enabled": True,
                "conditions": {"prefix": "tmp/"},
                "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
            }
        ],
    },
)
LOCK: Final = resource(
    "R2BucketLock",
    {
        "bucketName": "shop-production-backups",
        "rules": [
            {
                "id": "keep",
                "enabled": True,
                "prefix": "",
                "condition": {"type": "Age", "maxAgeSeconds": 2592000},
            }
        ],
    },
    name="lock",
)
BACKUPS: Final = resource("R2Bucket", {"name": "shop-production-backups"}, name="backups")
UPLOADS: Final = resource("R2Bucket", {"name": "shop-production-uploads"}, name="uploads")

CASES: Final[Sequence[Case]] = (
    Case(
        rule="protect-stored-data",
        good=[BUCKET, KV, D1, HYPERDRIVE],
        broken={
            "bucket": having(protect=False),
            "namespace": [having(protect=False)(KV)],
            "database": [having(protect=False)(D1)],
            "hyperdrive": [having(protect=False)(HYPERDRIVE)],
            "an old name that is not known yet": [
                having(protect=False)(with_input(UNKNOWN, "title")(KV))
            ],
        },
        harmless={
            "not told": having(protect=None),
            "a cache": [having(protect=False)(CACHE)],
        },
    ),
    Case(
        rule="require-retained-data",
        good=[BUCKET, KV, WORKER, VERSION],
        broken={
            "bucket": having(retain_on_delete=False),
            "database": [having(retain_on_delete=False)(D1)],
            "a Worker with objects": [having(retain_on_delete=False)(WORKER), VERSION],
        },
        harmless={
            "not told": having(retain_on_delete=None),
            "a Worker without objects": [having(retain_on_delete=False)(WORKER)],
            "a version": [WORKER, having(retain_on_delete=False)(VERSION)],
        },
    ),
    Case(
        rule="protect-durable-objects",
        good=[WORKER, VERSION],
        broken={
            "unprotected": having(protect=False),
            "by its only Worker, whose id is not known yet": [
                having(protect=False, id=None)(WORKER),
                with_input(UNKNOWN, "workerId")(VERSION),
            ],
            "a script": [having(protect=False)(SCRIPT)],
            "a script, by its binding": [
                having(protect=False)(without_input("migrations")(SCRIPT))
            ],
        },
        harmless={
            "the version itself": [WORKER, having(protect=False)(VERSION)],
            "objects of another Worker": [
                having(protect=False)(
                    with_input("rooms", "bindings", 0, "scriptName")(
                        without_input("migrations")(SCRIPT)
                    )
                )
            ],
            "no objects": [
                having(protect=False)(WORKER),
                without_input("bindings")(without_input("exports")(VERSION)),
            ],
        },
    ),
    Case(
        rule="forbid-data-deletion",
        good=[BUCKET, KV, D1, HYPERDRIVE, QUEUE, WORKER, VERSION],
        broken={
            "bucket": having(operation="delete"),
            "replaced bucket": having(operation="create-replacement"),
            "namespace": [having(operation="delete")(KV)],
            "database, though it is kept": [
                having(operation="delete", retain_on_delete=True)(D1),
            ],
            "hyperdrive": [having(operation="replace")(HYPERDRIVE)],
            "queue": [having(operation="delete")(QUEUE)],
            "zone": [having(operation="delete")(ZONE)],
            "Worker with objects": [
                having(operation="delete")(WORKER),
                having(operation="delete")(VERSION),
            ],
        },
        harmless={
            "update": having(operation="update"),
            "a new one": having(operation="create"),
            "a version": [WORKER, having(operation="replace")(VERSION)],
            "a cache": [having(operation="delete")(CACHE)],
            "a Worker without objects": [having(operation="delete")(WORKER)],
        },
    ),
    Case(
        rule="forbid-data-deletion",
        good=[having(operation="update")(BUCKET)],
        broken={},
        harmless={"outside production": having(operation="delete")},
        context=STAGING,
    ),
    Case(
        rule="forbid-object-class-deletion",
        good=[VERSION],
        broken={
            "by its export": with_input("deleted", "exports", "Lobby", "state"),
            "by a migration": with_input(["Lobby"], "migrations", "deletedClasses"),
            "by a step": [
                with_input([{"deletedClasses": ["Room"]}], "migrations", "steps")(SCRIPT)
            ],
        },
        harmless={
            "renamed": with_input("renamed", "exports", "Lobby", "state"),
            "none": with_input([], "migrations", "deletedClasses"),
            "not known yet": with_input(UNKNOWN, "exports", "Lobby", "state"),
        },
    ),
    Case(
        rule="keep-object-classes",
        good=[having(operation="replace", previous=VERSION)(VERSION)],
        broken={
            "left out": without_input("exports", "Lobby"),
            "all of them": without_input("exports"),
        },
        harmless={
            "renamed": with_input("renamed", "exports", "Lobby", "state"),
            "a new one": with_input({"type": "durable-object"}, "exports", "Garden"),
            "an entry point": without_input("exports", "default"),
            "not known yet": with_input(UNKNOWN, "exports"),
        },
    ),
    Case(
        rule="forbid-forced-deletion",
        good=[WORKER],
        broken={
            "Worker": with_input(True, "force"),
            "script": [with_input(True, "force")(SCRIPT)],
        },
        harmless={"off": with_input(False, "force")},
    ),
    Case(
        rule="limit-lifecycle-deletion",
        good=[LIFECYCLE],
        broken={
            "empty prefix": with_input("", "rules", 0, "conditions", "prefix"),
            "no prefix": without_input("rules", 0, "conditions"),
            "people's own, under a prefix": with_input(
                "customers/documents/", "rules", 0, "conditions", "prefix"
            ),
            "a day that is past": [
                with_input(
                    {"type": "Date", "date": "2026-01-01T00:00:00Z"},
                    *("rules", 0, "deleteObjectsTransition", "condition"),
                )(with_input("", "rules", 0, "conditions", "prefix")(LIFECYCLE))
            ],
            "what people gave, after half a year": [
                with_input("shop-production-uploads", "bucketName")(
                    with_input(
                        15_552_000,
                        *("rules", 0, "deleteObjectsTransition", "condition", "maxAge"),
                    )(with_input("", "rules", 0, "conditions", "prefix")(LIFECYCLE))
                )
            ],
        },
        harmless={
            "people's own, on its way": with_input(
                "documents/incoming/", "rules", 0, "conditions", "prefix"
            ),
            "backups, after a month": [
                with_input("shop-production-backups", "bucketName")(
                    with_input(
                        2_592_000, *("rules", 0, "deleteObjectsTransition", "condition", "maxAge")
                    )(with_input("", "rules", 0, "conditions", "prefix")(LIFECYCLE))
                )
            ],
            "after a quarter": [
                with_input(
                    7_776_000, *("rules", 0, "deleteObjectsTransition", "condition", "maxAge")
                )(with_input("", "rules", 0, "conditions", "prefix")(LIFECYCLE))
            ],
            "off": [
                with_input(False, "rules", 0, "enabled")(
                    with_input("", "rules", 0, "conditions", "prefix")(LIFECYCLE)
                )
            ],
            "logs": [
                with_input("shop-production-logs", "bucketName")(
                    with_input("", "rules", 0, "conditions", "prefix")(LIFECYCLE)
                )
            ],
            "abandoned uploads": with_input(
                {
                    "id": "abort",
                    "enabled": True,
                    "conditions": {"prefix": ""},
                    "abortMultipartUploadsTransition": {
                        "condition": {"type": "Age", "maxAge": 604800}
                    },
                },
                "rules",
                1,
            ),
            "prefix not known yet": with_input(UNKNOWN, "rules", 0, "conditions", "prefix"),
        },
    ),
    Case(
        rule="require-bucket-lock",
        good=[LOCK, BACKUPS],
        broken={
            "of another bucket": with_input("shop-production-audit", "bucketName"),
            "none": [BACKUPS],
            "uploads of a platform": [UPLOADS, ZONE],
        },
        harmless={
            "a bucket not known yet": with_input(UNKNOWN, "bucketName"),
            "nothing that must last": [BUCKET],
            "invoices that can be printed again": [
                with_input("shop-production-invoices", "name")(BUCKET)
            ],
            "uploads on their way": [
                with_input("shop-production-tmp-uploads", "name")(UPLOADS),
                ZONE,
            ],
            "uploads alone": [UPLOADS, WORKER],
        },
    ),
    Case(
        rule="keep-bucket-locks",
        good=[LOCK, BACKUPS],
        broken={
            "off": with_input(False, "rules", 0, "enabled"),
            "an hour": with_input(3600, "rules", 0, "condition", "maxAgeSeconds"),
            "over": with_input(
                {"type": "Date", "date": "2025-12-31T00:00:00Z"}, "rules", 0, "condition"
            ),
            "no rule": with_input([], "rules"),
        },
        harmless={
            "for ever": with_input({"type": "Indefinite"}, "rules", 0, "condition"),
            "an old rule beside one for all": with_input(
                {
                    "id": "old",
                    "enabled": False,
                    "prefix": "2024/",
                    "condition": {"type": "Age", "maxAgeSeconds": 86400},
                },
                "rules",
                1,
            ),
        },
    ),
    Case(
        rule="forbid-cached-sessions",
        good=[HYPERDRIVE],
        broken={
            "on": with_input(False, "caching", "disabled"),
            "by default": without_input("caching"),
        },
        harmless={
            "a catalogue": [
                without_input("caching")(
                    with_input("shop-production-catalogue", "name")(HYPERDRIVE)
                )
            ],
            "not known yet": with_input(UNKNOWN, "caching", "disabled"),
            "all of it not known yet": with_input(UNKNOWN, "caching"),
        },
    ),
)
