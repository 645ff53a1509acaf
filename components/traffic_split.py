"""The blue-green traffic split: which versions of a Worker serve, and how much each.

The live deployment owns the weights. Only two things move traffic: the first version of a Worker gets all of it, and a
split that is handed over for one run. In every other run the live split is declared as it was found, and its resource
ignores changes: an old checkout in the middle of a rollout posts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pulumi
import pulumi_cloudflare as cloudflare

from components.live_split import Share

_MOST_VERSIONS = 2


@dataclass(frozen=True)
class TrafficSplitArgs:
    account_id: pulumi.Input[str]
    script_name: pulumi.Input[str]
    uploaded_version_id: pulumi.Input[str]
    """The version that this run of the program uploads, or has uploaded before."""
    live: Sequence[Share] | None = None
    """The live shares, as read before anything was changed; None for a Worker that was never deployed."""
    wanted: Sequence[Share] | None = None
    """A split that is handed to this run; None leaves the traffic as it is."""
    message: str | None = None
    """Why the split is handed over; kept with the deployment."""


class TrafficSplit(pulumi.ComponentResource):
    """Outputs: `split` (a list of versionId and percentage, also of a version with 0 %), `stable_version_id`,
    `candidate_version_id` (or None)."""

    split: pulumi.Output[list[dict[str, object]]]
    stable_version_id: pulumi.Output[str]
    candidate_version_id: pulumi.Output[str | None]

    def __init__(
        self, name: str, args: TrafficSplitArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        declared = declared_split(args.live, args.wanted)
        shares = tuple(args.live) if args.wanted is None and args.live else declared
        super().__init__("pitchey:traffic:TrafficSplit", name, {}, opts)
        handed = args.wanted is not None
        self.split = (
            pulumi.Output.from_input(args.uploaded_version_id).apply(
                lambda version: [{"versionId": version, "percentage": 100.0}]
            )
            if shares is None
            else pulumi.Output.from_input(
                [
                    {"versionId": share.version_id, "percentage": share.percentage}
                    for share in shares
                ]
            )
        )
        versions = (
            [
                cloudflare.WorkersDeploymentVersionArgs(
                    version_id=args.uploaded_version_id, percentage=100
                )
            ]
            if declared is None
            else [
                cloudflare.WorkersDeploymentVersionArgs(
                    version_id=s.version_id, percentage=s.percentage
                )
                for s in declared
            ]
        )
        cloudflare.WorkersDeployment(
            f"{name}-deployment",
            account_id=args.account_id,
            script_name=args.script_name,
            strategy="percentage",
            versions=versions,
            annotations=cloudflare.WorkersDeploymentAnnotationsArgs(
                workers_message=args.message or _message(shares, handed=handed)
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=True,
                ignore_changes=None if handed else ["versions", "annotations", "strategy"],
            ),
        )
        self.stable_version_id = self.split.apply(lambda split: str(split[0]["versionId"]))
        self.candidate_version_id = self.split.apply(
            lambda split: str(split[1]["versionId"]) if len(split) > 1 else None
        )
        if shares is not None:
            pulumi.Output.from_input(args.uploaded_version_id).apply(
                lambda version: say_idle(version, shares, pulumi.runtime.is_dry_run())
            )
        self.register_outputs(
            {
                "split": self.split,
                "stableVersionId": self.stable_version_id,
                "candidateVersionId": self.candidate_version_id,
            }
        )


def _message(shares: Sequence[Share] | None, *, handed: bool) -> str:
    if shares is None:
        return "first deployment"
    return "split handed to the program" if handed else "the live split, as it was found"


def declared_split(
    live: Sequence[Share] | None, wanted: Sequence[Share] | None
) -> tuple[Share, ...] | None:
    """The shares to declare; None when the Worker's only version is to get everything.

    A version that is live with nothing, so that it can be probed, is no share: a deployment that is declared takes none of
    0 %. Versions that are live keep their place: keys stay with the version they have seen only while the order stays. Raises
    `ValueError` for shares that are no split.
    """
    if wanted is None:
        return tuple(share for share in live if share.percentage > 0) if live else None
    check_split(wanted)
    places = [share.version_id for share in live or ()]
    ordered = sorted(
        wanted, key=lambda s: places.index(s.version_id) if s.version_id in places else len(places)
    )
    return tuple(share for share in ordered if share.percentage > 0)


def check_split(shares: Sequence[Share]) -> None:
    """Raises `ValueError`: one or two different versions that add up to 100 exactly."""
    if not 1 <= len(shares) <= _MOST_VERSIONS:
        raise ValueError(f"wanted: a split has one or two versions, not {len(shares)}")
    if len({share.version_id for share in shares}) != len(shares):
        raise ValueError(f"wanted: version {shares[0].version_id} is named twice")
    total = sum((Decimal(str(share.percentage)) for share in shares), Decimal(0))
    if total != 100 or any(not 0 <= share.percentage <= 100 for share in shares):
        raise ValueError(f"wanted: the percentages add up to {total:f}, and must make 100")


def say_idle(uploaded: str, shares: Sequence[Share], dry_run: bool) -> None:
    if dry_run or uploaded in {share.version_id for share in shares}:
        return
    live = ", ".join(f"{share.version_id} {share.percentage:g} %" for share in shares)
    pulumi.log.info(f"version {uploaded} is uploaded without traffic; live: {live}")
