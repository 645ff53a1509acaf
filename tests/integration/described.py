"""schemathesis drives the API by its own description: requests as described, others, and chains of them, as one caller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.integration.application import Api, Person

ALL_PHASES: Final = ("coverage", "fuzzing", "stateful")
_TOKEN: Final = "DESCRIBED_AUTHORIZATION"
_CHECKS: Final = "tests.integration.described_checks"
_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Driven:
    """What came of one run."""

    cases: int
    failed: int
    """Cases that found something."""
    said: str
    """What was found, with a command that shows each again; empty when nothing was."""
    taken: Mapping[str, int]
    """Operation, as `GET /api/ndas` → how often valid data was accepted."""


def drive(
    api: Api,
    caller: Person | None,
    folder: Path,
    *,
    examples: int,
    seed: int,
    phases: tuple[str, ...] = ALL_PHASES,
) -> Driven:
    """At most `examples` of each kind for each operation, at the name of the API's zone. Raises `RuntimeError` when the run
    did not come to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    description = folder / "openapi.json"
    description.write_text(json.dumps(api.description))
    settings = folder / "schemathesis.toml"
    settings.write_text(_settings(api, seed, examples, signed_in=caller is not None))
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
        *("run", str(description), "--url", f"https://127.0.0.1:{api.port}", "--no-color"),
        *("--phases", ",".join(phases), "--report", "json", "--report-json-path", str(report)),
    ]
    token = {} if caller is None else {_TOKEN: f"Bearer {caller.token}"}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **token, "PYTHONPATH": str(_ROOT), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        raise RuntimeError(f"schemathesis: {(done.stderr or done.stdout)[-2000:]}")
    return _read(json.loads(report.read_text()), done.stdout)


def _read(report: Mapping[str, Any], output: str) -> Driven:
    if not report["complete"] or report["errors"]:
        raise RuntimeError(f"schemathesis ended early: {report['stop_reason']} {output[-4000:]}")
    counted = report["test_cases"]
    taken = {
        operation: sum(int(phase["accepted"]) for phase in phases.values())
        for operation, phases in report["valid_rates"].items()
    }
    found = output.partition("= FAILURES =")[2].partition("= WARNINGS =")[0]
    return Driven(
        int(counted["generated"]),
        int(counted["with_failures"]),
        found if counted["with_failures"] else "",
        taken,
    )


def _settings(api: Api, seed: int, examples: int, *, signed_in: bool) -> str:
    """All checks that can be held here: of the caller of another's data, `test_application.py` knows more than any tool.

    A refusal may be any 4xx that the description has for the operation. One thread: Python 3.11
    now and then fails to parse source text in two at a time, as is done for what is generated."""
    authorization = f'Authorization = "${{{_TOKEN}}}"' if signed_in else ""
    return f"""
        hooks = "{_CHECKS}"
        seed = {seed}
        workers = 1
        continue-on-failure = true
        tls-verify = false
        request-timeout = 60
        [headers]
        Host = "{api.host}"
        {authorization}
        [generation]
        max-examples = {examples}
        database = "none"
        no-shrink = true
        [checks]
        positive_data_acceptance.enabled = false
        object_level_authorization.enabled = false
        negative_data_rejection.expected-statuses = ["4xx"]
        missing_required_header.expected-statuses = ["400", "401", "403", "428"]
    """
