"""What counts as a secret by its looks, what does not, and that no message tells one."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any
from urllib.parse import quote

import pytest

from policies.credentials.entropy import looks_random
from policies.credentials.names import Telling, telling_of
from policies.credentials.reading import secret_in
from policies.credentials.shapes import conceals_secret, shape_in_code, shape_of, without_secrets
from policies.credentials.strength import weakness_of
from policies.credentials.values import may_be_secret
from policies.judging import Judge
from policies.masking import MASK, masked, shown
from policies.properties import HIDDEN, UNKNOWN, Property
from policies.registry import RULES
from policies.resources import Stack
from tests.policies.building import PRODUCTION, Secret, resource

RANDOM = "q7Zt2Lm9XwPd4RkV8sNb3HcYf6GjQaT1eUo5WiMx"
HEX = "9f2c41d7a8b35e60c7194d2fa06b8e53d1c97f42b5a80e6318fd24c79ab05e6d"
MADE = "MadeUp1MadeUp2MadeUp3MadeUp4"
SECRETS = {
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJhIn0." + "c2lnbmF0dXJl",
    "PostgreSQL": "postgresql://shop:Tr4de-winds@db.shop.example/shop",
    "PostgreSQL with signs": "postgres://shop:Tr4de/w@nds@db.shop.example/shop",
    "Neon": "np" + "g_" + MADE,
    "Redis": "rediss://default:" + MADE + "@eu1-fox.upstash.io:6379",
    "Sentry": "sntr" + "ys_" + MADE,
    "Sentry's DSN with its secret": f"https://{HEX[:32]}:{HEX[32:]}@o1.ingest.sentry.io/1",
    "Cloudflare": "cf" + "ut_" + RANDOM,
    "Cloudflare, account": "cf" + "at_" + RANDOM,
    "Cloudflare, global": "cf" + "k_" + RANDOM,
    "Cloudflare, origin CA": "v1.0-" + HEX[:24] + "-" + (HEX * 3)[:146],
    "private key": "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "AWS": "AK" + "IA" + "MADEUPMADEUPMADE",
    "GitHub": "gh" + "p_" + MADE,
    "GitHub, fine": "github" + "_pat_" + MADE,
    "GitLab": "gl" + "pat-" + MADE,
    "Slack": "xo" + "xb-1234567890-" + MADE,
    "Slack's webhook": "https://hooks.slack" + ".com/services/T0/B0/" + MADE,
    "Stripe": "sk_" + "live_" + MADE,
    "Stripe, restricted": "rk_" + "live_" + MADE,
    "webhook": "wh" + "sec_" + MADE,
    "SendGrid": "S" + "G." + MADE + "." + MADE,
    "Google": "AI" + "za" + "Sy" + RANDOM[:33],
    "OpenAI": "sk-" + "proj-" + MADE,
    "Anthropic": "sk-" + "ant-" + MADE,
    "Grafana": "gl" + "sa_" + MADE,
    "Pulumi": "pu" + "l-" + HEX[:40],
    "npm": "np" + "m_" + MADE + MADE,
    "Supabase": "sb_" + "secret_" + MADE,
    "QStash": "eyJVc2VySUQi" + "OiJtYWRlLXVwIn0=" + MADE,
    "bearer": "Bearer " + RANDOM,
    "basic": "Basic " + base64.b64encode(b"shop:Tr4de-winds").decode(),
}
HARMLESS = {
    "a UUID": "4b8a1c3e-9d2f-4e6a-8c7b-5f1d2e3a4b5c",
    "an id": HEX[:32],
    "a sum": HEX,
    "a sum for browsers": "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC",
    "an image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "a public key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf86QZ7kO",
    "a DSN": f"https://{HEX[:32]}@o1.ingest.sentry.io/1",
    "a publishable key": "pk_" + "live_" + MADE,
    "a test mode's key": "sk_" + "test_" + MADE,
    "an address": "https://shop.example:8443/a@b?page=2",
    "a reference": "postgres://${USER}:${PASSWORD}@db.shop.example/shop",
    "words": "winter-sale-2026-everything-must-go-now",
    "a class": "ShopCheckoutPaymentConfirmationWorkflowV2",
    "a package": "https://cdn.shop.example:443/npm/widgets@2.4.1/dist",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_found_wherever_it_is(secret: str) -> None:
    packed = {
        "alone": secret,
        "in a sentence": f"deploy with {secret} today",
        "in JSON": json.dumps({"a": [{"b": secret}]}),
        "in JSON in JSON": json.dumps({"a": json.dumps({"b": secret})}),
        "in base64": base64.b64encode(secret.encode()).decode(),
        "in JSON in base64": base64.b64encode(json.dumps({"a": secret}).encode()).decode(),
        "percent-encoded": quote(secret, safe=""),
        "in lines": f"LEVEL=info\nUPSTREAM={secret}\nREGION=eu",
    }
    missed = [how for how, text in packed.items() if secret_in("UPSTREAM", text) is None]
    assert missed == []


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_masked_in_any_message(secret: str) -> None:
    assert conceals_secret("value", secret)
    assert secret not in without_secrets(f"bindings[0]: {secret} is bad", MASK)
    assert secret not in masked(f"bindings[0]: {secret} is bad", ())
    assert shown(Property({"a": secret})["a"]) == MASK
    assert shown(Property({"a": {"b": [secret]}})["a"]) == MASK


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_looks_like_a_secret_and_is_none(text: str) -> None:
    assert secret_in("UPSTREAM", text) is None


def test_random_values_are_told_from_names_and_sums() -> None:
    drawn = [secrets.token_urlsafe(32) for _ in range(200)]
    assert sum(looks_random(text) for text in drawn) >= 190
    assert not any(looks_random(secrets.token_hex(32)) for _ in range(200))


def test_values_of_public_names_are_not_judged_by_their_looks() -> None:
    assert secret_in("VAPID_PUBLIC_KEY", RANDOM) is None
    assert secret_in("GOOGLE_CLIENT_ID", RANDOM) is None
    assert secret_in("CLOUDFLARE_API_TOKEN", RANDOM) is not None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "JWT_SECRET",
            "apiKey",
            "DATABASE_URL",
            "DB_PASS",
            "GITHUB_PAT",
            "SECRET_KEY_BASE",
            "X-Api-Key",
            "PGPASSWORD",
            "JWT_SECRET_V2",
            "SIGNING_KEYS",
            "NEXT_PUBLIC_JWT_SECRET",
        ),
    ],
)
def test_names_that_tell_of_a_secret(name: str) -> None:
    assert telling_of(name) is Telling.SECRET


@pytest.mark.parametrize(
    "name",
    [
        *(
            "TOKEN_TTL",
            "API_KEY_ID",
            "PUBLIC_KEY",
            "TURNSTILE_SITE_KEY",
            "CACHE_KEY_PREFIX",
            "MAX_TOKENS",
            "TOKEN_ISSUER",
            "API_KEY_HEADER",
            "SESSION_COOKIE_NAME",
            "PASSWORD_MIN_LENGTH",
            "TOKEN_URL",
            "SECRET_NAME",
            "SECRETARY",
        ),
    ],
)
def test_names_that_tell_of_none(name: str) -> None:
    assert telling_of(name) is not Telling.SECRET


@pytest.mark.parametrize(
    "text", ["", "true", "900", "15m", "cookie", "/run/secrets", "${TOKEN}", "https://a.example/"]
)
def test_what_is_no_secret_under_any_name(text: str) -> None:
    assert not may_be_secret("API_TOKEN", text)


def test_code_is_judged_by_shapes_and_named_constants() -> None:
    assert shape_in_code(f"const a='{SECRETS['Stripe']}'") is not None
    assert shape_in_code(f"const API_KEY = '{RANDOM}'") is not None
    assert shape_in_code(f"a.{RANDOM}=n;x='{RANDOM}'") is None
    assert shape_in_code("'-----BEGIN PRIVATE KEY-----'") is None
    assert shape_in_code("// postgres://user:password@localhost/db") is None


def test_a_strong_key_is_drawn_at_random() -> None:
    for key in (
        secrets.token_hex(32),
        secrets.token_urlsafe(32),
        base64.b64encode(secrets.token_bytes(32)).decode(),
    ):
        assert weakness_of("JWT_SECRET", key) is None
    for key in (
        HEX[:32],
        "x" * 64,
        "our shop's secret of the year 2026, long as it is",
        "abcd1234" * 8,
    ):
        assert weakness_of("JWT_SECRET", key) is not None


def test_why_a_key_is_weak_tells_nothing_of_it() -> None:
    said = weakness_of("JWT_SECRET", "harbour-lights-of-production")
    assert said is not None
    assert "harbour" not in said
    assert "28" not in said


def test_a_text_without_a_shape_stays_as_it_is() -> None:
    text = 'bindings[3].text: the origin\'s certificate is not verified with "flexible"'
    assert masked(text, ["abc"]) == text
    assert shape_of(text) is None


def test_secrets_are_masked_in_each_form_in_which_a_message_may_hold_them() -> None:
    secret = 'har"bour\nlights of the old town'
    for form in (secret, json.dumps(secret), quote(secret, safe=""), "lights of the old town"):
        assert "lights" not in masked(f"it is {form}", [secret])


def test_values_that_are_not_there_are_shown_as_such() -> None:
    assert shown(Property(UNKNOWN)) == "a value that is not known yet"
    assert shown(Property(HIDDEN)) == MASK
    assert shown(Property({})["a"]) == "nothing"
    assert shown(Property({"apiToken": "harbour"})["apiToken"]) == MASK
    assert shown(Property({"ssl": "flexible"})["ssl"]) == '"flexible"'


def test_no_message_of_any_rule_tells_a_secret() -> None:
    kinds = sorted({kind for rule in RULES for kind in rule.kinds if kind != "*"})
    every = list(SECRETS.values())
    for index, kind in enumerate(kinds * 2):
        secret = every[index % len(every)]
        judged = resource(kind, _full_of(secret), outputs={"a": secret})
        verdict = Judge(RULES, PRODUCTION).judge(Stack("production", "shop", [judged]))
        told = " ".join(violation.message for violation in verdict.violations)
        assert secret not in told
        assert secret[4:] not in told


def _full_of(secret: str) -> dict[str, Any]:
    return {
        "bindings": [
            {"name": secret, "type": "plain_text", "text": secret},
            {"name": "A", "type": "secret_text", "text": secret},
        ],
        "name": secret,
        "value": secret,
        "settingId": "ssl",
        "content": secret,
        "tags": [secret],
        "annotations": {secret: secret},
        "rules": [
            {"expression": secret, "actionParameters": {"headers": {secret: {"value": secret}}}}
        ],
        "origin": {"password": secret, "host": secret, "user": Secret(secret)},
        "deploymentConfigs": {
            "production": {"envVars": {secret: {"type": "plain_text", "value": secret}}}
        },
        "url": secret,
        "pattern": secret,
    }


@pytest.mark.parametrize(
    "piece", ["a-a:bbb@tcp(", "mysql -u", "password: ", "PASSWORD = '", "a=b&"]
)
def test_what_repeats_for_long_is_read_in_no_time(piece: str) -> None:
    """A pattern that tries again at every place takes minutes here."""
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    secret_in("UPSTREAM", text)
    shape_in_code(text)
    assert time.process_time() - began < 2
