"""Two who begin a rollout at once: whoever is later in its pre-flight is refused, and takes nothing from the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from delivery.commands.rollout import leading
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.rollout.ledger import Lease, LeaseHeldError, LeaseLostError
from tests.unit.rollout_view.ledgers import strategy


class Leases:
    """Those of a ledger, whose time passes when it is told to."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.fence = 0
        self.forced = False
        self.last = 0

    def take(self, holder: str, seconds: int, *, force: bool = False) -> Lease:
        if self.holder is not None and not force:
            raise LeaseHeldError(self.holder, seconds)
        self.forced = self.forced or (force and self.holder not in {None, holder})
        self.holder, self.fence = holder, self.fence + 1
        return Lease(holder, self.fence, seconds)

    def renew(self, fence: int, seconds: int) -> float:
        if fence != self.fence or self.holder is None:
            raise LeaseLostError("it has run out")
        return seconds

    def give_back(self, fence: int) -> None:
        if fence != self.fence or self.holder is None:
            raise LeaseLostError("it has run out")
        self.holder = None

    def read(self) -> Any:
        return self


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Begins a rollout; `meanwhile` happens in its pre-flight. Gives the fences under which one was begun."""
    begun: list[int] = []

    def none(*_: object) -> tuple[()]:
        return ()

    def run(ledger: Leases, meanwhile: Callable[[], None], refuse: Callable[[], None]) -> list[int]:
        place: Any = SimpleNamespace(
            ledger=ledger,
            stack=SimpleNamespace(name="staging"),
            deployments=SimpleNamespace(version=none),
        )

        def began(*arguments: Any) -> tuple[None, None]:
            begun.append(arguments[4].fence)
            return None, None

        def refused(*_: object) -> None:
            refuse()

        def probed(*_: object) -> None:
            meanwhile()

        checks: dict[str, Callable[..., Any]] = {
            "refuse_under_way": refused,
            "probe_candidate": probed,
        }
        others = ("check_live", "bring_state", "check_candidate", "check_classes", "one_way")
        checks |= dict.fromkeys((*others, "check_policies", "changed_secrets"), none)
        for name, check in checks.items():
            monkeypatch.setattr(leading.preflight, name, check)
        monkeypatch.setattr(leading, "begin", began)
        monkeypatch.setattr(leading, "_lead_to_the_end", none)
        leading._start(place, strategy(), None, 10, Progress(), warms=False)  # pyright: ignore[reportPrivateUsage]
        return begun

    return run


def nothing() -> None:
    """Nobody else is there."""


def test_a_pre_flight_that_outlasts_its_lease_takes_it_again(begin: Callable[..., Any]) -> None:
    ledger = Leases()

    def run_out() -> None:
        ledger.holder = None

    assert begin(ledger, nothing, nothing) == [1]
    ledger.holder = None
    assert begin(ledger, run_out, nothing) == [1, 3]


def test_but_from_nobody_who_has_taken_it_meanwhile(begin: Callable[..., Any]) -> None:
    ledger = Leases()

    def other_leads() -> None:
        ledger.holder = None
        ledger.take("bob", 10)

    with pytest.raises(LeaseHeldError, match="bob leads a rollout"):
        begin(ledger, other_leads, nothing)
    assert (ledger.holder, ledger.forced) == ("bob", False)


def test_and_a_rollout_that_was_begun_meanwhile_is_not_followed_by_a_second(
    begin: Callable[..., Any],
) -> None:
    ledger = Leases()
    begun: list[bool] = []

    def other_began_and_vanished() -> None:
        ledger.holder = None
        begun.append(True)

    def refuse() -> None:
        if begun:
            raise RefusedError("rollout 7 is under way")

    with suppress(LeaseLostError), pytest.raises(RefusedError, match="under way"):
        begin(ledger, other_began_and_vanished, refuse)
    assert ledger.holder is None
