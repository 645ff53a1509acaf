"""What is said of blocks of requests, how sure it is, what a crowd asks for, and what answers show to be off."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from pathlib import Path

import pytest

from bench.figures import Figure, Table, at_most, read, write
from bench.load import Answer
from bench.optimisations import arms, block
from bench.optimisations.block import OWN, PUBLIC, WRITE, Block, Connected, Told, Waited
from bench.optimisations.catalogue import Crowd, Member
from bench.optimisations.intervals import estimate
from bench.optimisations.load import paced
from bench.optimisations.switches import ALL_OFF, NONE_OFF, OPTIMISATIONS, evidence

PITCHES = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(500)]


def told(milliseconds: float, kind: str = PUBLIC, verdict: str = "miss", status: int = 200) -> Told:
    return Told(kind, milliseconds, status, verdict, 1000)


def block_of(*times: float) -> Block:
    return Block([told(time) for time in times])


# What is said of blocks


def test_times_are_of_reads_alone_and_of_those_that_were_lost_too() -> None:
    seen = Block([told(10), told(20, OWN), told(900, WRITE), told(5000, status=0)])
    assert block.p95([seen]) == 5000
    assert block.mean([seen, block_of(10)]) == pytest.approx((10 + 20 + 5000 + 10) / 4)
    assert seen.statuses == Counter({200: 3, 0: 1})


def test_a_hit_is_what_came_from_a_cache_of_what_everybody_may_have() -> None:
    kept = [told(1, verdict=verdict) for verdict in ("hit", "stale", "miss", "bypass")]
    others = [told(1, OWN, "hit"), told(1, WRITE, ""), told(1, verdict="", status=0)]
    assert block.hit_rate([Block([*kept, *others])]) == 50


def test_the_workers_own_numbers_are_weighted_by_its_requests() -> None:
    seen = [Block([], Waited(30, 600, 30)), Block([], Waited(10, 600, 50))]
    assert block.database_milliseconds(seen) == 30
    assert block.queries(seen) == 2


def test_connections_are_means_over_moments() -> None:
    seen = [Block([], connected=[Connected(9, 1, 2), Connected(9, 0, 0)])]
    assert (block.opened(seen), block.busy(seen), block.in_use(seen)) == (9, 0.5, 1)


def test_the_share_of_the_gain_is_what_is_lost_when_one_is_off() -> None:
    on, off, without = [block_of(100)], [block_of(500)], [block_of(200)]
    assert block.share_of_the_gain(without, on, off) == 25
    assert block.ratio(block.p95)(on, off) == 0.2


# How sure it is


def test_an_interval_holds_the_value_and_grows_with_the_blocks_differences() -> None:
    alike = estimate(block.mean, [block_of(100 + n % 3) for n in range(12)])
    unlike = estimate(block.mean, [block_of(10 * n) for n in range(12)])
    assert alike.low <= alike.value <= alike.high
    assert unlike.high - unlike.low > 10 * (alike.high - alike.low)
    assert str(estimate(block.mean, [block_of(2)])) == "2 [2, 2]"


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Of means of 12 blocks with a mean of 50; the percentile interval of so few is a little short."""
    import numpy as np

    chance = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        found = estimate(
            block.mean, [block_of(float(v)) for v in chance.normal(50, 9, 12)], draws=200
        )
        held += found.low <= 50 <= found.high
    assert 170 <= held <= 198


def test_a_ratio_draws_each_arm_for_itself_and_an_arm_without_blocks_is_refused() -> None:
    one, other = [block_of(20), block_of(40)], [block_of(100), block_of(100)]
    found = estimate(block.ratio(block.mean), one, other)
    assert (found.low, found.value, found.high) == (0.2, 0.3, 0.4)
    with pytest.raises(ValueError, match="no blocks"):
        estimate(block.ratio(block.mean), one, [])


def test_an_interval_is_written_and_read_with_its_figure(tmp_path: Path) -> None:
    figures = [
        at_most("with", 0.25, "x", 0.3, (0.21, 0.30004)),
        at_most("without", 1, "s", 2),
        Table("rows", ["a"], [["x"]]),
    ]
    write(figures, tmp_path / "results.json")
    assert read(tmp_path / "results.json") == figures
    assert figures[0] == Figure("with", 0.25, "x", "<= 0.3", True, [0.21, 0.3])
    assert "interval" in (text := (tmp_path / "results.json").read_text())
    assert text.count("interval") == 1


# The order of the arms


