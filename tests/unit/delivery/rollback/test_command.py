"""`pitchey rollback`: the API first, then the edge, then everything else, of which none can undo it or hold it up."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from delivery.commands import rollback
from delivery.errors import FailedError, RefusedError
from delivery.notifications import Notifier
from delivery.rollback import worker
from delivery.split import Share
from tests.unit.delivery.rollback.cloudflare import Cloudflare
from tests.unit.delivery.rollback.ledger import TOKEN
from tests.unit.delivery.rollback.optimised import Told

DEPLOYED = "/client/v4/accounts/acc/workers/scripts/pitchey-api-staging/deployments"
_SEEN = """
import sys, pathlib
import httpx
from delivery.commands import rollback
from delivery.errors import FailedError
from delivery.clouds import find_cloud
from tests.unit.delivery.rollback.cloudflare import Cloudflare

real = find_cloud("local", pathlib.Path("."))  # what the local cloud brings along counts too
cloud = Cloudflare()
cloud.address = sys.argv[1]
rollback.find_cloud = lambda name, project: cloud
ask = httpx.Client.request

def asking(client, method, url, **more):
    if method == "POST" and str(url).endswith("/deployments"):
        names = {name.partition(".")[0] for name in sys.modules}
        print(sorted(names & {"pulumi", "policies", "pydantic", "yaml", "cloudflare", "grpc", "jinja2", "numpy"}))
        print("delivery.stack" in sys.modules)
        raise SystemExit(0)
    return ask(client, method, url, **more)

