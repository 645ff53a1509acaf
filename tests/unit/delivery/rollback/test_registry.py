"""A component is found by the word on the command line."""

from __future__ import annotations

import pytest

from delivery.errors import RefusedError
from delivery.rollback.component import Place
from delivery.rollback.flag import FlagComponent
from delivery.rollback.registry import COMPONENTS, find_component, listed
from delivery.rollback.switch import SWITCHES


@pytest.mark.parametrize("name", [*COMPONENTS, *SWITCHES, "flag:beta"])
def test_each_is_made_under_its_name(place: Place, name: str) -> None:
    assert find_component(name, place).name == name


def test_a_flag_is_named_as_it_is_in_kv(place: Place) -> None:
    assert find_component("flag:a:b", place) == FlagComponent(place, "a:b")


@pytest.mark.parametrize("name", ["", "database", "flag:", "flag", "Worker"])
def test_another_word_is_refused_with_those_there_are(place: Place, name: str) -> None:
    with pytest.raises(RefusedError, match="there is no component") as caught:
        find_component(name, place)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("use worker, pages, edge-cache, ")
    assert caught.value.hint.endswith(", maintenance or flag:NAME")


def test_what_is_deployed_alone_goes_back_with_all() -> None:
    assert list(COMPONENTS) == ["worker", "pages"]


@pytest.mark.parametrize("name", ["worker", "pages", "flag:beta"])
def test_what_was_not_turned_off_is_not_turned_on(place: Place, name: str) -> None:
    with pytest.raises(RefusedError, match="--undo is for what was turned off"):
        find_component(name, place, undo=True)


def test_the_list_has_each_once(place: Place) -> None:
    assert [component.name for component, _ in listed(place)] == [*COMPONENTS, *SWITCHES]
