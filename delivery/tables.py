"""What `up` and `status` show at their end."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from delivery.clouds import Cloud
from delivery.progress import Stage

Json = Mapping[str, Any]
_FRAME = 4
"""Columns that the frame around the table takes."""


def try_next(stack: str, outputs: Json, cloud: Cloud) -> list[str]:
    """Commands that work as they are printed."""
    health = cloud.open_url(str(outputs["workerUrl"])) + "/health"
    certificate = " --cacert .pitchey/local/ca.pem" if health.startswith("https") else ""
    local = cloud.name == "local"
    curl = f"curl{certificate if local else ''} {health}"
    share = _idle_version(outputs)
    if share is not None:
        # `make up` runs without the virtual environment's folder on PATH.
        program = "pitchey" if shutil.which("pitchey") else ".venv/bin/pitchey"
        return [curl, f"{program} split {stack} stable=90 uploaded=10"]
    return [
        curl,
        f"edit worker/src, then `make up{'' if stack == 'staging' else f' STACK={stack}'}`",
    ]


def _idle_version(outputs: Json) -> str | None:
    """The uploaded version, when it has no traffic."""
    uploaded = outputs.get("uploadedVersionId")
    live = {share["versionId"] for share in outputs.get("split") or ()}
    return str(uploaded) if uploaded and uploaded not in live else None


def links(outputs: Json, cloud: Cloud, width: int) -> Table:
    """`width` in columns: an address is never cut, so in a narrow terminal it stands without what it leads to."""
    urls: dict[str, str] = dict(outputs.get("urls") or {})
    site = f"https://{outputs.get('pagesProject')}.pages.dev"
    # It has a session only beside a Worker's own address on a local cloud: elsewhere pages.dev and the API are two sites.
    if cloud.open_url(site) != site and "worker" in urls:
        urls["site"] = site
    # What opens without a certificate stands first.
    behind = {
        "site": "the front end",
        "worker": "workers.dev",
        "api": "the Worker under its domain",
        "app": f"Pages project {outputs.get('pagesProject')}",
        "uploads": f"bucket {outputs.get('bucketName')}",
    }
    rows = [(name, cloud.open_url(urls[name]), behind[name]) for name in behind if urls.get(name)]
    widest = sum(max((len(row[column]) for row in rows), default=0) + 2 for column in range(3))
    table = Table.grid(padding=(0, 2))
    for name, opened, what in rows:
        address = Text(opened, style=f"cyan link {opened}", overflow="fold")
        cells = [Text(name, style="dim"), address, Text(what, style="dim")]
        table.add_row(*(cells if widest <= width else cells[:2]))
    return table


def versions(outputs: Json) -> Table:
    table = Table.grid(padding=(0, 2))
    split: Sequence[Json] = outputs.get("split") or ()
    for share in split:
        percentage = float(share["percentage"])
        bar = "█" * round(percentage / 5)
        role = "candidate" if share["versionId"] == outputs.get("candidateVersionId") else "stable"
        table.add_row(
            Text(role, style="green" if role == "stable" else "yellow"),
            Text(str(share["versionId"]), overflow="fold"),
            Text(f"{percentage:g} %", justify="right"),
            Text(bar, style="green" if role == "stable" else "yellow", overflow="crop"),
        )
    idle = _idle_version(outputs)
    if idle is not None:
        table.add_row(
            Text("uploaded", style="dim"),
            Text(idle, overflow="fold"),
            Text("0 %"),
            Text("without traffic", style="dim"),
        )
    return table


def timings(stages: Sequence[Stage]) -> Table:
    table = Table.grid(padding=(0, 2))
    for stage in stages:
        table.add_row(Text(stage.name), Text(f"{stage.seconds:.1f} s", justify="right"))
    total = sum(stage.seconds for stage in stages)
    table.add_row(Text("together", style="bold"), Text(f"{total:.1f} s", style="bold"))
    return table


def show_stack(
    console: Console, stack: str, outputs: Json, cloud: Cloud, stages: Sequence[Stage] = ()
) -> None:
    """The table at the end of `up`: what opens, what serves, how long it took, what to try."""
    sections: list[Table | Text] = [
        Text("opens", style="bold"),
        links(outputs, cloud, console.width - _FRAME),
        Text("serves", style="bold"),
        versions(outputs),
    ]
    if stages:
        sections += [Text("took", style="bold"), timings(stages)]
    sections.append(Text("try next", style="bold"))
    commands = Table.grid(padding=(0, 2))
    for command in try_next(stack, outputs, cloud):
        commands.add_row(Text(command, style="cyan", overflow="fold"))
    sections.append(commands)
    title = f"{outputs.get('workerName', stack)} on {cloud.name}"
    if console.is_terminal:
        console.print(Panel(Group(*sections), title=title, box=ROUNDED, expand=False))
    else:
        console.print(title)
        for section in sections:
            console.print(section, soft_wrap=True)
