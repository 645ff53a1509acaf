"""`pitchey rollout watch` in a pipe: it tells what was, goes on with the rollout, and ends as it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from delivery.commands.rollout import watching
from delivery.errors import RefusedError
from delivery.rollout.state import Phase
from tests.unit.rollout_view.ledgers import ID, World, strategy
from tests.unit.rollout_view.test_following import Ledger, Recorder

Watch = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world() -> World:
    world = World(strategy(10, 50, 100))
    world.until(Phase.WATCHING)
    return world


@pytest.fixture
def watch(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Watch:
    place = SimpleNamespace(ledger=Ledger(world), recorder=Recorder(world))

    def found(*_: object) -> Any:
        return world.rollout

    def there(*_: object) -> Any:
        return place, None

    def sleep(_: float) -> None:
        world.look()

    monkeypatch.setattr(watching, "find_place", there)
    monkeypatch.setattr(watching, "find_rollout", found)
    monkeypatch.setattr(watching.time, "sleep", sleep)

    def run(**options: Any) -> tuple[int, str, str]:
        with pytest.raises(typer.Exit) as left:
            watching.watch("staging", **options)
        told = capsys.readouterr()
        return left.value.exit_code, told.out, told.err

    return run


def test_it_goes_on_until_the_rollout_is_finished(watch: Watch, world: World) -> None:
    status, out, _ = watch()
    assert status == 0
    assert world.state.phase is Phase.FINISHED
    kinds = [line.split()[1] for line in out.splitlines()]
    # What was before it came, and what came then, each once and in order.
    told = [entry.kind for entry in world.entries if entry.kind != "observed"]
    assert [kind for kind in kinds if kind != "numbers"] == told
    assert kinds[-1] == "numbers"
    assert "\x1b" not in out


def test_one_that_returns_ends_it_with_1(watch: Watch, world: World) -> None:
    world.mine = 0.3
    world.until(Phase.RETURNING)
    world.write("returned", {"why": "error rate", "deployment": "d"})
    status, out, _ = watch()
    assert status == 1
    assert "returned   stable has 100 % again: error rate" in out


def test_once_is_what_stands_there_now(watch: Watch, world: World) -> None:
    status, out, _ = watch(once=True)
    assert status == 0
    assert world.state.phase is Phase.WATCHING
    assert out.count(" numbers ") == 1


def test_json_is_one_value_a_line(watch: Watch) -> None:
    status, out, _ = watch(as_json=True)
    told = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert {one["type"] for one in told} == {"event", "snapshot"}
    assert told[0]["kind"] == "started"
    assert told[-1]["phase"] == "finished"


def test_ctrl_c_leaves_the_view_alone(
    watch: Watch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", leave)
    before = len(world.entries)
    status, _, err = watch()
    assert status == 2
    assert f"left the view: rollout {ID} is not touched, ada@laptop leads it" in err
    assert len(world.entries) == before


def test_a_rollout_that_is_in_its_pre_flight_is_waited_for(
    watch: Watch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = list(world.entries)
    world.entries.clear()
    waits: list[float] = []
    place, _ = watching.find_place("staging", "local", None)  # pyright: ignore[reportArgumentType]
    ledger: Any = place.ledger

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        # A pre-flight that takes longer than its lease has none for a while.
        ledger.led = len(waits) != 2
        if len(waits) == 3:
            world.entries.extend(begun)
        if len(waits) > 3:
            world.look()

    monkeypatch.setattr(watching.time, "sleep", sleep)
    status, out, err = watch()
    assert status == 0
    assert "finished" in out
    assert err.count("ada@laptop has the lease: the rollout that it begins is waited for") == 1


def test_without_a_rollout_it_says_so(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise RefusedError("no rollout of pitchey-api-staging yet")

    monkeypatch.setattr(watching, "find_rollout", none)
    place, _ = watching.find_place("staging", "local", None)  # pyright: ignore[reportArgumentType]
    ledger: Any = place.ledger
    ledger.world.entries.clear()
    ledger.led = False
    with pytest.raises(RefusedError, match="no rollout of"):
        watching.watch("staging")


def test_a_ledger_that_is_away_is_one_line_until_it_answers(
    watch: Watch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = watching.find_place("staging", "local", None)  # pyright: ignore[reportArgumentType]
    ledger: Any = place.ledger
    looks = iter([True] * 3)

    def sleep(_: float) -> None:
        ledger.away = next(looks, False)
        world.look()

    monkeypatch.setattr(watching.time, "sleep", sleep)
    _, out, _ = watch()
    troubles = [line for line in out.splitlines() if " trouble " in line]
    assert len(troubles) == 2
    assert "the ledger does not answer: no connection" in troubles[0]
    assert troubles[1].endswith("over: all answer again")
