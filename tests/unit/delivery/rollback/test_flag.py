"""A flag goes back to what the Worker does without it."""

from __future__ import annotations

import pytest

from delivery.errors import RefusedError
from delivery.rollback import flag
from delivery.rollback.component import NowhereError, Place, Returned
from delivery.rollback.flag import FlagComponent
from tests.unit.delivery.rollback.cloudflare import WORKER, Cloudflare

SET, ABSENT = "the value in KV", "the Worker's default"


def quiet(_text: str) -> None: ...


def test_it_is_deleted_and_the_worker_answers_without_it(cloud: Cloudflare, place: Place) -> None:
    cloud.deploy(good=100)
    cloud.flags = {"new checkout/2": "on", "new checkout/20": "on"}
    component = FlagComponent(place, "new checkout/2")
    returned = component.go_back(None, "")
    assert returned == Returned(SET, ABSENT, True)
    assert list(cloud.flags) == ["new checkout/20"]
    assert component.verify(returned, quiet).done


def test_a_second_time_nothing_is_there(cloud: Cloudflare, place: Place) -> None:
    cloud.flags = {"beta": "on"}
    assert FlagComponent(place, "beta").go_back(None, "").changed
    assert FlagComponent(place, "beta").go_back(None, "") == Returned(ABSENT, ABSENT, False)
    assert [method for method, _ in cloud.asked].count("DELETE") == 1


def test_a_lost_answer_is_found_done(cloud: Cloudflare, place: Place) -> None:
    cloud.flags = {"beta": "on"}
    faults = iter([1500])
    cloud.fault = lambda method, _path: next(faults, None) if method == "DELETE" else None
    assert FlagComponent(place, "beta").go_back(None, "").changed
    assert cloud.flags == {}


def test_a_flag_has_no_versions(place: Place) -> None:
    with pytest.raises(RefusedError, match="a flag has no versions"):
        FlagComponent(place, "beta").go_back("v1", "")


def test_without_its_namespace_there_is_nowhere_to_go(cloud: Cloudflare, place: Place) -> None:
    cloud.namespaces = ["another"]
    with pytest.raises(NowhereError, match="no KV namespace pitchey-staging-flags"):
        FlagComponent(place, "beta").go_back(None, "")


def test_a_worker_that_still_sees_it_is_not_believed(
    cloud: Cloudflare, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flag, "_CONVERGES_SECONDS", 0.5)
    cloud.deploy(good=100)
    cloud.flags = {"beta": "on"}
    seen = FlagComponent(place, "beta").verify(Returned(SET, ABSENT, True), quiet)
    assert not seen.done
    assert "another: the value in KV" in seen.said
    cloud.fault = lambda _method, path: 503 if path.startswith(WORKER) else None
    seen = FlagComponent(place, "beta").verify(Returned(SET, ABSENT, True), quiet)
    assert "30 do not tell: HTTP 503" in seen.said
