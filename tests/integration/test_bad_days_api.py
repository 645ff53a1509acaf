"""An API that refuses, fails, cuts or is gone; and a Worker that is refused: what served still serves."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.bad_days import begin, end, engine_of, fault, inventory, refusal
from tests.integration.checkout import Checkout, live_split

WORKER = "pitchey-api-staging"
HOST = f"{WORKER}.pitchey.workers.dev"
CODE = "worker/src/index.ts"


@pytest.fixture(scope="module")
def stable(checkout: Checkout) -> dict[str, Any]:
    """Up for the first time, although the API refuses a third of the calls."""
    with fault(checkout, "429", rate=0.33, seconds=1):
        return checkout.up()


def add(checkout: Checkout, line: str) -> str:
    """A line more in the Worker; returns what its code was."""
    path = checkout.folder / CODE
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    return before


def serves(checkout: Checkout) -> str:
    version: str = checkout.get(HOST, "/version").json()["id"]
    return version


def pid(checkout: Checkout) -> int:
    found: int = json.loads((checkout.home / "daemon.json").read_text())["pid"]
    return found


def test_an_api_that_refuses_a_third_of_the_calls_makes_up_slower_only(
    checkout: Checkout, stable: dict[str, Any]
) -> None:
    assert serves(checkout) == stable["stableVersionId"]
    for kind, rows in inventory(checkout).items():
        assert len(set(rows)) == len(rows) > 0, kind


def test_an_api_that_fails_a_third_of_the_calls_makes_nothing_twice(
    checkout: Checkout, stable: dict[str, Any]
) -> None:
    """Also where what failed was done all the same, and only its answer lost."""
    before = inventory(checkout)
    add(checkout, "Object.assign(globalThis, { failed: 1 });")
    with fault(checkout, "500", rate=0.33, after=True):
        outputs = checkout.up()
        checkout.done("status", "staging")
    after = inventory(checkout)
    assert set(after["versions"]) - set(before["versions"]) == {outputs["uploadedVersionId"]}
    assert {**after, "versions": before["versions"]} == before
    assert serves(checkout) == stable["stableVersionId"]


def test_an_api_that_cuts_every_connection_fails_in_one_line(
    checkout: Checkout, stable: dict[str, Any]
) -> None:
    with fault(checkout, "cut"):
        line = refusal(checkout.pitchey("up", "staging", timeout=60))
        assert len(line.splitlines()) == 1
        assert line.startswith(f"the live deployment of {WORKER} could not be read")
        assert line.endswith("nothing was changed")
    assert serves(checkout) == stable["stableVersionId"]


def test_an_api_that_dies_in_the_middle_fails_in_one_line_and_the_next_up_starts_it(
    checkout: Checkout, stable: dict[str, Any]
) -> None:
    add(checkout, "Object.assign(globalThis, { died: 1 });")
    before = inventory(checkout)["versions"]
    with fault(checkout, "slow", seconds=20, method="POST"):
        up = begin(checkout, "up", "staging")
        engine_of(up)
        while not _is_posting(checkout):
            assert up.poll() is None, end(up).stderr
        os.kill(pid(checkout), signal.SIGKILL)
        line = refusal(end(up), status=2)
        assert len(line.splitlines()) == 1
        assert "nobody answers at http://127.0.0.1" in line
    assert checkout.up()["stableVersionId"] == stable["stableVersionId"]
    assert len(inventory(checkout)["versions"]) == len(before) + 1
    assert serves(checkout) == stable["stableVersionId"]


def _is_posting(checkout: Checkout) -> bool:
    status = json.loads(checkout.done("local", "status", "--json"))
    return status["requests_under_way"] > 0


OVER_THE_LIMIT = 'import { big } from "./big";\nObject.assign(globalThis, { big });'


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("const = 1;", 1, "worker/src/index.ts:"),
        ('throw new Error("no start today");', 2, "10021: Uncaught Error: no start today"),
        (OVER_THE_LIMIT, 1, "MiB, and a Worker may have 64"),
    ],
    ids=["does not compile", "throws at start", "over the limit"],
)
def test_a_worker_that_cannot_be_is_refused_in_one_line_and_what_served_serves(
    checkout: Checkout, stable: dict[str, Any], line: str, status: int, told: str
) -> None:
    big = checkout.folder / "worker/src/big.ts"
    if line == OVER_THE_LIMIT:
        _write_megabytes(big, 65)
    before = inventory(checkout), live_split(checkout, WORKER)
    code = add(checkout, line)
    try:
        refused = refusal(checkout.pitchey("up", "staging"), status)
    finally:
        (checkout.folder / CODE).write_text(code)
        big.unlink(missing_ok=True)
    assert told in refused
    assert "nothing was changed" in refused
    assert len(refused.splitlines()) == 1
    assert (inventory(checkout), live_split(checkout, WORKER)) == before
    assert serves(checkout) == stable["stableVersionId"]


def _write_megabytes(path: Path, count: int) -> None:
    text = "0123456789abcdef" * (1 << 16)
    with path.open("w") as file:
        file.write("export const big = [\n")
        file.writelines(f'  "{number}{text}",\n' for number in range(count))
        file.write("];\n")
