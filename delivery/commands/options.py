"""Arguments and options that several commands share, and the console that results go to."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer
from rich.console import Console

_WIDE: Final = 200

StackArgument = Annotated[str, typer.Argument(help="The stack: staging or production.")]
CloudOption = Annotated[
    str,
    typer.Option(
        "--cloud", help="local, or cloudflare (a token and an account id in the environment)."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="For machines: one JSON value on standard output.")
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait", help="Seconds to wait for another run on the same stack; 0 leaves at once."
    ),
]


def results() -> Console:
    """Standard output; wide when piped, so that no URL is broken in two."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
