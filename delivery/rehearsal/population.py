"""Who asks, for what, and when: users that are known to the zone, and some who come for the first time.

Arrivals are a Poisson process that waits for nobody's answer (an open loop); paths follow Zipf's law, as paths of the web do
(Breslau et al., *Web Caching and Zipf-like Distributions*, 1999); some users come more often than others.
"""

from __future__ import annotations

import itertools
import random
import uuid
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Route:
    """`{name}` in a path stands for one of a few names."""

    method: str
    path: str


@dataclass
class Visitor:
    """`cookie` is the id that the Worker gave; None for whoever comes for the first time."""

    number: int
    cookie: str | None


@dataclass(frozen=True)
class Visit:
    """One request that is about to be made; `gap` in seconds since the one before."""

    gap: float
    visitor: Visitor
    method: str
    path: str


ROUTES: Final = (
    Route("GET", "/"),
    Route("GET", "/flags/{name}"),
    Route("GET", "/counter/{name}"),
    Route("POST", "/counter/{name}/increment"),
    Route("GET", "/version"),
)
"""Of the application, the most wanted first."""
NEW_SHARE: Final = 0.05
"""Of the requests: first visits."""
_NAMES: Final = ("home", "search", "inbox", "billing", "beta")
_LOYALTY: Final = 0.5
"""Exponent by which a user's rank makes them come more seldom."""


class Population:
    """The same visits for the same seed; `rate` in requests a second."""

    def __init__(self, *, rate: float, users: int, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._rate = rate
        self._numbers = itertools.count()
        self._known = [Visitor(next(self._numbers), self._cookie()) for _ in range(users)]
        self._often = list(itertools.accumulate((rank + 1) ** -_LOYALTY for rank in range(users)))
        self._wanted = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(ROUTES))))

    def next(self) -> Visit:
        drawn = self._random
        route = drawn.choices(ROUTES, cum_weights=self._wanted)[0]
        path = route.path.replace("{name}", drawn.choice(_NAMES))
        return Visit(drawn.expovariate(self._rate), self._visitor(), route.method, path)

    def _visitor(self) -> Visitor:
        if self._random.random() >= NEW_SHARE:
            return self._random.choices(self._known, cum_weights=self._often)[0]
        # Somebody has left for good meanwhile: there are always as many.
        new = Visitor(next(self._numbers), None)
        self._known[self._random.randrange(len(self._known))] = new
        return new

    def _cookie(self) -> str:
        """As the zone draws them and the Worker gives them."""
        return str(uuid.UUID(bytes=self._random.randbytes(16), version=4))
