"""Who serves now: the live deployment of a Worker, read before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

_NOT_THERE = re.compile(r"\b404\b|\b10007\b|\b10090\b")


@dataclass(frozen=True)
class Share:
    """`percentage` of the requests, 0 to 100."""

    version_id: str
    percentage: float


def read_live_split(account_id: str, script_name: str) -> tuple[Share, ...] | None:
    """The live shares in the deployment's own order; None for a Worker that was never deployed.

    Raises `pulumi.RunError` when the cloud does not tell: without knowing who serves nothing is declared.
    """
    try:
        found = cloudflare.get_workers_deployments(account_id=account_id, script_name=script_name)
    except Exception as error:
        if _NOT_THERE.search(str(error)):
            return None
        raise pulumi.RunError(
            f"the live deployment of {script_name} could not be read: {_reason(error)}; nothing was changed"
        ) from error
    # The SDK's getters hide their types from a checker.
    deployments: Sequence[Any] = (
        getattr(found.results[0], "deployments", ()) if found.results else ()
    )
    if not deployments:
        return None
    versions = deployments[0].versions or ()
    return tuple(Share(version.version_id, version.percentage) for version in versions)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
