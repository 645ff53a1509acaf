"""What the local cloud gives to whoever runs the program against it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from urllib.parse import urlsplit

import pytest

from localcloud.cloud import LocalCloud, LocalCloudError
from tests.localcloud.daemon.clone import Clone

KEYS = ("databaseUrl", "upstashRedisRestUrl", "upstashRedisRestToken", "sentryDsn")


@pytest.mark.parametrize("key", KEYS)
def test_a_working_secret_is_made_once_and_differs_from_stack_to_stack(
    clone: Clone, key: str
) -> None:
    clone.cloud.home.prepare()
    staging = clone.cloud.working_secret(key, "staging")
    production = clone.cloud.working_secret(key, "production")
    assert staging
    assert production
    assert staging != production
    assert LocalCloud(clone.folder).working_secret(key, "staging") == staging


def test_working_secrets_have_the_form_of_real_ones(clone: Clone) -> None:
    clone.cloud.home.prepare()
    database = urlsplit(clone.cloud.working_secret("databaseUrl", "staging") or "")
    assert (database.scheme, database.username, database.port) == ("postgresql", "pitchey", 5432)
    assert (database.path, database.query) == ("/pitchey", "sslmode=require")
    assert len(database.password or "") >= 32
    for key in ("upstashRedisRestUrl", "sentryDsn"):
        assert urlsplit(clone.cloud.working_secret(key, "staging") or "").scheme == "https"
    # Of this machine alone: nobody outside is ever asked.
    assert (database.hostname or "").endswith(".localhost")


def test_two_stacks_at_once_lose_no_secret(clone: Clone) -> None:
    clone.cloud.home.prepare()
    stacks = [f"stack{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(clone.cloud.working_secret, repeat("databaseUrl"), stacks))
    assert made == [clone.cloud.working_secret("databaseUrl", stack) for stack in stacks]


def test_a_secret_that_only_the_user_can_know_is_not_made(clone: Clone) -> None:
    clone.cloud.home.prepare()
    assert clone.cloud.working_secret("stripeKey", "staging") is None


@pytest.mark.parametrize(
    ("public", "scheme", "rest", "offset"),
    [
        ("https://app.pitchey.example/x?y=1", "https", "app.pitchey.example.localhost", 2),
        ("http://app.pitchey.example/x?y=1", "http", "app.pitchey.example.localhost", 1),
        ("https://api.pitchey.workers.dev/x?y=1", "http", "api.pitchey.workers.dev.localhost", 1),
        ("https://site.pages.dev/x?y=1", "http", "site.pages.dev.localhost", 1),
    ],
)
def test_a_public_url_opens_on_this_machine(
    shared: Clone, public: str, scheme: str, rest: str, offset: int
) -> None:
    assert shared.cloud.open_url(public) == f"{scheme}://{rest}:{shared.port + offset}/x?y=1"


def test_without_a_daemon_it_says_what_to_do(clone: Clone) -> None:
    with pytest.raises(LocalCloudError, match="is not running; start it with `pitchey local up`"):
        clone.cloud.access()
