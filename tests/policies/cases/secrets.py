from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.policies.building import (
    STAGING,
    UNKNOWN,
    Broken,
    Case,
    Change,
    Secret,
    resource,
    with_input,
)

_STRIPE: Final = "sk_" + "live_51MadeUpMadeUpMadeUpMadeUp00"
_TEST_KEY: Final = "sk_" + "test_51MadeUpMadeUpMadeUpMadeUp00"
_GITHUB: Final = "gh" + "p_Abcdef1234567890Abcdef1234567890AbCd"
_STRONG: Final = "uV3kR8mZ1xQ7tN5bW2yJ9sD4gH6fL0cPaEoIiKrTXhM="
_RANDOM: Final = "kT9vQ2mXw7RzL4pN8sYb3HdJ"
_HEX: Final = "9f2c41d7a8b35e60c7194d2fa06b8e53d1c97f42b5a80e6318fd24c79ab05e6d"
_NEON: Final = "postgresql://shop:np" + "g_MadeUp12345@ep-quiet-sun.eu-central-1.aws.neon.tech/shop"
_PEM: Final = (
    "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
)
_JWT: Final = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJzZXJ2aWNlIn0." + "c2lnbmF0dXJlLW1hZGUtdXA"


def _plain(name: str, text: Any) -> dict[str, Any]:
    return {"name": name, "type": "plain_text", "text": text}


def _secret(name: str, text: Any) -> dict[str, Any]:
    return {"name": name, "type": "secret_text", "text": Secret(text)}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_BINDINGS: Final = [_plain("ENVIRONMENT", "production"), _secret("JWT_SECRET", _STRONG)]
_DATABASE: Final = {"name": "DATABASE", "type": "hyperdrive", "id": "a" * 32}
_VERSION: Final = resource("WorkerVersion", {"workerId": "w", "bindings": _BINDINGS})
_PAGES: Final = resource(
    "PagesProject",
    {
        "name": "shop",
        "buildConfig": {"buildCommand": "npm run build"},
        "deploymentConfigs": {
            where: {
                "envVars": {"API_URL": {"type": "plain_text", "value": "https://api.shop.example"}}
            }
            for where in ("production", "preview")
        },
    },
)


def _bound(*bindings: Mapping[str, Any]) -> Change:
    return with_input([*_BINDINGS, *bindings], "bindings")


def _variable(name: str, value: Any, where: str = "production", type: str = "plain_text") -> Change:
    return with_input({"type": type, "value": value}, "deploymentConfigs", where, "envVars", name)


_OF_VALUE: Final[dict[str, str]] = {
    "an address with a password": _NEON,
    "a Stripe key": _STRIPE,
    "a GitHub token": _GITHUB,
    "a private key": _PEM,
    "a signed token": _JWT,
    "JSON": json.dumps({"mail": {"smtpPassword": "h4rbour"}}),
    "JSON in base64": _base64(json.dumps({"mail": {"apiKey": "h4rbour-lights"}})),
    "many lines": f"REGION=eu\nSTRIPE_KEY={_STRIPE}\nLEVEL=info",
    "a random value": _STRONG,
}

