"""What a rehearsal has changed is put back, and stays on record until it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from delivery.errors import FailedError
from delivery.rehearsal import putting_back
from delivery.rehearsal.putting_back import Begun, Record, put_back


class World:
    """Tells in `done` what was asked of it; what stands in `broken` fails. A rollout is under way until it was aborted
    `deaf` times, led by each holder in turn."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, rollout_of: str = "", deaf: int = 1
    ) -> None:
        self.done: list[str] = []
        self.broken = ""
        self._rollout_of = rollout_of
        self._deaf = deaf
        self._asked = 0
        traffic = SimpleNamespace(
            put_back=lambda why: self.do("put back"),  # pyright: ignore[reportUnknownLambdaType]
            settle=lambda why: self.do("settled"),  # pyright: ignore[reportUnknownLambdaType]
        )

        def end_faults(_: Path, spared: Sequence[str]) -> None:
            self.do(f"faults but {' '.join(spared)} off")

        def call(_: Path, *words: str) -> str:
            self._asked += 1
            self.do(" ".join(words[:3]))
            return ""

        def traffic_of(*_: object) -> SimpleNamespace:
            return traffic

        monkeypatch.setattr(putting_back, "WorkerTraffic", traffic_of)
        monkeypatch.setattr(putting_back, "end_faults", end_faults)
        monkeypatch.setattr(putting_back, "call", call)
        monkeypatch.setattr("time.sleep", lambda _: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    def do(self, what: str) -> None:
        if what == self.broken:
            raise FailedError(f"{what} did not work")
        self.done.append(what)

    def open_rollout(self) -> Any:
        if not self._rollout_of or self._asked >= self._deaf:
            return None
        return SimpleNamespace(id="r", state=SimpleNamespace(candidate=self._rollout_of))

    @property
    def place(self) -> Any:
        stack = SimpleNamespace(project=Path(), name="staging")
        fixed = dict.fromkeys(("deployments", "edge", "worker_url"))
        ledger = SimpleNamespace(read=lambda: SimpleNamespace(lease=self._lease(), now=1))
        return SimpleNamespace(stack=stack, open_rollout=self.open_rollout, ledger=ledger, **fixed)

    def _lease(self) -> SimpleNamespace:
        return SimpleNamespace(holder=f"holder {self._asked}", until=2)

    @property
    def candidates(self) -> Any:
        return SimpleNamespace(delete=lambda version: self.do(f"{version} deleted"))  # pyright: ignore[reportUnknownLambdaType]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    made = Record.of(tmp_path, "staging")
    made.write(Begun("s", "c"))
    made.spare(["f1", "f2"])
    return made


def say(_: str) -> None:
    pass


def test_first_the_faults_then_the_traffic_then_the_version(
    monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    world = World(monkeypatch)
    put_back(world.place, record, world.candidates, say)
    assert world.done == ["faults but f1 f2 off", "put back", "settled", "c deleted"]
    assert record.read() is None


def test_a_rollout_that_is_under_way_is_asked_to_return_by_whoever_leads_it(
    monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    world = World(monkeypatch, rollout_of="c", deaf=2)
    put_back(world.place, record, world.candidates, say)
    asked = "rollout abort staging"
    assert world.done[1:] == [asked, asked, "put back", "settled", "c deleted"]


def test_somebody_elses_rollout_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    world = World(monkeypatch, rollout_of="another")
    put_back(world.place, record, world.candidates, say)
    assert "rollout abort staging" not in world.done


def test_what_the_rollout_has_seen_to_is_not_done_again(
    monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    world = World(monkeypatch)
    put_back(world.place, record, world.candidates, say, settled=True)
    assert world.done == ["faults but f1 f2 off", "c deleted"]


@pytest.mark.parametrize("broken", ["faults but f1 f2 off", "put back", "settled", "c deleted"])
def test_what_did_not_work_stays_on_record_for_the_next(
    broken: str, monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    world = World(monkeypatch)
    world.broken = broken
    with pytest.raises(FailedError):
        put_back(world.place, record, world.candidates, say)
    assert record.read() == Begun("s", "c", ["f1", "f2"])
    world.broken = ""
    put_back(world.place, record, world.candidates, say)
    assert record.read() is None


def test_faults_are_left_alone_where_the_rehearsal_had_none(
    monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    record.write(Begun("s", "c"))
    world = World(monkeypatch)
    put_back(world.place, record, world.candidates, say)
    assert world.done == ["put back", "settled", "c deleted"]


def test_where_nothing_was_begun_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(monkeypatch)
    put_back(world.place, Record.of(tmp_path, "staging"), world.candidates, say)
    assert world.done == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stable": "s"}'])
def test_a_record_that_cannot_be_read_is_none(text: str, tmp_path: Path) -> None:
    made = Record.of(tmp_path, "staging")
    made.path.parent.mkdir(parents=True)
    made.path.write_text(text)
    assert made.read() is None
