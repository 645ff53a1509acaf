"""A component is found by the word on the command line."""

from __future__ import annotations

import pytest

from delivery.errors import RefusedError
from delivery.rollback.component import Place
from delivery.rollback.flag import FlagComponent
from delivery.rollback.registry import COMPONENTS, find_component


@pytest.mark.parametrize("name", [*COMPONENTS, "flag:beta"])
def test_each_is_made_under_its_name(place: Place, name: str) -> None:
    assert find_component(name, place).name == name


def test_a_flag_is_named_as_it_is_in_kv(place: Place) -> None:
    assert find_component("flag:a:b", place) == FlagComponent(place, "a:b")


@pytest.mark.parametrize("name", ["", "database", "flag:", "flag", "Worker"])
def test_another_word_is_refused_with_those_there_are(place: Place, name: str) -> None:
    with pytest.raises(RefusedError, match="there is no component") as caught:
        find_component(name, place)
    assert caught.value.hint == "use worker, pages or flag:NAME"
