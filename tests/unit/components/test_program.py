"""The program itself, `__main__.py`, as the engine runs it: settings in, outputs out, and one line for a mistake."""

from __future__ import annotations

import json
import runpy
import shutil
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pulumi.runtime import config

from settings.loading import SettingsError
from tests.unit.components.cloud_mocks import ACCOUNT, Json, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack
from tests.unit.components.examples import DATABASE_URL

ROOT = Path(__file__).parents[3]
SECRETS = {
    "pitchey:databaseUrl": DATABASE_URL,
    "pitchey:upstashRedisRestUrl": "https://redis.example",
    "pitchey:upstashRedisRestToken": "an-upstash-token",
    "pitchey:sentryDsn": "https://0123456789abcdef@sentry.example/1",
}


class Deployments(BaseHTTPRequestHandler):
    """The one path of the API that the program reads by itself: a Worker's deployments."""

    cloud: MockedCloudflare

    def do_GET(self) -> None:
        deployments = self.cloud.deployments.get(self.path.split("/")[-2])
        body = MISSING if deployments is None else {"success": True, "result": told(deployments)}
        self.send_response(404 if deployments is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it in a test's output."""


MISSING = {"success": False, "errors": [{"code": 10007, "message": "no Worker"}]}


def told(deployments: list[Json]) -> Json:
    """With the API's own names."""
    return {
        "deployments": [
            {
                "versions": [
                    {"version_id": share["versionId"], "percentage": share["percentage"]}
                    for share in deployment["versions"]
                ]
            }
            for deployment in deployments
        ]
    }


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Generator[MockedStack]:
    stack = MockedStack()
    handler = type("Handler", (Deployments,), {"cloud": stack.cloud})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for name in ("PITCHEY_SPLIT", "PULUMI_CONFIG", "CLOUDFLARE_API_KEY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "a-token")
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        yield stack
        server.shutdown()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("__main__.py", "Pulumi.staging.yaml", "Pulumi.production.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return write_bundle(tmp_path, b"export class Counter {}")


def write_bundle(project: Path, code: bytes) -> Path:
    bundle = project / "worker/dist/index.js"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_bytes(code)
    (bundle.parent / "rollouts.js").write_bytes(b"export class Recorder {}; export class Ledger {}")
    return project


def program(project: Path, **settings: object) -> Callable[[], None]:
    values = {"zone": {"name": "pitchey-staging.example"}, "worker": {"workersDev": True}}

    def run() -> None:
        plain = {
            f"pitchey:{key}": json.dumps(value) for key, value in {**values, **settings}.items()
        }
        config.set_all_config({**plain, **SECRETS}, list(SECRETS))
        runpy.run_path(str(project / "__main__.py"), run_name="__main__")

    return run


def test_the_program_brings_a_stack_up_and_a_second_run_changes_nothing(
    stack: MockedStack, project: Path
) -> None:
    run = stack.up(program(project))
    assert run.outputs["workerUrl"] == "https://pitchey-api-staging.company.workers.dev"
    assert stack.cloud.live("pitchey-api-staging") == [(run.outputs["stableVersionId"], 100)]
    for again in (stack.preview(program(project)), stack.up(program(project))):
        assert {step for step, _ in again.steps} == {"same"}


def test_new_code_gets_no_traffic_until_a_run_is_handed_a_split(
    stack: MockedStack, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stack.up(program(project)).outputs["stableVersionId"]
    write_bundle(project, b"export class Counter { /* new */ }")
    run = stack.up(program(project))
    second = run.outputs["uploadedVersionId"]
    assert stack.cloud.live("pitchey-api-staging") == [(first, 100)]
    assert run.said == [f"version {second} is uploaded without traffic; live: {first} 100 %"]
    split = [{"versionId": first, "percentage": 90}, {"versionId": second, "percentage": 10}]
    monkeypatch.setenv("PITCHEY_SPLIT", json.dumps(split))
    stack.up(program(project))
    monkeypatch.delenv("PITCHEY_SPLIT")
    assert stack.cloud.live("pitchey-api-staging") == [(first, 90), (second, 10)]
    write_bundle(project, b"export class Counter {}")
    stack.up(program(project))
    assert stack.cloud.live("pitchey-api-staging") == [(first, 90), (second, 10)]


def test_a_mistake_is_told_in_lines_and_nothing_is_made(stack: MockedStack, project: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        stack.up(program(project, worker={"workerDev": True}, zone={"name": "pitchey.example"}))
    assert str(caught.value).splitlines() == [
        "there are 2 mistakes in the settings of stack staging:",
        "  pitchey:worker.workerDev: unknown; did you mean workersDev?",
        "  pitchey:zone.name: pitchey.example is claimed by stack production too; give each stack a zone of its own",
    ]
    assert not any(stack.cloud.things.values())
    assert stack.state == {}
