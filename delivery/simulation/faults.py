"""What is wrong in a simulated rollout: with the candidate, or around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Shares are 0 to 1 and are added to what is so anyway; factors multiply it. It is there from a share of the candidate
    (percent) and from a time on (seconds after the candidate first served)."""

    errors: float = 0.0
    """Added to the error rate: 0.02 for two points; below 0 for a candidate that is better."""
    slower: float = 1.0
    """Answers take so many times as long; below 1 for a candidate that is better."""
    cache: float = 0.0
    """Added to the share of the cache's uses that fail."""
    database: float = 0.0
    """Added to the share of the database's uses that fail."""
    segment: str = ""
    """Errors and slowness are those of this segment alone: `route:POST /counter`, `visitor:new`, `continent:EU`."""
    errors_a_minute: float = 0.0
    """A leak: with each minute of serving so much more of `errors`."""
    slower_a_minute: float = 0.0
    """A leak: with each minute of serving so much more of `slower`."""
    dead: bool = False
    """It answers nobody, and no probe."""
    silent: bool = False
    """It serves, and reports nothing."""
    both: bool = False
    """Stable has it too: nobody's fault who is being rolled out."""
    recorder_gone: bool = False
    """Nobody counts either version."""
    traffic: float = 1.0
    """So many times the requests, of both; 0 when nobody comes any more."""
    from_share: float = 0.0
    from_second: float = 0.0

    @property
    def is_harm(self) -> bool:
        """Whether the candidate ought to go back for it."""
        own = (
            *(self.errors > 0, self.slower > 1, self.cache > 0, self.database > 0),
            *(self.errors_a_minute > 0, self.slower_a_minute > 0, self.dead, self.silent),
        )
        return self.recorder_gone or (any(own) and not self.both)

    def is_there(self, share: float, served: float) -> bool:
        """At a share of the candidate in percent, `served` seconds after its first request."""
        return share >= self.from_share and served >= self.from_second

    def minutes(self, served: float) -> int:
        """Whole minutes for which a leak has grown; 0 without one."""
        leaks = self.errors_a_minute or self.slower_a_minute
        return int((served - self.from_second) // 60) if leaks else 0
