"""The stack that a command names, on the cloud that it names."""

from __future__ import annotations

from delivery.clouds import find_cloud
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import Stack


def open_stack(name: str, cloud: str, progress: Progress) -> Stack:
    """On a cloud that is started where it has to be. Raises `DeliveryError`."""
    project = find_project()
    check_stack(project, name)
    chosen = find_cloud(cloud, project)
    chosen.start(progress.report)
    return Stack(project, name, chosen, report=progress.report, on_event=progress.on_event)
