"""What the application's Worker costs the platform: CPU of a request, the bundle's size, its start.

CPU is what the process of the version has computed from before a request was sent until it rested after the answer: its
HTTP, bindings, garbage collection and what goes on after an answer are in it. One request is asked at a time, each alone,
at the zone's name, so what an isolate otherwise shares between requests (a report to the recorder, a look at the switches)
is mostly a request's own here. Cloudflare counts less: the isolate's own time.
"""

from __future__ import annotations

import gzip
import itertools
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.clone import Clone
from bench.cpu_time import settled
from bench.figures import Measured, Reporter, Table, at_most, nearest_rank
from bench.limits import without_limits
from bench.quantiles import interval
from bench.read_mix import Read, reads
from bench.worker_start import EMPTY, Arm, Start, measure_starts
from tests.integration.application import Api, Person

_REQUESTS: Final = 3000
_WARM_UP: Final = 300
_STARTS: Final = 20
_PAGES: Final = 5
_MOST_CPU_MS: Final = 10
_MOST_KB: Final = 150
_MOST_START_MS: Final = 50


def measure(clone: Clone, report: Reporter, requests: int = _REQUESTS) -> list[Measured]:
    """Of the stack that `clone` has up; it serves without limits afterwards."""
    bundle = (clone.folder / "worker/dist/index.js").read_bytes()
    size = len(gzip.compress(bundle, 9)) / 1000
    return [
        *_cpu(clone, report, requests),
        at_most("bundle of the application's Worker, gzip", size, "kB", _MOST_KB),
        *_start(bundle, report),
    ]


# CPU


@dataclass(frozen=True)
class Spent:
    read: Read
    verdict: str
    """Of the caches; empty where none was asked."""
    milliseconds: float


def _cpu(clone: Clone, report: Reporter, requests: int) -> list[Measured]:
    without_limits(clone)
    pid = _process_of(clone)
    api = _api(clone)
    try:
        report(f"CPU of {requests:,} requests of the read mix, asked one at a time")
        spent = list(itertools.islice(_asked(api, pid), _WARM_UP + requests))[_WARM_UP:]
        nothing = [_spent(api, pid, Read("/version", "/version"), None) for _ in range(200)]
    finally:
        api.close()
    times = [each.milliseconds for each in spent]
    report(f"p50 {nearest_rank(times, 50):.2f} ms, p99 {nearest_rank(times, 99):.2f} ms")
    name = f"CPU of the application's process to a request of the read mix, asked alone: p99 of {requests:,}"
    return [
        at_most(name, nearest_rank(times, 99), "ms", _MOST_CPU_MS),
        by_kind([*spent, *nothing]),
    ]


def by_kind(spent: Sequence[Spent]) -> Table:
    """All of the mix, then what it consists of; `/version` is what no request is without."""
    rows = {"the read mix": [each.milliseconds for each in spent if each.read.kind != "/version"]}
    for each in sorted(
        spent, key=lambda one: (one.read.kind == "/version", one.read.kind, one.verdict)
    ):
        rows.setdefault(f"{each.read.kind} {each.verdict}".strip(), []).append(each.milliseconds)
    return Table(
        "CPU of the application's process to a request, asked alone (ms; intervals of 95 %)",
        [
            "what is asked for",
            "requests",
            "mean",
            "p50",
            "p50 from",
            "to",
            "p99",
            "p99 from",
            "to ",
        ],
        [[name, len(times), *_summed(times)] for name, times in rows.items()],
    )


def _summed(times: Sequence[float]) -> list[float]:
    p50, p99 = ((nearest_rank(times, percent), *interval(times, percent)) for percent in (50, 99))
    return [round(value, 2) for value in (statistics.fmean(times), *p50, *p99)]


def _asked(api: Api, pid: int) -> Iterator[Spent]:
    reader = api.signed_up("investor", f"bench-{pid}")
    mix = reads(_pitches(api), f"/api/dashboards/{reader.role}", seed=1)
    return (_spent(api, pid, read, reader) for read in mix)


def _spent(api: Api, pid: int, read: Read, reader: Person | None) -> Spent:
    before = settled(pid)
    answer = api.ask("GET", read.path, by=reader if read.own else None)
    after = settled(pid)
    if not answer.is_success:
        raise RuntimeError(f"GET {read.path} was answered {answer.status_code}")
    return Spent(read, answer.headers.get("pitchey-cache", ""), after - before)


def _pitches(api: Api) -> list[str]:
    """Ids of the newest, which are taken for the most wanted."""
    found: list[str] = []
    path = "/api/pitches?limit=100"
    for _ in range(_PAGES):
        page: dict[str, Any] = api.ask("GET", path).json()
        found += [pitch["id"] for pitch in page["pitches"]]
        path = f"/api/pitches?limit=100&cursor={page['next']}"
    return found


def _api(clone: Clone) -> Api:
    """Its answers are held against no description: that would take longer than they do."""
    api = Api.of(clone, clone.outputs())
    api.description = {}
    return api


def _process_of(clone: Clone) -> int:
    """The process that runs the version which serves."""
    version = str(clone.outputs()["stableVersionId"])
    told: dict[str, Any] = json.loads(clone.done("local", "status", "--json"))
    for process in told["processes"]:
        if version[:8] in process["name"]:
            return int(process["pid"])
    raise RuntimeError(f"no process runs version {version}")


# Start


def _start(bundle: bytes, report: Reporter) -> list[Measured]:
    report(
        f"{_STARTS} starts of workerd with the bundle, and with a Worker that does nothing, by turns"
    )
    arms = {
        "empty": Arm(EMPTY, "/version"),
        "bundle": Arm(bundle, "/version"),
        "api": Arm(bundle, "/api/version"),
    }
    with tempfile.TemporaryDirectory(prefix="pitchey-start-") as folder:
        starts = measure_starts(Path(folder), arms, _STARTS)
    return [
        at_most(
            f"start of the application's Worker in workerd beside an empty one, median of {_STARTS}",
            statistics.median(_beside(starts, "bundle")),
            "ms",
            _MOST_START_MS,
        ),
        at_most(
            f"start with the API, whose modules its first request runs, beside an empty one, median of {_STARTS}",
            statistics.median(_beside(starts, "api")),
            "ms",
            _MOST_START_MS,
        ),
        start_table(starts),
    ]


def _beside(starts: Mapping[str, Sequence[Start]], arm: str) -> list[float]:
    """Milliseconds more than the empty Worker's start of the same round."""
    pairs = zip(starts[arm], starts["empty"], strict=True)
    return [one.milliseconds - other.milliseconds for one, other in pairs]


def start_table(starts: Mapping[str, Sequence[Start]]) -> Table:
    words = {
        "empty": "an empty Worker",
        "bundle": "the application, to GET /version",
        "api": "the application, to GET /api/version",
    }
    rows: dict[str, list[float]] = defaultdict(list)
    for arm, name in words.items():
        beside = _beside(starts, arm)
        rows[name] = [
            statistics.median(start.milliseconds for start in starts[arm]),
            statistics.median(start.cpu_milliseconds for start in starts[arm]),
            statistics.median(beside),
            *interval(beside, 50),
        ]
    return Table(
        f"start of workerd to the first answer, medians of {len(starts['empty'])} (ms; interval of 95 %)",
        ["Worker", "time", "CPU", "more than the empty one", "from", "to"],
        [[name, *(round(value, 1) for value in values)] for name, values in rows.items()],
    )
