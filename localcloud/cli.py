"""`pitchey local`: the commands of the local cloud. They join `pitchey` by an entry point, and run without it just as well."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from localcloud.commands import access, data, faults, logs, reported, running, state
from localcloud.errors import LocalCloudError

_INTERRUPTED: Final = 130
"""What typer makes of Ctrl-C."""


class LocalGroup(TyperGroup):
    """On its own, tells an error in one line; within `pitchey`, that does."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        named["standalone_mode"] = False
        try:
            status = super().main(args, *rest, **named)
        except LocalCloudError as error:
            _leave(f"error: {error}", error.exit_status)
        except typer.Abort:
            _leave("left without a change", 1)
        except TyperException as error:
            text = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
            _leave(f"error: {text}; `pitchey local --help` shows the commands", 1)
        if status == _INTERRUPTED:
            _leave("interrupted", _INTERRUPTED)
        sys.exit(status if isinstance(status, int) else 0)


def _leave(text: str, status: int) -> NoReturn:
    typer.echo(text, err=True)
    sys.exit(status)


app = typer.Typer(
    name="local",
    cls=LocalGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help=(
        "The local cloud: Cloudflare's API and edge on this machine.\n\n"
        "A first command to try: [bold]pitchey local up[/bold]"
    ),
)
running.register(app)
logs.register(app)
reported.register(app)
state.register(app)
app.add_typer(faults.app, name="faults")
access.register(app)
data.register(app)
