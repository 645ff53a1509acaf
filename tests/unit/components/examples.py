"""One example of each component, as somebody would use it alone in a program of their own."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

import components
from components.alerts import Alerts, AlertsArgs
from components.bindings import Binding
from components.dns import Record, ZoneRecords, ZoneRecordsArgs
from components.durable_objects import DurableObjects, DurableObjectsArgs
from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.hyperdrive import Database, DatabaseArgs
from components.kv import KvNamespaces, KvNamespacesArgs
from components.live_split import Share
from components.pages import Frontend, FrontendArgs
from components.platform import Platform, PlatformArgs
from components.r2 import UploadsBucket, UploadsBucketArgs
from components.rollouts import Rollouts, RolloutsArgs
from components.sticky_visitors import StickyVisitors, StickyVisitorsArgs
from components.traffic_split import TrafficSplit, TrafficSplitArgs
from components.worker import Worker, WorkerArgs
from components.worker_domain import WorkerDomain, WorkerDomainArgs
from components.zone import SecureZone, SecureZoneArgs
from tests.unit.components.cloud_mocks import ACCOUNT, MockedCloudflare

Component = Callable[..., pulumi.ComponentResource]
ZONE: Final = "pitchey.example"
WORKER: Final = "pitchey-api-staging"
PASSWORD: Final = "pa/ss:w@rd"
DATABASE_URL: Final = (
    "postgresql://pitchey:pa%2Fss%3Aw%40rd@db.example:6432/pitchey?sslmode=require"
)
SECRETS: Final = {
    "DATABASE_URL": DATABASE_URL,
    "UPSTASH_REDIS_REST_URL": "https://redis.example",
    "UPSTASH_REDIS_REST_TOKEN": "an-upstash-token",
    "SENTRY_DSN": "https://0123456789abcdef@sentry.example/1",
}
BUNDLE: Final = b"export class Counter {}\nexport default { fetch: () => new Response() };\n"
ROLLOUTS_BUNDLE: Final = b"export class Recorder {}\nexport class RateLimiter {}\nexport class Ledger {}\nexport default {};\n"
DEPLOYMENTS_TOKEN: Final = "a-token-that-deploys-one-worker"


@dataclass(frozen=True)
class Example:
    """`args` makes the component's args on a cloud, with whatever they refer to made there before; called in a program."""

    args: Callable[[MockedCloudflare], Any]
    refused: Sequence[Mapping[str, Any]] = ()
    """Changes of the args that the component refuses with a `ValueError`."""


def zone_in(cloud: MockedCloudflare) -> str:
    known = cloud.things["Zone"]
    return next(iter(known), None) or cloud.add_zone(ZONE)


def version_in(cloud: MockedCloudflare) -> str:
    """The first version of the Worker; both are made when there is none."""
    if not cloud.things["WorkerVersion"]:
        id, _ = cloud.create("Worker", {"accountId": ACCOUNT, "name": WORKER})
        cloud.create("WorkerVersion", {"accountId": ACCOUNT, "workerId": id})
    return next(iter(cloud.things["WorkerVersion"]))


def platform_args(environment: str = "staging", zone: str = ZONE, **changes: Any) -> PlatformArgs:
    values: dict[str, Any] = {
        "account_id": ACCOUNT,
        "environment": environment,
        "bundle": BUNDLE,
        "rollouts_bundle": ROLLOUTS_BUNDLE,
        "zone_name": zone,
        "secrets": {name: pulumi.Output.secret(value) for name, value in SECRETS.items()},
        "crons": ["0 3 * * *"],
        "lock_days": 30,
        "alert_addresses": ["platform@pitchey.example"],
        "certificate_authorities": ["letsencrypt.org"],
        "records": [Record(f"www.{zone}", "CNAME", f"app.{zone}", proxied=True)],
    }
    return PlatformArgs(**{**values, **changes})