def test_each_arm_has_as_many_blocks_before_as_after_the_middle() -> None:
    order = list(arms.turns(4))
    assert order == list(reversed(order))
    assert Counter(order) == dict.fromkeys(arms.ARMS, 4) | {arms.ON: 8, arms.OFF: 8}
    assert arms.ARMS[arms.OFF] == set(OPTIMISATIONS)


# What is asked for


def crowd(writes: float = 0.0, seed: int = 1) -> Crowd:
    members = [Member("creator", "token-c", {PITCHES[3]: '"r1"'}), Member("investor", "token-i")]
    return Crowd("api.zone.example", PITCHES, members, seed, writes)


def test_a_crowd_asks_by_zipfs_law_and_the_same_for_the_same_seed() -> None:
    one, other = crowd(), crowd()
    drawn = [one.next() for _ in range(4000)]
    assert [other.next() for _ in range(4000)] == drawn
    kinds = Counter(asked.kind for asked in drawn)
    assert set(kinds) == {PUBLIC, OWN}
    assert kinds[OWN] == pytest.approx(400, abs=80)
    first, tenth = (
        sum(f"/api/pitches/{PITCHES[rank]} ".encode() in asked.content for asked in drawn)
        for rank in (0, 9)
    )
    assert first > 4 * tenth > 0
    assert all(b"authorization" not in asked.content for asked in drawn if asked.kind == PUBLIC)
    assert all(b"\r\nauthorization: Bearer token-" in a.content for a in drawn if a.kind == OWN)


def test_a_change_names_the_revision_that_the_last_answer_told() -> None:
    asking = crowd(writes=1.0)
    changes = [asked for asked in (asking.next() for _ in range(200)) if asked.pitch]
    assert 0 < len(changes) < 100
    assert b'\r\nif-match: "r1"\r\n' in changes[0].content
    asking.note(changes[0], Answer(200, b'http/1.1 200 ok\r\netag: "r2"', b""))
    changed = next(asked for asked in iter(asking.next, None) if asked.pitch)
    assert b'\r\nif-match: "r2"\r\n' in changed.content


class Slow:
    """Connections whose first answer takes long; one at a time."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(1)
        self.asked = 0

    async def ask(self, content: bytes) -> Answer | None:
        del content
        self.asked += 1
        await asyncio.sleep(0.5 if self.asked == 1 else 0)
        return Answer(200, b"http/1.1 200 ok\r\npitchey-cache: hit", b"", b"HTTP/1.1 200 OK")


def test_a_slow_answer_does_not_hide_those_that_wait_behind_it() -> None:
    asking = crowd()

    async def load() -> list[Told]:
        connections = Slow()
        return await paced(
            connections,  # pyright: ignore[reportArgumentType]
            asking.next,
            asking.note,
            rate=100,
            seconds=0.3,
            seed=1,
        )

    answers = asyncio.run(load())
    assert len(answers) > 10
    assert min(answer.milliseconds for answer in answers) > 100
    assert {(answer.status, answer.verdict, answer.size) for answer in answers} == {
        (200, "hit", 15)
    }


# What answers show


def answers(off: frozenset[str], *, collapsed_first: bool = False) -> list[Answer]:
    edge = "bypass" if "edge-cache" in off else "miss"
    redis = "bypass" if "redis" in off else "miss"
    by = "usual" if "smart-ttl" in off else "seen"
    made = f"pitchey-redis; fwd={redis}, pitchey-edge; fwd={edge}; detail=ttl-{by}"
    other = made if "collapsing" in off else f"pitchey-edge; fwd={edge}; collapsed"
    pair = [f"http/1.1 200 ok\r\ncache-status: {told}".encode() for told in (made, other)]
    if collapsed_first:
        pair.reverse()
    coding = b"" if "compression" in off else b"\r\ncontent-encoding: gzip"
    way = b"direct" if "hyperdrive" in off else b"hyperdrive"
    return [
        *(Answer(200, head, b"") for head in pair),
        Answer(200, b"http/1.1 200 ok" + coding, b""),
        Answer(200, b"http/1.1 200 ok", b'{"DATABASE":{"status":"ok","detail":"%s"}}' % way),
    ]


@pytest.mark.parametrize("off", [NONE_OFF, ALL_OFF, *(frozenset({name}) for name in OPTIMISATIONS)])
@pytest.mark.parametrize("collapsed_first", [False, True])
def test_answers_show_what_is_off(off: frozenset[str], collapsed_first: bool) -> None:
    assert evidence(*answers(off, collapsed_first=collapsed_first)) == off


def test_combinations_are_told_apart() -> None:
    for pair in itertools.combinations(OPTIMISATIONS, 2):
        assert evidence(*answers(frozenset(pair))) == set(pair)
