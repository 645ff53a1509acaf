"""`pitchey down`: everything that was started is stopped; nothing is lost."""

from __future__ import annotations

import typer

from delivery.clouds import find_cloud
from delivery.progress import Progress
from delivery.project import find_project


def register(app: typer.Typer) -> None:
    app.command()(down)


def down() -> None:
    """Stops the local cloud and every process of it. Its state stays, and `pitchey up` goes on from there.

    Example: pitchey down
    """
    progress = Progress()
    stopped = find_cloud("local", find_project()).stop()
    if stopped:
        for process in stopped:
            progress.say(f"stopped {process}")
    else:
        progress.say("nothing was running")
