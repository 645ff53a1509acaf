"""Waivers that let nothing pass, and can go: expired, misspelt, or needed by nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from delivery.policy.gate import judge_of
from delivery.policy.yaml_edits import without_items
from policies.judging import Judge
from policies.reference import rule_explained
from policies.registry import RULES
from policies.resources import Stack
from policies.rule import Context
from policies.waivers import BadWaiver, Waiver, read_waivers


def waivers_mended(
    path: Path, text: str, stack: str | None, judged: Callable[[], Stack | None]
) -> tuple[str, list[str]]:
    """The waivers' text without those that can go, and why each goes. `judged` is asked only where it matters what a
    stack holds. Raises `EditError`, `ConfigurationError` and `FailedError`."""
    waivers, bad = read_waivers(path)
    today = datetime.now(UTC).date()
    gone = _broken(waivers, bad, today)
    candidates = [w for w in waivers if w.line not in gone and w.stack == stack is not None]
    if candidates and stack is not None:
        gone |= _unused(candidates, judge_of(stack).context, judged())
    if not gone:
        return text, []
    why = [f"{path.name}, line {line}: {said}" for line, said in sorted(gone.items())]
    return without_items(text, list(gone)), why


def _broken(waivers: Sequence[Waiver], bad: Sequence[BadWaiver], today: date) -> dict[int, str]:
    """By line: those that hold for no stack on no later day."""
    gone = {each.line: f"cannot be read: {each.said}" for each in bad}
    for waiver in waivers:
        if rule_explained(waiver.rule) is None:
            gone[waiver.line] = f"there is no rule {waiver.rule}"
        elif waiver.expires < today:
            gone[waiver.line] = f"it expired on {waiver.expires.isoformat()}"
    return gone


def _unused(candidates: Sequence[Waiver], context: Context, stack: Stack | None) -> dict[int, str]:
    if stack is None:
        return {}
    judge = Judge(RULES, context, waivers=candidates)
    used = {waived.waiver for waived in judge.judge(stack).waived}
    return {
        waiver.line: f"nothing needs it: {waiver.rule} finds nothing at {waiver.resource}"
        for waiver in candidates
        if waiver not in used
    }
