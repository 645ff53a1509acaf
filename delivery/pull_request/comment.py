"""Previews as one comment of a pull request: what would happen to each stack, its traffic, and what policy says of it.

Everything in a preview is text of whoever wrote the pull request, so all of it is made inert. Values are told only where
they cannot be secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from delivery.pull_request.changes import (
    CHANGE,
    CREATE,
    DELETE,
    REPLACE,
    Change,
    Json,
    items,
    mapping,
)
from delivery.pull_request.markdown import code, inert, table
from delivery.pull_request.previews import Preview, stops, text_of, violation_of
from delivery.pull_request.traffic import traffic

MARKER: Final = "<!-- pitchey preview -->"
"""By its first line the comment is found again and updated in place."""
MOST_CHARACTERS: Final = 65_536
"""GitHub takes no longer comment."""
POLICIES: Final = "docs/policies.md"
_ROWS: Final = (10_000, 300, 100, 50, 25, 10, 5, 2, 1, 0)
_MOST_PROPERTIES: Final = 8
_RULE: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def render(
    previews: Sequence[Preview], *, policies: str = POLICIES, most: int = MOST_CHARACTERS
) -> str:
    """One comment of at most `most` characters; what is left out is counted. `policies` is the address of the rules' page."""
    text = ""
    for rows in _ROWS:
        text = "\n".join(_lines(previews, _Page(policies, rows)))
        if len(text) <= most:
            return text
    told = "\n\nThe rest is left out: a comment has no more room."
    return text[: most - len(told)].rpartition("\n")[0] + told


@dataclass(frozen=True)
class _Page:
    policies: str
    rows: int
    """How many rows a table may have."""

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], what: str) -> list[str]:
        if not rows:
            return []
        shown = table(header, rows[: self.rows]) if self.rows else []
        left = len(rows) - self.rows
        if left <= 0:
            return [*shown, ""]
        rest = f"{_count(left, f'more {what}' if shown else what)} left out: a comment has no more room."
        return [*shown, "", rest, ""]

    def rule(self, name: str) -> str:
        if _RULE.fullmatch(name) is None:
            return code(name)
        return f"[{name}]({self.policies}#{name})"


def _lines(previews: Sequence[Preview], page: _Page) -> Iterator[str]:
    yield MARKER
    yield f"## {_title(previews)}"
    yield ""
    if not previews:
        yield "There is no stack to preview."
        return
    header = ["stack", DELETE, REPLACE, CHANGE, CREATE, "policy"]
    rows = [
        [code(p.stack), *(_number(p, operation) for operation in header[1:5]), _judged(p)]
        for p in previews
    ]
    yield from page.table(header, rows, "stacks")
    for preview in previews:
        yield from _stack(preview, page)


def _title(previews: Sequence[Preview]) -> str:
    stopped = [p.stack for p in previews if p.stopping]
    broken = [p.stack for p in previews if p.steps is None or p.verdict is None]
    if stopped:
        return f"Preview: policy stops {_names(stopped)}"
    if broken:
        return f"Preview: {_names(broken)} could not be judged"
    changed = [p.stack for p in previews if p.changes]
    return f"Preview: changes {_names(changed)}" if changed else "Preview: nothing changes"


def _names(stacks: Sequence[str]) -> str:
    told = [inert(stack, 60) for stack in stacks[:10]]
    return ", ".join([*told, "…"] if len(stacks) > len(told) else told)


def _number(preview: Preview, operation: str) -> str:
    if preview.steps is None:
        return "?"
    count = sum(change.operation == operation for change in preview.changes)
    return f"**{count}**" if count and operation in {DELETE, REPLACE} else str(count)


def _judged(preview: Preview) -> str:
    if preview.verdict is None:
        return "**not judged**"
    warnings = len(preview.violations) - preview.stopping
    stopping = preview.stopping
    told = [f"**{stopping} {'stops' if stopping == 1 else 'stop'} it**"] if stopping else []
    told += [_count(warnings, "warnings")] if warnings else []
    told += [f"{len(preview.waived)} waived"] if preview.waived else []
    return ", ".join(told) or "passes"


