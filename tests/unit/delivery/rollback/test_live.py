"""What people are shown of who serves is what the API says, with the patience of everything else that asks it."""

from __future__ import annotations

import json

import pytest

from delivery.errors import FailedError
from delivery.live import live_split, with_live_split
from tests.unit.delivery.rollback.cloudflare import WORKER, Cloudflare

OUTPUTS = {"workerName": WORKER, "workerUrl": "https://x", "stableVersionId": "old"}


def test_the_outputs_tell_what_is_live(cloud: Cloudflare) -> None:
    cloud.deploy(good=100)
    told = with_live_split(OUTPUTS, cloud.access())
    assert (told["stableVersionId"], told["candidateVersionId"]) == ("good", None)
    cloud.deploy(good=99.5, bad=0.5)
    told = with_live_split(OUTPUTS, cloud.access())
    assert (told["stableVersionId"], told["candidateVersionId"]) == ("good", "bad")
    assert told["workerUrl"] == "https://x"


def test_a_share_is_written_as_cloudflare_writes_it(cloud: Cloudflare) -> None:
    cloud.deploy(good=90, bad=10)
    assert json.dumps(live_split(OUTPUTS, cloud.access())[1]) == (
        '{"versionId": "bad", "percentage": 10}'
    )
    cloud.deploy(good=99.5, bad=0.5)
    assert [share["percentage"] for share in live_split(OUTPUTS, cloud.access())] == [99.5, 0.5]


def test_an_api_that_fails_for_a_while_is_asked_again(cloud: Cloudflare) -> None:
    cloud.deploy(good=100)
    faults = iter([500, 429, 1500])
    cloud.fault = lambda _method, _path: next(faults, None)
    assert len(live_split(OUTPUTS, cloud.access())) == 1


def test_a_worker_that_is_gone_or_an_api_that_refuses_is_the_cloud_s_failure(
    cloud: Cloudflare,
) -> None:
    cloud.scripts.clear()
    with pytest.raises(FailedError, match="no deployment of Worker pitchey-api-staging any more"):
        live_split(OUTPUTS, cloud.access())
    cloud.fault = lambda _method, _path: 403
    with pytest.raises(FailedError, match="Cloudflare's API refused: 403 fault"):
        live_split(OUTPUTS, cloud.access())
