"""What follows a rollback that is done: Pulumi's state, people. Each is tried once, and none can undo the rollback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from delivery.rollback.component import Report, Returned
from delivery.split import Share
from delivery.stack import Stack

_HOLD_SECONDS = 3.0


def bring_state(stack: Stack, returned: Returned, message: str) -> str:
    """Pulumi's state is told what serves now. Raises `DeliveryError`."""
    with stack.held(_HOLD_SECONDS):
        stack.split([Share(returned.after, Decimal(100))], message)
    return "Pulumi's state agrees"


def tell_people(
    stack: Stack,
    returned: Returned,
    worker: str,
    why: str,
    id: str,
    report: Report,
    numbers: Mapping[str, str],
) -> str:
    """Sends what the stack's settings ask for; `numbers` as people read them."""
    from delivery.notifications.notification import (  # noqa: PLC0415 (after the rollback)
        Notification,
        Severity,
        State,
    )
    from delivery.notifications.of_stack import notifier_of  # noqa: PLC0415

    notifier = notifier_of(stack, report)
    if not notifier.channels and not notifier.left_out:
        return "nobody is to be told"
    notifier.send(
        Notification(
            id=id,
            severity=Severity.ERROR,
            title=f"{worker} was rolled back",
            text=f"{returned.after} serves every request again" + (f": {why}" if why else ""),
            stack=stack.name,
            worker=worker,
            rollout=id,
            state=State.ABORTED,
            numbers=numbers,
            stable=returned.after,
            candidate=returned.before,
            share=0,
        )
    )
    untold = notifier.close()
    return "; ".join(untold) if untold else "people are told"


def best_effort(what: str, work: Callable[[], str], report: Report) -> str | None:
    """None when it was done, else what was not, and why, in one line: the rollback itself is done."""
    try:
        report(work())
    except Exception as error:
        # Nothing that follows may make a rollback that is done look as if it were not.
        said = str(error).strip().splitlines()
        left = f"{what}: not done ({said[0] if said else type(error).__name__})"
        report(left)
        return left
    return None
