"""Delivery: a new version gets its traffic in steps, and nothing changes for everybody at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity, Where
from ..data.objects import worker_of

_FAMILY: Final = "delivery"
_MOST_VERSIONS: Final = 2
_UNCHANGED: Final = frozenset({"same", "refresh"})
"""What a split that the program leaves as it is shows, whatever the controller has done meanwhile."""
_MAKING: Final = frozenset({"create", "replace", "create-replacement"})
_ROUNDING: Final = 0.0101
"""Percentages have two digits after the point."""
_GRADUAL: Final = (
    "https://developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments/"
)


def _whole(resource: Resource, context: Context) -> Iterator[Finding]:
    versions = resource.inputs["versions"]
    shares = versions.elements()
    if resource.is_deleted:
        return
    if not shares:
        if versions.is_told and versions.exists:
            yield Finding("no version is named, so that none answers", versions)
        return
    if len(shares) > _MOST_VERSIONS:
        yield Finding(
            f"a Worker serves {_MOST_VERSIONS} versions at most, not {len(shares)}", versions
        )
    seen: set[str] = set()
    for share in shares:
        version = share["versionId"]
        if version.text is not None and version.text in seen:
            yield Finding("this version stands in the split twice", version)
        seen.add(version.text or "")
        percentage = share["percentage"].number
        if percentage is not None and not 0 <= percentage <= 100:
            yield Finding("is no share of 100", share["percentage"])
    told = [share["percentage"].number for share in shares]
    total = sum(percentage for percentage in told if percentage is not None)
    if None not in told and abs(total - 100) > _ROUNDING:
        yield Finding(f"the shares add up to {total:g}, not to 100", versions)


def _forced(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.inputs["force"].flag and not resource.is_deleted:
        yield Finding(
            "overrides the check that an older version still fits the secrets",
            resource.inputs["force"],
        )


def _at_once(stack: Stack, context: Context) -> Iterator[Finding]:
    workers = stack.of("Worker")
    for version in stack.of("WorkerVersion"):
        worker = worker_of(version, workers)
        is_first = worker is not None and worker.operation == "create"
        if version.inputs["deploy"].flag and not is_first:
            yield Finding(
                "gives the new version all traffic at once, past the split",
                version.inputs["deploy"],
                version,
            )


def _steps(stack: Stack, context: Context) -> Iterator[Finding]:
    gone = [r for r in stack.deletions if r.kind == "WorkersDeployment"]
    # An id that is not known yet is of a version that is about to be made, and has no share so far.
    makes_versions = any(v.operation in _MAKING for v in stack.of("WorkerVersion"))
    for deployment in stack.of("WorkersDeployment"):
        before = deployment.previous or _same_script(deployment, gone)
        if before is not None and deployment.operation not in _UNCHANGED:
            most = context.configuration.largest_step
            yield from _jumps(deployment, before, most, makes_versions=makes_versions)


def _same_script(deployment: Resource, gone: list[Resource]) -> Resource | None:
    """The deployment that this one takes over from under another name."""
    script = deployment.inputs["scriptName"].text
    named = [other for other in gone if script and other.inputs["scriptName"].text == script]
    return named[0] if named else None


def _jumps(
    deployment: Resource, before: Resource, most: float, *, makes_versions: bool
) -> Iterator[Finding]:
    live = _shares(before.outputs["versions"]) or _shares(before.inputs["versions"])
    if not live:
        return
    largest, first = max(live.values()), next(iter(live))
    for share in deployment.inputs["versions"].elements():
        version, percentage = share["versionId"].text, share["percentage"].number
        is_new = makes_versions and not share["versionId"].is_told
        if percentage is None or (version is None and not is_new):
            continue
        if version == first or live.get(version or "") == largest:  # going back is no jump
            continue
        step = percentage - live.get(version or "", 0.0)
        if step > most:
            said = f"raises the version's share by {step:g} percentage points, and {most:g} are the most"
            yield Finding(said, share["percentage"], deployment)


def _shares(versions: Property) -> dict[str, float]:
    """The share of each version; nothing where one cannot be read."""
    found = [(s["versionId"].text, s["percentage"].number) for s in versions.elements()]
    told = {version: share for version, share in found if version and share is not None}
    return told if len(told) == len(found) else {}


def _empty_route(stack: Stack, context: Context) -> Iterator[Finding]:
    routes = stack.of("WorkersRoute")
    serving = [r.inputs["pattern"].text for r in routes if _has_script(r)]
    serving += [f"{d.inputs['hostname'].text}/*" for d in stack.of("WorkersCustomDomain")]
    # Alone, a route without a script may belong to a Worker of another stack.
    has_workers = bool(serving or stack.of("Worker", "WorkersScript"))
    if any(not r.inputs["pattern"].is_told for r in routes if _has_script(r)):
        return  # the one that the others are exceptions of, perhaps
    for route in routes:
        pattern = route.inputs["pattern"]
        if _has_script(route) or not (has_workers or route.inputs["script"].exists):
            continue
        carved = any(wider and _lies_in(pattern.text, wider) for wider in serving)
        if pattern.is_told and not carved:
            yield Finding(f"no Worker answers at {shown(pattern)}", pattern, route)


def _has_script(route: Resource) -> bool:
    return any(
        name.exists and name.text != "" for name in map(route.inputs.__getitem__, _SCRIPT_NAMES)
    )


_SCRIPT_NAMES: Final = ("script", "scriptName")
"""The second one before version 6."""


def _lies_in(pattern: str | None, wider: str) -> bool:
    """Whether a pattern carves something out of another one: `shop.example/assets/*` out of `shop.example/*`."""
    if pattern is None or pattern == wider:
        return False
    start = wider.strip("*")
    return start in pattern if wider.startswith("*") else pattern.startswith(start)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-whole-split",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a split has one or two different versions whose shares add up to 100, so that each request has one answer",
        kinds=("WorkersDeployment",),
        mend="name one or two versions with shares that add up to 100",
        link=_GRADUAL,
        check=_whole,
    ),
    Rule(
        name="forbid-forced-split",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="force deploys a version that Cloudflare would refuse, such as one from before a secret was changed",
        kinds=("WorkersDeployment",),
        mend="take force out; in an emergency a waiver says until when it stays",
        link="https://developers.cloudflare.com/workers/versions-and-deployments/rollbacks/",
        check=_forced,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-deploy-at-once",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a version that deploys itself takes all traffic before anybody could see it fail",
        kinds=("WorkerVersion", "Worker"),
        mend="take deploy out, and give the version its share in a WorkersDeployment",
        link=_GRADUAL,
        check_stack=_at_once,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="limit-split-step",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a version's share of production's traffic grows in steps, so that a fault reaches few before it is seen",
        kinds=("WorkersDeployment", "WorkerVersion"),
        mend="raise the share by less, or let the rollout controller raise it",
        link=_GRADUAL,
        check_stack=_steps,
        applies=Applies.PRODUCTION,
        where=Where.GATE,
    ),
    Rule(
        name="forbid-empty-route",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a route without a script turns the Worker off where it matches, with its checks and its headers",
        kinds=("WorkersRoute",),
        mend="name the script, or declare the route that this one is an exception of in the same stack",
        link="https://developers.cloudflare.com/workers/configuration/routing/routes/",
        check_stack=_empty_route,
    ),
)
