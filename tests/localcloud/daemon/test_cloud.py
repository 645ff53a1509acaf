"""What the local cloud gives to whoever runs the program against it."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from localcloud.api.store import Store
from localcloud.cloud import LocalCloud, LocalCloudError
from localcloud.data.record import DatabaseRecord
from tests.localcloud.daemon.clone import Clone

KEYS = (
    "databaseUrl",
    "deploymentsToken",
    "upstashRedisRestToken",
    "sentryDsn",
)


@pytest.mark.parametrize("key", KEYS)
def test_a_working_secret_is_made_once_and_differs_from_stack_to_stack(
    clone: Clone, key: str
) -> None:
    clone.cloud.home.prepare()
    staging = clone.cloud.working_secret(key, "staging")
    production = clone.cloud.working_secret(key, "production")
    assert staging
    assert production
    assert staging != production
    assert LocalCloud(clone.folder).working_secret(key, "staging") == staging


def test_redis_has_one_address_where_the_token_tells_the_stack(clone: Clone) -> None:
    clone.cloud.home.prepare()
    staging, production = (
        clone.cloud.working_secret("upstashRedisRestUrl", stack)
        for stack in ("staging", "production")
    )
    assert staging
    assert staging == production


def test_working_secrets_have_the_form_of_real_ones(clone: Clone) -> None:
    clone.cloud.home.prepare()
    database = urlsplit(clone.cloud.working_secret("databaseUrl", "staging") or "")
    assert (database.scheme, database.username) == ("postgresql", "pitchey_staging")
    assert (database.hostname, database.path) == ("localhost", "/pitchey_staging")
    assert len(database.password or "") >= 32
    for key in ("upstashRedisRestUrl", "sentryDsn"):
        assert urlsplit(clone.cloud.working_secret(key, "staging") or "").scheme == "https"


def test_a_database_keeps_its_password_when_its_port_has_to_change(clone: Clone) -> None:
    clone.cloud.home.prepare()
    before = urlsplit(clone.cloud.working_secret("databaseUrl", "staging") or "")
    DatabaseRecord(clone.home).remember(4321)
    after = urlsplit(clone.cloud.working_secret("databaseUrl", "staging") or "")
    assert (after.password, after.port) == (before.password, 4321)
    assert DatabaseRecord(clone.home).earlier == [before.port]


def test_two_stacks_at_once_lose_no_secret(clone: Clone) -> None:
    clone.cloud.home.prepare()
    stacks = [f"stack{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(clone.cloud.working_secret, repeat("databaseUrl"), stacks))
    assert made == [clone.cloud.working_secret("databaseUrl", stack) for stack in stacks]


def test_a_secret_that_only_the_user_can_know_is_not_made(clone: Clone) -> None:
    clone.cloud.home.prepare()
    assert clone.cloud.working_secret("stripeKey", "staging") is None


def _deploys(clone: Clone, token: str | None, script: str) -> int:
    account = json.loads((clone.home / "daemon.json").read_text())["account"]
    path = f"accounts/{account}/workers/scripts/{script}/deployments"
    return httpx.get(
        f"http://127.0.0.1:{clone.port}/client/v4/{path}",
        headers={"authorization": f"Bearer {token}"},
    ).status_code


def test_the_deployments_token_reaches_its_own_worker_whatever_state_there_is(
    clone: Clone,
) -> None:
    clone.cloud.home.prepare()
    early = clone.cloud.working_secret("deploymentsToken", "production")
    clone.start()
    late = clone.cloud.working_secret("deploymentsToken", "staging")

    def check() -> None:
        for stack, token, other in (("staging", late, early), ("production", early, late)):
            # There is no such Worker, which is told to whoever may know it.
            assert _deploys(clone, token, f"pitchey-api-{stack}") == 404
            assert _deploys(clone, other, f"pitchey-api-{stack}") == 403

    check()
    assert clone.pitchey_local("snapshot", "with").returncode == 0
    assert clone.pitchey_local("reset", "--yes").returncode == 0
    check()
    assert clone.pitchey_local("restore", "with", "--yes").returncode == 0
    check()
    # Whoever takes its registration away gets it back with the next question.
    store = Store(clone.cloud.home.state)
    for document in store.list("token"):
        if document.body["name"] == "deployments-staging":
            store.delete(document)
    store.close()
    assert _deploys(clone, late, "pitchey-api-staging") == 403
    assert clone.cloud.working_secret("deploymentsToken", "staging") == late
    check()
    assert str(late) not in (clone.home / "requests.jsonl").read_text()


def test_clients_learn_which_authority_to_trust(clone: Clone) -> None:
    assert clone.cloud.certificate_authority() is None
    clone.start()
    authority = clone.cloud.certificate_authority()
    assert authority == clone.home / "ca.pem"
    url, headers = clone.cloud.resolve("https://api.example.com/x?y=1")
    assert (url, headers) == (
        f"https://127.0.0.1:{clone.port + 2}/x?y=1",
        {"host": "api.example.com"},
    )
    with httpx.Client(verify=ssl.create_default_context(cafile=authority)) as client:
        named = {"sni_hostname": headers["host"]}
        assert client.get(url, headers=headers, extensions=named).status_code == 404
    url, headers = clone.cloud.resolve("https://api.pitchey.workers.dev/")
    assert url == f"http://127.0.0.1:{clone.port + 1}/"
    assert "api.pitchey.workers.dev" in httpx.get(url, headers=headers).text


@pytest.mark.parametrize(
    ("public", "scheme", "rest", "offset"),
    [
        ("https://app.pitchey.example/x?y=1", "https", "app.pitchey.example.localhost", 2),
        ("http://app.pitchey.example/x?y=1", "http", "app.pitchey.example.localhost", 1),
        ("https://api.pitchey.workers.dev/x?y=1", "http", "api.pitchey.workers.dev.localhost", 1),
        ("https://site.pages.dev/x?y=1", "http", "site.pages.dev.localhost", 1),
    ],
)
def test_a_public_url_opens_on_this_machine(
    shared: Clone, public: str, scheme: str, rest: str, offset: int
) -> None:
    assert shared.cloud.open_url(public) == f"{scheme}://{rest}:{shared.port + offset}/x?y=1"


def test_without_a_daemon_it_says_what_to_do(clone: Clone) -> None:
    with pytest.raises(LocalCloudError, match="is not running; start it with `pitchey local up`"):
        clone.cloud.access()


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine and providers on PATH as an official installation has them, but no language host; and a user's own folder."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("pulumi", "pulumi-resource-cloudflare", "pulumi-resource-random"):
        (programs / name).write_text("#!/bin/sh\necho v3.259.0\n")
        (programs / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    (tmp_path / "user/.pulumi/plugins").mkdir(parents=True)
    return programs


def test_the_engine_gets_a_complete_environment(clone: Clone, official: Path) -> None:
    record = clone.start()
    cloud = clone.cloud
    cloud.start(clone.reports.append)
    environment = cloud.environment()
    path = environment.pop("PATH").split(os.pathsep)
    assert environment == {
        "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{clone.port}/client/v4",
        "CLOUDFLARE_API_TOKEN": clone.token,
        "CLOUDFLARE_ACCOUNT_ID": record.account,
        "PULUMI_BACKEND_URL": f"file://{clone.home}/engine-state",
        "PULUMI_CONFIG_PASSPHRASE_FILE": f"{clone.home}/passphrase",
        "PULUMI_HOME": f"{clone.home}/pulumi",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    assert cloud.engine() == official / "pulumi"
    assert shutil.which("pulumi-language-python", path=os.pathsep.join(path)) == str(
        clone.home / "plugins/pulumi-language-python"
    )
    assert shutil.which("python", path=os.pathsep.join(path)) == str(
        Path(sys.executable).parent / "python"
    )
    assert str(official) in path
    engine, plugins, stand_ins = clone.reports
    assert "is found on PATH" in engine
    assert stand_ins == "plugins that cannot be downloaded here are stood in for: language-python"
    assert plugins.startswith("official plugins are used: resource-cloudflare")


def test_the_users_plugins_are_found_and_the_users_login_is_not_touched(
    clone: Clone, official: Path, tmp_path: Path
) -> None:
    clone.start()
    clone.cloud.environment()
    own = Path(clone.cloud.environment()["PULUMI_HOME"])
    (tmp_path / "user/.pulumi/plugins/resource-cloudflare-v6.23.1").mkdir()
    assert (own / "plugins/resource-cloudflare-v6.23.1").is_dir()
    (own / "credentials.json").write_text("{}")
    assert not (tmp_path / "user/.pulumi/credentials.json").exists()


def test_the_passphrase_stays_the_same(clone: Clone) -> None:
    clone.cloud.home.prepare()
    passphrase = (clone.home / "passphrase").read_text()
    assert len(passphrase) >= 32
    clone.cloud.home.prepare()
    assert (clone.home / "passphrase").read_text() == passphrase


def test_a_stacks_configuration_lies_in_the_home(clone: Clone) -> None:
    assert clone.cloud.config_file("staging") == clone.home / "stacks/Pulumi.staging.yaml"
