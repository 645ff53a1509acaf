"""Observability: what happens is recorded, somebody is told, and it is known whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity
from ..delivery.versions import runs_code
from ..transport.settings import is_on

_FAMILY: Final = "observability"
_WORKERS: Final = ("Worker", "WorkersScript")
_SERVING: Final = ("WorkerVersion", "WorkersDeployment", "WorkersCustomDomain", "WorkersRoute")
"""What makes a Worker answer: without any of it, a Worker is a name, and its settings may stand elsewhere."""
_LOGS: Final = "https://developers.cloudflare.com/workers/observability/logs/workers-logs/"
_TRACES: Final = "https://developers.cloudflare.com/workers/observability/traces/"
_CREDENTIALS: Final = frozenset(
    {"authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization"}
)
_NOBODY: Final = frozenset(
    {"none", "nobody", "unknown", "todo", "tbd", "fixme", "changeme", "xxx", "na", "n", "a", "me"}
)
_WORD: Final = re.compile(r"[a-z0-9]+")


def _records_itself(resource: Resource) -> bool:
    """Whether what is recorded is up to `observability`: not where logs go to a tail Worker or Logpush."""
    is_idle = resource.kind == "WorkersScript" and not runs_code(resource, resource.inputs)
    is_sent = bool(resource.inputs["logpush"].flag or resource.inputs["tailConsumers"].elements())
    return not (resource.is_deleted or is_idle or is_sent)


def _logged(stack: Stack, context: Context) -> Iterator[Finding]:
    serves = context.production and bool(stack.of(*_SERVING))
    for worker in filter(_records_itself, stack.of(*_WORKERS)):
        observability = worker.inputs["observability"]
        enabled, logs = observability["enabled"], observability.at("logs", "enabled")
        if logs.flag is False:
            yield Finding("no logs are kept", logs, worker)
        elif enabled.flag is False and not logs.flag:
            yield Finding("no logs are kept", enabled, worker)
        elif _is_empty(observability) or (serves and not enabled.exists and not logs.exists):
            yield Finding("no logs are kept unless this is on", enabled, worker)


def _is_empty(observability: Property) -> bool:
    return observability.exists and observability.is_told and not list(observability.entries())


def _traced(resource: Resource, context: Context) -> Iterator[Finding]:
    enabled = resource.inputs.at("observability", "traces", "enabled")
    if enabled.flag is False and not resource.is_deleted:
        yield Finding("no traces are recorded", enabled)


def _sampled(resource: Resource, context: Context) -> Iterator[Finding]:
    if not _records_itself(resource):
        return
    observability = resource.inputs["observability"]
    default = observability["headSamplingRate"]
    for part in (observability["logs"], observability["traces"]):
        rate = part["headSamplingRate"] if part["headSamplingRate"].exists else default
        if rate.number == 0 and part["enabled"].flag is not False:
            yield Finding("of all requests none is recorded", rate)
            return


def _stored(resource: Resource, context: Context) -> Iterator[Finding]:
    if not _records_itself(resource):
        return
    for part in map(resource.inputs["observability"].__getitem__, ("logs", "traces")):
        if part["persist"].flag is False and part["enabled"].flag is not False:
            destinations = part["destinations"]
            if destinations.is_told and not destinations.elements():
                yield Finding("what is recorded goes nowhere", part["persist"])


def _pushed(resource: Resource, context: Context) -> Iterator[Finding]:
    enabled = resource.told("enabled")
    if enabled.flag is False and not resource.is_deleted:
        yield Finding("nothing is sent", enabled)


def _credentials_logged(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted:
        return
    if resource.kind == "LogpushJob":
        for field in resource.inputs.at("outputOptions", "fieldNames").elements():
            if field.word == "cookies":
                yield Finding("cookies are written to the log", field)
        old = resource.inputs["logpullOptions"]
        if "cookies" in re.split(r"[=,&]", (old.text or "").lower()):
            yield Finding("cookies are written to the log", old)
        return
    for rule in resource.inputs["rules"].elements():
        logged = rule["actionParameters"]
        if rule["action"].word != "log_custom_field" or not is_on(rule["enabled"]):
            continue
        for key in ("requestFields", "transformedRequestFields", "responseFields"):
            for field in logged[key].elements():
                if field["name"].word in _CREDENTIALS:
                    yield Finding("a credential is written to the log", field["name"])


def _owned(stack: Stack, context: Context) -> Iterator[Finding]:
    serves = stack.of(*_SERVING)
    wanted = context.configuration.owner_tags
    for worker in stack.of("Worker"):
        tags = worker.inputs["tags"]
        every = tags.elements()
        is_untold = not tags.is_told or not all(tag.is_told for tag in every)
        if is_untold or not (serves or tags.exists):
            continue
        if not any(_names_owner(tag, context) for tag in every):
            example = wanted[0] if wanted else "owner"
            yield Finding(f"no tag says whose it is, such as {example}:platform", tags, worker)


def _names_owner(tag: Property, context: Context) -> bool:
    """`owner:platform`, `team=platform` or `platform-team`."""
    words = set(_WORD.findall((tag.text or "").lower()))
    wanted = {name.lower() for name in context.configuration.owner_tags}
    return bool(wanted & words) and bool(words - wanted - _NOBODY)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-worker-logs",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a Worker whose logs are off leaves nothing to find a fault or an intruder by",
        kinds=(*_WORKERS, *_SERVING),
        mend="set observability.enabled to true, and leave observability.logs.enabled on",
        link=_LOGS,
        check_stack=_logged,
    ),
    Rule(
        name="require-worker-traces",
        family=_FAMILY,
        severity=Severity.LOW,
        why="traces show which call of a slow or failing request was to blame",
        kinds=_WORKERS,
        mend="set observability.traces.enabled to true",
        link=_TRACES,
        check=_traced,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="keep-sampling-above-zero",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="observability that samples no request is on and records nothing",
        kinds=_WORKERS,
        mend="set headSamplingRate to a share of the requests above 0",
        link=_LOGS,
        check=_sampled,
    ),
    Rule(
        name="keep-logs-stored",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="what is recorded must be kept at Cloudflare or be sent somewhere",
        kinds=_WORKERS,
        mend="set persist to true, or name a destination",
        link="https://developers.cloudflare.com/workers/observability/exporting-opentelemetry-data/",
        check=_stored,
    ),
    Rule(
        name="keep-logpush-on",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a Logpush job that is off loses what happens meanwhile: logs are not sent afterwards",
        kinds=("LogpushJob",),
        mend="set enabled to true",
        link="https://developers.cloudflare.com/logs/logpush/logpush-job/enable-destinations/",
        check=_pushed,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-credentials-in-logs",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="who reads a log with cookies or authorisation headers can be anybody whose session is in it",
        kinds=("LogpushJob", "Ruleset"),
        mend="take the field out; log an identifier of the session instead",
        link="https://developers.cloudflare.com/logs/logpush/logpush-job/custom-fields/",
        check=_credentials_logged,
    ),
    Rule(
        name="name-worker-owner",
        family=_FAMILY,
        severity=Severity.LOW,
        why="whoever sees a Worker misbehave at night must know whom to call",
        kinds=(
            "Worker",
            "WorkerVersion",
            "WorkersDeployment",
            "WorkersCustomDomain",
            "WorkersRoute",
        ),
        mend="add a tag such as owner:platform to the Worker's tags",
        link="https://developers.cloudflare.com/workers/configuration/",
        check_stack=_owned,
        applies=Applies.PRODUCTION,
    ),
)
