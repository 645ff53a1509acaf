"""The pack as the engine's analyzer: the protocol on one side, the judge on the other.

It serves Pulumi's analyzer protocol (`pulumi/analyzer.proto`) itself, rather than by way of `pulumi_policy`. That SDK
takes the marks of secrets off before a rule sees a value, and reads each resource's properties anew for every rule; here
a rule sees which values are secret, and a resource is read once.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import grpc
import yaml
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from .configuration import Configuration, ConfigurationError, read_configuration
from .documents import value_of
from .judging import KEEP_WAIVERS_VALID, WAIVERS_FAMILY, Judge, Pending, Verdict, Violation
from .properties import Property
from .registry import RULES
from .resources import STACK, Resource, Stack
from .rule import Context, Rule, Severity, Where
from .waivers import read_waivers

NAME: Final = "cloudflare-checklist"
SAY_PENDING: Final = "say-what-is-pending"
_HERE: Final = Path(__file__).parent
_LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; what the engine's own SDKs allow."""
_SEEN_HERE: Final = (Where.PACK,)
_SEVERITIES: Final = {
    Severity.LOW: proto.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: proto.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: proto.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: proto.POLICY_SEVERITY_CRITICAL,
}
_MOST_PENDING_TOLD: Final = 5


class Analyzer(proto.AnalyzerServicer):
    """Judges each resource before it is created or changed, and the whole when all are declared."""

    def __init__(self, judges: Callable[[str], Judge], stack: str = "") -> None:
        """`judges` makes the judge of a stack by its name."""
        self._judges = judges
        self._judge = judges(stack)
        self._raised: dict[str, bool] = {}
        self._declared: dict[str, Resource] = {}
        self._pending: list[Pending] = []
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def GetPluginInfo(self, request: object, context: object) -> Any:
        del request, context
        return proto.PluginInfo(version=_version())

    def ConfigureStack(self, request: Any, context: object) -> Any:
        del context
        with self._lock:
            self._judge = self._judges(request.stack)
        return proto.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: object, context: object) -> Any:
        del request, context
        return proto.AnalyzerInfo(
            name=NAME,
            version=_version(),
            supportsConfig=True,
            policies=[_info(rule, self._judge.context) for rule in _listed(self._judge)],
        )

    def Configure(self, request: Any, context: object) -> Any:
        """Levels of `--policy-pack-config`: they can raise what only warns; nothing turns off what stops production."""
        del context
        for name, given in request.policyConfig.items():
            self._raised[name] = given.enforcementLevel == proto.MANDATORY
        return empty_pb2.Empty()

    def Remediate(self, request: object, context: object) -> Any:
        """Nothing is changed behind a program's back."""
        del request, context
        return proto.RemediateResponse()

    def Cancel(self, request: object, context: object) -> Any:
        del request, context
        self.ended.set()
        return empty_pb2.Empty()

    def Analyze(self, request: Any, context: object) -> Any:
        del context
        resource = _resource(request)
        with self._lock:
            self._take_stack_of(resource)
            self._declared[resource.urn] = resource
            verdict = self._judge.judge_resource(resource, _SEEN_HERE)
            self._pending.extend(verdict.pending)
        return self._response(verdict)

    def AnalyzeStack(self, request: Any, context: object) -> Any:
        del context
        resources: list[Resource] = []
        for told in request.resources:
            resource = _resource(told)
            # What the program declared says more than what came of it.
            declared = self._declared.get(resource.urn)
            resources.append(
                resource if declared is None else replace(declared, outputs=resource.inputs)
            )
        project = resources[0].urn.split("::")[1] if resources else ""
        with self._lock:
            for resource in resources[:1]:
                self._take_stack_of(resource)
            stack = Stack(self._judge.context.stack, project, resources)
            verdict = self._judge.judge_stack(stack, _SEEN_HERE)
            waivers = self._judge.judge_waivers(stack, _SEEN_HERE)
            pending = [*self._pending, *verdict.pending]
        response = self._response(verdict)
        response.diagnostics.extend(self._response(waivers).diagnostics)
        if pending:
            response.diagnostics.append(_told_pending(pending, stack.urn))
        return response

    def _take_stack_of(self, resource: Resource) -> None:
        """Engines before `ConfigureStack` tell the stack's name in the URNs alone."""
        name = resource.urn.split("::", 1)[0].rsplit(":", 1)[-1]
        if name != self._judge.context.stack:
            self._judge = self._judges(name)

    def _response(self, verdict: Verdict) -> Any:
        diagnostics = [self._diagnostic(violation) for violation in verdict.violations]
        diagnostics += [
            _diagnostic(w.violation, f"{w.violation.message} ({w.waiver.told})", mandatory=False)
            for w in verdict.waived
        ]
        return proto.AnalyzeResponse(diagnostics=diagnostics)

    def _diagnostic(self, violation: Violation) -> Any:
        mandatory = violation.mandatory or self._raised.get(violation.rule, False)
        return _diagnostic(violation, f"{violation.message}; {violation.mend}", mandatory=mandatory)


