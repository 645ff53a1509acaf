"""Every setting reaches the platform, under the name that it has there."""

from __future__ import annotations

import dataclasses
from typing import Any

import pulumi
import pytest

from components.dns import Record
from components.live_split import Share
from components.platform import PlatformArgs
from settings.mistakes import model_in
from settings.model import Configuration
from settings.platform_args import platform_args
from tests.unit.components.engine_mock import MockedStack
from tests.unit.settings.stack import GOOD_SECRETS, JWT, VERSIONS, Stack

ZONE = "pitchey-staging.example"
WWW = {"name": f"www.{ZONE}", "type": "MX", "content": "mail.example", "priority": 5}
REACHES: dict[tuple[str, str], tuple[Any, str, Any]] = {
    ("zone", "name"): ("other.example", "zone_name", "other.example"),
    ("zone", "id"): ("a" * 32, "zone_id", "a" * 32),
    ("worker", "compatibilityDate"): ("2026-02-02", "compatibility_date", "2026-02-02"),
    ("worker", "compatibilityFlags"): (["a"], "compatibility_flags", ("a",)),
    ("worker", "workersDev"): (True, "workers_dev", True),
    ("worker", "previewUrls"): (True, "preview_urls", True),
    ("worker", "logSampling"): (0.25, "log_sampling", 0.25),
    ("worker", "owner"): ("payments", "owner", "payments"),
    ("worker", "crons"): (["0 3 * * *"], "crons", ("0 3 * * *",)),
    ("worker", "rateLimits"): (
        {"sign-up": "50/1h", "read": "6000/1m"},
        "rate_limits",
        {"sign-up": "50/1h", "read": "6000/1m"},
    ),
    ("pages", "productionBranch"): ("trunk", "production_branch", "trunk"),
    ("pages", "buildCommand"): ("make", "build_command", "make"),
    ("pages", "outputDirectory"): ("out", "output_directory", "out"),
    ("pages", "variables"): ({"A": "b"}, "frontend_variables", {"A": "b"}),
    ("database", "caching"): (False, "database_caching", False),
    ("database", "maxAge"): (5, "database_max_age", 5),
    ("database", "staleWhileRevalidate"): (6, "database_stale_while_revalidate", 6),
    ("uploads", "allowedOrigins"): (["https://a.b"], "upload_origins", ("https://a.b",)),
    ("uploads", "abortIncompleteAfterDays"): (8, "abort_incomplete_after_days", 8),
    ("uploads", "lockDays"): (9, "lock_days", 9),
    ("security", "hstsMaxAge"): (10, "hsts_max_age", 10),
    ("security", "requestsPer10Seconds"): (11, "requests_per_period", 11),
    ("security", "allowedOrigins"): (["https://a.b"], "allowed_origins", ("https://a.b",)),
    ("security", "certificateAuthorities"): (
        ["ca.example"],
        "certificate_authorities",
        ("ca.example",),
    ),
    ("security", "reportAddress"): ("me@a.b", "report_address", "me@a.b"),
    ("alerts", "addresses"): (["me@a.b"], "alert_addresses", ("me@a.b",)),
    ("rollouts", "deadMansSwitch"): (True, "deployments_token", True),
}
FOR_THE_DELIVERY = {
    ("rollouts", name) for name in ("strategy", "leaseSeconds", "notify", "newsLink")
}
"""What nothing in the cloud hangs on, but for the switch's own news."""


def given_to_the_platform(stack: Stack, live: list[Share] | None = None) -> dict[str, Any]:
    """The args by name, without the secrets; of the deployments token, whether it is there."""
    made: list[PlatformArgs] = []
    settings = stack.load()
    # Outputs, which secrets are, can only be made while a program runs.
    MockedStack().up(lambda: made.append(platform_args(settings, live)))
    names = [field.name for field in dataclasses.fields(PlatformArgs) if field.name != "secrets"]
    given = {name: getattr(made[0], name) for name in names}
    return given | {"deployments_token": given["deployments_token"] is not None}


def test_no_setting_is_left_out_here() -> None:
    fields = {
        (section, inner.alias or name)
        for section, field in Configuration.model_fields.items()
        for name, inner in getattr(model_in(field.annotation), "model_fields", {}).items()
        if section != "records"
    }
    assert fields == set(REACHES) | FOR_THE_DELIVERY


@pytest.mark.parametrize("place", REACHES, ids=".".join)
def test_a_setting_reaches_the_platform(stack: Stack, place: tuple[str, str]) -> None:
    stack.secrets["deploymentsToken"] = "cT3zR8mPq1Lw7Nv0bXs5Yd2Kf9Gh4Ja6Ue"
    before = given_to_the_platform(stack)
    value, name, expected = REACHES[place]
    section, key = place
    stack.values[section] = {**stack.values.get(section, {}), key: value}
    after = given_to_the_platform(stack)
    assert {key for key in after if after[key] != before[key]} == {name}
    assert after[name] == expected


def test_records_reach_the_platform_whole(stack: Stack) -> None:
    stack.values["records"] = [WWW]
    (record,) = given_to_the_platform(stack)["records"]
    assert record == Record(f"www.{ZONE}", "MX", "mail.example", proxied=False, priority=5)


def test_a_split_reaches_the_platform_with_what_is_live_and_why(stack: Stack) -> None:
    live = [Share(VERSIONS[0], 100)]
    args = given_to_the_platform(stack, live)
    assert (args["live"], args["wanted"], args["split_message"]) == (live, None, None)
    stack.environment |= {
        "PITCHEY_SPLIT": f'[{{"versionId": "{VERSIONS[1]}", "percentage": 100}}]',
        "PITCHEY_SPLIT_MESSAGE": "promoted",
    }
    args = given_to_the_platform(stack, live)
    assert args["wanted"] == [Share(VERSIONS[1], 100)]
    assert args["split_message"] == "promoted"


def test_what_is_of_the_stack_itself_reaches_the_platform(stack: Stack) -> None:
    args = given_to_the_platform(stack)
    assert args["environment"] == "staging"
    assert args["account_id"] == stack.environment["CLOUDFLARE_ACCOUNT_ID"]
    assert args["bundle"] == b"export default {}"
    assert args["rollouts_bundle"] == b"export class Ledger {}"
    assert args["api_url"] == "https://api.cloudflare.com/client/v4"


def test_secrets_reach_the_platform_as_secrets(stack: Stack) -> None:
    stack.secrets["jwtSecret"] = JWT
    settings = stack.load()

    def program() -> None:
        for name, value in platform_args(settings, None).secrets.items():
            pulumi.export(name, value)

    run = MockedStack().up(program)
    assert run.outputs == {
        "DATABASE_URL": GOOD_SECRETS["databaseUrl"],
        "UPSTASH_REDIS_REST_URL": GOOD_SECRETS["upstashRedisRestUrl"],
        "UPSTASH_REDIS_REST_TOKEN": GOOD_SECRETS["upstashRedisRestToken"],
        "SENTRY_DSN": GOOD_SECRETS["sentryDsn"],
        "JWT_SECRET": JWT,
    }
    assert run.secret_outputs == set(run.outputs)
