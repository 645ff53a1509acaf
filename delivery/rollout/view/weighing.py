"""How far the evidence of each metric is: towards a pass of this step, and towards putting stable back. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from delivery.analysis.judgement import Judge, Judgement, Pair
from delivery.analysis.metrics import REQUIRED, Metric, RateMetric
from delivery.analysis.verdict import Outcome
from delivery.rollout.decisions import is_baked
from delivery.rollout.state import ALL, Phase, State
from delivery.rollout.strategy import Strategy

_OVER: Final = frozenset({Phase.FINISHED, Phase.RETURNED, Phase.RETURNING})
BASELINE: Final = "stable's numbers"
PROBES: Final = "probes"
_FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Weighed:
    """`to_pass` and `to_fail` from 0 to 1, where it decides; None where it cannot decide. `outcome` is what would be said of it if the
    step ended now, None for what is not judged here. `short_of`: the candidate's requests that the step still asks for; `more`: about
    how many until the evidence is enough at the pace so far, None when that cannot be told."""

    name: str
    outcome: Outcome | None
    to_pass: float | None
    to_fail: float | None
    odds: float
    """Log of the evidence behind `to_pass`."""
    why: str = ""
    short_of: int = 0
    more: int | None = None


def weighed(
    strategy: Strategy, state: State, before: Judgement | None = None
) -> tuple[Weighed, ...]:
    """Each metric, in the order of verdicts, then the segment that looks worst, and numbers of one's own. `before`: the judgement of
    this step some time ago, which tells how fast evidence has grown of late."""
    judge = strategy.judge
    if is_baked(state) or (state.phase is Phase.FINISHED and state.bake.bounds):
        found = [_baked(judge, metric, state) for metric in judge.metrics]
    else:
        found = _stepped(strategy, state, before or Judgement())
        found.extend(_segment(judge, state))
    return (*found, *_numbers(strategy, state))


def without_comparison(strategy: Strategy, state: State) -> Weighed:
    """What decides a step at 0 percent, where no user meets the candidate."""
    if not strategy.split:
        return Weighed(BASELINE, Outcome.PASS, 1.0, None, 0.0)
    good = state.good_probes
    outcome = Outcome.PASS if good else Outcome.NO_DATA
    why = "" if good else "no probe of the candidate was answered yet"
    return Weighed(PROBES, outcome, 1.0 if good else 0.0, None, 0.0, why)


def _stepped(strategy: Strategy, state: State, before: Judgement) -> list[Weighed]:
    judge, known = strategy.judge, state.judgement
    step = strategy.steps[max(state.step, 0)]
    open_step = 0 < state.share < ALL and state.phase not in _OVER
    verdicts = (
        {v.metric: v for v in judge.verdicts(known, step.least_requests)} if open_step else {}
    )
    found: list[Weighed] = []
    for metric in judge.metrics:
        pair = known.metrics.get(metric.name) or Pair()
        log_e, verdict = pair.not_worse.log_e, verdicts.get(metric.name)
        outcome = None if verdict is None else verdict.outcome
        counted = _counted(judge, metric, known)
        short = 0
        if outcome is Outcome.INCONCLUSIVE and _trials(metric) in REQUIRED:
            short = max(step.least_requests - counted, 0)
        found.append(
            Weighed(
                metric.name,
                outcome,
                _part(log_e, judge.passing) if verdict is not None else None,
                _part(pair.worse.log_e, judge.failing),
                log_e,
                _why(outcome, known.stable.requests, not_judged=open_step),
                short,
                _more(judge, metric, known, before)
                if outcome is Outcome.INCONCLUSIVE and log_e < judge.passing
                else None,
            )
        )
    return found


def _trials(metric: Metric) -> str:
    return metric.trials if isinstance(metric, RateMetric) else "requests"


def _why(outcome: Outcome | None, stable: int, *, not_judged: bool) -> str:
    if outcome is None:
        return "too few to judge" if not_judged else ""
    if outcome is Outcome.NO_DATA:
        return "the candidate served nobody yet" if stable else "stable serves nobody"
    return ""


def _part(log_e: float, decides: float) -> float:
    return min(max(log_e / decides, 0.0), 1.0)


def _counted(judge: Judge, metric: Metric, known: Judgement) -> int:
    """The candidate's requests that evidence of a pass has been made of."""
    counted = known.candidate.count(_trials(metric))
    if judge.fill_in and isinstance(metric, RateMetric):
        counted += known.candidate.probes
    return counted


def _more(judge: Judge, metric: Metric, known: Judgement, before: Judgement) -> int | None:
    """As if evidence went on to grow as it did of late, or since the step began. A bet learns at first, so that the latter alone
    would tell of far too many; after few requests, or little evidence, nothing can be foretold."""
    counted, log_e = _counted(judge, metric, known), _log_e(metric, known)
    if counted < _FEW or log_e < judge.passing / 20:
        return None
    pace = log_e / counted
    lately = counted - _counted(judge, metric, before)
    if lately >= _FEW:
        pace = max(pace, (log_e - _log_e(metric, before)) / lately)
    return max(math.ceil((judge.passing - log_e) / pace), 1)


def _log_e(metric: Metric, known: Judgement) -> float:
    return (known.metrics.get(metric.name) or Pair()).not_worse.log_e


def _baked(judge: Judge, metric: Metric, state: State) -> Weighed:
    evidence = state.bake.evidence.get(metric.name)
    if evidence is None:
        return Weighed(metric.name, None, None, None, 0.0, "too few to judge")
    failed = evidence.log_e >= judge.failing
    return Weighed(
        metric.name,
        Outcome.FAIL if failed else None,
        None,
        _part(evidence.log_e, judge.failing),
        evidence.log_e,
    )


def _segment(judge: Judge, state: State) -> list[Weighed]:
    segments = state.judgement.segments
    if not segments:
        return []
    name, evidence = max(segments.items(), key=lambda item: item[1].log_e)
    decides = judge.failing_segment
    if evidence.log_e <= 0:
        return []
    outcome = Outcome.FAIL if evidence.log_e >= decides else None
    part = _part(evidence.log_e, decides)
    return [Weighed(f"errors of {name}", outcome, None, part, evidence.log_e)]


def _numbers(strategy: Strategy, state: State) -> list[Weighed]:
    found: list[Weighed] = []
    for custom in strategy.analysis.custom:
        streak = state.judgement.bad_numbers.get(custom.name, 0)
        outcome = Outcome.FAIL if streak >= custom.fail_after else None
        why = f"bad {streak} times in a row, {custom.fail_after} decide" if streak else ""
        part = min(streak / custom.fail_after, 1.0)
        found.append(Weighed(custom.name, outcome, None, part, 0.0, why))
    return found
