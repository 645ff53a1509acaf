"""Days on which numbers are missing or tell nothing: nobody counts, for a while or for long, also together with the ledger. None is a pass."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator

import pytest

from tests.integration.bad_days import fault
from tests.integration.checkout import Checkout, live_split
from tests.integration.rollouts import (
    HOST,
    SHORT,
    WORKER,
    check_finished,
    check_returned,
    counted,
    entries,
    kinds,
    ready,
    start,
    status,
    versions,
    write_strategy,
)
from tests.integration.users import users

pytestmark = pytest.mark.engine
ROUTES = "worker/rollouts/routes.ts"
INDEX = "worker/rollouts/index.ts"
LEDGER = "pitchey-rollouts-staging"


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    """Its recorder can be told not to answer, which no fault of the cloud does without the ledger beside it."""
    metrics = "return ofRecorders(() => readMetrics("
    checkout.edit(
        ROUTES,
        ("type Route =", "export const recorder = { down: false };\ntype Route ="),
        (metrics, f'if (recorder.down) throw new Error("down");\n        {metrics}'),
    )
    checkout.edit(
        INDEX,
        ("import { ROUTES } from", "import { recorder, ROUTES } from"),
        (
            '    if (path === "/health")',
            '    if (path === "/down") recorder.down = true;\n'
            '    if (path === "/up") recorder.down = false;\n'
            '    if (path === "/health")',
        ),
    )
    # Cloudflare's count as if it were seconds late, not minutes.
    checkout.edit(
        "delivery/metrics/unreported.py",
        ("LAG_SECONDS: Final = 180.0", "LAG_SECONDS: Final = 5.0"),
        ("_MINUTE: Final = 60", "_MINUTE: Final = 10"),
    )
    every = "_UNREPORTED_EVERY: Final = "
    checkout.edit("delivery/rollout/leading.py", (every + "30.0", every + "3.0"))
    ready(checkout)
    extended = ("extensions: 1", "extensions: 8")
    write_strategy(checkout, SHORT, ("short", "patient"), ("After: 5s", "After: 20s"), extended)
    window = ("  latency: null", "  window: 8s\n  latency: null")
    # What /health says of a backend is left out: users' errors alone are to tell of it.
    checks = ("inconclusive", "probes: {checks: [{path: /version}]}\ninconclusive")
    write_strategy(checkout, SHORT, ("short", "alike"), window, checks)
    tenth = (("share: 50", "share: 10"), ("Requests: 20", "Requests: 40"))
    write_strategy(checkout, SHORT, ("short", "tenth"), *tenth)
    write_strategy(checkout, SHORT, ("short", "strict"), *tenth, ("then: pause", "then: return"))
    unprobed = ("  latency: null", "  failedProbes: 1000\n  latency: null")
    write_strategy(checkout, SHORT, ("short", "unprobed"), ("n: 4s", "n: 300s"), unprobed)
    return checkout


@contextlib.contextmanager
def recorder_down(cloud: Checkout) -> Generator[None]:
    def tell(path: str) -> None:
        cloud.get(f"{LEDGER}.pitchey.workers.dev", path)

    tell("/down")
    try:
        yield
    finally:
        tell("/up")


def test_while_nobody_counts_it_holds_and_goes_on_when_somebody_does(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud, "patient") as one:
        one.until("shift: to 50 %")
        # The recorder alone: Cloudflare's own count is minutes late, and passes nothing either.
        with recorder_down(cloud):
            one.until("silent: ")
            assert live_split(cloud, WORKER) == [(stable, 50), (candidate, 50)]
            assert "passed: " not in one.told
        one.until("heard: ")
        assert one.end() == 0, one.told
    check_finished(cloud, candidate)
    told = kinds(cloud)
    assert told.index("silent") < told.index("heard") < told.index("passed")


def test_when_nobody_counts_for_long_stable_comes_back(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shift: to 50 %")
        with recorder_down(cloud), fault(cloud, "500", path="/graphql"):
            one.until("returned: ")
            assert one.end() == 1
    rows = check_returned(cloud, stable)
    (returning,) = [row for row in rows if row["kind"] == "returning"]
    assert returning["body"]["cause"] == "no data"
    assert "passed" not in kinds(cloud)


def test_without_recorder_ledger_and_analytics_stable_comes_back(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        with fault(cloud, "500", path="/graphql"):
            cloud.done("local", "faults", "add", "objects-gone", "--worker", LEDGER)
            one.until("nobody has counted for ")
            assert one.end() == 1
            assert live_split(cloud, WORKER) == [(stable, 100)]
            assert "passed" not in one.told
    # What could not be written is found by the switch, which has nothing left to do.
    deadline = time.monotonic() + 60
    while status(cloud)["phase"] != "returned":
        assert time.monotonic() < deadline, kinds(cloud)
        time.sleep(1)
    check_returned(cloud, stable)


def test_errors_of_both_alike_pause_and_return_nothing(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    shares = [(stable, 50), (candidate, 50)]
    with users(cloud, HOST, rate=80) as felt, start(cloud, "alike") as one:
        one.until("converged: ")
        # What both count in: every fourth request of theirs is an error from now on.
        with fault(cloud, "objects-gone", worker=WORKER):
            one.until("paused: ")
            [told] = [row for row in entries(cloud) if row["kind"] == "paused"]
            assert told["body"]["cause"] == "both"
            assert told["body"]["why"].endswith("both versions alike, so nothing is rolled back")
            assert "error rate" in told["body"]["why"]
            assert told["body"]["why"] in one.told
            # As long as both err, and longer than the limits look back, it stays.
            errors = len(felt.bad)
            time.sleep(10)
            assert len(felt.bad) > errors
            assert live_split(cloud, WORKER) == shares
        time.sleep(10)
        assert status(cloud)["phase"] == "paused"
        assert live_split(cloud, WORKER) == shares
        cloud.done("rollout", "resume", "staging")
        assert one.end() == 0, one.told
    check_finished(cloud, candidate)
    told_kinds = kinds(cloud)
    assert told_kinds.count("paused") == told_kinds.count("resumed") == 1
    assert "passed" not in told_kinds[: told_kinds.index("resumed")]


def test_errors_that_the_candidate_alone_makes_of_what_both_use_return_it(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST), start(cloud, "alike") as one:
        one.until("shifted: 50 %")
        with fault(cloud, "objects-gone", worker=WORKER, version=candidate):
            assert one.end() == 1
    rows = check_returned(cloud, stable)
    [returning] = [row for row in rows if row["kind"] == "returning"]
    # The Worker answers and counts these errors itself.
    assert "error" in returning["body"]["cause"]


def test_errors_in_front_of_the_candidate_are_missed_in_its_own_count(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST), start(cloud, "unprobed") as one:
        one.until("shifted: 50 %")
        with fault(cloud, "version-errors", version=candidate, rate=0.8):
            assert one.end() == 1
    rows = check_returned(cloud, stable)
    [returning] = [row for row in rows if row["kind"] == "returning"]
    assert returning["body"]["cause"] == "unreported"
    assert "invocations of the candidate" in returning["body"]["why"]


@pytest.mark.parametrize(("strategy", "then"), [("tenth", "paused"), ("strict", "returned")])
def test_when_traffic_stops_at_a_tenth_nothing_passes(
    cloud: Checkout, strategy: str, then: str
) -> None:
    stable, candidate = versions(cloud)
    with start(cloud, strategy) as one:
        with users(cloud, HOST):
            one.until("shifted: 10 %")
        one.until("extended: ")
        one.until(f"{then}: ")
        assert "passed: " not in one.told
        if then == "returned":
            assert one.end() == 1
            rows = check_returned(cloud, stable)
            assert [row["body"]["cause"] for row in rows if row["kind"] == "returning"] == [
                "inconclusive"
            ]
            return
        assert live_split(cloud, WORKER) == [(stable, 90), (candidate, 10)]
        with users(cloud, HOST, rate=120):
            cloud.done("rollout", "resume", "staging")
            assert one.end() == 0, one.told
    check_finished(cloud, candidate)


def test_traffic_that_grows_tenfold_is_no_harm_and_none_of_it_is_lost(cloud: Checkout) -> None:
    _, candidate = versions(cloud)
    began = time.time()
    with users(cloud, HOST, rate=15) as few, start(cloud) as one:
        one.until("converged: ")
        with users(cloud, HOST, rate=150) as many:
            assert one.end() == 0, one.told
    check_finished(cloud, candidate)
    assert few.bad == many.bad == []
    assert "paused" not in kinds(cloud)
    assert many.requests > 3 * few.requests
    time.sleep(3)
    assert counted(cloud, began - 1) == few.requests + many.requests
