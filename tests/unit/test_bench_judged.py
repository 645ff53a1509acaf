"""A long run of simulated rollouts that goes on where it was cut short, and never with what other code has judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.judged import Judged, code_of, read, write
from delivery.rollout.state import Phase
from delivery.simulation.running import Outcome

HEALTHY = Outcome(Phase.SHIFTING, "", 3600.0, None, 0, 18_000, 720)


def test_it_counts_what_was_returned_in_time() -> None:
    judged = Judged()
    for after in (None, 30.0, 50.0, 700.0):
        judged.take(replace(HEALTHY, detected_after=after), within=600.0)
    assert (judged.rollouts, judged.looks) == (4, 2880)
    assert judged.share == 0.5
    assert judged.median_seconds == 40.0
    low, high = judged.interval
    assert 0 < low < 0.5 < high < 1


def test_the_same_code_goes_on_where_it_stopped_and_another_begins_anew(tmp_path: Path) -> None:
    kept = tmp_path / "judged.json"
    assert read(kept, "a") == {}
    judged = Judged(5000, [12.5], 3_600_000, 720.0)
    write(kept, "a", {"A/A": judged})
    assert read(kept, "a") == {"A/A": judged}
    assert read(kept, "b") == {}


@pytest.mark.parametrize("name", ["core.py", "strategies/canary.yaml"])
def test_code_is_another_with_any_file_that_judges(tmp_path: Path, name: str) -> None:
    changed = tmp_path / name
    changed.parent.mkdir(exist_ok=True)
    changed.write_text("1")
    (tmp_path / "README.md").write_text("1")
    before = code_of([tmp_path])
    (tmp_path / "README.md").write_text("2")
    assert code_of([tmp_path]) == before
    changed.write_text("2")
    assert code_of([tmp_path]) != before
