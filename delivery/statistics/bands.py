"""Bands around a rate and a quantile that hold at all times together, for charts that are looked at again and again."""

from __future__ import annotations

from math import exp, expm1, inf, lgamma, log, sqrt
from typing import Final

from delivery.statistics.latency import Histogram, bucket_of_rank, lower_edge, rank, upper_edge

_LOG_BETA_HALVES: Final = 2 * lgamma(0.5)


def rate_band(events: int, trials: int, alpha: float) -> tuple[float, float]:
    """(low, high) that hold a constant Bernoulli rate p at all times with probability 1 - alpha (for display: a drifting rate has no band).

    The Beta-binomial mixture martingale (Robbins, Statistical methods related to the law of the iterated logarithm, Annals of
    Mathematical Statistics 41, 1970; Howard et al., Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
    Statistics 49, 2021; Lindon and Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022): at the true p
    B(1/2 + k, 1/2 + n - k) / B(1/2, 1/2) / (p^k (1 - p)^(n - k)) ever reaches 1/alpha with probability alpha at most, so the band is
    where it has not. The prior Beta(1/2, 1/2) loses the least against the best rate in hindsight, whichever that is, near 0 as well.
    """
    if trials == 0:
        return 0.0, 1.0
    failures = trials - events
    mixture = lgamma(events + 0.5) + lgamma(failures + 0.5) - lgamma(trials + 1) - _LOG_BETA_HALVES
    least = mixture + log(alpha)
    low = 0.0 if events == 0 else _crossing(events, failures, least, -1)
    high = 1.0 if failures == 0 else _crossing(events, failures, least, 1)
    return low, high


def _crossing(events: int, failures: int, least: float, side: int) -> float:
    """The rate below (side -1) or above (side 1) events / trials at which the log likelihood falls to `least`."""
    trials = events + failures
    if side < 0 and failures == 0:
        return exp(least / trials)
    if side > 0 and events == 0:
        return -expm1(least / trials)
    low, high = (0.0, events / trials) if side < 0 else (events / trials, 1.0)
    spread = sqrt(2 * events * failures / trials**3)
    rate = events / trials + side * spread * 2
    if not low < rate < high:
        rate = (low + high) / 2
    for _ in range(200):
        above = events * log(rate) + failures * log(1 - rate) - least
        if (above > 0) == (side > 0):
            low = rate
        else:
            high = rate
        slope = events / rate - failures / (1 - rate)
        following = rate - above / slope if slope else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - rate) <= 1e-12 * following or not low < following < high:
            return following
        rate = following
    return rate


def quantile_ranks(p: float, trials: int, alpha: float) -> tuple[float, float]:
    """(low_p, high_p): at all times, with probability 1 - alpha, the `p` quantile lies between the sample's low_p and high_p quantiles.

    The stitched closed form of Howard and Ramdas, Sequential estimation of quantiles with applications to A/B testing and best-arm
    identification, Bernoulli 28 (2022), theorem 1: p -+ 1.5 sqrt(p (1 - p) l) + 0.8 l, l = (1.4 log log(2.1 n) + log(10 / alpha)) / n.
    low_p <= 0 and high_p >= 1 say that nothing is known on that side yet.
    """
    if trials == 0:
        return 0.0, 1.0
    rate = (1.4 * log(log(2.1 * max(trials, 2))) + log(10 / alpha)) / trials
    width = 1.5 * sqrt(p * (1 - p) * rate) + 0.8 * rate
    return max(p - width, 0.0), min(p + width, 1.0)


def quantile_band(histogram: Histogram, p: float, alpha: float) -> tuple[float, float, float]:
    """(low, value, high) in ms of the `p` quantile, at all times with probability 1 - alpha; low is 0 and high infinite where nothing
    is known yet, and (0, 0, infinite) is an empty histogram's. low is its bucket's lower edge, the others their buckets' upper edge."""
    trials = sum(histogram.values())
    if trials == 0:
        return 0.0, 0.0, inf
    low_p, high_p = quantile_ranks(p, trials, alpha)
    # Ranks of the last sample below low_p and the first above high_p.
    low_rank, high_rank = int(low_p * trials), int(high_p * trials) + 1
    return (
        lower_edge(bucket_of_rank(histogram, low_rank)) if low_rank >= 1 else 0.0,
        upper_edge(bucket_of_rank(histogram, rank(p, trials))),
        upper_edge(bucket_of_rank(histogram, high_rank)) if high_rank <= trials else inf,
    )