_HARMLESS_VALUES: Final[dict[str, Broken]] = {
    "a reference": _bound(
        _plain("UPSTREAM", "postgres://${USER}:${PASSWORD}@db.shop.example/shop")
    ),
    "this machine": _bound(_plain("LOCAL", "postgres://postgres:postgres@localhost:5432/shop")),
    "a sum": _bound(_plain("BUNDLE_SHA256", _HEX)),
    "a UUID": _bound(_plain("TENANT", "4b8a1c3e-9d2f-4e6a-8c7b-5f1d2e3a4b5c")),
    "an image": _bound(
        _plain("LOGO", "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ")
    ),
    "a DSN": _bound(_plain("SENTRY_DSN", f"https://{_HEX[:32]}@o451.ingest.sentry.io/4507")),
    "not known yet": _bound(_plain("API_URL", UNKNOWN)),
    "a secret binding": _bound(_secret("STRIPE", _STRIPE)),
    "a reference of a workflow": _bound(_plain("DEPLOY", "${{ secrets.DEPLOY_TOKEN }}")),
    "a public key by its short name": _bound(_plain("UPDATE_PUBKEY", _STRONG)),
    "a key for browsers": _bound(_plain("VITE_CHART_API_KEY", _HEX[:32])),
    "a long id in an address": _bound(
        _plain("HERO", f"https://images.example/photo?ixid={_STRONG[:-1]}&w=800")
    ),
    "encrypted before": _bound(_plain("DATA", f"ENC[AES256_GCM,data:{_STRONG},type:str]")),
    "a decentralised name": _bound(
        _plain("DID", "did:key:z6MkqT9vQ2mXw7RzL4pN8sYb3HdJuV3kR8mZ1xQ7tN5bW2yJ9")
    ),
    "a thumbprint": _bound(_plain("ACME_THUMBPRINT", _STRONG[:-1])),
    "a beacon": _bound(_plain("BEACON_TOKEN", _HEX[:32])),
    "a template": _bound(
        _plain("TEMPLATE", "DB_PASSWORD=\nAPI_KEY=<fill in>\nJWT_SECRET=${JWT_SECRET}")
    ),
    "a command with variables": _bound(
        _plain("SEED", 'curl -u "$USER:$PASSWORD" https://a.example')
    ),
    "captions": _bound(
        {"name": "T", "type": "json", "json": {"password": "Wachtwoord", "secret": "Geheim"}}
    ),
    "a message": _bound(
        {"name": "T", "type": "json", "json": {"INVALID_TOKEN": "Your session has ended"}}
    ),
    "types": _bound(
        {"name": "T", "type": "json", "json": {"password": "string", "token": "bytes"}}
    ),
    "the environment's": _bound(
        {"name": "T", "type": "json", "json": {"apiKey": "process.env.API_KEY"}}
    ),
    "no list": with_input({}, "bindings"),
}

