"""Separation of addresses: production answers at its own hosts alone, and the others only at theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity
from ..access.coverage import Coverage, coverage
from .names import is_named_environment
from .uses import across, id_of

_FAMILY: Final = "separation"
_WORKERS: Final = ("Worker", "WorkersScriptSubdomain")
_ACCESS: Final = "ZeroTrustAccessApplication"
_LINK: Final = "https://developers.cloudflare.com/workers/configuration/routing/workers-dev/"


def _switches(resource: Resource) -> Property:
    """Where `enabled` and `previewsEnabled` stand."""
    return resource.inputs["subdomain"] if resource.kind == "Worker" else resource.inputs


def _workers_dev(stack: Stack, context: Context) -> Iterator[Finding]:
    guarded = coverage(stack)
    for resource in stack.of(*_WORKERS):
        enabled = _switches(resource)["enabled"]
        if enabled.flag is not True or _is_guarded(resource, guarded, previews=False):
            continue
        yield Finding("it answers at workers.dev, past the zone's firewall", enabled, resource)


def _preview_urls(stack: Stack, context: Context) -> Iterator[Finding]:
    guarded = coverage(stack)
    for resource in stack.of(*_WORKERS):
        switches = _switches(resource)
        previews, enabled = switches["previewsEnabled"], switches["enabled"]
        if _is_guarded(resource, guarded, previews=True):
            continue
        if previews.flag is True:
            yield Finding("every uploaded version is open to everybody", previews, resource)
            continue
        follows = not previews.exists and enabled.flag is True
        # Workers with Durable Objects get no preview addresses; declared on, they still must not be.
        if follows and not _has_objects(resource, stack):
            said = "previews follow workers.dev where they are not turned off"
            yield Finding(said, enabled, resource)


def _is_guarded(worker: Resource, guarded: Coverage, *, previews: bool) -> bool:
    ids = {id_of(worker), worker.outputs["workerId"].text}
    names = [worker.inputs[key] for key in ("name", "scriptName")]
    name = next((place.word for place in names if place.word), "")
    if guarded.hosts and not all(place.is_told for place in names):
        return True  # one of the hosts that Access guards may turn out to be its
    return guarded.may_cover_worker({id for id in ids if id}, name, previews=previews)


def _has_objects(worker: Resource, stack: Stack) -> bool:
    names = {id_of(worker), worker.inputs["name"].text, worker.inputs["scriptName"].text} - {None}
    return any(
        binding["type"].word == "durable_object_namespace" and not binding["scriptName"].exists
        for code in stack.of("WorkerVersion", "WorkersScript")
        if {code.inputs["workerId"].text, code.inputs["scriptName"].text} & names
        for binding in code.inputs["bindings"].elements()
    )


def _wide_routes(stack: Stack, context: Context) -> Iterator[Finding]:
    if not is_named_environment(context):
        return
    zones = stack.of("Zone")
    own_ids = {id_of(zone) for zone in zones} - {None}
    others = across(stack, context)
    their_zones = {zone for other in others for zone in _zones_of(other)}
    own_names = {zone.inputs["name"].word for zone in zones} - {None}
    for route in stack.of("WorkersRoute"):
        pattern = route.inputs["pattern"]
        host = (pattern.word or "").split("://")[-1].partition("/")[0]
        if not host.startswith("*") or (route.inputs["script"].text == ""):
            continue
        zone = route.inputs["zoneId"]
        rest = host.lstrip("*").lstrip(".-")
        is_own = rest in own_names or zone.text in own_ids
        if others and zone.text is not None:
            is_own = is_own or zone.text not in their_zones
        if (
            not is_own
            and zone.is_told
            and "other" not in context.configuration.environments_in(rest)
        ):
            yield Finding("it takes the visitors of every host of the zone", pattern, route)


def _zones_of(stack: Stack) -> Iterator[str | None]:
    for resource in stack.resources:
        yield resource.id if resource.kind == "Zone" else resource.inputs["zoneId"].text


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-workers-dev",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="In production a Worker answers in its zone alone: workers.dev is past firewall, rate limits and TLS floor",
        kinds=(*_WORKERS, _ACCESS),
        mend="set enabled of the subdomain to false, and give the Worker a custom domain or a route",
        link=_LINK,
        check_stack=_workers_dev,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-preview-urls",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="In production no version answers before the split gives it traffic: preview addresses are open and unlogged",
        kinds=(*_WORKERS, _ACCESS),
        mend="set previewsEnabled of the subdomain to false",
        link="https://developers.cloudflare.com/workers/configuration/previews/",
        check_stack=_preview_urls,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="limit-routes",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Outside production a route names its host, or it takes production's visitors in a zone that both share",
        kinds=("WorkersRoute", "Zone"),
        mend="write the host of the environment into the pattern",
        link="https://developers.cloudflare.com/workers/configuration/routing/routes/",
        check_stack=_wide_routes,
        applies=Applies.OUTSIDE_PRODUCTION,
        hardening=False,
    ),
)
