"""The API against its own description: thousands of cases of schemathesis as each kind of caller, and how many it fails."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.clone import Clone
from bench.figures import Figure, Reporter, at_least, at_most
from bench.limits import without_limits
from tests.integration.application import Api
from tests.integration.described import ALL_PHASES, drive

CASES: Final = 20_000
ROLES: Final = ("anonymous", "creator", "investor", "production")
_EXAMPLES: Final = 60
_AFTERWARDS: Final = ("fuzzing", "stateful")
"""What is systematic is the same each time, so that once for each caller is enough."""


def measure(clone: Clone, report: Reporter) -> list[Figure]:
    """Of the stack that `clone` has up; it serves without limits afterwards. Raises `RuntimeError` when a run breaks off."""
    without_limits(clone)
    clone.done("local", "distance", "--postgres", "0ms", "--redis", "0ms")
    api = Api.of(clone, clone.outputs())
    try:
        with TemporaryDirectory(prefix="pitchey-described-") as folder:
            cases, failed = _driven(api, Path(folder), report)
    finally:
        api.close()
        clone.done("local", "distance", "--postgres", "40ms", "--redis", "15ms")
    return [
        at_least("API against its description: cases", cases, "cases", CASES),
        at_most("API against its description: violations", failed, "cases", 0),
    ]


def _driven(api: Api, folder: Path, report: Reporter) -> tuple[int, int]:
    callers = _callers(api)
    cases = failed = 0
    with ThreadPoolExecutor(len(callers)) as beside:
        for round in itertools.count():
            phases = ALL_PHASES if round == 0 else _AFTERWARDS
            # A new token for each round: one holds for a quarter of an hour.
            runs = [
                beside.submit(
                    drive,
                    api,
                    None if email is None else api.signed_in(email),
                    folder / role,
                    examples=_EXAMPLES,
                    seed=round,
                    phases=phases,
                )
                for role, email in callers
            ]
            for run in runs:
                done = run.result()
                cases += done.cases
                failed += done.failed
                if done.said:
                    report(done.said)
            report(f"{cases} of {CASES} cases, {failed} violations")
            if cases >= CASES:
                return cases, failed
    raise AssertionError


def _callers(api: Api) -> list[tuple[str, str | None]]:
    """Role and address of somebody new of each."""
    signed_in = [api.signed_up(role, "Described") for role in ROLES[1:]]
    return [(ROLES[0], None), *((person.role, person.email) for person in signed_in)]
