"""`pitchey rollout`: a new version gets its traffic step by step, watched, and goes back by itself when it does harm."""

from __future__ import annotations

from typing import Final

import typer

from delivery.commands.rollout import asking, leading, reading, reporting, watching

app = typer.Typer(no_args_is_help=True, help=__doc__)
_IN_ORDER: Final = (
    *(reading.plan, leading.start, reading.status, watching.watch),
    *(asking.pause, leading.resume, asking.promote, asking.abort, asking.signal),
    *(leading.retry, reading.history, reporting.report),
)
for command in _IN_ORDER:
    app.command()(command)


def register(application: typer.Typer) -> None:
    application.add_typer(app, name="rollout")
