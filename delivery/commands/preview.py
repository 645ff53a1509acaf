"""`pitchey preview`: what `up` would change, for a person or a pull-request check."""

from __future__ import annotations

import typer

from delivery.bundle import build_bundle
from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, StackArgument, WaitOption, results
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import WAIT_SECONDS, Stack


def register(app: typer.Typer) -> None:
    app.command()(preview)


def preview(
    stack: StackArgument = "staging",
    *,
    cloud: CloudOption = "local",
    wait: WaitOption = WAIT_SECONDS,
) -> None:
    """Shows what `up` would change, and changes nothing.

    Example: pitchey preview production
    """
    project = find_project()
    check_stack(project, stack)
    progress = Progress()
    chosen = find_cloud(cloud, project)
    with progress.stage(f"cloud {cloud} ready"):
        chosen.start(progress.report)
    with progress.stage("Worker bundled"):
        build_bundle(project)
    target = Stack(project, stack, chosen, report=progress.report, on_event=progress.on_event)
    with target.held(wait), progress.stage(f"preview of {stack}"):
        changes = target.preview()
    results().print(changes.output, soft_wrap=True, markup=False)
