"""Users of a Worker on the local edge: each stays with its key, all of them ask at a steady rate, whatever the answers take."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.integration.checkout import Checkout

PATHS = ("/version", "/", "/flags/x", "/counter/a")


@dataclass
class Felt:
    """What users felt: `bad` are answers of 500 and above, and requests that nothing answered."""

    requests: int = 0
    bad: list[str] = field(default_factory=list[str])
    bad_users: set[int] = field(default_factory=set[int])
    statuses: Counter[int] = field(default_factory=Counter[int])
    versions: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    """User → the versions that answered, each change of them."""


@contextmanager
def users(checkout: Checkout, host: str, *, rate: float = 40, count: int = 400) -> Generator[Felt]:
    felt, stop, lock = Felt(), threading.Event(), threading.Lock()
    limits = httpx.Limits(max_connections=16)
    client = httpx.Client(base_url=f"http://127.0.0.1:{checkout.port + 1}", limits=limits)

    def ask(number: int) -> None:
        user = number % count
        path = PATHS[number % len(PATHS)]
        headers = {"host": host, "cloudflare-workers-version-key": f"user-{user}"}
        try:
            answer = client.get(path, headers=headers, timeout=10)
        except httpx.HTTPError as error:
            with lock:
                felt.requests += 1
                felt.bad.append(type(error).__name__)
                felt.bad_users.add(user)
            return
        with lock:
            felt.requests += 1
            felt.statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                felt.bad.append(f"{path} {answer.status_code}")
                felt.bad_users.add(user)
            elif path == "/version":
                seen = felt.versions.setdefault(user, [])
                version = str(answer.json()["id"])
                if not seen or seen[-1] != version:
                    seen.append(version)

    def go_on() -> None:
        began, number = time.monotonic(), 0
        with ThreadPoolExecutor(16) as pool:
            while not stop.is_set():
                number += 1
                # Every seventh user more, so that paths and users do not always meet the same way.
                pool.submit(ask, number * 7 + number // count)
                time.sleep(max(began + number / rate - time.monotonic(), 0))
            pool.shutdown(cancel_futures=True)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield felt
    finally:
        stop.set()
        # A client that is closed while it is asked leaves that request's socket open.
        thread.join()
        client.close()
