"""The stand-ins in the real engine: a program, a mandatory policy pack in Python, and a state in which nothing secret is clear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine import obtain
from localcloud.plugins.providing import provide
from tests.localcloud.plugins.test_language_host import PACK

pytestmark = pytest.mark.engine
Pulumi = Callable[..., "subprocess.CompletedProcess[str]"]
PROGRAM = """
import pulumi
import pulumi_random as random

random.RandomString("name", length=pulumi.Config().require_int("length"))
random.RandomPassword("password", length=20, special=False)
"""


def quiet(_text: str) -> None:
    """Says nothing."""


@pytest.fixture
def pulumi(tmp_path: Path) -> Pulumi:
    """The engine in a project of its own, with a mandatory policy pack."""
    for folder in ("program", "policies", "home", "state"):
        (tmp_path / folder).mkdir()
    (tmp_path / "program/Pulumi.yaml").write_text("name: pitchey\nruntime: python\n")
    (tmp_path / "program/__main__.py").write_text(PROGRAM)
    (tmp_path / "policies/PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    (tmp_path / "policies/__main__.py").write_text(PACK)
    engine = obtain(quiet)
    plugins = provide(engine, tmp_path / "plugins", Path(sys.executable), quiet)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "CLOUDFLARE_"))}
    path = [*map(str, plugins.path_entries), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = kept | {
        "PATH": os.pathsep.join(path),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [engine.path, *arguments, "--non-interactive"],
            cwd=tmp_path / "program",
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert run("stack", "init", "staging").returncode == 0
    return run


def test_a_mandatory_pack_stops_a_preview_and_lets_the_next_one_through(
    pulumi: Pulumi, tmp_path: Path
) -> None:
    pulumi("config", "set", "length", "4")
    stopped = pulumi("preview", "--policy-pack", str(tmp_path / "policies"))
    assert stopped.returncode != 0
    assert "long-enough" in stopped.stdout
    assert "at least 8 characters" in stopped.stdout

    pulumi("config", "set", "length", "12")
    done = pulumi("up", "--yes", "--skip-preview", "--policy-pack", str(tmp_path / "policies"))
    assert done.returncode == 0, done.stdout + done.stderr
    exported: dict[str, Any] = json.loads(pulumi("stack", "export").stdout)
    made = {r["urn"].rsplit("::", 1)[1]: r for r in exported["deployment"]["resources"]}
    assert len(made["name"]["outputs"]["result"]) == 12
    assert set(made["password"]["outputs"]["result"]) >= {"ciphertext"}
    assert made["password"]["id"] == "none"
