"""Figures of the local cloud itself: how soon it is there, what it costs, how fast its API answers."""

from __future__ import annotations

import json
import statistics
import time
from typing import Final

from bench.clone import WORKER, Clone
from bench.figures import Figure, Reporter, at_most
from bench.load import get, on_a_loop, run_paced

_STARTS: Final = 5
_IDLE_SECONDS: Final = 10
_PER_SECOND: Final = 200
_SECONDS: Final = 15


def measure(clone: Clone, report: Reporter) -> list[Figure]:
    """Of the local cloud of `clone`, with one stack on it."""
    return [_start(clone, report), _memory(clone, report), _latency(clone, report)]


def _start(clone: Clone, report: Reporter) -> Figure:
    taken: list[float] = []
    for number in range(_STARTS):
        report(f"local cloud started, {number + 1} of {_STARTS}")
        clone.done("local", "down")
        started = time.perf_counter()
        clone.done("local", "up")
        host = f"{WORKER}.pitchey.workers.dev"
        clone.get(host, "/version").raise_for_status()
        taken.append(time.perf_counter() - started)
    return at_most("local cloud: start until a Worker answers", statistics.median(taken), "s", 2)


def _memory(clone: Clone, report: Reporter) -> Figure:
    report(f"idle for {_IDLE_SECONDS} s")
    time.sleep(_IDLE_SECONDS)
    processes = json.loads(clone.done("local", "status", "--json"))["processes"]
    memory = sum(process["memory_bytes"] for process in processes)
    return at_most("local cloud: idle memory, all processes", memory / 2**20, "MB", 400)


def _latency(clone: Clone, report: Reporter) -> Figure:
    """Reads and writes by turns: deployments, namespaces, records, and a KV value written."""
    account = clone.account()
    token = (clone.home / "token").read_text().strip()
    outputs = clone.outputs()
    namespace = outputs["namespaceIds"]["cache"]
    paths = [
        f"/client/v4/accounts/{account}/workers/scripts/{WORKER}/deployments",
        f"/client/v4/accounts/{account}/storage/kv/namespaces?per_page=20",
        f"/client/v4/zones/{outputs['zoneId']}/dns_records?per_page=20",
    ]
    headers = [("Authorization", f"Bearer {token}")]
    reads = [get("127.0.0.1", path, headers) for path in paths]

    def request(number: int) -> bytes:
        if number % 4 != 3:
            return reads[number % 4]
        path = f"/client/v4/accounts/{account}/storage/kv/namespaces/{namespace}/values/bench-{number % 97}"
        return (
            get("127.0.0.1", path, [*headers, ("Content-Length", "5")]).replace(b"GET", b"PUT", 1)
            + b"hello"
        )

    report(f"{_PER_SECOND} requests/s for {_SECONDS} s")
    tally = on_a_loop(run_paced(clone.port, request, per_second=_PER_SECOND, seconds=_SECONDS))
    if tally.lost:
        raise RuntimeError(f"{tally.lost} requests of {tally.requests} to the API failed")
    p99 = statistics.quantiles(tally.milliseconds, n=100)[98]
    return at_most(f"local cloud: API p99 at {_PER_SECOND} requests/s", p99, "ms", 20)
