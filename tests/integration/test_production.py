"""Production beside staging on one local cloud: nothing is shared, and nothing of it is open that should not be."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.integration.bad_days import begin, end, engine_of, fault
from tests.integration.checkout import Checkout, live_split

Outputs = dict[str, Any]
STACKS = ("staging", "production")


@pytest.fixture(scope="module")
def shown(checkout: Checkout, both: dict[str, Outputs]) -> dict[str, str]:
    """What `pitchey status` prints of each."""
    return {stack: checkout.done("status", stack) for stack in both}


@pytest.fixture(scope="module")
def both(checkout: Checkout) -> dict[str, Outputs]:
    return {stack: checkout.up(stack) for stack in STACKS}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def test_no_id_name_or_host_is_shared(both: dict[str, Outputs]) -> None:
    # What a binding is called in the code, and of what type it is, is the same by intent.
    shared = ("bindings", "durableObjects")
    staging, production = (
        set(_texts({key: value for key, value in both[stack].items() if key not in shared}))
        for stack in STACKS
    )
    assert len(staging) >= 12
    assert staging & production == set()


def test_no_secret_is_shared(checkout: Checkout, both: dict[str, Outputs]) -> None:
    secrets = json.loads((checkout.home / "secrets.json").read_text())
    # The address of Redis is one for all; its token is what tells the stack, and what is secret.
    addresses = {secrets[stack].pop("upstashRedisRestUrl") for stack in STACKS}
    assert len(addresses) == 1
    staging, production = (set(_texts(secrets[stack])) for stack in STACKS)
    assert staging
    assert staging & production == set()
    salts = [
        yaml.safe_load((checkout.home / f"stacks/Pulumi.{stack}.yaml").read_text())[
            "encryptionsalt"
        ]
        for stack in STACKS
    ]
    assert salts[0] != salts[1]


def test_a_value_written_on_staging_is_not_read_on_production(
    checkout: Checkout, both: dict[str, Outputs]
) -> None:
    account = checkout.account()
    ids = {stack: both[stack]["namespaceIds"]["cache"] for stack in STACKS}
    with checkout.api() as api:
        path = f"/accounts/{account}/storage/kv/namespaces/{{}}/values/only-here"
        assert api.put(path.format(ids["staging"]), content="staging").status_code == 200
        assert api.get(path.format(ids["production"])).status_code == 404


def test_production_has_no_workers_dev_url(checkout: Checkout, both: dict[str, Outputs]) -> None:
    assert "workers.dev" not in json.dumps(both["production"])
    host = f"{both['production']['workerName']}.pitchey.workers.dev"
    assert checkout.get(host, "/version").status_code == 404
    assert checkout.get(
        f"{both['staging']['workerName']}.pitchey.workers.dev", "/version"
    ).is_success


def curl(checkout: Checkout, *words: str) -> str:
    """Names under `localhost` are this machine to curl and to browsers, whatever the hosts file says."""
    done = subprocess.run(
        ["curl", "-sS", *words],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("stack", STACKS)
def test_the_printed_curl_works_as_it_is_printed(
    checkout: Checkout, shown: dict[str, str], stack: str
) -> None:
    (line,) = [
        line.strip() for line in shown[stack].splitlines() if line.strip().startswith("curl ")
    ]
    told = curl(checkout, "--fail", *shlex.split(line)[1:])
    assert json.loads(told)["environment"] == stack


@pytest.mark.parametrize("stack", STACKS)
def test_every_printed_url_opens_without_the_hosts_file(
    checkout: Checkout, both: dict[str, Outputs], shown: dict[str, str], stack: str
) -> None:
    urls = {word for word in shown[stack].split() if word.startswith(("http://", "https://"))}
    assert len(urls) >= len(both[stack]["urls"])
    for url in urls:
        answered = curl(checkout, "--cacert", ".pitchey/local/ca.pem", "-w", "\n%{http_code}", url)
        body, _, status = answered.rpartition("\n")
        assert int(status) < 500, (url, body)


def test_plain_http_is_sent_to_https_on_production(
    checkout: Checkout, both: dict[str, Outputs]
) -> None:
    host = both["production"]["urls"]["api"].removeprefix("https://")
    answer = checkout.get(host, "/version")
    assert answer.status_code == 301
    assert answer.headers["location"].startswith("https://")
    secure = curl(
        *(checkout, "-i", "--cacert", ".pitchey/local/ca.pem"),
        f"https://{host}.localhost:{checkout.port + 2}/version",
    )
    assert "strict-transport-security: max-age=" in secure.lower()
    assert both["production"]["stableVersionId"] in secure


def test_new_code_on_staging_neither_holds_production_up_nor_reaches_it(
    checkout: Checkout, both: dict[str, Outputs]
) -> None:
    path = checkout.folder / "worker/src/index.ts"
    code = path.read_text()
    path.write_text(f"{code}\nObject.assign(globalThis, {{ staged: 1 }});\n")
    before = live_split(checkout, both["production"]["workerName"])
    with fault(checkout, "slow", seconds=1, method="POST"):
        staged = begin(checkout, "up", "staging")
        engine_of(staged)
        held = checkout.pitchey("preview", "staging", "--wait", "0")
        beside = checkout.pitchey("preview", "production", "--wait", "0")
        assert end(staged).returncode == 0
    assert "stack staging is held by" in held.stderr
    assert beside.returncode == 0, beside.stderr
    assert checkout.outputs("staging")["uploadedVersionId"] != both["staging"]["uploadedVersionId"]
    assert checkout.outputs("production") == both["production"]
    assert live_split(checkout, both["production"]["workerName"]) == before
