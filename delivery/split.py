"""The wanted split of a Worker's traffic, as it is handed to one run of the program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from delivery.errors import RefusedError
from settings.split import SPLIT, SPLIT_MESSAGE, VERSION_ID

_SHORTEST_PREFIX: Final = 4


@dataclass(frozen=True)
class Share:
    """`percentage` of the requests go to the version, 0 to 100."""

    version_id: str
    percentage: Decimal


def to_environment(shares: Sequence[Share], message: str = "pitchey split") -> dict[str, str]:
    """What tells one run of the program the split. Raises `RefusedError` when the shares are not one or two that make 100."""
    check_shares(shares)
    wanted = [{"versionId": s.version_id, "percentage": float(s.percentage)} for s in shares]
    # Each split handed over is a deployment of its own, also one that the state remembers: the API may have moved on since.
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {SPLIT: json.dumps(wanted), SPLIT_MESSAGE: f"{message} {now}"}


def check_shares(shares: Sequence[Share]) -> None:
    if not 1 <= len(shares) <= 2:
        raise RefusedError(
            f"a split has one or two versions, not {len(shares)}", "name the stable and the canary"
        )
    if len({share.version_id for share in shares}) != len(shares):
        raise RefusedError(f"version {shares[0].version_id} is named twice", "name it once")
    for share in shares:
        if not 0 <= share.percentage <= 100:
            raise RefusedError(
                f"percentage {share.percentage} of version {share.version_id} is not between 0 and 100",
                "choose another",
            )
    total = sum((share.percentage for share in shares), Decimal(0))
    if total != 100:
        raise RefusedError(
            f"the percentages add up to {total.normalize():f}",
            "lower or raise one so that they make 100",
        )


def read_shares(written: Sequence[str], outputs: Mapping[str, Any]) -> list[Share]:
    """Shares from `VERSION=PERCENTAGE` words. VERSION is `stable`, `candidate`, `uploaded`, or an id, or its beginning when the
    stack knows a version that begins so. Raises `RefusedError`."""
    shares: list[Share] = []
    for word in written:
        version, separator, number = word.partition("=")
        try:
            percentage = Decimal(number.removesuffix("%"))
        except InvalidOperation:
            percentage = Decimal("NaN")
        if not separator or not percentage.is_finite():
            raise RefusedError(f"{word!r} is not VERSION=PERCENTAGE", "write it like stable=90")
        shares.append(Share(_version(version, outputs), percentage))
    check_shares(shares)
    return _in_live_order(shares, outputs)


def _version(word: str, outputs: Mapping[str, Any]) -> str:
    named = {
        "stable": outputs.get("stableVersionId"),
        "candidate": outputs.get("candidateVersionId"),
        "uploaded": outputs.get("uploadedVersionId"),
    }
    if word in named:
        found = named[word]
        if found is None:
            raise RefusedError(f"there is no {word} version now", "name a version by its id")
        return str(found)
    if VERSION_ID.fullmatch(word):
        return word
    known = {str(value) for value in named.values() if value}
    known |= {str(share["versionId"]) for share in outputs.get("split") or ()}
    if len(word) >= _SHORTEST_PREFIX:
        matching = [id for id in known if id.startswith(word)]
        if len(matching) == 1:
            return matching[0]
    raise RefusedError(
        f"version {word!r} is not known to this stack",
        "use stable, candidate, uploaded, or a version's id",
    )


def _in_live_order(shares: list[Share], outputs: Mapping[str, Any]) -> list[Share]:
    # Keys stay on the version they have seen only while the order of a deployment's versions never changes.
    live = [str(share["versionId"]) for share in outputs.get("split") or ()]
    return sorted(
        shares, key=lambda share: live.index(share.version_id) if share.version_id in live else 2
    )
