"""What stops a rollout before it begins, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pytest

from delivery.deployments import Deployment, Version, VersionContent
from delivery.errors import RefusedError
from delivery.rollout import preflight
from delivery.rollout.leading import Place
from delivery.split import Share


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


@dataclass
class FakePlace:
    deployments: FakeDeployments
    outputs: dict[str, Any]
    stack: FakeStack = field(default_factory=FakeStack)
    worker: str = "pitchey-api-staging"


def place(served: dict[str, int], known: dict[str, int]) -> Place:
    split = [{"versionId": id, "percentage": part} for id, part in known.items()]
    made = FakePlace(FakeDeployments(served), {"split": split})
    return cast("Place", made)


def test_stable_is_the_one_version_that_serves_and_that_the_state_knows() -> None:
    assert preflight.check_live(place({"old": 100, "new": 0}, {"old": 100})) == "old"


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


def test_secrets_that_one_version_alone_has_are_named() -> None:
    old = {"KEY": "secret_text", "GONE": "secret_text", "KV": "kv_namespace"}
    new = {"KEY": "secret_text", "NEW": "secret_key", "OTHER": "kv_namespace"}
    before, after = (
        VersionContent(id, bindings, frozenset()) for id, bindings in (("old", old), ("new", new))
    )
    assert preflight.changed_secrets(before, after) == ["GONE", "NEW"]
    assert preflight.changed_secrets(before, before) == []
