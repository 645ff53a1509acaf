"""The page of a rollout: what one attaches to an incident."""

from __future__ import annotations

import json
import re
import webbrowser
from pathlib import Path
from typing import Annotated, Final

import typer

from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.commands.rollout.stacks import find_place, find_rollout
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.report.page import page
from delivery.report.story import story

_FOLDER: Final = Path(".pitchey/reports")
_OUTSIDE_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


def report(
    stack: StackArgument,
    rollout: Annotated[
        str | None, typer.Argument(help="Its id, or how that begins; the last one without.")
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file; .pitchey/reports/ROLLOUT.html in the project without."
        ),
    ] = None,
    opened: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: JsonOption = False,
    cloud: CloudOption = "local",
) -> None:
    """A page of a rollout to attach to an incident: one HTML file with charts, verdicts and events, from the ledger alone.

    Example: pitchey rollout report staging --open
    """
    place, _ = find_place(stack, cloud, Progress())
    found = find_rollout(place, rollout)
    told = place.ledger.read()
    made = story(found, told.entries, told.now)
    if as_json:
        results().print_json(json.dumps(made.to_json()))
        return
    file = _file(place.stack.project, found.id) if output is None else output
    _write(file, page(made))
    typer.echo(str(file))
    if opened and not webbrowser.open(file.resolve().as_uri()):
        raise RefusedError("no browser was found to open it with", f"open {file} yourself")


def _file(project: Path, rollout: str) -> Path:
    # Ids come from the ledger: none leads out of the folder.
    name = _OUTSIDE_A_NAME.sub("-", rollout).strip(".-") or "rollout"
    return project / _FOLDER / f"{name}.html"


def _write(file: Path, text: str) -> None:
    """Whole or not at all. Raises `RefusedError`."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        raise RefusedError(f"{file} cannot be written: {error.strerror}") from None
