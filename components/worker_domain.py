"""A custom domain, and routes, that lead to a Worker."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare


@dataclass(frozen=True)
class WorkerDomainArgs:
    account_id: pulumi.Input[str]
    script_name: pulumi.Input[str]
    hostname: str
    zone_id: pulumi.Input[str]
    routes: Sequence[str] = ()
    """Route patterns in the zone (`pitchey.example/api/*`), beside the domain."""


class WorkerDomain(pulumi.ComponentResource):
    """Output: `url`. Cloudflare makes the record and the certificate."""

    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: WorkerDomainArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pitchey:worker:WorkerDomain", name, {}, opts)
        domain = cloudflare.WorkersCustomDomain(
            f"{name}-hostname",
            account_id=args.account_id,
            hostname=args.hostname,
            service=args.script_name,
            zone_id=args.zone_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for pattern in dict.fromkeys(args.routes):
            cloudflare.WorkersRoute(
                f"{name}-route-{hashlib.sha256(pattern.encode()).hexdigest()[:8]}",
                zone_id=args.zone_id,
                pattern=pattern,
                script=args.script_name,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.url = domain.hostname.apply(lambda hostname: f"https://{hostname}")
        self.register_outputs({"url": self.url})
