"""`pitchey`: the root of its commands. What a command does stands in `delivery.commands`; clouds add groups of their own."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from delivery.errors import FailedError, disk_full
from delivery.policy.faults import pack_fault

ENTRY_POINTS: Final = "pitchey.commands"
COMMANDS: Final = (
    *("up", "preview", "policy", "comment", "status"),
    *(
        "outputs",
        "database",
        "split",
        "cache",
        "rollback",
        "rollout",
        "notify",
        "rehearse",
        "simulate",
        "engine",
        "down",
        "destroy",
    ),
)
"""In the order of `--help`; each is a module of `delivery.commands`."""

_ANYTHING: Final[dict[str, Any]] = {
    "ignore_unknown_options": True,
    "allow_extra_args": True,
    "help_option_names": [],
}


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The commands; of a command line's words the first tells which of them is loaded alone: a status needs no rules."""
    app = typer.Typer(
        name="pitchey",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        add_completion=False,
        help=(
            "Declares, gates and ships a Cloudflare platform, and rehearses all of it on this machine.\n\n"
            "A first command to try: [bold]pitchey up staging[/bold]"
        ),
    )
    app.callback()(_root)
    wanted = words[0] if words else ""
    groups = {entry.name: entry for entry in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    is_known = wanted in COMMANDS or wanted in groups
    for name in COMMANDS:
        if not is_known or name == wanted:
            _register(app, name)
    for name in sorted(groups):
        if not is_known or name == wanted:
            app.add_typer(groups[name].load(), name=name)
    return app


def _root() -> None:
    """Makes a group of the application, also where one command alone is loaded."""


def _register(app: typer.Typer, name: str) -> None:
    """A command that stands on a pack which cannot be loaded says so when it is called; the others work."""
    try:
        importlib.import_module(f"delivery.commands.{name}").register(app)
    except Exception as error:
        fault = pack_fault(error)
        if fault is None:
            raise
        app.command(name, help=f"Cannot be used: {fault.what}", context_settings=_ANYTHING)(
            _raising(fault)
        )


def _raising(fault: FailedError) -> Callable[[], None]:
    def command() -> None:
        raise fault

    return command


def main() -> int:
    """Runs a command. What went wrong is one line on standard error; the exit status is 1 for refused, 2 for failed.

    Raises `KeyboardInterrupt`.
    """
    try:
        # What a command returns is its exit status: so typer tells of `Exit`, and of a Ctrl-C that it has caught.
        returned: object = application(sys.argv[1:])(standalone_mode=False)
    except typer.Abort:
        _say("left without a change")
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        told = disk_full(where) if full else FailedError(f"{where}{error.strerror or error}")
        _error(told.what, told.hint)
        return told.exit_status
    except Exception as error:
        status = getattr(error, "exit_status", None)
        usage = getattr(error, "exit_code", None)
        if status is not None:
            _error(str(error), getattr(error, "hint", None))
            return status
        if usage is not None and hasattr(error, "format_message"):
            _error(error.format_message(), "`pitchey --help` shows the commands")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType]
            return 1
        fault = pack_fault(error)
        if fault is None:
            raise
        _error(fault.what, fault.hint)
        return fault.exit_status
    return returned if isinstance(returned, int) else 0


def _error(what: str, hint: str | None) -> None:
    mend = f"; {hint}" if hint else ""
    _say(f"[red]error:[/] {escape(what)}{escape(mend)}")


def _say(text: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text)
