"""Which Worker a request is for, and what its zone makes of request and answer."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from localcloud.edge.model import EdgeState, HeaderRule, HostRoute, ZoneTraffic
from tests.localcloud.edge.conftest import (
    ACCOUNT,
    HOST,
    Local,
    answering,
    deployment,
    state,
    version,
)
from tests.localcloud.edge.load import ask_many


def _zone(name: str = "example.com", **more: Any) -> ZoneTraffic:
    settings: dict[str, Any] = {"always_use_https": False, "min_tls_version": "1.2", "hsts": None}
    settings |= more
    return ZoneTraffic(f"id-{name}", name, **settings)


async def test_the_most_specific_route_wins(local: Local) -> None:
    scripts = ("apex", "wild", "www", "images", "exact", "everything")
    patterns = {
        "*example.com/*": "everything",
        "*.example.com/*": "wild",
        "example.com/*": "apex",
        "www.example.com/*": "www",
        "www.example.com/images/*": "images",
        "www.example.com/images/logo": "exact",
        "www.example.com/static/*": None,
        "*.example.com/only/*": "apex",
    }
    routes = tuple(HostRoute(pattern, script, ACCOUNT) for pattern, script in patterns.items())
    live = tuple(deployment((answering(name, script=name), 100)) for name in scripts)
    await local.edge.apply(EdgeState(deployments=live, routes=routes))
    for url, expected in {
        "example.com/": "apex",
        "a.example.com/": "wild",
        "a.b.example.com/x": "wild",
        "a.example.com/only/x": "apex",
        "myexample.com/": "everything",
        "www.example.com/": "www",
        "www.example.com/only/x": "www",
        "www.example.com/images/x": "images",
        "www.example.com/images/logo": "exact",
        "www.example.com/images/logo?x": "images",
    }.items():
        host, _, path = url.partition("/")
        assert (url, await local.text(f"/{path}", host)) == (url, expected)
    kept_off = await local.get("/static/x", "www.example.com")
    assert kept_off.status_code == 404
    assert "No Worker on this path of www.example.com" in kept_off.text


async def test_an_unknown_host_gets_a_page_that_lists_the_known_ones_as_links(local: Local) -> None:
    await local.edge.apply(state(deployment((answering("one"), 100))))
    answer = await local.get("/", "<script>.example.com", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert f'href="http://{HOST}.localhost:{local.edge.http_port}/"' in answer.text
    assert "<script>" not in answer.text
    plain = await local.get("/", "other.example.com")
    assert plain.text.splitlines() == [
        "No Worker on other.example.com",
        f"http://{HOST}.localhost:{local.edge.http_port}/",
    ]


async def test_a_script_without_a_deployment_is_told_apart_from_an_unknown_host(
    local: Local,
) -> None:
    await local.edge.apply(EdgeState(routes=(HostRoute(f"{HOST}/*", "api", ACCOUNT),)))
    assert "has no deployment" in await local.text()


async def test_always_use_https_sends_the_client_to_where_it_can_go_on(local: Local) -> None:
    live = deployment((answering("one"), 100))
    await local.edge.apply(state(live, zones=(_zone(always_use_https=True),)))
    there = f"{HOST}.localhost:{local.edge.https_port}"
    for host, location in {
        f"{HOST}.localhost:{local.edge.http_port}": f"https://{there}/a?b=c",
        f"{HOST}:80": f"https://{HOST}:{local.edge.https_port}/a?b=c",
        HOST: f"https://{HOST}/a?b=c",
    }.items():
        answer = await local.get("/a?b=c", host)
        assert (answer.status_code, answer.headers["location"]) == (301, location)
    await local.edge.apply(state(live, zones=(_zone("ample.com", always_use_https=True),)))
    assert await local.text() == "one"


async def test_header_rules_change_the_answers_that_their_expressions_mean(local: Local) -> None:
    source = """
    export default { fetch() {
      return new Response("ok", { headers: { "x-powered-by": "secret", "x-list": "a" } });
    } };
    """
    rules = (
        HeaderRule("true", "set", "X-Frame-Options", "DENY"),
        HeaderRule('http.host eq "api.example.com"', "remove", "X-Powered-By", None),
        HeaderRule('starts_with(http.request.uri.path, "/list")', "add", "X-List", "b"),
        HeaderRule('(http.request.method in {"POST" "PUT"}) and not ssl', "set", "X-Post", "1"),
        HeaderRule(
            'http.host ne "api.example.com" or http.response.code >= 500', "set", "X-No", "1"
        ),
        HeaderRule('lower(http.request.uri) contains "q=1"', "set", "X-Query", "1"),
    )
    live = deployment((version(source), 100))
    await local.edge.apply(state(live, zones=(_zone(header_rules=rules),)))
    got = (await local.get("/LIST?Q=1")).headers
    assert (got["x-frame-options"], got["x-query"], got["x-list"]) == ("DENY", "1", "a")
    assert not {"x-powered-by", "x-post", "x-no"} & set(got)
    posted = (await local.get("/list", method="POST")).headers
    assert (posted["x-post"], posted["x-list"]) == ("1", "a, b")


async def test_a_rule_that_is_not_understood_is_skipped_and_told_once(
    local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    rules = (
        HeaderRule("cf.bot_management.score gt 30", "set", "X-Bot", "1"),
        HeaderRule("true", "set", "X-Good", "1"),
    )
    wanted = state(deployment((answering("one"), 100)), zones=(_zone(header_rules=rules),))
    with caplog.at_level(logging.WARNING):
        await local.edge.apply(wanted)
        await local.edge.apply(wanted)
    got = (await local.get()).headers
    assert got["x-good"] == "1"
    assert "x-bot" not in got
    assert sum("cf.bot_management.score" in message for message in caplog.messages) == 1


_SEEN = """
export default { fetch(request) {
  const { headers } = request;
  return new Response([headers.get("cloudflare-workers-version-key"), headers.get("x-from"), headers.get("x-gone")].join("|"));
} };
"""
_KEY = "Cloudflare-Workers-Version-Key"
_COPIED = HeaderRule(
    'http.cookie contains "visitor="', "set", _KEY, None, 'http.request.cookies["visitor"][0]'
)


async def test_request_rules_give_the_worker_values_taken_from_the_request(local: Local) -> None:
    rules = (
        _COPIED,
        HeaderRule(
            "true", "set", "X-From", None, 'concat(ip.src, "/", http.request.headers["x-a"][0])'
        ),
        HeaderRule("true", "remove", "X-Gone", None),
        HeaderRule("http.response.code eq 200", "set", "X-From", "not understood"),
    )
    live = deployment((version(_SEEN), 100))
    await local.edge.apply(state(live, zones=(_zone(request_rules=rules),)))
    sent = {"cookie": "a=b; visitor=Ann%20=; c", "x-a": "A", "x-gone": "here"}
    assert await local.text(headers=sent) == "Ann%20=|127.0.0.1/A|"
    # Another zone's host is left alone.
    await local.edge.apply(state(live, zones=(_zone("example.org", request_rules=rules),)))
    assert await local.text(headers={**sent, _KEY: "mine"}) == "mine||here"


async def test_a_request_without_the_value_loses_the_header_or_keeps_its_own(local: Local) -> None:
    live = deployment((version(_SEEN), 100))
    always = HeaderRule("true", "set", _KEY, None, 'http.request.cookies["visitor"][0]')
    mine = {_KEY: "mine"}
    await local.edge.apply(state(live, zones=(_zone(request_rules=(_COPIED,)),)))
    assert await local.text(headers=mine) == "mine||"
    await local.edge.apply(state(live, zones=(_zone(request_rules=(always,)),)))
    assert await local.text(headers=mine) == "||"
    assert await local.text(headers={**mine, "cookie": "visitor="}) == "||"


@pytest.mark.parametrize(
    "condition",
    [
        'http.cookie contains "visitor="',
        'any(http.request.cookies["visitor"][*] ne "")',
        'len(http.request.cookies["visitor"]) > 0',
        'has_key(http.request.cookies, "visitor")',
        'http.request.cookies["visitor"][0] contains "visitor-"',
    ],
)
async def test_a_visitor_with_a_cookie_stays_on_a_version(local: Local, condition: str) -> None:
    rule = HeaderRule(condition, "set", _KEY, None, 'http.request.cookies["visitor"][0]')
    old, new = answering("old"), answering("new")
    split = deployment((old, 50), (new, 50))
    await local.edge.apply(state(split, zones=(_zone(request_rules=(rule,)),)))
    cookies = [{"cookie": f"visitor=visitor-{number}"} for number in range(60)]
    keys = [{_KEY: f"visitor-{number}"} for number in range(60)]
    answers = await ask_many(local.edge.http_port, cookies)
    assert set(answers) == {"old", "new"}
    # The cookie is the key, and a key that a client sends by itself works as well.
    assert answers == await ask_many(local.edge.http_port, cookies)
    assert answers == await ask_many(local.edge.http_port, keys)


_FIRST = HeaderRule(
    f'not http.cookie contains "visitor=" and not has_key(http.request.headers, "{_KEY.lower()}")',
    "set",
    _KEY,
    None,
    "uuidv4(cf.random_seed)",
)


async def test_a_first_request_gets_a_key_of_its_own_that_decides_for_it_too(local: Local) -> None:
    old, new = (version(_SEEN.replace("Response([", f"Response([{mark!r}, ")) for mark in "ab")
    split = deployment((old, 50), (new, 50))
    await local.edge.apply(state(split, zones=(_zone(request_rules=(_COPIED, _FIRST)),)))
    first = await ask_many(local.edge.http_port, [{} for _ in range(60)])
    keys = [answer.split("|")[1] for answer in first]
    assert all(
        re.fullmatch(r"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}", k)
        for k in keys
    )
    assert len(set(keys)) == 60
    assert {answer[0] for answer in first} == {"a", "b"}
    # Whoever comes back with that key as a cookie is where it was.
    again = [{"cookie": f"visitor={key}"} for key in keys]
    assert await ask_many(local.edge.http_port, again) == first


async def test_a_first_request_keeps_a_key_that_it_brings(local: Local) -> None:
    live = deployment((version(_SEEN), 100))
    await local.edge.apply(state(live, zones=(_zone(request_rules=(_COPIED, _FIRST)),)))
    assert await local.text(headers={_KEY: "mine"}) == "mine||"
    assert await local.text(headers={_KEY: "mine", "cookie": "visitor=given"}) == "given||"


async def test_what_is_drawn_for_a_request_is_the_same_in_all_its_rules(local: Local) -> None:
    drawn = "uuidv4(cf.random_seed)"
    zone = _zone(
        request_rules=(_FIRST, HeaderRule("true", "set", "X-From", None, f'concat({drawn}, "/")')),
        header_rules=(HeaderRule("true", "set", "X-Drawn", None, drawn),),
    )
    await local.edge.apply(state(deployment((version(_SEEN), 100)), zones=(zone,)))
    answers = [await local.get() for _ in range(2)]
    one, other = (answer.headers["x-drawn"] for answer in answers)
    assert one != other
    assert answers[0].text == f"{one}|{one}/|"
