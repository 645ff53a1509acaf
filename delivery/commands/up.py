"""`pitchey up`: the platform comes up, or what changed is applied."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from database.errors import DatabaseError
from delivery.bundle import build_bundle
from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, WaitOption, results
from delivery.errors import DeliveryError
from delivery.frontend import Deployed, bring_up
from delivery.policy.gate import judged_preview, warned
from delivery.policy.reports import show
from delivery.policy.saved import PLAN, Saved
from delivery.progress import Progress, Stage
from delivery.project import check_stack, find_project
from delivery.stack import WAIT_SECONDS, Stack
from delivery.stack_database import Preparation, Ready
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
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            help="Apply the plan that `preview --save` kept in this folder, and nothing else.",
        ),
    ] = None,
    wait: WaitOption = WAIT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Brings a stack up, or applies what changed. New code is uploaded without traffic. Production is previewed and judged
    first, and only what passed is applied. On the local cloud the database is migrated, and filled when it is empty. The
    front end is deployed when it is another one than was deployed last.

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
    with target.held(wait), tempfile.TemporaryDirectory(prefix="pitchey-") as folder:
        passed: Path | None = None
        if plan is not None:
            saved = Saved(plan.resolve())
            saved.check(project=project, stack=stack, cloud=cloud)
            passed = saved.plan
        elif asks or target.is_production:
            passed = Path(folder) / PLAN
            with progress.stage(f"preview of {stack}, judged"):
                judged = judged_preview(target, passed)
            if asks:
                results().print(judged.shown, soft_wrap=True, markup=False)
            if judged.verdict.violations or judged.verdict.waived:
                show(Console(stderr=True), judged.verdict, stack=stack)
            judged.refuse(stack)
        if asks:
            typer.confirm(f"Apply this to {stack} on {cloud}?", abort=True, err=True)
        database = Preparation(target, progress.report)
        database.begin()
        with progress.stage(f"{stack} up"):
            done = target.up(passed)
        outputs = target.outputs()
        ready, wrong = _database(database, stack, cloud, progress)
        deployed, undeployed = _frontend(target, outputs, progress)
    rules = warned(done)
    if rules and not target.is_production:
        said = f"policy warns: {', '.join(rules)}; `pitchey policy check --stack {stack}` says more"
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[yellow]{said}[/]")
    if as_json:
        stages = {stage.name: round(stage.seconds, 2) for stage in progress.stages}
        told = {"outputs": outputs, "database": ready and ready.as_json()}
        told |= {"frontend": deployed and deployed.as_json(), "seconds": stages}
        typer.echo(json.dumps(told, indent=2))
    else:
        show_stack(results(), stack, outputs, chosen, progress.stages)
    _fail([error for error in (wrong, undeployed) if error is not None], progress)


def _database(
    preparation: Preparation, stack: str, cloud: str, progress: Progress
) -> tuple[Ready | None, Exception | None]:
    """What became of the database, and what is to be told after everything else: the platform is up all the same."""
    try:
        with progress.stage("database ready") if cloud == "local" else nullcontext():
            ready = preparation.done()
    except (DatabaseError, DeliveryError) as error:
        if not preparation.looks_only:
            return None, error
        progress.say(f"whether migrations wait is not known: {error}")
        return None, None
    for line in ready.lines(stack, cloud):
        progress.say(line)
    return ready, None


def _frontend(
    target: Stack, outputs: Mapping[str, Any], progress: Progress
) -> tuple[Deployed | None, DeliveryError | None]:
    """As of the database: the platform is up without it."""
    try:
        with progress.stage("front end ready"):
            deployed = bring_up(target, outputs, progress.report)
    except DeliveryError as error:
        return None, error
    for line in deployed.lines(target.name):
        progress.say(line)
    return deployed, None


def _fail(errors: Sequence[Exception], progress: Progress) -> None:
    """The last one ends the command; those before it are told as well."""
    for error in errors[:-1]:
        progress.say(str(error))
    if errors:
        raise errors[-1]
