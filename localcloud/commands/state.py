"""`reset`, `snapshot`, `restore` and `snapshots`: the state as a whole."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from localcloud.commands.options import (
    JsonOption,
    YesOption,
    confirm,
    daemon,
    find_cloud,
    print_json,
    results,
    say,
    size,
    waiting,
)
from localcloud.daemon import snapshots as files

Json = dict[str, Any]
NameArgument = Annotated[str, typer.Argument(help="The snapshot's name.")]


def register(app: typer.Typer) -> None:
    app.command()(reset)
    app.command()(snapshot)
    app.command()(restore)
    app.command()(snapshots)


def reset(*, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Empties the local cloud: every stack on it, its data and its state. Account, token and snapshots stay.

    Example: pitchey local reset --yes
    """
    cloud = daemon()
    confirm(
        "Remove every stack on the local cloud, its data and its state?",
        yes=yes,
        consequence="the local cloud is to be emptied",
    )
    with waiting("emptying the local cloud"):
        done = cloud.post("/reset")
    if as_json:
        print_json(done)
        return
    say("the local cloud is empty; `pitchey up staging` begins anew")


def snapshot(
    name: NameArgument,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of one of that name.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Keeps all that the local cloud holds now, Durable Objects and the engine's state included. Requests wait meanwhile.

    Example: pitchey local snapshot before-rollout
    """
    with waiting("taking a snapshot"):
        done = daemon().post("/snapshots", {"name": name, "replace": replace})
    if as_json:
        print_json(done)
        return
    say(f"kept in {done['path']}; `pitchey local restore {name}` goes back to it")


def restore(name: NameArgument, *, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Goes back to a snapshot. What came after it is lost.

    Example: pitchey local restore before-rollout --yes
    """
    cloud = daemon()
    files.existing(find_cloud().home, name)
    confirm(
        f"Give up the present state for the snapshot {name}?",
        yes=yes,
        consequence="the present state is to be given up for the snapshot",
    )
    with waiting("going back to a snapshot"):
        done = cloud.post("/restore", {"name": name})
    if as_json:
        print_json(done)
        return
    say(f"the local cloud is as it was at {name}")


def snapshots(*, as_json: JsonOption = False) -> None:
    """Lists the snapshots, the oldest first.

    Example: pitchey local snapshots
    """
    found = list(files.listed(find_cloud().home))
    if as_json:
        print_json(found)
        return
    if not found:
        say("there are none; `pitchey local snapshot NAME` takes one")
        return
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("snapshot", "taken", "size"):
        table.add_column(column)
    for row in found:
        table.add_row(row["name"], row["created_on"], size(row["bytes"]))
    results().print(table)
