"""The ledger's token: from the environment, or asked of the engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, Protocol

from delivery.errors import FailedError

TOKEN: Final = "PITCHEY_ROLLOUTS_TOKEN"  # noqa: S105 (a variable's name)


class Outputs(Protocol):
    def secret_output(self, name: str) -> str | None: ...


def ledger_token(stack: Callable[[], Outputs]) -> str:
    """`stack` is called only where the environment has none, since the engine may be missing. Raises `FailedError`."""
    token = os.environ.get(TOKEN) or stack().secret_output("rolloutsToken")
    if not token:
        raise FailedError(f"its token is neither in {TOKEN} nor in the stack's outputs")
    return token
