"""Who serves now: the live deployment of a Worker, read from the API before anything is changed.

Pulumi's function for it, `get_workers_deployments`, finds nothing for any Worker with the official plugin: that looks for
`items` in an answer in which Cloudflare gives `deployments`. Taken for "never deployed", that would give all traffic to a
version that nobody has chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.live_split import Share
from settings.cloudflare_api import ApiError, Json, connect, read

_NO_WORKER: Final = frozenset({10007, 10090})
"""Cloudflare's codes for it; a 404 alone may be anything, a wrong address among others."""


def read_live_split(
    account_id: str, script_name: str, environment: Mapping[str, str], config: Mapping[str, str]
) -> tuple[Share, ...] | None:
    """The live shares in the deployment's own order; None for a Worker that was never deployed. Address and credentials
    are those of the provider (`settings/cloudflare_api.py`).

    Raises `pulumi.RunError` when the cloud does not tell: without knowing who serves nothing is declared.
    """
    path = f"/accounts/{account_id}/workers/scripts/{script_name}/deployments"
    try:
        with connect(environment, config) as client:
            return _shares(read(client, path))
    except ApiError as error:
        if error.codes & _NO_WORKER:
            return None
        told = str(error)
    except (LookupError, TypeError, ValueError) as error:
        told = f"not understood: {error}"
    raise pulumi.RunError(
        f"the live deployment of {script_name} could not be read: {told}; nothing was changed"
    )


def _shares(body: Json) -> tuple[Share, ...] | None:
    deployments: list[Json] = body["result"]["deployments"]
    if not deployments:
        return None
    versions: list[Json] = deployments[0]["versions"]
    if not versions:
        raise ValueError("it names no versions")
    return tuple(Share(version["version_id"], version["percentage"]) for version in versions)
