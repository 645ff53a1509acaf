"""A verdict as SARIF 2.1.0, as code scanning takes it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from delivery.policy.reports import by_severity, stack_of
from delivery.policy.words import counted, kind_in, name_of, printable
from policies.judging import Verdict, Violation
from policies.reference import EVERY_RULE, judged_where, mandatory_on
from policies.rule import Rule, Severity

Json = Mapping[str, Any]
PROJECT_FILE: Final = "Pulumi.yaml"
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}
"""Code scanning calls above 9.0 critical, from 7.0 high, from 4.0 medium."""
_MOST_RESULTS: Final = 25_000
"""Code scanning refuses a run with more."""
_INDEX: Final = {rule.name: index for index, rule in enumerate(EVERY_RULE)}


def as_sarif(verdict: Verdict, *, location: str = PROJECT_FILE, stack: str = "") -> Json:
    """`location` is the file that the results are shown at. Waived and pending are told beside the results: an alert is
    for what somebody has to mend."""
    results = _results(by_severity(verdict.violations), location)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "automationDetails": {
                    "id": f"pitchey-policy/{printable(stack or stack_of(verdict)) or 'stack'}/"
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": _notes(verdict, len(results)),
                    }
                ],
                "results": results[:_MOST_RESULTS],
            }
        ],
    }


def location_of(file: Path | None, folder: Path) -> str:
    """The project's own file, which an alert can be shown at; else the file that was judged. As a URI reference."""
    if file is None or (folder / PROJECT_FILE).is_file():
        return PROJECT_FILE
    path = (folder / file).resolve()
    if path.is_relative_to(folder.resolve()):
        return quote(str(PurePosixPath(path.relative_to(folder.resolve()))))
    return path.as_uri()


def _driver() -> Json:
    return {
        "name": "pitchey policy",
        "version": importlib.metadata.version("pitchey"),
        "rules": [_rule(rule) for rule in EVERY_RULE],
    }


def _rule(rule: Rule) -> Json:
    why = rule.why[0].upper() + rule.why[1:]
    mend = f"To mend it: {rule.mend}."
    where = f"Judged by: {judged_where(rule)}. Mandatory on: {mandatory_on(rule)}."
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.name.replace("-", " ").capitalize()},
        "fullDescription": {"text": f"{why}."},
        "help": {
            "text": f"{why}.\n{mend}\n{where}\n{rule.link}",
            "markdown": f"{why}.\n\n{mend}\n\n{where}\n\n[Documentation]({rule.link})",
        },
        "helpUri": rule.link,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", rule.family],
            "precision": "very-high",
            "security-severity": _SCORES[rule.severity],
        },
    }


def _results(violations: list[Violation], location: str) -> list[Json]:
    seen = Counter[tuple[str, str, str]]()
    found: list[Json] = []
    for violation in violations:
        what = (violation.rule, violation.urn, violation.place)
        found.append(_result(violation, location, seen[what]))
        seen[what] += 1
    return found


def _result(violation: Violation, location: str, ordinal: int) -> Json:
    kind = kind_in(violation.urn)
    name = name_of(violation.urn)
    text = f"{name}: {printable(violation.message)}. To mend it: {violation.mend}."
    index = _INDEX.get(violation.rule)
    return {
        "ruleId": violation.rule,
        **({"ruleIndex": index} if index is not None else {}),
        "level": _LEVELS[violation.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": location},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {
                        "name": name,
                        "fullyQualifiedName": printable(violation.urn),
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {"pitcheyViolation/v1": _fingerprint(violation, ordinal)},
        "properties": {
            "family": violation.family,
            "kind": kind,
            "mandatory": violation.mandatory,
            "place": printable(violation.place),
        },
    }


def _fingerprint(violation: Violation, ordinal: int) -> str:
    """The same for the same fault, whatever the file is called and whatever else is wrong."""
    what = "\0".join((violation.rule, violation.urn, violation.place, str(ordinal)))
    return hashlib.sha256(what.encode()).hexdigest()


def _notes(verdict: Verdict, results: int) -> list[Json]:
    said = [
        f"waived: {w.violation.rule}: {name_of(w.violation.urn)}: {printable(w.waiver.told)}"
        for w in verdict.waived
    ]
    if verdict.pending:
        rules = sorted({pending.rule for pending in verdict.pending})
        said.append(f"{counted(len(verdict.pending), 'check')} pending: {', '.join(rules)}")
    if results > _MOST_RESULTS:
        said.append(f"{results - _MOST_RESULTS} results left out, the least grave ones")
    return [{"level": "note", "message": {"text": text}} for text in said]
