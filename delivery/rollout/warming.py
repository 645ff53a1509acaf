"""A candidate's caches, warmed before it has users: it would begin cold, since answers are kept apart for each version."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from delivery import api
from delivery.cache.asked import most_asked
from delivery.cache.warming import Target, warm
from delivery.errors import DeliveryError
from delivery.patient_api import PatientApi
from delivery.rollback.evidence import OFF
from delivery.rollback.flags import Flags
from delivery.rollback.switch import SWITCHES
from delivery.rollout.leading import Place
from settings.names import dataset_name

SWITCH: Final = "warming"
_SECONDS: Final = 20.0
_TOP: Final = 200
_AT_ONCE: Final = 6
_READ_SECONDS: Final = 3.0


def warm_candidate(
    place: Place, candidate: str, say: Callable[[str], None], report: Callable[[str], None]
) -> None:
    """At most 20 seconds, with the candidate in the deployment at 0 %. What goes wrong is told in a line, and is no reason to
    hold a rollout up."""
    end = time.monotonic() + _SECONDS
    try:
        if is_off(place):
            say("caches are not warmed: `warming` is off in FLAGS")
            return
        with api.connect(place.variables) as cloudflare:
            dataset = dataset_name(place.stack.name)
            wanted = most_asked(cloudflare, place.account, dataset, _TOP, seconds=_READ_SECONDS)
        if not wanted:
            say("caches are not warmed: nobody has asked for anything since yesterday")
            return
        target = Target(place.edge, str(place.outputs["urls"]["api"]), place.worker, candidate)
        left = max(end - time.monotonic(), 1.0)
        done = warm(target, wanted, seconds=left, at_once=_AT_ONCE, report=report)
        say(f"caches warmed for {candidate[:8]}: {done.line()}")
    except DeliveryError as error:
        say(f"caches are not warmed: {error.what}")


def is_off(place: Place) -> bool:
    """By the stack's flag. Raises `DeliveryError`."""
    with PatientApi(place.variables, patience=_READ_SECONDS) as patient:
        value = Flags(patient, place.stack.name).values([SWITCH])[SWITCH]
    return SWITCHES[SWITCH].state(value) == OFF
