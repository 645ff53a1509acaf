"""What the tests of rollouts share: a stack made ready, a rollout that somebody leads in the background, what its ledger tells."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from decimal import Decimal
from itertools import count
from typing import Any, Final

from tests.integration.checkout import Checkout, live_split

WORKER: Final = "pitchey-api-staging"
HOST: Final = f"{WORKER}.pitchey.workers.dev"
SETTINGS: Final = """  pitchey:rollouts:
    leaseSeconds: 10
    deadMansSwitch: {switch}
"""
QUICK: Final = """
name: quick
look: 1
steps:
  - {share: 20, duration: 6s, leastRequests: 20}
  - {share: 60, duration: 6s, leastRequests: 20}
  - {share: 100}
bake: 5s
analysis:
  errors: {tolerance: 15}
  latency: {quantiles: [50], tolerance: 500, floorMilliseconds: 50}
inconclusive: {extensions: 6, then: return}
noData: {returnAfter: 20s}
"""
SHORT: Final = """
name: short
look: 1
steps:
  - {share: 50, duration: 4s, leastRequests: 20}
  - {share: 100}
bake: 3s
analysis:
  errors: {tolerance: 15}
  latency: {quantiles: [50], tolerance: 500, floorMilliseconds: 200}
triggers:
  errorRate: {above: 10, leastRequests: 50}
  latency: null
inconclusive: {extensions: 1, then: pause}
noData: {returnAfter: 5s}
"""
_COUNTED: Final = """
from delivery.commands.rollout.stacks import find_place
from delivery.progress import Progress

