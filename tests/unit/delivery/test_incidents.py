"""An incident's record is complete, in both forms, and never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from delivery.errors import FailedError
from delivery.incidents import Incident, Moment, write_incident


def incident(reason: str = "checkout fails") -> Incident:
    return Incident(
        "staging", "worker", "bad", "good", reason, "ann", True, 1.25, [Moment(1.0, "asked for")]
    )


def test_the_record_says_what_when_and_why(tmp_path: Path) -> None:
    path = write_incident(tmp_path, [incident()], 1_800_000_000.5)
    assert path.name == "20270115T080000500Z-staging.json"
    assert json.loads(path.read_text())["incidents"][0]["after"] == "good"
    text = path.with_suffix(".md").read_text()
    assert "checkout fails" in text
    assert "verified at the edge, 1.2 s" in text


def test_a_reason_cannot_make_a_heading(tmp_path: Path) -> None:
    path = write_incident(tmp_path, [incident("x\n# y")], 1.0)
    assert "\n# y" not in path.with_suffix(".md").read_text()


def test_an_earlier_record_stays(tmp_path: Path) -> None:
    write_incident(tmp_path, [incident()], 1.0)
    with pytest.raises(FailedError, match="not written down"):
        write_incident(tmp_path, [incident()], 1.0)
