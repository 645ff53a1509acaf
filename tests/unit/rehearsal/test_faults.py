"""Faults as they are written, and what a rollout should make of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery import cli
from delivery.errors import RefusedError
from delivery.rehearsal.expecting import Outcome, expected
from delivery.rehearsal.faults import (
    World,
    known_faults,
    read_fault,
    read_scenarios,
)
from delivery.rollout.strategy_files import read_strategy

FAST = read_strategy("fast", Path())
BLIND = FAST.model_copy(
    update={"analysis": FAST.analysis.model_copy(update={"errors": None, "latency": None})}
)
F, R, P, X = Outcome.FINISHED, Outcome.RETURNED, Outcome.PAUSED, Outcome.REFUSED
EITHER = {F, R, P, X}


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("errors=5", {"kind": "errors", "rate": 0.05}),
        ("errors", {"kind": "errors", "rate": 0.05}),
        ("errors=0.5", {"kind": "errors", "rate": 0.005}),
        ("slow=250", {"kind": "slow", "milliseconds": 250}),
        ("leak", {"kind": "leak", "milliseconds": 100, "requests": 100}),
        ("route=/counter", {"kind": "route", "path": "/counter"}),
        ("method", {"kind": "method", "method": "POST"}),
        ("new-visitors=50", {"kind": "new-visitors", "rate": 0.5}),
        ("dead", {"kind": "dead"}),
        ("silent", {"kind": "silent"}),
        ("better", {"kind": "better"}),
        ("none", {"kind": "errors", "rate": 0}),
    ],
)
def test_a_fault_of_the_candidate_is_built_into_it(text: str, build: dict[str, object]) -> None:
    (scenario,) = read_scenarios([text])
    assert scenario.build == build
    assert scenario.world is None


@pytest.mark.parametrize("name", ["api", "killed", "abandoned", "recorder"])
def test_with_a_fault_around_it_the_candidate_is_healthy(name: str) -> None:
    (scenario,) = read_scenarios([name])
    assert scenario.world is not None
    assert scenario.world.world is World(name)
    assert scenario.build == {"kind": "errors", "rate": 0}


def test_a_bad_candidate_and_a_bad_day_go_together() -> None:
    (scenario,) = read_scenarios(["errors=20", "api"])
    assert scenario.name == "errors=20+api=50"
    assert scenario.build == {"kind": "errors", "rate": 0.2}


def test_all_is_each_alone() -> None:
    names = [name for name, _ in known_faults()]
    assert [scenario.name for scenario in read_scenarios(["all"])] == names


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["eror=5"], "there is no fault 'eror'; did you mean errors"),
        (["fire"], "there is no fault 'fire'; use one of none, better"),
        (["errors=x"], "'x' is not a number of percent from 0 to 100"),
        (["errors=101"], "'101' is not a number of percent"),
        (["errors=nan"], "'nan' is not a number of percent"),
        (["slow="], "'' is not a number of milliseconds"),
        (["dead=1"], "the fault dead takes no value"),
        (["route=/nowhere"], "users never ask for /nowhere; use one of /flags"),
        (["method=PUT"], "users never ask for PUT; use one of GET, POST"),
        (["errors=5", "slow"], "errors=5 and slow=400 cannot be rehearsed together"),
        (["api", "killed"], "api=50 and killed cannot be rehearsed together"),
        (["all", "dead"], "--fault all is all of them"),
    ],
)
def test_a_mistake_is_one_line_and_its_mend(given: list[str], told: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_scenarios(given)
    assert f"{refused.value.what}; {refused.value.hint}".startswith(told)
    assert "\n" not in refused.value.what


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["none"], {F}),
        (["better"], {F}),
        (["errors=0.2"], {F}),  # smallestDifference is 0.3
        (["errors=2"], EITHER),
        (["errors=5"], {R, X}),  # tolerance is 5
        (["slow=5"], {F}),
        (["slow=15"], EITHER),
        (["slow=400"], {R, X}),
        (["leak"], {R, X}),
        (["route"], {R, X}),
        (["method"], {R, X}),
        (["new-visitors"], {R, X}),
        (["dead"], {X}),
        (["silent"], {R, P}),
        (["api"], {F}),
        (["killed"], {F}),
        (["abandoned"], {R}),
        (["recorder"], {R}),
        (["errors=20", "killed"], {R, X}),
        (["none", "abandoned"], {R}),
    ],
)
def test_what_a_strategy_promises(given: list[str], wanted: set[Outcome]) -> None:
    (scenario,) = read_scenarios(given)
    assert expected(scenario, FAST, stable_p95=10) == wanted


def test_what_a_strategy_does_not_judge_it_does_not_promise_to_find() -> None:
    for text in ("errors=50", "slow=1000"):
        (scenario,) = read_scenarios([text])
        assert expected(scenario, BLIND, 10) == EITHER


def test_a_dead_candidate_that_is_not_probed_is_found_by_its_users() -> None:
    (scenario,) = read_scenarios(["dead"])
    assert expected(scenario, read_strategy("all-at-once", Path()), 10) == {R}


def test_a_value_stands_in_the_name() -> None:
    assert read_fault("slow").given == "slow=400"
    assert read_fault("killed").given == "killed"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--cloud", "cloudflare"],
            "a rehearsal breaks things on purpose, so it runs on the local",
        ),
        (["--fault", "fire"], "there is no fault 'fire'"),
        (["nowhere"], "there is no stack 'nowhere'"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_in_one_line(
    words: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["pitchey", "rehearse", *words])
    assert cli.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {told}")
    assert said.count("\n") == 1


def test_the_list_needs_no_cloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pitchey", "rehearse", "--list"])
    assert cli.main() == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == [name for name, _ in known_faults()]
