"""Why a run of the engine did not go through, in one line for each cause, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from delivery.engine import Result
from delivery.errors import NO_ROOM, FailedError, RefusedError, disk_full
from delivery.events import Diagnostic, Step, Summary, Violation

_NOT_AS_PLANNED: Final = re.compile(r"violates plan: (.*)", re.DOTALL)
_CHANGED_PROPERTY: Final = re.compile(r"(?:^|, |: )[~=+-]{2}([A-Za-z]+)\[")


def stopping_violations(result: Result) -> list[Violation]:
    return [e for e in result.events if isinstance(e, Violation) and e.level == "mandatory"]


def failure_of(command: str, result: Result) -> FailedError | RefusedError:
    violations = stopping_violations(result)
    if violations:
        lines = [f"{v.urn.rsplit('::', 1)[-1]}: {v.policy}: {v.message}" for v in violations]
        return RefusedError(
            "\n".join([f"policy refuses this {command}:", *lines]), "mend what the policy names"
        )
    said = [
        event
        for event in result.events
        if isinstance(event, Diagnostic) and event.severity == "error"
    ]
    failed = [
        event for event in result.events if isinstance(event, Step) and event.phase == "failed"
    ]
    if NO_ROOM in result.output:
        return disk_full()
    lines = _lines(said)
    if not lines:
        lines = [line for line in result.output.splitlines() if line.startswith("error:")]
        lines = [line.removeprefix("error:").strip() for line in lines]
    if not lines and result.exit_status < 0:
        lines = [f"the engine was ended by signal {-result.exit_status}"]
    kind = FailedError if failed or result.exit_status < 0 else RefusedError
    return kind(
        "\n".join(lines or [f"`pulumi {command}` ended with status {result.exit_status}"]),
        _how_it_goes_on(result, bool(failed)),
    )


def _how_it_goes_on(result: Result, failed: bool) -> str | None:
    if result.exit_status < 0:
        return "the same command goes on from here"
    done = next((e for e in reversed(result.events) if isinstance(e, Summary)), None)
    if not failed or done is None:
        return None
    if done.changed == 0:
        return "nothing was changed: mend it, then run the same command again"
    return f"the same command goes on from here: {done.changed} resources were done and are kept"


def _without_values(message: str) -> str:
    """What is not as planned is told by the engine with old and new values, secrets among them."""
    match = _NOT_AS_PLANNED.search(message)
    if match is None:
        return message
    changed = ", ".join(dict.fromkeys(_CHANGED_PROPERTY.findall(match[1])))
    what = f" ({changed})" if changed else ""
    return f"is not what the plan says{what}: it changed after the preview, so preview it again"


def _lines(said: Sequence[Diagnostic]) -> list[str]:
    """Each message once, with the resources that it is about."""
    about: dict[str, list[str]] = {}
    for diagnostic in said:
        message = _without_values(diagnostic.message.removeprefix("error:").strip())
        if not message or message.startswith(("update failed", "preview failed")):
            continue
        resources = about.setdefault(message, [])
        if diagnostic.resource is not None and "pulumi:pulumi:Stack" not in diagnostic.urn:
            resources.append(diagnostic.resource)
    return [
        f"{', '.join(dict.fromkeys(resources))}: {message}" if resources else message
        for message, resources in about.items()
    ]
