"""`faults`: what goes wrong on purpose."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from localcloud.commands.options import JsonOption, daemon, print_json, results, say

Json = dict[str, Any]
app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Lets the API, a Worker version or a data service fail on purpose, at a rate, for chosen paths. Survives a "
        "restart; `clear` ends it, and `pitchey local status` shows what is on.\n\n"
        "version-errors answers in front of the Worker, as Cloudflare does for a Worker that cannot run: the Worker counts "
        "none of it. Whoever relies on its count hears of it from probes, or from Cloudflare's own count of invocations, "
        "minutes later. An error that a version answers and counts itself comes of what it uses: objects-gone with "
        "--version fails its calls into Durable Objects.\n\n"
        "redis-rubbish obeys and answers with what Redis never says: a web page, half an answer, other types. "
        "kv-errors, r2-errors and redis-errors with --after obey and answer 500 all the same.\n\n"
        "Example: pitchey local faults add 429 --rate 0.3 --path '/accounts/*' --seconds 2"
    ),
)

EFFECTS = (
    "The API: slow, 429, 500, timeout, cut, stale (reads of deployments are --seconds old). "
    "The edge: version-errors, version-slow, deployments-converge, objects-gone. "
    "KV: kv-stale (reads are --seconds late), kv-slow, kv-errors. "
    "R2: r2-slow, r2-errors, r2-cut (contents break off half-way). "
    "Redis: redis-down, redis-slow, redis-errors, redis-rubbish. "
    "Postgres: postgres-down, postgres-slow, postgres-read-only, postgres-full."
)


@app.command()
def add(
    effect: Annotated[str, typer.Argument(help=EFFECTS)],
    *,
    rate: Annotated[
        float, typer.Option(help="Share of the requests that it hits, above 0 to 1.")
    ] = 1,
    path: Annotated[
        str, typer.Option(help="Which calls: a glob over the path after /client/v4.")
    ] = "*",
    method: Annotated[str, typer.Option(help="Which method.")] = "*",
    seconds: Annotated[
        float, typer.Option(help="How slow, how late, how old, or what Retry-After says.")
    ] = 0,
    version: Annotated[
        str | None,
        typer.Option(
            help="Id of the Worker version, for version-errors and -slow; with objects-gone its calls alone fail."
        ),
    ] = None,
    worker: Annotated[
        str | None,
        typer.Option(
            help="Name of the Worker whose Durable Objects are not reached, for objects-gone."
        ),
    ] = None,
    after: Annotated[
        bool, typer.Option("--after", help="The change is made and only its answer is lost.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Turns a fault on.

    Examples:

    pitchey local faults add 429 --rate 0.3 --path '/accounts/*' --seconds 2

    pitchey local faults add cut --after --method POST --path '*/deployments'

    pitchey local faults add stale --seconds 10

    pitchey local faults add 500 --path /graphql

    pitchey local faults add version-errors --rate 0.05 --version 6f0f1c6e-…

    pitchey local faults add deployments-converge --seconds 15

    pitchey local faults add postgres-slow --seconds 0.5

    pitchey local faults add redis-rubbish --rate 0.5

    pitchey local faults add r2-cut

    pitchey local faults add r2-errors --after

    pitchey local faults add kv-stale --seconds 60

    pitchey local faults add objects-gone --worker pitchey-rollouts-staging

    pitchey local faults add objects-gone --worker pitchey-api-staging --version 6f0f1c6e-… --rate 0.5
    """
    fault = daemon().post(
        "/faults",
        {
            "effect": effect,
            "rate": rate,
            "path": path,
            "method": method,
            "seconds": seconds,
            "version": version,
            "worker": worker,
            "after": after,
        },
    )
    if as_json:
        print_json(fault)
        return
    say(f"fault {fault['id']} is on; `pitchey local faults clear {fault['id']}` ends it")


@app.command("list")
def list_all(*, as_json: JsonOption = False) -> None:
    """Shows the faults that are on.

    Example: pitchey local faults list
    """
    faults: list[Json] = daemon().get("/faults")
    if as_json:
        print_json(faults)
    elif faults:
        results().print(fault_table(faults))
    else:
        say("no fault is on")


@app.command()
def clear(
    fault: Annotated[str | None, typer.Argument(help="Id of the fault; all without one.")] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Ends a fault, or all of them.

    Example: pitchey local faults clear
    """
    cleared = daemon().delete("/faults", **({} if fault is None else {"id": fault}))
    if as_json:
        print_json(cleared)
        return
    say(f"{cleared['cleared']} ended")


def fault_table(faults: list[Json]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("fault", "effect", "rate", "seconds", "hits"):
        table.add_column(column)
    for fault in faults:
        struck = [fault["worker"], fault["version"]]
        calls = f"{fault['method']} {fault['path']}"
        hits = " from ".join(filter(None, struck)) or ("all" if calls == "* *" else calls)
        late = " (after the change)" if fault["after"] else ""
        table.add_row(
            fault["id"],
            Text(fault["effect"] + late, style="yellow"),
            f"{fault['rate']:g}",
            f"{fault['seconds']:g}",
            Text(hits),
        )
    return table
