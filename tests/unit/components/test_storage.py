"""KV, R2, the database and drawn secrets: data outlives whatever happens to the program that declares it."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.hyperdrive import Database, DatabaseArgs, read_origin
from components.kv import KvNamespaces, KvNamespacesArgs
from components.pages import Frontend, FrontendArgs
from components.r2 import UploadsBucket, UploadsBucketArgs, check_origins
from tests.unit.components.cloud_mocks import ACCOUNT, CloudflareError, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack, ProtectedError
from tests.unit.components.examples import DATABASE_URL, PASSWORD, ZONE, zone_in
from tests.unit.components.registrations import Run

ORIGIN = f"https://app.{ZONE}"


def namespaces(**titles: str) -> None:
    KvNamespaces("kv", KvNamespacesArgs(account_id=ACCOUNT, titles=titles))


def bucket(**changes: Any) -> None:
    args = UploadsBucketArgs(account_id=ACCOUNT, name="uploads", allowed_origins=[ORIGIN])
    UploadsBucket("r2", dataclasses.replace(args, **changes))


def database(url: str = DATABASE_URL, **changes: Any) -> Run:
    args = DatabaseArgs(account_id=ACCOUNT, name="database", url=url)
    return MockedStack().up(lambda: Database("db", dataclasses.replace(args, **changes)))


def test_another_title_is_the_same_namespace_with_the_same_values() -> None:
    stack = MockedStack()
    before = stack.up(lambda: namespaces(cache="one")).one("WorkersKvNamespace").id
    run = stack.up(lambda: namespaces(cache="two"))
    assert run.one("WorkersKvNamespace").id == before
    assert run.done("update") == ["kv-cache"]
    assert stack.cloud.names("WorkersKvNamespace", "title") == {"two"}


def test_a_namespace_that_is_left_out_is_kept_and_that_is_said() -> None:
    stack = MockedStack()
    stack.up(lambda: namespaces(cache="one", flags="two"))
    with pytest.raises(ProtectedError, match="kv-flags cannot be deleted because it is protected"):
        stack.preview(lambda: namespaces(cache="one"))
    with pytest.raises(ProtectedError, match="kv-flags"):
        stack.up(lambda: namespaces(cache="one"))
    assert stack.cloud.names("WorkersKvNamespace", "title") == {"one", "two"}


def test_a_bucket_of_another_name_does_not_take_the_place_of_the_one_with_the_uploads() -> None:
    stack = MockedStack()
    stack.up(bucket)
    for run in (stack.preview, stack.up):
        with pytest.raises(ProtectedError, match=r"r2-bucket cannot be replaced.*name"):
            run(lambda: bucket(name="others"))
    assert stack.cloud.names("R2Bucket") == {"uploads"}


def test_a_project_of_another_name_does_not_take_the_place_of_the_one_that_serves() -> None:
    stack = MockedStack()
    args = FrontendArgs(account_id=ACCOUNT, name="one")
    stack.up(lambda: Frontend("app", args))
    with pytest.raises(ProtectedError, match="app-project"):
        stack.up(lambda: Frontend("app", dataclasses.replace(args, name="two")))
    assert stack.cloud.names("PagesProject") == {"one"}


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        ([], "at least one"),
        (["*"], r"'\*' is not one"),
        (["https://*.example"], "is not one"),
        ([ORIGIN, "http://app.example"], "is not one"),
        (["null"], "is not one"),
    ],
)
def test_only_pages_of_named_origins_may_upload(origins: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_origins(origins)


def test_a_bucket_lets_the_app_upload_and_throws_away_what_was_not_finished() -> None:
    run = MockedStack().up(lambda: bucket(abort_incomplete_after_days=3))
    (rule,) = run.one("R2BucketCors").inputs["rules"]
    assert rule["allowed"]["origins"] == [ORIGIN]
    assert set(rule["allowed"]["methods"]) == {"GET", "PUT", "HEAD"}
    (rule,) = run.one("R2BucketLifecycle").inputs["rules"]
    condition = rule["abortMultipartUploadsTransition"]["condition"]
    assert condition == {"type": "Age", "maxAge": 3 * 86_400}
    assert run.of("R2BucketLock") == []
    assert run.of("R2CustomDomain") == []
    assert run.of("R2ManagedDomain") == []


def test_a_lock_and_a_domain_are_there_when_they_are_asked_for() -> None:
    stack = MockedStack()
    run = stack.up(
        lambda: bucket(lock_days=30, hostname=f"uploads.{ZONE}", zone_id=zone_in(stack.cloud))
    )
    (rule,) = run.one("R2BucketLock").inputs["rules"]
    assert rule["condition"] == {"type": "Age", "maxAgeSeconds": 30 * 86_400}
    assert run.one("R2CustomDomain").inputs["minTls"] == "1.2"


def test_the_database_is_reached_over_tls_with_what_the_address_says() -> None:
    config = database().one("HyperdriveConfig")
    assert config.inputs["origin"] == {
        "scheme": "postgres",
        "host": "db.example",
        "port": 6432,
        "user": "pitchey",
        "password": PASSWORD,
        "database": "pitchey",
    }
    assert config.inputs["mtls"] == {"sslmode": "require"}
    assert config.inputs["caching"] == {
        "disabled": False,
        "maxAge": 60,
        "staleWhileRevalidate": 15,
    }


def test_the_databases_address_is_a_secret_even_when_it_was_handed_over_in_plain() -> None:
    secret = database().one("HyperdriveConfig").secret
    assert {"origin.host", "origin.user", "origin.password", "origin.database"} <= secret


def test_without_caching_every_answer_comes_from_the_database() -> None:
    config = database(caching=False).one("HyperdriveConfig")
    assert config.inputs["caching"] == {"disabled": True}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h/d", ("h", "5432", "u", "p", "d")),
        ("postgresql://u:p@h:1/d?sslmode=require", ("h", "1", "u", "p", "d")),
        (
            "postgresql://u%40x:p%3A%2F@[2001:db8::1]/d%20e",
            ("2001:db8::1", "5432", "u@x", "p:/", "d e"),
        ),
    ],
)
def test_an_address_is_read_into_its_parts(url: str, expected: tuple[str, ...]) -> None:
    assert (
        tuple(read_origin(url)[part] for part in ("host", "port", "user", "password", "database"))
        == expected
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hunter2",
        "postgresql://user:hunter2@host",
        "postgresql://user@host/db",
        "postgresql://user:hunter/2@host/db",
        "postgresql://user:hunter2@[host/db",
        "postgresql://user:hunter2@host:hunter2/db",
    ],
)
def test_what_is_no_address_is_refused_in_words_that_do_not_hold_it(url: str) -> None:
    with pytest.raises(ValueError, match="url: ") as caught:
        read_origin(url)
    chain = [caught.value, caught.value.__cause__]
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not any("hunter" in str(error) for error in chain)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_an_address(text: str) -> None:
    with contextlib.suppress(ValueError):
        parts = read_origin(f"postgresql://{text}")
        assert parts["port"].isdigit()


def test_a_secret_is_drawn_once_has_256_bits_and_is_secret_from_then_on() -> None:
    stack = MockedStack()

    def program() -> None:
        secret = GeneratedSecret("jwt", GeneratedSecretArgs())
        pulumi.export("value", secret.value)

    run = stack.up(program)
    value = run.outputs["value"]
    assert len(base64.b64decode(value)) * 8 >= 256
    assert run.secret_outputs == {"value"}
    (own,) = (found for found in run.resources.values() if found.name == "jwt")
    assert own.secret_outputs == {"value"}
    assert stack.up(program).outputs["value"] == value
    assert MockedStack().up(program).outputs["value"] != value


CLASHES: list[tuple[str, Callable[[], object], str]] = [
    ("WorkersKvNamespace", lambda: namespaces(cache="one"), "10014"),
    ("R2Bucket", lambda: UploadsBucket("r2", UploadsBucketArgs(ACCOUNT, "one", [ORIGIN])), "10004"),
    (
        "HyperdriveConfig",
        lambda: Database("db", DatabaseArgs(ACCOUNT, "one", DATABASE_URL)),
        "2017",
    ),
    ("PagesProject", lambda: Frontend("app", FrontendArgs(ACCOUNT, "one")), "8000002"),
]


@pytest.mark.parametrize(("kind", "program", "said"), CLASHES, ids=[kind for kind, _, _ in CLASHES])
def test_what_somebody_else_has_is_refused_in_cloudflares_words(
    kind: str, program: Callable[[], object], said: str
) -> None:
    cloud = MockedCloudflare()
    MockedStack("one", cloud).up(program)
    had = set(cloud.things[kind])
    with pytest.raises(CloudflareError, match=f"^{said} "):
        MockedStack("two", cloud).up(program)
    assert set(cloud.things[kind]) == had


def test_the_frontend_serves_under_its_domain_and_has_its_variables_in_both_environments() -> None:
    stack = MockedStack()

    def program() -> None:
        Frontend(
            "app",
            FrontendArgs(
                account_id=ACCOUNT,
                name="pitchey-staging",
                variables={"API_URL": f"https://api.{ZONE}"},
                hostname=f"app.{ZONE}",
                zone_id=zone_in(stack.cloud),
            ),
        )

    run = stack.up(program)
    configs = run.one("PagesProject").inputs["deploymentConfigs"]
    variable = {"type": "plain_text", "value": f"https://api.{ZONE}"}
    assert configs["production"]["envVars"] == {"API_URL": variable}
    assert configs["preview"]["envVars"] == {"API_URL": variable}
    record = run.one("DnsRecord").inputs
    assert (record["type"], record["content"]) == ("CNAME", "pitchey-staging.pages.dev")
    assert record["proxied"] is True
    assert run.one("PagesDomain").inputs["name"] == f"app.{ZONE}"
