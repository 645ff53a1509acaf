"""The project on disk: where the program is, which stacks it has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from delivery.errors import RefusedError

_STACK_FILE: Final = re.compile(r"Pulumi\.([A-Za-z0-9][\w.-]*)\.yaml")


def find_project(start: Path | None = None) -> Path:
    """The nearest folder with a Pulumi.yaml, from `start` (the working folder) upwards. Raises `RefusedError`."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise RefusedError(
        f"no Pulumi.yaml in {here} or a folder above it", "change into the project's folder"
    )


def stacks(project: Path) -> list[str]:
    """Names of the stacks that have a settings file, in alphabetical order."""
    found = (_STACK_FILE.fullmatch(path.name) for path in project.glob("Pulumi.*.yaml"))
    return sorted(match.group(1) for match in found if match)


def check_stack(project: Path, name: str) -> str:
    """Raises `RefusedError` for a stack without a settings file."""
    known = stacks(project)
    if name not in known:
        raise RefusedError(
            f"there is no stack {name!r}: {project / f'Pulumi.{name}.yaml'} does not exist",
            f"use one of {', '.join(known)}" if known else "write its settings file first",
        )
    return name
