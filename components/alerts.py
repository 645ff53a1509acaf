"""Alerts: somebody hears of errors, and of certificates and tokens that are about to run out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

ALERTS: Final[Mapping[str, str]] = {
    "errors": "http_alert_origin_error",
    "certificates": "universal_ssl_event_type",
    "tokens": "expiring_service_token_alert",
}
"""Short name → Cloudflare's alert type."""
_OF_A_ZONE: Final = frozenset({"errors"})


@dataclass(frozen=True)
class AlertsArgs:
    account_id: pulumi.Input[str]
    name: str
    """How each alert's name begins; it carries the environment."""
    addresses: Sequence[str]
    """Who is written to. Cloudflare takes addresses of the account's members and those that are verified."""
    zone_id: pulumi.Input[str]


class Alerts(pulumi.ComponentResource):
    """No outputs: they are for people."""

    def __init__(
        self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if not args.addresses:
            raise ValueError(f"{name}: addresses: an alert needs somebody to tell")
        super().__init__("pitchey:alerts:Alerts", name, {}, opts)
        for short, alert_type in ALERTS.items():
            cloudflare.NotificationPolicy(
                f"{name}-{short}",
                account_id=args.account_id,
                name=f"{args.name}-{short}",
                alert_type=alert_type,
                enabled=True,
                filters=(
                    cloudflare.NotificationPolicyFiltersArgs(zones=[args.zone_id])
                    if short in _OF_A_ZONE
                    else None
                ),
                mechanisms=cloudflare.NotificationPolicyMechanismsArgs(
                    emails=[
                        cloudflare.NotificationPolicyMechanismsEmailArgs(id=address)
                        for address in args.addresses
                    ]
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
