"""`pitchey simulate`: what a person and a machine are told, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from delivery import cli
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation import many as running
from delivery.simulation.many import many
from delivery.simulation.running import Outcome
from delivery.simulation.traffic import Traffic

CaptureFixture = pytest.CaptureFixture[str]


def pitchey(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["pitchey", "simulate", *words])
    return cli.main()


def test_a_machine_is_told_power_with_its_interval_and_harm(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture
) -> None:
    words = ("--strategy", "fast", "--rate", "100", "--fault", "errors=20", "--runs", "5", "--json")
    assert pitchey(monkeypatch, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["requestsPerSecond"], told["faults"], told["cutShort"]) == (
        100,
        ["errors=20"],
        False,
    )
    (fast,) = told["strategies"]
    assert (fast["strategy"], fast["runs"], fast["returned"], fast["finished"]) == ("fast", 5, 5, 0)
    share = fast["returnedShare"]
    assert share["low"] < share["value"] == 1 <= share["high"] + 1e-9
    assert 0 < fast["detectedAfterSeconds"]["median"] <= fast["detectedAfterSeconds"]["worst"] < 60
    assert 0 < fast["harmedRequests"]["median"] <= fast["harmedRequests"]["worst"]


def test_two_strategies_are_compared_on_the_same_seeds(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture
) -> None:
    words = ("--strategy", "fast", "--strategy", "blue-green", "--fault", "errors=20")
    assert pitchey(monkeypatch, *words, "--runs", "3") == 0
    told = capsys.readouterr().out
    assert "fewer requests were harmed by fast in 3 and by blue-green in 0" in told
    assert [line.split() for line in told.splitlines()[:3]] == [
        ["strategy", "fast", "blue-green"],
        ["rollouts", "3", "3"],
        ["found", "100.00%", "100.00%"],
    ]


def test_without_a_fault_returns_are_false_alarms(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture
) -> None:
    assert pitchey(monkeypatch, "--strategy", "fast", "--rate", "100", "--runs", "2") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["false", "alarms", "0.00%"] in rows
    assert ["finished", "100.0%"] in rows


def test_a_file_is_compared_with_the_strategy_that_it_is_a_copy_of(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: fast\nsteps: [{share: 50, duration: 20s}, {share: 100}]\nbake: 10s\n")
    words = ("--strategy", "fast", "--strategy", str(file), "--runs", "2", "--json")
    assert pitchey(monkeypatch, *words) == 0
    told = json.loads(capsys.readouterr().out)["strategies"]
    assert [(one["strategy"], one["runs"]) for one in told] == [("fast", 2), (str(file), 2)]
    assert told[1]["meanSeconds"] < told[0]["meanSeconds"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fault", "erors=2"), "there is no fault 'erors'; did you mean errors?"),
        (("--fault", "errors=much"), "'much' is not a number of percentage points"),
        (("--fault", "errors=nan"), "'nan' is not a number of percentage points"),
        (("--fault", "errors"), "the fault errors needs a value; write errors=POINTS"),
        (("--fault", "dead=1"), "the fault dead takes no value; write dead alone"),
        (("--fault", "route=/none"), "no user asks from or for '/none'; use one of GET /"),
        (("--strategy", "canarry"), "there is no strategy 'canarry'; did you mean canary?"),
        (("--runs", "0"), "Invalid value for '--runs'"),
    ],
)
def test_a_mistake_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture, words: tuple[str, ...], said: str
) -> None:
    assert pitchey(monkeypatch, *words) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error: {said}")
    assert told.err.count("\n") == 1


def test_a_ctrl_c_shows_what_was_simulated_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture
) -> None:
    def interrupted(*_: object) -> Generator[Outcome]:
        yield from many(read_strategy("fast", Path()), Traffic(rate=100), range(2))
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "many", interrupted)
    assert pitchey(monkeypatch, "--strategy", "fast", "--runs", "9") == 1
    told = capsys.readouterr().out
    assert "interrupted: of 9 rollouts wanted there are 2 of fast" in told
    assert pitchey(monkeypatch, "--strategy", "fast", "--runs", "9", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["cutShort"], told["wanted"], told["strategies"][0]["runs"]) == (True, 9, 2)


def test_all_faults_are_told_as_they_are_written(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture
) -> None:
    assert pitchey(monkeypatch, "--list", "--json") == 0
    known = [one["fault"] for one in json.loads(capsys.readouterr().out)]
    words = [word for name in known for word in ("--fault", name)]
    assert pitchey(monkeypatch, *words, "--strategy", "fast", "--runs", "1") == 0
