"""`errors`: what Workers have reported to the local Sentry."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from localcloud.commands.options import JsonOption, find_cloud, print_json, results
from localcloud.data.kept_errors import ReportedError, recent

Json = dict[str, Any]
_LINES: Final = 20


def register(app: typer.Typer) -> None:
    app.command()(errors)


def errors(
    stack: Annotated[str | None, typer.Argument(help="Whose; those of all without it.")] = None,
    *,
    lines: Annotated[
        int, typer.Option("--lines", "-n", help="How many of the last ones.", min=1)
    ] = _LINES,
    as_json: JsonOption = False,
) -> None:
    """Shows the errors that Workers have reported: when, of which stack and release, what, and where in the code.

    Example: pitchey local errors staging
    """
    found = recent(find_cloud().home.errors, lines, stack)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    console = results()
    if not found:
        console.print("no errors were reported" + (f" by {stack}" if stack else ""))
        return
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("at", "stack", "release", "route", "error", "where"):
        table.add_column(column, overflow="fold")
    for one in found:
        table.add_row(*_row(one))
    console.print(table)


def _row(reported: ReportedError) -> list[str]:
    event = reported.event
    at = datetime.fromisoformat(reported.at.replace("Z", "+00:00")).astimezone()
    error = _last(event.get("exception"), "values")
    frame = _last(error.get("stacktrace"), "frames")
    told = " ".join(str(error[key]) for key in ("type", "value") if error.get(key))
    where = f"{frame.get('function', '?')} {frame.get('filename', '?')}:{frame.get('lineno', '?')}"
    return [
        f"{at:%Y-%m-%d %H:%M:%S}",
        reported.stack,
        str(event.get("release", "")),
        str(event.get("transaction", "")),
        told or str(event.get("message", "")),
        where if frame else "",
    ]


def _last(holder: object, key: str) -> Json:
    """The last object of a list in an event, which anybody may have made up."""
    values: object = holder.get(key) if isinstance(holder, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    last: object = values[-1] if isinstance(values, list) and values else None  # pyright: ignore[reportUnknownVariableType]
    return last if isinstance(last, dict) else {}  # pyright: ignore[reportUnknownVariableType]