slices = find_place("staging", "local", Progress())[0].recorder.since({after}).slices
print(sum(counts.requests for one in slices for counts in one.versions.values()))
"""
_OVER: Final = frozenset({"finished", "returned", "switched"})
_change = count(1)
Entry = dict[str, Any]


def ready(checkout: Checkout, *, switch: bool = True) -> Checkout:
    """A stack that is up, with the strategies `quick` and `short` and a lease of 10 s."""
    for text in (QUICK, SHORT):
        write_strategy(checkout, text)
    settings = checkout.folder / "Pulumi.staging.yaml"
    settings.write_text(settings.read_text() + SETTINGS.format(switch=str(switch).lower()))
    checkout.up()
    return checkout


def write_strategy(checkout: Checkout, text: str, *replacements: tuple[str, str]) -> None:
    """A file of `strategies/` under the name that stands in it, after the replacements."""
    for old, new in replacements:
        assert old in text, f"{old!r} is not in the strategy"
        text = text.replace(old, new)
    folder = checkout.folder / "strategies"
    folder.mkdir(exist_ok=True)
    [name] = re.findall(r"^name: (.+)$", text, re.MULTILINE)
    (folder / f"{name}.yaml").write_text(text)


def versions(cloud: Checkout) -> tuple[str, str]:
    """Stable, which serves everything, and a candidate that users cannot tell from it: the one that went back last, or a new
    one."""
    live = live_split(cloud, WORKER)
    outputs = cloud.outputs()
    if [(share["versionId"], share["percentage"]) for share in outputs["split"]] != live:
        # A deployment that Pulumi did not make is taken over before a rollout begins.
        outputs = cloud.up()
    [(stable, _)] = live
    uploaded: str = outputs["uploadedVersionId"]
    if uploaded != stable:
        return stable, uploaded
    return stable, new_version(cloud)[1]


def new_version(cloud: Checkout) -> tuple[str, str]:
    """Stable and candidate: a version that differs in nothing that users see."""
    index = cloud.folder / "worker/src/index.ts"
    index.write_text(
        index.read_text() + f"\nObject.assign(globalThis, {{ change: {next(_change)} }});\n"
    )
    outputs = cloud.up()
    return outputs["stableVersionId"], outputs["uploadedVersionId"]


class Led:
    """A `pitchey rollout` in the background, in a process group of its own as a shell would start it."""

    def __init__(self, cloud: Checkout, *words: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            cloud.command("rollout", *words),
            cwd=cloud.folder,
            env=cloud.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def told(self) -> str:
        return "".join(self.lines)

    def until(self, text: str, seconds: float = 90, *, times: int = 1) -> None:
        """Until it has said this so often."""
        deadline = time.monotonic() + seconds
        while self.told.count(text) < times:
            assert self._reader.is_alive(), f"it ended without {text!r}:\n{self.told}"
            assert time.monotonic() < deadline, f"no {text!r} within {seconds} s:\n{self.told}"
            time.sleep(0.05)

    def end(self, seconds: float = 90) -> int:
        """The exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not over within {seconds} s:\n{self.told}") from None
        self._reader.join(10)
        assert "Traceback" not in self.told, self.told
        return status

    def close(self) -> None:
        self._reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def interrupt(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def error(self) -> str:
        """The one error that was told."""
        assert self.told.count("error: ") == 1, self.told
        return self.told.split("error: ", 1)[1].strip()


@contextlib.contextmanager
def led(cloud: Checkout, *words: str) -> Generator[Led]:
    """`pitchey rollout` with these words, ended with the block however that ends."""
    one = Led(cloud, *words)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait(10)
        one.close()


def start(cloud: Checkout, strategy: str = "short") -> contextlib.AbstractContextManager[Led]:
    return led(cloud, "start", "staging", "--strategy", strategy)


def status(cloud: Checkout) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(cloud.done("rollout", "status", "staging", "--json"))
    return told


def entries(cloud: Checkout) -> list[Entry]:
    """Of the last rollout, in the ledger, without what was observed."""
    rows: list[Entry] = json.loads(cloud.done("rollout", "history", "staging", "--json"))
    last = [row["rollout"] for row in rows if row["kind"] == "started"][-1]
    return [row for row in rows if row["rollout"] == last]


def kinds(cloud: Checkout) -> list[str]:
    return [row["kind"] for row in entries(cloud)]


def check_nothing_double(rows: list[Entry]) -> None:
    """Begun once, ended at most once, each share deployed once and in its turn."""
    told = [row["kind"] for row in rows]
    assert told[0] == "started"
    assert told.count("started") == 1
    assert sum(kind in _OVER for kind in told) <= 1, told
    shares = [Decimal(row["body"]["share"]) for row in rows if row["kind"] == "shifted"]
    assert shares == sorted(set(shares)), told
    wanted: str | None = None
    for row in rows:
        if row["kind"] == "shift":
            assert wanted is None, told
            wanted = row["body"]["share"]
        elif row["kind"] == "shifted":
            assert wanted == row["body"]["share"], told
            wanted = None


def check_finished(cloud: Checkout, candidate: str) -> None:
    assert live_split(cloud, WORKER) == [(candidate, 100)]
    rows = entries(cloud)
    check_nothing_double(rows)
    assert rows[-1]["kind"] == "finished"


def check_returned(cloud: Checkout, stable: str) -> list[Entry]:
    assert live_split(cloud, WORKER) == [(stable, 100)]
    rows = entries(cloud)
    check_nothing_double(rows)
    assert any(row["kind"] in {"returned", "switched"} for row in rows), kinds(cloud)
    return rows


def counted(cloud: Checkout, after: float) -> int:
    """Users' requests that the recorder counted since a moment (Unix seconds), of all versions."""
    told = subprocess.run(
        [sys.executable, "-c", _COUNTED.format(after=after)],
        cwd=cloud.folder,
        env=cloud.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return int(told)


def share_of(cloud: Checkout, version: str) -> float:
    return dict(live_split(cloud, WORKER)).get(version, 0)


def until_share(cloud: Checkout, version: str, share: float = 0.01, seconds: float = 90) -> None:
    """Until a version is given at least this share, in percent."""
    deadline = time.monotonic() + seconds
    while share_of(cloud, version) < share:
        assert time.monotonic() < deadline, f"{version} has not got {share} % within {seconds} s"
        time.sleep(0.1)


def until_stable(cloud: Checkout, stable: str, seconds: float) -> None:
    """Until stable is given everything."""
    until_share(cloud, stable, 100, seconds)


def deploy(cloud: Checkout, shares: Mapping[str, float]) -> None:
    """A deployment by somebody else."""
    wanted = [{"version_id": id, "percentage": share} for id, share in shares.items()]
    path = f"/accounts/{cloud.account()}/workers/scripts/{WORKER}/deployments"
    with cloud.api() as api:
        body = {"strategy": "percentage", "versions": wanted}
        api.post(path, json=body).raise_for_status()
