"""Users that come as users do."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

import pytest

from delivery.rehearsal.population import NEW_SHARE, ROUTES, Population, Visit

MANY = 5_000


def visits(count: int = MANY, *, rate: float = 40, users: int = 300, seed: int = 1) -> list[Visit]:
    population = Population(rate=rate, users=users, seed=seed)
    return list(islice(iter(population.next, None), count))


def test_the_same_seed_gives_the_same_users() -> None:
    assert visits(200) == visits(200)
    assert visits(200) != visits(200, seed=2)


def test_they_come_at_the_rate_and_not_in_step() -> None:
    gaps = [visit.gap for visit in visits()]
    mean = sum(gaps) / MANY
    assert mean == pytest.approx(1 / 40, rel=0.07)
    # A Poisson process: the gaps' deviation is their mean.
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / MANY) ** 0.5
    assert deviation == pytest.approx(mean, rel=0.07)


def test_most_want_the_first_page_and_every_route_is_asked_for() -> None:
    asked = Counter(f"{visit.method} {visit.path.split('/')[1]}" for visit in visits())
    assert asked["GET "] / asked["GET flags"] == pytest.approx(2, rel=0.25)
    assert asked["POST counter"] > 0
    assert len(asked) == len(ROUTES)


def test_some_come_for_the_first_time_and_all_others_have_an_id_as_the_worker_gives_it() -> None:
    seen = visits()
    first = {visit.visitor.number for visit in seen if visit.visitor.cookie is None}
    assert len(first) / MANY == pytest.approx(NEW_SHARE, rel=0.25)
    known = {visit.visitor.cookie for visit in seen if visit.visitor.cookie is not None}
    assert all(re.fullmatch(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", cookie) for cookie in known)
    # The Worker takes an id of another shape for a new visitor: `worker/src/visitor`.
    assert len(known) <= 300


def test_who_was_given_an_id_comes_back_with_it() -> None:
    population = Population(rate=40, users=1, seed=3)
    new = next(v for v in iter(population.next, None) if v.visitor.cookie is None).visitor
    new.cookie = "given"
    assert any(population.next().visitor.cookie == "given" for _ in range(5))


def test_some_users_come_more_often_than_others() -> None:
    often = Counter(visit.visitor.number for visit in visits()).most_common()
    assert often[0][1] > 5 * often[len(often) // 2][1]
