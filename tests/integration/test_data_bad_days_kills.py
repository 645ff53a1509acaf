"""A version's process that dies under load is back at once, and nothing but its own requests in flight is lost."""

from __future__ import annotations

import os
import signal
import time

from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.data_bad_days import GOOD, KINDS, catalogue, lies
from tests.integration.local_processes import serving
from tests.integration.steady_load import Load, Mix, Told, steady_load

_DYING_SECONDS = 0.5
"""A process that was killed takes requests until the kernel has closed its sockets."""


def test_a_killed_version_is_back_within_a_second_and_loses_what_it_was_at_alone(
    checkout: Checkout, api: Api, creator: Person
) -> None:
    kills: list[float] = []
    with steady_load(Mix(api, creator, catalogue(api))) as load:
        for _ in range(3):
            load.settled(KINDS)
            kills.append(_kill(checkout))
            _answered_since(load, kills[-1])
        load.settled(KINDS)
    lost = [one for one in load.told if one.status not in GOOD]
    assert [one for one in lost if not _was_under_way(one, kills)] == []
    assert lies(checkout, load.told) == []


def _kill(checkout: Checkout) -> float:
    """The process that serves the version; when it was killed."""
    process = serving(checkout, "pitchey-api-staging")
    at = time.monotonic()
    os.kill(process.pid, signal.SIGKILL)
    return at


def _answered_since(load: Load, at: float) -> None:
    """Waits until somebody who asked after that was answered."""
    while not any(one.status in GOOD for one in load.since(at)):
        assert time.monotonic() < at + 15, load.summary(at)
        time.sleep(0.02)


def _was_under_way(one: Told, kills: list[float]) -> bool:
    return any(one.at - _DYING_SECONDS <= at <= one.at + one.seconds for at in kills)
