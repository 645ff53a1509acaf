"""The Rollouts Worker: it counts what each version of the application answers, keeps the ledger of rollouts, and puts the
stable version back when whoever leads a rollout is gone. What callers of the application have left of their rate limits is
with it too, for all versions at once.

It is infrastructure and no part of a rollout: each run gives all of its traffic to its newest version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

from components.bindings import Binding
from components.durable_objects import DurableObjects, DurableObjectsArgs
from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.worker import Worker, WorkerArgs
from components.worker_domain import WorkerDomain, WorkerDomainArgs

CLOUDFLARE_API: Final = "https://api.cloudflare.com/client/v4"
OBJECTS: Final = {"RECORDER": "Recorder", "RATES": "RateLimiter", "LEDGER": "Ledger"}
"""Binding → class, all in the Rollouts Worker. The application binds the first two: a class of its own would be a version
that Cloudflare neither splits nor takes back."""
NEWS: Final = ("SLACK_WEBHOOK_URL", "WEBHOOK_URL", "WEBHOOK_SECRET")
"""Bindings that say who is told when the dead-man's switch has acted: Slack, and a webhook with what signs it."""


@dataclass(frozen=True)
class RolloutsArgs:
    account_id: pulumi.Input[str]
    name: str
    """The Worker's name in the account; it carries the environment."""
    environment: str
    bundle: bytes = field(repr=False)
    """One ES module that exports the classes of `OBJECTS`."""
    hostname: str
    zone_id: pulumi.Input[str]
    deployments_token: pulumi.Input[str] | None = field(default=None, repr=False)
    """An API token that can deploy the application's Worker; without it there is no dead-man's switch."""
    news: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, pulumi.Input[str]], repr=False
    )
    """Values of bindings of `NEWS`, all secrets: nobody else can tell that whoever led a rollout is gone."""
    api_url: str = CLOUDFLARE_API
    """Cloudflare's API, as the Worker calls it."""
    compatibility_date: str = "2026-01-01"
    log_sampling: float = 1.0
    owner: str = "platform"
    workers_dev: bool = False


class Rollouts(pulumi.ComponentResource):
    """Outputs: `url` (the custom domain), `token` (a secret: what every caller shows), `workers_dev_url` or None, and
    `script_name`, which is known once the Worker serves: whoever binds one of its classes takes it from here."""

    url: pulumi.Output[str]
    token: pulumi.Output[str]
    script_name: pulumi.Output[str]
    workers_dev_url: pulumi.Output[str | None]

    def __init__(
        self, name: str, args: RolloutsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if not args.api_url.startswith(("https://", "http://")):
            raise ValueError(f"{name}: api_url {args.api_url!r} is no address")
        unknown = sorted(set(args.news) - set(NEWS))
        if unknown:
            raise ValueError(f"{name}: news by {', '.join(unknown)}; known are {', '.join(NEWS)}")
        super().__init__("pitchey:worker:Rollouts", name, {}, opts)
        here = pulumi.ResourceOptions(parent=self)
        self.dead_mans_switch = args.deployments_token is not None
        self.token = GeneratedSecret(f"{name}-token", GeneratedSecretArgs(), here).value
        objects = DurableObjects(
            f"{name}-objects", DurableObjectsArgs(script_name=args.name, classes=OBJECTS), here
        )
        worker = Worker(
            f"{name}-api",
            WorkerArgs(
                account_id=args.account_id,
                name=args.name,
                bundle=args.bundle,
                bindings=[*objects.bindings, *self._values(args)],
                object_classes=objects.class_names,
                compatibility_date=args.compatibility_date,
                log_sampling=args.log_sampling,
                owner=args.owner,
                workers_dev=args.workers_dev,
            ),
            here,
        )
        deployment = cloudflare.WorkersDeployment(
            f"{name}-deployment",
            account_id=args.account_id,
            script_name=worker.worker_name,
            strategy="percentage",
            versions=[
                cloudflare.WorkersDeploymentVersionArgs(
                    version_id=worker.version_id, percentage=100
                )
            ],
            annotations=cloudflare.WorkersDeploymentAnnotationsArgs(
                workers_message="the newest version"
            ),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        # From the deployment, since a class can be bound by others only where it is deployed.
        self.script_name = deployment.script_name
        self.url = WorkerDomain(
            f"{name}-domain",
            WorkerDomainArgs(
                account_id=args.account_id,
                script_name=self.script_name,
                hostname=args.hostname,
                zone_id=args.zone_id,
            ),
            here,
        ).url
        self.workers_dev_url = worker.workers_dev_url
        self.register_outputs(
            {
                "url": self.url,
                "token": self.token,
                "scriptName": self.script_name,
                "workersDevUrl": self.workers_dev_url,
                "deadMansSwitch": self.dead_mans_switch,
            }
        )

    def bindings(self) -> list[Binding]:
        """For the application's Worker: where it reports its requests, and who counts its callers."""
        return [
            Binding(name, "durable_object_namespace", OBJECTS[name], self.script_name)
            for name in ("RECORDER", "RATES")
        ]

    def _values(self, args: RolloutsArgs) -> list[Binding]:
        values = [
            Binding("VERSION", "version_metadata"),
            Binding("ENVIRONMENT", "plain_text", args.environment),
            Binding("CLOUDFLARE_BASE_URL", "plain_text", args.api_url.rstrip("/")),
            Binding("ROLLOUTS_TOKEN", "secret_text", self.token),
        ]
        if args.deployments_token is not None:
            switch = {"DEPLOYMENTS_TOKEN": args.deployments_token, **args.news}
            values += [
                Binding(binding, "secret_text", pulumi.Output.secret(value))
                for binding, value in switch.items()
            ]
        return values