def _stack(preview: Preview, page: _Page) -> Iterator[str]:
    where = f" on {inert(preview.cloud, 60)}" if preview.cloud else ""
    yield f"### {inert(preview.stack, 60)}{where}"
    yield ""
    if preview.steps is None:
        yield "There is no preview of this stack: the run failed before it. Its log says why."
        yield ""
    else:
        changes = preview.changes
        yield traffic(preview.steps, preview.live)
        yield ""
        yield from page.table(["", "resource", "what changes"], [*map(_row, changes)], "changes")
        if not changes:
            yield "No resource changes."
            yield ""
    yield from _policy(preview, page)
    if preview.commit:
        commit, changed, _ = preview.commit.partition("+")
        and_changes = " with changes that are not committed" if changed else ""
        yield f"Previewed of commit {code(commit[:12])}{and_changes}."
        yield ""


def _row(change: Change) -> list[str]:
    name = f"{code(change.name)} {inert(change.type)}"
    told = _properties(change)
    if not change.is_destructive:
        beside = f"uploaded beside the old one, for {told}" if change.retained else told
        return [inert(change.operation), name, beside]
    if change.operation == REPLACE:
        told = f"replaced because of {told}" if told else "replaced"
    if change.retained:
        told = f"{told}; the old one stays in the cloud" if told else "it stays in the cloud"
    return [f"**{inert(change.operation)}**", f"**{name}**", told]


def _properties(change: Change) -> str:
    # A replacement is due to some of what changes; the rest comes along.
    causes = [p for p in change.properties if p.replaces] or list(change.properties)
    told = [f"{code(p.path, 80)}: {_values(p.before, p.after)}" for p in causes[:_MOST_PROPERTIES]]
    left = len(causes) - len(told)
    return "; ".join([*told, f"and {left} more"] if left else told)


def _values(before: str, after: str) -> str:
    return inert(before) if before == after else f"{inert(before)} → {inert(after)}"


def _policy(preview: Preview, page: _Page) -> Iterator[str]:
    if preview.verdict is None:
        yield "**Policy has not judged this stack**, so nothing of it may be applied."
        yield ""
        return
    violations = preview.violations
    if preview.stopping:
        yield f"**Policy stops this: {_count(preview.stopping, 'violations')}** must be mended."
    elif violations:
        yield f"Policy lets this pass, with {_count(len(violations), 'warnings')}."
    else:
        yield "Policy lets this pass."
    yield ""
    header = ["", "rule", "resource", "what is wrong", "mend"]
    yield from page.table(header, [_violation(v, page) for v in violations], "violations")
    pending = items(mapping(preview.verdict).get("pending"))
    if pending:
        rules = sorted({text_of(row, "rule") for row in pending})
        told = ", ".join(page.rule(rule) for rule in rules[: min(5, page.rows)])
        more = ", …" if len(rules) > min(5, page.rows) else ""
        told = f" ({told}{more})" if told else ""
        yield f"{_count(len(pending), 'checks')} pending until values are known, at apply{told}."
        yield ""
    header = ["waived", "resource", "what is wrong", "reason", "owner", "until"]
    yield from page.table(header, [_waived(row, page) for row in preview.waived], "waived")


def _violation(violation: Json, page: _Page) -> list[str]:
    severity = inert(text_of(violation, "severity"))
    return [
        f"**stops**, {severity}" if stops(violation) else severity,
        page.rule(text_of(violation, "rule")),
        code(_resource(violation)),
        inert(text_of(violation, "message")),
        inert(text_of(violation, "mend")),
    ]


def _waived(row: Json, page: _Page) -> list[str]:
    violation = violation_of(row)
    waiver = mapping(row.get("waiver")) or row
    return [
        page.rule(text_of(violation, "rule")),
        code(_resource(violation)),
        inert(text_of(violation, "message")),
        *(inert(text_of(waiver, key)) for key in ("reason", "owner", "expires")),
    ]


def _resource(violation: Json) -> str:
    return text_of(violation, "urn").rsplit("::", 1)[-1]


def _count(number: int, what: str) -> str:
    """`1 violation`, `2 violations`."""
    return f"{number} {what.removesuffix('s') if number == 1 else what}"
