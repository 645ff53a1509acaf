"""`distance` and `psql`: the data services of the local cloud."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from localcloud.commands.options import JsonOption, daemon, find_cloud, print_json, results
from localcloud.errors import LocalCloudError

Json = dict[str, Any]
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)")


def register(app: typer.Typer) -> None:
    app.command()(distance)
    app.command()(psql)


def distance(
    *,
    postgres: Annotated[
        str | None, typer.Option(help="Between the edge and Postgres: a round trip, as 40ms.")
    ] = None,
    redis: Annotated[
        str | None, typer.Option(help="Between the edge and Redis: a round trip, as 15ms.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Shows how far the edge is from the data services, or changes it, at once and for later starts.

    Example: pitchey local distance --postgres 40ms --redis 15ms
    """
    given = {"postgres": postgres, "redis": redis}
    changed = {service: _seconds(text) for service, text in given.items() if text is not None}
    client = daemon()
    now: Json = client.post("/distances", changed) if changed else client.get("/distances")
    if as_json:
        print_json(now)
        return
    table = Table.grid(padding=(0, 2))
    for service, seconds in now.items():
        table.add_row(Text(service, style="dim"), f"{seconds * 1000:g} ms a round trip")
    results().print(table)


def _seconds(text: str) -> float:
    """Raises `LocalCloudError` for what is no time."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise LocalCloudError(f"{text!r} is no time; write it as 40ms or 0.5s")
    return float(found.group(1)) / (1000 if found.group(2) == "ms" else 1)


def psql(
    stack: Annotated[str, typer.Argument(help="Whose database.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="For psql; after --.")] = None,
) -> None:
    """Opens psql on a stack's database, as the stack's own role and over the same distance as its Workers.

    Example: pitchey local psql staging -- -c 'SELECT 1'
    """
    from localcloud.data.postgres import PostgresError, program  # noqa: PLC0415 (only here)

    cloud = find_cloud()
    daemon()
    if cloud.databases().get(stack) is None:
        known = ", ".join(cloud.databases()) or "none yet: `pitchey up` makes it"
        raise LocalCloudError(f"no database of a stack {stack!r}; there is {known}")
    address = cloud.working_secret("databaseUrl", stack) or ""
    where, password = _apart(address)
    try:
        executable = str(program("psql"))
    except PostgresError as error:
        raise LocalCloudError(str(error)) from error
    # By the environment: arguments can be read by everybody on the machine.
    os.execve(  # noqa: S606
        executable, [executable, where, *(arguments or ())], {**os.environ, "PGPASSWORD": password}
    )


def _apart(address: str) -> tuple[str, str]:
    """A connection string without its password, and the password."""
    found = re.fullmatch(r"(postgresql://)([^:@/]+):([^@]+)(@.*)", address)
    if found is None:
        raise LocalCloudError("the stack's connection string is not of the local cloud")
    scheme, user, password, rest = found.groups()
    return f"{scheme}{user}{rest}", password


def data_shown(told: Json) -> Group:
    """Postgres and Hyperdrive for `status`."""
    shown: list[Table | Text] = []
    if told.get("error"):
        shown.append(Text(f"DATA SERVICES {told['error']}", style="bold red"))
    if "postgres" in told:
        shown.append(_postgres(told["postgres"]))
    if told.get("hyperdrive"):
        shown.append(_hyperdrive(told["hyperdrive"]))
    return Group(*shown)


def _postgres(told: Json) -> Table:
    table = Table.grid(padding=(0, 2))
    state = "starts with the first connection" if told["pid"] is None else f"process {told['pid']}"
    if told["down"]:
        state = "down on purpose"
    distance = f"{told['distance'] * 1000:g} ms away"
    table.add_row(Text("Postgres", style="dim"), Text(f"{told['address']}, {distance}, {state}"))
    for name, connections in told["databases"].items():
        table.add_row("", Text(f"{name}, {connections} connections in use", style="dim"))
    return table


def _hyperdrive(configs: list[Json]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("Hyperdrive", "origin", "clients", "connections", "waiting", "cache"):
        table.add_column(column)
    for config in configs:
        cache = f"{config['hits']} hits, {config['misses']} misses"
        table.add_row(
            config["name"],
            config["origin"] or Text(f"{config['unserved']}: not served", style="yellow"),
            str(config["clients"]),
            f"{config['connections'] - config['idle']} in use, {config['connections']} of {config['limit']} open",
            str(config["waiting"]),
            cache if config["caching"] else "off",
        )
    return table
