"""Before a rollout begins: everything that would stop it later, and the way back, is tried while stable has all the traffic."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from delivery.deployments import VersionContent
from delivery.errors import RefusedError
from delivery.events import Step as Planned
from delivery.rollout.events import Kind
from delivery.rollout.journal import SWITCHED
from delivery.rollout.leading import Place
from delivery.rollout.probing import Prober
from delivery.rollout.state import ALL
from delivery.rollout.strategy import Strategy
from delivery.split import Share
from delivery.stack import Stack

_NOTHING: Final = Decimal(0)
_PROBE_SECONDS: Final = 30.0
_HOLD_SECONDS: Final = 120.0
_ROUNDS: Final = 3
_OUTCOMES: Final = (Kind.STARTED, Kind.RETURNED, Kind.FINISHED, SWITCHED)
_UNCHANGED: Final = frozenset({"same", "read", "refresh"})


def refuse_under_way(place: Place) -> None:
    """Raises `RefusedError` when another rollout of this Worker is not over."""
    known = place.open_rollout()
    if known is not None:
        raise RefusedError(
            f"rollout {known.id} of {place.worker} is {known.state.phase} at {known.state.share:f} %",
            f"`pitchey rollout resume {place.stack.name}` goes on with it, `abort` puts stable back",
        )


def check_live(place: Place) -> str:
    """The version that serves everything, which is the one that Pulumi's state knows, or that was put back past it as the ledger
    says. Raises `RefusedError` when two serve, or another one: that is somebody's deployment."""
    live = place.deployments.live()
    served = {} if live is None else live.served
    if len(served) != 1:
        shares = ", ".join(f"{version} {share:f} %" for version, share in served.items())
        raise RefusedError(
            f"{place.worker} is split already ({shares or 'nothing is live'}), and no rollout did it",
            f"`pitchey split {place.stack.name} stable=100` or `pitchey rollback` first",
        )
    stable = next(iter(served))
    known = _known(place)
    if known not in ([], [stable]) and not _put_back(place, stable, known):
        raise RefusedError(
            f"{stable} serves everything, and Pulumi's state has {', '.join(known)}: somebody deployed past it",
            f"`pitchey up {place.stack.name}` takes over what serves; `pitchey rollback` puts the last good one back",
        )
    check_deployable(place, stable)
    return stable


def bring_state(place: Place, stable: str, say: Callable[[str], None]) -> None:
    """Pulumi's state is told what was put back past it, where that is so. Raises `DeliveryError`."""
    known = _known(place)
    if known in ([], [stable]):
        return
    with place.stack.held(_HOLD_SECONDS):
        live = place.deployments.live()
        if live is None or live.served != {stable: ALL}:
            raise RefusedError(
                f"{stable} does not serve everything any more: somebody deployed just now",
                f"`pitchey status {place.stack.name}` shows what serves",
            )
        place.stack.split([Share(stable, ALL)], "pitchey rollout: the state follows")
    say(f"{stable} was put back past Pulumi's state, which had {', '.join(known)}: it agrees now")


def _known(place: Place) -> list[str]:
    """The versions that serve by Pulumi's state."""
    shares = place.outputs.get("split") or ()
    return [str(share["versionId"]) for share in shares if float(share["percentage"]) > 0]


def _put_back(place: Place, stable: str, known: Sequence[str]) -> bool:
    """Whether the ledger's last word is that these versions gave everything to stable: by a return, the switch, or by hand."""
    started: dict[str, Mapping[str, Any]] = {}
    versions: set[str] = set()
    for entry in place.ledger.read(kinds=_OUTCOMES).entries:
        if entry.kind == Kind.STARTED:
            started[entry.rollout] = entry.body
        elif entry.kind == Kind.FINISHED:
            versions = set()
        elif not entry.body.get("superseded"):
            told = {**started.get(entry.rollout, {}), **entry.body}
            left = str(told.get("from") or told.get("candidate")).split(",")
            versions = {stable, *left} if told.get("stable") == stable else set()
    return versions.issuperset(known)


