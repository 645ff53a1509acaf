"""The gate: what is about to be done to a stack is previewed, judged whole, and applied only as it was judged.

The engine's own run of the pack sees every value, secrets too, and nothing of deletions, options and what is now; the
preview shows all of those and no secret. The gate puts both verdicts together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from delivery import events
from delivery.engine import Result
from delivery.errors import FailedError, RefusedError
from delivery.policy.configured import configured_secrets
from delivery.policy.previewed import preview_document, previewed_stack
from delivery.split import Share
from delivery.stack import Stack
from policies.configuration import ConfigurationError, read_configuration
from policies.credentials import without_secrets
from policies.documents import DocumentError, stack_of_state
from policies.judging import KEEP_WAIVERS_VALID, Judge, Pending, Verdict, Violation
from policies.masking import MASK, masked
from policies.properties import HIDDEN, Property
from policies.registry import RULES, rule_named
from policies.resources import Resource
from policies.resources import Stack as JudgedStack
from policies.rule import Context, Severity, Where
from policies.waivers import read_waivers
from settings.project import PROJECT

_DEPLOYMENT: Final = "cloudflare:index/workersDeployment:WorkersDeployment"


@dataclass(frozen=True)
class Judged:
    """A preview, what it would do and what the policies say of it."""

    result: Result
    document: Mapping[str, Any]
    verdict: Verdict

    @property
    def shown(self) -> str:
        """What the engine printed. It knows no secret by its shape, and shows what a program does not mark as one."""
        return without_secrets(self.result.output, MASK)

    def refuse(self, stack: str) -> None:
        """Raises `RefusedError` when the verdict stops it."""
        if self.verdict.stops:
            rules = sorted({v.rule for v in self.verdict.violations if v.mandatory})
            raise RefusedError(
                f"policy stops {stack}, and nothing was changed: {', '.join(rules)}",
                "mend what is named, or decide on a waiver (docs/policies.md)",
            )


def judged_preview(stack: Stack, save_plan: Path | None = None) -> Judged:
    """Previews a stack that is held, and judges it. Raises `DeliveryError` where it could not be judged."""
    judge = judge_of(stack.name)
    others = other_stacks(stack)
    result = stack.preview(save_plan)
    document = preview_document(result.events)
    try:
        planned = previewed_stack(document, stack.name, PROJECT, others)
    except DocumentError as error:
        raise FailedError(f"the preview of {stack.name} could not be judged: {error}") from None
    planned, unread = _with_secrets(planned, stack)
    verdict = together(judge.judge(planned), result.events)
    if result.exit_status != 0 and not verdict.stops:
        raise FailedError(f"the preview of {stack.name} failed, and nobody said why")
    return Judged(result, document, replace(verdict, pending=[*verdict.pending, *unread]))


def _with_secrets(planned: JudgedStack, stack: Stack) -> tuple[JudgedStack, list[Pending]]:
    """Two stacks that share a secret are found by comparing what was configured."""
    if not planned.others:
        return planned, []
    unread: list[Pending] = []
    compared: dict[str, JudgedStack] = {}
    for one in (planned, *planned.others.values()):
        values = stack.secrets(one.name)
        if values is None:
            reason = f"the configuration of stack {one.name} cannot be decrypted here"
            unread.append(Pending("separate-secrets", planned.urn, "", reason))
        secrets = configured_secrets(one.name, values or {})
        compared[one.name] = replace(one, resources=[*one.resources, *secrets])
    own = compared.pop(planned.name)
    return replace(own, others=compared), unread


def warned(result: Result) -> list[str]:
    """The rules that warned in a run that went through."""
    events_of_rules = (e.policy for e in _of_pack(result.events) if rule_named(e.policy))
    return sorted(set(events_of_rules))


def judge_of(stack: str) -> Judge:
    """Raises `FailedError` for a pack whose files cannot be read: what is not judged does not pass."""
    try:
        configuration = read_configuration()
        waivers, bad = read_waivers()
    except ConfigurationError as error:
        raise FailedError(f"policies/{error}", "without it nothing can be judged") from None
    production = configuration.is_production(stack)
    context = Context(stack, production, datetime.now(UTC).date(), configuration)
    return Judge(RULES, context, waivers, bad)


def other_stacks(stack: Stack) -> dict[str, JudgedStack]:
    """The project's other stacks as they are now; one that was never up has nothing to share."""
    found: dict[str, JudgedStack] = {}
    for name, state in stack.other_states().items():
        try:
            found[name] = stack_of_state(state)
        except DocumentError as error:
            raise FailedError(f"the state of stack {name} could not be read: {error}") from None
    return found


def refuse_jump(stack: str, script: str, live: Sequence[Share], wanted: Sequence[Share]) -> None:
    """Judges a split by itself. Raises `RefusedError` for one that a person may not make at once."""
    urn = f"urn:pulumi:{stack}::{PROJECT}::{_DEPLOYMENT}::traffic"
    before = Resource(urn, _DEPLOYMENT, Property(_split(script, live)))
    after = Resource(
        urn, _DEPLOYMENT, Property(_split(script, wanted)), operation="update", previous=before
    )
    judge = judge_of(stack)
    judge.rules = [rule for rule in judge.rules if rule.covers(after)]
    alone = JudgedStack(stack, PROJECT, [after], is_whole=False)
    found = [*judge.judge_resource(after).violations, *judge.judge_stack(alone).violations]
    stopping = [violation for violation in found if violation.mandatory]
    if stopping:
        first = stopping[0]
        raise RefusedError(f"policy stops this split of {stack}: {first.message}", first.mend)


def _split(script: str, shares: Sequence[Share]) -> dict[str, Any]:
    return {
        "scriptName": script,
        "strategy": "percentage",
        "annotations": {"workersMessage": "pitchey split"},
        "versions": [
            {"versionId": s.version_id, "percentage": float(s.percentage)} for s in shares
        ],
    }


def together(judged: Verdict, told_by_engine: Sequence[events.Event]) -> Verdict:
    """What the gate read and what the pack saw in the engine, each violation once."""
    known = {(v.rule, v.urn) for v in judged.violations}
    waived = {(w.violation.rule, w.violation.urn) for w in judged.waived}
    added = [
        violation
        for violation in map(_violation, _of_pack(told_by_engine))
        if violation is not None and (violation.rule, violation.urn) not in known | waived
    ]
    pending = [p for p in judged.pending if not _was_seen_by_pack(p)]
    return replace(judged, violations=[*judged.violations, *added], pending=pending)


def _of_pack(told_by_engine: Sequence[events.Event]) -> list[events.Violation]:
    return [e for e in told_by_engine if isinstance(e, events.Violation)]


def _violation(event: events.Violation) -> Violation | None:
    """None for what the gate says itself, or is no violation."""
    rule, mandatory = rule_named(event.policy), event.level == "mandatory"
    if event.policy == KEEP_WAIVERS_VALID or (rule is None and not mandatory):
        return None
    if rule is None:
        # Of another pack: one that Pulumi Cloud enforces, say.
        return Violation(
            event.policy,
            event.pack,
            Severity.HIGH,
            event.urn,
            masked(event.message, ()),
            f"see what the pack {event.pack} asks for",
            mandatory=True,
        )
    said = event.message.removesuffix(f"; {rule.mend}")
    return Violation(
        rule.name, rule.family, rule.severity, event.urn, said, rule.mend, mandatory=mandatory
    )


def _was_seen_by_pack(pending: Pending) -> bool:
    """The pack is shown secrets that a preview's document hides."""
    rule = rule_named(pending.rule)
    return rule is not None and rule.where is Where.PACK and pending.reason == HIDDEN.value
