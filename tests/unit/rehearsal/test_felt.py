"""What users felt, of answers made up by hand."""

from __future__ import annotations

import pytest

from delivery.rehearsal.felt import Answer, felt, quantile

S, C = False, True


def answer(
    at: float,
    user: int = 0,
    of_candidate: bool = S,
    status: int = 200,
    milliseconds: float = 10,
    route: str = "GET /",
) -> Answer:
    return Answer(at, user, route, of_candidate, status, milliseconds)


def test_nobody_felt_anything() -> None:
    told = felt([answer(1, 1), answer(2, 2, C), answer(3, 1, C)])
    assert (told.requests, told.of_candidate, told.users) == (3, 2, 2)
    assert (told.bad, told.users_hit, told.slow, told.users_back_and_forth) == (0, 0, 0, 0)
    assert (told.first_bad, told.bad_seconds, told.stable_after) == (None, None, None)


def test_bad_answers_are_counted_by_answer_and_by_user() -> None:
    told = felt(
        [
            answer(1, 1),
            answer(2, 2, C, 500),
            answer(4, 2, C, 503, route="POST /counter"),
            answer(7, 3, C, 500),
            answer(8, 4, C),
            answer(9, 4, S),
        ]
    )
    assert (told.bad, told.users_hit, told.users) == (3, 2, 4)
    assert told.bad_seconds == pytest.approx(5)
    assert told.bad_routes == {"GET /": 2, "POST /counter": 1}
    # The candidate's last answer was a good one, a second after the last bad one.
    assert told.stable_after == pytest.approx(6)


def test_no_answer_is_a_bad_one_and_a_404_is_none() -> None:
    assert felt([answer(1, status=0), answer(2, status=404), answer(3, status=499)]).bad == 1


def test_an_answer_is_felt_when_it_comes() -> None:
    told = felt([answer(1, 1, C, 500, 4000), answer(2, 2, C, 500, 100)])
    assert told.first_bad == pytest.approx(2.1)
    assert told.bad_seconds == pytest.approx(2.9)


def test_slow_is_what_stable_hardly_ever_is() -> None:
    stable = [answer(n, 1, milliseconds=n) for n in range(1, 101)]
    told = felt([*stable, answer(5, 2, C, milliseconds=195), answer(6, 3, C, milliseconds=196)])
    assert (told.slow, told.users_slowed) == (1, 1)  # 100 and 101 ms more than 95
    assert (told.p95_stable, told.p95_candidate) == (95, 196)
    assert told.stable_after == pytest.approx(0)
    assert told.is_slower


def test_a_busy_machine_is_not_a_slow_candidate() -> None:
    both = [
        answer(n, n, of_candidate, milliseconds=1000 if n % 100 == 0 else 10)
        for n in range(1000)
        for of_candidate in (S, C)
    ]
    told = felt(both)
    assert (told.slow, told.slow_of_stable) == (10, 10)
    assert not told.is_slower


def test_what_fails_quickly_is_not_fast() -> None:
    told = felt([answer(1, 1, C, 500, 1), answer(2, 1, C, 200, 50), answer(3, 1)])
    assert told.p95_candidate == 50


@pytest.mark.parametrize(
    ("turns", "count"),
    [
        ([S, C], 0),
        ([C, C, S], 0),  # returned
        ([S, C, S], 0),
        ([C, S, C], 1),
        ([S, C, S, S, C, S, C], 1),
    ],
)
def test_back_and_forth_is_to_be_given_the_candidate_again(turns: list[bool], count: int) -> None:
    answers = [answer(n, 7, turn) for n, turn in enumerate(turns)]
    assert felt(list(reversed(answers))).users_back_and_forth == count


def test_a_failure_that_does_not_say_whose_it_is_is_nobodys_turn() -> None:
    answers = [answer(1, 7, C), answer(2, 7, S, 0), answer(3, 7, C)]
    assert felt(answers).users_back_and_forth == 0


def test_nothing_at_all() -> None:
    told = felt([])
    assert (told.requests, told.users, told.p95_stable) == (0, 0, None)


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [([], 0.5, None), ([3], 0.95, 3), ([2, 1], 0.5, 1), (list(range(1, 21)), 0.95, 19)],
)
def test_a_quantile_is_one_of_the_values(
    values: list[float], share: float, wanted: float | None
) -> None:
    assert quantile(values, share) == wanted