def check_deployable(place: Place, stable: str) -> None:
    """The way back: raises `RefusedError` when stable could not be deployed again."""
    if all(stable != version.id for version in place.deployments.versions()):
        raise RefusedError(
            f"{stable} serves everything and is none of the last hundred versions, which alone can be deployed: there is no way back",
            f"edit worker/src, `pitchey up {place.stack.name}`, then `pitchey split {place.stack.name} uploaded=100` first",
        )


def check_candidate(place: Place, stable: str, wanted: str | None) -> str:
    """Raises `RefusedError` where nothing new is uploaded."""
    candidate = wanted or str(place.outputs["uploadedVersionId"])
    if candidate == stable:
        raise RefusedError(
            f"version {candidate} serves everything already",
            f"edit worker/src, then `pitchey up {place.stack.name}` uploads a new one",
        )
    return candidate


def check_classes(strategy: Strategy, stable: VersionContent, candidate: VersionContent) -> None:
    """Raises `RefusedError` for a strategy that Cloudflare would refuse: versions with other classes cannot be split."""
    if not strategy.split:
        return
    changed = ", ".join(sorted(stable.classes ^ candidate.classes))
    if changed:
        raise RefusedError(
            f"version {candidate.id} changes Durable Object classes ({changed}): it cannot be split from {stable.id}",
            "use --strategy all-at-once",
        )


def one_way(stable: VersionContent, candidate: VersionContent) -> str | None:
    """Why stable could not be put back once the candidate serves; None where it could."""
    created = ", ".join(sorted(candidate.classes - stable.classes))
    if not created:
        return None
    return (
        f"there is no way back from {candidate.id}: it creates Durable Object classes ({created}), and Cloudflare takes back no "
        "version that does not know them; what is wrong with it is mended by a newer version"
    )


def changed_secrets(stable: VersionContent, candidate: VersionContent) -> list[str]:
    """Names of the secrets that one of both versions alone has, in alphabetical order. Values are told by nobody; a deployment of
    stable is forced past Cloudflare's refusal where they have changed."""
    return sorted(stable.secrets ^ candidate.secrets)


def check_policies(stack: Stack) -> list[str]:
    """The stack as it would be applied now, judged by the policy pack; names of what the program would change besides, which
    waits for the next `up`. Raises `RefusedError` for a violation that stops it."""
    from delivery.policy.gate import judged_preview  # noqa: PLC0415 (the rules are loaded where they judge)

    with stack.held(_HOLD_SECONDS):
        judged = judged_preview(stack)
    judged.refuse(stack.name)
    steps = [event for event in judged.result.events if isinstance(event, Planned)]
    changing = {step.urn for step in steps if step.planning and step.operation not in _UNCHANGED}
    return sorted(urn.rsplit("::", 1)[-1] for urn in changing if "::pulumi:" not in urn)


def probe_candidate(
    place: Place,
    strategy: Strategy,
    stable: str,
    candidate: str,
    report: Callable[[str], None],
) -> None:
    """Deploys the candidate with 0 % and asks it every declared check; that stable can be deployed is proven by the same call.

    Raises `RefusedError` when a check fails, and takes the candidate out of the deployment again.
    """
    if not strategy.split:
        return
    shares = [Share(stable, ALL), Share(candidate, _NOTHING)]
    place.deployments.deploy(shares, "pitchey rollout: probes at 0 %")
    prober = Prober(place.edge, place.worker_url, place.worker, strategy.probes.checks)
    deadline = time.monotonic() + _PROBE_SECONDS
    good, last = 0, "no answer"
    while good < _ROUNDS and time.monotonic() < deadline:
        told = prober.probe(candidate)
        good = good + 1 if told.good and not told.bad else 0
        last = told.last or last
        report(f"probes at 0 %: {good} of {_ROUNDS}")
        time.sleep(0.2)
    if good < _ROUNDS:
        place.deployments.deploy([Share(stable, ALL)], "pitchey rollout: probes failed")
        raise RefusedError(
            f"candidate {candidate} does not answer its probes: {last}", "nothing was shifted"
        )
