"""The application's Worker: its last good version gets every request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from delivery.deployments import Deployment, Deployments
from delivery.errors import FailedError, RefusedError
from delivery.rollback.component import SHORTEST_PREFIX, NowhereError, Place, Report, Returned
from delivery.rollback.last_good import last_good, message
from delivery.rollback.returning import ALL, VERIFY_SECONDS, Verified, verify_serving
from delivery.split import Share
from settings.names import worker_name


@dataclass(frozen=True)
class WorkerComponent:
    place: Place
    name: str = "worker"

    @property
    def worker(self) -> str:
        return worker_name(self.place.stack)

    def go_back(self, to: str | None, why: str) -> Returned:
        deployments = Deployments(self.place.cloud.access(), self.worker)
        with deployments:
            history = deployments.history()
            if not history:
                raise NowhereError(f"{self.worker} was never deployed")
            if to is not None:
                return _deploy(deployments, _named(to, history, deployments), history[0], why)
            gone: set[str] = set()
            while (target := last_good(history, gone)) is not None:
                try:
                    return _deploy(deployments, target, history[0], why)
                except RefusedError:
                    # Only the last hundred versions can be deployed; which they are is asked when it matters.
                    if target in {version.id for version in deployments.versions()}:
                        raise
                    gone.add(target)
        raise NowhereError(
            f"{self.worker} has no earlier version that served everything", "name one with --to"
        )

    def now(self) -> str:
        with Deployments(self.place.cloud.access(), self.worker) as deployments:
            live = deployments.live()
        if live is None:
            return "nothing"
        return ", ".join(f"{version} {share:f} %" for version, share in live.served.items())

    def verify(self, returned: Returned, report: Report) -> Verified:
        address = worker_address(self.place, self.worker)
        return verify_serving(
            self.place.edge, address, returned.after, VERIFY_SECONDS, on_progress=report
        )


def _deploy(deployments: Deployments, target: str, live: Deployment, why: str) -> Returned:
    # A share of 0 counts too: whoever leads a rollout would go on from there.
    shares = {share.version_id: share.percentage for share in live.shares}
    if shares == {target: ALL}:
        return Returned(target, target, False)
    left = [version for version in shares if version != target]
    deployments.deploy([Share(target, ALL)], message(left, why), force=True)
    return Returned(",".join(left), target, True)


def _named(word: str, history: Sequence[Deployment], deployments: Deployments) -> str:
    """A version by its id or the beginning of it. Raises `RefusedError`."""
    known = {share.version_id for deployment in history for share in deployment.shares}
    if word in known:
        return word
    known |= {version.id for version in deployments.versions()}
    matching = [id for id in known if id.startswith(word)]
    if len(word) < SHORTEST_PREFIX or len(matching) != 1:
        if len(matching) > 1:
            raise RefusedError(f"version {word!r} is the beginning of several", "give more of it")
        raise RefusedError(
            f"version {word!r} is not known", "only the last 100 versions can be deployed"
        )
    return matching[0]


def worker_address(place: Place, script: str) -> str:
    """Where the public reaches a Worker. Raises `FailedError` where it has no address."""
    found = public_address(place, script)
    if found is None:
        raise FailedError(f"{script} has no public address to verify it at")
    return found


def zone_address(place: Place, script: str) -> str:
    """Where the edge keeps answers, which it does at a Worker's own domain alone; without one, any public address. Raises
    `FailedError`."""
    return _domain(place, script) or worker_address(place, script)


def public_address(place: Place, script: str) -> str | None:
    """A Worker's address on workers.dev, or its first domain; None where there is neither, or no such Worker."""
    told: Any = place.api.call("GET", f"/workers/scripts/{script}/subdomain", missing=dict)
    if told.get("enabled"):
        account: Any = place.api.call("GET", "/workers/subdomain")
        return f"https://{script}.{account['subdomain']}.workers.dev"
    return _domain(place, script)


def _domain(place: Place, script: str) -> str | None:
    domains: Any = place.api.call("GET", "/workers/domains", params={"service": script})
    return f"https://{domains[0]['hostname']}" if domains else None
