"""The pages go back to the last deployment that succeeded before the one that is live."""

from __future__ import annotations

import pytest

from delivery.errors import FailedError, RefusedError
from delivery.rollback import pages
from delivery.rollback.component import NowhereError, Place, Returned
from delivery.rollback.pages import PagesComponent
from tests.unit.delivery.rollback.cloudflare import Cloudflare

FIRST, FAILED, SECOND, THIRD = "1111aaaa-1", "2222bbbb-2", "3333cccc-3", "3333dddd-4"


def quiet(_text: str) -> None: ...


@pytest.fixture
def component(cloud: Cloudflare, place: Place) -> PagesComponent:
    cloud.publish(FIRST, "one")
    cloud.publish(FAILED, "broken build", status="failure")
    cloud.publish(SECOND, "two")
    return PagesComponent(place)


def rollbacks(cloud: Cloudflare) -> int:
    return sum(method == "POST" and path.endswith("/rollback") for method, path in cloud.asked)


def test_the_one_before_serves_again(cloud: Cloudflare, component: PagesComponent) -> None:
    returned = component.go_back(None, "")
    assert returned == Returned(SECOND, FIRST, True)
    assert cloud.canonical == FIRST
    seen = component.verify(returned, quiet)
    assert seen.done
    assert "deployment 1111aaaa" in seen.said


def test_from_where_it_went_back_to_it_goes_further_back_or_nowhere(
    cloud: Cloudflare, component: PagesComponent
) -> None:
    component.go_back(None, "")
    with pytest.raises(NowhereError, match="no earlier deployment that succeeded"):
        component.go_back(None, "")
    assert rollbacks(cloud) == 1


def test_a_named_one_is_found_by_its_beginning_also_forwards(
    cloud: Cloudflare, component: PagesComponent
) -> None:
    assert component.go_back("1111", "").after == FIRST
    assert component.go_back(SECOND, "").after == SECOND
    assert component.go_back("3333", "") == Returned(SECOND, SECOND, False)
    assert rollbacks(cloud) == 2


@pytest.mark.parametrize(
    ("word", "said"), [("3333", "the beginning of several"), ("9999", "not known")]
)
def test_a_word_that_names_none_or_several_is_refused(
    cloud: Cloudflare, component: PagesComponent, word: str, said: str
) -> None:
    cloud.publish(THIRD, "three")
    with pytest.raises(RefusedError, match=f"deployment '{word}' is {said}"):
        component.go_back(word, "")


def test_one_that_failed_is_not_gone_to(component: PagesComponent) -> None:
    with pytest.raises(RefusedError, match="did not succeed"):
        component.go_back("2222", "")


def test_a_lost_answer_is_read_before_it_is_asked_again(
    cloud: Cloudflare, component: PagesComponent
) -> None:
    faults = iter([1500])
    cloud.fault = lambda method, _path: next(faults, None) if method == "POST" else None
    assert component.go_back(None, "").changed
    assert rollbacks(cloud) == 1


def test_without_a_deployment_or_a_project_there_is_nowhere_to_go(
    cloud: Cloudflare, place: Place
) -> None:
    with pytest.raises(NowhereError, match="no deployment"):
        PagesComponent(place).go_back(None, "")
    cloud.publish(FIRST, "one")
    with pytest.raises(NowhereError, match="no earlier deployment"):
        PagesComponent(place).go_back(None, "")


def test_a_public_address_that_keeps_the_old_page_is_not_believed(
    cloud: Cloudflare, component: PagesComponent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "VERIFY_SECONDS", 0.5)
    cloud.canonical = SECOND
    seen = component.verify(Returned(SECOND, FIRST, True), quiet)
    assert not seen.done
    assert "0 of 30" in seen.said


def test_a_deployment_without_an_answer_of_its_own_cannot_be_compared(
    cloud: Cloudflare, component: PagesComponent
) -> None:
    returned = component.go_back(None, "")
    cloud.fault = lambda _method, path: 503 if path.startswith("1111aaaa") else None
    with pytest.raises(FailedError, match="does not answer at https://1111aaaa"):
        component.verify(returned, quiet)