CASES: Final[Sequence[Case]] = (
    Case(
        rule="forbid-secret-in-plain-binding",
        good=[_VERSION],
        broken={
            **{name: _bound(_plain("UPSTREAM", text)) for name, text in _OF_VALUE.items()},
            "a JSON binding": _bound(
                {"name": "MAIL", "type": "json", "json": {"password": "h4rbour"}}
            ),
            "in a secret list": with_input(Secret([_plain("DB", _NEON)]), "bindings"),
            "beside captions": _bound(
                {
                    "name": "MAIL",
                    "type": "json",
                    "json": {"title": "Mail", "area": "Europe", "login": {"password": "h4rbour"}},
                }
            ),
            "told by its name": _bound(_plain("CLOUDFLARE_API_TOKEN", _RANDOM)),
            "in its name": _bound(_plain(_GITHUB, "deploy")),
            "a private key beside a public one": _bound(_plain("VAPID_PRIVATE_KEY", _STRONG[:-1])),
            "a routing key of an alarm": _bound(_plain("PAGERDUTY_ROUTING_KEY", _HEX[:32])),
            "a salt": _bound(_plain("HASH_SALT", _RANDOM)),
            "an address that deploys": _bound(
                _plain(
                    "HOOK",
                    "https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/4b8a1c3e-9d2f-4e6a-8c7b-5f1d2e3a4b5c",
                )
            ),
            "an address of Go": _bound(
                _plain("DSN", "shop:h4rbour@tcp(db.shop.example:3306)/shop")
            ),
            "headers of telemetry": _bound(_plain("OTLP_HEADERS", f"x-honeycomb-team={_RANDOM}")),
            "a command with a user's password": _bound(
                _plain("SEED", "curl -u deploy:h4rbour-lights https://shop.example/seed")
            ),
            "a command for a database": _bound(_plain("DUMP", "mysqldump -ushop -ph4rbour shop")),
            "beside an Access id": _bound(
                _plain("CLIENT", f"{_HEX[:32]}.access"), _plain("GATE", _HEX)
            ),
        },
        harmless=_HARMLESS_VALUES,
    ),
    Case(
        rule="forbid-secret-in-pages-variable",
        good=[_PAGES],
        broken={
            "production": _variable("DB", _NEON),
            "preview": _variable("DB", _NEON, "preview"),
            "a map of version 5": with_input(
                {"DB": _NEON}, "deploymentConfigs", "production", "environmentVariables"
            ),
        },
        harmless={
            "Node's version": _variable("NODE_VERSION", "22.11.0"),
            "a secret": _variable("DB", Secret(_NEON), type="secret_text"),
            "a publishable key": _variable("STRIPE_KEY", "pk_" + "live_51MadeUpMadeUpMadeUp"),
        },
    ),
    Case(
        rule="require-secret-binding",
        good=[_VERSION],
        broken={
            "a phrase": _bound(_plain("JWT_SECRET", "our little shop of horrors")),
            "a placeholder": _bound(_plain("SESSION_SECRET", "changeme")),
            "a number": _bound(_plain("ADMIN_PASSWORD", "12345678")),
            "a word that elsewhere is a choice": _bound(_plain("ADMIN_PASSWORD", "password")),
            "camel case": _bound(_plain("clientSecret", "harbour-lights")),
            "a word that callers must know": _bound(_plain("WEBHOOK_VERIFY_TOKEN", "harbour-7")),
            "a file of passwords": _bound(_plain("PGPASS", "db:5432:shop:app:h4rbour")),
            "a test mode's key in production": _bound(_plain("STRIPE_SECRET_KEY", _TEST_KEY)),
            "an address that the shapes do not know": _bound(
                _plain("DATABASE_URL", "mssql://shop:a/b@db.shop.example/shop")
            ),
        },
        harmless={
            "a duration": _bound(_plain("TOKEN_TTL", "900")),
            "a day": _bound(_plain("SECRET_SANTA_START", "2026-12-05")),
            "roles": _bound(_plain("TOKEN_ROLES", "reader,editor")),
            "a reference of a workflow": _bound(
                _plain("DEPLOY_TOKEN", "${{ secrets.DEPLOY_TOKEN }}")
            ),
            "a header": _bound(_plain("API_KEY_HEADER", "x-api-key")),
            "an issuer": _bound(_plain("TOKEN_ISSUER", "shop")),
            "a switch": _bound(_plain("REQUIRE_TOKEN", "true")),
            "an address": _bound(_plain("TOKEN_URL", "https://auth.shop.example/token")),
            "a database without a password": _bound(
                _plain("DATABASE_URL", "postgres://db.shop.example/shop")
            ),
            "a choice": _bound(_plain("AUTH_TOKEN", "cookie")),
            "a store's reference": _bound(_plain("STRIPE_SECRET", "op://shop/stripe/key")),
            "another binding's name": _bound(_plain("SIGNING_SECRET", "JWT_SECRET")),
            "nothing": _bound(_plain("API_TOKEN", "")),
        },
    ),
    Case(
        rule="forbid-secret-in-pages-variable",
        good=[_PAGES],
        broken={"in staging": _variable("PAYMENTS", _STRIPE)},
        harmless={"a test mode's key": _variable("STRIPE_SECRET_KEY", _TEST_KEY)},
        context=STAGING,
    ),
    Case(
        rule="forbid-split-secret",
        good=[_VERSION],
        broken={
            "numbered": _bound(_plain("KEY_PART1", _STRIPE[:6]), _plain("KEY_PART2", _STRIPE[6:])),
            "neighbours": _bound(_plain("ALPHA", _GITHUB[:5]), _plain("BETA", _GITHUB[5:])),
            "the wrong way round": _bound(_plain("TAIL", _STRIPE[6:]), _plain("HEAD", _STRIPE[:6])),
            "three": _bound(
                *(_plain(f"T_{n}", _JWT[a:b]) for n, a, b in ((1, 0, 18), (2, 18, 40), (3, 40, 99)))
            ),
            "an address": _bound(_plain("DSN_A", _NEON[:22]), _plain("DSN_B", _NEON[22:])),
            "a random value": _bound(
                _plain("SIGNING_KEY_1", _STRONG[:15]), _plain("SIGNING_KEY_2", _STRONG[15:])
            ),
        },
        harmless={
            "regions": _bound(_plain("REGION_1", "eu-central"), _plain("REGION_2", "us-east")),
            "a port before a mail address": _bound(
                _plain("CACHE", "rediss://cache.shop.example:6379"),
                _plain("CONTACT", "ops@shop.example"),
            ),
        },
    ),
    Case(
        rule="forbid-secret-in-code",
        good=[
            resource(
                "WorkerVersion",
                {"modules": [{"name": "index.js", "contentBase64": _base64("export default {}")}]},
            )
        ],
        broken={
            "a key": with_input(_base64(f"const key='{_STRIPE}'"), "modules", 0, "contentBase64"),
            "an address": with_input(_base64(f"connect('{_NEON}')"), "modules", 0, "contentBase64"),
            "a private key": with_input(_base64(f"`{_PEM}`"), "modules", 0, "contentBase64"),
            "a script": [resource("WorkersScript", {"content": f"const key='{_STRIPE}'"})],
            "a password in a constant": [
                resource("WorkersScript", {"content": "const PASSWORD = 'heron-lake-41'"})
            ],
            "words in a constant": [
                resource("WorkersScript", {"content": "const JWT_SECRET='our-shop-secret-2026'"})
            ],
            "a snippet": [
                resource("Snippet", {"files": [{"name": "main.js", "content": f"x('{_GITHUB}')"}]})
            ],
        },
        harmless={
            "a frame without a key": with_input(
                _base64("const begin='-----BEGIN PRIVATE KEY-----'"), "modules", 0, "contentBase64"
            ),
            "an example of a library": with_input(
                _base64("// postgres://user:password@host/db"), "modules", 0, "contentBase64"
            ),
            "minified": with_input(_base64(f"a.{_STRONG[:-1]}=n"), "modules", 0, "contentBase64"),
            "a pattern": with_input(
                _base64("const r=/sk_live_[0-9a-zA-Z]+/"), "modules", 0, "contentBase64"
            ),
            "names of errors": with_input(
                _base64(
                    "const WRONG_PASSWORD='auth/wrong-password2',OAUTH2_SECRET='oauth2_secret',MIN_PASSWORD=12"
                ),
                "modules",
                0,
                "contentBase64",
            ),
            "an image": with_input(
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAf", "modules", 0, "contentBase64"
            ),
        },
    ),
    Case(
        rule="forbid-secret-in-build-command",
        good=[_PAGES],
        broken={
            "a key": with_input(
                f"STRIPE_KEY={_STRIPE} npm run build", "buildConfig", "buildCommand"
            ),
            "a password": with_input(
                "DB_PASSWORD=h4rbour npm run build", "buildConfig", "buildCommand"
            ),
            "a short key": with_input(
                "API_KEY=abc123 npm run build", "buildConfig", "buildCommand"
            ),
            "a user's password": with_input(
                "curl -u deploy:heron-lake-41 https://a.example/pack | tar x",
                "buildConfig",
                "buildCommand",
            ),
        },
        harmless={
            "a variable": with_input(
                "npx sentry --auth-token=$SENTRY_AUTH_TOKEN", "buildConfig", "buildCommand"
            ),
        },
    ),
    Case(
        rule="forbid-secret-in-label",
        good=[resource("Worker", {"name": "shop", "tags": ["team:shop"]})],
        broken={
            "a tag": with_input(f"deploy:{_GITHUB}", "tags", 1),
            "a name": with_input(f"shop-{_STRIPE}", "name"),
            "an annotation": [
                resource("WorkerVersion", {"annotations": {"workersMessage": f"with {_STRIPE}"}})
            ],
            "a comment": [
                resource("DnsRecord", {"comment": "panel: admin, password: Tr4de-winds"})
            ],
            "a message that tells it": [
                resource(
                    "WorkerVersion", {"annotations": {"workersMessage": "db password is hunter2"}}
                )
            ],
            "a title": [
                resource("WorkersKvNamespace", {"title": f"shop production secret={_HEX[:40]}"})
            ],
            "a route": [resource("WorkersRoute", {"pattern": f"shop.example/{_GITHUB}/*"})],
            "a route's query": [
                resource("WorkersRoute", {"pattern": "shop.example/*?token=7Hq2kfXb91Lm"})
            ],
            "the program's name": [resource("Worker", {"name": "shop"}, name=f"shop-{_STRIPE}")],
        },
        harmless={
            "a commit": with_input("commit:9fceb02d0ae598e95dc970b74767f19372d61af8", "tags", 1),
            "prose": [resource("DnsRecord", {"comment": "password reset; token: see the vault"})],
            "a message on passwords": [
                resource(
                    "WorkerVersion",
                    {"annotations": {"workersMessage": "password: minimum of twelve characters"}},
                )
            ],
            "a title with an id": [
                resource("WorkersKvNamespace", {"title": "shop-7c3e91f0a2d84b56"})
            ],
        },
    ),
    Case(
        rule="forbid-secret-in-dns-record",
        good=[
            resource(
                "DnsRecord", {"type": "TXT", "name": "shop.example", "content": '"v=spf1 -all"'}
            )
        ],
        broken={
            "a key": with_input(f'"key={_STRIPE}"', "content"),
            "a value of version 5": [
                resource("DnsRecord", {"type": "TXT", "value": "password=Tr4de-winds"})
            ],
            "two strings": with_input(f'"{_STRIPE[:6]}" "{_STRIPE[6:]}"', "content"),
            "a password": with_input('"user=shop password=Tr4de-winds"', "content"),
            "as data": with_input({"value": _GITHUB}, "data"),
        },
        harmless={
            "a verification": with_input(f'"google-site-verification={_STRONG[:-1]}"', "content"),
            "DKIM": with_input(
                '"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB"', "content"
            ),
            "a challenge": with_input(f'"{_STRONG[:-1]}"', "content"),
            "a domain's token": with_input(f'"domain-token={_RANDOM}"', "content"),
        },
    ),
    Case(
        rule="forbid-secret-in-rule",
        good=[
            resource(
                "Ruleset",
                {
                    "phase": "http_request_late_transform",
                    "rules": [
                        {
                            "expression": "true",
                            "actionParameters": {
                                "headers": {"X-Edge": {"operation": "set", "value": "1"}}
                            },
                        }
                    ],
                },
            )
        ],
        broken={
            "a header": with_input(
                {"value": _RANDOM}, "rules", 0, "actionParameters", "headers", "X-Origin-Secret"
            ),
            "a bearer": with_input(
                {"value": f"Bearer {_RANDOM}"}, "rules", 0, "actionParameters", "headers", "X-Edge"
            ),
            "an expression": with_input(
                f'http.request.headers["x-api-key"][0] ne "{_RANDOM}"', "rules", 0, "expression"
            ),
            "a short bearer": with_input(
                {"value": "Bearer abc123"},
                "rules",
                0,
                "actionParameters",
                "headers",
                "Authorization",
            ),
            "a header that proves by hexadecimal": with_input(
                {"value": _HEX[:30]}, "rules", 0, "actionParameters", "headers", "X-Origin-Auth"
            ),
            "words that are compared": with_input(
                'http.request.headers["x-secret"][0] ne "our-shared-word"', "rules", 0, "expression"
            ),
            "a header in words": with_input(
                {"value": "purple heron"},
                "rules",
                0,
                "actionParameters",
                "headers",
                "X-Shared-Secret",
            ),
            "a header of a list": with_input(
                [{"name": "X-Origin-Secret", "value": _RANDOM}],
                "rules",
                0,
                "actionParameters",
                "headers",
            ),
            "a header that proves who asks": with_input(
                {"value": _STRONG[:-1]},
                "rules",
                0,
                "actionParameters",
                "headers",
                "X-Origin-Verify",
            ),
            "a header by an expression": with_input(
                {"expression": f'concat("Bearer ", "{_RANDOM}")'},
                "rules",
                0,
                "actionParameters",
                "headers",
                "Authorization",
            ),
            "a cookie": with_input(
                {"value": f"session={_STRONG}"}, "rules", 0, "actionParameters", "headers", "Cookie"
            ),
            "a cookie that is compared": with_input(
                f'http.cookie ne "gate={_STRONG[:-1]}"', "rules", 0, "expression"
            ),
            "an answer": with_input(
                {"content": '{"hint": "use this", "apiKey": "' + _RANDOM + '"}'},
                "rules",
                0,
                "actionParameters",
                "response",
            ),
            "a filter": [
                resource(
                    "Filter",
                    {"expression": f'http.request.headers["x-auth-key"][0] ne "{_RANDOM}"'},
                )
            ],
            "a target": [
                resource(
                    "PageRule",
                    {"actions": {"forwardingUrl": {"url": "https://a:h4rbour@b.example/"}}},
                )
            ],
        },
        harmless={
            "a Pulumi secret": with_input(
                {"value": Secret(_RANDOM)},
                "rules",
                0,
                "actionParameters",
                "headers",
                "X-Origin-Secret",
            ),
            "a name of an argument": with_input(
                'http.request.uri.query contains "access_token="', "rules", 0, "expression"
            ),
            "an empty key": with_input(
                'http.request.headers["x-api-key"][0] eq ""', "rules", 0, "expression"
            ),
            "the scheme alone": with_input(
                'not starts_with(http.request.headers["authorization"][0], "Bearer ")',
                "rules",
                0,
                "expression",
            ),
            "the type of a token": with_input(
                {"value": "bearer"}, "rules", 0, "actionParameters", "headers", "X-Token-Type"
            ),
            "a cookie's name": with_input(
                'http.cookie contains "session_token="', "rules", 0, "expression"
            ),
            "a header that is made of a request": with_input(
                {"expression": 'sha256(http.request.headers["x-token"][0])'},
                "rules",
                0,
                "actionParameters",
                "headers",
                "X-Token",
            ),
            "a pattern": with_input(
                'http.request.headers["authorization"][0] matches "^Bearer [a-z0-9]{20,}$"',
                "rules",
                0,
                "expression",
            ),
        },
    ),
    Case(
        rule="forbid-secret-in-kv-value",
        good=[resource("WorkersKv", {"keyName": "features", "value": '{"search": true}'})],
        broken={
            "an address": with_input(_NEON, "value"),
            "JSON": with_input('{"mail": {"password": "h4rbour"}}', "value"),
            "metadata": with_input({"apiKey": _STRIPE}, "metadata"),
            "its key": [resource("WorkersKv", {"keyName": "mail_api_token", "value": "harbour"})],
        },
        harmless={
            "a Pulumi secret": with_input(Secret(_NEON), "value"),
            "a page": with_input('<input type="password" name="password">', "value"),
            "a page on passwords": [
                resource(
                    "WorkersKv",
                    {
                        "keyName": "help/password",
                        "value": "To change your password, open the settings of your account and choose a new one.",
                    },
                )
            ],
            "what an identity provider supports": with_input(
                '{"token_endpoint_auth_methods_supported": ["client_secret_basic"]}', "value"
            ),
            "a manual": with_input(
                "# Databases\n\nConnect with psql postgres://user:password@host:5432/db and see that it works.",
                "value",
            ),
        },
    ),
    Case(
        rule="forbid-secret-in-stack-output",
        good=[
            resource("Stack", outputs={"url": "https://shop.example", "jwtSecret": Secret(_STRONG)})
        ],
        broken={
            "an address": [resource("Stack", outputs={"database": _NEON})],
            "by its name": [resource("Stack", outputs={"adminPassword": "harbour"})],
            "deep": [resource("Stack", outputs={"mail": [{"login": {"password": "harbour"}}]})],
        },
        harmless={
            "bindings": [
                resource(
                    "Stack", outputs={"bindings": [{"name": "JWT_SECRET", "type": "secret_text"}]}
                )
            ],
            "ids": [resource("Stack", outputs={"zoneId": _HEX[:32], "tokenId": _HEX[:32]})],
            "not known yet": [resource("Stack", outputs={"apiToken": UNKNOWN})],
        },
    ),
    Case(
        rule="keep-credentials-encrypted",
        good=[
            resource(
                "HyperdriveConfig",
                {"origin": {"host": "db.shop.example", "password": Secret(_RANDOM)}},
            )
        ],
        broken={
            "a password": with_input(_RANDOM, "origin", "password"),
            "a client's secret": with_input(_HEX, "origin", "accessClientSecret"),
            "a secret binding": [
                resource(
                    "WorkerVersion",
                    {"bindings": [{"name": "A", "type": "secret_text", "text": "b"}]},
                )
            ],
            "a Pages secret": [
                resource(
                    "PagesProject",
                    {
                        "deploymentConfigs": {
                            "preview": {"envVars": {"A": {"type": "secret_text", "value": "b"}}}
                        }
                    },
                )
            ],
            "a provider": [resource("Provider", {"apiToken": _RANDOM})],
            "a webhook": [
                resource(
                    "NotificationPolicyWebhooks", {"url": "https://a.example/", "secret": _RANDOM}
                )
            ],
            "a webhook's address": [
                resource(
                    "NotificationPolicyWebhooks",
                    {"url": "https://hooks.slack" + ".com/services/T0MADEUP0/B0/MadeUp"},
                )
            ],
            "a header": [
                resource("Healthcheck", {"httpConfig": {"header": {"X-Api-Key": [_RANDOM]}}})
            ],
            "an output": [
                resource("TurnstileWidget", {"name": "login"}, outputs={"secret": _RANDOM})
            ],
            "a token that was made": [
                resource("ApiToken", {"name": "deploy"}, outputs={"value": _RANDOM})
            ],
            "a key of a stream": [resource("StreamKey", {}, outputs={"pem": _STRONG, "id": "1"})],
            "a password that was drawn": [
                resource("random:index/randomPassword:RandomPassword", outputs={"result": _RANDOM})
            ],
            "a key that was made": [
                resource("tls:index/privateKey:PrivateKey", outputs={"privateKeyPem": _PEM})
            ],
            "a command's environment": [
                resource("command:local:Command", {"environment": {"DATABASE_URL": _NEON}})
            ],
            "a key of a binding": [
                resource(
                    "WorkersScript",
                    {"bindings": [{"name": "A", "type": "secret_key", "keyBase64": _STRONG}]},
                )
            ],
        },
        harmless={
            "wholly secret": with_input(
                Secret({"host": "db.shop.example", "password": _RANDOM}), "origin"
            ),
            "nothing": with_input("", "origin", "password"),
            "a password that was drawn and marked": [
                resource(
                    "random:index/randomPassword:RandomPassword",
                    outputs={"result": Secret(_RANDOM), "id": "none"},
                )
            ],
            "a name that was drawn": [
                resource("random:index/randomPet:RandomPet", outputs={"id": "quiet-heron"})
            ],
            "not known yet": with_input(Secret(UNKNOWN), "origin", "password"),
            "where the password stands": [
                resource(
                    "LeakedCredentialCheckRule",
                    {"password": 'http.request.body.form["password"][0]'},
                )
            ],
        },
    ),
    Case(
        rule="require-strong-secret",
        good=[_VERSION],
        broken={
            "128 bits": _bound(_secret("SESSION_SECRET", _HEX[:32])),
            "192 bits": _bound(_secret("SESSION_SECRET", "p3Rk8ZtWb6Nq9LxV2m+c5HdJ7sQ/1GaT")),
            "31 bytes": _bound(_secret("SESSION_SECRET", _STRONG[:31])),
            "words": _bound(
                _secret("COOKIE_SECRET", "our-shop-production-session-secret-for-everybody-here")
            ),
            "words in base64": _bound(
                _secret("COOKIE_SECRET", _base64("our shop production session secret"))
            ),
            "letters as digits": _bound(
                _secret("COOKIE_SECRET", "0ur-Sh0p-Pr0duct10n-S3ss10n-S3cr3t-2026-April!!!")
            ),
            "a repeated pattern": _bound(_secret("HMAC_KEY", "Xk9q" * 16)),
            "the keyboard": _bound(
                _secret("HMAC_KEY", "qwertyuiopasdfghjklzxcvbnm1234567890qwertyuiop")
            ),
            "a placeholder": _bound(_secret("ADMIN_PASSWORD", "changeme")),
            "one to fill in": _bound(_secret("JWT_SECRET", "<your-secret>")),
            "the program's name": _bound(_secret("POSTGRES_PASSWORD", "postgres")),
            "one piece again and again": _bound(
                _secret("SESSION_SECRET", "heronlakeheronlakesecretheronlakeprod")
            ),
            "a sentence that others use, too": _bound(
                _secret("SESSION_PASSWORD", "complex_password_at_least_32_characters_long")
            ),
            "of a message": _bound(_secret("WEBHOOK_HMAC_KEY", _HEX[:20])),
            "the same twice": _bound(_secret("SESSION_SECRET", _STRONG)),
            "a key in base64": _bound(
                {"name": "SIGN", "type": "secret_key", "keyBase64": Secret(_base64("short"))}
            ),
            "of a database": [
                resource("HyperdriveConfig", {"origin": {"password": Secret("password123")}})
            ],
            "of a store": [
                resource("SecretsStoreSecret", {"name": "JWT_SECRET", "value": Secret("topsecret")})
            ],
            "of a webhook": [resource("NotificationPolicyWebhooks", {"secret": Secret("secret")})],
            "of a tunnel": [
                resource("ZeroTrustTunnelCloudflared", {"tunnelSecret": Secret(_base64("a" * 32))})
            ],
            "of the older type": [
                resource(
                    "WorkerSecret", {"name": "JWT_SECRET", "secretText": Secret("harbour lights")}
                )
            ],
        },
        harmless={
            "hexadecimal": _bound(_secret("SESSION_SECRET", _HEX)),
            "32 bytes of text": _bound(_secret("SESSION_SECRET", _STRONG[:32])),
            "a key pair": _bound(_secret("JWT_PRIVATE_KEY", _PEM)),
            "issued by a provider": _bound(_secret("SLACK_SIGNING_SECRET", _HEX[:32])),
            "an identifier": _bound(_secret("STRIPE_ACCOUNT_ID", "acct_1")),
            "of a tunnel": [
                resource("ZeroTrustTunnelCloudflared", {"tunnelSecret": Secret(_STRONG)})
            ],
            "a phrase drawn by dice": _bound(
                _secret(
                    "DB_PASSWORD", "gravel-oxide-pelican-umbra-quilt-wharf-zinnia-moped-lynx-crypt"
                )
            ),
            "one address twice": _bound(
                _secret("DATABASE_URL", _NEON), _secret("DIRECT_URL", _NEON)
            ),
            "not known yet": _bound(_secret("SESSION_SECRET", UNKNOWN)),
        },
    ),
    Case(
        rule="forbid-global-api-key",
        good=[resource("Provider", {"apiToken": Secret(_RANDOM)})],
        broken={
            "the global key": with_input(Secret(_HEX[:37]), "apiKey"),
            "a service key": with_input(Secret("v1.0-" + "made-up"), "apiUserServiceKey"),
        },
        harmless={"an empty key": with_input("", "apiKey")},
    ),
    Case(
        rule="limit-database-role",
        good=[resource("HyperdriveConfig", {"origin": {"user": "shop_app"}})],
        broken={
            "PostgreSQL's superuser": with_input("postgres", "origin", "user"),
            "Neon's owner": with_input(Secret("neondb_owner"), "origin", "user"),
            "MySQL's root": with_input("root", "origin", "user"),
        },
        harmless={
            "a reader": with_input("shop_reader", "origin", "user"),
            "not known yet": with_input(UNKNOWN, "origin", "user"),
        },
    ),
    Case(
        rule="separate-deployments-token",
        good=[
            resource(
                "WorkerVersion", {"bindings": [*_BINDINGS, _DATABASE, _secret("API_TOKEN", "t")]}
            )
        ],
        broken={
            "beside a database": with_input(_secret("DEPLOYMENTS_TOKEN", "t"), "bindings", 0),
            "in small letters": with_input(_secret("cloudflare_deploy_token", "t"), "bindings", 0),
            "not known yet": with_input(_secret("DEPLOY_API_TOKEN", UNKNOWN), "bindings", 0),
        },
        harmless={
            "a Worker that has nothing else": with_input(
                [*_BINDINGS, _secret("DEPLOYMENTS_TOKEN", "t")], "bindings"
            ),
            "a token that purges caches": with_input(
                _secret("CLOUDFLARE_API_TOKEN", "t"), "bindings", 0
            ),
            "what calls a build of the site": with_input(
                _secret("DEPLOY_HOOK_URL", "https://api.shop.example/hook"), "bindings", 0
            ),
        },
    ),
)
