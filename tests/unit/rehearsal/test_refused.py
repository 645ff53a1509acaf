"""A rollout that is refused before it begins says why, whatever has become of its lease meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from delivery.commands.rollout import leading
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.rollout.ledger import LeaseLostError


def test_why_is_told_also_when_the_lease_has_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RefusedError("candidate c does not answer its probes")

    def lost(_: int) -> None:
        raise LeaseLostError("it has run out")

    def nothing(*_: object) -> tuple[()]:
        return ()

    before = (
        *("refuse_under_way", "check_live", "check_candidate", "check_classes", "one_way"),
        "bring_state",
    )
    for name in before:
        monkeypatch.setattr(leading.preflight, name, nothing)
    monkeypatch.setattr(leading.preflight, "check_policies", refuse)

    def taken(*_: object) -> SimpleNamespace:
        return SimpleNamespace(fence=1)

    ledger = SimpleNamespace(take=taken, give_back=lost)
    place: Any = SimpleNamespace(
        ledger=ledger, stack=None, deployments=SimpleNamespace(version=nothing)
    )
    strategy: Any = None
    with pytest.raises(RefusedError, match="does not answer its probes"):
        leading._start(place, strategy, None, 10, Progress(), warms=False)  # pyright: ignore[reportPrivateUsage]
