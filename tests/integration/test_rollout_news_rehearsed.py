"""A rehearsal pages nobody, says whom it would have told, and tells them when it is asked to."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from tests.integration.checkout import Checkout
from tests.integration.hearing import Told, hearing

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def told(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Generator[Told]:
    with hearing(checkout, tmp_path_factory.mktemp("receiver")) as one:
        yield one


def rehearsed(told: Told, *words: str) -> dict[str, Any]:
    asked = ("rehearse", "staging", "--strategy", "quick", "--fault", "errors=30", "--json")
    done = told.cloud.pitchey(*asked, *words, env=told.env, timeout=170)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = {**json.loads(done.stdout)["rehearsals"][0], "stderr": done.stderr}
    assert found["outcome"] == "returned"
    return found


def test_nobody_is_told_of_a_rehearsal_and_what_would_be_told_is_said(told: Told) -> None:
    found = rehearsed(told)
    assert told.news() == []
    lines = found["wouldHaveTold"]
    assert lines[0].startswith("would have told: webhook: info: [rehearsal] pitchey-api-staging: ")
    assert "; 0 % → https://reports.pitchey.example/" in lines[0]
    back = next(line for line in lines if "rollout goes back to stable" in line)
    assert "webhook: error: " in back
    assert "; 20 %; errors " in back
    assert "stable has every request again" in lines[-1]
    for line in lines:
        assert line in found["stderr"]
    assert list((told.cloud.folder / ".pitchey").glob("notified/*")) == []
    [record] = told.cloud.folder.glob(".pitchey/incidents/*.md")
    assert record.read_text().startswith("# Rehearsed rollback of staging, ")


def test_with_notify_they_are_told_that_it_is_a_rehearsal(told: Told) -> None:
    found = rehearsed(told, "--notify")
    news = told.news()
    assert found["wouldHaveTold"] == []
    assert [one["state"] for one in news][-2:] == ["returned", "returned"]
    for one in news:
        assert one["rehearsal"]
        assert one["title"].startswith("[rehearsal] ")
    decided, back = news[-2:]
    assert (decided["severity"], decided["share"], back["share"]) == ("error", 20, 0)
    assert decided["measured"]["candidate"]["errorRate"] > 0.1
    assert decided["measured"]["stable"]["requests"] > decided["measured"]["candidate"]["requests"]
    assert back["measured"]["secondsUntilBack"] > 0


def test_a_rollout_somewhere_else_is_no_rehearsal(told: Told) -> None:
    words = ("rollout", "start", "staging", "--cloud", "cloudflare", "--rehearsal", "said")
    refused = told.cloud.pitchey(*words, env=told.env)
    assert refused.returncode == 1
    assert "a rehearsal runs on the local cloud only" in refused.stderr
