"""`pitchey notify`: whether news of rollouts arrives where it should, tried before it matters."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.text import Text

from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.commands.stacks import open_stack
from delivery.errors import RefusedError
from delivery.notifications import try_channels
from delivery.notifications.of_stack import notifier_of
from delivery.progress import Progress
from settings.names import worker_name

_FAILED: Final = 2
_PATIENCE: Final = 15.0


def register(app: typer.Typer) -> None:
    app.command()(notify)


def notify(
    stack: StackArgument = "staging",
    *,
    patience: Annotated[
        float, typer.Option(min=1, help="Seconds until a channel is given up.")
    ] = _PATIENCE,
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Sends a test through each channel that is to hear of rollouts, and says of each whether it arrived.

    Example: pitchey notify staging
    """
    target = open_stack(stack, cloud, Progress())
    left_out: list[str] = []
    notifier = notifier_of(target, left_out.append)
    if not notifier.channels and not left_out:
        raise RefusedError(
            f"nobody is to hear of rollouts of {stack}",
            f"add `notify` to pitchey:rollouts in Pulumi.{stack}.yaml",
        )
    tried = try_channels(
        notifier.channels, stack, worker_name(stack), patience=patience, context=notifier.context
    )
    notifier.close()
    if as_json:
        told = {"channels": [asdict(one) for one in tried], "leftOut": left_out}
        typer.echo(json.dumps(told, indent=2))
    else:
        for one in tried:
            mark = Text("✓", "green") if one.told else Text("✗", "red")
            results().print(mark, Text(f"{one.channel}: {one.detail}"), soft_wrap=True)
        for line in left_out:
            results().print(Text("✗", "red"), Text(line), soft_wrap=True)
    if left_out or not all(one.told for one in tried):
        raise typer.Exit(_FAILED)
