"""`pitchey rollback` on the local cloud: what served before serves again, whatever else is broken."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.integration.checkout import Checkout, Done, live_split
from tests.integration.rollouts import deploy as deploy_shares
from tests.localcloud.pages.conftest import Uploader

pytestmark = pytest.mark.engine
WORKER: Final = "pitchey-api-staging"
PAGES: Final = "pitchey-staging.pages.dev"
_SECONDS: Final = 5.0
"""The aim is 2; a busy machine is given more."""


@pytest.fixture(scope="module")
def versions(checkout: Checkout) -> tuple[str, str]:
    """Stable and candidate, both uploaded."""
    stable = checkout.up()["stableVersionId"]
    checkout.edit("worker/src/page/index.ts", ("a feature flag from KV", "a feature flag of KV"))
    return stable, checkout.up()["uploadedVersionId"]


def split(checkout: Checkout, versions: tuple[str, str]) -> None:
    deploy_shares(checkout, {versions[0]: 80, versions[1]: 20})


def back(checkout: Checkout, *words: str, env: dict[str, str] | None = None) -> tuple[Done, Any]:
    done = checkout.pitchey("rollback", "staging", "--json", *words, env=env)
    return done, json.loads(done.stdout) if done.returncode == 0 else None


def check_back(checkout: Checkout, done: Done, told: Any, stable: str) -> None:
    assert done.returncode == 0, done.stderr
    [worker] = told["components"]
    assert (worker["after"], worker["verified"]) == (stable, True)
    assert live_split(checkout, WORKER) == [(stable, 100)]


def test_of_a_split_stable_gets_everything(checkout: Checkout, versions: tuple[str, str]) -> None:
    split(checkout, versions)
    done, told = back(checkout, "--reason", "checkout fails")
    check_back(checkout, done, told, versions[0])
    assert told["components"][0]["seconds"] < _SECONDS
    assert "written to the ledger" in done.stderr
    assert "Pulumi's state agrees" in done.stderr
    [record] = (checkout.folder / ".pitchey/incidents").glob("*.md")
    assert "checkout fails" in record.read_text()


def test_a_candidate_with_everything_is_left_and_not_gone_back_to(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    stable, candidate = versions
    deploy_shares(checkout, {candidate: 100})
    done, told = back(checkout)
    check_back(checkout, done, told, stable)
    again, _ = back(checkout)
    assert again.returncode == 1
    assert "no earlier version that served everything" in again.stderr
    already, told = back(checkout, "--to", stable[:8])
    assert already.returncode == 0
    assert told["components"][0]["changed"] is False


@pytest.mark.parametrize("after", [(), ("--after",)])
def test_an_api_that_fails_half_its_calls_holds_nothing_up(
    checkout: Checkout, versions: tuple[str, str], after: tuple[str, ...]
) -> None:
    split(checkout, versions)
    checkout.done("local", "faults", "add", "500", "--rate", "0.5", "--path", "*/scripts/*", *after)
    try:
        done, told = back(checkout)
    finally:
        checkout.done("local", "faults", "clear")
    check_back(checkout, done, told, versions[0])


def test_a_stack_that_another_run_holds_is_no_obstacle(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    split(checkout, versions)
    [lock] = (checkout.folder / ".pitchey").rglob("staging.lock")
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        begun = time.monotonic()
        done, told = back(checkout)
        assert time.monotonic() - begun < 4 * _SECONDS
    check_back(checkout, done, told, versions[0])
    [left] = told["components"][0]["left"]
    assert left.startswith("Pulumi's state: not done (stack staging is held")


@contextmanager
def pulumi_lock(checkout: Checkout) -> Generator[None]:
    """As an engine on another machine holds it, or one that was killed has left it."""
    [locks] = (checkout.folder / ".pitchey").rglob("locks/organization/pitchey/staging")
    lock = locks / "6f1c9f0e-2b57-4c1e-9d0b-0c8f6d0a7a11.json"
    holder = {"pid": 1, "username": "ann", "hostname": "elsewhere"}
    lock.write_text(json.dumps({**holder, "timestamp": "2026-01-01T00:00:00Z"}))
    try:
        yield
    finally:
        lock.unlink()


def test_a_lock_of_pulumi_s_is_what_is_left_to_do(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    split(checkout, versions)
    with pulumi_lock(checkout):
        done, told = back(checkout)
        check_back(checkout, done, told, versions[0])
    assert told["components"][0]["seconds"] < _SECONDS
    [left] = told["components"][0]["left"]
    assert "the stack is currently locked" in left
    assert left.endswith("`pitchey up staging` brings it")
    assert "written to the ledger" in done.stderr


def test_an_engine_that_cannot_start_is_what_is_left_to_do(
    checkout: Checkout, versions: tuple[str, str], tmp_path: Path
) -> None:
    split(checkout, versions)
    engine = tmp_path / "pulumi"
    engine.write_text('#!/bin/sh\n[ "$1" = version ] && echo v3.259.0 && exit\nexit 1\n')
    engine.chmod(0o755)
    done, told = back(checkout, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    check_back(checkout, done, told, versions[0])
    assert told["components"][0]["seconds"] < _SECONDS
    ledger, state = told["components"][0]["left"]
    assert ledger.startswith("the ledger was not told (`pulumi stack output` failed")
    assert state.startswith("Pulumi's state: not done")
    checkout.up()
    assert live_split(checkout, WORKER) == [(versions[0], 100)]


@pytest.mark.parametrize("word", ["ffffffff", "2"])
def test_a_word_that_names_no_version_is_refused(
    checkout: Checkout, versions: tuple[str, str], word: str
) -> None:
    before = live_split(checkout, WORKER)
    done, _ = back(checkout, "--to", word)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: version '{word}' is not known")
    assert live_split(checkout, WORKER) == before


def test_a_flag_goes_back_to_what_the_worker_does_without_it(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    namespace = checkout.outputs()["namespaceIds"]["flags"]
    path = f"/accounts/{checkout.account()}/storage/kv/namespaces/{namespace}/values/beta"
    with checkout.api() as api:
        api.put(path, content=b'"on"').raise_for_status()
    host = f"{WORKER}.pitchey.workers.dev"
    assert checkout.get(host, "/flags/beta").is_success
    done, told = back(checkout, "--component", "flag:beta")
    assert done.returncode == 0, done.stderr
    assert (told["components"][0]["changed"], told["components"][0]["verified"]) == (True, True)
    assert checkout.get(host, "/flags/beta").status_code == 404
    _, told = back(checkout, "--component", "flag:beta")
    assert told["components"][0]["changed"] is False


@pytest.fixture(scope="module")
def pages(checkout: Checkout, versions: tuple[str, str]) -> list[str]:
    """Three deployments, made as wrangler makes them; the last one is live."""
    with checkout.api() as api:
        up = Uploader(api, f"/accounts/{checkout.account()}/pages/projects/pitchey-staging")
        texts = (b"<h1>one</h1>", b"<h1>two</h1>", b"<h1>three</h1>")
        return [up.deploy({"/index.html": text})["id"] for text in texts]


def test_the_pages_go_back_to_the_deployment_before(checkout: Checkout, pages: list[str]) -> None:
    assert "three" in checkout.get(PAGES, "/").text
    done, told = back(checkout, "--component", "pages", "--reason", "unreadable")
    assert done.returncode == 0, done.stderr
    [row] = told["components"]
    assert (row["before"], row["after"], row["verified"]) == (pages[2], pages[1], True)
    assert "two" in checkout.get(PAGES, "/").text
    assert "unreadable" in Path(told["incident"]).read_text()
    again, told = back(checkout, "--component", "pages", "--to", pages[2][:8])
    assert again.returncode == 0, again.stderr
    assert "three" in checkout.get(PAGES, "/").text
    refused, _ = back(checkout, "--component", "pages", "--to", "ffffffff")
    assert "deployment 'ffffffff' is not known" in refused.stderr
    assert refused.returncode == 1


def test_all_of_it_goes_back_at_once(
    checkout: Checkout, versions: tuple[str, str], pages: list[str]
) -> None:
    split(checkout, versions)
    done, told = back(checkout, "--all")
    assert done.returncode == 0, done.stderr
    rows = {row["component"]: row for row in told["components"]}
    assert {name: row["verified"] for name, row in rows.items()} == {"worker": True, "pages": True}
    assert live_split(checkout, WORKER) == [(versions[0], 100)]
    assert "two" in checkout.get(PAGES, "/").text
    record = json.loads(Path(told["incident"]).read_text())
    assert [one["component"] for one in record["incidents"]] == ["worker", "pages"]


def upload(checkout: Checkout, count: int) -> None:
    """Versions without traffic, as a team makes them in a month."""
    path = f"/accounts/{checkout.account()}/workers/scripts/{WORKER}/versions"
    metadata = {"main_module": "index.js", "compatibility_date": "2026-01-01"}
    for number in range(count):
        classes = "export class Counter {}\n"
        code = f"{classes}export default {{ fetch() {{ return new Response('{number}') }} }}"
        files = {
            "metadata": (None, json.dumps(metadata), "application/json"),
            "index.js": ("index.js", code, "application/javascript+module"),
        }
        with checkout.api() as api:
            api.post(path, files=files).raise_for_status()


def test_a_version_older_than_the_last_hundred_is_refused_and_passed_over(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    stable, candidate = versions
    deploy_shares(checkout, {candidate: 100})
    upload(checkout, 100)
    named, _ = back(checkout, "--to", stable)
    assert named.returncode == 1
    assert "error: Cloudflare's API refused:" in named.stderr
    unnamed, _ = back(checkout)
    assert unnamed.returncode == 1
    assert "no earlier version that served everything" in unnamed.stderr
    assert live_split(checkout, WORKER) == [(candidate, 100)]
