"""`pitchey split`: the traffic is divided between two versions, through the program and its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from delivery.bundle import build_bundle, is_bundled
from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, StackArgument, WaitOption, results
from delivery.live import with_live_split
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.split import Share, read_shares
from delivery.stack import WAIT_SECONDS, Stack
from delivery.tables import show_stack


def register(app: typer.Typer) -> None:
    app.command()(split)


def split(
    stack: StackArgument,
    shares: Annotated[
        list[str],
        typer.Argument(
            help="VERSION=PERCENTAGE, one or two that make 100. VERSION is stable, candidate, uploaded, or an id."
        ),
    ],
    *,
    cloud: CloudOption = "local",
    wait: WaitOption = WAIT_SECONDS,
) -> None:
    """Divides the traffic of a stack's Worker between versions. Nothing else is changed.

    Example: pitchey split staging stable=90 uploaded=10
    """
    project = find_project()
    check_stack(project, stack)
    progress = Progress()
    chosen = find_cloud(cloud, project)
    with progress.stage(f"cloud {cloud} ready"):
        chosen.start(progress.report)
    if not is_bundled(project):  # the program wants one, and what is in it is not applied
        build_bundle(project)
    target = Stack(project, stack, chosen, report=progress.report, on_event=progress.on_event)
    with target.held(wait):
        known = with_live_split(target.outputs(), target.variables())
        wanted = read_shares(shares, known)
        if target.is_production:
            _judge(stack, known, wanted)
        with progress.stage("traffic split"):
            target.split(wanted)
        after = with_live_split(known, target.variables())
    show_stack(results(), stack, after, chosen)


def _judge(stack: str, known: Mapping[str, Any], wanted: Sequence[Share]) -> None:
    """Raises `RefusedError` for a split that the policies do not let a person make at once."""
    from delivery.policy.gate import refuse_jump  # noqa: PLC0415 (a tenth of a second, that only production has to wait for)

    live = [
        Share(str(share["versionId"]), Decimal(str(share["percentage"])))
        for share in known["split"]
    ]
    refuse_jump(stack, str(known["workerName"]), live, wanted)
