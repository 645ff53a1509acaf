"""What stops a rollout before it begins, and what is told of it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pytest

from delivery.deployments import Deployment, Version, VersionContent
from delivery.errors import RefusedError
from delivery.rollout import preflight
from delivery.rollout.leading import Place
from delivery.split import Share
from tests.unit.rollout.ledgers import MemoryLedger

Told = tuple[str, str, Mapping[str, Any]]


@dataclass
class FakeDeployments:
    served: dict[str, int]

    def live(self) -> Deployment:
        shares = tuple(Share(version, Decimal(part)) for version, part in self.served.items())
        return Deployment("d", 0.0, shares, "", "api")

    def versions(self) -> list[Version]:
        return [Version(id, 1, 0.0, "") for id in self.served]


@dataclass
class FakeStack:
    name: str = "staging"
    splits: list[Sequence[Share]] = field(default_factory=list[Sequence[Share]])

    @contextmanager
    def held(self, seconds: float) -> Generator[None]:
        assert seconds > 0
        yield

    def split(self, shares: Sequence[Share], message: str) -> None:
        assert message.startswith("pitchey rollout")
        self.splits.append(shares)


@dataclass
class FakePlace:
    deployments: FakeDeployments
    outputs: dict[str, Any]
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    stack: FakeStack = field(default_factory=FakeStack)
    worker: str = "pitchey-api-staging"


def place(served: dict[str, int], known: dict[str, int], *entries: Told) -> Place:
    split = [{"versionId": id, "percentage": part} for id, part in known.items()]
    made = FakePlace(FakeDeployments(served), {"split": split})
    made.ledger.append(1, 0, entries)
    return cast("Place", made)


def test_stable_is_the_one_version_that_serves_and_that_the_state_knows() -> None:
    assert preflight.check_live(place({"old": 100, "new": 0}, {"old": 100})) == "old"
    assert preflight.check_live(place({"old": 100, "new": 0}, {"old": 100, "new": 0})) == "old"


@pytest.mark.parametrize(
    ("served", "known", "said"),
    [
        ({"old": 90, "new": 10}, {"old": 100}, "is split already"),
        ({"foreign": 100}, {"old": 100}, "foreign serves everything, and Pulumi's state has old"),
        ({"old": 100}, {"old": 90, "new": 10}, "Pulumi's state has old, new"),
    ],
)
def test_somebody_elses_deployment_is_not_built_upon(
    served: dict[str, int], known: dict[str, int], said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as refused:
        preflight.check_live(place(served, known))
    assert "pitchey" in (refused.value.hint or "")


BEGUN: Told = ("started", "r1", {"stable": "old", "candidate": "new"})
SWITCHED: Told = ("switched", "r1", {"stable": "old", "candidate": "new"})
RETURNED: Told = ("returned", "r1", {"why": "errors"})
FINISHED: Told = ("finished", "r1", {})
SUPERSEDED: Told = ("switched", "r1", {**SWITCHED[2], "superseded": True})
BY_HAND: Told = ("returned", "rollback", {"stable": "old", "from": "new,newest", "by": "ann"})


@pytest.mark.parametrize("known", [{"old": 90, "new": 10}, {"new": 100}])
@pytest.mark.parametrize("back", [(BEGUN, SWITCHED), (BEGUN, RETURNED), (BY_HAND,)])
def test_the_state_is_brought_to_what_was_put_back_past_it(
    known: dict[str, int], back: tuple[Told, ...]
) -> None:
    behind = place({"old": 100}, known, *back)
    assert preflight.check_live(behind) == "old"
    said: list[str] = []
    preflight.bring_state(behind, "old", said.append)
    assert cast("FakeStack", behind.stack).splits == [[Share("old", Decimal(100))]]
    [line] = said
    assert line.startswith("old was put back past Pulumi's state, which had ")


@pytest.mark.parametrize(
    ("served", "known", "entries"),
    [
        ("old", "new", ()),
        ("old", "new", (BEGUN, FINISHED)),
        ("old", "new", (BEGUN, SUPERSEDED)),
        ("new", "old", (BEGUN, SWITCHED)),
        ("old", "foreign", (BEGUN, SWITCHED)),
        ("foreign", "old", (BY_HAND,)),
        ("old", "new", (BEGUN, SWITCHED, BEGUN, FINISHED)),
    ],
)
def test_but_only_to_what_the_ledger_says(
    served: str, known: str, entries: tuple[Told, ...]
) -> None:
    with pytest.raises(RefusedError, match="somebody deployed past it"):
        preflight.check_live(place({served: 100}, {known: 100}, *entries))


def test_a_state_that_agrees_is_left_alone_and_so_is_a_deployment_of_just_now() -> None:
    agrees = place({"old": 100}, {"old": 100})
    preflight.bring_state(agrees, "old", pytest.fail)
    behind = place({"foreign": 100}, {"new": 100}, BY_HAND)
    with pytest.raises(RefusedError, match="somebody deployed just now"):
        preflight.bring_state(behind, "old", pytest.fail)
    assert not cast("FakeStack", agrees.stack).splits
    assert not cast("FakeStack", behind.stack).splits


def test_secrets_that_one_version_alone_has_are_named() -> None:
    old = {"KEY": "secret_text", "GONE": "secret_text", "KV": "kv_namespace"}
    new = {"KEY": "secret_text", "NEW": "secret_key", "OTHER": "kv_namespace"}
    before, after = (
        VersionContent(id, bindings, frozenset()) for id, bindings in (("old", old), ("new", new))
    )
    assert preflight.changed_secrets(before, after) == ["GONE", "NEW"]
    assert preflight.changed_secrets(before, before) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"Counter"}, {"Counter"}, None),
        # A class that goes takes its objects with it, and the older version makes it anew.
        ({"Counter", "Rates"}, {"Counter"}, None),
        ({"Counter"}, {"Counter", "Rates", "Marks"}, "classes (Marks, Rates)"),
    ],
)
def test_a_version_that_creates_classes_is_told_to_have_no_way_back(
    old: set[str], new: set[str], told: str | None
) -> None:
    stable, candidate = (
        VersionContent(id, {}, frozenset(classes)) for id, classes in (("old", old), ("new", new))
    )
    warning = preflight.one_way(stable, candidate)
    assert (warning is None) if told is None else told in (warning or "")
