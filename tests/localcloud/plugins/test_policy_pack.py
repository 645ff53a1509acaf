"""A pack that speaks the protocol starts without the SDK's weight; whatever asks for the SDK gets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROTOCOL = "from pulumi.runtime import proto\nimport sys\nprint(proto.AnalyzerInfo.__name__, 'pulumi.automation' in sys.modules)\n"
SDK = (
    "import pulumi\nimport sys\nprint(pulumi.Output.__name__, 'pulumi.automation' in sys.modules)\n"
)
LATE = "import sys\ndef f():\n    from pulumi.runtime.config import get_config_env\n    print('read', 'pulumi.automation' in sys.modules)\nf()\n"


@pytest.mark.parametrize(
    ("program", "said"),
    [(PROTOCOL, "AnalyzerInfo False"), (SDK, "Output True"), (LATE, "read True")],
)
def test_a_pack_gets_what_it_asks_for(program: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "localcloud.plugins.language.policy_pack", "127.0.0.1:1", tmp_path],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == said


def test_a_pack_that_is_broken_says_so_and_ends(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("raise ValueError('broken on purpose')\n")
    done = subprocess.run(
        [sys.executable, "-m", "localcloud.plugins.language.policy_pack", "127.0.0.1:1", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "broken on purpose" in done.stderr
