"""A Pages project: the frontend, its build and its variables, under a domain of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_cloudflare as cloudflare


@dataclass(frozen=True)
class FrontendArgs:
    account_id: pulumi.Input[str]
    name: str
    """The project's name in the account; it carries the environment."""
    production_branch: str = "main"
    build_command: str = "npm run build"
    output_directory: str = "dist"
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Plain variables of both environments; a secret has no place here."""
    compatibility_date: str = "2026-01-01"
    hostname: str | None = None
    """A custom domain in the zone below."""
    zone_id: pulumi.Input[str] | None = None


class Frontend(pulumi.ComponentResource):
    """Outputs: `project_name`, `subdomain` (`<project>.pages.dev`)."""

    project_name: pulumi.Output[str]
    subdomain: pulumi.Output[str]

    def __init__(
        self, name: str, args: FrontendArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if args.hostname is not None and args.zone_id is None:
            raise ValueError(f"{name}: hostname {args.hostname} needs the zone_id that it is in")
        super().__init__("pitchey:pages:Frontend", name, {}, opts)
        production = {
            key: cloudflare.PagesProjectDeploymentConfigsProductionEnvVarsArgs(
                type="plain_text", value=value
            )
            for key, value in args.variables.items()
        }
        preview = {
            key: cloudflare.PagesProjectDeploymentConfigsPreviewEnvVarsArgs(
                type="plain_text", value=value
            )
            for key, value in args.variables.items()
        }
        project = cloudflare.PagesProject(
            f"{name}-project",
            account_id=args.account_id,
            name=args.name,
            production_branch=args.production_branch,
            build_config=cloudflare.PagesProjectBuildConfigArgs(
                build_command=args.build_command, destination_dir=args.output_directory
            ),
            deployment_configs=cloudflare.PagesProjectDeploymentConfigsArgs(
                production=cloudflare.PagesProjectDeploymentConfigsProductionArgs(
                    env_vars=production, compatibility_date=args.compatibility_date, fail_open=False
                ),
                preview=cloudflare.PagesProjectDeploymentConfigsPreviewArgs(
                    env_vars=preview, compatibility_date=args.compatibility_date, fail_open=False
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        options = pulumi.ResourceOptions(parent=self)
        if args.hostname is not None and args.zone_id is not None:
            cloudflare.DnsRecord(
                f"{name}-record",
                zone_id=args.zone_id,
                name=args.hostname,
                type="CNAME",
                content=project.subdomain,
                ttl=1,
                proxied=True,
                opts=options,
            )
            cloudflare.PagesDomain(
                f"{name}-domain",
                account_id=args.account_id,
                project_name=project.name,
                name=args.hostname,
                opts=options,
            )
        self.project_name = project.name
        self.subdomain = project.subdomain
        self.register_outputs({"projectName": project.name, "subdomain": project.subdomain})
