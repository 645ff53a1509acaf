"""The Worker goes back to what its deployments say was good, once, and is verified where the public asks it."""

from __future__ import annotations

import pytest

from delivery.errors import FailedError, RefusedError
from delivery.rollback import worker
from delivery.rollback.component import NowhereError, Place, Returned
from delivery.rollback.worker import WorkerComponent
from tests.unit.delivery.rollback.cloudflare import WORKER, Cloudflare


def quiet(_text: str) -> None: ...


def posts(cloud: Cloudflare) -> int:
    return sum(method == "POST" for method, _ in cloud.asked)


def test_of_a_split_stable_gets_everything_and_the_edge_says_so(
    cloud: Cloudflare, place: Place
) -> None:
    cloud.deploy(good=100)
    cloud.deploy(good=80, bad=20)
    component = WorkerComponent(place)
    returned = component.go_back(None, "checkout fails")
    assert returned == Returned("bad", "good", True)
    assert cloud.live() == {"good": 100}
    assert "from bad; checkout fails" in str(cloud.scripts[WORKER].deployments[0]["annotations"])
    seen = component.verify(returned, quiet)
    assert (seen.done, seen.answers) == (True, 30)


def test_a_second_time_changes_nothing_where_the_version_is_named(
    cloud: Cloudflare, place: Place
) -> None:
    cloud.deploy(good=100)
    cloud.deploy(bad=100)
    for changed in (True, False):
        assert WorkerComponent(place).go_back("good", "").changed is changed
    assert posts(cloud) == 1


def test_a_second_time_has_nowhere_to_go(cloud: Cloudflare, place: Place) -> None:
    cloud.deploy(good=100)
    cloud.deploy(bad=100)
    WorkerComponent(place).go_back(None, "")
    with pytest.raises(NowhereError, match="no earlier version that served everything"):
        WorkerComponent(place).go_back(None, "")
    assert cloud.live() == {"good": 100}


def test_without_a_deployment_there_is_nowhere_to_go(cloud: Cloudflare, place: Place) -> None:
    with pytest.raises(NowhereError, match="was never deployed"):
        WorkerComponent(place).go_back(None, "")
    cloud.scripts.clear()
    with pytest.raises(NowhereError, match="was never deployed"):
        WorkerComponent(place).go_back(None, "")


@pytest.mark.parametrize(
    ("word", "said"),
    [("cafe1", "not known"), ("abcd", "the beginning of several"), ("zzzz", "not known")],
)
def test_a_word_that_names_no_version_or_several_is_refused(
    cloud: Cloudflare, place: Place, word: str, said: str
) -> None:
    cloud.deploy(abcd1=100)
    cloud.deploy(abcd2=100)
    cloud.deploy(cafe=100)
    with pytest.raises(RefusedError, match=f"version '{word}' is {said}"):
        WorkerComponent(place).go_back(word, "")
    assert posts(cloud) == 0


def test_the_beginning_of_one_version_names_it_and_three_letters_do_not(
    cloud: Cloudflare, place: Place
) -> None:
    cloud.deploy(abcd1=100)
    cloud.deploy(cafe5=100)
    with pytest.raises(RefusedError, match="not known"):
        WorkerComponent(place).go_back("abc", "")
    assert WorkerComponent(place).go_back("abcd", "").after == "abcd1"


def forget(cloud: Cloudflare, version: str) -> None:
    """As Cloudflare does with all but the last hundred."""
    cloud.scripts[WORKER].versions.remove(version)


def test_a_version_that_can_be_deployed_no_longer_is_refused(
    cloud: Cloudflare, place: Place
) -> None:
    cloud.deploy(older=100)
    for _ in range(100):
        cloud.deploy(bad=100)
    forget(cloud, "older")
    with pytest.raises(RefusedError, match="version 'older' is not known") as caught:
        WorkerComponent(place).go_back("older", "")
    assert caught.value.hint == "only the last 100 versions can be deployed"
    assert posts(cloud) == 0


def test_a_good_version_that_can_be_deployed_no_longer_is_passed_over(
    cloud: Cloudflare, place: Place
) -> None:
    cloud.deploy(older=100)
    cloud.deploy(good=100)
    cloud.deploy(bad=100)
    forget(cloud, "good")
    assert WorkerComponent(place).go_back(None, "") == Returned("bad", "older", True)
    forget(cloud, "bad")
    with pytest.raises(NowhereError, match="no earlier version"):
        WorkerComponent(place).go_back(None, "")
    with pytest.raises(RefusedError, match="10007"):
        WorkerComponent(place).go_back("good", "")


def test_a_lost_answer_is_no_second_deployment(cloud: Cloudflare, place: Place) -> None:
    cloud.deploy(good=100)
    cloud.deploy(bad=100)
    faults = iter([1500])
    cloud.fault = lambda method, _path: next(faults, None) if method == "POST" else None
    assert WorkerComponent(place).go_back(None, "").changed
    assert len(cloud.scripts[WORKER].deployments) == 3


def test_an_edge_that_keeps_serving_the_old_version_is_not_believed(
    cloud: Cloudflare, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "VERIFY_SECONDS", 0.5)
    cloud.deploy(good=100)
    cloud.stale = lambda _version: "bad"
    seen = WorkerComponent(place).verify(Returned("bad", "good", True), quiet)
    assert not seen.done
    assert "another: bad" in seen.said


def test_the_address_is_the_one_on_workers_dev_or_the_first_domain(
    cloud: Cloudflare, place: Place
) -> None:
    assert worker.worker_address(place, WORKER) == f"https://{WORKER}.acc.workers.dev"
    cloud.scripts[WORKER].public = False
    with pytest.raises(FailedError, match="no public address"):
        worker.worker_address(place, WORKER)
    cloud.scripts[WORKER].domains = ["api.pitchey.test"]
    assert worker.worker_address(place, WORKER) == "https://api.pitchey.test"
