"""Beside a flag's verification: isolates that serve are told of the change, which KV may show a minute later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from delivery.rollback.component import Place
from delivery.rollback.fencing import find_ledger
from delivery.rollout.ledger import Ledger


def tell_isolates(
    place: Place,
    flags: Mapping[str, str | None],
    token: Callable[[], str],
    note: Callable[[str], None],
) -> threading.Thread:
    """`token` gives the ledger's token and may raise; `note` is told what was done. Whoever is not told goes by KV."""

    def tell() -> None:
        try:
            url = find_ledger(place)
            if url is None:
                note("the stack has no Rollouts Worker that tells isolates: they see it in KV")
                return
            Ledger(place.edge, url, token()).tell_flags(flags)
        except Exception as error:
            said = str(error).strip().splitlines()
            note(
                f"isolates were not told, and see it in KV: {said[0] if said else type(error).__name__}"
            )
        else:
            note("isolates that serve are told")

    # A daemon: the engine that gives the token must not keep the command from ending.
    thread = threading.Thread(target=tell, name="isolates", daemon=True)
    thread.start()
    return thread
