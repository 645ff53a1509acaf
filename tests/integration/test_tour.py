"""The five minutes of README, typed as they are written there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks
from tests.integration.checkout import Checkout

PRINTED_PORT = 4801


@pytest.fixture
def shell(checkout: Checkout, tmp_path: Path) -> dict[str, str]:
    """An environment whose `make` and `pitchey` run in the checkout: `make up` there would install what is installed."""
    for name in ("make", "pitchey"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec "{ROOT}/.venv/bin/python" -m delivery "$@"\n')
        program.chmod(0o755)
    return checkout.environment({"PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]])})


def test_each_command_of_the_tour_does_what_is_said_of_it(
    checkout: Checkout, shell: dict[str, str]
) -> None:
    (tour,) = [block for block in blocks(ROOT / "README.md") if block.label == "tour"]
    said: list[tuple[str, str, str]] = []
    for command in tour.commands:
        if "activate" in command:
            continue
        done = subprocess.run(
            ["sh", "-c", command.replace(f":{PRINTED_PORT}", f":{checkout.port + 1}")],
            cwd=checkout.folder,
            env=shell,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
        said.append((command, done.stdout, done.stderr))

    (health,) = [out for command, out, _ in said if command.endswith("/health")]
    assert json.loads(health)["status"] == "ok"
    ups = [out + err for command, out, err in said if command == "make up"]
    assert ["without traffic" in up for up in ups] == [False, True, False]
    (status,) = [out for command, out, _ in said if command.startswith("pitchey status")]
    assert "90 %" in status
    assert "10 %" in status
    (back,) = [out for command, out, _ in said if command.endswith("stable=100")]
    assert "100 %" in back
    (logs,) = [out for command, out, _ in said if command.startswith("pitchey local logs")]
    assert "/deployments" in logs
