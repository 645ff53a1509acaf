"""Which expressions of transform rules are understood, and as what."""

from __future__ import annotations

import pytest

from localcloud.edge.expressions import ExpressionError, parse, parse_value

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
        ('http.cookie contains "v="', ["contains", ["field", "http.cookie"], "v="]),
        (
            'any(http.request.cookies["v"][*] ne "")',
            ["any", ["ne", ["each", "http.request.cookies", "v"], ""]],
        ),
        (
            'not all(lower(http.request.headers["x"][*])[*] contains "b")',
            ["not", ["all", ["contains", ["lower", ["each", "http.request.headers", "x"]], "b"]]],
        ),
        ('len(http.request.cookies["v"]) > 0', ["gt", ["count", "http.request.cookies", "v"], 0]),
        (
            'len(http.request.cookies["v"][0]) ge 20',
            ["ge", ["len", ["item", "http.request.cookies", "v", 0]], 20],
        ),
        ('has_key(http.request.headers, "x")', ["has_key", "http.request.headers", "x"]),
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
        'http.cookies eq "x"',
        'http.host eq "x" http.host eq "y"',
        "(true",
        'http.host in {"x"',
        "http.response.code contains 5",
        "not " * 60 + "true",
        'http.host matches "x"',
        "true; true",
        'http.request.cookies["v"] eq "x"',
        'http.request.cookies["v"][*] eq "x"',
        'any(http.request.cookies["v"][0] eq "x")',
        "len(http.request.cookies) > 0",
        'has_key(http.host, "x")',
        'uuidv4(cf.random_seed) ne ""',
    ],
)
def test_everything_else_is_refused_and_not_guessed(source: str) -> None:
    with pytest.raises(ExpressionError):
        parse(source)


@pytest.mark.parametrize(
    ("source", "meaning"),
    [
        ('http.request.cookies["v"][0]', ["item", "http.request.cookies", "v", 0]),
        ('http.request.headers["x-user"][0]', ["item", "http.request.headers", "x-user", 0]),
        ("ip.src", ["field", "ip.src"]),
        ("to_string(ssl)", ["field", "ssl"]),
        ('"fixed \\"x\\""', ["text", 'fixed "x"']),
        ("uuidv4(cf.random_seed)", ["uuidv4"]),
        ('concat("v-", uuidv4(cf.random_seed))', ["concat", ["text", "v-"], ["uuidv4"]]),
        (
            'concat("v-", lower(http.host), ip.src)',
            ["concat", ["text", "v-"], ["lower", _HOST], ["field", "ip.src"]],
        ),
    ],
)
def test_values_of_headers_are_taken_from_the_request(source: str, meaning: list[object]) -> None:
    assert parse_value(source) == meaning


@pytest.mark.parametrize(
    "source",
    [
        "",
        "ssl",
        "concat()",
        'concat("a" "b")',
        'http.request.cookies["v"]',
        'http.request.cookies["v"][*]',
        "http.request.cookies[0]",
        "true",
        'regex_replace(http.host, "a", "b")',
        "uuidv4()",
        "uuidv4(http.host)",
        "cf.random_seed",
        "concat(" * 60 + '"a"' + ")" * 60,
    ],
)
def test_a_value_that_is_no_text_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        parse_value(source)


def test_a_rule_about_a_request_cannot_ask_about_the_answer() -> None:
    with pytest.raises(ExpressionError, match="no answer yet"):
        parse("http.response.code eq 500", answered=False)
