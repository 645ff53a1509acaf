"""What a stack tells of its requests: a data point each, and its own errors to the Sentry that its secret leads to."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.integration.checkout import Checkout

WORKER = "pitchey-api-staging"
HOST = f"{WORKER}.pitchey.workers.dev"
ROUTE = "  const path = new URL(request.url).pathname;\n"
FAILURE = """  if (path === "/counter/ada") throw new RangeError("ada@example.com");\n"""
ASKED = "SELECT blob4 AS route, blob5 AS status, SUM(_sample_interval) AS requests FROM pitchey_staging GROUP BY route, status"  # fmt: skip


def points(checkout: Checkout) -> dict[tuple[str, str], float]:
    path = f"/accounts/{checkout.account()}/analytics_engine/sql"
    with checkout.api() as api:
        answer = api.post(path, content=ASKED)
        rows: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
    return {(row["route"], row["status"]): float(row["requests"]) for row in rows}


def test_each_request_is_a_point_and_an_error_of_our_own_reaches_sentry(checkout: Checkout) -> None:
    checkout.edit("worker/src/routes/index.ts", (ROUTE, ROUTE + FAILURE))
    version = checkout.up()["stableVersionId"]
    headers = {"cf-connecting-ip": "192.0.2.77", "user-agent": "ada-browser"}
    for _ in range(3):
        assert checkout.get(HOST, "/counter/ada?mail=ada@example.com", headers).status_code == 500
        assert checkout.get(HOST, "/version", headers).status_code == 200
    wanted = {("/counter", "5xx"): 3, ("/version", "2xx"): 3}
    end = time.monotonic() + 20
    while (found := points(checkout)) != wanted and time.monotonic() < end:
        time.sleep(0.5)
    assert found == wanted

    while not (told := reported(checkout)) and time.monotonic() < end:
        time.sleep(0.5)
    # Whatever the number of isolates, each tells of a kind once a minute.
    assert 1 <= len(told) <= 2
    event = told[0]["event"]
    assert told[0]["stack"] == "staging"
    assert (event["environment"], event["transaction"]) == ("staging", "GET /counter")
    assert event["exception"]["values"][0]["type"] == "RangeError"
    with checkout.api() as api:
        path = f"/accounts/{checkout.account()}/workers/scripts/{WORKER}/versions/{version}"
        annotations = api.get(path).json()["result"]["annotations"]
    assert event["release"] == annotations["workers/tag"]
    kept = (checkout.home / "errors.jsonl").read_text()
    assert not [word for word in ("ada", "192.0.2", "browser", "mail") if word in kept]


def reported(checkout: Checkout) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(checkout.done("local", "errors", "staging", "--json"))
    return told
