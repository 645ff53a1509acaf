"""`pitchey cache`: what the caches of a stack hold, taken away or made before it is asked for."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Final

import httpx
import typer
from rich.table import Table
from rich.text import Text

from delivery import api
from delivery.cache.asked import Asked, most_asked
from delivery.cache.purge import Purge, Serving, purge_of
from delivery.cache.purging import Purged, Seen, look
from delivery.cache.purging import purge as purge_caches
from delivery.cache.redis import Redis
from delivery.cache.warming import Outcome, Target, Warming
from delivery.cache.warming import warm as warm_caches
from delivery.cache.zone import ZoneCache
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.commands.stacks import open_stack
from delivery.deployments import Deployments
from delivery.edge import EdgeClient
from delivery.errors import FailedError
from delivery.patient_api import PatientApi
from delivery.progress import Progress
from delivery.rollback.flags import Flags
from delivery.stack import Stack
from settings.names import dataset_name

_URL: Final = "upstashRedisRestUrl"
_TOKEN: Final = "upstashRedisRestToken"  # noqa: S105 (a key)
_EDITION: Final = "cache-edition"
_WORD: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
"""What the Worker takes for an edition; anything else is the first one."""
_REDIS_SECONDS: Final = 5.0
_LEFT: Final = 2
_MOST: Final = 10_000


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=__doc__)
    group.command()(purge)
    group.command()(warm)
    app.add_typer(group, name="cache")


def purge(
    stack: StackArgument,
    *,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="A tag: pitches (every list), pitch:ID. May be given several times."),
    ] = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option(help="Whatever is under a host and path, or under a path of the API."),
    ] = None,
    url: Annotated[
        list[str] | None, typer.Option(help="A URL, or a path of the API with its query.")
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="All that is kept.")] = False,
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Takes answers out of Redis and out of the zone's cache, and asks the edge until it serves nothing from before. Twice does no
    harm. Exit status 2: something is left to do.

    Example: pitchey cache purge staging --tag pitches

    Example: pitchey cache purge production --prefix /api/pitches/ --cloud cloudflare
    """
    progress = Progress()
    target = open_stack(stack, cloud, progress)
    outputs = target.outputs()
    api_url, zone = str(outputs["urls"]["api"]), str(outputs["zoneName"])
    wanted = purge_of(
        tag or (), prefix or (), url or (), everything=everything, api_url=api_url, zone=zone
    )
    with (
        PatientApi(target.variables()) as patient,
        EdgeClient(target.cloud) as edge,
        _redis_client(target) as web,
        progress.stage(f"purge of {stack}"),
    ):
        done = purge_caches(
            wanted,
            lambda: _redis(target, web),
            ZoneCache(patient, str(outputs["zoneId"])),
            lambda: _serving(target, outputs, patient),
            progress.report,
        )
        since = time.monotonic()
        done.seen = look(edge, wanted.shown_at(api_url), since, progress.report)
    done.left += [f"{one.url} may still be answered from before" for one in done.seen if one.is_old]
    _show_purged(wanted, done, as_json=as_json)
    if done.left:
        raise typer.Exit(_LEFT)


