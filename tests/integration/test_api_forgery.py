"""Who one is not: forged tokens, other people's cookies, pages of others."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from tests.integration.application import PASSWORD, Api, Person, refresh_cookie
from tests.integration.checkout import Checkout
from tests.integration.raw import Raw

OWN_PAGE = {"pitchey-csrf": "1"}
NOBODYS_KEY = b"a-key-of-nobody-0123456789abcdef0123456789"


@pytest.fixture(scope="module")
def raw(api: Api, checkout: Checkout) -> Raw:
    return Raw(api.host, api.port, checkout.home / "ca.pem")


# Access tokens


def _encoded(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(part: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return read


def _signed(head: object, payload: object, key: bytes, hash: str = "sha256") -> str:
    text = f"{_encoded(head)}.{_encoded(payload)}"
    return f"{text}.{_encoded(hmac.digest(key, text.encode(), hash))}"


def _forgeries(token: str) -> dict[str, str]:
    """What can be made of somebody's good token without the key."""
    head_part, payload_part, signature = token.split(".")
    head, payload = _decoded(head_part), _decoded(payload_part)
    operator = {**payload, "role": "operator"}
    twice = b'{"role":"operator",' + json.dumps(payload).encode()[1:]
    oct = {"kty": "oct", "alg": "HS256", "k": _encoded(NOBODYS_KEY), "kid": head["kid"]}
    unsigned = {
        f"alg {alg}": f"{_encoded({**head, 'alg': alg})}.{payload_part}."
        for alg in ("none", "None", "NONE", "nOnE", "")
    }
    kids = {
        f"kid {kid!r}": _signed({**head, "kid": kid}, operator, key)
        for kid, key in (
            ("/dev/null", b""),
            ("../../../../dev/null", b""),
            ("' union select 'x' --", b"x"),
            ("", b""),
            (None, b""),
            (["a"], NOBODYS_KEY),
            ("https://evil.example/key", NOBODYS_KEY),
            ("a" * 3000, NOBODYS_KEY),
            ("constructor", NOBODYS_KEY),
        )
    }
    return unsigned | kids | {
        "another key": _signed(head, operator, NOBODYS_KEY),
        "an empty key": _signed(head, operator, b""),
        "RS256 with a public key": _signed({**head, "alg": "RS256"}, operator, b"-----BEGIN PUBLIC KEY-----"),
        "HS512": _signed({**head, "alg": "HS512"}, operator, NOBODYS_KEY, "sha512"),
        "a key brought along": _signed({**head, "jwk": oct}, operator, NOBODYS_KEY),
        "an address of keys": _signed({**head, "jku": "https://evil.example"}, operator, NOBODYS_KEY),
        "certificates": _signed({**head, "x5c": ["AA"]}, operator, NOBODYS_KEY),
        "a critical extension": _signed({**head, "crit": ["exp"]}, operator, NOBODYS_KEY),
        "a changed payload": f"{head_part}.{_encoded(operator)}.{signature}",
        "a longer life": f"{head_part}.{_encoded({**payload, 'exp': 4_000_000_000})}.{signature}",
        "another audience": f"{head_part}.{_encoded({**payload, 'aud': 'x'})}.{signature}",
        "a start in the future": f"{head_part}.{_encoded({**payload, 'nbf': 4_000_000_000})}.{signature}",
        "another one's name": f"{head_part}.{_encoded({**payload, 'sub': '0' * 36})}.{signature}",
        "no signature": f"{head_part}.{payload_part}.",
        "half a signature": f"{head_part}.{payload_part}.{signature[:20]}",
        "two parts": f"{head_part}.{payload_part}",
        "four parts": f"{token}.{signature}",
        "a header that is no object": _signed([], operator, NOBODYS_KEY),
        "a header that is no JSON": f"{_encoded(b'{')}.{payload_part}.{signature}",
        "a role twice": f"{head_part}.{_encoded(twice)}.{signature}",
        "a huge one": f"{token}{'A' * 20_000}",
        "one of ten thousand levels": _signed(head, b'{"a":' + b"[" * 10_000, NOBODYS_KEY),
    }  # fmt: skip


