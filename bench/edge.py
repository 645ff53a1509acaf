"""Figures of the edge: what is lost, who gets what, and how fast it is beside Miniflare."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from statistics import NormalDist
from typing import Final
from urllib.parse import urlsplit

import httpx

from bench.clone import Clone, deploy, upload
from bench.figures import Figure, Reporter, at_least, at_most
from bench.load import Tally, get, on_a_loop, run_load
from delivery.node import find_node
from tests.integration.checkout import ROOT

_SCRIPT: Final = "bench"
_HOST: Final = f"{_SCRIPT}.pitchey.workers.dev"
_ANSWERED_BY: Final = "x-version"
_CODE: Final = """
export default {
  async fetch(request, env) {
    return new Response("hello", { headers: { "x-version": env.VERSION.id } });
  },
};
"""
_INTERVAL: Final = 0.999
_SHARES: Final = (1, 10, 50, 90, 99)
_ASKED_FOR_SHARE: Final = 20_000
_KEYS: Final = 10_000
_ROUNDS: Final = 5
_ROUND_REQUESTS: Final = 15_000


def measure(clone: Clone, report: Reporter) -> list[Figure]:
    """The local cloud of `clone` has to run."""
    account = clone.account()
    with clone.api() as api:
        first = upload(api, account, _SCRIPT, _CODE)
        second = upload(api, account, _SCRIPT, _CODE + "// second\n", as_version=True)
        edge = _Edge(clone, api, account, first, second)
        return [
            *edge.shares(report),
            edge.keys_that_fall_back(report),
            edge.beside_miniflare(report),
            edge.lost_over_changes(report),
        ]


class _Edge:
    """Two versions of one Worker on the edge of a clone."""

    def __init__(
        self, clone: Clone, api: httpx.Client, account: str, first: str, second: str
    ) -> None:
        self._clone = clone
        self._api = api
        self._account = account
        self._first = first
        self._second = second

    def _split(self, share: float) -> None:
        """`share` is the second version's percentage."""
        deploy(self._api, self._account, _SCRIPT, (self._first, 100 - share), (self._second, share))

    def _ask(self, total: int, *, keyed: bool = False) -> Tally:
        plain = get(_HOST)

        def request(number: int) -> bytes:
            if not keyed:
                return plain
            return get(_HOST, headers=[("Cloudflare-Workers-Version-Key", f"visitor-{number}")])

        port = self._clone.port + 1
        return on_a_loop(run_load(port, request, total=total, watched=_ANSWERED_BY))

    def shares(self, report: Reporter) -> list[Figure]:
        figures: list[Figure] = []
        for share in _SHARES:
            report(f"{_ASKED_FOR_SHARE:,} requests at a share of {share} %")
            self._split(share)
            seen = self._ask(_ASKED_FOR_SHARE).shares[self._second]
            p = share / 100
            z = NormalDist().inv_cdf((1 + _INTERVAL) / 2)
            half = z * (p * (1 - p) / _ASKED_FOR_SHARE) ** 0.5 * 100
            figures.append(
                at_most(
                    f"share at {share} %: off by, of {_ASKED_FOR_SHARE:,} requests",
                    abs(seen / _ASKED_FOR_SHARE * 100 - share),
                    "percentage points",
                    half,
                )
            )
        return figures

    def keys_that_fall_back(self, report: Reporter) -> Figure:
        """Keys that have seen the new version and see the old one again while the old one's share shrinks."""
        moved: set[int] = set()
        back: set[int] = set()
        for share in (1, 5, 10, 25, 50, 75, 90, 99):
            report(f"{_KEYS:,} keys at a share of {share} %")
            self._split(share)
            seen = self._ask(_KEYS, keyed=True).seen
            now = {number for number, version in enumerate(seen) if version == self._second}
            back |= moved - now
            moved |= now
        if len(moved) < _KEYS / 2:
            raise RuntimeError(f"only {len(moved)} of {_KEYS} keys moved: nothing was measured")
        return at_most(
            f"keys that fall back to the old version, of {_KEYS:,}", len(back), "keys", 0
        )

    def beside_miniflare(self, report: Reporter) -> Figure:
        """Both asked in turn in one run, the medians compared."""
        self._split(50)
        ours: list[float] = []
        theirs: list[float] = []
        with _miniflare() as (host, port):
            plain = get(host)
            for number in range(_ROUNDS):
                report(f"edge and Miniflare in turn, round {number + 1} of {_ROUNDS}")
                ours.append(self._ask(_ROUND_REQUESTS).per_second)
                peer = on_a_loop(run_load(port, lambda _: plain, total=_ROUND_REQUESTS))
                theirs.append(peer.per_second)
        edge, peer = statistics.median(ours), statistics.median(theirs)
        report(f"edge {edge:,.0f} requests/s, Miniflare {peer:,.0f} requests/s")
        return at_least(
            "edge with a two-way split / Miniflare with one Worker", edge / peer, "x", 0.9
        )

    def lost_over_changes(self, report: Reporter) -> Figure:
        """50,000 requests while weights are changed 100 times and 10 new versions are switched in."""
        total, switches, weights = 50_000, 10, 10
        report(
            f"{total:,} requests over {switches * weights} re-weights and {switches} new versions"
        )
        plain = get(_HOST)
        port = self._clone.port + 1

        async def ask_while_changing() -> tuple[Tally, bool]:
            asking = asyncio.create_task(run_load(port, lambda _: plain, total=total))
            changing = asyncio.create_task(asyncio.to_thread(self._change, switches, weights))
            await changing
            covered = not asking.done()
            return await asking, covered

        tally, covered = on_a_loop(ask_while_changing())
        if not covered:
            raise RuntimeError("the requests ended before the changes: nothing was measured")
        return at_most(
            f"requests lost in {total:,} over {switches * weights} re-weights and {switches} versions switched in",
            tally.lost,
            "requests",
            0,
        )

    def _change(self, switches: int, weights: int) -> None:
        old = self._first
        for switch in range(switches):
            code = f"{_CODE}// switched in {switch}\n"
            new = upload(self._api, self._account, _SCRIPT, code, as_version=True)
            for step in range(1, weights + 1):
                share = 100 * step / weights
                pair = [(old, 100 - share), (new, share)] if share < 100 else [(new, 100.0)]
                deploy(self._api, self._account, _SCRIPT, *pair)
            old = new


@contextmanager
def _miniflare() -> Generator[tuple[str, int]]:
    """Its host with the port, and the port."""
    process = subprocess.Popen(
        [str(find_node()), "bench/miniflare.mjs", _CODE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline().strip() if process.stdout else ""
        port = urlsplit(line).port
        if port is None:
            raise RuntimeError(f"Miniflare did not start: {line or 'it said nothing'}")
        yield urlsplit(line).netloc, port
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(10)
