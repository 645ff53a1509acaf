"""A visitor stays on one version of the Worker: the cookie that it was given is the key by which Cloudflare chooses.

A request header transform rule, as in Cloudflare's page "Version affinity". A client may send the header by itself when it
has no cookie: it then chooses between versions that serve anyway, and for nobody but itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

COOKIE: Final = "pitchey-visitor"
"""The Worker gives it to each visitor that has none."""
KEY_HEADER: Final = "Cloudflare-Workers-Version-Key"


@dataclass(frozen=True)
class StickyVisitorsArgs:
    zone_id: pulumi.Input[str]
    zone_name: str
    cookie: str = COOKIE


class StickyVisitors(pulumi.ComponentResource):
    """No outputs. It is the zone's one ruleset of its phase, `http_request_late_transform`."""

    def __init__(
        self, name: str, args: StickyVisitorsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if not args.cookie or '"' in args.cookie or "\\" in args.cookie:
            raise ValueError(f"{name}: cookie {args.cookie!r} is no cookie's name")
        super().__init__("pitchey:zone:StickyVisitors", name, {}, opts)
        key = cloudflare.RulesetRuleActionParametersHeadersArgs(
            operation="set", expression=f'http.request.cookies["{args.cookie}"][0]'
        )
        cloudflare.Ruleset(
            f"{name}-version-key",
            zone_id=args.zone_id,
            kind="zone",
            name=f"{args.zone_name} version key",
            phase="http_request_late_transform",
            rules=[
                cloudflare.RulesetRuleArgs(
                    ref="version-key",
                    description="A visitor stays on one version of the Worker",
                    expression=f'(http.cookie contains "{args.cookie}=")',
                    action="rewrite",
                    enabled=True,
                    action_parameters=cloudflare.RulesetRuleActionParametersArgs(
                        headers={KEY_HEADER: key}
                    ),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
