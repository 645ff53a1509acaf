"""A Worker's traffic put back to one version, and what the edge says of it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import httpx

from delivery.deployments import PATIENCE_SECONDS, Deployment, Deployments
from delivery.edge import Edge
from delivery.serving import serving
from delivery.split import Share

ALL: Final = Decimal(100)
VERIFY_SECONDS: Final = 20.0
_ANSWERS: Final = 30
_THREADS: Final = 6
_TRY_SECONDS: Final = 2.0
_PAUSE: Final = 0.1


@dataclass(frozen=True)
class Verified:
    """`answers` of the last round were the wanted version's; `said` is one line for people."""

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
    """Asks /version, every other time with a version key of its own, each time on a connection of its own and from
    several threads, until the 30 answers of one round are all `version`'s."""
    return verify_answers(
        lambda number: _serving(edge, worker_url, number),
        version,
        limit_seconds,
        on_progress,
        f"version {version[:8]}",
    )


def verify_answers(
    ask: Callable[[int], str],
    wanted: str,
    limit_seconds: float,
    on_progress: Callable[[str], None],
    name: str,
) -> Verified:
    """Rounds of 30 answers from several threads until one is all `wanted`, which people know by `name`; `ask` is given an
    answer's number."""
    begun = time.monotonic()
    right, other = 0, "nothing answered"
    with ThreadPoolExecutor(_THREADS) as threads:
        while time.monotonic() - begun < limit_seconds:
            answers = list(threads.map(ask, range(_ANSWERS)))
            others = [answer for answer in answers if answer != wanted]
            right = len(answers) - len(others)
            if not others:
                seconds = time.monotonic() - begun
                said = f"{right} of {right} answers are {name} after {seconds:.1f} s"
                return Verified(True, seconds, right, said)
            other = others[-1][:60]
            on_progress(f"{right} of {_ANSWERS} answers are {name}; another: {other}")
            time.sleep(_PAUSE)
    seconds = time.monotonic() - begun
    said = f"{right} of {_ANSWERS} answers are {name} after {seconds:.1f} s; another: {other}"
    return Verified(False, seconds, right, said)


def _serving(edge: Edge, worker_url: str, number: int) -> str:
    try:
        return serving(edge, worker_url, uuid.uuid4().hex if number % 2 else None, _TRY_SECONDS)
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    except (LookupError, TypeError, ValueError):
        return "not a version's"
