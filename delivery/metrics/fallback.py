"""Several sources as one: the first that answers."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.metrics.source import MetricSource, MetricsUnavailableError, Reading


class FallbackSource:
    """`name` is that of the source that answered last; the first one's before any question."""

    def __init__(self, sources: Sequence[MetricSource]) -> None:
        if not sources:
            raise ValueError("at least one source is needed")
        self._sources = tuple(sources)
        self._answering = self._sources[0]

    @property
    def name(self) -> str:
        return self._answering.name

    def since(self, after: float) -> Reading:
        """Raises `MetricsUnavailableError` with what each source said."""
        said: list[str] = []
        for source in self._sources:
            try:
                reading = source.since(after)
            except MetricsUnavailableError as error:
                said.append(error.what)
                continue
            self._answering = source
            return reading
        raise MetricsUnavailableError("; ".join(said))
