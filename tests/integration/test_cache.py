"""`pitchey cache` on the local cloud: what was changed behind the Worker's back is served anew after a purge; what is asked for is kept
before it is asked for again, of a candidate too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from delivery.cache_status import cache_status
from tests.integration.application import Api
from tests.integration.checkout import Checkout
from tests.integration.rollouts import WORKER, deploy, ready, start
from tests.integration.users import users

pytestmark = pytest.mark.engine
LISTS: Final = ("/api/pitches", "/api/pitches/trending")


@dataclass(frozen=True)
class Site:
    checkout: Checkout
    api: Api
    stable: str
    candidate: str
    pitch: str
    """The id of one that is published."""

    def ask(self, path: str, version: str | None = None) -> httpx.Response:
        named = {"cloudflare-workers-version-overrides": f'{WORKER}="{version}"'} if version else {}
        answer = self.api.ask("GET", path, headers=named)
        assert answer.status_code == 200
        return answer

    def edge(self, path: str, version: str | None = None) -> str:
        """What the edge's cache did."""
        told = cache_status(self.ask(path, version))["pitchey-edge"]
        return "hit" if "hit" in told else told["fwd"]

    def title(self) -> str:
        title: str = self.ask(f"/api/pitches/{self.pitch}").json()["title"]
        return title

    def change(self, title: str) -> None:
        """Past the Worker, as somebody who mends data would."""
        sql = f"UPDATE pitches SET title = '{title}' WHERE id = '{self.pitch}'"  # noqa: S608 (ours)
        self.checkout.done("local", "psql", "staging", "--", "-c", sql)

    def purge(self, *words: str) -> tuple[int, Any]:
        done = self.checkout.pitchey("cache", "purge", "staging", "--json", *words)
        assert "Bearer" not in done.stdout + done.stderr
        return done.returncode, json.loads(done.stdout)

    def warm(self, *words: str) -> Any:
        return json.loads(self.checkout.done("cache", "warm", "staging", "--json", *words))

    def asked(self) -> dict[str, float]:
        """Path → how often, as the data points tell it."""
        query = (
            "SELECT blob8 AS path, SUM(_sample_interval) AS n FROM pitchey_staging GROUP BY path"
        )
        path = f"/accounts/{self.checkout.account()}/analytics_engine/sql"
        with self.checkout.api() as cloud:
            rows = cloud.post(path, content=query).raise_for_status().json()["data"]
        return {row["path"]: float(row["n"]) for row in rows}


@pytest.fixture(scope="module")
def site(checkout: Checkout) -> Generator[Site]:
    outputs = ready(checkout).outputs()
    index = checkout.folder / "worker/src/index.ts"
    index.write_text(index.read_text() + "\nObject.assign(globalThis, { change: 1 });\n")
    uploaded = checkout.up()["uploadedVersionId"]
    api = Api.of(checkout, outputs)
    pitch = api.ask("GET", "/api/pitches?limit=1").json()["pitches"][0]["id"]
    yield Site(checkout, api, outputs["stableVersionId"], uploaded, pitch)
    api.close()