def _diagnostic(violation: Violation, message: str, *, mandatory: bool) -> Any:
    return proto.AnalyzeDiagnostic(
        policyName=violation.rule,
        policyPackName=NAME,
        policyPackVersion=_version(),
        message=message,
        urn=violation.urn,
        enforcementLevel=proto.MANDATORY if mandatory else proto.ADVISORY,
        severity=_SEVERITIES[violation.severity],
    )


def _told_pending(pending: Sequence[Pending], urn: str) -> Any:
    places = dict.fromkeys(f"{p.urn.rsplit('::', 1)[-1]}: {p.place}" for p in pending)
    told = ", ".join(list(places)[:_MOST_PENDING_TOLD])
    more = (
        f" and {len(places) - _MOST_PENDING_TOLD} more" if len(places) > _MOST_PENDING_TOLD else ""
    )
    return proto.AnalyzeDiagnostic(
        policyName=SAY_PENDING,
        policyPackName=NAME,
        policyPackVersion=_version(),
        message=f"not known yet, and judged when it is applied: {told}{more}",
        urn=urn,
        enforcementLevel=proto.ADVISORY,
        severity=proto.POLICY_SEVERITY_LOW,
    )


def _listed(judge: Judge) -> Iterable[Rule]:
    yield from (rule for rule in judge.rules if rule.where in _SEEN_HERE)
    for name, why in (
        (
            KEEP_WAIVERS_VALID,
            "A waiver is for one thing, has an owner and ends, or it hides what nobody decided",
        ),
        (SAY_PENDING, "What could not be judged yet is said, so that nobody takes it for passed"),
    ):
        yield Rule(
            name=name,
            family=WAIVERS_FAMILY,
            severity=Severity.HIGH if name == KEEP_WAIVERS_VALID else Severity.LOW,
            why=why,
            kinds=(STACK,),
            mend="correct the waiver, or take it out",
            link="https://www.pulumi.com/docs/iac/crossguard/",
            check_stack=lambda _stack, _context: (),
        )


def _info(rule: Rule, context: Context) -> Any:
    return proto.PolicyInfo(
        name=rule.name,
        description=rule.why,
        enforcementLevel=proto.MANDATORY if rule.is_mandatory(context) else proto.ADVISORY,
        policy_type=(
            proto.POLICY_TYPE_RESOURCE if rule.check is not None else proto.POLICY_TYPE_STACK
        ),
        severity=_SEVERITIES[rule.severity],
        tags=[rule.family],
        remediation_steps=rule.mend,
        url=rule.link,
    )


def _resource(request: Any) -> Resource:
    """Raises `DocumentError` for properties that cannot be read: the engine stops then, and so it should."""
    inputs = value_of(json_format.MessageToDict(request.properties))
    return Resource(
        urn=request.urn,
        type=request.type,
        inputs=Property(inputs),
        parent=request.options.parent or None,
        protect=request.options.protect,
    )


@cache
def _version() -> str:
    content: Any = yaml.safe_load((_HERE / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    return str(content["version"])


def judge_for(stack: str, configuration: Configuration) -> Judge:
    """Raises `ConfigurationError` for waivers that cannot be read."""
    waivers, bad = read_waivers()
    context = Context(
        stack, configuration.is_production(stack), datetime.now(UTC).date(), configuration
    )
    return Judge(RULES, context, waivers, bad)


def main() -> None:
    """Serves until the engine goes; prints the port, as a plugin does."""
    try:
        configuration = read_configuration()
        analyzer = Analyzer(
            lambda stack: judge_for(stack, configuration), os.environ.get("PULUMI_STACK", "")
        )
    except ConfigurationError as error:
        sys.exit(f"the policy pack cannot be used: {error}")
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4),
        options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        analyzer.ended.wait()
    server.stop(1)
