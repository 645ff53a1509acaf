"""`pitchey status`: what a stack serves now."""

from __future__ import annotations

import json

import typer

from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.live import with_live_split
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import Stack
from delivery.tables import show_stack


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    stack: StackArgument = "staging", *, cloud: CloudOption = "local", as_json: JsonOption = False
) -> None:
    """Shows what opens and which version serves what share: the live deployment, not what was declared last.

    Example: pitchey status staging
    """
    project = find_project()
    check_stack(project, stack)
    progress = Progress()
    chosen = find_cloud(cloud, project)
    chosen.start(progress.report)
    target = Stack(project, stack, chosen, report=progress.report)
    outputs = with_live_split(target.outputs(), target.variables())
    if as_json:
        typer.echo(json.dumps(outputs, indent=2))
        return
    show_stack(results(), stack, outputs, chosen)
