"""A stack judged by the rules: violations, what is pending, and what was waived."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from .masking import masked
from .properties import Unread
from .resources import Resource, Stack
from .rule import Context, Finding, Rule, Severity, Where
from .waivers import BadWaiver, Waiver, problems_of

WAIVERS_FAMILY: Final = "waivers"
KEEP_WAIVERS_VALID: Final = "keep-waivers-valid"
_NO_VALUES: Final = frozenset({"name", "type"})
_ROOM: Final = Path(__file__).parent


@dataclass(frozen=True)
class Violation:
    rule: str
    family: str
    severity: Severity
    urn: str
    message: str
    """What is wrong and where, secrets masked."""
    mend: str
    mandatory: bool
    place: str = ""


@dataclass(frozen=True)
class Pending:
    """A rule that could not look everywhere it wanted to."""

    rule: str
    urn: str
    place: str
    reason: str


@dataclass(frozen=True)
class Waived:
    violation: Violation
    waiver: Waiver


@dataclass(frozen=True)
class Verdict:
    violations: Sequence[Violation] = ()
    pending: Sequence[Pending] = ()
    waived: Sequence[Waived] = ()

    @property
    def stops(self) -> bool:
        return any(violation.mandatory for violation in self.violations)


@dataclass
class Judge:
    """Judges one stack, resource by resource or whole. Keeps which waivers were used."""

    rules: Sequence[Rule]
    context: Context
    waivers: Sequence[Waiver] = ()
    bad_waivers: Sequence[BadWaiver] = ()
    _used: set[Waiver] = field(default_factory=set[Waiver], repr=False)
    _by_type: dict[str, Sequence[Rule]] = field(
        default_factory=dict[str, Sequence[Rule]], repr=False
    )

    def __post_init__(self) -> None:
        families = {rule.name: rule.family for rule in self.rules}
        self.rules = [rule for rule in self.rules if rule.is_for(self.context)]
        self._problems = problems_of(
            self.waivers,
            families.get,
            self.context.today,
            self.context.production,
            self.context.stack,
        )
        broken = {waiver for waiver, _ in self._problems}
        self._valid = [waiver for waiver in self.waivers if waiver not in broken]

    def judge(self, stack: Stack) -> Verdict:
        """Everything: each resource, the stack as a whole, and the waivers themselves."""
        verdicts = [self.judge_resource(resource) for resource in stack.resources]
        # What is about to go is judged for going, not for what it was.
        verdicts += [self.judge_resource(gone, [Where.GATE]) for gone in stack.deletions]
        verdicts.append(self.judge_stack(stack))
        verdicts.append(self.judge_waivers(stack))
        return _together(verdicts)

    def judge_resource(
        self, resource: Resource, seen_by: Iterable[Where] = tuple(Where)
    ) -> Verdict:
        verdicts: list[Verdict] = []
        notes: list[Unread] = []
        reading = resource.reading(notes)
        for rule in self._rules_of(resource):
            if rule.where in seen_by:
                notes.clear()
                verdicts.append(self._of_rule(rule, reading, notes, resource.urn))
        return _together(verdicts)

    def _rules_of(self, resource: Resource) -> Sequence[Rule]:
        """The rules that read such a resource; a stack has many of few types."""
        known = self._by_type.get(resource.type)
        if known is None:
            known = [r for r in self.rules if r.check is not None and r.covers(resource)]
            self._by_type[resource.type] = known
        return known

    def judge_stack(self, stack: Stack, seen_by: Iterable[Where] = tuple(Where)) -> Verdict:
        """The rules that look at the whole; those that look for what is missing are pending where the stack is in part."""
        verdicts: list[Verdict] = []
        notes: list[Unread] = []
        reading = stack.reading(notes)
        for rule in self.rules:
            if rule.check_stack is None or rule.where not in seen_by:
                continue
            if rule.needs_whole and not stack.is_whole:
                reason = "only a part of the stack is here (a preview needs --show-sames)"
                verdicts.append(Verdict(pending=[Pending(rule.name, stack.urn, "", reason)]))
                continue
            notes.clear()
            verdicts.append(self._of_rule(rule, reading, notes, stack.urn))
        return _together(verdicts)

    def _of_rule(
        self, rule: Rule, judged: Resource | Stack, notes: list[Unread], urn: str
    ) -> Verdict:
        try:
            findings = list(_findings(rule, judged, self.context))
        except Exception as error:  # whatever a rule does wrong must not let anything pass
            said = f"could not be checked: the rule failed ({_where_it_failed(error)})"
            crash = self._violation(rule, urn, said, "", mandatory=True)
            return Verdict(violations=[replace(crash, mend="report this as a fault of the rule")])
        violations: list[Violation] = []
        waived: list[Waived] = []
        for finding in findings:
            violation = self._of_finding(rule, finding, judged, urn)
            waiver = self._waiver_of(violation)
            if waiver is None:
                violations.append(violation)
            else:
                waived.append(Waived(violation, waiver))
        pending = [] if findings else _pending(rule, notes, urn)
        return Verdict(violations, pending, waived)

    def _of_finding(
        self, rule: Rule, finding: Finding, judged: Resource | Stack, urn: str
    ) -> Violation:
        resource = finding.resource or (judged if isinstance(judged, Resource) else None)
        place = finding.at.place if finding.at is not None else ""
        said = f"{place}: {finding.said}" if place else finding.said
        hidden = tuple(_secrets_of(resource)) if resource is not None else ()
        # A name or a key can be a secret, too.
        where = masked(resource.urn if resource else urn, ())
        return self._violation(rule, where, masked(said, hidden), masked(place, hidden))

    def _violation(
        self, rule: Rule, urn: str, said: str, place: str, *, mandatory: bool | None = None
    ) -> Violation:
        return Violation(
            rule.name,
            rule.family,
            rule.severity,
            urn,
            said,
            rule.mend,
            rule.is_mandatory(self.context) if mandatory is None else mandatory,
            place,
        )

    def _waiver_of(self, violation: Violation) -> Waiver | None:
        for waiver in self._valid:
            if waiver.covers(violation.rule, violation.urn, self.context.stack):
                self._used.add(waiver)
                return waiver
        return None

    def judge_waivers(self, stack: Stack, seen_by: Iterable[Where] = tuple(Where)) -> Verdict:
        """Call it last: a waiver is unused only when everything was judged that its rule looks at."""
        judged = {rule.name for rule in self.rules if rule.where in seen_by}
        unused = [
            waiver
            for waiver in self._valid
            if waiver not in self._used and waiver.rule in judged and stack.is_whole
        ]
        told = [
            *((waiver.line, said) for waiver, said in self._problems),
            *((bad.line, bad.said) for bad in self.bad_waivers),
            *(
                (w.line, f"nothing needs it: {w.rule} finds nothing at {w.resource}")
                for w in unused
                if w.stack == self.context.stack
            ),
        ]
        return Verdict(
            [
                Violation(
                    KEEP_WAIVERS_VALID,
                    WAIVERS_FAMILY,
                    Severity.HIGH,
                    stack.urn,
                    f"waivers.yaml, line {line}: {said}",
                    "correct the waiver, or take it out",
                    mandatory=self.context.production,
                )
                for line, said in sorted(told)
            ]
        )


def _findings(rule: Rule, judged: Resource | Stack, context: Context) -> Iterable[Finding]:
    if isinstance(judged, Resource):
        return rule.check(judged, context) if rule.check else ()
    return rule.check_stack(judged, context) if rule.check_stack else ()


def _pending(rule: Rule, notes: Sequence[Unread], urn: str) -> list[Pending]:
    return [
        Pending(rule.name, masked(urn, ()), masked(note.place, ()), note.reason.value)
        for note in dict.fromkeys(notes)
    ]


def _secrets_of(resource: Resource) -> Iterator[str]:
    for leaf in (*resource.inputs.leaves(), *resource.outputs.leaves()):
        # What a binding is called and of what type it is, is told, also where the whole list is one secret.
        if leaf.is_secret and leaf.is_told and leaf.key not in _NO_VALUES and leaf.text:
            yield leaf.text


def _where_it_failed(error: Exception) -> str:
    """Type and line alone: an exception's words may hold what it stumbled over."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((f for f in reversed(frames) if Path(f.filename).is_relative_to(_ROOM)), None)
    where = f" at {Path(last.filename).name}:{last.lineno}" if last is not None else ""
    return f"{type(error).__name__}{where}"


def _together(verdicts: Iterable[Verdict]) -> Verdict:
    all_of = list(verdicts)
    return Verdict(
        [violation for verdict in all_of for violation in verdict.violations],
        [pending for verdict in all_of for pending in verdict.pending],
        [waived for verdict in all_of for waived in verdict.waived],
    )