def test_no_token_is_made_without_the_key(api: Api, creator: Person) -> None:
    for name, token in _forgeries(creator.token).items():
        answer = api.ask("GET", "/api/ndas", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code in (401, 431), name
        assert answer.headers["www-authenticate"].startswith("Bearer"), name
        assert answer.headers["content-type"] == "application/problem+json", name
    assert api.ask("GET", "/api/ndas", by=creator).status_code == 200


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(
    api: Api, creator: Person
) -> None:
    refresh = api.signed_in(creator.email).cookie.partition("=")[2]
    shown = api.ask("GET", "/api/ndas", headers={"authorization": f"Bearer {refresh}"})
    assert shown.status_code == 401
    cookie = {"cookie": f"pitchey-refresh={creator.token}", **OWN_PAGE}
    assert api.ask("POST", "/api/sessions/refresh", headers=cookie).status_code == 401


@pytest.mark.parametrize(
    "scheme", ["bearer  {}", "Bearer {} x", "Bearer {},{}", "Basic {}", "{}", "Bearer"]
)
def test_a_header_of_another_form_is_not_guessed_at(api: Api, creator: Person, scheme: str) -> None:
    header = scheme.format(creator.token, creator.token)
    status = api.ask("GET", "/api/ndas", headers={"authorization": header}).status_code
    assert status == (200 if scheme == "bearer  {}" else 401)


def test_of_two_authorizations_none_counts(raw: Raw, creator: Person, investor: Person) -> None:
    both = [f"authorization: Bearer {person.token}".encode() for person in (creator, investor)]
    assert raw.get(b"/api/ndas", *both).status in (400, 401)
    assert raw.get(b"/api/ndas", both[0], b"authorization: Bearer x").status in (400, 401)


# Cookies and pages of others


def test_no_session_is_put_upon_somebody(api: Api, creator: Person, investor: Person) -> None:
    """Whoever signs in gets a session of their own, whatever cookie was there before."""
    set_before = {"cookie": api.signed_in(investor.email).cookie}
    body = {"email": creator.email, "password": PASSWORD}
    answer = api.ask("POST", "/api/sessions", json=body, headers=set_before)
    own = refresh_cookie(answer)
    assert own != set_before["cookie"]
    again = api.ask("POST", "/api/sessions/refresh", headers={"cookie": own, **OWN_PAGE})
    assert again.json()["person"]["id"] == creator.id
    # The one of before is still the other person's, and two at once are nobody's.
    both = f"{refresh_cookie(again)}; {set_before['cookie']}"
    asked = api.ask("POST", "/api/sessions/refresh", headers={"cookie": both, **OWN_PAGE})
    assert asked.status_code == 401


@pytest.mark.parametrize(
    "page",
    [{}, {"pitchey-csrf": "1", "origin": "https://evil.example"}, {"pitchey-csrf": "1", "origin": "null"},
     {"pitchey-csrf": "1", "sec-fetch-site": "cross-site"}, {"pitchey-csrf": "1", "sec-fetch-site": "same-site"},
     {"origin": "https://evil.example", "content-type": "text/plain"}],
)  # fmt: skip
def test_a_page_of_others_does_nothing_in_ones_name(
    api: Api, creator: Person, page: dict[str, str]
) -> None:
    cookie = api.signed_in(creator.email).cookie
    for method, path in (("POST", "/api/sessions/refresh"), ("DELETE", "/api/sessions")):
        answer = api.ask(method, path, headers={"cookie": cookie, **page})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        assert refresh_cookie(answer) == ""
    kept = api.ask("POST", "/api/sessions/refresh", headers={"cookie": cookie, **OWN_PAGE})
    assert kept.status_code == 200


def test_a_page_that_looks_like_ours_is_not(api: Api) -> None:
    own = f"https://app.{api.host.partition('.')[2]}"
    for origin in (
        f"{own}.evil.example",
        f"{own}@evil.example",
        own.replace("https", "http") + ":80",
        f"{own}/",
        own.upper(),
    ):
        asked = {"origin": origin, "access-control-request-method": "POST"}
        answer = api.ask("OPTIONS", "/api/sessions", headers=asked)
        assert "access-control-allow-origin" not in answer.headers, origin
