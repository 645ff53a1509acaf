"""What a dataset is: rows with dimensions, and what is measured over the rows of one group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from localcloud.api.analytics.filters import BUCKETS
from localcloud.api.store import Json, Store


class Timed(Protocol):
    @property
    def second(self) -> int: ...


Row = TypeVar("Row", bound=Timed)


@dataclass(frozen=True)
class Asked:
    """What a query wants of a dataset: the seconds `since` to `until`, both included, and for each section the fields
    (`sum` → `requests`, …)."""

    store: Store
    account: str
    since: int
    until: int
    filter: Json
    sections: Mapping[str, frozenset[str]]

    def wants(self, *sections: str) -> bool:
        return any(self.sections.get(section) for section in sections)


@dataclass(frozen=True)
class Dataset(Generic[Row]):
    """`name` is the account's field, `type_name` what the names of its types begin with, `sections` the measured fields
    and their types. A query may span `longest` seconds and reach `kept` seconds back."""

    name: str
    type_name: str
    texts: Mapping[str, Callable[[Row], str]]
    numbers: Mapping[str, Callable[[Row], int]]
    sections: Mapping[str, Mapping[str, str]]
    rows: Callable[[Asked], Iterable[Row]]
    measure: Callable[[Sequence[Row], Asked], Mapping[str, Json]]
    longest: int
    kept: int
    times: Sequence[str] = field(default_factory=lambda: tuple(BUCKETS))

    def getters(self) -> dict[str, Callable[[Row], Any]]:
        """Dimension → a row's value of it; of a dimension of time the second at which its bucket begins."""
        found: dict[str, Callable[[Row], Any]] = {**self.texts, **self.numbers}
        for name in self.times:
            found[name] = _bucket(BUCKETS[name])
        return found

    def type_of(self, dimension: str) -> str:
        if dimension in self.times:
            return "Date" if dimension == "date" else "Time"
        if dimension in self.numbers:
            return "uint8" if dimension.startswith("is") else "uint16"
        return "string"


def _bucket(size: int) -> Callable[[Timed], int]:
    return lambda row: row.second // size * size
