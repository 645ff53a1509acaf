"""Secrets come encrypted, are good ones, and are never repeated: not where they belong, and not where they do not."""

from __future__ import annotations

import pytest

from settings.credentials import looks_like_credential, names_credential
from tests.unit.settings.stack import GOOD_SECRETS, JWT, Stack

TOKEN = "cT3zR8mPq1Lw7Nv0bXs5Yd2Kf9Gh4Ja6Ue"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize("key", [*GOOD_SECRETS, "jwtSecret", "jwtSecretPrevious"])
def test_a_secret_in_plain_text_is_refused_and_not_repeated(stack: Stack, key: str) -> None:
    value = {**GOOD_SECRETS, "jwtSecret": JWT, "jwtSecretPrevious": JWT}[key]
    stack.secrets.pop(key, None)
    stack.plain[f"pitchey:{key}"] = value
    problem = stack.problem()
    assert problem.startswith(f"pitchey:{key}: stands in plain text")
    assert f"`pulumi config set --secret pitchey:{key}`" in problem
    assert value not in problem


@pytest.mark.parametrize("key", list(GOOD_SECRETS))
def test_a_secret_that_is_not_set_is_asked_for(stack: Stack, key: str) -> None:
    del stack.secrets[key]
    told = f"pitchey:{key}: not set; `pulumi config set --secret pitchey:{key}` asks for it"
    assert stack.problem() == told


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("jwtSecret", "x7Kq2Lm9", "has 64 bits, and 256 are the least"),
        ("jwtSecret", JWT[:31], "has 248 bits"),
        ("jwtSecretPrevious", JWT[:31], "has 248 bits"),
        ("jwtSecret", "a" * 64, "repeats a pattern"),
        ("jwtSecret", "abcdefghijklmnopqrstuvwxyz0123456789", "repeats a pattern"),
        ("jwtSecret", "q7Zp0vKf3mXc9RbW" * 3, "repeats a pattern"),
        ("jwtSecret", "1234567890123456789012345678901234567890", "repeats a pattern"),
        ("jwtSecret", "change-me-before-this-goes-to-production", "anybody could guess"),
        ("jwtSecret", "your-very-long-super-secret-key-goes-here", "anybody could guess"),
        ("jwtSecret", f"{JWT}\n", "white space or control characters"),
        ("jwtSecret", "", "is empty"),
        ("databaseUrl", "mysql://u:hunter2@h/d", "is no postgres:// address"),
        ("databaseUrl", "hunter2", "is no postgres:// address"),
        ("databaseUrl", "postgresql://:hunter2@/", "names no host"),
        ("databaseUrl", "postgresql://:hunter2@h/d", "names no user"),
        ("databaseUrl", "postgresql://u@h/d", "names no password"),
        ("databaseUrl", "postgresql://u:hunter2@h", "names no database"),
        ("databaseUrl", "postgresql://u:hunter/2@h/d", "is no address; write what is special"),
        ("databaseUrl", "postgresql://u:hunter2@[h/d", "is no address"),
        ("databaseUrl", "postgresql://u:hunter2@h/d?sslmode=disable", "may do without TLS"),
        ("databaseUrl", "postgresql://u:hunter2@h/d?a=b&sslmode=prefer", "may do without TLS"),
        ("upstashRedisRestUrl", "http://redis.example", "is no https:// address"),
        ("upstashRedisRestUrl", "https://", "is no https:// address"),
        ("upstashRedisRestUrl", "https://[", "is no https:// address"),
        ("upstashRedisRestToken", "   ", "is empty"),
        ("upstashRedisRestToken", "x" * 5121, "longer than 5 KB"),
        ("sentryDsn", "http://hunter2@sentry.example/1", "is no https:// address"),
    ],
)
def test_a_bad_secret_is_told_in_words_that_do_not_hold_it(
    stack: Stack, key: str, value: str, told: str
) -> None:
    stack.secrets[key] = value
    problem = stack.problem()
    assert problem.startswith(f"pitchey:{key}: ")
    assert told in problem
    assert "hunter" not in problem
    assert len(value) < 10 or value not in problem


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jwtSecret", JWT),
        ("jwtSecret", HEX),
        ("jwtSecret", "kq3Y0dXG4cB0mJ3v1m1nS2h6Zk9uQfT8xW5pRrVt7yLdEoHaIbNcUgMjKzPwOsF+"),
        ("jwtSecret", "correct horse battery staple, and then some more"),
        ("databaseUrl", "postgres://u:p%40ss@ep-cool-123-pooler.eu.neon.tech/db?sslmode=require"),
        ("databaseUrl", "postgresql://u:p@db.example:6432/db?sslmode=verify-full"),
        ("sentryDsn", "https://0123456789abcdef@o1.ingest.sentry.io/2"),
    ],
)
def test_a_good_secret_is_taken(stack: Stack, key: str, value: str) -> None:
    stack.secrets[key] = value
    assert value in stack.load().secrets.values()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("jwt_secret", "jwtSecret"),
        ("JWT_SECRET", "jwtSecret"),
        ("DATABASE_URL", "databaseUrl"),
        ("databaseURL", "databaseUrl"),
        ("sentry-dsn", "sentryDsn"),
        ("upstashRedisToken", "upstashRedisRestToken"),
    ],
)
@pytest.mark.parametrize("encrypted", [True, False])
def test_a_secret_under_a_wrong_key_is_not_repeated(
    stack: Stack, key: str, meant: str, encrypted: bool
) -> None:
    stack.plain[f"pitchey:{key}"] = "hunter2"
    if encrypted:
        stack.encrypted.add(key)
    problem = stack.problem()
    assert problem.startswith(f"pitchey:{key}: unknown; did you mean {meant}?")
    assert f"`pulumi config set --secret pitchey:{meant}`" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        ({"ADMIN_PASSWORD": "hunter2"}, True),
        ({"API_TOKEN": "hunter2"}, True),
        ({"clientSecret": "hunter2"}, True),
        ({"DATABASE": "postgres://u:hunter2@h/d"}, True),
        ({"SENTRY": "https://hunter2hunter2hunter2@sentry.example/1"}, True),
        ({"STRIPE": "sk_live_hunter2"}, True),
        ({"SESSION": "eyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIyIjoxfQ.x"}, True),
        ({"SOMETHING": TOKEN}, True),
        ({"SOMETHING": HEX}, True),
        ({"KEY": "-----BEGIN PRIVATE KEY-----hunter2"}, True),
        ({"API_URL": "https://api.pitchey.example/v1?x=y"}, False),
        ({"PUBLIC_MAP_TOKEN": "pk.hunter2"}, False),
        ({"COMMIT": "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"}, False),
        ({"BUILD_ID": "7f9c24e8-3b12-4e5f-9a77-0c1d2e3f4a5b"}, False),
        ({"MODE": "production"}, False),
    ],
    ids=str,
)
def test_a_pages_variable_is_no_place_for_a_secret(
    stack: Stack, variables: dict[str, str], refused: bool
) -> None:
    stack.values["pages"] = {"variables": variables}
    if not refused:
        assert stack.load().pages.variables == variables
        return
    ((name, value),) = variables.items()
    problem = stack.problem()
    assert problem.startswith(f"pitchey:pages.variables.{name}: looks like a secret")
    assert value not in problem