EXAMPLES: Final[Mapping[Component, Example]] = {
    Alerts: Example(
        lambda cloud: AlertsArgs(
            account_id=ACCOUNT,
            name="pitchey-staging",
            addresses=["platform@pitchey.example"],
            zone_id=zone_in(cloud),
        ),
        refused=[{"addresses": []}],
    ),
    Worker: Example(
        lambda _: WorkerArgs(
            account_id=ACCOUNT,
            name=WORKER,
            bundle=BUNDLE,
            bindings=[
                Binding("COUNTER", "durable_object_namespace", "Counter"),
                Binding("VERSION", "version_metadata"),
                Binding("KEY", "secret_text", pulumi.Output.secret("hidden")),
            ],
            object_classes=["Counter"],
            crons=["0 3 * * *"],
        ),
        refused=[
            {"bindings": [Binding("CACHE", "kv")]},
            {"bindings": [Binding("CACHE", "kv_namespace")]},
            {"bindings": [Binding("CACHE", "kv_namespace", "a" * 32, script="other")]},
        ],
    ),
    WorkerDomain: Example(
        lambda cloud: WorkerDomainArgs(
            account_id=ACCOUNT,
            script_name=version_in(cloud) and WORKER,
            hostname=f"api.{ZONE}",
            zone_id=zone_in(cloud),
            routes=[f"{ZONE}/api/*", f"{ZONE}/health"],
        )
    ),
    TrafficSplit: Example(
        lambda cloud: TrafficSplitArgs(
            account_id=ACCOUNT, script_name=WORKER, uploaded_version_id=version_in(cloud)
        ),
        refused=[
            {"wanted": []},
            {"wanted": [Share("a", 90)]},
            {"wanted": [Share("a", 50), Share("a", 50)]},
            {"wanted": [Share("a", 150), Share("b", -50)]},
        ],
    ),
    SecureZone: Example(lambda _: SecureZoneArgs(account_id=ACCOUNT, name=ZONE)),
    StickyVisitors: Example(
        lambda cloud: StickyVisitorsArgs(zone_id=zone_in(cloud), zone_name=ZONE),
        refused=[{"cookie": ""}, {"cookie": 'a"]'}],
    ),
    Rollouts: Example(
        lambda cloud: RolloutsArgs(
            account_id=ACCOUNT,
            name="pitchey-rollouts-staging",
            environment="staging",
            bundle=ROLLOUTS_BUNDLE,
            hostname=f"rollouts.{ZONE}",
            zone_id=zone_in(cloud),
            deployments_token=DEPLOYMENTS_TOKEN,
        ),
        refused=[{"api_url": "api.cloudflare.com"}, {"news": {"PAGER": "x"}}],
    ),
    ZoneRecords: Example(
        lambda cloud: ZoneRecordsArgs(
            zone_id=zone_in(cloud),
            zone_name=ZONE,
            certificate_authorities=["letsencrypt.org", "pki.goog"],
            report_address=f"dmarc@{ZONE}",
            records=[Record(f"www.{ZONE}", "A", "192.0.2.1", proxied=True)],
        ),
        refused=[{"records": [Record(f"www.{ZONE}", "A", "192.0.2.1")] * 2}],
    ),
    KvNamespaces: Example(
        lambda _: KvNamespacesArgs(
            account_id=ACCOUNT,
            titles={"cache": "pitchey-staging-cache", "flags": "pitchey-staging-flags"},
        )
    ),
    UploadsBucket: Example(
        lambda cloud: UploadsBucketArgs(
            account_id=ACCOUNT,
            name="pitchey-staging-uploads",
            allowed_origins=[f"https://app.{ZONE}"],
            lock_days=30,
            hostname=f"uploads.{ZONE}",
            zone_id=zone_in(cloud),
        ),
        refused=[
            {"allowed_origins": ["*"]},
            {"allowed_origins": ["https://*.pitchey.example"]},
            {"allowed_origins": ["http://app.pitchey.example"]},
            {"allowed_origins": []},
            {"zone_id": None},
        ],
    ),
    Database: Example(
        lambda _: DatabaseArgs(
            account_id=ACCOUNT, name="pitchey-staging-database", url=DATABASE_URL
        )
    ),
    DurableObjects: Example(
        lambda _: DurableObjectsArgs(script_name=WORKER, classes={"COUNTER": "Counter"}),
        refused=[{"classes": {"COUNTER": "counter"}}, {"classes": {"COUNTER": "No class"}}],
    ),
    GeneratedSecret: Example(lambda _: GeneratedSecretArgs(), refused=[{"bytes": 31}]),
    Frontend: Example(
        lambda cloud: FrontendArgs(
            account_id=ACCOUNT,
            name="pitchey-staging",
            variables={"API_URL": f"https://api.{ZONE}"},
            hostname=f"app.{ZONE}",
            zone_id=zone_in(cloud),
        ),
        refused=[{"zone_id": None}],
    ),
    Platform: Example(lambda _: platform_args(), refused=[{"secrets": {}}]),
}


def components_found() -> list[Component]:
    """Every component that there is, by walking the package."""
    found: list[Component] = []
    for module_info in pkgutil.walk_packages(components.__path__, "components."):
        module = importlib.import_module(module_info.name)
        found.extend(
            kind
            for _, kind in inspect.getmembers(module, inspect.isclass)
            if issubclass(kind, pulumi.ComponentResource) and kind.__module__ == module.__name__
        )
    return found
