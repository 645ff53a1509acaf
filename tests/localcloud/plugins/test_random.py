"""Values that are drawn once, from a generator that nobody can guess, and kept."""

from __future__ import annotations

import base64
import string
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from localcloud.plugins.random import draws
from localcloud.plugins.random.provider import RandomProvider
from tests.localcloud.plugins.asking import (
    DIFF,
    SECRET,
    UNKNOWN,
    Asked,
    Json,
    Made,
    asked,
    replaced,
)

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


@pytest.fixture(scope="module")
def provider() -> Iterator[Asked]:
    with asked(RandomProvider()) as asking:
        asking.configure()
        yield asking


def token(name: str) -> str:
    return f"random:index/{name[0].lower()}{name[1:]}:{name}"


def drawn(provider: Asked, name: str, **inputs: Any) -> Made:
    checked, failures = provider.check(token(name), inputs)
    assert failures == []
    return provider.create(token(name), checked)


def text(provider: Asked, name: str = "RandomPassword", **inputs: Any) -> str:
    result: str = drawn(provider, name, **inputs).properties["result"]
    return result


@pytest.mark.parametrize("length", [1, 16, 200])
def test_a_password_is_as_long_as_asked_for(provider: Asked, length: int) -> None:
    assert len(text(provider, length=length)) == length


def test_every_draw_is_another(provider: Asked) -> None:
    assert len({text(provider, length=24) for _ in range(50)}) == 50
    assert len({drawn(provider, "RandomUuid").id for _ in range(50)}) == 50


