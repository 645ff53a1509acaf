"""`pitchey preview`: what `up` would change and what the policies say of it, for a person or a pull-request check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from delivery.bundle import build_bundle
from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, WaitOption, results
from delivery.errors import DeliveryError
from delivery.live import live_split
from delivery.policy.gate import judged_preview
from delivery.policy.reports import as_json as verdict_as_json
from delivery.policy.reports import show
from delivery.policy.saved import Saved
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import WAIT_SECONDS, Stack


def register(app: typer.Typer) -> None:
    app.command()(preview)


def preview(
    stack: StackArgument = "staging",
    *,
    cloud: CloudOption = "local",
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", help="Keep preview, plan and verdict in this folder, for `up --plan`."
        ),
    ] = None,
    wait: WaitOption = WAIT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Shows what `up` would change and what the policies say of it, and changes nothing. Exit status 1 when they stop it.

    Example: pitchey preview production
    """
    project = find_project()
    check_stack(project, stack)
    saved = Saved(save.resolve()) if save is not None else None
    if saved is not None:
        saved.clear()
    progress = Progress()
    chosen = find_cloud(cloud, project)
    with progress.stage(f"cloud {cloud} ready"):
        chosen.start(progress.report)
    with progress.stage("Worker bundled"):
        build_bundle(project)
    target = Stack(project, stack, chosen, report=progress.report, on_event=progress.on_event)
    with target.held(wait):
        with progress.stage(f"preview of {stack}"):
            judged = judged_preview(target, saved.plan if saved is not None else None)
        if saved is not None:
            saved.write(judged, project=project, stack=stack, cloud=cloud, split=_split_of(target))
    if as_json:
        changes = judged.document["changeSummary"]
        told = {"stack": stack, "changes": changes, "verdict": verdict_as_json(judged.verdict)}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        results().print(judged.shown, soft_wrap=True, markup=False)
        show(results(), judged.verdict, stack=stack)
    judged.refuse(stack)


def _split_of(target: Stack) -> list[dict[str, object]] | None:
    """None for a stack that was never up: it has no Worker yet."""
    try:
        return live_split(target.outputs(), target.variables())
    except DeliveryError:
        return None
