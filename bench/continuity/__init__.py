"""What becomes of users' writes and sessions while versions come and go under them."""

from bench.continuity.figure import measure

__all__ = ["measure"]
