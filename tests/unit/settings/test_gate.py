"""Production is changed by a run that holds a pass, and by no other."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from settings.gate import GateError, check_gate
from settings.run_pass import GATE, is_passed, issued_pass


def test_without_a_pass_production_is_not_changed(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="run `pitchey up production` instead") as raised:
        check_gate("production", {}, tmp_path, dry_run=False)
    assert "\n" not in str(raised.value)
    assert isinstance(raised.value, pulumi.RunError)  # told without a traceback


def test_a_pass_lets_one_run_through_and_no_later_one(tmp_path: Path) -> None:
    with issued_pass(tmp_path, "local", "production") as variables:
        check_gate("production", variables, tmp_path, dry_run=False)
    with pytest.raises(GateError):
        check_gate("production", variables, tmp_path, dry_run=False)


def test_a_pass_is_for_one_stack_and_one_project(tmp_path: Path) -> None:
    with issued_pass(tmp_path, "local", "staging") as variables:
        assert not is_passed(variables[GATE], tmp_path, "production")
        assert not is_passed(variables[GATE], tmp_path / "other", "staging")
        assert is_passed(variables[GATE], tmp_path, "staging")


@pytest.mark.parametrize("forged", ["1", "true", "local/", "local/" + "a" * 43, "../x/" + "a" * 43])
def test_a_made_up_pass_is_none(forged: str, tmp_path: Path) -> None:
    with issued_pass(tmp_path, "local", "production"), pytest.raises(GateError):
        check_gate("production", {GATE: forged}, tmp_path, dry_run=False)


def test_the_pass_itself_is_not_on_disk(tmp_path: Path) -> None:
    with issued_pass(tmp_path, "local", "production") as variables:
        word = variables[GATE].split("/")[1]
        kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
        assert kept
        assert all(word not in text for text in kept)


def test_staging_needs_none_and_a_preview_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    check_gate("staging", {}, tmp_path, dry_run=False)
    assert said == []
    check_gate("production", {}, tmp_path, dry_run=True)
    assert "pitchey preview production" in said[0]
