"""What is asked of keys themselves: that nobody guesses them, and that they open no more than is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...credentials.strength import signs, weakness_of
from ...properties import Property
from ...resources import PROVIDER, Resource
from ...rule import Context, Finding, Rule, Severity
from .settings import PAGES_KINDS, WORKER_KINDS, settings_of

_FAMILY: Final = "secrets"
_Told = tuple[str, Property, str | None]
_OWNERS: Final = frozenset(
    {
        "postgres",
        "root",
        "neondb_owner",
        "doadmin",
        "rdsadmin",
        "cloudsqlsuperuser",
        "sa",
        "superuser",
    }
)
TUNNEL_KINDS: Final = ("ZeroTrustTunnelCloudflared", "ZeroTrustTunnelWarpConnector")
_OWNER_ENDINGS: Final = ("_owner", "-owner")


def weak(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    told = [(name, at, at.text) for name, at in _secrets_of(resource)]
    for index, (name, at, text) in enumerate(told):
        if not text:
            continue
        weakness = weakness_of(name, text)
        if weakness is None and signs(name):
            weakness = _sameness(name, text, told[:index], told[index + 1 :])
        if weakness is not None:
            yield Finding(f"{name} is weak: {weakness}", at)


def _sameness(name: str, text: str, before: Sequence[_Told], after: Sequence[_Told]) -> str | None:
    """Of two keys that are the same the second is told, so that it is told once."""
    same = [other for other, _, value in before if value == text]
    same += [other for other, _, value in after if value == text and not signs(other)]
    return next((f"it is the same as {other}" for other in same if other != name), None)


def _secrets_of(resource: Resource) -> Iterator[tuple[str, Property]]:
    if resource.kind in (*WORKER_KINDS, *PAGES_KINDS):
        yield from ((s.name, s.value) for s in settings_of(resource) if not s.is_plain)
        for binding in resource.inputs["bindings"].elements():
            if binding["type"].word == "secret_key" and binding["keyBase64"].exists:
                yield f"{binding['name'].text or ''}_HMAC_KEY", binding["keyBase64"]
    elif resource.kind == "HyperdriveConfig":
        yield "password", resource.inputs.at("origin", "password")
    elif resource.kind == "SecretsStoreSecret":
        yield resource.inputs["name"].text or "secret", resource.inputs["value"]
    elif resource.kind in {"WorkersSecret", "WorkerSecret"}:
        yield resource.inputs["name"].text or "secret", resource.inputs["secretText"]
    elif resource.kind in TUNNEL_KINDS:
        yield "tunnelSecret", resource.inputs["tunnelSecret"]
    else:
        yield "secret", resource.inputs["secret"]


def global_key(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    for key, said in (
        ("apiKey", "the global API key may do whatever its user may"),
        ("apiUserServiceKey", "service keys ended on 2026-09-30"),
    ):
        at = resource.inputs[key]
        if at.exists and (not at.is_told or at.text != ""):
            yield Finding(said, at)


def owner_role(resource: Resource, context: Context) -> Iterator[Finding]:
    del context
    user = resource.inputs.at("origin", "user")
    word = user.word
    if word is not None and (word in _OWNERS or word.endswith(_OWNER_ENDINGS)):
        yield Finding("connects as a role that owns the database", user)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-strong-secret",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="Who guesses the key that signs tokens or sessions is whoever he likes: it has 256 bits drawn at random",
        kinds=(
            *WORKER_KINDS,
            *PAGES_KINDS,
            "HyperdriveConfig",
            "SecretsStoreSecret",
            "WorkersSecret",
            "WorkerSecret",
            *TUNNEL_KINDS,
            "NotificationPolicyWebhooks",
        ),
        mend="draw 32 bytes at random (openssl rand -base64 32, or random.RandomBytes) for this purpose alone",
        link="https://datatracker.ietf.org/doc/html/rfc7518#section-3.2",
        check=weak,
        hardening=False,
    ),
    Rule(
        name="forbid-global-api-key",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="The global API key can do everything in every account of its user and never ends; a token can be narrow",
        kinds=(PROVIDER,),
        mend="use apiToken with a token that has only the permissions that the program needs",
        link="https://developers.cloudflare.com/fundamentals/api/get-started/keys/",
        check=global_key,
        hardening=False,
    ),
    Rule(
        name="limit-database-role",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="A Worker that connects as the database's owner can drop it, and so can who takes the Worker over",
        kinds=("HyperdriveConfig",),
        mend="create a role that may only read and write the tables that the Worker needs, and connect as that",
        link="https://developers.cloudflare.com/hyperdrive/configuration/connect-to-postgres/",
        check=owner_role,
    ),
)
