"""Draws docs/up.svg: what `make up` prints, of a real `up` in this checkout. `make docs` runs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from delivery.bundle import build_bundle
from delivery.clouds import find_cloud
from delivery.progress import Progress
from delivery.project import find_project
from delivery.stack import Stack
from delivery.tables import show_stack

_PICTURE: Final = Path(__file__).parent / "up.svg"
_COLUMNS: Final = 122
# A picture in a README asks nobody else for its letters.
_WITHOUT_WEB_FONTS: Final = re.sub(
    r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL
)


def main() -> None:
    project = find_project()
    progress = Progress()
    cloud = find_cloud("local", project)
    with progress.stage("cloud local ready"):
        cloud.start(progress.report)
    with progress.stage("Worker bundled"):
        build_bundle(project)
    stack = Stack(project, "staging", cloud, report=progress.report, on_event=progress.on_event)
    with stack.held(), progress.stage("staging up"):
        stack.up()
    console = Console(record=True, width=_COLUMNS, force_terminal=True, highlight=False)
    show_stack(console, stack.name, stack.outputs(), cloud, progress.stages)
    console.save_svg(str(_PICTURE), title="make up", code_format=_WITHOUT_WEB_FONTS)


if __name__ == "__main__":
    main()
