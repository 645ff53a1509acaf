"""The stack that a command's rollout is of, on the cloud that was named."""

from __future__ import annotations

from delivery.commands.stacks import open_stack
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.rollout.journal import Rollout
from delivery.rollout.leading import Place, place_of
from settings.model import RolloutsSettings
from settings.rollouts import read_rollouts


class NotUnderWayError(RefusedError):
    """There is no rollout, or it is over."""


def find_place(stack: str, cloud: str, progress: Progress) -> tuple[Place, RolloutsSettings]:
    """The place, and what the stack's settings say of rollouts. Raises `DeliveryError`, `RolloutsSettingsError`."""
    target = open_stack(stack, cloud, progress)
    return place_of(target), read_rollouts(target.project, stack)


def find_open(place: Place) -> Rollout:
    """The rollout that is under way. Raises `NotUnderWayError`."""
    found = place.open_rollout()
    if found is None:
        raise NotUnderWayError(
            f"no rollout of {place.worker} is under way",
            f"`pitchey rollout start {place.stack.name}` begins one",
        )
    return found


def find_last(place: Place) -> Rollout:
    """The one that was begun last, over or not. Raises `RefusedError`."""
    known = place.rollouts()
    if not known:
        raise RefusedError(
            f"no rollout of {place.worker} yet",
            f"`pitchey rollout start {place.stack.name}` makes one",
        )
    return known[-1]


def find_rollout(place: Place, id: str | None) -> Rollout:
    """By its id or the id's beginning; the last one without. Raises `RefusedError`."""
    if id is None:
        return find_last(place)
    found = [rollout for rollout in place.rollouts() if rollout.id.startswith(id)]
    if len(found) == 1:
        return found[0]
    which = f"{len(found)} rollouts begin with {id}" if found else f"no rollout {id}"
    raise RefusedError(which, f"`pitchey rollout history {place.stack.name}` tells them all")
