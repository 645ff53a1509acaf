"""A stack that is older than a Durable Object class comes up to the code that has it: without a split, which Cloudflare
refuses for such versions (10211), and with everything that its objects hold."""

from __future__ import annotations

import httpx

from tests.integration.checkout import Checkout, live_split
from tests.integration.rollouts import write_strategy

WORKER = "pitchey-api-staging"
HOST = f"{WORKER}.pitchey.workers.dev"
COUNTER = 'export { Counter } from "./counter";\n'
TALLY = """import { DurableObject } from "cloudflare:workers";
export class Tally extends DurableObject {}
"""

# The steps of `all-at-once`, in seconds.
WHOLE = """
name: whole
look: 1
split: false
steps:
  - {share: 0, duration: 2s}
  - {share: 100}
bake: 3s
noData: {returnAfter: 120s}
"""


def increment(checkout: Checkout) -> int:
    url = f"http://127.0.0.1:{checkout.port + 1}/counter/visits/increment"
    value: int = httpx.post(url, headers={"host": HOST}, timeout=30).json()["value"]
    return value


def test_the_limits_of_callers_are_no_class_of_the_application(checkout: Checkout) -> None:
    outputs = checkout.up()
    assert "RateLimiter" not in outputs["durableObjects"]
    told = checkout.get(HOST, "/api/dashboards/creator").headers
    assert told["ratelimit-policy"] == '"read";q=600;w=60'


def test_an_older_stack_comes_up_to_a_new_class_and_keeps_its_objects(checkout: Checkout) -> None:
    write_strategy(checkout, WHOLE)
    older = checkout.up()["stableVersionId"]
    assert increment(checkout) == 1

    (checkout.folder / "worker/src/tally.ts").write_text(TALLY)
    index = checkout.edit(
        "worker/src/index.ts", (COUNTER, f'{COUNTER}export {{ Tally }} from "./tally";\n')
    )
    platform = checkout.edit(
        "components/platform.py", ('"COUNTER": "Counter"', '"COUNTER": "Counter", "TALLY": "Tally"')
    )
    outputs = checkout.up()
    newer = outputs["uploadedVersionId"]
    assert newer != older
    assert outputs["durableObjects"] == ["Counter", "Tally"]
    assert live_split(checkout, WORKER) == [(older, 100)]
    assert increment(checkout) == 2

    split = checkout.pitchey("rollout", "start", "staging", "--strategy", "canary")
    assert split.returncode != 0
    assert "changes Durable Object classes (Tally)" in split.stderr
    assert "use --strategy all-at-once" in split.stderr
    assert live_split(checkout, WORKER) == [(older, 100)]

    rolled = checkout.pitchey("rollout", "start", "staging", "--strategy", "whole")
    assert rolled.returncode == 0, rolled.stdout + rolled.stderr
    assert "there is no way back" in rolled.stderr
    assert live_split(checkout, WORKER) == [(newer, 100)]
    assert increment(checkout) == 3

    # Cloudflare takes no version back that does not know a class of which there are objects.
    back = checkout.pitchey("rollback", "staging")
    assert back.returncode == 1
    assert "Class 'Tally' has Durable Objects" in back.stderr
    assert live_split(checkout, WORKER) == [(newer, 100)]
    assert increment(checkout) == 4

    # Nor does one that has forgotten it come so far as to be deployed.
    (checkout.folder / "worker/src/index.ts").write_text(index)
    (checkout.folder / "components/platform.py").write_text(platform)
    forgotten = checkout.pitchey("up", "staging")
    assert forgotten.returncode != 0
    assert "Tally" in forgotten.stderr
    assert live_split(checkout, WORKER) == [(newer, 100)]
