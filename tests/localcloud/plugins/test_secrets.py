"""What is secret is marked in everything that the provider gives back, whoever handed it in how."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.plugins import messages
from localcloud.plugins.cloudflare.types import TYPES
from tests.localcloud.plugins.asking import SECRET, Asked, secret
from tests.localcloud.plugins.cases import CASES, Case
from tests.localcloud.plugins.world import World

HUSHED = [case for case in CASES if "hush" in str(case.inputs)]


def clear_texts(value: Any) -> list[str]:
    """Everything that stands in clear."""
    if isinstance(value, dict):
        if SECRET.items() <= value.items():  # pyright: ignore[reportUnknownArgumentType]
            return []
        return [text for inner in value.values() for text in clear_texts(inner)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [text for inner in value for text in clear_texts(inner)]  # pyright: ignore[reportUnknownVariableType]
    return [str(value)]


def test_every_type_with_a_secret_is_tried() -> None:
    assert {case.token for case in HUSHED} == {
        kind.token for kind in TYPES.values() if kind.secrets
    }


@pytest.mark.parametrize("case", HUSHED, ids=lambda case: case.name)
def test_a_secret_is_never_in_clear_text(case: Case, provider: Asked, world: World) -> None:
    inputs = world.filled(case.inputs)
    planned = provider.create(case.token, inputs, preview=True)
    made = provider.create(case.token, inputs)
    refreshed = provider.refresh(case.token, made)
    for answer in (planned, made, refreshed):
        assert "hush" not in " ".join(clear_texts(answer.marked))
        assert "hush" in str(answer.properties)
    assert "hush" in str(refreshed.inputs), "what Cloudflare never tells stays as it was given"
    if case.in_place:
        news = {**inputs, **world.filled(case.in_place)}
        for preview in (True, False):
            updated = provider.update(case.token, made, news, preview=preview)
            assert "hush" not in " ".join(clear_texts(updated.marked))


def test_marks_are_taken_off_what_the_engine_sends() -> None:
    given = {"token": secret("a"), "rows": [secret({"b": secret(1.0)})], "c": {"d": 2.5}}
    assert messages.read(messages.write(given)) == {
        "token": "a",
        "rows": [{"b": 1}],
        "c": {"d": 2.5},
    }


def test_marks_are_put_once_and_only_where_something_stands() -> None:
    values = {"a": {"b": "x", "c": None}, "rows": [{"d": "y"}, {"e": "z"}]}
    paths = ("a.b", "a.c", "rows.*.d", "missing.b", "a.*.b")
    once = messages.with_secrets(values, paths)
    assert once == {"a": {"b": secret("x"), "c": None}, "rows": [{"d": secret("y")}, {"e": "z"}]}
    assert messages.with_secrets(once, paths) == once