def test_a_secret_in_a_build_command_is_refused_and_not_repeated(stack: Stack) -> None:
    stack.values["pages"] = {"buildCommand": "NPM_TOKEN=hunter2 npm run build"}
    assert "hunter2" not in stack.problem()
    stack.values["pages"] = {"buildCommand": "NPM_TOKEN=$TOKEN npm run build"}
    stack.load()


def test_a_wrong_setting_that_holds_a_secret_is_told_without_it(stack: Stack) -> None:
    stack.values["zone"] = "postgres://u:hunter2@h/d"
    stack.values["worker"] = {"crons": "API_TOKEN=hunter2"}
    stack.values["database"] = {"maxAge": TOKEN}
    stack.values["records"] = {"password": "hunter2"}
    problems = stack.problems()
    assert len(problems) >= 4
    assert not [p for p in problems if "hunter2" in p or TOKEN in p]


@pytest.mark.parametrize("value", ['{"logSampling": "hunter2"}', "hunter2", '{"logSampling": 0.5}'])
def test_an_encrypted_setting_is_refused_and_not_repeated(stack: Stack, value: str) -> None:
    stack.plain["pitchey:worker"] = value
    stack.encrypted.add("worker")
    problem = stack.problem()
    assert problem.startswith("pitchey:worker: is encrypted, and settings end up in plain text")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("cloudflare:apiToken", "stands in plain text"),
        ("cloudflare:apiUserServiceToken", "stands in plain text"),
        ("pichey:zone", "unknown; did you mean pitchey:zone?"),
        ("Pitchey:zone", "unknown; did you mean pitchey:zone?"),
    ],
)
def test_a_key_of_another_program_is_told_when_it_can_only_be_a_mistake(
    stack: Stack, key: str, told: str
) -> None:
    stack.plain[key] = "hunter2"
    problem = stack.problem()
    assert problem.startswith(f"{key}: {told}")
    assert "hunter2" not in problem


def test_a_key_of_another_program_is_left_alone_otherwise(stack: Stack) -> None:
    stack.plain |= {"cloudflare:baseUrl": "http://127.0.0.1:4900", "aws:region": "eu-central-1"}
    stack.load()


@pytest.mark.parametrize("name", ["API_TOKEN", "clientSecret", "PASSWORD", "private-key"])
def test_a_name_may_say_that_it_is_a_secret(name: str) -> None:
    assert names_credential(name)
    assert not names_credential(f"PUBLIC_{name}")


@pytest.mark.parametrize(
    "text",
    [
        "npm run build -- --workspace=Frontend/Packages/Build2/DistributionFiles",
        "https://user@host.example/a",
        "mailto:someone@pitchey.example",
        "v=spf1 include:_spf.mail.example -all",
        "0 3 * * *",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_ordinary_text_is_no_credential(text: str) -> None:
    assert not looks_like_credential(text)
