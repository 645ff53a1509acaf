"""Which expressions of transform rules are understood, and as what."""

from __future__ import annotations

import pytest

from localcloud.edge.expressions import ExpressionError, parse

_HOST = ["field", "http.host"]


@pytest.mark.parametrize(
    ("source", "meaning"),
    [
        ("true", ["true"]),
        ('http.host eq "x"', ["eq", _HOST, "x"]),
        ('http.host == "a\\"b"', ["eq", _HOST, 'a"b']),
        ('not http.host in {"x" "y"}', ["not", ["in", _HOST, ["x", "y"]]]),
        ("ssl", ["is", ["field", "ssl"]]),
        ("http.response.code ge 500", ["ge", ["field", "http.response.code"], 500]),
        (
            'ssl or ssl and (true || http.host contains "x")',
            [
                "or",
                ["is", ["field", "ssl"]],
                ["and", ["is", ["field", "ssl"]], ["or", ["true"], ["contains", _HOST, "x"]]],
            ],
        ),
        ('ends_with(lower(http.host), ".x")', ["ends_with", ["lower", _HOST], ".x"]),
    ],
)
def test_expressions_mean_what_cloudflare_says(source: str, meaning: list[object]) -> None:
    assert parse(source) == meaning


@pytest.mark.parametrize(
    "source",
    [
        "",
        "http.host",
        "http.host eq",
        "http.host eq 5",
        'http.host eq "x',
        'http.cookie eq "x"',
        'http.host eq "x" http.host eq "y"',
        "(true",
        'http.host in {"x"',
        "http.response.code contains 5",
        "not " * 60 + "true",
        'http.host matches "x"',
        "true; true",
    ],
)
def test_everything_else_is_refused_and_not_guessed(source: str) -> None:
    with pytest.raises(ExpressionError):
        parse(source)
