"""A stack's settings: what is right is taken whole, and every mistake is told at once with its key and its mend."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.settings.stack import ACCOUNT, GOOD_SECRETS, JWT, VERSIONS, Stack


def test_a_zone_and_the_secrets_are_enough(stack: Stack) -> None:
    settings = stack.load()
    assert settings.account_id == ACCOUNT
    assert settings.zone.name == "pitchey-staging.example"
    assert settings.worker.workers_dev is False
    assert settings.bundle == b"export default {}"
    assert settings.secrets == {
        "DATABASE_URL": GOOD_SECRETS["databaseUrl"],
        "UPSTASH_REDIS_REST_URL": GOOD_SECRETS["upstashRedisRestUrl"],
        "UPSTASH_REDIS_REST_TOKEN": GOOD_SECRETS["upstashRedisRestToken"],
        "SENTRY_DSN": GOOD_SECRETS["sentryDsn"],
    }


def test_one_mistake_hides_no_other(production: Stack) -> None:
    (production.folder / "Pulumi.staging.yaml").write_text(
        "config: {'pitchey:zone': {name: pitchey-staging.example}}"
    )
    production.values["zone"] = {"name": "pitchey-staging.example", "di": 1}
    production.values["worker"] = {"workersDev": True, "crons": ["daily"], "logSampling": "x"}
    other = {"name": "www.other.example", "type": "A", "content": "192.0.2.1"}
    production.values["records"] = [other | {"type": "NS"}, other, other | {"content": "x"}]
    keys = [problem.split(": ")[0] for problem in production.problems()]
    assert sorted(keys) == [
        "pitchey:records.0.type",
        "pitchey:records.1.name",
        "pitchey:records.2",
        "pitchey:worker.crons.0",
        "pitchey:worker.logSampling",
        "pitchey:worker.workersDev",
        "pitchey:zone.di",
        "pitchey:zone.name",
    ]


def test_settings_do_not_show_their_secrets(stack: Stack) -> None:
    stack.secrets["jwtSecret"] = JWT
    shown = repr(stack.load())
    assert not [secret for secret in stack.secrets.values() if secret in shown]


def test_every_mistake_is_told_at_once(stack: Stack) -> None:
    stack.values["zone"] = {"name": "Pitchey"}
    stack.values["worker"] = {"logSampling": 2, "workerDev": True}
    stack.values["colour"] = "red"
    stack.secrets = {"jwtSecret": "short"}
    stack.environment = {"PITCHEY_SPLIT": "[]"}
    (stack.folder / "worker/dist/index.js").unlink()
    keys = [problem.split(": ")[0] for problem in stack.problems()]
    assert set(keys) == {
        "pitchey:zone.name",
        "pitchey:worker.logSampling",
        "pitchey:worker.workerDev",
        "pitchey:colour",
        "pitchey:databaseUrl",
        "pitchey:upstashRedisRestUrl",
        "pitchey:upstashRedisRestToken",
        "pitchey:sentryDsn",
        "pitchey:jwtSecret",
        "CLOUDFLARE_ACCOUNT_ID",
        "PITCHEY_SPLIT",
        "worker/dist/index.js is missing; run `make bundle`",
    }


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"zone": None}, "pitchey:zone: null must be a section"),
        ({"zone": "pitchey.example"}, 'pitchey:zone: "pitchey.example" must be a section'),
        ({"zone": {}}, "pitchey:zone.name: not set; add it"),
        ({"zone": {"name": "x"}}, 'pitchey:zone.name: "x" must be a domain name'),
        (
            {"zone": {"name": "a.example", "id": "1"}},
            'pitchey:zone.id: "1" must be 32 hexadecimal digits',
        ),
        ({"wroker": {}}, "pitchey:wroker: unknown; did you mean worker?"),
        ({"worker": {"cron": []}}, "pitchey:worker.cron: unknown; did you mean crons?"),
        (
            {"worker": {"workersDev": "yes"}},
            'pitchey:worker.workersDev: "yes" must be true or false',
        ),
        (
            {"worker": {"crons": ["daily"]}},
            'pitchey:worker.crons.0: "daily" must have five fields',
        ),
        (
            {"worker": {"crons": ["0 3 * * *", "0 3 * * *"]}},
            'pitchey:worker.crons: ["0 3 * * *", "0 3 * * *"] must not name one thing twice',
        ),
        (
            {"worker": {"compatibilityDate": "tomorrow"}},
            'pitchey:worker.compatibilityDate: "tomorrow" must be a date like',
        ),
        (
            {"worker": {"logSampling": float("nan")}},
            "pitchey:worker.logSampling: NaN should be",
        ),
        (
            {"worker": {"rateLimits": {"reed": "6000/1m"}}},
            "pitchey:worker.rateLimits.reed: unknown; did you mean read?",
        ),
        (
            {"worker": {"rateLimits": {"read": "6000"}}},
            'pitchey:worker.rateLimits.read: "6000" must be requests/time like 600/1m',
        ),
        (
            {"worker": {"rateLimits": {"read": "6000/25h"}}},
            'pitchey:worker.rateLimits.read: "6000/25h" must be for a day (24h) at most',
        ),
        (
            {"worker": {"rateLimits": {"read": 6000}}},
            "pitchey:worker.rateLimits.read: 6000 must be text; put it in quotes",
        ),
        (
            {"worker": {"rateLimits": "6000/1m"}},
            'pitchey:worker.rateLimits: "6000/1m" must be a section',
        ),
        ({"database": {"maxAge": 1.5}}, "pitchey:database.maxAge: 1.5 "),
        ({"database": {"maxAge": 3601}}, "pitchey:database.maxAge: 3601 should be less than"),
        (
            {"uploads": {"allowedOrigins": ["*"]}},
            'pitchey:uploads.allowedOrigins.0: "*" must be an origin',
        ),
        ({"pages": {"variables": {"A": 1}}}, "pitchey:pages.variables.A: 1 must be text"),
        ({"security": {"reportAddress": "me"}}, 'pitchey:security.reportAddress: "me" must be'),
        ({"colour": 1}, "pitchey:colour: unknown; known are zone, worker"),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_told_with_key_value_and_mend(
    stack: Stack, values: dict[str, Any], told: str
) -> None:
    stack.values |= values
    assert stack.problem().startswith(told)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"typ": "A"}, "pitchey:records.0.typ: unknown; did you mean type?"),
        ({"name": "www"}, 'pitchey:records.0.name: "www" must be the whole name'),
        (
            {"name": "www.other.example"},
            "pitchey:records.0.name: www.other.example is not in pitchey-staging.example",
        ),
        (
            {"name": "api.pitchey-staging.example"},
            "pitchey:records.0.name: api.pitchey-staging.example is the platform's own",
        ),
        ({"content": "not-an-address"}, "must be an IPv4 address"),
        ({"type": "AAAA"}, "must be an IPv6 address"),
        ({"type": "MX", "content": "mail.example"}, "an MX record needs one"),
        ({"priority": 10}, "priority belongs to an MX record"),
        ({"type": "TXT", "proxied": True}, "a TXT record cannot be proxied"),
        ({"type": "NS"}, 'pitchey:records.0.type: "NS" should be'),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_record_that_cannot_be_is_told(stack: Stack, record: dict[str, Any], told: str) -> None:
    good = {"name": "www.pitchey-staging.example", "type": "A", "content": "192.0.2.1"}
    stack.values["records"] = [good | record]
    assert told in stack.problem()


def test_two_records_that_cannot_stand_together_are_told(stack: Stack) -> None:
    www = {"name": "www.pitchey-staging.example"}
    record = {**www, "type": "A", "content": "192.0.2.1"}
    stack.values["records"] = [record, record]
    assert "must not name one thing twice" in stack.problem()
    stack.values["records"] = [record, {**www, "type": "CNAME", "content": "a.example"}]
    assert {"has a CNAME" in problem for problem in stack.problems()} == {True}


@pytest.mark.parametrize("stack_name", ["Staging", "a" * 21, "1st", "a-", "a.b", ""])
def test_a_stacks_name_becomes_part_of_every_name_and_must_fit(
    stack: Stack, stack_name: str
) -> None:
    stack.name = stack_name
    assert stack.problem().startswith(f"stack '{stack_name}': a name of up to 20")


@pytest.mark.parametrize("rate", ["61/1m", "61/1h", "10/5s", "1000000/1s"])
def test_passwords_are_not_to_be_guessed_quickly_on_production(
    stack: Stack, production: Stack, rate: str
) -> None:
    for each in (stack, production):
        each.values["worker"] = {"rateLimits": {"login": rate, "read": "1000000/1s"}}
    assert stack.load().worker.rate_limits.login == rate
    assert production.problem() == (
        f"pitchey:worker.rateLimits.login: {rate} on production would make it cheap to guess passwords; 60/1m is the most"
    )


@pytest.mark.parametrize("rate", ["60/1m", "60/1h", "5/5s", "1/1s"])
def test_logins_may_be_limited_otherwise_on_production(production: Stack, rate: str) -> None:
    production.values["worker"] = {"rateLimits": {"login": rate}}
    assert production.load().worker.rate_limits.login == rate


@pytest.mark.parametrize("key", ["workersDev", "previewUrls"])
def test_production_has_no_second_way_in(production: Stack, key: str) -> None:
    production.values["worker"] = {key: True}
    for name in ("production", "production-eu", "prod"):
        production.name = name
        assert production.problem().startswith(f"pitchey:worker.{key}: true on {name}")
    production.name = "staging"
    production.load()


@pytest.mark.parametrize(
    "theirs",
    [
        "config: {'pitchey:zone': {name: pitchey-staging.example}}",
        "config: {'pitchey:zone': {name: Pitchey-Staging.example}}",
        "config: {'pitchey:zone': {name: app.pitchey-staging.example}}",
    ],
)
def test_two_stacks_never_claim_one_zone(stack: Stack, theirs: str) -> None:
    (stack.folder / "Pulumi.production.yaml").write_text(theirs)
    told = "pitchey:zone.name: pitchey-staging.example is claimed by stack production too"
    assert stack.problem().startswith(told)


def test_a_zone_may_not_be_a_host_of_another_stack(stack: Stack) -> None:
    stack.values["zone"] = {"name": "app.pitchey.example"}
    theirs = stack.folder / "Pulumi.production.yaml"
    theirs.write_text("config: {'pitchey:zone': {name: pitchey.example}}")
    assert "app.pitchey.example is claimed by stack production too" in stack.problem()
    stack.values["zone"] = {"name": "staging.pitchey.example"}
    stack.load()


def test_two_stacks_never_claim_the_zone_of_one_id(stack: Stack) -> None:
    stack.values["zone"] = {"name": "pitchey-staging.example", "id": "a" * 32}
    other = {"config": {"pitchey:zone": {"name": "other.example", "id": "a" * 32}}}
    (stack.folder / "Pulumi.production.yaml").write_text(json.dumps(other))
    assert stack.problem().startswith(f"pitchey:zone.id: {'a' * 32} is claimed by stack production")


@pytest.mark.parametrize(
    "theirs",
    [
        "",
        "- a list",
        "just words",
        "config: words",
        "config: {'pitchey:zone': words}",
        "config: [",
        "config: {'pitchey:zone': {name: other.example}}",
        "when: 2026-13-45",
        "\x00",
        b"\xff\xfe\xff",
    ],
)
def test_other_stacks_files_stop_nobody(stack: Stack, theirs: str | bytes) -> None:
    path = stack.folder / "Pulumi.production.yaml"
    path.write_bytes(theirs if isinstance(theirs, bytes) else theirs.encode())
    (stack.folder / "Pulumi.staging.yaml").write_text(
        "config: {'pitchey:zone': {name: pitchey-staging.example}}"
    )
    (stack.folder / "Pulumi.folder.yaml").mkdir()
    stack.load()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("", "not set; export the account's id"),
        ("ABCDEF0123456789ABCDEF0123456789", "not 32 hexadecimal digits"),
        ("a-token-that-was-pasted-here", "not 32 hexadecimal digits"),
    ],
)
def test_the_account_must_be_one_and_is_not_repeated(stack: Stack, value: str, told: str) -> None:
    stack.environment["CLOUDFLARE_ACCOUNT_ID"] = value
    problem = stack.problem()
    assert problem.startswith(f"CLOUDFLARE_ACCOUNT_ID: {told}")
    assert not value or value not in problem


@pytest.mark.parametrize("name", ["worker/dist/index.js", "worker/dist/rollouts.js"])
def test_a_bundle_that_is_not_there_or_empty_is_told(stack: Stack, name: str) -> None:
    bundle = stack.folder / name
    bundle.write_bytes(b"")
    assert stack.problem() == f"{name} is empty; run `make bundle`"
    bundle.unlink()
    assert stack.problem() == f"{name} is missing; run `make bundle`"
    bundle.mkdir()
    assert stack.problem().startswith(f"{name} cannot be read")


def split(*shares: tuple[object, object]) -> str:
    return json.dumps([{"versionId": id, "percentage": share} for id, share in shares])


def test_a_split_is_handed_to_one_run_with_its_reason(stack: Stack) -> None:
    stack.environment["PITCHEY_SPLIT_MESSAGE"] = "first step"
    assert stack.load().wanted_split is None
    assert stack.load().split_message is None
    stack.environment["PITCHEY_SPLIT"] = split((VERSIONS[0], 99.9), (VERSIONS[1], 0.1))
    settings = stack.load()
    assert settings.wanted_split is not None
    assert [(s.version_id, s.percentage) for s in settings.wanted_split] == [
        (VERSIONS[0], 99.9),
        (VERSIONS[1], 0.1),
    ]
    assert settings.split_message == "first step"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("words", "not a JSON list"),
        ("5", "not a JSON list"),
        ('{"versionId": "x"}', "not a JSON list"),
        ("[1]", "not a JSON list"),
        ("[" * 100_000, "not a JSON list"),
        (split((VERSIONS[0], "100")), "not a JSON list"),
        (split((VERSIONS[0], True)), "not a JSON list"),
        (split(), "0 versions; a split has one or two"),
        (split((VERSIONS[0], 90)), "add up to 90; they must make 100"),
        (split((VERSIONS[0], 99.9999999), (VERSIONS[1], 0)), "add up to 99.9999999;"),
        (split((VERSIONS[0], 50), (VERSIONS[0], 50)), "a version is named twice"),
        (split((VERSIONS[0], 150), (VERSIONS[1], -50)), "150 is not between 0 and 100"),
        (split((VERSIONS[0], 10**400)), "is not between 0 and 100"),
        (split((VERSIONS[0], float("nan"))), "nan is not between 0 and 100"),
        (split(("v1", 100)), "a versionId is not the id of a version"),
    ],
    ids=lambda text: text[:30],
)
def test_a_split_that_is_none_is_told(stack: Stack, text: str, told: str) -> None:
    stack.environment["PITCHEY_SPLIT"] = text
    problems = stack.problems()
    assert all(problem.startswith("PITCHEY_SPLIT: ") for problem in problems)
    assert any(told in problem for problem in problems)
