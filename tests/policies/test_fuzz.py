"""What is not known yet is never a violation, and no shape of a document makes a rule fail.

The corpus is the seed: each place of each kind of resource is tried where it occurs, in a fixed order.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from policies.configuration import Configuration
from policies.judging import Judge
from policies.properties import UNKNOWN, Property, Secret, mapping_of, sequence_of
from policies.registry import RULES
from policies.resources import Resource, Stack
from policies.rule import Context, Rule
from tests.policies.building import TODAY
from tests.policies.labelled import Labelled, read_corpus

CASES: Final = read_corpus()
_CONFIGURATION: Final = Configuration()
_MOST_PER_PLACE: Final = 8
"""Occurrences of one place of one kind that are tried, each in another case."""
_ROUNDS: Final = 2
_ODD: Final[tuple[Any, ...]] = (
    *(None, True, 7, -1, 1.5, float("nan"), float("inf"), 10**400),
    *(
        "",
        "x",
        "@",
        "*",
        "://",
        "http://[",
        "http://[::1",
        "\x00",
        "..",
        "é" * 300,
        "%zz",
        "1.0.0.0/99",
    ),
    *(
        "v=spf1",
        "v=DMARC1;;=",
        "postgres://[x?sslmode=disable",
        "{",
        '{"a":',
        "2026-13-45",
        "h" * 9,
    ),
    *([], {}, [1], [[]], {"a": [None]}, {"": ""}, UNKNOWN, Secret("x"), Secret({"a": 1})),
)
Path = tuple[str | int, ...]


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    value = value.value if isinstance(value, Secret) else value
    if (entries := mapping_of(value)) is not None:
        for key, inner in entries.items():
            yield from _paths(inner, (*path, key))
    elif (elements := sequence_of(value)) is not None:
        for index, inner in enumerate(elements):
            yield from _paths(inner, (*path, index))


def _put(value: Any, path: Path, new: object) -> Any:
    """A copy with another value at a place."""
    if not path:
        return new
    if isinstance(value, Secret):
        return Secret(_put(value.value, path, new))
    copy = list(value) if isinstance(value, list | tuple) else dict(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    copy[path[0]] = _put(copy[path[0]], path[1:], new)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return copy  # pyright: ignore[reportUnknownVariableType]


def _inputs(resource: Resource) -> Any:
    return resource.inputs._value  # pyright: ignore[reportPrivateUsage]


def _with(stack: Stack, index: int, inputs: Any) -> Stack:
    resources = list(stack.resources)
    resources[index] = replace(resources[index], inputs=Property(inputs))
    return replace(stack, resources=resources)


def _only_excuses(path: Path) -> bool:
    """A name for which something may be what it otherwise may not, such as a cache that nothing protects."""
    return path in {("name",), ("title",)} or (path[0] == "bindings" and path[-1] == "name")


def _found(stack: Stack, rules: Sequence[Rule]) -> dict[tuple[str, str], str]:
    production = _CONFIGURATION.is_production(stack.name)
    context = Context(stack.name, production, TODAY, _CONFIGURATION)
    violations = Judge(rules, context).judge(stack).violations
    return {(v.rule, v.urn): v.message for v in violations}


def test_what_is_not_known_yet_is_never_a_violation() -> None:
    tried: Counter[tuple[str, Path]] = Counter()
    wrong: list[str] = []
    for case in CASES:
        for index, resource in enumerate(case.stack.resources):
            rules = [rule for rule in RULES if rule.covers(resource)]
            before: dict[tuple[str, str], str] | None = None
            for path in _paths(_inputs(resource)):
                place = (resource.kind, tuple("[]" if isinstance(p, int) else p for p in path))
                if tried[place] >= _MOST_PER_PLACE or _only_excuses(path):
                    continue
                tried[place] += 1
                before = _found(case.stack, rules) if before is None else before
                stack = _with(case.stack, index, _put(_inputs(resource), path, UNKNOWN))
                # Where one rule leaves a fault to another, that other one may see it now.
                at_fault = {urn for _, urn in before}
                for rule, urn in _found(stack, rules):
                    if urn in at_fault:
                        continue
                    wrong.append(
                        f"{case.family}: {case.name}: {resource.kind} {path}: {rule} {urn}"
                    )
    assert len(tried) > 500
    assert not wrong, "\n".join(wrong)


def test_no_shape_of_a_document_makes_a_rule_fail() -> None:
    drawn = random.Random(4)  # noqa: S311 (no secret)
    failed = {
        message
        for _ in range(_ROUNDS)
        for case in CASES
        for message in _found(_bent(case, drawn), RULES).values()
        if "could not be checked" in message
    }
    assert not failed


def _bent(case: Labelled, drawn: random.Random) -> Stack:
    resources = [
        replace(resource, inputs=Property(_odd(_inputs(resource), drawn)))
        for resource in case.stack.resources
    ]
    return replace(case.stack, resources=resources)


def _odd(value: object, drawn: random.Random) -> object:
    if drawn.random() < 0.12:
        return drawn.choice(_ODD)
    if (entries := mapping_of(value)) is not None:
        return {key: _odd(inner, drawn) for key, inner in entries.items()}
    if (elements := sequence_of(value)) is not None:
        return [_odd(inner, drawn) for inner in elements]
    return value
