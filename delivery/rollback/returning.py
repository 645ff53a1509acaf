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
from delivery.serving import NamelessError, serving
from delivery.split import Share

ALL: Final = Decimal(100)
VERIFY_SECONDS: Final = 20.0
_ANSWERS: Final = 30
_THREADS: Final = 6
_TRY_SECONDS: Final = 2.0
_PAUSE: Final = 0.1
_DOUBT_SECONDS: Final = 5.0
"""A place of the edge that had not heard of the deployment has heard of it by then, mostly."""
_LEAST_TOLD: Final = 0.2


@dataclass(frozen=True)
class Answer:
    """`serving` is what has answered; None where the answer does not tell, which `said` describes."""

    serving: str | None
    said: str = ""


@dataclass(frozen=True)
class Verified:
    """`answers` were the wanted version's, and none since then another's; `said` is one line for people."""

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
    several threads. Who serves is verified, not how well: an error that names its version counts as any answer."""
    return verify_answers(
        lambda number: _serving(edge, worker_url, number),
        version,
        limit_seconds,
        on_progress,
        f"version {version[:8]}",
    )


def verify_answers(
    ask: Callable[[int], Answer],
    wanted: str,
    limit_seconds: float,
    on_progress: Callable[[str], None],
    name: str,
    *,
    answers: int = _ANSWERS,
    pause: float = _PAUSE,
) -> Verified:
    """Rounds of 30 answers, or another number, from several threads until one is all `wanted`, which people know by `name`; `ask` is given an
    answer's number.

    Answers that tell nothing count neither way. They may still be those of another version that is broken, so that with
    some of them a round of them that tell have to be `wanted` over five seconds without another, and a fifth of all have to tell.
    """
    begun = since = time.monotonic()
    right = silent = 0
    said = "nothing answered"
    with ThreadPoolExecutor(_THREADS) as threads:
        while time.monotonic() - begun < limit_seconds:
            given = list(threads.map(ask, range(answers)))
            now = time.monotonic()
            others = [a.serving for a in given if a.serving not in (wanted, None)]
            untold = [a.said for a in given if a.serving is None]
            ours = len(given) - len(others) - len(untold)
            if others:
                right, silent, since = 0, 0, now
            else:
                right, silent = right + ours, silent + len(untold)
            if ours == len(given):
                said = f"{ours} of {ours} answers are {name} after {now - begun:.1f} s"
                return Verified(True, now - begun, ours, said)
            known = right >= answers and right >= _LEAST_TOLD * (right + silent)
            if known and now - since >= _DOUBT_SECONDS:
                said = f"all {right} answers that tell are {name} after {now - begun:.1f} s; {silent} do not"
                return Verified(True, now - begun, right, f"{said}: {untold[-1][:60]}")
            said = f"{ours} of {answers} answers are {name}"
            said += f"; another: {others[-1][:60]}" if others else ""
            said += f"; {len(untold)} do not tell: {untold[-1][:60]}" if untold else ""
            on_progress(said)
            time.sleep(pause)
    seconds = time.monotonic() - begun
    return Verified(False, seconds, right, f"not verified in {seconds:.1f} s: {said}")


def _serving(edge: Edge, worker_url: str, number: int) -> Answer:
    key = uuid.uuid4().hex if number % 2 else None
    try:
        return Answer(serving(edge, worker_url, key, _TRY_SECONDS))
    except (httpx.HTTPError, NamelessError) as error:
        return Answer(None, str(error) or type(error).__name__)
