"""A long run of simulated rollouts that goes on where it was cut short, and never with what other code has judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.judged import Judged, code_of, files_that_judge, read, write
from delivery.rollout.state import Phase
from delivery.simulation.running import Outcome
from tests.integration.checkout import ROOT

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


def test_code_is_another_with_the_content_and_with_the_name_of_any_file(tmp_path: Path) -> None:
    one, other = tmp_path / "core.py", tmp_path / "canary.yaml"
    one.write_text("1")
    other.write_text("1")
    before = code_of([one, other], tmp_path)
    assert code_of([other, one], tmp_path) == before
    other.write_text("2")
    changed = code_of([one, other], tmp_path)
    assert changed != before
    renamed = one.rename(tmp_path / "heart.py")
    assert code_of([renamed, other], tmp_path) != changed


def test_what_judges_is_the_core_and_the_strategies_and_not_who_leads() -> None:
    files = {str(path.relative_to(ROOT / "delivery")) for path in files_that_judge()}
    assert {"rollout/deciding.py", "analysis/judgement.py", "statistics/two_rates.py"} < files
    assert {"simulation/drawing.py", "rollout/strategies/canary.yaml"} < files
    assert not {"rollout/controller.py", "rollout/leading.py", "report/page.py"} & files
