"""The live deployment of a stack's Worker, read from the API: who serves now, whatever was declared last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from delivery.errors import FailedError

_CLOUDFLARE: Final = "https://api.cloudflare.com/client/v4"


def with_live_split(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The outputs with `split`, `stableVersionId` and `candidateVersionId` as they are live. Raises `FailedError`."""
    account, worker = environment["CLOUDFLARE_ACCOUNT_ID"], outputs["workerName"]
    base = environment.get("CLOUDFLARE_BASE_URL") or _CLOUDFLARE
    url = f"{base.rstrip('/')}/accounts/{account}/workers/scripts/{worker}/deployments"
    headers = {"authorization": f"Bearer {environment['CLOUDFLARE_API_TOKEN']}"}
    try:
        answer = httpx.get(url, headers=headers, timeout=10)
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise FailedError(
            f"the live deployment of {worker} could not be read: {error}", "try again"
        ) from error
    if not body.get("success"):
        said = "; ".join(f"{e['code']} {e['message']}" for e in body.get("errors") or ())
        raise FailedError(f"the live deployment of {worker} could not be read: {said}", "try again")
    deployments = body["result"]["deployments"]
    versions: list[dict[str, Any]] = deployments[0]["versions"] if deployments else []
    split = [{"versionId": v["version_id"], "percentage": v["percentage"]} for v in versions]
    return {
        **outputs,
        "split": split,
        "stableVersionId": split[0]["versionId"] if split else None,
        "candidateVersionId": split[1]["versionId"] if len(split) > 1 else None,
    }
