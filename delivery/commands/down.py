"""`pitchey down`: everything that was started is stopped; nothing is lost."""

from __future__ import annotations

import typer

from delivery.clouds import find_cloud
from delivery.progress import Progress
from delivery.project import find_project
from delivery.run_mark import end_engines


def register(app: typer.Typer) -> None:
    app.command()(down)


def down() -> None:
    """Stops the local cloud and every process of it. Its state stays, and `pitchey up` goes on from there.

    Example: pitchey down
    """
    progress = Progress()
    project = find_project()
    cloud = find_cloud("local", project)
    stopped = end_engines(project, cloud.name, progress.report) + cloud.stop()
    if stopped:
        for process in stopped:
            progress.say(f"stopped {process}")
    else:
        progress.say("nothing was running")
