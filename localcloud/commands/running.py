"""`up`, `down` and `status`."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from localcloud.commands.options import (
    JsonOption,
    daemon,
    find_cloud,
    print_json,
    results,
    say,
    size,
    waiting,
)
from localcloud.daemon import lifecycle
from localcloud.daemon.client import DaemonClient
from localcloud.daemon.home import DEFAULT_PORT

Json = dict[str, Any]


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
    app.command()(status)


def up(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            help=f"The API's port; the edge takes the next two. Remembered. [default: {DEFAULT_PORT}]"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Starts the local cloud if it is not running: Cloudflare's API, and the edge on HTTP and HTTPS.

    Example: pitchey local up --port 4900
    """
    cloud = find_cloud()
    with waiting("starting the local cloud") as report:
        cloud.start_daemon(report, port)
    _show(DaemonClient(cloud.home).get("/status"), as_json=as_json)


def down(*, as_json: JsonOption = False) -> None:
    """Stops the local cloud and every process of it. Its state stays.

    Example: pitchey local down
    """
    with waiting("stopping the local cloud"):
        stopped = find_cloud().stop()
    if as_json:
        print_json({"stopped": stopped})
    for process in [] if as_json else stopped or ["nothing: it was not running"]:
        say(f"stopped {process}")


def status(*, as_json: JsonOption = False) -> None:
    """Shows processes, ports, memory, state, what is deployed with which weights, and the faults that are on.

    Example: pitchey local status --json
    """
    cloud = find_cloud()
    if lifecycle.find(cloud.home) is None and as_json:
        print_json({"running": False})
        return
    _show(daemon().get("/status"), as_json=as_json)


def _show(status: Json, *, as_json: bool) -> None:
    if as_json:
        print_json({"running": True, **status})
        return
    console = results()
    console.print(f"local cloud of {status['project']}", style="bold", soft_wrap=True)
    console.print(_facts(status))
    if status.get("data"):
        from localcloud.commands.data import data_shown  # noqa: PLC0415 (only when there are any)

        console.print(data_shown(status["data"]))
    if status["deployments"]:
        console.print(_deployments(status))
    if status["faults"]:
        console.print(_faults(status))
    if status["edge_error"]:
        console.print(Text(f"EDGE {status['edge_error']}", style="bold red"), soft_wrap=True)
    for route in status["unknown_routes"]:
        console.print(Text(f"UNKNOWN ROUTE {route}", style="bold red"), soft_wrap=True)


def _facts(status: Json) -> Table:
    table = Table.grid(padding=(0, 2))
    uptime = timedelta(seconds=max(0, int(time.time() - status["since"])))
    memory = sum(process["memory_bytes"] for process in status["processes"])
    rows = {
        "API": status["api"],
        "HTTP": f"http://<host>.localhost:{status['http_port']}",
        "HTTPS": f"https://<host>.localhost:{status['https_port']}",
        "Redis": status["redis"],
        "Sentry": f"{status['sentry']}, `pitchey local errors` shows what came",
        "account": status["account"],
        "up": str(uptime),
        "state": f"{size(status['state_bytes'])} in {status['home']}",
        "memory": f"{size(memory)} in {len(status['processes'])} processes",
    }
    for name, value in rows.items():
        table.add_row(Text(name, style="dim"), Text(value))
    for process in status["processes"]:
        memory = size(process["memory_bytes"])
        table.add_row(
            "", Text(f"{process['name']}, process {process['pid']}, {memory}", style="dim")
        )
    return table


def _deployments(status: Json) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("Worker", "version", "number", "share"):
        table.add_column(column)
    for deployment in status["deployments"]:
        for version in deployment["versions"]:
            share = f"{version['percentage']:g} %"
            table.add_row(deployment["worker"], version["id"], str(version["number"]), share)
    return table


def _faults(status: Json) -> Table:
    from localcloud.commands.faults import fault_table  # noqa: PLC0415 (a family of its own)

    return fault_table(status["faults"])
