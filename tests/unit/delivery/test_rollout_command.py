"""`pitchey rollout` where somebody made a mistake: one error, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery import cli
from settings.rollouts import read_rollouts


def test_a_mistake_in_the_settings_of_rollouts_is_told_and_not_thrown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.staging.yaml").write_text(
        "config:\n  pitchey:rollouts:\n    leaseSeconds: 5\n    strategi: canary\n"
    )

    def place(*_: object) -> None:
        read_rollouts(tmp_path, "staging")

    monkeypatch.setattr("delivery.commands.rollout.reading.find_place", place)
    monkeypatch.setattr("sys.argv", ["pitchey", "rollout", "status", "staging"])
    assert cli.main() == 1
    told = capsys.readouterr().err
    assert told.startswith("error: pitchey:rollouts.leaseSeconds: 5 should be")
    assert "did you mean strategy?" in told
