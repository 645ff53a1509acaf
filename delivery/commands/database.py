"""`pitchey database`: a stack's schema and, to rehearse with, its data."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from database.address import Address
from database.connecting import connected
from database.migrating import look
from database.migrating import migrate as apply_migrations
from database.migration_files import Migration
from database.planning import Plan, refuse_newer
from database.seeding import Content, content
from database.seeding import seed as fill
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.commands.stacks import open_stack
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.stack import Stack
from delivery.stack_database import (
    counted,
    database_of,
    is_rehearsal,
    login_line,
    migrations_of,
    seeded_line,
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="A stack's database: which migrations it has, those that wait, and made-up data to rehearse with.",
    )
    group.command()(status)
    group.command()(migrate)
    group.command()(seed)
    app.add_typer(group, name="database")


def status(
    stack: StackArgument = "staging", *, cloud: CloudOption = "local", as_json: JsonOption = False
) -> None:
    """Shows which migrations the database has and which wait, and how much is in it. Changes nothing.

    Example: pitchey database status staging
    """
    progress = Progress()
    target = open_stack(stack, cloud, progress)
    address = database_of(target)
    planned, inside = asyncio.run(_look(address, migrations_of(target.project), progress))
    has_logins = is_rehearsal(target, address) and inside.made_up > 0
    if as_json:
        told = {"database": str(address), **_as_json(planned), "content": asdict(inside)}
        typer.echo(json.dumps(told, indent=2))
        return
    results().print(Text(f"database {address}", style="bold"))
    results().print(_migrations(planned), soft_wrap=True)
    results().print(
        f"{inside.pitches:,} pitches, {inside.people:,} people, {inside.made_up:,} of them made up"
    )
    if has_logins:
        results().print(login_line(), soft_wrap=True)


def migrate(
    stack: StackArgument,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the SQL that waits, and apply nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Applies the migrations that wait, in order, each whole or not at all. Two that run at the same time never meet. Asks before
    a database that is not the local cloud's is changed.

    Example: pitchey database migrate staging --dry-run
    """
    progress = Progress()
    target = open_stack(stack, cloud, progress)
    address = database_of(target)
    files = migrations_of(target.project)
    asks = not yes and not is_rehearsal(target, address)
    if dry_run or asks:
        planned, _ = asyncio.run(_look(address, files, progress))
        refuse_newer(planned)
        if dry_run:
            _show_sql(planned, as_json)
            return
        if planned.waiting:
            names = ", ".join(migration.file_name for migration in planned.waiting)
            typer.confirm(f"Apply {names} to database {address}?", abort=True, err=True)
    with progress.stage(f"database of {stack} migrated"):
        done = asyncio.run(apply_migrations(address, files, report=progress.report))
    if as_json:
        typer.echo(json.dumps({"applied": [migration.file_name for migration in done]}, indent=2))
    elif done:
        results().print(f"{counted(len(done), 'migration')} applied, {done[-1].file_name} last")
    else:
        results().print("nothing waits")


def seed(
    stack: StackArgument,
    *,
    again: Annotated[
        bool,
        typer.Option("--again", help="Make the made-up ones anew; what others made stays."),
    ] = False,
    not_local: Annotated[
        bool,
        typer.Option(
            "--not-local",
            help="Fill a database outside of the local cloud; nobody knows its people's password.",
        ),
    ] = False,
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Fills an empty database with made-up people, pitches and NDAs, all or nothing. On the local cloud they share one
    password, which is printed; production elsewhere is refused.

    Example: pitchey database seed staging --again
    """
    progress = Progress()
    target = open_stack(stack, cloud, progress)
    address = database_of(target)
    is_local = is_rehearsal(target, address)
    if not is_local:
        _consent(target, address, again=again, given=not_local)
    with progress.stage(f"database of {stack} filled"):
        work = fill(address, known_password=is_local, again=again, report=progress.report)
        seeded = asyncio.run(work)
    if as_json:
        typer.echo(json.dumps(asdict(seeded), indent=2))
        return
    results().print(seeded_line(seeded), soft_wrap=True)
    if is_local:
        results().print(login_line(), soft_wrap=True)


def _consent(target: Stack, address: Address, *, again: bool, given: bool) -> None:
    """Raises `RefusedError`."""
    if target.is_production:
        raise RefusedError(
            f"{target.name} is production: nothing made up gets into database {address}",
            "try it on the local cloud, or in another stack",
        )
    if again:
        raise RefusedError(
            f"database {address} is not the local cloud's: nobody is taken out of it",
            "leave out --again",
        )
    if not given:
        raise RefusedError(
            f"database {address} is not the local cloud's",
            "`--not-local` fills it all the same, with people whose password nobody knows",
        )


async def _look(
    address: Address, files: list[Migration], progress: Progress
) -> tuple[Plan, Content]:
    async with connected(address, report=progress.say) as connection:
        return await look(connection, files), await content(connection)


def _as_json(planned: Plan) -> dict[str, Any]:
    return {
        "applied": [
            {"file": row.file_name, "at": row.applied_at.isoformat(), "sha256": row.checksum}
            for row in planned.applied
        ],
        "waiting": [migration.file_name for migration in planned.waiting],
        "newer": [row.file_name for row in planned.newer],
    }


def _migrations(planned: Plan) -> Table:
    newer = {row.number for row in planned.newer}
    table = Table.grid(padding=(0, 2))
    for row in planned.applied:
        at = f"{row.applied_at:%Y-%m-%d %H:%M} UTC"
        told = f"applied {at}, and not in this checkout" if row.number in newer else f"applied {at}"
        table.add_row(row.file_name, Text(told, style="yellow" if row.number in newer else "green"))
    for migration in planned.waiting:
        table.add_row(migration.file_name, Text("waits", style="yellow"))
    return table


def _show_sql(planned: Plan, as_json: bool) -> None:
    """Plain SQL on standard output: it can be read, or checked by another tool."""
    if as_json:
        typer.echo(json.dumps(_as_json(planned), indent=2))
        return
    for migration in planned.waiting:
        typer.echo(f"-- {migration.file_name}\n{migration.sql}")
    if not planned.waiting:
        Progress().say("nothing waits")
