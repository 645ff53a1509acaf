"""What a crowd says its users felt: lost requests and broken sessions, and whom it asks as."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from bench.crowd import Crowd, Felt
from bench.load import Answer

STABLE, CANDIDATE = ("0" * 8 + "-0000-0000-0000-" + digit * 12 for digit in "12")
VERSION, SIGNED_IN = 0, 7
CROWD = Crowd(
    1, "w.example.dev", "api.zone.example", Path("ca.pem"), lambda: "secret-token", count=50
)


def answer(status: int = 200, version: str = "", head: bytes = b"") -> Answer:
    body = f'{{"id":"{version}"}}'.encode() if version else b""
    return Answer(status, b"http/1.1 200 ok\r\nserver: x" + head, body)


def test_no_answer_and_another_status_than_a_right_one_are_bad() -> None:
    felt = Felt(STABLE)
    felt.note(1, VERSION, 1.0, 2.0, None)
    felt.note(2, VERSION, 1.0, 2.0, answer(500))
    felt.note(2, VERSION, 1.0, 3.0, answer(301))
    felt.note(3, VERSION, 1.0, 2.0, answer(200, STABLE))
    assert [(bad.at, bad.user, bad.status) for bad in felt.bad] == [
        (2.0, 1, 0),
        (2.0, 2, 500),
        (3.0, 2, 301),
    ]
    assert (felt.bad_users, felt.users, felt.requests) == ({1, 2}, {1, 2, 3}, 4)


def test_a_user_that_falls_back_is_a_broken_session() -> None:
    felt = Felt(STABLE)
    felt.note(1, VERSION, 1.0, 1.1, answer(version=STABLE))
    felt.note(1, VERSION, 2.0, 2.1, answer(version=CANDIDATE))
    felt.note(1, VERSION, 2.05, 2.2, answer(version=STABLE))
    assert felt.back == set()
    felt.note(1, VERSION, 3.0, 3.1, answer(version=STABLE))
    assert felt.back == {1}
    assert felt.broken_sessions == 1


def test_a_token_or_a_cookie_that_counts_no_more_is_a_broken_session() -> None:
    felt = Felt(STABLE)
    felt.note(1, SIGNED_IN, 1.0, 1.1, answer(200))
    felt.note(1, SIGNED_IN, 2.0, 2.1, answer(401))
    felt.note(2, VERSION, 1.0, 1.1, answer(200, STABLE, b"\r\nset-cookie: pitchey-visitor=x"))
    assert (felt.signed_in, felt.signed_out, felt.forgotten, felt.bad) == (2, 1, 1, [])
    assert felt.broken_sessions == 2


def test_everybody_asks_once_in_a_round_and_in_another_order_the_next_time() -> None:
    users = CROWD.users()
    first, second = list(islice(users, 50)), list(islice(users, 50))
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second


def test_a_user_of_the_zone_has_its_cookie_alone_and_the_others_bring_their_key() -> None:
    by_zone, other = CROWD.request(VERSION, 8), CROWD.request(VERSION, 9)
    assert b"Host: api.zone.example" in by_zone
    assert b"Cookie: pitchey-visitor=00000000-0000-4000-8000-000000000008" in by_zone
    assert b"Version-Key" not in by_zone
    assert b"Host: w.example.dev" in other
    assert b"Cookie: pitchey-visitor=00000000-0000-4000-8000-000000000009" in other
    assert b"Version-Key: 00000000-0000-4000-8000-000000000009" in other


def test_who_comes_new_keeps_the_cookie_of_the_first_answer_and_is_given_no_other() -> None:
    first = CROWD.request(VERSION, 16)
    assert b"Host: api.zone.example" in first
    assert b"Cookie" not in first
    assert b"Version-Key" not in first
    felt = Felt(STABLE)
    felt.note(
        16, VERSION, 1.0, 1.1, answer(200, STABLE, b"\r\nset-cookie: pitchey-visitor=x-1; path=/")
    )
    assert (felt.given, felt.forgotten) == ({16: "x-1"}, 0)
    again = CROWD.request(VERSION, 16, felt.given[16])
    assert b"Cookie: pitchey-visitor=x-1\r\n" in again
    assert b"Version-Key" not in again
    felt.note(16, VERSION, 2.0, 2.1, answer(200, STABLE))
    assert felt.forgotten == 0
    felt.note(16, VERSION, 3.0, 3.1, answer(200, STABLE, b"\r\nset-cookie: pitchey-visitor=x-2"))
    assert (felt.given, felt.forgotten) == ({16: "x-1"}, 1)


def test_a_first_answer_without_a_cookie_is_a_broken_session() -> None:
    felt = Felt(STABLE)
    felt.note(16, VERSION, 1.0, 1.1, answer(200, STABLE))
    assert felt.broken_sessions == 1


def test_each_user_asks_for_everything_in_time_and_the_token_is_shown_only_where_it_is_asked() -> (
    None
):
    asked = {CROWD.request(8 * round + round, 3).split(b" ")[1] for round in range(20)}
    assert len(asked) > 3
    assert b"secret-token" in CROWD.request(SIGNED_IN, 1)
    assert CROWD.request(SIGNED_IN, 1).startswith(b"DELETE /flags/")
    assert b"secret-token" not in CROWD.request(VERSION, 1)
    assert "secret-token" not in repr(CROWD)
