"""The whole platform of one environment, composed of the other components."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pulumi

from components.alerts import Alerts, AlertsArgs
from components.bindings import Binding, listed
from components.dns import ZoneRecords, ZoneRecordsArgs
from components.durable_objects import DurableObjects, DurableObjectsArgs
from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.hyperdrive import Database, DatabaseArgs
from components.kv import KvNamespaces, KvNamespacesArgs
from components.names import dataset_name, rollouts_name, worker_name
from components.pages import Frontend, FrontendArgs
from components.platform_args import PlatformArgs
from components.r2 import UploadsBucket, UploadsBucketArgs
from components.rollouts import Rollouts, RolloutsArgs
from components.sticky_visitors import StickyVisitors, StickyVisitorsArgs
from components.traffic_split import TrafficSplit, TrafficSplitArgs
from components.worker import Worker, WorkerArgs
from components.worker_domain import WorkerDomain, WorkerDomainArgs
from components.zone import SecureZone, SecureZoneArgs

NAMESPACES = ("cache", "sessions", "flags")
OBJECTS = {"COUNTER": "Counter"}
RUNTIME_FLAGS = ("nodejs_compat",)
"""What the application's code cannot do without: `node:crypto` for passwords, Node.js' streams for Postgres."""
DATABASE_URL = "DATABASE_URL"
JWT_SECRET = "JWT_SECRET"  # noqa: S105 (a binding's name)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
HOSTS = ("api", "app", "uploads", "rollouts")


class Platform(pulumi.ComponentResource):
    """`outputs()` gives the stack's outputs (`components/outputs.py`)."""

    def __init__(
        self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if DATABASE_URL not in args.secrets:
            raise ValueError(f"{name}: secrets without {DATABASE_URL}: there would be no database")
        super().__init__("pitchey:platform:Platform", name, {}, opts)
        here = pulumi.ResourceOptions(parent=self)
        self._args = args
        stem = f"pitchey-{args.environment}"
        self._script = worker_name(args.environment)
        self._hosts = {part: f"{part}.{args.zone_name}" for part in HOSTS}
        app_origin = f"https://{self._hosts['app']}"
        self.zone = SecureZone(
            f"{name}-zone",
            SecureZoneArgs(
                account_id=args.account_id,
                name=args.zone_name,
                existing_id=args.zone_id,
                hsts_max_age=args.hsts_max_age,
                requests_per_period=args.requests_per_period,
            ),
            here,
        )
        ZoneRecords(
            f"{name}-records",
            ZoneRecordsArgs(
                zone_id=self.zone.zone_id,
                zone_name=args.zone_name,
                certificate_authorities=args.certificate_authorities,
                report_address=args.report_address,
                records=args.records,
            ),
            here,
        )
        self.namespaces = KvNamespaces(
            f"{name}-kv",
            KvNamespacesArgs(
                account_id=args.account_id,
                titles={short: f"{stem}-{short}" for short in NAMESPACES},
            ),
            here,
        )
        self.uploads = UploadsBucket(
            f"{name}-uploads",
            UploadsBucketArgs(
                account_id=args.account_id,
                name=f"{stem}-uploads",
                allowed_origins=[app_origin, *args.upload_origins],
                abort_incomplete_after_days=args.abort_incomplete_after_days,
                lock_days=args.lock_days,
                hostname=self._hosts["uploads"],
                zone_id=self.zone.zone_id,
            ),
            here,
        )
        self.database = Database(
            f"{name}-database",
            DatabaseArgs(
                account_id=args.account_id,
                name=f"{stem}-database",
                url=args.secrets[DATABASE_URL],
                caching=args.database_caching,
                max_age=args.database_max_age,
                stale_while_revalidate=args.database_stale_while_revalidate,
            ),
            here,
        )
        self.objects = DurableObjects(
            f"{name}-objects", DurableObjectsArgs(script_name=self._script, classes=OBJECTS), here
        )
        StickyVisitors(
            f"{name}-visitors",
            StickyVisitorsArgs(zone_id=self.zone.zone_id, zone_name=args.zone_name),
            here,
        )
        self.rollouts = Rollouts(
            f"{name}-rollouts",
            RolloutsArgs(
                account_id=args.account_id,
                name=rollouts_name(args.environment),
                environment=args.environment,
                bundle=args.rollouts_bundle,
                hostname=self._hosts["rollouts"],
                zone_id=self.zone.zone_id,
                deployments_token=args.deployments_token,
                news=args.switch_news,
                api_url=args.api_url,
                compatibility_date=args.compatibility_date,
                log_sampling=args.log_sampling,
                owner=args.owner,
                workers_dev=args.workers_dev,
            ),
            here,
        )
        self.bindings = self._bindings(name, here)
        self.worker = Worker(
            f"{name}-api",
            WorkerArgs(
                account_id=args.account_id,
                name=self._script,
                bundle=args.bundle,
                bindings=self.bindings,
                object_classes=self.objects.class_names,
                compatibility_date=args.compatibility_date,
                compatibility_flags=list(
                    dict.fromkeys([*RUNTIME_FLAGS, *args.compatibility_flags])
                ),
                log_sampling=args.log_sampling,
                owner=args.owner,
                workers_dev=args.workers_dev,
                preview_urls=args.preview_urls,
                crons=args.crons,
            ),
            here,
        )
        self.traffic = TrafficSplit(
            f"{name}-traffic",
            TrafficSplitArgs(
                account_id=args.account_id,
                script_name=self.worker.worker_name,
                uploaded_version_id=self.worker.version_id,
                live=args.live,
                wanted=args.wanted,
                message=args.split_message,
            ),
            here,
        )
        self.domain = WorkerDomain(
            f"{name}-domain",
            WorkerDomainArgs(
                account_id=args.account_id,
                script_name=self.worker.worker_name,
                hostname=self._hosts["api"],
                zone_id=self.zone.zone_id,
            ),
            # A domain is given to a Worker that serves.
            pulumi.ResourceOptions(parent=self, depends_on=[self.traffic]),
        )
        self.frontend = Frontend(
            f"{name}-app",
            FrontendArgs(
                account_id=args.account_id,
                name=stem,
                production_branch=args.production_branch,
                build_command=args.build_command,
                output_directory=args.output_directory,
                variables={"API_URL": f"https://{self._hosts['api']}", **args.frontend_variables},
                compatibility_date=args.compatibility_date,
                hostname=self._hosts["app"],
                zone_id=self.zone.zone_id,
            ),
            here,
        )
        if args.alert_addresses:
            Alerts(
                f"{name}-alerts",
                AlertsArgs(
                    account_id=args.account_id,
                    name=stem,
                    addresses=args.alert_addresses,
                    zone_id=self.zone.zone_id,
                ),
                here,
            )
        self.register_outputs({"workerName": self.worker.worker_name})

    def _bindings(self, name: str, here: pulumi.ResourceOptions) -> list[Binding]:
        # Drawn in any case, since it is protected: a secret of the user's own may come later, and go again.
        drawn = GeneratedSecret(f"{name}-jwt", GeneratedSecretArgs(), here).value
        secrets: dict[str, pulumi.Input[str]] = {JWT_SECRET: drawn, **self._args.secrets}
        return [
            *(
                Binding(short.upper(), "kv_namespace", self.namespaces.ids[short])
                for short in NAMESPACES
            ),
            Binding("UPLOADS", "r2_bucket", self.uploads.bucket_name),
            Binding("DATABASE", "hyperdrive", self.database.hyperdrive_id),
            *self.objects.bindings,
            *self.rollouts.bindings(),
            Binding("VERSION", "version_metadata"),
            Binding("POINTS", "analytics_engine", dataset_name(self._args.environment)),
            Binding("ENVIRONMENT", "plain_text", self._args.environment),
            Binding("ALLOWED_ORIGINS", "plain_text", " ".join(self._origins())),
            *self._rate_limits(),
            *(
                Binding(key, "secret_text", pulumi.Output.secret(value))
                for key, value in sorted(secrets.items())
            ),
        ]

    def _rate_limits(self) -> list[Binding]:
        own = dict(self._args.rate_limits)
        return (
            [Binding("RATE_LIMITS", "plain_text", json.dumps(own, sort_keys=True))] if own else []
        )

    def _origins(self) -> list[str]:
        """Whose pages may call the API. On a local cloud the app has names under `.localhost`, which lead to this machine
        alone, at a port that is not the same everywhere."""
        app = self._hosts["app"]
        local: list[str] = []
        if urlsplit(self._args.api_url).hostname in _LOOPBACK:
            local = [f"https://{app}.localhost:*"]
            if self._args.workers_dev:
                # As the Worker then, the pages open without a certificate; of any other stack nothing opens in clear text.
                pages = f"pitchey-{self._args.environment}.pages.dev"
                local += [f"http://{host}.localhost:*" for host in (app, pages)]
        return list(dict.fromkeys([f"https://{app}", *local, *self._args.allowed_origins]))

    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs by name, typed in `StackOutputs`."""
        urls = {part: f"https://{host}" for part, host in self._hosts.items()}
        workers_dev = self.worker.workers_dev_url
        return {
            "workerName": self.worker.worker_name,
            "workerId": self.worker.worker_id,
            "workerUrl": workers_dev.apply(lambda url: url or urls["api"]),
            "urls": workers_dev.apply(lambda url: {"worker": url, **urls} if url else urls),
            "uploadedVersionId": self.worker.version_id,
            "stableVersionId": self.traffic.stable_version_id,
            "candidateVersionId": self.traffic.candidate_version_id,
            "split": self.traffic.split,
            "namespaceIds": self.namespaces.ids,
            "bucketName": self.uploads.bucket_name,
            "hyperdriveId": self.database.hyperdrive_id,
            "pagesProject": self.frontend.project_name,
            "zoneId": self.zone.zone_id,
            "zoneName": self.zone.zone_name,
            "rolloutsUrl": self.rollouts.url,
            "rolloutsWorkerUrl": self.rollouts.workers_dev_url,
            "rolloutsToken": self.rollouts.token,
            "deadMansSwitch": self.rollouts.dead_mans_switch,
            "durableObjects": self.objects.class_names,
            "bindings": listed(self.bindings),
        }
