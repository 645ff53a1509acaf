"""Which version a Worker goes back to."""

from __future__ import annotations

from decimal import Decimal

from delivery.deployments import Deployment
from delivery.rollback.last_good import last_good, message
from delivery.split import Share


def deployment(text: str = "", **shares: int) -> Deployment:
    told = tuple(Share(version, Decimal(percentage)) for version, percentage in shares.items())
    return Deployment("d", 0.0, told, text, "api")


def test_of_a_split_it_is_the_first_version() -> None:
    assert last_good([deployment(a=95, b=5), deployment(a=100)]) == "a"


def test_a_candidate_without_traffic_does_not_send_stable_away() -> None:
    assert last_good([deployment(b=100, c=0), deployment(b=100), deployment(a=100)]) == "b"


def test_of_one_version_it_is_the_newest_other_that_had_everything() -> None:
    history = [deployment(c=100), deployment(b=50, c=50), deployment(b=100), deployment(a=100)]
    assert last_good(history) == "b"


def test_what_was_rolled_back_from_is_never_gone_back_to() -> None:
    history = [deployment(message(["c"], "broken"), b=100), deployment(c=100), deployment(b=100)]
    assert last_good(history) is None
    assert last_good([*history, deployment(a=100)]) == "a"


def test_what_a_controller_returned_from_is_not_gone_back_to_either() -> None:
    returned = deployment("pitchey rollout x-1: returned, harm", b=100)
    history = [returned, deployment(c=100), deployment(b=100), deployment(a=100)]
    assert last_good(history) == "a"


def test_what_was_deployed_again_on_purpose_counts_as_good() -> None:
    history = [
        deployment(d=100),
        deployment(c=100),
        deployment(message(["c"], ""), b=100),
        deployment(c=100),
        deployment(b=100),
    ]
    assert last_good(history) == "c"


def test_without_any_other_there_is_none() -> None:
    assert last_good([deployment(a=100)]) is None
    assert last_good([]) is None
