"""Draws docs/up.svg: what `make up` prints, of a real `up` in this checkout. `make docs` runs it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from delivery.clouds import find_cloud
from delivery.progress import Stage
from delivery.project import find_project
from delivery.tables import show_stack

_PICTURE: Final = Path(__file__).parent / "up.svg"
_STACK: Final = "staging"
_COLUMNS: Final = 122
# A picture in a README asks nobody else for its letters.
_WITHOUT_WEB_FONTS: Final = re.sub(
    r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL
)


def main() -> int:
    command = [sys.executable, "-m", "delivery", "up", _STACK, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        return done.returncode
    told = json.loads(done.stdout)
    stages = [Stage(name, seconds) for name, seconds in told["seconds"].items()]
    console = Console(
        file=io.StringIO(), record=True, width=_COLUMNS, force_terminal=True, highlight=False
    )
    cloud = find_cloud("local", find_project())
    show_stack(console, _STACK, told["outputs"], cloud, stages)
    console.save_svg(str(_PICTURE), title="make up", code_format=_WITHOUT_WEB_FONTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