def until(kept: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not kept():
        assert time.monotonic() < end
        time.sleep(0.3)


@pytest.mark.parametrize(
    "words",
    [
        ("--tag", "pitch:{pitch}"),
        ("--url", "/api/pitches/{pitch}"),
        ("--prefix", "/api/pitches/{pitch:.6}"),
        ("--everything",),
    ],
)
def test_what_was_changed_past_the_worker_is_served_after_a_purge(
    site: Site, words: tuple[str, ...]
) -> None:
    path = f"/api/pitches/{site.pitch}"
    until(lambda: site.edge(path) == "hit")
    before = site.title()
    after = f"Changed by hand with {words[0].strip('-')}"
    site.change(after)
    assert site.title() == before != after
    status, told = site.purge(*(word.format(pitch=site.pitch) for word in words))
    assert (status, told["left"]) == (0, [])
    assert [seen["is_old"] for seen in told["seen"] if seen["url"].endswith(path)] in ([], [False])
    assert site.title() == after


def test_lists_are_served_anew_and_shown_so(site: Site) -> None:
    until(lambda: all(site.edge(path) == "hit" for path in LISTS))
    status, told = site.purge("--tag", "pitches")
    assert status == 0
    assert [seen["url"].partition(".example")[2] for seen in told["seen"]] == list(LISTS)
    assert not any(seen["is_old"] for seen in told["seen"])
    shown = site.checkout.done("cache", "purge", "staging", "--tag", "pitches")
    assert "pitchey-cache" in shown


def test_without_redis_the_edge_is_purged_and_the_rest_is_left_to_do(site: Site) -> None:
    site.checkout.done("local", "faults", "add", "redis-down")
    try:
        status, told = site.purge("--tag", "pitches")
    finally:
        site.checkout.done("local", "faults", "clear")
    assert status == 2
    assert (told["tagsInRedis"], told["callsToZone"]) == (None, 1)
    [left] = told["left"]
    assert left.startswith("Redis still has it: Redis does not answer")
    assert site.purge("--tag", "pitches")[0] == 0


def test_an_api_that_is_busy_is_asked_again(site: Site) -> None:
    site.checkout.done("local", "faults", "add", "429", "--rate", "0.5", "--path", "*purge_cache")
    try:
        assert [site.purge("--tag", "pitches")[0] for _ in range(2)] == [0, 0]
    finally:
        site.checkout.done("local", "faults", "clear")


def test_what_cannot_be_meant_is_one_line(site: Site) -> None:
    done = site.checkout.pitchey("cache", "purge", "staging", "--url", "https://other.example/x")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "error: other.example is not in the stack's zone"
    )


def test_what_is_asked_for_is_warmed_and_nothing_that_somebody_wrote(site: Site) -> None:
    for path in (*LISTS, f"/api/pitches/{site.pitch}", "/api/pitches?limit=7&format=series"):
        site.ask(path)
    site.ask("/api/pitches?q=ada")
    site.ask("/api/pitches?genre=ada")
    assert site.purge("--everything")[0] == 0
    before = site.asked()
    told = site.warm()
    assert (told["failed"], told["left"], told["passed"]) == (0, 0, 0)
    warmed = {row["path"] for row in told["rows"]}
    assert {*LISTS, f"/api/pitches/{site.pitch}", "/api/pitches?format=series&limit=7"} <= warmed
    assert not [path for path in warmed if "ada" in path]
    assert told["made"] >= 2
    mine = {*LISTS, f"/api/pitches/{site.pitch}", "/api/pitches?format=series&limit=7"}

    def kept() -> bool:
        """Others may have lived long enough to be made again."""
        found = {row["path"]: row["outcome"] for row in site.warm()["rows"]}
        return {found[path] for path in mine} == {"hit"}

    until(kept)
    assert site.edge("/api/pitches?limit=7&format=series") == "hit"
    # Ours are told by no point: what we warm would otherwise be asked for most.
    assert site.asked()["/api/pitches/trending"] == before["/api/pitches/trending"]


def test_a_candidate_without_traffic_is_warmed_too(site: Site) -> None:
    site.ask("/api/pitches/trending")
    deploy(site.checkout, {site.stable: 100, site.candidate: 0})
    told = site.warm("--version", site.candidate, "--top", "5")
    assert told["failed"] == 0
    assert told["made"] > 0
    assert site.edge("/api/pitches/trending", site.candidate) == "hit"
    deploy(site.checkout, {site.stable: 100})
    refused = site.checkout.pitchey(
        "cache", "warm", "staging", "--version", site.candidate, "--top", "1"
    )
    assert refused.returncode == 2
    assert f"answered by {site.stable[:8]}" in refused.stdout


def test_a_rollout_warms_its_candidate_before_it_has_users(site: Site) -> None:
    site.ask("/api/pitches/trending")
    with users(site.checkout, f"{WORKER}.pitchey.workers.dev"), start(site.checkout) as one:
        one.until(f"caches warmed for {site.candidate[:8]}: ")
        one.until("shift: to 50 %")
        site.checkout.done("rollout", "abort", "staging")
        assert one.end() == 1, one.told
    assert one.told.index("caches warmed") < one.told.index("shift: to 50 %")
