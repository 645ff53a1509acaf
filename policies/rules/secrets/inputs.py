"""Inputs and outputs that are credentials by nature: what providers take, and what they hand over once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...credentials.words import terms
from ...properties import Property
from ...resources import Resource
from .places import camel

RANDOM_PASSWORD: Final = "random:index/randomPassword:RandomPassword"  # noqa: S105 (a type token)
RANDOM_BYTES: Final = "random:index/randomBytes:RandomBytes"
TLS_KEY: Final = "tls:index/privateKey:PrivateKey"
COMMAND: Final = "command:local:Command"
MAKING_KINDS: Final = (RANDOM_PASSWORD, RANDOM_BYTES, TLS_KEY, COMMAND)
"""Kinds of other packages that make secrets for a Worker, or are given them."""
_SECRET_KEYS: Final = terms(
    "password clientSecret accessClientSecret secret privateKey tunnelSecret psk apiToken apiKey apiUserServiceKey "
    "secretAccessKey sasToken accountKey signingSecret authCredentials token passphrase streamKey cfApiKey md5Key clientKey "
    "secretText serviceAccountKeyJson adminApiKey projectApiKey complianceApiKey keyBase64 keyJwk ownershipChallenge"
)
_SECRET_VALUES: Final = frozenset({"SecretsStoreSecret", "VulnerabilityScannerCredential"})
_SECRET_OUTPUTS: Final[Mapping[str, frozenset[str]]] = {
    "ApiToken": frozenset({"value"}),
    "AccountToken": frozenset({"value"}),
    "StreamKey": frozenset({"pem", "jwk"}),
    "CallsTurnApp": frozenset({"key"}),
    "MagicTransitConnector": frozenset({"licenseKey"}),
    "MoqRelay": frozenset({"tokenPublishSubscribe", "tokenSubscribe"}),
    RANDOM_PASSWORD: frozenset({"result"}),
    RANDOM_BYTES: frozenset({"base64", "hex"}),
    TLS_KEY: frozenset({"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"}),
}
"""What providers make themselves, and hand over once."""
_EXPRESSION_KINDS: Final = frozenset({"LeakedCredentialCheckRule"})
"""Their `password` says where in a request the password stands."""


def is_secret_by_nature(resource: Resource, at: Property) -> bool:
    """Whether the provider takes a credential here."""
    key = at.path[-1] if at.path else ""
    if key == "value" and resource.kind in _SECRET_VALUES:
        return True
    return (
        isinstance(key, str)
        and camel(key) in _SECRET_KEYS
        and resource.kind not in _EXPRESSION_KINDS
        and "includes" not in at.path
    )


def is_secret_output(resource: Resource, at: Property) -> bool:
    """Whether the provider hands a credential over here."""
    return at.key in _SECRET_OUTPUTS.get(resource.kind, ()) or (
        at.key != "token" and is_secret_by_nature(resource, at)
    )
