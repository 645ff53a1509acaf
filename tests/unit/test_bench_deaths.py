"""What counts as lost when a process dies, and when it is back."""

from __future__ import annotations

import pytest

from bench.deaths import Asked, Death, back_after, lost

DEATH = Death(killed=10.0, gone=10.1)


@pytest.mark.parametrize(
    ("sent", "ended", "counts"),
    [
        (9.8, 10.05, False),  # on its way when the signal came
        (10.05, 10.2, False),  # taken by a process that was not gone yet
        (9.8, 9.9, True),
        (10.15, 10.2, True),
    ],
)
def test_lost_is_what_no_death_met_on_its_way(sent: float, ended: float, *, counts: bool) -> None:
    assert lost([Asked(sent, ended, good=False)], [DEATH]) == counts
    assert lost([Asked(sent, ended, good=True)], [DEATH]) == 0


def test_it_is_back_with_the_first_good_answer_to_who_asked_when_it_was_gone() -> None:
    before = Asked(10.05, 10.2, good=True)
    refused, late, soon = (
        Asked(10.15, 10.2, good=False),
        Asked(10.2, 10.9, good=True),
        Asked(10.3, 10.6, good=True),
    )
    assert back_after([before, refused], DEATH) is None
    assert back_after([before, refused, late, soon], DEATH) == pytest.approx(0.6)
