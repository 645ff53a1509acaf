"""Which cloud the provider speaks to, as whom, and what it says when it cannot."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import grpc
import httpx
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins.cloudflare import provider as provider_module
from localcloud.plugins.cloudflare.provider import CloudflareProvider
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.plugins.asking import Asked, Json, asked, secret
from tests.localcloud.plugins.cases import TOKENS
from tests.localcloud.plugins.scripted import Clock, Script, said

NAMESPACE = TOKENS["WorkersKvNamespace"]


@pytest.fixture
def unconfigured() -> Iterator[Asked]:
    provider = CloudflareProvider({})
    with asked(provider) as asking:
        yield asking
    provider.close()


def refused(asking: Asked, arguments: Json) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        asking.configure(arguments)
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    return str(refusal.value.details())


def test_without_a_token_it_says_where_one_belongs(unconfigured: Asked) -> None:
    assert refused(unconfigured, {"baseUrl": "http://127.0.0.1:1"}) == (
        "no API token: set CLOUDFLARE_API_TOKEN or the configuration value cloudflare:apiToken"
    )


@pytest.mark.parametrize("marked", [False, True])
def test_configuration_wins_over_the_environment(
    unconfigured: Asked, served: ServedCloud, marked: bool
) -> None:
    """`pulumi config set --secret cloudflare:apiToken` reaches the provider with the mark of a secret."""
    token = secret(served.token) if marked else served.token
    unconfigured.configure({"baseUrl": served.url + "/", "apiToken": token})
    made = unconfigured.create(NAMESPACE, {"accountId": served.account, "title": "cache"})
    assert len(made.id) == 32


@pytest.mark.parametrize(
    ("environment", "headers"),
    [
        ({"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_API_KEY": "k"}, {"authorization": "Bearer t"}),
        ({"CLOUDFLARE_API_KEY": "k", "CLOUDFLARE_EMAIL": "a@example.com"}, {"x-auth-key": "k", "x-auth-email": "a@example.com"}),
    ],
)  # fmt: skip
def test_credentials_are_a_token_or_a_key_with_its_email(
    environment: dict[str, str], headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(Clock(), [said(200, [])])
    client = httpx.Client(transport=httpx.MockTransport(script))

    def scripted(_base: str) -> httpx.Client:
        return client

    monkeypatch.setattr(provider_module, "client_for", scripted)
    with asked(CloudflareProvider(environment)) as asking:
        asking.configure()
        asking.read(NAMESPACE, "1", inputs={"accountId": "0" * 32, "title": "cache"})
    sent = {
        k: v
        for k, v in script.asked[0].headers.items()
        if k in {"authorization", "x-auth-key", "x-auth-email"}
    }
    assert sent == headers
    assert script.asked[0].url.host == "api.cloudflare.com"


def test_the_engine_may_send_no_secrets_and_no_references(
    unconfigured: Asked, served: ServedCloud
) -> None:
    """So they come as what they are; the engine marks again what it had marked."""
    answer = unconfigured.configure({"baseUrl": served.url, "apiToken": served.token})
    assert (answer.acceptSecrets, answer.acceptResources, answer.supportsPreview) == (False, False, True)  # fmt: skip


def test_a_wrong_token_is_refused_in_the_clouds_words(
    unconfigured: Asked, served: ServedCloud
) -> None:
    unconfigured.configure(
        {"baseUrl": served.url, "apiToken": "wrong-token-wrong-token-wrong-token-0000"}
    )
    with pytest.raises(grpc.RpcError) as refusal:
        unconfigured.create(NAMESPACE, {"accountId": served.account, "title": "cache"})
    details = str(refusal.value.details())
    assert details.startswith("10000: Authentication error")
    assert "wrong-token" not in details
    assert "\n" not in details


def test_a_cloud_that_is_down_is_told_in_one_line(unconfigured: Asked, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    unconfigured.configure({"baseUrl": f"http://127.0.0.1:{port}", "apiToken": "token"})
    with pytest.raises(grpc.RpcError) as refusal:
        unconfigured.create(NAMESPACE, {"accountId": "0" * 32, "title": "cache"})
    assert (
        refusal.value.details()
        == f"nobody answers at http://127.0.0.1:{port}; is the cloud running?"
    )
    assert sum(clock.pauses) < 5


def test_not_configured_is_said(unconfigured: Asked) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        unconfigured.create(NAMESPACE, {"accountId": "0" * 32, "title": "cache"})
    assert refusal.value.details() == "the provider is not configured"


def test_an_official_refusal_reaches_the_engine_as_one_line(provider: Asked, account: str) -> None:
    provider.create(NAMESPACE, {"accountId": account, "title": "cache"})
    with pytest.raises(grpc.RpcError) as refusal:
        provider.create(NAMESPACE, {"accountId": account, "title": "cache"})
    assert refusal.value.details() == (
        "10014: a namespace with this account ID and title already exists"
    )


@pytest.mark.parametrize("given", [{"zoneId": "{zone}"}, {"filter": {"name": "example.com"}}])
def test_a_zone_is_found_by_id_and_by_name(provider: Asked, zone: str, given: Json) -> None:
    asked_for = {k: zone if v == "{zone}" else v for k, v in given.items()}
    found = provider.invoke("cloudflare:index/getZone:getZone", asked_for)
    assert (found["id"], found["zoneId"], found["name"]) == (zone, zone, "example.com")


def test_no_zone_or_several_of_a_name_is_an_error(provider: Asked) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        provider.invoke("cloudflare:index/getZone:getZone", {"filter": {"name": "example.edu"}})
    assert refusal.value.details() == "0 zones are named 'example.edu', and one was asked for"


def test_what_else_the_program_may_look_up(provider: Asked, account: str, zone: str) -> None:
    provider.create(NAMESPACE, {"accountId": account, "title": "cache"})
    named = {"accountId": account}
    ask: dict[str, tuple[Json, str]] = {
        "getAccount": (named, "name"),
        "getAccounts": ({}, "results"),
        "getZones": ({"name": "example.com"}, "results"),
        "getWorkersKvNamespaces": (named, "results"),
    }
    for name, (arguments, key) in ask.items():
        found = provider.invoke(f"cloudflare:index/{name}:{name}", arguments)
        assert found[key], name


def test_a_look_up_that_is_not_served_is_refused_with_the_mend(provider: Asked) -> None:
    token = "cloudflare:index/getQueue:getQueue"
    with pytest.raises(grpc.RpcError) as refusal:
        provider.invoke(token, {})
    assert refusal.value.details() == (
        f"{token} is not served by the stand-in for the cloudflare provider; "
        "install the official plugin: pulumi plugin install resource cloudflare"
    )


def test_the_engine_is_told_name_and_version_and_no_schema(provider: Asked) -> None:
    assert provider.stub.GetPluginInfo(empty_pb2.Empty()).version == "6.23.1"
    schema = provider.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    assert '"name": "cloudflare"' in schema
