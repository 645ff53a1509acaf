"""Who serves now, for people and machines: the live deployment of a stack's Worker, whatever was declared last."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from delivery.deployments import Deployments
from delivery.errors import FailedError, RefusedError


def live_split(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """`versionId` and `percentage` of each version that serves. Raises `FailedError`."""
    worker = str(outputs["workerName"])
    try:
        with Deployments(environment, worker) as deployments:
            live = deployments.live()
    except RefusedError as error:
        # Nobody's input: whoever asks for a status has named a stack that is up.
        raise FailedError(error.what, error.hint) from None
    if live is None:
        raise FailedError(
            f"the cloud has no deployment of Worker {worker} any more", "`pitchey up` makes it anew"
        )
    return [
        {"versionId": share.version_id, "percentage": _number(share.percentage)}
        for share in live.shares
    ]


def with_live_split(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The outputs with `split`, `stableVersionId` and `candidateVersionId` as they are live. Raises `FailedError`."""
    split = live_split(outputs, environment)
    return {
        **outputs,
        "split": split,
        "stableVersionId": split[0]["versionId"],
        "candidateVersionId": split[1]["versionId"] if len(split) > 1 else None,
    }


def _number(percentage: Decimal) -> int | float:
    """As Cloudflare writes it."""
    return int(percentage) if percentage == int(percentage) else float(percentage)
