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
    kinds,
    ready,
    start,
    status,
    versions,
)
from tests.integration.users import users

pytestmark = pytest.mark.engine
ROUTES = "worker/rollouts/routes.ts"
INDEX = "worker/rollouts/index.ts"
LEDGER = "pitchey-rollouts-staging"


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    """Its recorder can be told not to answer, which no fault of the cloud does without the ledger beside it."""
    metrics = "return done(await readMetrics("
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
    ready(checkout)
    patient = SHORT
    for old, new in (("name: short", "name: patient"), ("5s}", "20s}"), ("s: 1, t", "s: 8, t")):
        assert old in patient
        patient = patient.replace(old, new)
    (checkout.folder / "strategies/patient.yaml").write_text(patient)
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
