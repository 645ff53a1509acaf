"""The judge of coherence, on histories made up: it must find what is stale or foreign, and nothing in what is right."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bench.coherence.asked import About, Asked
from bench.coherence.checks import Coherence
from bench.coherence.registers import Reading, Register
from bench.coherence.world import Person, Pitch, Shown, World
from bench.load import Answer
from bench.site import Told, read_answer

OWN, OTHER = "version-one", "version-two"
PUBLIC = {"cache-control": "public, max-age=0, must-revalidate"}
PRIVATE = {"cache-control": "private, no-store"}


@pytest.fixture
def world() -> World:
    """A creator (0) with a pitch that was changed once, at 10 s by `OWN`; an investor (1) with a granted NDA, one (2) without."""
    made = World("qrun")
    roles = ("creator", "investor", "investor")
    made.people = [Person(n, role, f"id-{n}", made.email(n)) for n, role in enumerate(roles)]
    pitch = Pitch(0, "pitch-0", made.people[0], made.genre(0))
    pitch.state.change(Shown(1), 9.9).acknowledge(10.0, OWN)
    pitch.ndas[1] = Register("granted")
    made.pitches = [pitch]
    return made


@pytest.fixture
def coherence(world: World) -> Coherence:
    return Coherence(world)


def found(coherence: Coherence, asked: Asked, told: Told) -> list[str]:
    return [violation.kind for violation in coherence.judge(asked, told)]


def detail(world: World, at: float, **asked: Any) -> Asked:
    return Asked("GET", "/api/pitches/pitch-0", About("detail", (world.pitches[0],)), at, **asked)


def told(at: float, body: object, version: str = OWN, **more: Any) -> Told:
    values: dict[str, Any] = {"status": 200, "headers": PUBLIC, "cookies": (), **more}
    headers = {**values["headers"], "pitchey-version": version}
    return Told(at, values["status"], headers, values["cookies"], json.dumps(body))


def shown(world: World, number: int, **more: object) -> dict[str, Any]:
    logline = world.logline(0, number)
    return {"id": "pitch-0", "logline": logline, "nda": None, "saved": False, "whole": None, **more}


def whole(
    world: World, number: int, of: int | None = None, status: str = "granted"
) -> dict[str, Any]:
    synopsis = world.synopsis(0, number if of is None else of)
    inside: dict[str, Any] = {"synopsis": synopsis, "uploads": []}
    return shown(world, number, whole=inside, nda={"id": "n", "status": status})


# What may be told


def test_a_change_holds_from_somewhere_between_sent_and_acknowledged() -> None:
    register = Register("a")
    change = register.change("b", 5.0)
    assert register.possible(Reading(0.0, 4.0)) == ["a"]
    assert register.possible(Reading(4.0, 6.0)) == ["a", "b"]
    change.acknowledge(7.0, OWN)
    assert register.possible(Reading(6.9, 8.0)) == ["a", "b"]
    assert register.possible(Reading(7.0, 8.0)) == ["b"]


def test_a_change_whose_answer_was_lost_may_be_made_or_not_until_the_next_is() -> None:
    register = Register("a")
    register.change("b", 5.0)
    register.change("c", 9.0).acknowledge(10.0, OWN)
    assert register.possible(Reading(8.0, 8.5)) == ["a", "b"]
    assert register.possible(Reading(10.0, 11.0)) == ["c"]


def test_who_may_be_behind_may_be_so_behind_another_version_alone() -> None:
    register = Register("a")
    register.change("b", 5.0).acknowledge(6.0, OWN)
    assert register.possible(Reading(7.9, 8.0, OTHER, 2.0)) == ["a", "b"]
    assert register.possible(Reading(8.0, 8.1, OTHER, 2.0)) == ["b"]
    assert register.possible(Reading(6.0, 6.1, OWN, 2.0)) == ["b"]


# Stale


def test_of_the_version_that_made_the_change_an_old_answer_is_stale_at_once(
    world: World, coherence: Coherence
) -> None:
    asked = detail(world, 10.1)
    assert found(coherence, asked, told(10.2, shown(world, 1))) == []
    assert found(coherence, asked, told(10.2, shown(world, 0))) == ["stale"]


def test_of_another_version_it_is_stale_after_two_seconds(
    world: World, coherence: Coherence
) -> None:
    old = shown(world, 0)
    assert found(coherence, detail(world, 11.9), told(12.5, old, OTHER)) == []
    assert found(coherence, detail(world, 12.1), told(12.5, old, OTHER)) == ["stale"]


@pytest.mark.parametrize("shows", ["token", "cookie"])
def test_for_who_shows_who_they_are_it_is_stale_at_once(
    world: World, coherence: Coherence, shows: Any
) -> None:
    asked = detail(world, 10.1, by=world.people[2], shows=shows)
    answer = told(10.2, shown(world, 0), OTHER, headers=PRIVATE)
    assert found(coherence, asked, answer) == ["stale"]


def test_the_same_by_304_is_as_stale_as_what_the_client_has(
    world: World, coherence: Coherence
) -> None:
    for number, kinds in ((1, []), (0, ["stale"])):
        asked = detail(world, 20.0, tag='W/"t"', had=json.dumps(shown(world, number)))
        assert found(coherence, asked, told(20.1, "", status=304)) == kinds


def test_a_pitch_that_was_shown_again_is_not_gone_and_one_that_was_hidden_is(
    world: World, coherence: Coherence
) -> None:
    gone = told(30.0, {}, status=404)
    assert found(coherence, detail(world, 29.0), gone) == ["stale"]
    world.pitches[0].state.change(Shown(2, published=False), 40.0).acknowledge(40.1, OTHER)
    assert found(coherence, detail(world, 42.0), told(42.1, {}, status=404)) == []
    assert found(coherence, detail(world, 42.2), told(42.3, shown(world, 2))) == ["stale"]


def test_a_list_is_stale_by_what_it_shows_and_by_what_it_misses(
    world: World, coherence: Coherence
) -> None:
    asked = Asked("GET", "/api/pitches?genre=g", About("list", tuple(world.pitches)), 20.0)
    for pitches, kinds in (
        ([shown(world, 1)], []),
        ([shown(world, 0)], ["stale"]),
        ([], ["stale"]),
    ):
        assert found(coherence, asked, told(20.1, {"pitches": pitches})) == kinds


def test_a_part_of_a_list_misses_nothing(world: World, coherence: Coherence) -> None:
    asked = Asked("GET", "/api/pitches/trending", About("part"), 20.0)
    assert found(coherence, asked, told(20.1, {"pitches": [{"logline": "another"}]})) == []


def test_an_nda_that_was_taken_back_closes_at_once(world: World, coherence: Coherence) -> None:
    asked = detail(world, 20.0, by=world.people[1], shows="token")
    answer = told(20.1, whole(world, 1), headers=PRIVATE)
    assert found(coherence, asked, answer) == []
    world.pitches[0].ndas[1].change("refused", 21.0).acknowledge(22.0, OTHER)
    assert found(coherence, replace(asked, at=21.5), replace(answer, at=21.6)) == []
    late = found(coherence, replace(asked, at=22.0), replace(answer, at=22.1))
    # Open, by the NDA's status, and somebody else's words.
    assert sorted(late) == ["foreign", "stale", "stale"]


def test_a_synopsis_of_an_earlier_change_is_stale(world: World, coherence: Coherence) -> None:
    asked = detail(world, 20.0, by=world.people[1], shows="token")
    answer = told(20.1, whole(world, 1, of=0), headers=PRIVATE)
    assert found(coherence, asked, answer) == ["stale"]


def test_a_dashboard_shows_what_is_saved_now(world: World, coherence: Coherence) -> None:
    asked = Asked("GET", "/d", About("requester"), 20.0, world.people[2], "token")
    saved, none = ({"saved": rows, "requests": []} for rows in ([shown(world, 1)], []))
    assert found(coherence, asked, told(20.1, none, headers=PRIVATE)) == []
    assert found(coherence, asked, told(20.1, saved, headers=PRIVATE)) == ["stale"]
    world.saved[2, 0] = Register(False)
    world.saved[2, 0].change(True, 30.0).acknowledge(30.1, OTHER)
    later = replace(asked, at=30.1)
    assert found(coherence, later, told(30.2, saved, headers=PRIVATE)) == []
    assert found(coherence, later, told(30.2, none, headers=PRIVATE)) == ["stale"]


def test_a_session_that_was_ended_does_not_go_on_and_one_that_is_open_does(
    world: World, coherence: Coherence
) -> None:
    session = Register(True)
    asked = Asked("POST", "/r", About("session"), 5.0, world.people[0], "cookie", session=session)
    good, refused = (told(5.1, {}, status=status, headers=PRIVATE) for status in (200, 401))
    assert found(coherence, asked, good) == []
    assert found(coherence, asked, refused) == ["stale"]
    session.change(False, 6.0).acknowledge(7.0, OTHER)
    later = replace(asked, at=7.0)
    assert found(coherence, later, replace(refused, at=7.1)) == []
    assert found(coherence, later, replace(good, at=7.1)) == ["stale"]


# Foreign


@pytest.mark.parametrize(
    ("reader", "shows", "kinds"),
    [
        (None, "nothing", ["foreign"]),
        (2, "token", ["foreign"]),
        (0, "cookie", ["foreign"]),
        (0, "token", []),
    ],
)
def test_a_synopsis_is_for_who_shows_that_they_may_read_it(
    world: World, coherence: Coherence, reader: int | None, shows: Any, kinds: list[str]
) -> None:
    by = None if reader is None else world.people[reader]
    asked = Asked("GET", "/api/pitches", About("part"), 20.0, by, shows)
    body: dict[str, Any] = {"pitches": [], "x": world.synopsis(0, 1)}
    assert found(coherence, asked, told(20.1, body)) == kinds


@pytest.mark.parametrize("word", ["message", "email"])
def test_messages_and_addresses_are_their_owners(
    world: World, coherence: Coherence, word: str
) -> None:
    text = world.message(1, 0) if word == "message" else world.email(1)
    for reader, kinds in ((1, []), (2, ["foreign"])):
        asked = Asked("GET", "/api/ndas", About("write"), 20.0, world.people[reader], "token")
        assert found(coherence, asked, told(20.1, {"x": text}, headers=PRIVATE)) == kinds


def test_a_private_word_in_a_header_is_found(world: World, coherence: Coherence) -> None:
    asked = Asked("GET", "/api/pitches", About("part"), 20.0)
    headers = {**PUBLIC, "link": world.email(1)}
    assert found(coherence, asked, told(20.1, {"pitches": []}, headers=headers)) == ["foreign"]


def test_somebodys_own_answer_must_not_be_kept(world: World, coherence: Coherence) -> None:
    asked = detail(world, 20.0, by=world.people[1], shows="token")
    assert found(coherence, asked, told(20.1, whole(world, 1))) == ["foreign"]


def test_nothing_has_not_changed_for_who_had_nothing(world: World, coherence: Coherence) -> None:
    asked = detail(world, 20.0, tag='"r1"')
    assert "foreign" in found(coherence, asked, told(20.1, "", status=304))


def test_cookies_are_given_once_and_to_who_has_none(world: World, coherence: Coherence) -> None:
    asked = Asked("GET", "/api/pitches", About("part"), 20.0)
    first, second = (
        told(20.1, {"pitches": []}, cookies=(f"pitchey-visitor={visitor}; Path=/",))
        for visitor in "ab"
    )
    assert found(coherence, asked, first) == []
    assert found(coherence, asked, second) == []
    assert found(coherence, asked, first) == ["foreign"]
    third = told(20.1, {"pitches": []}, cookies=("pitchey-visitor=c",))
    assert found(coherence, replace(asked, visitor="mine"), third) == ["foreign"]
    session = told(20.1, {"pitches": []}, cookies=("pitchey-refresh=token; Path=/api/sessions",))
    assert found(coherence, asked, session) == ["foreign"]


def test_a_coding_that_was_not_asked_for_is_another_clients(
    world: World, coherence: Coherence
) -> None:
    asked = Asked("GET", "/api/pitches", About("part"), 20.0, encodings="gzip")
    answer = told(20.1, {"pitches": []}, headers={**PUBLIC, "content-encoding": "gzip"})
    assert found(coherence, asked, answer) == []
    assert found(coherence, replace(asked, encodings=""), answer) == ["foreign"]


def test_an_answer_counts_once_whatever_is_wrong_in_it(world: World, coherence: Coherence) -> None:
    asked = Asked("GET", "/api/pitches?genre=g", About("list", tuple(world.pitches)), 20.0)
    coherence.judge(asked, told(20.1, {"pitches": [shown(world, 0), shown(world, 0)]}))
    coherence.judge(asked, told(20.1, {"pitches": [shown(world, 1)]}))
    assert (coherence.answers, coherence.count("stale"), coherence.count("foreign")) == (2, 1, 0)


# As they come from the socket


def test_an_answer_is_read_out_of_its_chunks_and_its_coding() -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: pitchey-refresh=AbC; Path=/\r\nTransfer-Encoding: chunked"
    )
    body = b'4\r\n{"a"\r\n3;x\r\n:1}\r\n0\r\n\r\n'
    read = read_answer(Answer(200, head.lower(), body, head), 1.0)
    assert (read.json, read.cookie("pitchey-refresh")) == ({"a": 1}, "pitchey-refresh=AbC")
    coded = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3"
    assert read_answer(Answer(200, coded.lower(), b"abc", coded), 1.0).text is None
