"""`pitchey status`: what a stack serves now."""

from __future__ import annotations

import json

import typer

from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.commands.stacks import open_stack
from delivery.live import with_live_split
from delivery.progress import Progress
from delivery.tables import show_stack


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    stack: StackArgument = "staging", *, cloud: CloudOption = "local", as_json: JsonOption = False
) -> None:
    """Shows what opens and which version serves what share: the live deployment, not what was declared last.

    Example: pitchey status staging
    """
    target = open_stack(stack, cloud, Progress())
    outputs = with_live_split(target.outputs(), target.variables())
    if as_json:
        typer.echo(json.dumps(outputs, indent=2))
        return
    show_stack(results(), stack, outputs, target.cloud)
