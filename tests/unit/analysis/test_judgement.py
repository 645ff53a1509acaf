"""Verdicts on made-up slices: what fails, what passes, and what cannot be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from delivery.analysis.counts import NOTHING, Counts, Slice
from delivery.analysis.judgement import MOST_SEGMENTS, Judge, Judgement
from delivery.analysis.metrics import Analysis, Latency, Rate
from delivery.analysis.verdict import Outcome, Verdict
from tests.unit.statistics.traffic import binomial, seeded

from .made_up import CANDIDATE, STABLE, at, counts, judged, traffic, without_latency

JUDGE = Judge(Analysis())
LATENCIES = ("p50 latency", "p95 latency", "p99 latency")


def outcomes(verdicts: list[Verdict]) -> dict[str, Outcome]:
    return {verdict.metric: verdict.outcome for verdict in verdicts}


def failed(judge: Judge, known: Judgement) -> list[str]:
    return [verdict.metric for verdict in judge.failures(known)]


def test_a_candidate_like_stable_passes_in_every_metric() -> None:
    known = judged(JUDGE, traffic(seeded(1), 60))
    verdicts = JUDGE.verdicts(known, 100)
    assert outcomes(verdicts) == dict.fromkeys(("error rate", *LATENCIES), Outcome.PASS)
    errors = verdicts[0]
    assert errors.candidate == known.candidate.errors / known.candidate.requests
    assert errors.stable == known.stable.errors / known.stable.requests
    assert (errors.requests, errors.stable_requests) == (
        known.candidate.requests,
        known.stable.requests,
    )
    assert errors.limit == pytest.approx(20)
    assert (errors.evidence or 0) >= 20
    assert "not worse by 5 points" in errors.said
    assert ", 20 decide)" in errors.said


def test_a_candidate_better_than_stable_passes() -> None:
    better = traffic(seeded(2), 60, stable=0.06, candidate=0.001, slower=0.5)
    known = judged(JUDGE, better)
    assert set(outcomes(JUDGE.verdicts(known, 100)).values()) == {Outcome.PASS}


def test_more_errors_fail_with_their_numbers() -> None:
    known = judged(JUDGE, traffic(seeded(3), 24, stable=0.01, candidate=0.06))
    first = JUDGE.verdicts(known, 100)[0]
    assert (first.metric, first.outcome) == ("error rate", Outcome.FAIL)
    assert first.candidate == pytest.approx(0.06, abs=0.02)
    assert first.stable == pytest.approx(0.01, abs=0.005)
    assert first.limit == pytest.approx(2 * 7 / 0.01)
    assert (first.evidence or 0) >= 1400
    smallest = JUDGE.metrics[0].smallest
    assert f"worse by more than {100 * smallest:g} points" in first.said
    assert "1,400 decide" in first.said


@pytest.mark.parametrize("quantile", [50, 95, 99])
def test_slower_answers_fail_each_quantile(quantile: float) -> None:
    judge = Judge(Analysis(latency=Latency(quantiles=(quantile,))))
    known = judged(judge, traffic(seeded(4), 120, slower=1.8))
    assert failed(judge, known) == [f"p{quantile:g} latency"]


@pytest.mark.parametrize(
    ("name", "events", "trials"),
    [
        ("cache failures", "cache.failures", "cache.requests"),
        ("database failures", "database.failures", "database.requests"),
    ],
)
def test_a_failing_cache_or_database_is_found_and_a_sound_one_passes(
    name: str, events: str, trials: str
) -> None:
    sound, broken = ({trials: 40, events: n} for n in (0, 20))
    stable = replace(counts(200), counters=sound)
    for counters, outcome in ((sound, Outcome.PASS), (broken, Outcome.FAIL)):
        candidate = replace(counts(50), counters=counters)
        known = judged(JUDGE, [at(i, stable, candidate) for i in range(20)])
        assert outcomes(JUDGE.verdicts(known, 100))[name] is outcome


def test_a_cache_that_the_candidate_hardly_uses_need_not_be_shown_to_be_sound() -> None:
    stable = counts(200, 0, cache_requests=99)
    for uses, judged_too in ((19, False), (20, True)):
        used, unused = counts(50, 0, cache_requests=1), counts(50)
        known = judged(JUDGE, [at(i, stable, used if i < uses else unused) for i in range(40)])
        assert ("cache failures" in outcomes(JUDGE.verdicts(known, 100))) is judged_too


@pytest.mark.parametrize(
    ("stable", "candidate", "why"),
    [
        (counts(100), NOTHING, "the candidate served nobody"),
        (NOTHING, counts(100), "stable served nobody to compare with"),
        (NOTHING, NOTHING, "the candidate served nobody"),
    ],
)
def test_no_data_is_never_a_pass(stable: Counts, candidate: Counts, why: str) -> None:
    known = judged(JUDGE, [at(i, stable, candidate) for i in range(100)])
    verdicts = JUDGE.verdicts(known, 0)
    assert set(outcomes(verdicts).values()) == {Outcome.NO_DATA}
    assert all(why in verdict.said for verdict in verdicts)


def test_nothing_seen_is_no_data() -> None:
    assert set(outcomes(JUDGE.verdicts(Judgement(), 0)).values()) == {Outcome.NO_DATA}


def test_fewer_requests_than_the_step_asks_for_are_inconclusive_however_clear() -> None:
    known = judged(JUDGE, traffic(seeded(5), 60))
    verdicts = JUDGE.verdicts(known, 10_000)
    assert set(outcomes(verdicts).values()) == {Outcome.INCONCLUSIVE}
    assert f"{known.candidate.requests:,} requests are fewer than the 10,000" in verdicts[0].said


def test_little_traffic_cannot_be_told() -> None:
    known = judged(JUDGE, traffic(seeded(6), 5, requests=20))
    verdicts = JUDGE.verdicts(known, 1)
    assert outcomes(verdicts)["error rate"] is Outcome.INCONCLUSIVE
    assert "it cannot be told yet" in verdicts[0].said


def test_probes_fill_in_for_little_traffic_and_are_no_evidence_of_harm() -> None:
    judge = Judge(Analysis(latency=None), fill_in=True)
    good, bad = (Counts(1, probes=20, probe_errors=n) for n in (0, 20))
    known = judged(judge, [at(i, good, good) for i in range(30)])
    assert outcomes(judge.verdicts(known, 100))["error rate"] is Outcome.PASS
    plain = judged(JUDGE, [at(i, good, good) for i in range(30)])
    assert outcomes(JUDGE.verdicts(plain, 0))["error rate"] is Outcome.INCONCLUSIVE
    known = judged(judge, [at(i, good, bad) for i in range(30)])
    assert outcomes(judge.verdicts(known, 100))["error rate"] is Outcome.INCONCLUSIVE


def test_what_is_left_out_is_not_judged() -> None:
    judge = Judge(Analysis(errors=None, latency=None, cache=None, segments=None))
    harm = (
        replace(counts(100, 100), segments={"route:GET /": (100, 100)}),
        replace(counts(100), segments={"route:GET /": (100, 0)}),
    )
    known = judged(judge, [at(i, harm[1], harm[0]) for i in range(50)])
    assert judge.verdicts(known, 0) == []


# Harmless ones are left alone


def test_a_difference_below_the_smallest_that_matters_never_fails() -> None:
    """Stated as counts: 1.0 against 1.25 percent, of two million requests."""
    judge = Judge(Analysis(errors=Rate(smallest_difference=0.3), latency=None))
    strict = Judge(Analysis(errors=Rate(smallest_difference=0.0), latency=None))
    slices = [at(i, counts(2000, 20), counts(2000, 25)) for i in range(500)]
    assert failed(judge, judged(judge, slices)) == []
    assert failed(strict, judged(strict, slices)) == ["error rate"]


def test_harmless_candidates_are_seldom_failed_however_often_it_is_looked() -> None:
    """1 in 100 may be; of 60 five or more would come with a chance below 0.1 %."""
    alarms = 0
    for seed in range(60):
        known = Judgement()
        for index, one in enumerate(without_latency(traffic(seeded(seed), 240, candidate=0.01))):
            known = JUDGE.observe(known, one, STABLE, CANDIDATE)
            if JUDGE.failures(known):
                alarms += 1
                break
            if index % 60 == 59:
                known = JUDGE.begin_step(known)
    assert alarms < 5


def test_drifting_rates_with_a_growing_share_fail_no_harmless_candidate() -> None:
    """Simpson: both get worse alike as the share grows, so that the candidate's sum looks three times as bad as stable's."""
    looks_worse = 0
    for seed in range(20):
        source, known, sums = seeded(seed), Judgement(), (NOTHING, NOTHING)
        drifting = traffic(
            source,
            200,
            requests=500,
            share=lambda i: 0.01 if i < 100 else 0.5,
            stable=lambda i: 0.002 + 0.0003 * i,
            candidate=lambda i: 0.002 + 0.0003 * i,
        )
        for index, one in enumerate(without_latency(drifting)):
            known = JUDGE.observe(known, one, STABLE, CANDIDATE)
            sums = (sums[0] + one.of(STABLE), sums[1] + one.of(CANDIDATE))
            assert JUDGE.failures(known) == []
            if index == 99:
                known = JUDGE.begin_step(known)
        rate0, rate1 = (summed.errors / summed.requests for summed in sums)
        looks_worse += rate1 > rate0 + 0.01
    assert looks_worse == 20


# Harm is found


@pytest.mark.parametrize("begins", [0, 60, 180, 600])
def test_harm_that_begins_late_is_found_as_soon_as_harm_from_the_start(begins: int) -> None:
    """Steps of five minutes; errors go from 1 to 5 percent."""
    known = Judgement()
    slices = traffic(
        seeded(7), begins + 60, share=0.5, candidate=lambda i: 0.01 if i < begins else 0.05
    )
    found = None
    for index, one in enumerate(without_latency(slices)):
        if index % 60 == 0:
            known = JUDGE.begin_step(known)
        known = JUDGE.observe(known, one, STABLE, CANDIDATE)
        if failed(JUDGE, known):
            found = index
            break
    assert found is not None
    assert begins <= found <= begins + 24


def test_one_route_is_found_where_the_mean_shows_nothing() -> None:
    source = seeded(8)
    slices: list[Slice] = []
    judge = Judge(Analysis(errors=Rate(smallest_difference=1), latency=None))
    for index in range(120):
        errors = binomial(source, 10, 0.25)
        stable = replace(
            counts(1000, 10), segments={"route:GET /": (960, 10), "route:POST /": (40, 0)}
        )
        candidate = replace(
            counts(250, 2 + errors), segments={"route:GET /": (240, 2), "route:POST /": (10, errors)}
        )  # fmt: skip
        slices.append(at(index, stable, candidate))
    found = judge.failures(judged(judge, slices))
    assert [verdict.metric for verdict in found] == ["errors of route:POST /"]
    assert found[0].said.startswith("errors of route:POST /: 2")
    assert found[0].outcome is Outcome.FAIL


def test_a_route_that_stable_does_not_have_is_no_evidence() -> None:
    candidate = replace(counts(100), segments={"route:GET /new": (100, 100)})
    known = judged(JUDGE, [at(i, counts(100), candidate) for i in range(100)])
    assert failed(JUDGE, known) == []


def test_segments_are_limited_in_number() -> None:
    many = {f"route:GET /{n}": (1, 0) for n in range(3 * MOST_SEGMENTS)}
    one = at(0, replace(counts(96), segments=many), replace(counts(96), segments=many))
    assert len(judged(JUDGE, [one, one]).segments) == MOST_SEGMENTS


# Steps, and the ledger


def test_a_step_begins_with_the_quantiles_of_those_before() -> None:
    """p99 needs 500 of stable's requests: a step need not wait for them anew."""
    step = JUDGE.begin_step(judged(JUDGE, traffic(seeded(13), 30)))
    slices = list(traffic(seeded(14), 2))
    begun, anew = judged(JUDGE, slices, step), judged(JUDGE, slices)
    for known, comparisons in ((begun, 2), (anew, 0)):
        counted = known.metrics["p99 latency"].not_worse.trials1
        assert counted == sum(one.of(CANDIDATE).requests for one in slices[:comparisons])


