"""Which version a Worker goes back to, read from its deployments alone."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import zip_longest
from typing import Final

from delivery.deployments import Deployment

MARK: Final = "pitchey rollback: from "
"""Begins the message of a rollback's deployment; the versions that it left follow, with commas."""


_RETURNS: Final = re.compile(r"pitchey rollout \S+: returned,|.*dead-man's switch")
"""How the messages of a controller's and of the switch's returns begin."""


def last_good(history: Sequence[Deployment], gone: Set[str] = frozenset()) -> str | None:
    """Of two versions in the live deployment the first, which is stable; of one the newest earlier version that had
    everything and was not rolled back from since. `history` is newest first; `gone` are no choice."""
    if not history:
        return None
    live = history[0]
    if len(live.shares) > 1 and live.shares[0].version_id not in gone:
        return live.shares[0].version_id
    left: set[str] = {*live.served, *gone}
    for deployment, older in zip_longest(history, history[1:]):
        alone = deployment.served
        if len(alone) == 1 and not left.issuperset(alone):
            return next(iter(alone))
        left.update(_left_by(deployment, older))
    return None


def message(left: Sequence[str], why: str) -> str:
    # The versions stand first: a message that is too long is cut at its end.
    return f"{MARK}{','.join(left)}; {why}".rstrip()


def _left_by(deployment: Deployment, older: Deployment | None) -> set[str]:
    """The versions that a return left; none for a deployment that is no return."""
    if deployment.message.startswith(MARK):
        return set(deployment.message.removeprefix(MARK).partition(";")[0].split(","))
    if older is not None and _RETURNS.match(deployment.message):
        return set(older.served) - set(deployment.served)
    return set()
