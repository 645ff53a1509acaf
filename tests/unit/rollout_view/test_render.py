"""The drawing fits the terminal that it is made for, and shows what the picture holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from delivery.rollout.state import Phase
from delivery.rollout.strategy_files import read_strategy
from delivery.rollout.view.render import render
from delivery.rollout.view.snapshot import Snapshot
from tests.unit.rollout_view.ledgers import World, strategy


def drawn(picture: Snapshot, width: int = 80, height: int | None = None) -> list[str]:
    console = Console(width=width, height=100, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(render(picture, width, height))
    return captured.get().splitlines()


def canary(looks: int = 70) -> World:
    world = World(read_strategy("canary", Path()), rate=60, theirs=0.004, mine=0.003)
    for _ in range(looks):
        world.look()
    return world


@cache
def baking() -> World:
    world = World(strategy(10, 50, 100))
    world.until(Phase.BAKING)
    world.look()
    return world


@cache
def returned() -> World:
    world = World(strategy(10, 50, 100, triggers={"errorRate": None}), mine=0.3)
    world.until(Phase.RETURNING)
    world.write("returned", {"why": "error rate", "deployment": "d"})
    return world


@cache
def crowded() -> World:
    """Twenty steps, numbers of one's own with long names, large counts."""
    custom = [
        {
            "name": f"orders-that-were-not-paid-for-number-{number}",
            "source": {"kind": "webhook", "url": "https://numbers.example"},
            "atMost": 3,
        }
        for number in range(2)
    ]
    world = World(strategy(*range(5, 105, 5), analysis={"custom": custom}), rate=250_000)
    world.until(Phase.WATCHING)
    world.until(Phase.CONVERGING)
    return world


WORLDS: dict[str, Callable[[], World]] = {
    "begun": lambda: World(strategy(10, 50, 100)),
    "canary": canary,
    "baking": baking,
    "returned": returned,
    "crowded": crowded,
}


@pytest.mark.parametrize("width", [80, 100, 140, 220])
@pytest.mark.parametrize("name", WORLDS)
def test_no_line_is_wider_than_the_terminal_and_none_is_too_many(name: str, width: int) -> None:
    world = WORLDS[name]()
    troubles = ("the ledger does not answer: no connection; what stands here is 12 s old " * 2,)
    for picture in (world.picture(), world.picture(troubles=troubles)):
        lines = drawn(picture, width, 24)
        assert max(len(line) for line in lines) <= width
        assert len(lines) <= (24 if name != "crowded" else 28)


def test_a_small_terminal_shows_all_that_matters() -> None:
    text = "\n".join(drawn(canary().picture(), 80, 24))
    for part in (
        "pitchey-api-staging canary",
        "● 1 % ─ ◉ 5 % ─ ○ 10 %",
        "○ bake 30 min",
        "5 % candidate",
        "stable 57ab1e00",
        "candidate ca4d1da7",
        "error rate   0.35 %",
        "p95 latency  86 ms",
        "to pass",
        "to fail",
        "is decided: ",
        "led by ada@laptop",
        "switch armed",
        "step 1 passed: errors 0 % of 183",
    ):
        assert part in text, f"{part} is not in\n{text}"


def test_bands_and_counts_are_whole_at_80_columns() -> None:
    lines = drawn(canary().picture(), 80, 24)
    rows = [line for line in lines if line.startswith(("error rate", "p95", "requests", "cache"))]
    assert len(rows) == 4
    assert not [row for row in rows if row.endswith("…") or "…  " in row.replace("-… ms", "")]


def test_a_wide_terminal_says_how_far_the_evidence_is_in_words_too() -> None:
    world = World(strategy(10, 50, 100), rate=20)
    world.until(Phase.WATCHING)
    for _ in range(3):
        world.look()
    text = "\n".join(drawn(world.picture(), 140))
    assert " to 1" in text
    assert "too few to judge" in text


def test_the_bar_is_as_long_as_the_share() -> None:
    world = canary()
    picture = world.picture()
    bar = drawn(picture)[2]
    whole = bar.count("█") + bar.count("░")
    assert bar.count("█") == round(whole * 5 / 100)
    # A share of 1 percent is still to be seen, and 99 percent is not everything.
    for share in ("0.01", "99.99"):
        bar = drawn(replace(picture, share=type(picture.share)(share)))[2]
        assert "█" in bar
        assert "░" in bar


def test_many_steps_are_shown_around_the_current_one() -> None:
    track = drawn(crowded().picture(), 80)[1]
    assert "◉" in track
    assert track.endswith("…")


def test_a_decision_is_told_whole_where_there_is_room() -> None:
    text = " ".join(" ".join(drawn(returned().picture(), 80)).split())
    assert "worse by more than 0.3 points" in text
    assert "1,400 decide)" in text
    assert "stable has 100 % again: error rate" in text


def test_a_number_is_not_parted_from_its_unit() -> None:
    picture = canary().picture()
    for length in range(40, 70):
        said = "x" * length + " goes on for 2 min 30 s and 10 % of it"
        outlook = replace(picture.outlook, said=said)
        lines = drawn(replace(picture, outlook=outlook))
        assert not [line for line in lines if line.strip().startswith(("s ", "min ", "% "))]


def test_the_newest_events_win_when_there_is_little_room() -> None:
    text = "\n".join(drawn(canary().picture(), 80, 24))
    assert "shifted" in text
    assert "started" not in text


def test_what_cannot_be_read_is_told_in_the_view() -> None:
    lines = drawn(canary().picture(troubles=("the recorder does not answer",)))
    assert "! the recorder does not answer" in lines


def test_brackets_in_what_people_wrote_are_no_markup() -> None:
    world = canary()
    world.write("request", {"verb": "pause", "by": "[red]ada", "why": "[/] see [bold]"})
    assert "pause, asked by [red]ada: [/] see [bold]" in "\n".join(drawn(world.picture(), 140))
