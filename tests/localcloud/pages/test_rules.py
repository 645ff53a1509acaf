"""What `_headers` and `_redirects` may say, and what of them is ignored."""

from __future__ import annotations

import pytest

from localcloud.api.pages.rules import read_headers, read_redirects
from localcloud.edge.model import PagesHeaders, PagesRedirect


def test_headers_are_read_rule_by_rule() -> None:
    read = read_headers(
        """# comment
/*
  Content-Security-Policy: default-src 'self'; img-src https://a.example:8443
  X-Twice: one
  x-twice: two

https://:project.pages.dev/:page?q=1
\tX-Robots-Tag: noindex
/*.jpg\r
  ! Content-Security-Policy
"""
    )
    assert read.ignored == ()
    policy = "default-src 'self'; img-src https://a.example:8443"
    assert read.rules == (
        PagesHeaders("/*", (("content-security-policy", policy), ("x-twice", "one, two"))),
        PagesHeaders("https://:project.pages.dev/:page", (("x-robots-tag", "noindex"),)),
        PagesHeaders("/*.jpg", (), ("content-security-policy",)),
    )


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("X-A: b\n/ok\n X-A: b", 1, "before a header"),
        ("/ok\n X-A: b\n/none\n", 3, "no headers"),
        ("/ok\n X-A: b\n X-B", 3, "name: value"),
        ("/ok\n X-A: b\n X-B:", 3, "no value"),
        ("/ok\n X-A: b\n X B: c", 3, "no name"),
        ("/ok\n X-A: b\n : c", 3, "no name"),
        ("/ok\n X-A: b\nhttp://a.example/\n X-B: c", 3, "https://"),
        ("/ok\n X-A: b\nhttps://a.example:1/\n X-B: c", 3, "port"),
        ("/ok\n X-A: b\n/*/*\n X-B: c", 3, "one *"),
        ("/ok\n X-A: b\n/:a/:a\n X-B: c", 3, "once"),
        (f"/ok\n X-A: b\n X-B: {'x' * 2000}", 3, "2000 characters"),
    ],
)
def test_a_header_that_makes_no_sense_is_told_and_leaves_the_others(
    text: str, line: int, why: str
) -> None:
    read = read_headers(text)
    assert read.rules == (PagesHeaders("/ok", (("x-a", "b"),)),)
    (ignored,) = read.ignored
    assert ignored.line == line
    assert why in ignored.why


def test_a_hundred_rules_of_headers_count() -> None:
    text = "".join(f"/{n}\n  X-N: {n}\n" for n in range(102))
    read = read_headers(text)
    assert [rule.pattern for rule in read.rules] == [f"/{n}" for n in range(100)]
    assert [ignored.line for ignored in read.ignored] == [201]


def test_redirects_are_read_line_by_line() -> None:
    read = read_redirects(
        """# comment
/home / 301
/twitch https://twitch.example/a?b#c
/page/ /page2/#fragment 303   # why
blog/* https://blog.example/:splat 308
/ü/:id?x=1 /ü/:id?q=1 200
/last /first 307
"""
    )
    assert read.ignored == ()
    assert read.rules == (
        PagesRedirect("/home", "/", 301),
        PagesRedirect("/twitch", "https://twitch.example/a?b#c", 302),
        PagesRedirect("/page/", "/page2/#fragment", 303),
        PagesRedirect("/blog/*", "https://blog.example/:splat", 308),
        PagesRedirect("/%C3%BC/:id", "/%C3%BC/:id?q=1", 200),
        PagesRedirect("/last", "/first", 307),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/a", "from, to"),
        ("/a /b 301 x", "from, to"),
        ("https://a.example/a /b", "another host"),
        ("/a b", "neither"),
        ("/a http://b.example/", "neither"),
        ("/a /b 404", "not 404"),
        ("/a /b 302! ", "not 302!"),
        ("/a https://b.example/ 200", "same site"),
        ("/*/*  /b", "one *"),
        ("/:a/:a /b", "once"),
        ("/* /index.html 200", "itself"),
        ("/a/ /index", "itself"),
        ("/ok /other", "already"),
        (f"/a /{'b' * 1000}", "1000 characters"),
    ],
)
def test_a_redirect_that_makes_no_sense_is_told_and_leaves_the_others(line: str, why: str) -> None:
    read = read_redirects(f"/ok /fine\n{line}\n/end /fine")
    assert [rule.pattern for rule in read.rules] == ["/ok", "/end"]
    (ignored,) = read.ignored
    assert ignored.line == 2
    assert why in ignored.why


def test_two_thousand_static_and_a_hundred_dynamic_redirects_count() -> None:
    static = [f"/s{n} /x" for n in range(2001)]
    # Below a dynamic rule a static one counts as dynamic.
    dynamic = ["/d/* /x", *(f"/e{n} /x" for n in range(100))]
    read = read_redirects("\n".join(static + dynamic))
    kept = [rule.pattern for rule in read.rules]
    assert kept == [f"/s{n}" for n in range(2000)] + ["/d/*"] + [f"/e{n}" for n in range(99)]
    assert [ignored.line for ignored in read.ignored] == [2001, 2102]
