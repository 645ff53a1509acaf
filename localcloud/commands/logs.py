"""`logs`: every request that the API and the edge have answered, and those to come."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from localcloud.commands.options import JsonOption, find_cloud, results
from localcloud.daemon import lifecycle
from localcloud.daemon.client import DaemonClient

Json = dict[str, Any]
_LINES: Final = 50


def register(app: typer.Typer) -> None:
    app.command()(logs)


def logs(
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", help="How many of the last ones.", min=0)
    ] = _LINES,
    as_json: JsonOption = False,
) -> None:
    """Shows the requests that were answered: Cloudflare's API and the edge. A route that the local cloud does not have stands out.

    Example: pitchey local logs -f
    """
    home = find_cloud().home
    if follow or lifecycle.find(home) is not None:
        shown = DaemonClient(home).lines(
            "/requests", count=str(lines), follow="1" if follow else "0"
        )
    else:
        shown = iter(recorded(home.requests, lines))
    console = results()
    for line in shown:
        if as_json:
            typer.echo(json.dumps(line))
        else:
            show(console, line)


def recorded(path: Path, count: int) -> list[Json]:
    """The last lines of the file, for when no daemon is there to be asked."""
    last: deque[Json] = deque(maxlen=count)
    with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
        last.extend(_whole(file))
    return list(last)


def _whole(lines: Iterator[str]) -> Iterator[Json]:
    # A line that a kill cut short is no line.
    for line in lines:
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def show(console: Console, line: Json) -> None:
    at = datetime.fromisoformat(line["at"].replace("Z", "+00:00")).astimezone()
    text = Text()
    text.append(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} ", "dim")
    text.append(f"{line['source']:<4} ", "dim")
    text.append(f"{line['status'] or 'cut'} ", _colour(line))
    text.append(f"{line['method']:<6} {line['path']}")
    text.append(f" {line['milliseconds']:.1f} ms", "dim")
    if line["codes"]:
        text.append(f" code {', '.join(map(str, line['codes']))}", "yellow")
    if line["version"]:
        text.append(f" version {line['version']}", "cyan")
    if line["fault"]:
        text.append(f" fault {line['fault']}", "magenta")
    if not line["known"]:
        text.append(" UNKNOWN ROUTE: the local cloud does not have this", "bold white on red")
    console.print(text, soft_wrap=True)


def _colour(line: Json) -> str:
    status = line["status"]
    if status == 0 or status >= 500:
        return "bold red"
    return "yellow" if status >= 400 else "green"
