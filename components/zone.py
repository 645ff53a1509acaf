"""A zone: created or adopted, HTTPS everywhere, signed, with rate limits and security headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

_PERIOD_SECONDS = 10
"""The period that every plan has."""


@dataclass(frozen=True)
class SecureZoneArgs:
    account_id: pulumi.Input[str]
    name: str
    """The domain."""
    existing_id: str | None = None
    """A zone that exists already; without it the zone is created."""
    min_tls_version: str = "1.2"
    hsts_max_age: int = 31_536_000
    """Seconds."""
    requests_per_period: int = 200
    """Requests of one address in ten seconds before it is refused for ten seconds."""


class SecureZone(pulumi.ComponentResource):
    """Outputs: `zone_id`, `zone_name`."""

    zone_id: pulumi.Output[str]
    zone_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: SecureZoneArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pitchey:zone:SecureZone", name, {}, opts)
        self.zone_id = self._zone(name, args)
        self.zone_name = pulumi.Output.from_input(args.name)
        for setting, value in zone_settings(args).items():
            cloudflare.ZoneSetting(
                f"{name}-{setting.replace('_', '-')}",
                zone_id=self.zone_id,
                setting_id=setting,
                value=value,
                opts=pulumi.ResourceOptions(parent=self),
            )
        cloudflare.ZoneDnssec(
            f"{name}-dnssec",
            zone_id=self.zone_id,
            status="active",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._rate_limit(name, args)
        self._headers(name, args)
        self.register_outputs({"zoneId": self.zone_id, "zoneName": self.zone_name})

    def _zone(self, name: str, args: SecureZoneArgs) -> pulumi.Output[str]:
        if args.existing_id is not None:
            return pulumi.Output.from_input(args.existing_id)
        zone = cloudflare.Zone(
            f"{name}-zone",
            account=cloudflare.ZoneAccountArgs(id=args.account_id),
            name=args.name,
            type="full",
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        return zone.id

    def _rate_limit(self, name: str, args: SecureZoneArgs) -> None:
        cloudflare.Ruleset(
            f"{name}-rate-limit",
            zone_id=self.zone_id,
            kind="zone",
            name=f"{args.name} rate limit",
            phase="http_ratelimit",
            rules=[
                cloudflare.RulesetRuleArgs(
                    ref="requests-of-one-address",
                    description="Requests of one address",
                    expression='(http.request.uri.path ne "/health")',
                    action="block",
                    enabled=True,
                    ratelimit=cloudflare.RulesetRuleRatelimitArgs(
                        characteristics=["cf.colo.id", "ip.src"],
                        period=_PERIOD_SECONDS,
                        requests_per_period=args.requests_per_period,
                        mitigation_timeout=_PERIOD_SECONDS,
                    ),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _headers(self, name: str, args: SecureZoneArgs) -> None:
        headers = {
            header: cloudflare.RulesetRuleActionParametersHeadersArgs(operation="set", value=value)
            for header, value in SECURITY_HEADERS.items()
        }
        cloudflare.Ruleset(
            f"{name}-headers",
            zone_id=self.zone_id,
            kind="zone",
            name=f"{args.name} security headers",
            phase="http_response_headers_transform",
            rules=[
                cloudflare.RulesetRuleArgs(
                    ref="security-headers",
                    description="Security headers on every answer",
                    expression="true",
                    action="rewrite",
                    enabled=True,
                    action_parameters=cloudflare.RulesetRuleActionParametersArgs(headers=headers),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )


SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def zone_settings(args: SecureZoneArgs) -> dict[str, Any]:
    """HTTPS everywhere: setting → value."""
    return {
        "ssl": "strict",
        "always_use_https": "on",
        "automatic_https_rewrites": "on",
        "min_tls_version": args.min_tls_version,
        "tls_1_3": "on",
        "security_header": {
            "strict_transport_security": {
                "enabled": True,
                "max_age": args.hsts_max_age,
                "include_subdomains": True,
                "preload": False,
                "nosniff": True,
            }
        },
    }
