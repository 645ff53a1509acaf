"""Rollouts in the settings: who hears of them, and the switch that puts the stable version back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from settings.rollouts import RolloutsSettingsError, read_rollouts
from settings.secrets import SECRETS, Holder
from tests.unit.settings.stack import GOOD_SECRETS, JWT, Stack

TOKEN = "cT3zR8mPq1Lw7Nv0bXs5Yd2Kf9Gh4Ja6Ue"
EMAIL = {"kind": "email", "to": ["a@pitchey.example"]}


def test_the_dead_mans_switch_is_on_in_production_alone(stack: Stack, production: Stack) -> None:
    assert production.load().deployments_token == TOKEN
    stack.secrets["deploymentsToken"] = TOKEN
    assert stack.load().deployments_token is None


def test_it_is_on_or_off_where_the_settings_say_so(stack: Stack, production: Stack) -> None:
    stack.values["rollouts"] = {"deadMansSwitch": True}
    stack.secrets["deploymentsToken"] = TOKEN
    assert stack.load().deployments_token == TOKEN
    production.values["rollouts"] = {"deadMansSwitch": False}
    assert production.load().deployments_token is None
    del production.secrets["deploymentsToken"]
    production.load()


def test_the_switch_tells_whoever_is_told_of_rollouts_over_http(production: Stack) -> None:
    slack, hook = "https://hooks.slack.com/services/T0/B0/x", "https://hook.example/a"
    production.secrets |= {"slackWebhookUrl": slack, "webhookUrl": hook}
    kinds: list[dict[str, Any]] = [{"kind": "slack"}, {"kind": "webhook"}, EMAIL]
    production.values["rollouts"] = {"notify": kinds}
    assert production.load().switch_news == {"SLACK_WEBHOOK_URL": slack}
    production.secrets["webhookSecret"] = JWT
    assert set(production.load().switch_news) == {
        *("SLACK_WEBHOOK_URL", "WEBHOOK_URL", "WEBHOOK_SECRET")
    }
    production.values["rollouts"] = {"notify": kinds, "deadMansSwitch": False}
    assert production.load().switch_news == {}


@pytest.mark.parametrize("name", ["production", "staging"])
def test_without_its_token_it_is_one_line_that_says_what_the_token_may(
    production: Stack, name: str
) -> None:
    production.name = name
    production.values["rollouts"] = {"deadMansSwitch": True}
    del production.secrets["deploymentsToken"]
    problem = production.problem()
    assert problem.startswith("pitchey:deploymentsToken: not set, and the dead-man's switch is on")
    assert "Workers Scripts Write" in problem
    assert f"pitchey-api-{name}" in problem
    assert "`pulumi config set --secret pitchey:deploymentsToken`" in problem
    assert "pitchey:rollouts.deadMansSwitch" in problem


def test_a_token_in_plain_text_is_told_once(production: Stack) -> None:
    del production.secrets["deploymentsToken"]
    production.plain["pitchey:deploymentsToken"] = TOKEN
    problem = production.problem()
    assert "stands in plain text" in problem
    assert TOKEN not in problem


def test_the_application_is_given_its_own_secrets_alone(production: Stack) -> None:
    production.secrets |= {
        "jwtSecret": JWT,
        "jwtSecretPrevious": JWT,
        "slackWebhookUrl": "https://hooks.example/x",
        "webhookUrl": "https://hooks.example/y",
        "webhookSecret": JWT,
        "githubToken": "a-token-of-github",
        "smtpUrl": "smtps://user:p%40ss@mail.example",
    }
    settings = production.load()
    own = {spec.binding for spec in SECRETS.values() if spec.holder is Holder.APPLICATION}
    assert settings.secrets.keys() == own
    assert len(own) == len(GOOD_SECRETS) + 2
    assert not [value for value in production.secrets.values() if value in repr(settings)]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("slackWebhookUrl", "http://hooks.example", "is no https:// address"),
        ("webhookUrl", "hooks.example", "is no https:// address"),
        ("webhookSecret", "hunter2hunter2", "256 are the least"),
        ("smtpUrl", "https://mail.example", "is no smtp:// or smtps:// address"),
        ("smtpUrl", "smtp://user:hunter2@", "is no smtp:// or smtps:// address"),
    ],
)
def test_a_bad_secret_of_the_delivery_is_told_and_not_repeated(
    stack: Stack, key: str, value: str, told: str
) -> None:
    stack.secrets[key] = value
    problem = stack.problem()
    assert problem.startswith(f"pitchey:{key}: ")
    assert told in problem
    assert "hunter2" not in problem


def test_who_hears_of_rollouts(stack: Stack) -> None:
    stack.values["rollouts"] = {
        "notify": [
            EMAIL | {"minimum": "error", "sender": "b@pitchey.example"},
            {"kind": "slack"},
            {"kind": "github", "repository": "pitchey/app"},
        ],
        "strategy": "blue-green",
        "leaseSeconds": 60,
    }
    rollouts = stack.load().rollouts
    assert [(who.kind, who.minimum) for who in rollouts.notify] == [
        ("email", "error"),
        ("slack", "info"),
        ("github", "info"),
    ]
    assert rollouts.notify[0].to == ("a@pitchey.example",)
    assert (rollouts.strategy, rollouts.lease_seconds) == ("blue-green", 60)


@pytest.mark.parametrize(
    ("rollouts", "place", "told"),
    [
        ({"leaseSeconds": 9}, "leaseSeconds", "9 should be greater than or equal to 10"),
        ({"leaseSeconds": 301}, "leaseSeconds", "301 should be less than or equal to 300"),
        ({"strategy": ""}, "strategy", "should have at least 1 character"),
        ({"deadMansSwitch": "yes"}, "deadMansSwitch", "must be true or false"),
        ({"notify": [{"kind": "pager"}]}, "notify.0.kind", "should be 'slack'"),
        ({"notify": [{"kind": "email"}]}, "notify.0", "an email needs an address"),
        ({"notify": [{"kind": "slack", "to": ["a@b.cd"]}]}, "notify.0", "to belongs to an email"),
        ({"notify": [EMAIL | {"repository": "a/b"}]}, "notify.0", "repository belongs to github"),
        (
            {"notify": [{"kind": "github", "repository": "app"}]},
            "notify.0.repository",
            "owner/name",
        ),
        ({"notify": [{"kind": "slack"}] * 2}, "notify", "must not name one thing twice"),
        (
            {"notify": [{"kind": "slack", "url": "x"}]},
            "notify.0.url",
            "unknown; known are kind, minimum, to, sender, repository",
        ),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told(
    stack: Stack, rollouts: dict[str, Any], place: str, told: str
) -> None:
    stack.values["rollouts"] = rollouts
    problem = stack.problem()
    assert problem.startswith(f"pitchey:rollouts.{place}: ")
    assert told in problem


def test_the_worker_calls_the_api_that_the_provider_calls(stack: Stack) -> None:
    assert stack.load().api_url == "https://api.cloudflare.com/client/v4"
    stack.environment["CLOUDFLARE_BASE_URL"] = "http://127.0.0.1:4900/client/v4/"
    assert stack.load().api_url == "http://127.0.0.1:4900/client/v4"
    stack.plain["cloudflare:baseUrl"] = "http://127.0.0.1:5000/client/v4"
    assert stack.load().api_url == "http://127.0.0.1:5000/client/v4"


def test_whoever_leads_a_rollout_reads_them_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.staging.yaml"
    file.write_text(
        "config:\n  pitchey:rollouts:\n    leaseSeconds: 45\n    notify: [{kind: slack}]\n"
    )
    rollouts = read_rollouts(tmp_path, "staging")
    assert (rollouts.lease_seconds, rollouts.strategy) == (45, "canary")
    assert [who.kind for who in rollouts.notify] == ["slack"]
    file.write_text("config:\n  pitchey:zone: 5\n")
    assert read_rollouts(tmp_path, "staging").lease_seconds == 30
    file.write_text("")
    assert read_rollouts(tmp_path, "staging").notify == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "Pulumi.staging.yaml: cannot be read: No such file"),
        ("a: [", "Pulumi.staging.yaml: cannot be read: not YAML"),
        ("config: {'pitchey:rollouts': 5}", "pitchey:rollouts: 5 must be a section"),
        (
            "config: {'pitchey:rollouts': {leaseSecond: 5, strategy: 7}}",
            "pitchey:rollouts.strategy: 7 must be text; put it in quotes\n"
            "pitchey:rollouts.leaseSecond: unknown; did you mean leaseSeconds?",
        ),
    ],
)
def test_mistakes_in_them_are_told_to_whoever_reads_them(
    tmp_path: Path, text: str | None, told: str
) -> None:
    if text is not None:
        (tmp_path / "Pulumi.staging.yaml").write_text(text)
    with pytest.raises(RolloutsSettingsError) as caught:
        read_rollouts(tmp_path, "staging")
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    "link",
    [
        "https://reports.pitchey.example",
        "https://reports.pitchey.example:8443/{stack}/{worker}/{rollout}.html?view=a&b=1#top",
    ],
)
def test_news_lead_to_an_address_with_what_they_are_of(stack: Stack, link: str) -> None:
    stack.values["rollouts"] = {"newsLink": link}
    assert stack.load().rollouts.news_link == link


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("http://reports.pitchey.example/{rollout}", "must be an https:// address"),
        ("https://user@reports.pitchey.example/", "must be an https:// address"),
        ("https://{stack}/@reports pitchey", "must be an https:// address"),
        ("javascript:alert(1)", "must be an https:// address"),
        ("https://reports.pitchey.example/{candidate}", "only {stack}, {worker} and {rollout}"),
        ("https://reports.pitchey.example/{rollout", "only {stack}, {worker} and {rollout}"),
    ],
)
def test_where_news_cannot_lead_is_said(stack: Stack, link: str, said: str) -> None:
    stack.values["rollouts"] = {"newsLink": link}
    problem = stack.problem()
    assert problem.startswith("pitchey:rollouts.newsLink")
    assert said in problem
