"""Users of an edge, asked of a server that keeps what it was asked."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from delivery.rehearsal.population import Population
from delivery.rehearsal.traffic import Traffic


@contextmanager
def edge(
    status: int = 200, delay: float = 0.0
) -> Generator[tuple[Any, list[tuple[str, str, str]]]]:
    """A cloud, and (method, path, cookie) of each request. New visitors get cookies 0, 1, 2, …"""
    asked: list[tuple[str, str, str]] = []
    numbers = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            cookie = self.headers.get("cookie") or ""
            asked.append((self.command, self.path, cookie))
            time.sleep(delay)
            self.send_response(status)
            if not cookie:
                self.send_header("set-cookie", f"pitchey-visitor={next(numbers)}; Path=/; HttpOnly")
            if "/flags" in self.path:
                self.send_header("pitchey-rehearsed", "c")
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 (the server's own name)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    host = "api.pitchey.example"

    def resolve(url: str) -> tuple[str, dict[str, str]]:
        assert url == f"http://{host}"
        return f"http://127.0.0.1:{server.server_port}/", {"host": host}

    try:
        yield SimpleNamespace(resolve=resolve, certificate_authority=lambda: None), asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def visited(cloud: Any, *, seconds: float = 1.5, rate: float = 200, users: int = 40) -> Traffic:
    population = Population(rate=rate, users=users, seed=1)
    with Traffic(cloud, "http://api.pitchey.example", population) as traffic:
        time.sleep(seconds)
    return traffic


def test_every_visitor_keeps_the_cookie_that_they_were_given_and_nobody_elses() -> None:
    with edge() as (cloud, asked):
        visited(cloud)
    given = Counter(
        cookie for _, _, cookie in asked if cookie.removeprefix("pitchey-visitor=").isdigit()
    )
    assert sum(not cookie for _, _, cookie in asked) > 3
    assert len(given) > 1
    assert max(given.values()) < sum(given.values())


def test_whoever_is_new_asks_for_nothing_else_before_they_have_their_cookie() -> None:
    with edge(delay=0.3) as (cloud, asked):
        answers = visited(cloud, rate=60, users=1).answers()
    new = {answer.user for answer in answers} - {0}
    assert any(count > 1 for user, count in Counter(a.user for a in answers).items() if user)
    assert sum(not cookie for _, _, cookie in asked) == len(new)


def test_answers_say_whose_they_are_and_how_long_they_took() -> None:
    with edge(delay=0.05) as (cloud, asked):
        answers = visited(cloud).answers()
    assert len(answers) == len(asked)
    assert {a.route for a in answers if a.of_candidate} == {"GET /flags"}
    assert min(a.milliseconds for a in answers) >= 50
    assert {a.status for a in answers} == {200}


def test_users_come_also_while_others_wait() -> None:
    with edge(delay=1.0) as (cloud, asked):
        visited(cloud, seconds=1.0, rate=50)
    assert len(asked) > 20


def test_who_gets_no_answer_has_felt_it() -> None:
    with edge() as (cloud, _):
        pass
    answers = visited(cloud, seconds=0.3).answers()
    assert answers
    assert all(answer.is_bad and answer.status == 0 for answer in answers)
