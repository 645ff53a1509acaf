"""`pitchey pulumi`: any command of the engine, on a stack as it is on a cloud."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, StackArgument
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import WAIT_SECONDS, Stack

_TAKE_CONFIG = frozenset({"up", "preview", "refresh", "destroy", "config", "import", "watch"})


def register(app: typer.Typer) -> None:
    app.command(
        "pulumi", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
    )(pulumi)


def pulumi(
    context: typer.Context,
    stack: StackArgument,
    command: Annotated[str, typer.Argument(help="What the engine is to do; its options follow.")],
    *,
    cloud: CloudOption = "local",
) -> None:
    """Runs a command of Pulumi's own on a stack, with the environment and the configuration of its cloud.

    Example: pitchey pulumi staging refresh --yes
    """
    project = find_project()
    check_stack(project, stack)
    progress = Progress()
    chosen = find_cloud(cloud, project)
    chosen.start(progress.report)
    target = Stack(project, stack, chosen, report=progress.report)
    with target.held(WAIT_SECONDS):
        engine = target.engine
        arguments = [str(engine.executable), command, *context.args, "--stack", stack]
        if command in _TAKE_CONFIG:
            arguments += ["--config-file", str(chosen.config_file(stack))]
        done = subprocess.run(arguments, cwd=project, env=engine.environment(), check=False)
    raise typer.Exit(done.returncode)
