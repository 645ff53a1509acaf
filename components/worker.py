"""A Worker and its immutable version from a bundle.

A version is never changed and never deleted: each change of code or bindings is a new one, uploaded without traffic. Who
serves is the traffic split's matter (`components/traffic_split.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from components.bindings import Binding, shape

MAIN_MODULE = "index.js"
_TAG_LENGTH = 12
"""Version tags are cut at 25 characters for some users."""


@dataclass(frozen=True)
class WorkerArgs:
    account_id: pulumi.Input[str]
    name: str
    """The Worker's name in the account; it carries the environment."""
    bundle: bytes = field(repr=False)
    """One ES module."""
    bindings: Sequence[Binding]
    object_classes: Sequence[str] = ()
    """Durable Object classes that the bundle exports. All of them stand here at all times: the list is declarative."""
    compatibility_date: str = "2026-01-01"
    compatibility_flags: Sequence[str] = ()
    log_sampling: float = 1.0
    """Share of the requests whose logs are kept, 0 to 1."""
    workers_dev: bool = False
    preview_urls: bool = False
    crons: Sequence[str] = ()
    owner: str = "platform"
    """Whom to call when it misbehaves; it stands in the Worker's tags."""


class Worker(pulumi.ComponentResource):
    """Outputs: `worker_id` (32 hex), `worker_name`, `version_id` (the version that this program uploads), and
    `workers_dev_url`, None where the Worker does not answer there."""

    worker_id: pulumi.Output[str]
    worker_name: pulumi.Output[str]
    version_id: pulumi.Output[str]
    workers_dev_url: pulumi.Output[str | None]

    def __init__(
        self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        bindings = [binding.to_args() for binding in args.bindings]
        tag = version_tag(args)
        super().__init__("pitchey:worker:Worker", name, {}, opts)
        worker = cloudflare.Worker(
            f"{name}-worker",
            account_id=args.account_id,
            name=args.name,
            observability=cloudflare.WorkerObservabilityArgs(
                enabled=True,
                head_sampling_rate=args.log_sampling,
                traces=cloudflare.WorkerObservabilityTracesArgs(
                    enabled=True, head_sampling_rate=args.log_sampling
                ),
            ),
            tags=[f"owner:{args.owner}"],
            subdomain=cloudflare.WorkerSubdomainArgs(
                enabled=args.workers_dev, previews_enabled=args.preview_urls
            ),
            # The Worker owns its Durable Objects: deleting it deletes their data.
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        version = cloudflare.WorkerVersion(
            f"{name}-version",
            account_id=args.account_id,
            worker_id=worker.id,
            main_module=MAIN_MODULE,
            modules=[
                cloudflare.WorkerVersionModuleArgs(
                    name=MAIN_MODULE,
                    content_type="application/javascript+module",
                    content_base64=base64.b64encode(args.bundle).decode(),
                )
            ],
            compatibility_date=args.compatibility_date,
            # An empty set is not told again by the API, and would look changed at each refresh.
            compatibility_flags=list(args.compatibility_flags) or None,
            bindings=bindings,
            exports={
                class_name: cloudflare.WorkerVersionExportsArgs(
                    type="durable-object", storage="sqlite"
                )
                for class_name in args.object_classes
            }
            or None,
            annotations=cloudflare.WorkerVersionAnnotationsArgs(
                workers_tag=tag, workers_message=f"{args.name} {tag}"
            ),
            # A version that serves is never lost, whatever happens to the resource that made it.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        self._schedule(name, args, worker)
        self.worker_id = worker.id
        self.worker_name = worker.name
        self.version_id = version.id
        # Cloudflare tells the address, since only the account knows its own name under workers.dev.
        self.workers_dev_url = worker.subdomain.apply(_address)
        self.register_outputs(
            {
                "workerId": worker.id,
                "workerName": worker.name,
                "versionId": version.id,
                "workersDevUrl": self.workers_dev_url,
            }
        )

    def _schedule(self, name: str, args: WorkerArgs, worker: cloudflare.Worker) -> None:
        options = pulumi.ResourceOptions(parent=self)
        if args.crons:
            cloudflare.WorkersCronTrigger(
                f"{name}-crons",
                account_id=args.account_id,
                script_name=worker.name,
                schedules=[
                    cloudflare.WorkersCronTriggerScheduleArgs(cron=cron) for cron in args.crons
                ],
                opts=options,
            )


def _address(subdomain: Mapping[str, Any]) -> str | None:
    return subdomain.get("url") if subdomain.get("enabled") else None


def version_tag(args: WorkerArgs) -> str:
    """A short hash of code and settings: what is unchanged has the same tag, and is no new version."""
    described: Mapping[str, object] = {
        "bundle": hashlib.sha256(args.bundle).hexdigest(),
        "date": args.compatibility_date,
        "flags": list(args.compatibility_flags),
        "classes": list(args.object_classes),
        "bindings": [shape(binding) for binding in args.bindings],
    }
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    return digest.hexdigest()[:_TAG_LENGTH]
