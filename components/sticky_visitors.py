"""A visitor stays on one version of the Worker from its first request on: its cookie is the key by which Cloudflare chooses.

Two request header transform rules. One makes a visitor's cookie the key, as in Cloudflare's page "Version affinity". The
other gives a key that is drawn at random to a request that has neither cookie nor key, and the Worker makes that very key the
visitor's cookie (`worker/src/visitor`): the first request and all later ones go by one key. Both see the request as it came,
whatever the other makes of it (fields do not change within a phase).

A client may send the header by itself when it has no cookie: it then chooses between versions that serve anyway, and for
nobody but itself. Its key becomes its own cookie at most, and no cookie opens anything.

`uuidv4()` is documented for rewrite expressions of Transform Rules alone, and `cf.random_seed`, random bytes of each request,
among the fields of header values; neither names a plan, and Transform Rules are in every plan. That the Worker sees the header
too is not documented: where it did not, it would give an id of its own, and a visitor could change versions once, after its
first answer.
- https://developers.cloudflare.com/ruleset-engine/rules-language/functions/#uuidv4
- https://developers.cloudflare.com/ruleset-engine/rules-language/fields/reference/cf.random_seed/
- https://developers.cloudflare.com/rules/transform/request-header-modification/reference/fields-functions/
- https://developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments/version-affinity/
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
        has_cookie = f'http.cookie contains "{args.cookie}="'
        has_key = f'has_key(http.request.headers, "{KEY_HEADER.lower()}")'
        cloudflare.Ruleset(
            f"{name}-version-key",
            zone_id=args.zone_id,
            kind="zone",
            name=f"{args.zone_name} version key",
            phase="http_request_late_transform",
            rules=[
                _rule(
                    "version-key",
                    "A visitor stays on one version of the Worker",
                    f"({has_cookie})",
                    f'http.request.cookies["{args.cookie}"][0]',
                ),
                _rule(
                    "first-version-key",
                    "A first request gets the key by which its visitor stays",
                    f"(not {has_cookie} and not {has_key})",
                    "uuidv4(cf.random_seed)",
                ),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _rule(ref: str, description: str, expression: str, key: str) -> cloudflare.RulesetRuleArgs:
    """What the expression is true of gets the key that the other one, `key`, gives."""
    header = cloudflare.RulesetRuleActionParametersHeadersArgs(operation="set", expression=key)
    return cloudflare.RulesetRuleArgs(
        ref=ref,
        description=description,
        expression=expression,
        action="rewrite",
        enabled=True,
        action_parameters=cloudflare.RulesetRuleActionParametersArgs(headers={KEY_HEADER: header}),
    )
