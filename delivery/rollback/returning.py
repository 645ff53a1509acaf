"""A Worker's traffic put back to one version, and what the edge says of it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import httpx

from delivery.deployments import PATIENCE_SECONDS, Deployment, Deployments
from delivery.edge import Edge
from delivery.split import Share

ALL: Final = Decimal(100)
VERIFY_SECONDS: Final = 20.0
_ANSWERS: Final = 30
_TRY_SECONDS: Final = 2.0
_PAUSE: Final = 0.1


@dataclass(frozen=True)
class Verified:
    """`answers` were in a row the wanted version's when `done`; `said` is one line for people."""

    done: bool
    seconds: float
    answers: int
    said: str


def put_back(
    deployments: Deployments, stable: str, message: str, patience: float = PATIENCE_SECONDS
) -> Deployment:
    """The deployment that gives `stable` everything: the live one, where it does already. Raises `DeliveryError`."""
    begun = time.monotonic()
    live = deployments.live(patience)
    if live is not None and live.served == {stable: ALL}:
        return live
    left = patience - (time.monotonic() - begun)
    return deployments.deploy([Share(stable, ALL)], message, force=True, patience=left)


def verify_serving(
    edge: Edge,
    worker_url: str,
    version: str,
    limit_seconds: float = VERIFY_SECONDS,
    on_progress: Callable[[str], None] = lambda _said: None,
) -> Verified:
    """Asks /version, every other time with a version key of its own, on a connection of its own, until 30 answers in a
    row are `version`'s."""
    begun = time.monotonic()
    right, last = 0, "nothing answered"
    while right < _ANSWERS and time.monotonic() - begun < limit_seconds:
        headers = {"connection": "close", "pitchey-probe": "rollback"}
        if right % 2:
            headers["cloudflare-workers-version-key"] = uuid.uuid4().hex
        last = _serving(edge, f"{worker_url.rstrip('/')}/version", headers)
        if last == version:
            right += 1
            continue
        right = 0
        on_progress(f"waiting for {version[:8]} everywhere; last answer: {last[:60]}")
        time.sleep(_PAUSE)
    seconds = time.monotonic() - begun
    done = right >= _ANSWERS
    told = f"{right} answers in a row are {version[:8]}'s after {seconds:.1f} s"
    said = told if done else f"{told}; not everywhere yet, last answer: {last[:60]}"
    return Verified(done, seconds, right, said)


def _serving(edge: Edge, url: str, headers: dict[str, str]) -> str:
    try:
        answer = edge.request("GET", url, headers=headers, timeout=_TRY_SECONDS)
        return str(answer.json()["id"])
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    except (LookupError, TypeError, ValueError):
        return "not a version's"
