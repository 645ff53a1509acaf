"""Requests are divided by the deployed weights, and nothing is lost when these change."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

from localcloud.edge.model import EdgeFault, HostRoute
from tests.localcloud.edge.conftest import (
    ACCOUNT,
    HOST,
    Local,
    answering,
    deployment,
    state,
    until,
    version,
)
from tests.localcloud.edge.load import NONE, ask_many

_KEY = "Cloudflare-Workers-Version-Key"
_OVERRIDES = "Cloudflare-Workers-Version-Overrides"


async def test_a_deployed_version_answers_on_its_host_with_and_without_localhost(
    local: Local,
) -> None:
    await local.edge.apply(state(deployment((answering("one"), 100))))
    assert await local.text() == "one"
    assert await local.text(host="API.example.com.localhost:4801") == "one"


async def test_two_versions_get_their_shares(local: Local) -> None:
    await local.edge.apply(state(deployment((answering("old"), 75), (answering("new"), 25))))
    seen = Counter(await ask_many(local.edge.http_port, [NONE] * 4000))
    # Five standard deviations of a binomial: sqrt(4000 · 0.25 · 0.75) = 27.4.
    assert abs(seen["new"] - 1000) < 5 * 27.4
    assert seen["old"] + seen["new"] == 4000


async def test_a_change_of_weight_is_obeyed_by_the_next_request(local: Local) -> None:
    old, new = answering("old"), answering("new")
    for wanted in (0, 100, 0, 100):
        await local.edge.apply(state(deployment((old, 100 - wanted), (new, wanted))))
        expected = "new" if wanted else "old"
        assert set(await ask_many(local.edge.http_port, [NONE] * 40)) == {expected}


async def test_a_key_stays_on_one_version_and_no_key_goes_back_while_the_new_share_grows(
    local: Local,
) -> None:
    old, new = answering("old"), answering("new")
    keyed = [{_KEY: f"visitor-{number}"} for number in range(1500)]
    moved: set[int] = set()
    for share in (1, 10, 50, 90):
        await local.edge.apply(state(deployment((old, 100 - share), (new, share))))
        answers = await ask_many(local.edge.http_port, keyed)
        now = {number for number, answer in enumerate(answers) if answer == "new"}
        assert moved <= now
        # Five standard deviations around the share of the keys.
        assert abs(len(now) - 15 * share) < 5 * (1500 * share / 100 * (1 - share / 100)) ** 0.5
        moved = now
    assert answers == await ask_many(local.edge.http_port, keyed)


async def test_an_override_picks_a_version_of_the_deployment_even_without_a_share(
    local: Local,
) -> None:
    old, new = answering("old"), answering("new")
    other = answering("other")
    await local.edge.apply(state(deployment((old, 100), (new, 0))))

    async def overriding(value: str) -> str:
        return await local.text(headers={_OVERRIDES: value})

    assert await overriding(f'api="{new.id}"') == "new"
    assert await overriding(f'else="{old.id}", api="{new.id}"') == "new"
    # Ignored in silence: another script's, a version that is not deployed, and what is no dictionary.
    assert await overriding(f'else="{new.id}"') == "old"
    assert await overriding(f'api="{other.id}"') == "old"
    assert await overriding(f"api={new.id}") == "old"


async def test_no_request_is_lost_over_reweights_and_switches_under_load(local: Local) -> None:
    versions = [answering(f"v{number}") for number in range(4)]
    slow = version(
        "export default { async fetch() { await scheduler.wait(300); return new Response('slow'); } }"
    )
    await local.edge.apply(state(deployment((slow, 50), (versions[0], 50))))
    waiting = [asyncio.create_task(local.text()) for _ in range(10)]
    await asyncio.sleep(0.1)
    asking = asyncio.create_task(ask_many(local.edge.http_port, [NONE] * 4000, connections=10))
    for number in range(3):
        for share in (1, 50, 99):
            pair = (versions[number], 100 - share), (versions[number + 1], share)
            await local.edge.apply(state(deployment(*pair)))
            await asyncio.sleep(0.02)
    await local.edge.apply(state(deployment((versions[3], 100))))
    answers = Counter(await asking)
    assert set(answers) <= {"slow", "v0", "v1", "v2", "v3"}
    assert sum(answers.values()) == 4000
    assert set(await asyncio.gather(*waiting)) <= {"slow", "v0"}
    # What no longer serves ends once its requests have ended.
    await until(lambda: len(local.versions()) == 1)


async def test_a_preview_url_reaches_its_version_and_costs_no_process_until_it_is_asked(
    local: Local,
) -> None:
    live, preview = answering("live"), answering("preview")
    route = HostRoute("abc-api.team.workers.dev/*", "api", ACCOUNT, preview)
    await local.edge.apply(state(deployment((live, 100)), routes=[route]))
    assert len(local.versions()) == 1
    assert await local.text(host="abc-api.team.workers.dev") == "preview"
    assert len(local.versions()) == 2
    assert await local.text(host=HOST) == "live"


async def test_no_share_is_no_request_in_either_order(local: Local) -> None:
    stable, candidate = answering("stable"), answering("candidate")
    keyed = [{_KEY: f"visitor-{number}"} for number in range(400)]
    for shares in (((stable, 100), (candidate, 0)), ((candidate, 0), (stable, 100))):
        await local.edge.apply(state(deployment(*shares)))
        port = local.edge.http_port
        assert set(await ask_many(port, [*keyed, *[NONE] * 400])) == {"stable"}
        wanted = [{_OVERRIDES: f'api="{candidate.id}"', _KEY: f"v{n}"} for n in range(40)]
        assert set(await ask_many(port, wanted)) == {"candidate"}


def _converging(seconds: float) -> tuple[EdgeFault, ...]:
    return (EdgeFault("deployments-converge", 1, seconds, None),)


async def test_while_a_deployment_converges_a_key_meets_old_and_new_by_chance(local: Local) -> None:
    old, new = answering("old"), answering("new")
    slowly: dict[str, Any] = {"faults": _converging(2)}
    await local.edge.apply(state(deployment((old, 100)), **slowly))
    assert set(await ask_many(local.edge.http_port, [NONE] * 100)) == {"old"}
    await local.edge.apply(state(deployment((new, 100)), **slowly))
    changed = time.monotonic()
    same = [{_KEY: "one visitor"}] * 300
    overriding = [{_OVERRIDES: f'api="{new.id}"'}] * 300
    assert set(await ask_many(local.edge.http_port, same)) == {"old", "new"}
    # A place that does not know the deployment yet knows no override to its version.
    assert set(await ask_many(local.edge.http_port, overriding)) == {"old", "new"}
    back = [{_OVERRIDES: f'api="{old.id}"'}] * 300
    assert set(await ask_many(local.edge.http_port, back)) == {"old", "new"}
    early = Counter(await ask_many(local.edge.http_port, same))["new"]
    await asyncio.sleep(1.6 - (time.monotonic() - changed))
    late = Counter(await ask_many(local.edge.http_port, same))["new"]
    assert early < late
    await asyncio.sleep(2.1 - (time.monotonic() - changed))
    for headers in (same, overriding, back):
        assert set(await ask_many(local.edge.http_port, headers)) == {"new"}
    await until(lambda: len(local.versions()) == 1)


async def test_a_change_while_another_converges_leaves_all_of_the_last_ones_in_use(
    local: Local,
) -> None:
    first, second, third = (answering(name) for name in ("first", "second", "third"))
    slowly: dict[str, Any] = {"faults": _converging(3)}
    await local.edge.apply(state(deployment((first, 100)), **slowly))
    await local.edge.apply(state(deployment((first, 100), (second, 0)), **slowly))
    await asyncio.sleep(0.3)
    await local.edge.apply(state(deployment((second, 100)), **slowly))
    await asyncio.sleep(0.9)
    await local.edge.apply(state(deployment((third, 100)), **slowly))
    changed = time.monotonic()
    await asyncio.sleep(0.3)
    # A lag of less than 0.3 s means the third, of 0.3 to 1.2 s the second, of more the first; all out of 3 s.
    seen = Counter(await ask_many(local.edge.http_port, [NONE] * 900))
    assert set(seen) == {"first", "second", "third"}
    assert seen["first"] > seen["second"] > seen["third"]
    await asyncio.sleep(3.1 - (time.monotonic() - changed))
    assert set(await ask_many(local.edge.http_port, [NONE] * 300)) == {"third"}
    await until(lambda: len(local.versions()) == 1)
