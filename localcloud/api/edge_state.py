"""The edge's orders, read from the API's state."""

from __future__ import annotations

from localcloud.api.store import Store
from localcloud.edge.model import EdgeState


def desired_state(store: Store) -> EdgeState:
    return EdgeState()
