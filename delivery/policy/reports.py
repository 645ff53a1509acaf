"""A verdict as people read it, in a terminal or plain, and as machines do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from delivery.policy.words import counted, kind_in, name_of, printable, stack_in
from policies.judging import Pending, Verdict, Violation, Waived
from policies.reference import rule_explained
from policies.rule import Severity

Json = Mapping[str, Any]
_MOST_TOLD: Final = 20
"""Resources for a rule: whoever has more mends them in one place, or counts them by machine."""
_STYLES: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
}


@dataclass(frozen=True)
class Line:
    """`label` stands in a column of its own; a line without one is a heading."""

    depth: int
    text: str
    label: str = ""
    style: str = ""

    @property
    def plain(self) -> str:
        label = f"{self.label:<5} " if self.label else ""
        return f"{'  ' * self.depth}{label}{self.text}"


def as_json(verdict: Verdict) -> Json:
    """What `--json` prints."""
    return {
        "violations": [_violation(v) for v in by_severity(verdict.violations)],
        "pending": [
            {
                "rule": p.rule,
                "urn": printable(p.urn),
                "place": printable(p.place),
                "reason": p.reason,
            }
            for p in verdict.pending
        ],
        "waived": [
            {
                **_violation(w.violation),
                "reason": printable(w.waiver.reason),
                "owner": printable(w.waiver.owner),
                "expires": w.waiver.expires.isoformat(),
            }
            for w in verdict.waived
        ],
    }


def told(verdict: Verdict, *, stack: str = "", all_pending: bool = False) -> str:
    """The verdict as plain text, without a line end at its end."""
    return "\n".join(line.plain for line in lines_of(verdict, stack, all_pending=all_pending))


def show(console: Console, verdict: Verdict, *, stack: str = "", all_pending: bool = False) -> None:
    """In colour, wrapped to its columns, in a terminal; as `told` elsewhere."""
    if not console.is_terminal:
        text = told(verdict, stack=stack, all_pending=all_pending)
        console.print(text, markup=False, soft_wrap=True)
        return
    for line in lines_of(verdict, stack, all_pending=all_pending):
        console.print(_laid_out(line))


def _laid_out(line: Line) -> Padding | Text:
    is_link = line.label == "see"
    text = Text(line.text, style=f"link {line.text}" if is_link else line.style, overflow="fold")
    if not line.label:
        return Padding(text, (0, 0, 0, 2 * line.depth))
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=5)
    table.add_row(Text(line.label, style="dim"), text)
    return Padding(table, (0, 0, 0, 2 * line.depth))


def by_severity(violations: Sequence[Violation]) -> list[Violation]:
    """The gravest first; what is equally grave by rule, then as it was found."""
    return sorted(violations, key=lambda v: (-v.severity, v.rule))


def lines_of(verdict: Verdict, stack: str = "", *, all_pending: bool = False) -> list[Line]:
    """The whole report."""
    return [
        *_violations(verdict.violations),
        *_pending(verdict.pending, show_all=all_pending),
        *_waived(verdict.waived),
        *_closing(verdict, stack or stack_of(verdict)),
    ]


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "rule": violation.rule,
        "family": violation.family,
        "severity": violation.severity.word,
        "urn": printable(violation.urn),
        "message": printable(violation.message),
        "mend": violation.mend,
        "place": printable(violation.place),
        "mandatory": violation.mandatory,
    }


def _violations(violations: Sequence[Violation]) -> Iterator[Line]:
    for severity in sorted(Severity, reverse=True):
        found = [v for v in by_severity(violations) if v.severity is severity]
        if not found:
            continue
        yield Line(0, severity.word.upper(), style=_STYLES[severity])
        # What a rule wants is told once, however many resources break it.
        groups: dict[tuple[str, str, bool], list[Violation]] = {}
        for v in found:
            groups.setdefault((v.rule, v.mend, v.mandatory), []).append(v)
        for (rule, mend, mandatory), broken in groups.items():
            yield Line(1, f"{rule} ({'stops' if mandatory else 'warns'})", style="bold")
            for v in broken[:_MOST_TOLD]:
                yield Line(2, f"{_resource(v.urn)}: {printable(v.message)}")
            if len(broken) > _MOST_TOLD:
                yield Line(
                    2, f"and {len(broken) - _MOST_TOLD} more; --json names each", style="dim"
                )
            known = rule_explained(rule)
            if known is not None:
                yield Line(2, known.why, "why")
            yield Line(2, mend, "mend", style="green")
            if known is not None:
                yield Line(2, known.link, "see")
        yield Line(0, "")


def _pending(pending: Sequence[Pending], *, show_all: bool) -> Iterator[Line]:
    if not pending:
        return
    yield Line(0, "PENDING: could not be read, and did not pass", style="bold magenta")
    if show_all:
        for p in pending:
            place = f", {printable(p.place)}" if p.place else ""
            yield Line(1, f"{p.rule}: {_resource(p.urn)}{place}: {p.reason}")
    else:
        for reason, number in Counter(p.reason for p in pending).most_common():
            rules = len({p.rule for p in pending if p.reason == reason})
            yield Line(1, f"{number} times: {reason} ({counted(rules, 'rule')})")
        yield Line(1, "--pending shows each", style="dim")
    yield Line(0, "")


def _waived(waived: Sequence[Waived]) -> Iterator[Line]:
    if not waived:
        return
    yield Line(0, "WAIVED", style="bold blue")
    for w in waived:
        v = w.violation
        yield Line(1, f"{v.rule}: {_resource(v.urn)}: {printable(v.message)}")
        yield Line(2, printable(w.waiver.told))
    yield Line(0, "")


def _resource(urn: str) -> str:
    kind = kind_in(urn)
    return f"{name_of(urn)} ({kind})" if kind else name_of(urn)


def stack_of(verdict: Verdict) -> str:
    """By the resources that it names; nothing where it names none."""
    urns = [v.urn for v in verdict.violations] or [w.violation.urn for w in verdict.waived]
    return stack_in(urns[0]) if urns else ""


def _closing(verdict: Verdict, stack: str) -> Iterator[Line]:
    name = printable(stack) or "the stack"
    if not verdict.violations:
        said = [f"{name}: clean"]
    else:
        counts = Counter(v.severity for v in verdict.violations)
        each = ", ".join(f"{counts[s]} {s.word}" for s in sorted(counts, reverse=True))
        said = [f"{name}: {counted(len(verdict.violations), 'violation')} ({each})"]
    said += [f"{len(verdict.pending)} pending"] if verdict.pending else []
    said += [f"{len(verdict.waived)} waived"] if verdict.waived else []
    yield Line(0, ", ".join(said), style="bold")
    if not verdict.violations:
        return
    stopping = sorted({v.rule for v in verdict.violations if v.mandatory})
    if stopping:
        yield Line(0, f"stops {name}: {', '.join(stopping)}", style="red")
        return
    graver = {v.rule for v in verdict.violations if v.severity >= Severity.HIGH}
    would = f"; in production {', '.join(sorted(graver))} would" if graver else ""
    yield Line(0, f"nothing of it stops {name}{would}")