def warm(
    stack: StackArgument,
    *,
    top: Annotated[
        int, typer.Option(min=1, max=_MOST, help="So many of what is asked for most.")
    ] = 100,
    version: Annotated[
        str | None,
        typer.Option(
            help="A version's id, though it has no traffic; it must be in the deployment."
        ),
    ] = None,
    limit: Annotated[float, typer.Option(min=1, help="Seconds, at most.")] = 60.0,
    at_once: Annotated[int, typer.Option(min=1, max=32, help="Requests at a time.")] = 4,
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Asks for what was asked for most in the last day, so that it is kept before anybody asks again. On Cloudflare it warms Redis,
    and of the edge the data centre that is nearest. Exit status 2: something could not be had.

    Example: pitchey cache warm staging --top 50
    """
    progress = Progress()
    stack_ = open_stack(stack, cloud, progress)
    outputs, variables = stack_.outputs(), stack_.variables()
    with progress.stage(f"caches of {stack} warmed"), EdgeClient(stack_.cloud) as edge:
        progress.report("asking what is asked for")
        with api.connect(variables) as cloudflare:
            account = variables["CLOUDFLARE_ACCOUNT_ID"]
            wanted = most_asked(cloudflare, account, dataset_name(stack), top)
        worker = str(outputs["workerName"])
        target = Target(edge, str(outputs["urls"]["api"]), worker, version)
        done = warm_caches(target, wanted, seconds=limit, at_once=at_once, report=progress.report)
    _show_warmed(wanted, done, as_json=as_json)
    if done.count(Outcome.FAILED):
        raise typer.Exit(_LEFT)


@contextmanager
def _redis_client(target: Stack) -> Generator[httpx.Client]:
    authority = target.cloud.certificate_authority()
    context = ssl.create_default_context(cafile=authority)
    timeout = httpx.Timeout(_REDIS_SECONDS, connect=2)
    with httpx.Client(verify=context, timeout=timeout, trust_env=False) as client:
        yield client


def _redis(target: Stack, client: httpx.Client) -> Redis:
    """By the stack's secrets. Raises `FailedError` where it has none."""
    kept = target.secrets(target.name) or {}
    values = [
        kept.get(key) or target.cloud.working_secret(key, target.name) for key in (_URL, _TOKEN)
    ]
    url, token = values
    if not url or not token:
        raise FailedError(
            f"pitchey:{_URL} or {_TOKEN} of {target.name} is not set, or cannot be decrypted here",
            "`pulumi config set --secret` sets them; then purge again",
        )
    return Redis(client, url, token)


def _serving(target: Stack, outputs: Mapping[str, Any], patient: PatientApi) -> Serving:
    """Raises `DeliveryError`."""
    kept = Flags(patient, target.name).values([_EDITION])[_EDITION] or ""
    edition = kept.strip() if _WORD.fullmatch(kept.strip()) else ""
    with Deployments(target.variables(), str(outputs["workerName"])) as deployments:
        live = deployments.live()
    return Serving(() if live is None else tuple(live.served), edition)


def _show_purged(wanted: Purge, done: Purged, *, as_json: bool) -> None:
    if as_json:
        told = {
            "purged": str(wanted),
            "tagsInRedis": done.tags,
            "callsToZone": done.calls,
            "seen": [asdict(one) for one in done.seen],
            "left": done.left,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    console = results()
    console.print(f"purged: {wanted}", soft_wrap=True, markup=False)
    if done.tags is not None:
        console.print(f"tags with another generation in Redis: {done.tags:,}")
    if done.calls is not None:
        console.print(f"calls to the zone's cache: {done.calls:,}")
    if done.seen:
        console.print(_seen_table(done.seen))
    for line in done.left:
        console.print(f"left to do: {line}", soft_wrap=True, markup=False)


def _seen_table(seen: Sequence[Seen]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("address", "status", "pitchey-cache", "age"):
        table.add_column(column, overflow="fold")
    for one in seen:
        style = "red" if one.is_old else "green"
        age = "" if one.age is None else f"{one.age} s"
        table.add_row(Text(one.url), str(one.status), Text(one.verdict, style=style), age)
    return table


def _show_warmed(wanted: Sequence[Asked], done: Warming, *, as_json: bool) -> None:
    counts = {outcome.value: done.count(outcome) for outcome in Outcome}
    if as_json:
        rows = [{"path": w.path, "outcome": w.outcome.value, "said": w.said} for w in done.warmed]
        typer.echo(
            json.dumps({"asked": len(done.warmed), **counts, "left": done.left, "rows": rows})
        )
        return
    console = results()
    if not wanted:
        console.print("nothing to warm: nobody has asked for anything since yesterday")
        return
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("asked", "hit before", "made", "kept nowhere", "failed", "not in time"):
        table.add_column(column, justify="right")
    numbers = (len(done.warmed), *counts.values(), done.left)
    table.add_row(*(f"{number:,}" for number in numbers))
    console.print(table)
    if done.failure:
        console.print(f"failed: {done.failure}", soft_wrap=True, markup=False)
