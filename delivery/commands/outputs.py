"""`pitchey outputs`: a stack's outputs for machines."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from delivery.commands.options import CloudOption, StackArgument
from delivery.commands.stacks import open_stack
from delivery.errors import RefusedError
from delivery.progress import Progress


def register(app: typer.Typer) -> None:
    app.command()(outputs)


def outputs(
    stack: StackArgument = "staging",
    name: Annotated[str | None, typer.Argument(help="One output; all without it.")] = None,
    *,
    cloud: CloudOption = "local",
) -> None:
    """Prints the stack's outputs as JSON; a single text without quotes.

    Example: pitchey outputs staging workerUrl
    """
    values = open_stack(stack, cloud, Progress()).outputs()
    if name is None:
        typer.echo(json.dumps(values, indent=2))
        return
    if name not in values:
        raise RefusedError(
            f"stack {stack} has no output {name!r}", f"use one of {', '.join(sorted(values))}"
        )
    value = values[name]
    typer.echo(value if isinstance(value, str) else json.dumps(value, indent=2))
