"""The split that is handed to one run of the program, in PITCHEY_SPLIT."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeGuard

from components.live_split import Share

SPLIT: Final = "PITCHEY_SPLIT"
SPLIT_MESSAGE: Final = "PITCHEY_SPLIT_MESSAGE"
VERSION_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_VERSIONS: Final = 2


def read_split(text: str | None, problems: list[str]) -> tuple[Share, ...] | None:
    """None when no split is handed over; what is wrong with it goes to `problems`."""
    if not text:
        return None
    try:
        shares = tuple(map(_share, _rows(json.loads(text))))
    except (ValueError, KeyError, TypeError, RecursionError):
        problems.append(f"{SPLIT}: not a JSON list of versionId and percentage")
        return None
    wrong = _wrong(shares)
    problems.extend(f"{SPLIT}: {line}" for line in wrong)
    return None if wrong else shares


def _rows(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        raise TypeError
    return value  # pyright: ignore[reportUnknownVariableType]


def _share(row: Mapping[str, object]) -> Share:
    version, percentage = row["versionId"], row["percentage"]
    if not isinstance(version, str) or not _is_number(percentage):
        raise TypeError
    try:
        return Share(version, float(percentage))
    except OverflowError:  # an integer of 400 digits
        return Share(version, float("inf"))


def _wrong(shares: tuple[Share, ...]) -> list[str]:
    lines: list[str] = []
    if not 1 <= len(shares) <= _MOST_VERSIONS:
        lines.append(f"{len(shares)} versions; a split has one or two")
    if len({share.version_id for share in shares}) != len(shares):
        lines.append("a version is named twice")
    lines.extend(
        "a versionId is not the id of a version (`pitchey status` shows them)"
        for share in shares
        if not VERSION_ID.fullmatch(share.version_id)
    )
    outside = [share for share in shares if not 0 <= share.percentage <= 100]
    lines.extend(f"{share.percentage:g} is not between 0 and 100" for share in outside)
    total = sum((Decimal(str(share.percentage)) for share in shares), Decimal(0))
    if shares and not outside and total != 100:
        lines.append(f"the percentages add up to {total.normalize():f}; they must make 100")
    return lines


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
