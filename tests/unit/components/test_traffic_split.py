"""Who serves, and who may change it: the live deployment owns the weights, whatever a checkout declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.live_split import Share
from components.traffic_split import (
    TrafficSplit,
    TrafficSplitArgs,
    check_split,
    declared_split,
)
from components.worker import Worker, WorkerArgs
from tests.unit.components.cloud_mocks import ACCOUNT, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack
from tests.unit.components.examples import WORKER

OLD, NEW = b"export default {} // old", b"export default {} // new"

DEPLOYMENT = "WorkersDeployment"


def program(
    stack: MockedStack,
    bundle: bytes,
    wanted: Sequence[Share] | None = None,
    message: str | None = None,
) -> Callable[[], None]:
    """As the program does it: who serves is read before anything is declared."""

    def run() -> None:
        live = live_in(stack.cloud)
        worker = Worker(
            "api", WorkerArgs(account_id=ACCOUNT, name=WORKER, bundle=bundle, bindings=[])
        )
        split = TrafficSplit(
            "traffic",
            TrafficSplitArgs(
                account_id=ACCOUNT,
                script_name=worker.worker_name,
                uploaded_version_id=worker.version_id,
                live=live,
                wanted=wanted,
                message=message,
            ),
        )
        pulumi.export("uploaded", worker.version_id)
        pulumi.export("split", split.split)
        pulumi.export("stable", split.stable_version_id)
        pulumi.export("candidate", split.candidate_version_id)

    return run


def live_in(cloud: MockedCloudflare) -> list[Share] | None:
    return [Share(*share) for share in cloud.live(WORKER)] if cloud.deployments[WORKER] else None


def two_versions(stack: MockedStack) -> tuple[str, str]:
    first = stack.up(program(stack, OLD)).outputs["uploaded"]
    return first, stack.up(program(stack, NEW)).outputs["uploaded"]


def test_the_first_version_of_a_worker_gets_everything() -> None:
    stack = MockedStack()
    run = stack.up(program(stack, OLD))
    version = run.outputs["uploaded"]
    assert stack.cloud.live(WORKER) == [(version, 100)]
    assert run.outputs["split"] == [{"versionId": version, "percentage": 100}]
    assert run.outputs["stable"] == version
    assert run.outputs.get("candidate") is None
    assert run.said == []


def test_new_code_is_uploaded_without_traffic_and_that_is_said() -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    assert first != second
    assert stack.cloud.live(WORKER) == [(first, 100)]
    assert len(stack.cloud.deployments[WORKER]) == 1
    run = stack.up(program(stack, NEW))
    assert run.outputs["stable"] == first
    assert run.said == [f"version {second} is uploaded without traffic; live: {first} 100 %"]


def test_a_version_that_served_is_still_there_when_its_code_is_replaced() -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    assert set(stack.cloud.things["WorkerVersion"]) == {first, second}
    assert "retain" in {step for step, _ in stack.up(program(stack, OLD)).steps}


def test_a_split_that_is_handed_over_goes_live_in_the_order_of_what_was_live() -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    run = stack.up(program(stack, NEW, [Share(second, 10), Share(first, 90)], "first step"))
    assert stack.cloud.live(WORKER) == [(first, 90), (second, 10)]
    assert (run.outputs["stable"], run.outputs["candidate"]) == (first, second)
    assert run.one("WorkersDeployment").inputs["annotations"] == {"workersMessage": "first step"}


@pytest.mark.parametrize("bundle", [OLD, NEW])
@pytest.mark.parametrize("kept", [True, False], ids=["in the state", "with the state lost"])
def test_a_version_that_is_live_with_nothing_is_told_and_never_declared(
    bundle: bytes, kept: bool
) -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    stack.cloud.deploy(WORKER, [(first, 100), (second, 0)])
    if not kept:
        stack.state = {urn: made for urn, made in stack.state.items() if made.kind != DEPLOYMENT}
    run = stack.up(program(stack, bundle))
    declared = run.one(DEPLOYMENT).inputs["versions"]
    assert declared == [{"versionId": first, "percentage": 100}]
    assert (run.outputs["stable"], run.outputs["candidate"]) == (first, second)
    if kept:
        assert stack.cloud.live(WORKER) == [(first, 100), (second, 0)]
        assert not [step for step, name in run.steps if "deployment" in name and step != "same"]


def test_a_candidate_that_gets_everything_is_declared_alone() -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    stack.cloud.deploy(WORKER, [(first, 100), (second, 0)])
    run = stack.up(program(stack, NEW, [Share(first, 0), Share(second, 100)], "promoted"))
    assert stack.cloud.live(WORKER) == [(second, 100)]
    assert run.one(DEPLOYMENT).inputs["annotations"] == {"workersMessage": "promoted"}


@pytest.mark.parametrize("bundle", [OLD, NEW, b"something else"])
def test_no_checkout_changes_a_share_in_the_middle_of_a_split(bundle: bytes) -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    stack.up(program(stack, NEW, [Share(first, 75), Share(second, 25)]))
    posted = len(stack.cloud.deployments[WORKER])
    preview = stack.preview(program(stack, bundle))
    run = stack.up(program(stack, bundle))
    assert "traffic-deployment" in preview.done("same")
    assert stack.cloud.live(WORKER) == [(first, 75), (second, 25)]
    assert len(stack.cloud.deployments[WORKER]) == posted
    assert [share["percentage"] for share in run.outputs["split"]] == [75, 25]


def test_what_somebody_else_deployed_stays_and_is_what_the_outputs_tell() -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    stack.cloud.deploy(WORKER, [(second, 60), (first, 40)])
    run = stack.up(program(stack, OLD))
    assert stack.cloud.live(WORKER) == [(second, 60), (first, 40)]
    assert (run.outputs["stable"], run.outputs["candidate"]) == (second, first)


def test_a_forgotten_state_brings_no_old_version_back() -> None:
    stack = MockedStack()
    first, second = two_versions(stack)
    stack.cloud.deploy(WORKER, [(second, 100)])
    gone = next(urn for urn, kept in stack.state.items() if kept.kind == "WorkersDeployment")
    del stack.state[gone]
    run = stack.up(program(stack, OLD))
    assert first != second
    assert stack.cloud.live(WORKER) == [(second, 100)]
    message = run.one("WorkersDeployment").inputs["annotations"]["workersMessage"]
    assert message == "the live split, as it was found"


def test_the_first_preview_knows_no_version_and_says_nothing() -> None:
    stack = MockedStack()
    run = stack.preview(program(stack, OLD))
    assert run.said == []
    assert run.done("create") == ["api-worker", "api-version", "traffic-deployment"]


def test_only_a_run_that_uploads_speaks_of_an_upload() -> None:
    stack = MockedStack()
    two_versions(stack)
    assert stack.preview(program(stack, b"newer")).said == []
    assert stack.preview(program(stack, NEW)).said == []
    assert len(stack.up(program(stack, NEW)).said) == 1


VERSIONS = st.sampled_from(["v1", "v2", "v3", "v4"])
HUNDREDTHS = st.integers(0, 10_000)


@st.composite
def splits(draw: st.DrawFn) -> tuple[Share, ...]:
    """One or two versions whose shares, in hundredths of a percent, make 100."""
    first = draw(HUNDREDTHS)
    names = draw(st.lists(VERSIONS, min_size=2, max_size=2, unique=True))
    if draw(st.booleans()):
        return (Share(names[0], 100),)
    return (Share(names[0], first / 100), Share(names[1], (10_000 - first) / 100))


def live_splits() -> st.SearchStrategy[tuple[Share, ...]]:
    return splits().map(lambda shares: tuple(s for s in shares if s.percentage > 0))


@given(live=st.none() | live_splits())
def test_without_a_wanted_split_what_is_live_is_declared_as_it_is(
    live: tuple[Share, ...] | None,
) -> None:
    assert declared_split(live, None) == live


@given(live=st.none() | live_splits(), wanted=splits())
def test_a_declared_split_is_one_that_cloudflare_takes(
    live: tuple[Share, ...] | None, wanted: tuple[Share, ...]
) -> None:
    declared = declared_split(live, wanted)
    assert declared is not None
    assert sum(Decimal(str(share.percentage)) for share in declared) == 100
    assert 1 <= len(declared) <= 2
    assert all(0 < share.percentage <= 100 for share in declared)
    assert set(declared) == {share for share in wanted if share.percentage > 0}


@given(live=live_splits(), wanted=splits())
def test_a_version_that_is_live_keeps_its_place_before_any_that_is_new(
    live: tuple[Share, ...], wanted: tuple[Share, ...]
) -> None:
    declared = [share.version_id for share in declared_split(live, wanted) or ()]
    places = [share.version_id for share in live]
    kept = [version for version in declared if version in places]
    assert kept == [version for version in places if version in kept]
    assert declared[: len(kept)] == kept
    again = declared_split(live, tuple(reversed(wanted)))
    assert {share.version_id for share in again or ()} == set(declared)


@given(st.lists(st.builds(Share, VERSIONS, st.floats(-200, 200) | st.sampled_from([float("nan")]))))
def test_what_does_not_make_100_is_refused(shares: list[Share]) -> None:
    numbers = [Decimal(str(share.percentage)) for share in shares]
    is_split = (
        1 <= len(shares) <= 2
        and len({share.version_id for share in shares}) == len(shares)
        and all(0 <= number <= 100 for number in numbers if not number.is_nan())
        and sum(numbers) == 100
    )
    if is_split:
        check_split(shares)
    else:
        with pytest.raises(ValueError, match="wanted: "):
            check_split(shares)


def test_shares_are_added_in_decimal() -> None:
    check_split([Share("a", 99.9), Share("b", 0.1)])
    check_split([Share("a", 33.33), Share("b", 66.67)])
    with pytest.raises(ValueError, match=r"add up to 99\.99999999"):
        check_split([Share("a", 99.99999), Share("b", 0.00000999)])
