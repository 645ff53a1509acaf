"""`pitchey comment`: saved previews as one comment of a pull request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from delivery.errors import RefusedError
from delivery.pull_request.comment import POLICIES, render
from delivery.pull_request.previews import read_preview


def register(app: typer.Typer) -> None:
    app.command()(comment)


def comment(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Folders that `pitchey preview --save` wrote.", show_default=False),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file for it, in place of standard output."),
    ] = None,
    policies: Annotated[
        str, typer.Option("--policies", help="Where the comment's links to the rules lead.")
    ] = POLICIES,
) -> None:
    """Writes saved previews as one comment in Markdown: what changes, what the split does, what policy says.

    Example: pitchey comment previews/staging previews/production
    """
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing is not None:
        raise RefusedError(
            f"there is no folder {missing}", "`pitchey preview STACK --save FOLDER` writes one"
        )
    text = render([read_preview(folder) for folder in folders], policies=policies)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(f"{text}\n", encoding="utf-8")