httpx.Client.request = asking
rollback.rollback("staging")
"""


@dataclass
class Engine:
    """In the place of the stack: what the engine was asked for, and what it cannot do."""

    project: Path
    asked: list[str] = field(default_factory=list[str])
    broken: Exception | None = None
    locked: Exception | None = None
    interrupted: bool = False

    def made(self, project: Path, name: str, *_: object, **__: object) -> Engine:
        self.name = name
        return self

    def secret_output(self, name: str) -> str:
        self.asked.append(f"output {name}")
        if self.broken is not None:
            raise self.broken
        return TOKEN

    @contextmanager
    def held(self, wait_seconds: float) -> Generator[None]:
        assert wait_seconds < 10
        if self.locked is not None:
            raise self.locked
        yield

    def split(self, shares: Sequence[Share], message: str) -> None:
        self.asked.append(f"split {shares[0].version_id} {message}")
        if self.interrupted:
            raise KeyboardInterrupt
        if self.broken is not None:
            raise self.broken
        assert shares[0].percentage == Decimal(100)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cloud: Cloudflare) -> Engine:
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml"):
        (tmp_path / name).write_text("name: pitchey\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PITCHEY_ROLLOUTS_TOKEN", raising=False)
    engine = Engine(tmp_path)
    monkeypatch.setattr("delivery.stack.Stack", engine.made)
    monkeypatch.setattr("delivery.rollback.guard._ARRIVES_SECONDS", 1.0)

    def find_cloud(_name: str, _project: Path) -> Cloudflare:
        return cloud

    def notifier_of(_stack: Engine, _report: object) -> Notifier:
        return Notifier(())

    monkeypatch.setattr(rollback, "find_cloud", find_cloud)
    monkeypatch.setattr("delivery.notifications.of_stack.notifier_of", notifier_of)
    return engine


def run(*words: str) -> Result:
    app = typer.Typer()
    rollback.register(app)
    return CliRunner().invoke(app, list(words))


def told(*words: str) -> tuple[Result, Any]:
    result = run("staging", "--json", *words)
    return result, json.loads(result.stdout)


def incident(folder: Path) -> Any:
    [path] = (folder / ".pitchey/incidents").glob("*.json")
    return json.loads(path.read_text())


def split(cloud: Cloudflare) -> None:
    cloud.deploy(good=100)
    cloud.deploy("pitchey rollout r1: step 1, 20 %", good=80, bad=20)


def test_it_serves_again_and_all_that_hangs_on_it_knows(
    cloud: Cloudflare, engine: Engine, tmp_path: Path
) -> None:
    split(cloud)
    cloud.begin_rollout("r1", "shift", "shifted")
    result, answer = told("--reason", "checkout fails")
    assert result.exit_code == 0
    [row] = answer["components"]
    assert (row["after"], row["changed"], row["verified"], row["left"]) == ("good", True, True, [])
    assert cloud.live() == {"good": 100}
    assert cloud.ledger.last("returned")["rollout"] == "r1"
    assert engine.asked[-1] == "split good pitchey rollback: from bad; checkout fails"
    [told_of] = incident(tmp_path)["incidents"]
    assert (told_of["reason"], told_of["verified"]) == ("checkout fails", True)
    at = [moment["at"] for moment in told_of["timeline"]]
    assert at == sorted(at)
    assert "rollout r1 is stopped and ended in the ledger" in str(told_of["timeline"])


def test_the_api_comes_first_and_the_lease_before_the_edge_is_sure(
    cloud: Cloudflare, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PITCHEY_ROLLOUTS_TOKEN", TOKEN)
    split(cloud)
    cloud.begin_rollout("r1", "shift", "shifted")
    fenced = threading.Event()
    cloud.ledger.on_append = fenced.set
    # The edge converges only once the controller is stopped: whoever waited for the edge first would wait for ever.
    cloud.stale = lambda version: version if fenced.is_set() else "bad"
    monkeypatch.setattr(worker, "VERIFY_SECONDS", 5.0)
    assert run("staging").exit_code == 0
    asked = [path for method, path in cloud.asked if method != "GET"]
    assert asked[0] == DEPLOYED
    assert asked[1].endswith("/lease")
    assert not any(word.startswith("output") for word in engine.asked)


def test_nothing_heavy_is_loaded_before_the_api_is_called(
    cloud: Cloudflare, engine: Engine
) -> None:
    split(cloud)
    done = subprocess.run(
        [sys.executable, "-c", _SEEN, cloud.address],
        cwd=engine.project,
        env={"PYTHONPATH": str(Path(__file__).parents[4]), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split("\n")[:2] == ["[]", "False"], done.stderr


@pytest.mark.parametrize(
    "broken", [FailedError("pulumi is not on PATH", "install it"), FileNotFoundError("pulumi")]
)
def test_without_an_engine_it_serves_again_and_says_what_is_left(
    cloud: Cloudflare, engine: Engine, broken: Exception
) -> None:
    engine.broken = broken
    split(cloud)
    cloud.scripts["pitchey-rollouts-staging"] = cloud.scripts["pitchey-api-staging"]
    result = run("staging")
    assert result.exit_code == 0
    assert cloud.live() == {"good": 100}
    assert "left to do: the ledger was not told (" in result.stdout
    assert "left to do: Pulumi's state: not done (" in result.stdout
    assert "`pitchey up staging` brings it" in result.stdout


def test_a_stack_that_somebody_holds_holds_nothing_up(cloud: Cloudflare, engine: Engine) -> None:
    engine.locked = RefusedError("stack staging is held by process 7")
    split(cloud)
    result, answer = told()
    assert result.exit_code == 0
    [left] = answer["components"][0]["left"]
    assert left.startswith("Pulumi's state: not done (stack staging is held by process 7)")


def test_an_edge_that_does_not_agree_is_status_2(
    cloud: Cloudflare, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "VERIFY_SECONDS", 0.3)
    split(cloud)
    cloud.stale = lambda _version: "bad"
    result = run("staging")
    assert result.exit_code == 2
    assert "good is deployed, and not verified" in result.stdout
    assert incident(tmp_path)["incidents"][0]["verified"] is False
    assert len(engine.asked) == 1


def test_a_late_split_is_verified_once_more(cloud: Cloudflare, engine: Engine) -> None:
    split(cloud)
    cloud.begin_rollout("r1", "shift")

    def late() -> None:
        cloud.deploy("pitchey rollout r1: step 2, 60 %", good=40, bad=60)

    cloud.ledger.on_append = late
    result = run("staging")
    assert result.exit_code == 0
    assert "a split that was on its way arrived, and was put back" in result.stderr
    assert result.stderr.count("answers are version good") >= 2
    assert len([word for word in engine.asked if word.startswith("split")]) == 2


def test_whoever_has_no_patience_for_the_rest_still_has_the_record(
    cloud: Cloudflare, engine: Engine, tmp_path: Path
) -> None:
    engine.interrupted = True
    split(cloud)
    assert run("staging").exit_code != 0
    assert incident(tmp_path)["incidents"][0]["verified"] is True


def test_nowhere_to_go_back_to_is_one_line_and_no_incident(
    cloud: Cloudflare, engine: Engine, tmp_path: Path
) -> None:
    cloud.deploy(only=100)
    result = run("staging")
    assert isinstance(result.exception, RefusedError)
    assert "no earlier version that served everything" in result.exception.what
    assert not (tmp_path / ".pitchey").exists()
    assert engine.asked == []


def test_twice_the_same_is_no_second_incident(cloud: Cloudflare, engine: Engine) -> None:
    split(cloud)
    assert run("staging").exit_code == 0
    result, answer = told("--to", "good")
    assert result.exit_code == 0
    assert answer["incident"] is None
    assert answer["components"][0]["changed"] is False
    assert "serves already" in run("staging", "--to", "good").stdout


def test_all_goes_as_far_as_each_can(cloud: Cloudflare, engine: Engine, tmp_path: Path) -> None:
    split(cloud)
    cloud.publish("1111aaaa", "one")
    cloud.publish("2222bbbb", "two")
    result, answer = told("--all")
    assert result.exit_code == 0
    assert [(row["component"], row["after"]) for row in answer["components"]] == [
        ("worker", "good"),
        ("pages", "1111aaaa"),
    ]
    assert [row["component"] for row in incident(tmp_path)["incidents"]] == ["worker", "pages"]
    changes = [path for method, path in cloud.asked if method == "POST"]
    edge = next(n for n, (_, path) in enumerate(cloud.asked) if path.endswith("/version"))
    back = cloud.asked.index(("POST", changes[-1]))
    assert back < edge, "no component waits for the edge of another"


def test_of_all_what_has_nowhere_to_go_is_told_and_no_failure(
    cloud: Cloudflare, engine: Engine
) -> None:
    split(cloud)
    result = run("staging", "--all")
    assert result.exit_code == 0
    assert "pages: Pages project pitchey-staging has no deployment" in result.stderr


def test_of_all_what_fails_is_raised_once_the_others_are_back_and_written_down(
    cloud: Cloudflare, engine: Engine, tmp_path: Path
) -> None:
    split(cloud)
    cloud.fault = lambda _method, path: 403 if "/pages/" in path else None
    result = run("staging", "--all")
    assert isinstance(result.exception, RefusedError)
    assert cloud.live() == {"good": 100}
    assert "worker: good serves everything" in result.stdout
    assert len(incident(tmp_path)["incidents"]) == 1
    assert len(engine.asked) == 1


def test_a_version_of_all_is_refused(engine: Engine) -> None:
    result = run("staging", "--all", "--to", "good")
    assert isinstance(result.exception, RefusedError)
    assert result.exception.what == "--to names a version of one component"
    assert engine.asked == []


def test_a_flag_is_no_matter_of_the_engine(cloud: Cloudflare, engine: Engine) -> None:
    cloud.deploy(good=100)
    cloud.flags = {"beta": "on"}
    result, answer = told("--component", "flag:beta")
    assert result.exit_code == 0
    assert answer["components"][0]["component"] == "flag:beta"
    assert answer["incident"] is not None
    assert (cloud.flags, engine.asked) == ({}, [])


@pytest.mark.parametrize(("words", "heard"), [((), "off"), (("--undo",), None)])
def test_an_isolate_that_kv_has_not_reached_is_told_of_it(
    cloud: Cloudflare, engine: Engine, tmp_path: Path, words: Sequence[str], heard: str | None
) -> None:
    cloud.deploy(good=100)
    cloud.begin_rollout("r1")
    if words:
        cloud.flags["redis"] = '"off"'
    cloud.api.follows, cloud.api.known = False, dict(cloud.flags)

    def hear() -> None:
        cloud.api.known = {key: value for key, value in cloud.ledger.flags.items() if value}

    cloud.ledger.on_flags = hear
    result, answer = told("--component", "redis", *words)
    assert result.exit_code == 0
    assert answer["components"][0]["verified"]
    assert cloud.ledger.flags == {"redis": heard}
    assert "isolates that serve are told" in str(incident(tmp_path)["incidents"])


def test_a_flag_goes_back_though_isolates_cannot_be_told(
    cloud: Cloudflare, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.deploy(good=100)
    cloud.begin_rollout("r1")
    engine.broken = FailedError("the engine is missing")
    # It fails while the edge is asked, so that the record has it.
    cloud.api.follows = False
    ask = cloud.api.answer

    def late(target: str, headers: Mapping[str, str]) -> Told:
        cloud.api.follows = bool(engine.asked)
        return ask(target, headers)

    monkeypatch.setattr(cloud.api, "answer", late)
    result, _ = told("--component", "redis")
    assert result.exit_code == 0
    assert cloud.flags == {"redis": '"off"'}
    assert "isolates were not told, and see it in KV: the engine is missing" in str(
        incident(tmp_path)["incidents"]
    )


def test_several_are_turned_off_in_one_command_and_are_told(
    cloud: Cloudflare, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PITCHEY_ROLLOUTS_TOKEN", TOKEN)
    cloud.deploy(good=100)
    result = run("staging", "--component", "edge-cache", "--component", "redis")
    assert result.exit_code == 0
    assert cloud.flags == {"edge-cache": '"off"', "redis": '"off"'}
    assert "edge-cache: off everywhere, " in result.stdout
    assert "redis: off already" in run("staging", "--component", "redis").stdout
    assert "redis: on everywhere, " in run("staging", "--component", "redis", "--undo").stdout
    assert engine.asked == []


def test_all_leaves_the_optimisations_on(cloud: Cloudflare, engine: Engine) -> None:
    split(cloud)
    assert run("staging", "--all").exit_code == 0
    assert cloud.flags == {}
    refused = run("staging", "--all", "--component", "redis")
    assert isinstance(refused.exception, RefusedError)


def test_the_list_says_how_each_is_and_changes_nothing(cloud: Cloudflare, engine: Engine) -> None:
    split(cloud)
    cloud.flags["redis"] = "off"
    result = run("staging", "--list", "--json")
    assert result.exit_code == 0
    now = {row["component"]: row["now"] for row in json.loads(result.stdout)}
    assert now["worker"] == "good 80 %, bad 20 %"
    assert now["pages"] == "nothing"
    assert (now["redis"], now["edge-cache"], now["maintenance"]) == ("off", "on", "off")
    assert [path for method, path in cloud.asked if method in {"PUT", "DELETE"}] == []
    assert "redis" in run("staging", "--list").stdout
