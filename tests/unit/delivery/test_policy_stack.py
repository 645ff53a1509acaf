"""`pitchey policy check --stack`: the state that the cloud's engine keeps, beside the project's other stacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import RefusedError
from delivery.policy import reading
from tests.unit.delivery.policy_run import Run, row, rules, runner, ssl, state

Answer = Mapping[str, Any] | Exception


class Deployed:
    """Stands in for `delivery.stack.Stack`."""

    def __init__(self, states: Mapping[str, Answer], name: str) -> None:
        self.name = name
        self._states = states

    def outputs(self) -> Mapping[str, Any]:
        answer = self._states[self.name]
        if isinstance(answer, Exception):
            raise answer
        return {"up": True}

    def export(self) -> Answer:
        return self._states[self.name]

    def other_states(self) -> Mapping[str, Answer]:
        return {name: told for name, told in self._states.items() if name != self.name}


class Cloud:
    def start(self, report: object) -> None:
        assert report


def find_cloud(_name: str, _project: Path) -> Cloud:
    return Cloud()


class CloudsOwnError(Exception):
    exit_status = 1
    hint = "start it\nfirst"


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for name in ("staging", "production"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reading, "find_cloud", find_cloud)

    def deployed(_project: Path, name: str, _cloud: object, *, report: object) -> Deployed:
        assert report
        return Deployed(found, name)

    monkeypatch.setattr(reading, "DeployedStack", deployed)
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def test_a_stacks_state_is_judged_staging_where_none_is_named(
    run: Run, states: dict[str, Answer]
) -> None:
    states["production"] = state(ssl("flexible"))
    states["staging"] = state(ssl("strict", stack="staging"))
    named = run("check", "--json", "--stack", "production")
    assert named.status == 1
    assert "require-strict-tls" in rules(named)
    assert "require-strict-tls" not in rules(run("check", "--json"))


def test_it_is_compared_with_the_other_stacks(run: Run, states: dict[str, Answer]) -> None:
    def sharing(stack: str) -> dict[str, Any]:
        namespace = {"type": "kv_namespace", "name": "SESSIONS", "namespaceId": "4" * 32}
        return row("WorkerVersion", "v", {"bindings": [namespace]}, stack=stack)

    states["production"] = state(sharing("production"))
    alone = rules(run("check", "--json", "--stack", "production"))
    states["staging"] = state(sharing("staging"))
    shared = rules(run("check", "--json", "--stack", "production"))
    assert set(shared) - set(alone)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (RefusedError("stack production is not up", "bring it up"), "is not up; bring it up"),
        (CloudsOwnError("the cloud\n  is down"), "the cloud; is down; start it; first"),
        ({"version": 9, "deployment": {}}, "is a state of version 9"),
    ],
)
def test_what_cannot_be_had_cannot_be_judged(
    run: Run, states: dict[str, Answer], answer: Answer, said: str
) -> None:
    states["production"] = answer
    done = run("check", "--stack", "production")
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert said in done.err


def test_a_stack_that_there_is_not(run: Run, states: dict[str, Answer]) -> None:
    assert states == {}
    done = run("check", "--stack", "nope")
    assert done.status == 2
    assert "there is no stack 'nope'" in done.err
