"""Questions beside a loop: never waited for, each answer told once, not asked more often than wanted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from delivery.metrics.beside import Beside


def test_a_question_is_not_waited_for_told_once_and_asked_again_in_its_time() -> None:
    now, asked = 0.0, 0
    answer, answered = threading.Event(), threading.Semaphore(0)

    def ask() -> int:
        nonlocal asked
        asked += 1
        answer.wait(10)
        answered.release()
        return asked

    with ThreadPoolExecutor(1) as pool:
        beside = Beside(ask, 30.0, pool, lambda: now)
        assert beside() is None
        now = 100.0
        assert beside() is None
        answer.set()
        assert answered.acquire(timeout=10)
        pool.submit(lambda: None).result()
        assert (beside(), beside()) == (1, None)
        now = 129.0
        assert answered.acquire(timeout=10)
        pool.submit(lambda: None).result()
        assert (beside(), beside()) == (2, None)
        assert asked == 2
