"""What people ask of a rollout, whoever leads it: pause, promote, abort, signal."""

from __future__ import annotations

from typing import Annotated

import typer

from delivery.commands.options import CloudOption, StackArgument
from delivery.commands.rollout.hearing import GOING_BACK, UnansweredError, ask
from delivery.commands.rollout.leading import take_over
from delivery.commands.rollout.stacks import NotUnderWayError, find_open, find_place
from delivery.progress import Progress
from delivery.rollout.leading import holder
from delivery.rollout.measurements import Verb
from delivery.rollout.state import Phase

WhyOption = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger.")]


def pause(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """Holds the share where it is; what is shown to do harm still goes back.

    Example: pitchey rollout pause staging --why "the support desk asks"
    """
    _ask(stack, cloud, Verb.PAUSE, why)


def promote(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """Gives the candidate everything now; the bake follows.

    Example: pitchey rollout promote staging
    """
    _ask(stack, cloud, Verb.PROMOTE, why)


def abort(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """Puts stable back, whoever leads the rollout.

    Example: pitchey rollout abort staging --why "wrong version"
    """
    _ask(stack, cloud, Verb.ABORT, why)


def signal(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """A security signal: stable is put back at once.

    Example: pitchey rollout signal staging --why "sessions leak"
    """
    _ask(stack, cloud, Verb.SIGNAL, why)


def _ask(stack: str, cloud: str, verb: Verb, why: str) -> None:
    progress = Progress()
    place, settings = find_place(stack, cloud, progress)
    rollout = find_open(place)
    told = place.ledger.read()
    goes_back = verb in GOING_BACK
    if told.lease is not None and told.lease.until > told.now:
        try:
            ask(place, rollout, told.lease, verb, why, progress)
        except UnansweredError as error:
            if not goes_back:
                raise
            progress.say(f"{error.what}: it is led back from here")
        else:
            return
    else:
        place.ledger.request(rollout.id, {"verb": verb.value, "by": holder(), "why": why})
    if goes_back:
        try:
            phase = take_over(place, settings.lease_seconds, progress, wake=False, force=True)
        except NotUnderWayError:
            # The switch, or somebody else, was a moment faster.
            progress.say("it is over meanwhile")
            return
        raise typer.Exit(0 if phase is Phase.RETURNED else 2)
    progress.say(f"nobody leads it now; `pitchey rollout resume {stack}` does, and obeys")
