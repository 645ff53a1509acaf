"""The application under many people at once, with writes, logins, logouts and purges among what they read: nobody is told
what is old or another's."""

from __future__ import annotations

import pytest

from bench.coherence.figure import ask
from tests.integration.checkout import Checkout

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


def test_nobody_is_told_what_is_old_or_anothers(checkout: Checkout) -> None:
    said: list[str] = []
    judged = ask(checkout, said.append, 3000)
    assert judged.talk.coherence.violations == [], "\n".join(said)
    assert judged.is_the_mix, judged.summary()
