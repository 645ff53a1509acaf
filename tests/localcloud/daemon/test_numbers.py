"""What a rollout asks the analytics: each version's requests, errors and times of the last seconds, at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import httpx

from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, Worker

STABLE = "export default { fetch() { return new Response('fine') } }"
CANDIDATE = """
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/throws") throw new Error("on purpose");
  if (pathname === "/503") return new Response("busy", { status: 503 });
  await scheduler.wait(60);
  return new Response("late");
} };
"""
QUERY = """
query ($account: string, $since: Time, $until: Time) { viewer { accounts(filter: {accountTag: $account}) {
  workersInvocationsAdaptive(
    limit: 100, filter: {scriptName: "shop", datetime_geq: $since, datetime_leq: $until}
  ) {
    dimensions { scriptVersion status }
    sum { requests errors }
    quantiles { wallTimeP50 wallTimeP99 }
  }
} } }
"""


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _numbers(clone: Clone, account: str, since: float) -> dict[tuple[str, str], Any]:
    """(Version, status) → its row."""
    variables = {"account": account, "since": _moment(since), "until": _moment(time.time())}
    answer = httpx.post(
        f"http://127.0.0.1:{clone.port}/client/v4/graphql",
        headers={"authorization": f"Bearer {clone.token}"},
        json={"query": QUERY, "variables": variables},
    ).json()
    assert not answer.get("errors"), answer
    rows = answer["data"]["viewer"]["accounts"][0]["workersInvocationsAdaptive"]
    return {(r["dimensions"]["scriptVersion"], r["dimensions"]["status"]): r for r in rows}


def test_each_versions_errors_and_times_are_told_at_once(
    clone: Clone, running: DaemonRecord
) -> None:
    shop = Worker.make(clone, running.account, "shop")
    stable, candidate = shop.upload(STABLE), shop.upload(CANDIDATE)
    shop.deploy({stable: 100, candidate: 0})
    since = time.time()

    def ask(version: str, path: str, times: int) -> set[int]:
        headers = {
            "host": "shop.pitchey.workers.dev",
            "cloudflare-workers-version-overrides": f'shop="{version}"',
        }
        with httpx.Client(base_url=f"http://127.0.0.1:{clone.port + 1}", headers=headers) as client:
            return {client.get(path).status_code for _ in range(times)}

    assert ask(stable, "/", 30) == {200}
    assert ask(candidate, "/", 8) == {200}
    assert ask(candidate, "/throws", 5) == {500}
    assert ask(candidate, "/503", 3) == {503}
    began = time.monotonic()
    found = _numbers(clone, running.account, since)
    assert time.monotonic() - began < 1
    counted = {key: (row["sum"]["requests"], row["sum"]["errors"]) for key, row in found.items()}
    assert counted == {
        (stable, "success"): (30, 0),
        # What code answers by itself is a success to Cloudflare, whatever its status.
        (candidate, "success"): (11, 0),
        (candidate, "scriptThrewException"): (5, 5),
    }
    assert found[candidate, "success"]["quantiles"]["wallTimeP50"] >= 60_000
    assert found[stable, "success"]["quantiles"]["wallTimeP50"] < 30_000
    # Only what is asked for: nothing was served in the seconds to come.
    assert _numbers(clone, running.account, time.time() + 2) == {}