def test_values_come_from_the_generator_of_secrets(
    provider: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first(letters: str) -> str:
        return letters[0]

    def ones(count: int) -> bytes:
        return b"\x01" * count

    monkeypatch.setattr(draws.secrets, "choice", first)
    monkeypatch.setattr(draws.secrets, "token_bytes", ones)
    assert set(text(provider, length=20)) == {"a"}
    assert drawn(provider, "RandomBytes", length=2).properties["hex"] == "0101"


CLASSES: list[tuple[Json, str]] = [
    ({}, string.ascii_letters + string.digits + SPECIAL),
    ({"special": False}, string.ascii_letters + string.digits),
    ({"special": False, "upper": False}, string.ascii_lowercase + string.digits),
    ({"special": False, "numeric": False, "lower": False}, string.ascii_uppercase),
    ({"special": False, "number": False, "lower": False}, string.ascii_uppercase),
    ({"overrideSpecial": "~", "upper": False, "lower": False, "numeric": False}, "~"),
    ({"overrideSpecial": ""}, string.ascii_letters + string.digits + SPECIAL),
]


@pytest.mark.parametrize(("options", "letters"), CLASSES)
@pytest.mark.parametrize("name", ["RandomPassword", "RandomString"])
def test_characters_are_of_the_classes_that_were_asked_for(
    provider: Asked, name: str, options: Json, letters: str
) -> None:
    # So long that a class which is left out by mistake cannot hide.
    found = set(text(provider, name, length=3000, **options))
    assert found == set(letters)


def test_of_each_class_there_are_at_least_as_many_as_asked_for(provider: Asked) -> None:
    for _ in range(20):
        result = text(provider, length=12, minLower=2, minUpper=3, minNumeric=4, minSpecial=3)
        counts = [sum(c in letters for c in result) for letters in (string.ascii_lowercase, string.ascii_uppercase, string.digits, SPECIAL)]  # fmt: skip
        assert counts == [2, 3, 4, 3]


def test_a_least_number_counts_also_where_the_class_does_not_fill_the_rest(provider: Asked) -> None:
    result = text(provider, length=10, special=False, minSpecial=2)
    assert sum(c in SPECIAL for c in result) == 2


def test_the_least_characters_stand_anywhere(provider: Asked) -> None:
    options: Json = {"length": 6, "minNumeric": 1, "numeric": False, "special": False}
    results = [text(provider, **options) for _ in range(100)]
    places = {next(i for i, c in enumerate(result) if c.isdigit()) for result in results}
    assert len(places) > 3


REFUSED: list[tuple[str, Json, str]] = [
    ("RandomPassword", {}, "Missing required property 'length'"),
    ("RandomPassword", {"length": 0}, "length must be a whole number of at least 1, and is 0"),
    ("RandomPassword", {"length": 2.5}, "length must be a whole number of at least 1, and is 2.5"),
    ("RandomPassword", {"length": 3, "minNumeric": 4}, "length 3 is below the 4 characters that are asked for at least"),
    (
        "RandomString", {"length": 3, "lower": False, "upper": False, "numeric": False, "special": False},
        "a random text needs at least one class of characters: lower, upper, numeric or special",
    ),
    ("RandomBytes", {"length": -1}, "length must be a whole number of at least 1, and is -1"),
    ("RandomId", {}, "Missing required property 'byteLength'"),
    ("RandomInteger", {"min": 5, "max": 4}, "min 5 is above max 4"),
    (
        "RandomInteger", {"min": 1, "max": 4, "seed": "s"},
        "seed is not served by the stand-in for the random provider: leave it out, or install the official plugin",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "line"), REFUSED)
def test_what_cannot_be_drawn_is_refused_before_anything_is_made(
    provider: Asked, name: str, inputs: Json, line: str
) -> None:
    assert provider.check(token(name), inputs)[1] == [line]


def test_settings_that_were_left_out_are_told_as_the_official_provider_has_them(
    provider: Asked,
) -> None:
    told = drawn(provider, "RandomPassword", length=9, upper=False, minLower=2).properties
    del told["result"]
    assert told == {
        "length": 9, "lower": True, "upper": False, "numeric": True, "number": True, "special": True,
        "minLower": 2, "minUpper": 0, "minNumeric": 0, "minSpecial": 0,
    }  # fmt: skip


def test_bytes_are_told_in_two_ways(provider: Asked) -> None:
    told = drawn(provider, "RandomBytes", length=32).properties
    assert base64.b64decode(told["base64"]).hex() == told["hex"]
    assert len(told["hex"]) == 64


def test_an_id_is_told_in_four_ways(provider: Asked) -> None:
    made = drawn(provider, "RandomId", byteLength=8, prefix="app-")
    told = {k: v.removeprefix("app-") for k, v in made.properties.items() if isinstance(v, str)}
    value = bytes.fromhex(told["hex"])
    assert len(value) == 8
    assert int(told["dec"]) == int.from_bytes(value, "big")
    assert base64.b64decode(told["b64Std"]) == value
    assert base64.urlsafe_b64decode(told["b64Url"] + "=") == value
    assert made.id == made.properties["b64Url"]


def test_integers_reach_both_ends(provider: Asked) -> None:
    found = {
        drawn(provider, "RandomInteger", min=3, max=5).properties["result"] for _ in range(100)
    }
    assert found == {3, 4, 5}


SECRETS = {"RandomPassword": ["result"], "RandomBytes": ["base64", "hex"]}


@pytest.mark.parametrize("name", SECRETS)
def test_what_is_secret_is_marked_and_in_no_id(provider: Asked, name: str) -> None:
    made = drawn(provider, name, length=32)
    read = provider.refresh(token(name), made)
    updated = provider.update(token(name), made, made.inputs)
    for answer in (made, read, updated):
        marked = [
            k
            for k, v in answer.marked.items()
            if isinstance(v, dict) and SECRET.items() <= v.items()
        ]
        assert marked == SECRETS[name]
    assert made.id == "none"


@pytest.mark.parametrize("name", ["RandomPassword", "RandomString", "RandomBytes"])
def test_a_value_is_drawn_once(provider: Asked, name: str) -> None:
    made = drawn(provider, name, length=16)
    assert provider.diff(token(name), made, made.inputs).changes == DIFF.DIFF_NONE
    assert (
        provider.diff(token(name), made, {**made.inputs, "keepers": None}).changes == DIFF.DIFF_NONE
    )
    assert provider.refresh(token(name), made).properties == made.properties
    assert provider.update(token(name), made, made.inputs).properties == made.properties


@pytest.mark.parametrize("change", [{"length": 17}, {"keepers": {"a": "b"}}, {"length": UNKNOWN}])
def test_a_change_of_an_input_draws_anew(provider: Asked, change: Json) -> None:
    made = drawn(provider, "RandomPassword", length=16)
    difference = provider.diff(token("RandomPassword"), made, {**made.inputs, **change})
    assert replaced(difference) == list(change)
    ignored = provider.diff(token("RandomPassword"), made, {**made.inputs, **change}, list(change))
    assert ignored.changes == DIFF.DIFF_NONE


def test_a_preview_draws_nothing(provider: Asked) -> None:
    unknown = {"length": UNKNOWN}
    assert provider.check(token("RandomPassword"), unknown) == (unknown, [])
    planned = provider.create(token("RandomPassword"), unknown, preview=True)
    assert (planned.id, planned.properties) == ("", unknown)


def test_what_is_not_served_is_refused_with_the_mend(provider: Asked) -> None:
    for refused in (provider.check, provider.create):
        with pytest.raises(grpc.RpcError) as refusal:
            refused(token("RandomPet"), {"length": 2})
        assert refusal.value.details() == (
            "random:index/randomPet:RandomPet is not served by the stand-in for the random provider; "
            "install the official plugin: pulumi plugin install resource random"
        )


def test_an_import_is_refused_with_the_mend(provider: Asked) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        provider.read(token("RandomPassword"), "hush")
    details = str(refusal.value.details())
    assert details.endswith("install the official plugin: pulumi plugin install resource random")
    assert "hush" not in details
