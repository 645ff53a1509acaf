"""`pitchey up`: the platform comes up, or what changed is applied."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from delivery.bundle import build_bundle
from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, WaitOption, results
from delivery.progress import Progress, Stage
from delivery.project import check_stack, find_project
from delivery.stack import WAIT_SECONDS, Stack
from delivery.tables import show_stack

INSTALL_SECONDS = "PITCHEY_INSTALL_SECONDS"


def register(app: typer.Typer) -> None:
    app.command()(up)


def up(
    stack: StackArgument = "staging",
    *,
    cloud: CloudOption = "local",
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would change, and ask, before it is done.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    wait: WaitOption = WAIT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Brings a stack up, or applies what changed. New code is uploaded without traffic.

    Example: pitchey up staging
    """
    project = find_project()
    check_stack(project, stack)
    progress = Progress()
    installed = float(os.environ.get(INSTALL_SECONDS) or 0)
    if installed >= 0.1:
        progress.stages.append(Stage("installed", installed))
    chosen = find_cloud(cloud, project)
    with progress.stage(f"cloud {cloud} ready"):
        chosen.start(progress.report)
    with progress.stage("Worker bundled"):
        build_bundle(project)
    target = Stack(project, stack, chosen, report=progress.report, on_event=progress.on_event)
    asks = not yes and (preview or cloud != "local")
    with target.held(wait):
        if asks:
            with progress.stage(f"preview of {stack}"):
                changes = target.preview()
            results().print(changes.output, soft_wrap=True, markup=False)
            typer.confirm(f"Apply this to {stack} on {cloud}?", abort=True, err=True)
        with progress.stage(f"{stack} up"):
            target.up()
        outputs = target.outputs()
    if as_json:
        stages = {stage.name: round(stage.seconds, 2) for stage in progress.stages}
        typer.echo(json.dumps({"outputs": outputs, "seconds": stages}, indent=2))
        return
    show_stack(results(), stack, outputs, chosen, progress.stages)
