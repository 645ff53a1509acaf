"""The traffic of a stack's Worker: grown through Pulumi, so that its state stays true; put back by the API, which is there at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from delivery.deployments import Deployments
from delivery.edge import Edge
from delivery.errors import FailedError
from delivery.rollback.returning import put_back, verify_serving
from delivery.rollout.state import ALL
from delivery.split import Share
from delivery.stack import Stack

_PATIENCE: Final = 20.0
_LIVE_PATIENCE: Final = 3.0
"""Nothing is decided while it is asked who is live: sooner or later the next question is answered."""
_SETTLE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class WorkerTraffic:
    """`rollout` stands in each deployment's message, so that ours are told from others'."""

    rollout: str
    stack: Stack
    deployments: Deployments
    edge: Edge
    worker_url: str
    stable: str
    candidate: str
    report: Callable[[str], None] = lambda _text: None
    split: bool = True
    """Whether Cloudflare takes both versions in one deployment; not where Durable Object classes change between them."""

    def live(self) -> Mapping[str, Decimal]:
        deployment = self.deployments.live(_LIVE_PATIENCE)
        if deployment is None:
            raise FailedError("the Worker has no deployment", "`pitchey up` makes one")
        return deployment.served

    def shift(self, share: Decimal, why: str) -> str:
        shares = [Share(self.stable, ALL - share), Share(self.candidate, share)]
        message = f"pitchey rollout {self.rollout}: {why}"
        if share == 0:
            # Pulumi's provider knows no share of 0; for probes the candidate has to be in the deployment.
            there = shares if self.split else shares[:1]
            return self.deployments.deploy(there, message).id
        # Whoever holds the stack is not waited for: meanwhile the rollout may be over. It is tried again.
        with self.stack.held(0):
            self.stack.split(shares, message)
        deployment = self.deployments.live()
        wanted = {s.version_id: s.percentage for s in shares if s.percentage > 0}
        if deployment is None or deployment.served != wanted:
            raise FailedError("the split was applied, and is not the live one", "look at `status`")
        return deployment.id

    def put_back(self, why: str) -> str:
        message = f"pitchey rollout {self.rollout}: returned, {why}"
        deployment = put_back(self.deployments, self.stable, message, _PATIENCE)
        seen = verify_serving(self.edge, self.worker_url, self.stable)
        if not seen.done:
            raise FailedError(f"stable is deployed, and who serves is {seen.said}")
        self.report(seen.said)
        return deployment.id

    def settle(self, why: str) -> None:
        with self.stack.held(_SETTLE_SECONDS):
            self.stack.split([Share(self.stable, ALL)], f"pitchey rollout {self.rollout}: {why}")
