"""Class migrations: they hold for all objects at once, so they never ride in a split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from ..data.objects import class_changes, declared_classes, id_of, live_classes

_FAMILY: Final = "delivery"


def _split_class_change(stack: Stack, context: Context) -> Iterator[Finding]:
    versions = {id: version for version in stack.of("WorkerVersion") if (id := id_of(version))}
    unmade = [version for version in stack.of("WorkerVersion") if not id_of(version)]
    for deployment in stack.of("WorkersDeployment"):
        shares = [s for s in deployment.inputs["versions"].elements() if s["percentage"].number]
        if len(shares) < 2:
            continue
        ids = [share["versionId"].text for share in shares]
        serving = [versions[id] for id in ids if id in versions]
        newest = None
        if any(not share["versionId"].is_told for share in shares):
            # The one version that is yet to be made is the one whose id is not known yet.
            if ids.count(None) != 1 or len(unmade) != 1:
                continue
            newest = unmade[0]
            serving.append(newest)
        for version in serving:
            change = _class_change(version)
            others = [other for other in serving if other is not version]
            is_past = any(other is newest or _is_newer(other, version) for other in others)
            if change is None or is_past:
                continue
            if not _served_alone(deployment, id_of(version)):
                yield Finding(
                    "changes Durable Object classes for all objects, while an older version serves, too",
                    change,
                    version,
                )


def _class_change(version: Resource) -> Property | None:
    for change in class_changes(version):
        return change
    entries = declared_classes(version)
    for entry in entries.values():
        if entry["state"].word in {"deleted", "renamed", "transferred", "expecting-transfer"}:
            return entry["state"]
    if version.previous is not None and version.previous.inputs["exports"].exists:
        fresh = live_classes(version) - live_classes(version.previous)
        return next((entries[name] for name in sorted(fresh)), None)
    return None


def _is_newer(version: Resource, than: Resource) -> bool:
    """Whether a version was made after another, whose migration has run by then."""
    here, there = version.outputs["number"].number, than.outputs["number"].number
    if here is not None and there is not None:
        return here > there
    made, before = version.outputs["createdOn"].text, than.outputs["createdOn"].text
    return made is not None and before is not None and made > before


def _served_alone(deployment: Resource, version: str | None) -> bool:
    """Whether the version had all traffic before this split."""
    before = deployment.previous
    shares = before.inputs["versions"].elements() if before is not None else []
    return [s["versionId"].text for s in shares if s["percentage"].number] == [version]


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="keep-class-changes-whole",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a class migration holds for all objects at once, so the other version of a split finds them changed",
        kinds=("WorkerVersion", "WorkersDeployment"),
        mend="deploy the version that changes classes to all traffic by itself, and split the next one",
        link="https://developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments/with-durable-objects/",
        check_stack=_split_class_change,
    ),
)
