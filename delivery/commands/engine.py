"""`pitchey pulumi`: any command of the engine, on a stack as it is on a cloud."""

from __future__ import annotations

import signal
import subprocess
import threading
from typing import Annotated, Final

import typer

from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, StackArgument
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import WAIT_SECONDS, Stack

_CHANGE: Final = frozenset({"up", "refresh", "destroy", "import", "watch"})
_TAKE_CONFIG: Final = _CHANGE | {"preview", "config"}
_KILLED: Final = 2


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
        status = _run(arguments, target, changes=command in _CHANGE)
    raise typer.Exit(status)


def _run(arguments: list[str], target: Stack, *, changes: bool) -> int:
    """The exit status. A terminal's Ctrl-C reaches the engine by itself, and who waits for it lets it finish."""
    interrupted = threading.Event()

    def note(_signal: int, _frame: object) -> None:
        interrupted.set()

    process = subprocess.Popen(arguments, cwd=target.project, env=target.engine.environment())
    previous = signal.signal(signal.SIGINT, note)
    if changes:
        target.mark.set(process.pid)
    try:
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    if changes and status >= 0 and not interrupted.is_set():
        target.mark.clear()
    return status if status >= 0 else _KILLED
