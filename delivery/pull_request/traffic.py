"""What a preview would do to a Worker's traffic, in one line of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from delivery.events import UNCHANGED
from delivery.pull_request.changes import Json, mapping, operation_of, read, type_of
from delivery.pull_request.markdown import code
from policies.properties import Property

_DEPLOYMENTS: Final = frozenset({"WorkersDeployment"})
_VERSIONS: Final = frozenset({"WorkerVersion", "WorkersScript", "WorkerScript"})
_UPLOADED: Final = "the version that this uploads"
_SHORT: Final = 8
_MOST_VERSIONS: Final = 4
Split = list[tuple[str, str]]


def traffic(steps: Sequence[Json], live: Sequence[Json] | None) -> str:
    """`live` is the split that serves now, where it is known; else the state's counts as it."""
    deployments = [s for s in steps if type_of(s["urn"]) in _DEPLOYMENTS and _acts(s)]
    if deployments:
        return " ".join(
            _moved(step, live if len(deployments) == 1 else None) for step in deployments
        )
    uploads = [s for s in steps if type_of(s["urn"]) in _VERSIONS and _acts(s) and _declared(s)]
    if any(type_of(step["urn"]) != "WorkerVersion" for step in uploads):
        return "**Traffic: all of it** goes to the new code of a `WorkersScript` at once."
    if uploads:
        return f"No traffic moves: the uploaded version gets 0 %{_now(live)}."
    return f"No traffic moves{_now(live)}."


def _acts(step: Json) -> bool:
    return operation_of(step) not in UNCHANGED


def _declared(step: Json) -> bool:
    return bool(mapping(step.get("newState")))


def _moved(step: Json, live: Sequence[Json] | None) -> str:
    before = _split_of(step, "oldState")
    if live is not None:
        before = _split(read({"versions": list(live)}))
    after = _split_of(step, "newState")
    if not after:
        kept = mapping(step.get("oldState")).get("retainOnDelete") is True
        rest = "; it keeps serving, since it is retained" if kept else ""
        return f"**The deployment is taken out of the stack** (it was {_told(before)}){rest}."
    if before == after:
        return f"No traffic moves: {_told(after)} as before."
    if not before:
        return f"First deployment: {_told(after)}."
    return f"**Traffic moves** from {_told(before)} to {_told(after)}."


def _split_of(step: Json, state: str) -> Split:
    return _split(read(mapping(step.get(state)).get("inputs")))


def _split(declared: Property) -> Split:
    return [_share(share) for share in declared["versions"].elements()]


def _share(share: Property) -> tuple[str, str]:
    id, percentage = share["versionId"], share["percentage"]
    version = _UPLOADED if id.exists and not id.is_told else code(str(id.plain() or "?")[:_SHORT])
    number = percentage.number
    return version, f"{number:g} %" if number is not None else "a share that is not known yet"


def _told(split: Split) -> str:
    told = [f"{share} to {version}" for version, share in split[:_MOST_VERSIONS]]
    if len(split) > len(told):
        told.append(f"{len(split) - len(told)} more")
    return ", ".join(told) or "nothing"


def _now(live: Sequence[Json] | None) -> str:
    shares = _split(read({"versions": list(live or ())}))
    return f" ({_told(shares)} as before)" if shares else ""
