"""The live deployment of a stack's Worker, read from the API: who serves now, whatever was declared last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from delivery import api
from delivery.errors import FailedError


def live_split(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """`versionId` and `percentage` of each version that serves. Raises `FailedError`."""
    account, worker = environment["CLOUDFLARE_ACCOUNT_ID"], outputs["workerName"]
    with api.connect(environment) as client:
        told = api.read(client, f"/accounts/{account}/workers/scripts/{worker}/deployments")
    if told is None:
        raise FailedError(
            f"the cloud has no Worker {worker} any more", "`pitchey up` makes it anew"
        )
    deployments = told["result"]["deployments"]
    versions: list[dict[str, Any]] = deployments[0]["versions"] if deployments else []
    return [{"versionId": v["version_id"], "percentage": v["percentage"]} for v in versions]


def with_live_split(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The outputs with `split`, `stableVersionId` and `candidateVersionId` as they are live. Raises `FailedError`."""
    split = live_split(outputs, environment)
    return {
        **outputs,
        "split": split,
        "stableVersionId": split[0]["versionId"] if split else None,
        "candidateVersionId": split[1]["versionId"] if len(split) > 1 else None,
    }
