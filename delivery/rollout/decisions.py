"""What decisions are made of: their events, and what more than one rule asks of a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from delivery.analysis.verdict import Verdict
from delivery.rollout.events import Event, Kind
from delivery.rollout.state import ALL, BOTH, FOREIGN, Phase, State
from delivery.rollout.strategy import Strategy


def shift(strategy: Strategy, step: int, why: str) -> Event:
    share = strategy.steps[step].share
    return Event(Kind.SHIFT, {"share": str(share), "step": step, "why": why})


def paused(cause: str, why: str, verdicts: Sequence[Verdict] = ()) -> Event:
    return Event(Kind.PAUSED, {"cause": cause, "why": why, "verdicts": [told(v) for v in verdicts]})


def returning(cause: str, why: str, verdicts: Sequence[Verdict] = ()) -> Event:
    return Event(
        Kind.RETURNING, {"cause": cause, "why": why, "verdicts": [told(v) for v in verdicts]}
    )


def decided(event: Event, at: float) -> Event:
    """A return with the second of its decision: it is done first and written down after, which is when the ledger stamps it."""
    return replace(event, body={**event.body, "decidedAt": round(at, 3)})


def told(verdict: Verdict) -> dict[str, Any]:
    body = {key: value for key, value in asdict(verdict).items() if value is not None}
    return body if verdict.reason is None else body | {"reason": verdict.reason.to_json()}


def is_ours(state: State, live: Mapping[str, Decimal]) -> bool:
    shares = (state.share,) if state.wanted is None else (state.share, state.wanted)
    return dict(live) in [state.shares(share) for share in shares]


def strange(live: Mapping[str, Decimal]) -> str:
    told = ", ".join(f"{version} {share:f} %" for version, share in live.items())
    return f"somebody else made a deployment: {told}"


def is_left_alone(state: State) -> bool:
    """Nothing is returned by itself: somebody else's deployment, or trouble of stable too and nobody left to compare with."""
    return state.phase is Phase.PAUSED and (
        state.cause == FOREIGN or (state.cause == BOTH and state.share >= ALL)
    )


def is_baked(state: State) -> bool:
    """Whether the candidate is held against what stable was: amid a pause of the bake too, unless stable is in trouble."""
    if state.phase is Phase.PAUSED:
        return state.share >= ALL and bool(state.bake.bounds) and not is_left_alone(state)
    return state.phase is Phase.BAKING
