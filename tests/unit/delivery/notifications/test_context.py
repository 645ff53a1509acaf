"""Each notification says where one reads on, and whether it is only a rehearsal."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.notifications import Notification, Notifier, State, try_channels
from delivery.notifications.context import Context, run_address
from delivery.notifications.webhook import Webhook
from tests.unit.delivery.notifications.news import news
from tests.unit.delivery.notifications.receiver import Receiver

TEMPLATE = "https://reports.test/{stack}/{worker}/{rollout}.html"
RUN = "https://github.test/owner/name/actions/runs/77"
PIPELINE = {
    "GITHUB_SERVER_URL": "https://github.test/",
    "GITHUB_REPOSITORY": "owner/name",
    "GITHUB_RUN_ID": "77",
}


def untold(**changed: Any) -> Notification:
    return news(1, link=None, command=None, **changed)


def test_the_setting_s_address_is_filled_in_before_the_pipeline_s_page() -> None:
    told = Context(TEMPLATE, RUN).complete(untold(rollout="r 42/..?"))
    assert told.link == "https://reports.test/staging/pitchey-api-staging/r%2042%2F..%3F.html"
    assert Context(None, RUN).complete(untold()).link == RUN
    assert Context().complete(untold()).link is None


def test_what_has_a_link_and_a_command_keeps_them() -> None:
    assert Context(TEMPLATE, RUN, "cloudflare").complete(news(1)) == news(1)


@pytest.mark.parametrize(
    ("changed", "cloud", "command"),
    [
        ({}, "local", "pitchey rollout report staging r-42"),
        ({}, "cloudflare", "pitchey rollout report staging r-42 --cloud cloudflare"),
        ({"rollout": "r;42"}, "local", "pitchey rollout report staging 'r;42'"),
        ({"rollout": "r-42-1"}, "local", "pitchey status staging"),
        ({"state": State.TEST}, "local", "pitchey notify staging"),
    ],
)
def test_the_command_is_one_that_works(changed: dict[str, Any], cloud: str, command: str) -> None:
    assert Context(cloud=cloud).complete(untold(**changed)).command == command


def test_what_has_no_page_of_its_own_leads_to_the_pipeline_s() -> None:
    # A rollback by hand is no rollout of the ledger, and neither is a test.
    for changed in ({"rollout": "r-42-1"}, {"state": State.TEST}):
        assert Context(TEMPLATE, RUN).complete(untold(**changed)).link == RUN
        board = Context("https://reports.test/{stack}", RUN).complete(untold(**changed))
        assert board.link == "https://reports.test/staging"


def test_the_pipeline_s_page_is_github_s() -> None:
    assert run_address(PIPELINE) == RUN
    for missing in PIPELINE:
        assert run_address({k: v for k, v in PIPELINE.items() if k != missing}) is None
    assert run_address({**PIPELINE, "GITHUB_SERVER_URL": "file:///x"}) is None


def test_a_rehearsal_is_marked_once() -> None:
    context = Context(rehearsal=True)
    told = context.complete(context.complete(untold()))
    assert (told.title, told.rehearsal) == ("[rehearsal] Event 1", True)
    assert Context().complete(untold()).rehearsal is False


def test_a_notifier_and_a_test_send_what_was_completed(receiver: Receiver) -> None:
    context = Context(TEMPLATE, RUN)
    channel = Webhook(receiver.url, "s")
    notifier = Notifier([channel], context=context)
    notifier.send(untold())
    assert notifier.close(20) == []
    try_channels([channel], "staging", "pitchey-api-staging", patience=20, context=context)
    sent, tried = (one.json() for one in receiver.received)
    assert sent["link"] == "https://reports.test/staging/pitchey-api-staging/r-42.html"
    assert sent["command"] == "pitchey rollout report staging r-42"
    assert (tried["link"], tried["command"]) == (RUN, "pitchey notify staging")
