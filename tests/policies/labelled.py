"""The labelled corpus: what each case holds, what the rules say of it, and how often they are right.

A file of `corpus/` is a list of cases:

    {"name": "…", "about": "why it is what it looks like, or is not",
     "stack": "production",                          # the default
     "expect": ["forbid-public-bucket"],             # the rules it breaks; none: it is good
     "resources": [{"kind": "R2ManagedDomain",       # or a whole token in "type"
                    "name": "…", "inputs": {…},      # {"secret()": value} is a Pulumi secret, {"unknown()": 1} not known yet;
                                                     # {"join()": ["a", "b"]}, {"base64()": "…"} and {"json()": {…}} are texts
                    "protect": true, "retain": true, "operation": "", "previous": {…inputs as they are now…}}],
     "others": {"staging": [ …resources… ]}}         # the project's other stacks, where they matter

`protect` and `retain` are true unless it is said; `is_whole` is false for a case that shows a part of its stack ("part": true).
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from policies.configuration import Configuration
from policies.judging import Judge
from policies.properties import UNKNOWN, Secret
from policies.registry import RULES
from policies.resources import Resource, Stack
from policies.rule import Context, Rule
from tests.policies.building import TODAY, resource

CORPUS: Final = Path(__file__).parent / "corpus"
_KEYS: Final = frozenset({"name", "about", "stack", "expect", "resources", "others", "part"})

_MARKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "secret()": Secret,
    "unknown()": lambda _: UNKNOWN,
    "join()": "".join,
    "base64()": lambda text: base64.b64encode(text.encode()).decode(),
    "json()": json.dumps,
}


@dataclass(frozen=True)
class Labelled:
    name: str
    family: str
    stack: Stack
    expect: frozenset[str]


@dataclass
class Score:
    """Of (case, rule) pairs. `wrong` names what was missed (-) and what was found without reason (+)."""

    hits: Counter[str] = field(default_factory=Counter[str])
    missed: Counter[str] = field(default_factory=Counter[str])
    false: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def recall(self, rule: str | None = None) -> float:
        return _share(self.hits, self.missed, rule)

    def precision(self, rule: str | None = None) -> float:
        return _share(self.hits, self.false, rule)


def _share(hits: Counter[str], others: Counter[str], rule: str | None) -> float:
    hit = hits.total() if rule is None else hits[rule]
    other = others.total() if rule is None else others[rule]
    return hit / (hit + other) if hit + other else 1.0


def read_corpus(folder: Path = CORPUS) -> list[Labelled]:
    """Raises `ValueError` for a case that is not written as above."""
    return [case for path in sorted(folder.glob("*.json")) for case in _cases(path)]


def _cases(path: Path) -> Iterator[Labelled]:
    for row in json.loads(path.read_text(encoding="utf-8")):
        if unknown := row.keys() - _KEYS:
            raise ValueError(f"{path.name}: {row.get('name')}: {unknown} unknown")
        name = row.get("stack", "production")
        others = {
            other: Stack(other, "shop", _resources(rows, other))
            for other, rows in row.get("others", {}).items()
        }
        found = _resources(row["resources"], name)
        gone = [r for r in found if r.is_deleted]
        kept = [r for r in found if not r.is_deleted]
        stack = Stack(name, "shop", kept, gone, not row.get("part", False), others)
        yield Labelled(row["name"], path.stem, stack, frozenset(row["expect"]))


def _resources(rows: Sequence[Mapping[str, Any]], stack: str) -> list[Resource]:
    return [_resource(row, index, stack) for index, row in enumerate(rows)]


def _resource(row: Mapping[str, Any], index: int, stack: str) -> Resource:
    kind = row.get("type") or row["kind"]
    name = str(_marked(row.get("name")) or f"thing-{index}")
    previous = row.get("previous")
    before = resource(kind, _marked(previous), name=name, stack=stack) if previous else None
    return resource(
        kind,
        _marked(row.get("inputs", {})),
        name=name,
        stack=stack,
        outputs=_marked(row.get("outputs", {})),
        protect=row.get("protect", True),
        retain=row.get("retain", True),
        operation=row.get("operation", ""),
        previous=before,
        id=row.get("id"),
    )


def _marked(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_marked(value) for value in raw]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(raw, dict):
        return raw
    inner = {str(key): _marked(value) for key, value in raw.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    mark = _MARKS.get(next(iter(inner))) if len(inner) == 1 else None
    return mark(*inner.values()) if mark is not None else inner


def found_in(case: Labelled, rules: Sequence[Rule] = RULES) -> set[str]:
    """The rules that a case breaks, as the pack sees it."""
    configuration = Configuration()
    context = Context(
        case.stack.name, configuration.is_production(case.stack.name), TODAY, configuration
    )
    return {v.rule for v in Judge(rules, context).judge(case.stack).violations}


def score(cases: Sequence[Labelled], rules: Sequence[Rule] = RULES) -> Score:
    total = Score()
    for case in cases:
        found = found_in(case, rules)
        total.hits.update(found & case.expect)
        total.missed.update(case.expect - found)
        total.false.update(found - case.expect)
        total.wrong += [f"- {case.family}: {case.name}: {r}" for r in sorted(case.expect - found)]
        total.wrong += [f"+ {case.family}: {case.name}: {r}" for r in sorted(found - case.expect)]
    return total


def main() -> None:
    """`python -m tests.policies.labelled [FAMILY…]` prints what is wrong, then both figures."""
    import sys

    wanted = sys.argv[1:]
    cases = [case for case in read_corpus() if not wanted or case.family in wanted]
    result = score(cases)
    print("\n".join(result.wrong))
    good = sum(not case.expect for case in cases)
    print(
        f"{len(cases)} cases, {good} good; recall {result.recall():.3f}, precision {result.precision():.3f}"
    )


if __name__ == "__main__":
    main()