def test_a_step_passes_by_its_own_numbers_and_harm_is_not_forgotten() -> None:
    good = judged(JUDGE, traffic(seeded(9), 60))
    begun = JUDGE.begin_step(good)
    assert set(outcomes(JUDGE.verdicts(begun, 0)).values()) == {Outcome.NO_DATA}
    assert begun.candidate_before == good.candidate
    again = JUDGE.begin_step(judged(JUDGE, traffic(seeded(10), 3), begun))
    assert again.candidate_before.requests > good.candidate.requests

    bad = judged(JUDGE, traffic(seeded(11), 30, candidate=0.1))
    assert failed(JUDGE, bad) == failed(JUDGE, JUDGE.begin_step(bad)) == ["error rate"]
    assert failed(JUDGE, JUDGE.restart(bad)) == ["error rate"]


@pytest.mark.parametrize("candidate", [0.01, 0.05])
def test_a_judgement_goes_on_after_the_ledger_as_if_it_had_never_left(candidate: float) -> None:
    routes: Mapping[str, tuple[int, int]] = {"route:GET /": (20, 1), "visitor:new": (5, 0)}
    slices = [
        replace(one, versions={name: replace(c, segments=routes) for name, c in one.versions.items()})
        for one in traffic(seeded(12), 40, candidate=candidate)
    ]  # fmt: skip
    known = JUDGE.begin_step(judged(JUDGE, slices[:20]))
    known = replace(judged(JUDGE, slices[20:30], known), bad_numbers={"queue": 2})
    read = Judgement.from_json(json.loads(json.dumps(known.to_json())))
    assert read == known
    stayed, returned = judged(JUDGE, slices[30:], known), judged(JUDGE, slices[30:], read)
    assert JUDGE.verdicts(returned, 100) == JUDGE.verdicts(stayed, 100)
    assert returned == stayed


@pytest.mark.parametrize("missing", ["metrics", "candidate", "stableBefore", "badNumbers"])
def test_another_shape_is_refused(missing: str) -> None:
    told = Judgement().to_json()
    del told[missing]
    with pytest.raises(LookupError):
        Judgement.from_json(told)
