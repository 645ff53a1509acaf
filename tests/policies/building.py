"""Resources and stacks as tests build them, and what the rules say of them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from policies.configuration import Configuration
from policies.judging import Judge, Verdict
from policies.properties import UNKNOWN, Property, Secret, mapping_of, sequence_of
from policies.registry import RULES
from policies.resources import PROVIDER, STACK, Resource, Stack
from policies.rule import Context, Rule

__all__ = ["UNKNOWN", "Secret"]
TODAY: Final = date(2026, 11, 25)
_TOKENS: Final = {STACK: "pulumi:pulumi:Stack", PROVIDER: "pulumi:providers:cloudflare"}
PRODUCTION: Final = Context("production", True, TODAY, Configuration())
STAGING: Final = Context("staging", False, TODAY, Configuration())


def token(kind: str) -> str:
    """`cloudflare:index/zoneSetting:ZoneSetting` for `ZoneSetting`; a whole token stays as it is."""
    if ":" in kind:
        return kind
    return _TOKENS.get(kind) or f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"


def resource(
    kind: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    name: str = "thing",
    stack: str = "production",
    outputs: Mapping[str, Any] | None = None,
    protect: bool | None = True,
    retain: bool | None = True,
    operation: str = "",
    previous: Resource | None = None,
    id: str | None = None,
) -> Resource:
    type = token(kind)
    return Resource(
        urn=f"urn:pulumi:{stack}::shop::{type}::{name}",
        type=type,
        inputs=Property(dict(inputs or {})),
        outputs=Property(dict(outputs or {})),
        id=id,
        protect=protect,
        retain_on_delete=retain,
        operation=operation,
        previous=previous,
    )


Change = Callable[[Resource], Resource]


def with_input(value: Any, *path: str | int) -> Change:
    """The same resource with this value at a place in its inputs, made where it was not."""

    def change(before: Resource) -> Resource:
        inputs = _inputs(before)
        here = inputs
        for key, following in itertools.pairwise(path):
            if mapping_of(here) is not None and key not in here:
                here[key] = [] if isinstance(following, int) else {}
            here = here[key]
        if sequence_of(here) is not None and path[-1] == len(here):
            here.append(value)
        else:
            here[path[-1]] = value
        return replace(before, inputs=Property(inputs))

    return change


def without_input(*path: str | int) -> Change:
    def change(before: Resource) -> Resource:
        inputs = _inputs(before)
        here = inputs
        for key in path[:-1]:
            here = here[key]
        del here[path[-1]]
        return replace(before, inputs=Property(inputs))

    return change


def _inputs(resource: Resource) -> Any:
    return copy.deepcopy(resource.inputs._value)  # pyright: ignore[reportPrivateUsage]


def having(**options: Any) -> Change:
    """The same resource with other options: `protect=False`, `operation="delete"`."""
    return lambda before: replace(before, **options)


Broken = Change | Sequence[Resource]


@dataclass(frozen=True)
class Case:
    """A rule's good fixture and what breaks it, one property at a time.

    `good[0]` is what a change is applied to. A broken or harmless entry may also be other resources altogether, when
    the change is one that is not in an input: something missing from the stack.
    """

    rule: str
    good: Sequence[Resource]
    broken: Mapping[str, Broken]
    harmless: Mapping[str, Broken] = field(default_factory=dict[str, Broken])
    """What looks like a violation and is none."""
    context: Context = PRODUCTION
    deletions: Sequence[Resource] = ()
    others: Mapping[str, Stack] = field(default_factory=dict[str, Stack])

    def stack(self, broken: Broken | None = None) -> Stack:
        resources = list(self.good)
        if callable(broken):
            resources[0] = broken(resources[0])
        elif broken is not None:
            resources = list(broken)
        gone = [r for r in resources if r.is_deleted]
        kept = [r for r in resources if not r.is_deleted]
        return Stack(self.context.stack, "shop", kept, [*self.deletions, *gone], others=self.others)


def judged(
    stack: Stack | Sequence[Resource],
    context: Context = PRODUCTION,
    rules: Sequence[Rule] = RULES,
) -> Verdict:
    whole = stack if isinstance(stack, Stack) else Stack(context.stack, "shop", stack)
    return Judge(rules, context).judge(whole)


def names(verdict: Verdict) -> list[str]:
    """The rules that were violated, each once, in order."""
    return sorted({violation.rule for violation in verdict.violations})
