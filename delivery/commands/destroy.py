"""`pitchey destroy`: the local cloud and the stacks on it are gone, after asking."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from delivery.clouds import find_cloud
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.project import find_project
from delivery.run_mark import clear_marks, end_engines


def register(app: typer.Typer) -> None:
    app.command()(destroy)


def destroy(
    *, yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False
) -> None:
    """Stops the local cloud and removes all that is in it: every stack, its data, its state. Cloudflare is never touched.

    Example: pitchey destroy --yes
    """
    project = find_project()
    if not yes:
        if not sys.stdin.isatty():
            raise RefusedError(
                "nobody is there to confirm that the local cloud is to be removed",
                "say it with --yes",
            )
        typer.confirm(
            "Remove the local cloud with every stack, its data and its state?", abort=True, err=True
        )
    progress = Progress()
    cloud = find_cloud("local", project)
    with progress.stage("local cloud removed"):
        end_engines(project, cloud.name, progress.report)
        cloud.stop()
        cloud.erase()
        clear_marks(project, cloud.name)
