"""Postgres down, slow, at its limit of connections, read-only, killed: what users of the application see of it."""

from __future__ import annotations

import os
import signal
import time

import psutil

from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.data_bad_days import GOOD, bad_day
from tests.integration.local_processes import processes
from tests.integration.steady_load import PITCH

_FAULT_SECONDS = 5.0


def test_without_postgres_what_everybody_looks_at_goes_on(
    checkout: Checkout, api: Api, creator: Person
) -> None:
    with bad_day(checkout, api, creator) as day, day.fault("postgres-down"):
        time.sleep(_FAULT_SECONDS)
        assert day.failing() == {"DATABASE"}
    assert set(day.statuses("catalogue")) == {200}
    assert {one.verdict for one in day.during("catalogue")} <= {"hit", "stale"}
    # Nobody else waits to be told so, but for who was the first to find out.
    assert set(day.statuses("search", "own", "write")) <= {503, *GOOD}
    assert day.statuses("search", "own", "write")[503] > 20
    assert day.failing() == set()


def test_a_slow_postgres_slows_down_only_who_needs_it(
    checkout: Checkout, api: Api, creator: Person
) -> None:
    with bad_day(checkout, api, creator) as day, day.fault("postgres-slow", seconds=1.0):
        time.sleep(_FAULT_SECONDS)
    assert set(day.statuses("catalogue")) == {200}
    assert set(day.statuses("search", "own", "write")) <= {429, 503, *GOOD}
    # Everybody is told in time: within what a write has, and a little more.
    assert all(one.seconds < 20 for one in day.during())


def test_at_its_limit_of_connections_those_that_are_open_do(
    checkout: Checkout, api: Api, creator: Person
) -> None:
    with bad_day(checkout, api, creator) as day, day.fault("postgres-full"):
        time.sleep(_FAULT_SECONDS)
        assert day.failing() == set()
    # Who would have needed one more is told that too many ask.
    told = day.statuses()
    assert set(told) <= {429, *GOOD}
    assert sum(told[status] for status in GOOD) > 4 * told[429]


def test_a_read_only_postgres_is_read(checkout: Checkout, api: Api, creator: Person) -> None:
    with bad_day(checkout, api, creator) as day, day.fault("postgres-read-only"):
        time.sleep(_FAULT_SECONDS)
        refused = api.ask("POST", "/api/pitches", by=creator, json={**PITCH, "title": "Not now"})
        assert (refused.status_code, refused.json()["detail"]) == (
            503,
            "nothing can be changed at the moment",
        )
        assert refused.headers["retry-after"].isdecimal()
        assert day.failing() == set()
    assert set(day.statuses("catalogue", "search", "own")) == {200}
    assert day.statuses("write")[503] > 5


def test_a_killed_postgres_is_back_and_has_all_that_was_acknowledged(
    checkout: Checkout, api: Api, creator: Person
) -> None:
    with bad_day(checkout, api, creator) as day:
        day.load.settled(("write",))
        [postmaster] = [p for p in processes(checkout, "postgres") if _is_postmaster(p)]
        killed = time.monotonic()
        os.kill(postmaster.pid, signal.SIGKILL)
        day.load.settled(("catalogue", "search", "own", "write"), seconds=20)
    assert {one.status for one in day.load.since(killed, "catalogue")} == {200}
    assert not postmaster.is_running()


def _is_postmaster(process: psutil.Process) -> bool:
    return (parent := process.parent()) is not None and parent.name() != process.name()
