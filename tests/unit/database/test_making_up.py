"""Made-up data: the same each time, plausible, and within what the tables take."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from database.seed.making_up import MadeUp, Size, demo_logins, make_up
from database.seed.password import DEMO_PASSWORD, demo_hash, unknown_hash

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def made() -> MadeUp:
    return make_up(Size(), "hash", NOW)


def test_it_is_the_same_each_time(made: MadeUp) -> None:
    assert make_up(Size(), "hash", NOW) == made
    later = make_up(Size(), "hash", NOW + timedelta(days=1))
    assert [(p.id, p.title, p.views) for p in later.pitches] == [
        (p.id, p.title, p.views) for p in made.pitches
    ]
    assert make_up(Size(), "hash", NOW, seed=1) != made


def test_there_are_a_few_thousand_pitches_and_some_hundred_people_of_each_role(
    made: MadeUp,
) -> None:
    assert len(made.pitches) == 3000
    roles = Counter(person.role for person in made.people)
    assert set(roles) == {"creator", "investor", "production"}
    assert min(roles.values()) >= 200


def test_nobody_and_nothing_is_there_twice(made: MadeUp) -> None:
    for values in (
        [person.email for person in made.people],
        [pitch.title for pitch in made.pitches],
        [row.id for rows in (made.people, made.pitches, made.ndas) for row in rows],
        [(nda.pitch_id, nda.requester_id) for nda in made.ndas],
        [(saved.pitch_id, saved.person_id) for saved in made.saved],
    ):
        assert len(set(values)) == len(values)


def test_each_roles_demo_login_is_there_and_has_something_to_see(made: MadeUp) -> None:
    people = {person.email: person for person in made.people}
    for role, email in demo_logins().items():
        assert people[email].role == role
    creator = people[demo_logins()["creator"]].id
    own = {pitch.id for pitch in made.pitches if pitch.creator_id == creator}
    assert len(own) >= 10
    assert any(nda.pitch_id in own for nda in made.ndas)
    for role in ("investor", "production"):
        id = people[demo_logins()[role]].id
        assert any(nda.requester_id == id for nda in made.ndas)
        assert any(saved.person_id == id for saved in made.saved)


def test_views_follow_zipfs_law(made: MadeUp) -> None:
    views = sorted((pitch.views for pitch in made.pitches if pitch.views), reverse=True)
    assert views[0] / views[9] == pytest.approx(10, rel=0.35)
    assert views[9] / views[99] == pytest.approx(10, rel=0.35)


def test_ndas_are_asked_for_what_is_published_in_all_states_and_in_time(made: MadeUp) -> None:
    states = Counter(nda.status for nda in made.ndas)
    assert set(states) == {"requested", "granted", "refused"}
    pitches = {pitch.id: pitch for pitch in made.pitches}
    roles = {person.id: person.role for person in made.people}
    for nda in made.ndas:
        pitch = pitches[nda.pitch_id]
        assert pitch.status == "published"
        assert pitch.published_at is not None
        assert pitch.published_at <= nda.requested_at <= NOW
        assert (nda.answered_at is None) == (nda.status == "requested")
        assert nda.answered_at is None or nda.requested_at <= nda.answered_at <= NOW
        assert roles[nda.requester_id] != "creator"


def test_a_small_world_ends() -> None:
    small = make_up(Size(4, 1, 1, 1, ndas=1000, saved=1000), "hash", NOW)
    assert len(small.pitches) == 4
    assert len(small.ndas) <= 8


def _verified(phc: str, password: str) -> bool:
    empty, name, parameters, salt, digest = phc.split("$")
    assert (empty, name, parameters) == ("", "scrypt", "ln=15,r=8,p=3")
    assert "=" not in salt + digest
    made = hashlib.scrypt(
        password.encode(), salt=base64.b64decode(salt + "=="), n=1 << 15, r=8, p=3,
        maxmem=1 << 27, dklen=32,
    )  # fmt: skip
    return base64.b64encode(made).decode().rstrip("=") == digest


def test_the_demo_password_opens_its_hash_and_nothing_opens_the_other() -> None:
    assert _verified(demo_hash(), DEMO_PASSWORD)
    assert demo_hash() == demo_hash()
    assert not _verified(unknown_hash(), DEMO_PASSWORD)
    assert unknown_hash() != unknown_hash()
