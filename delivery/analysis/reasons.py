"""Why a verdict is what it is: as data in a ledger, and in words for people, here alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from delivery.analysis.words import count, rate


class Because(StrEnum):
    WORSE = "worse"
    """By more than `margin`."""
    NOT_WORSE = "not worse"
    """By `margin`."""
    UNTOLD = "untold"
    """Neither is shown."""
    FEW = "few"
    """`counted` requests, of which the step asks for `needed`."""
    NO_CANDIDATE = "no candidate"
    """The candidate served nobody."""
    NO_STABLE = "no stable"
    """Stable served nobody."""
    ABOVE_STABLE = "above stable"
    """Since 100 percent; `margin` is the most that stable had before (a share)."""
    IN_A_ROW = "in a row"
    """A number of one's own, beyond its limit `counted` times, of which `needed` decide."""


@dataclass(frozen=True, slots=True)
class Reason:
    """`margin` is in `unit`: "points" or "%"."""

    because: Because
    margin: float | None = None
    unit: str | None = None
    counted: int | None = None
    needed: int | None = None

    def to_json(self) -> dict[str, Any]:
        told = {
            "because": self.because.value,
            "margin": self.margin,
            "unit": self.unit,
            "counted": self.counted,
            "needed": self.needed,
        }
        return {key: value for key, value in told.items() if value is not None}

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Reason:
        """Raises `LookupError`, `TypeError` or `ValueError` for another shape."""
        margin, unit, counted, needed = (
            told.get(key) for key in ("margin", "unit", "counted", "needed")
        )
        return Reason(
            Because(told["because"]),
            None if margin is None else float(margin),
            None if unit is None else str(unit),
            None if counted is None else int(counted),
            None if needed is None else int(needed),
        )

    @property
    def said(self) -> str:  # noqa: PLR0911 (one return a reason)
        margin = f"{self.margin or 0:g} {self.unit}"
        match self.because:
            case Because.WORSE:
                return f"worse by more than {margin}"
            case Because.NOT_WORSE:
                return f"not worse by {margin}"
            case Because.UNTOLD:
                return "it cannot be told yet"
            case Because.FEW:
                counted, needed = count(self.counted or 0), self.needed or 0
                return f"{counted} are fewer than the {needed:,} that the step asks for"
            case Because.NO_CANDIDATE:
                return "the candidate served nobody"
            case Because.NO_STABLE:
                return "stable served nobody to compare with"
            case Because.ABOVE_STABLE:
                return f"stable had at most {rate(self.margin or 0)}"
            case Because.IN_A_ROW:
                return f"beyond its limit {self.counted} times in a row, {self.needed} decide"


def reason_of(verdict: Mapping[str, Any]) -> Reason | None:
    """Of a verdict as a ledger holds it; None for one without, and for one of an older or newer program."""
    written: object = verdict.get("reason")
    if not isinstance(written, dict):
        return None
    try:
        return Reason.from_json(cast("Mapping[str, Any]", written))
    except (LookupError, TypeError, ValueError):
        return None


def because(verdict: Mapping[str, Any]) -> str:
    """The reason in words, without what the verdict's other numbers tell."""
    reason = reason_of(verdict)
    return reason.said if reason is not None else _of_sentence(str(verdict.get("said", "")))


def _of_sentence(said: str) -> str:
    """Programs before this one wrote sentences alone: `error rate 0 % of 59 requests, stable 0 % of 1,530: not worse by 15 points (…)`."""
    reason = said.rpartition(": ")[2].partition(" (")[0]
    return reason if reason and " to 1, " in said and ": " in said else said
