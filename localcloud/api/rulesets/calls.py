"""What the handlers of rulesets have in common: whose ruleset, may the token, and is it only a trial."""

from __future__ import annotations

from localcloud.api import errors as api_errors
from localcloud.api.routing import Call
from localcloud.api.rulesets import errors, models
from localcloud.api.rulesets.phases import ALL_PERMISSIONS, PHASES, permissions
from localcloud.api.store import Document


class TrialEnded(Exception):  # noqa: N818 (an event that was asked for, not an error)
    """Undoes the transaction of a `dry_run`."""


def parent_of(call: Call) -> str:
    return call.path.get("zone") or call.account


def level(call: Call) -> str:
    return "Read" if call.request.method == "GET" else "Write"


def may_use(call: Call, phase: str) -> bool:
    names = permissions(phase, in_zone="zone" in call.path)
    return any(call.token.may(f"{name} {level(call)}") for name in names)


def refuse_phase(call: Call, phase: str) -> None:
    """Each phase has a permission of its own, so one for the firewall does not open the redirects."""
    if not may_use(call, phase):
        raise _refusal(call)


def refuse_stranger(call: Call) -> None:
    """Whoever may use no phase at all is not told what there is."""
    if not any(call.token.may(f"{name} {level(call)}") for name in ALL_PERMISSIONS):
        raise _refusal(call)


def _refusal(call: Call) -> Exception:
    return api_errors.UNAUTHORIZED() if "zone" in call.path else api_errors.AUTHENTICATION()


def found(call: Call) -> Document:
    """The ruleset of the path, by its id or as the entrypoint of a phase. Raises `ApiError`."""
    if "phase" in call.path:
        phase = known_phase(call)
        ruleset = models.entrypoint(call.cloud.store, parent_of(call), phase)
        if ruleset is None:
            raise errors.NO_ENTRYPOINT(phase=phase)
        return ruleset
    refuse_stranger(call)
    ruleset = models.find(call.cloud.store, parent_of(call), call.path["ruleset"])
    refuse_phase(call, ruleset.body["phase"])
    return ruleset


def known_phase(call: Call) -> str:
    phase = call.path["phase"]
    if phase not in PHASES:
        raise errors.BAD_PHASE(phase=phase)
    refuse_phase(call, phase)
    return phase


def end_trial(call: Call) -> None:
    """With `?dry_run=true` the request is checked and nothing is kept. Raises `TrialEnded`."""
    if call.query.get("dry_run") == "true":
        raise TrialEnded
