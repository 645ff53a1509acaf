"""Figures of the program on the engine: how long a whole `up`, a no-op, a preview and a change of weight take."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.clone import WORKER, Clone, cold_caches, deploy
from bench.figures import Figure, Reporter, at_most

_REPEATS: Final = 5
_API_CHANGES: Final = 30
_PATIENCE_SECONDS: Final = 5
_CODE: Final = "worker/src/index.ts"


def measure_cold(folder: Path, report: Reporter) -> list[Figure]:
    """`make up` of a stranger: nothing downloaded, nothing built, nothing installed."""
    report("make up in a new clone with empty caches: this takes minutes")
    clone = Clone.of_the_project(folder / "cold")
    caches = cold_caches(folder / "cold-caches")
    try:
        taken = clone.make_verb("up", f"PORT={clone.port}", env=caches)
    finally:
        clone.make_verb("down", env=caches)
    return [at_most("make up from a new clone with empty caches", taken, "s", 480)]


def measure(clone: Clone, report: Reporter) -> list[Figure]:
    """`clone` has been up once, and is up again afterwards."""
    report("make up, everything cached, nothing running")
    cached: list[float] = []
    for _ in range(3):
        clone.make_verb("down")
        cached.append(clone.make_verb("up"))
    figures = [at_most("make up, everything cached, nothing running", _middle(cached), "s", 20)]
    up = _repeated(lambda: clone.seconds("up", "staging"), "up without a change", report)
    figures.append(at_most("pulumi up no-op, whole stack", up, "s", 5))
    preview = _repeated(lambda: clone.seconds("preview", "staging"), "preview", report)
    figures.append(at_most("pulumi preview, whole stack", preview, "s", 4))
    return [*figures, _through_pulumi(clone, report), _through_the_api(clone, report)]


def _repeated(run: Callable[[], float], what: str, report: Reporter) -> float:
    taken: list[float] = []
    for number in range(_REPEATS):
        report(f"{what}, {number + 1} of {_REPEATS}")
        taken.append(run())
    return _middle(taken)


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def _through_pulumi(clone: Clone, report: Reporter) -> Figure:
    code = clone.folder / _CODE
    code.write_text(code.read_text() + "\nObject.assign(globalThis, { bench: 1 });\n")
    clone.done("up", "staging")
    uploaded = clone.outputs()["uploadedVersionId"]
    stable = clone.outputs()["stableVersionId"]
    taken: list[float] = []
    for share in (5, 10, 25, 50, 75):
        report(f"weight changed through Pulumi to {share} %")
        words = (f"{stable}={100 - share}", f"{uploaded}={share}")
        taken.append(clone.seconds("split", "staging", *words))
    return at_most("a weight changed through Pulumi", _middle(taken), "s", 3)


def _through_the_api(clone: Clone, report: Reporter) -> Figure:
    """The slowest of all: from the call to the first answer of the version that is to have everything."""
    report(f"weight changed through the API, {_API_CHANGES} times")
    account, host = clone.account(), f"{WORKER}.pitchey.workers.dev"
    first, second = (share["versionId"] for share in clone.outputs()["split"])
    taken: list[float] = []
    with clone.api() as api:
        for number in range(_API_CHANGES):
            wanted, other = (first, second) if number % 2 else (second, first)
            started = time.perf_counter()
            few, most = (other, 0.01), (wanted, 99.99)
            deploy(api, account, WORKER, *((most, few) if wanted == first else (few, most)))
            while clone.get(host, "/version").json()["id"] != wanted:
                if time.perf_counter() - started > _PATIENCE_SECONDS:
                    raise RuntimeError(f"{_PATIENCE_SECONDS} s after the change it is not obeyed")
            taken.append((time.perf_counter() - started) * 1000)
    return at_most(
        "a weight changed through the API until the next request obeys, slowest of 30",
        max(taken),
        "ms",
        100,
    )
