"""Stale and foreign answers of the application, in many requests of many people with changes among them."""

from bench.coherence.figure import measure

__all__ = ["measure"]
