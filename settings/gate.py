"""The gate before production: a run that changes it comes from `pitchey`, which has judged what it is about to do.

Policies see a resource as it will be. Deletions, earlier weights and what is compared with other stacks are seen by the
gate alone (`delivery/policy/gate.py`), so `pulumi up --policy-pack` by itself is not enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pulumi

from policies.configuration import ConfigurationError, read_configuration
from settings.run_pass import GATE, is_passed


class GateError(pulumi.RunError):
    """The run did not come through the gate; the engine shows it without a traceback."""


def is_production(stack: str) -> bool:
    """As `policies/config.yaml` says. Raises `GateError` for a file that cannot be read."""
    try:
        return read_configuration().is_production(stack)
    except ConfigurationError as error:
        raise GateError(f"policies/{error}: without it nobody knows what production is") from None


def check_gate(stack: str, environment: Mapping[str, str], project: Path, *, dry_run: bool) -> None:
    """Raises `GateError` for a run that would change a production stack past the gate."""
    if not is_production(stack) or is_passed(environment.get(GATE, ""), project, stack):
        return
    if dry_run:
        pulumi.log.warn(
            f"`pitchey preview {stack}` judges all that would happen, and `pitchey up {stack}` alone applies it"
        )
        return
    raise GateError(
        f"{stack} is production, and this run did not come through the gate that judges it: nothing was changed; "
        f"run `pitchey up {stack}` instead"
    )
