"""The front end is deployed when it is another one than was deployed last, and only then."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from delivery import frontend as module
from delivery.errors import FailedError, RefusedError
from delivery.frontend import Client, Deployed, Frontend, deploy_frontend
from delivery.patient_api import PatientApi

ROOT = Path(__file__).parents[3]
ACCESS = {"CLOUDFLARE_API_TOKEN": "t0ken", "CLOUDFLARE_ACCOUNT_ID": "acc"}
PROJECT = "/client/v4/accounts/acc/pages/projects/site"
Json = dict[str, Any]


@pytest.fixture
def site(tmp_path: Path) -> Frontend:
    (tmp_path / "frontend/src").mkdir(parents=True)
    (tmp_path / "frontend/src/main.ts").write_text("one")
    (tmp_path / "package-lock.json").write_text("{}")
    return Frontend(tmp_path, "site", "https://api.example.com")


@dataclass
class Pages:
    """The project, as far as it is asked about: production deployments, the newest last, and which of them serves."""

    deployments: list[Json] = field(default_factory=list[Json])
    live: str | None = None
    asked: list[str] = field(default_factory=list[str])

    def add(self, digest: str) -> None:
        self.live = f"d{len(self.deployments)}"
        trigger = {"metadata": {"commit_hash": digest}}
        self.deployments.append({"id": self.live, "deployment_trigger": trigger})

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path == f"{PROJECT}/deployments":
            assert request.url.params["env"] == "production"
            return self._told(self.deployments[::-1][:1])
        assert request.url.path == PROJECT
        live = next((d for d in self.deployments if d["id"] == self.live), None)
        return self._told({"production_branch": "trunk", "canonical_deployment": live})

    def _told(self, result: object) -> httpx.Response:
        return httpx.Response(200, json={"success": True, "errors": [], "result": result})

    def api(self) -> PatientApi:
        return PatientApi(ACCESS, transport=httpx.MockTransport(self.answer))


@dataclass(frozen=True)
class Uploads(Client):
    """A client that does what the test says at each try."""

    tries: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    branches: list[str] = field(default_factory=list[str])

    def deploy(self, folder: Path, frontend: Frontend, branch: str) -> None:
        self.branches.append(branch)
        self.tries.pop(0)()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(self: Frontend, target: Path) -> None:
        target.mkdir()

    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(Frontend, "build", build)


def quiet(_text: str) -> None: ...


def run(site: Frontend, pages: Pages, *tries: Callable[[], None], patience: float = 60) -> Deployed:
    client = Uploads(site.checkout, ACCESS, list(tries))
    with pages.api() as api:
        done = deploy_frontend(site, api, client, quiet, patience)
    assert client.tries == []
    assert set(client.branches) <= {"trunk"}
    return done


def test_what_was_never_deployed_is_deployed_and_then_left_alone(site: Frontend) -> None:
    pages = Pages()
    assert run(site, pages, lambda: pages.add(site.digest)) == Deployed(site.digest, True, True)
    pages.asked.clear()
    assert run(site, pages) == Deployed(site.digest, False, True)
    assert len(pages.asked) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("frontend/src/main.ts", "two"),
        ("frontend/src/new.ts", "one"),
        ("frontend/build.mjs", ""),
        ("package-lock.json", "{ }"),
    ],
)
def test_another_site_has_another_digest(site: Frontend, name: str, content: str) -> None:
    before = site.digest
    assert len(before) == 40
    (site.checkout / name).write_text(content)
    assert site.digest != before


def test_a_file_by_another_name_is_another_site(site: Frontend) -> None:
    before = site.digest
    (site.checkout / "frontend/src/main.ts").rename(site.checkout / "frontend/src/x.ts")
    assert site.digest != before


def test_the_digest_is_of_what_the_site_is_built_from_and_of_nothing_else(site: Frontend) -> None:
    before = site.digest
    for name in ("dist", "test"):
        (site.checkout / "frontend" / name).mkdir()
        (site.checkout / "frontend" / name / "a.ts").write_text("x")
    assert site.digest == before
    assert replace(site, api_url="https://api.other.example").digest != before
    assert replace(site, local_url="https://w.workers.dev").digest != before


def test_what_was_rolled_back_is_not_deployed_again(site: Frontend) -> None:
    pages = Pages()
    pages.add("older")
    pages.add(site.digest)
    pages.live = "d0"
    done = run(site, pages)
    assert done == Deployed(site.digest, False, False)
    assert "rolled back" in "".join(done.lines("staging"))


def test_an_older_one_that_is_wanted_again_is_deployed_again(site: Frontend) -> None:
    pages = Pages()
    pages.add(site.digest)
    pages.add("newer")
    assert run(site, pages, lambda: pages.add(site.digest)).is_new


def failed() -> None:
    raise FailedError("the front end was not deployed: fetch failed")


def refused() -> None:
    raise RefusedError("the front end was not deployed: Authentication error")


def test_troubles_that_pass_are_waited_for_and_refusals_are_not(site: Frontend) -> None:
    pages = Pages()
    assert run(site, pages, failed, failed, lambda: pages.add(site.digest)).is_new
    with pytest.raises(RefusedError):
        run(replace(site, local_url="https://w.workers.dev"), pages, refused)
    with pytest.raises(FailedError):
        run(replace(site, local_url="https://w.workers.dev"), pages, failed, patience=0)


def test_what_was_done_although_the_client_failed_is_done(site: Frontend) -> None:
    pages = Pages()

    def lost() -> None:
        pages.add(site.digest)
        failed()

    assert run(site, pages, lost).is_new
    assert len(pages.deployments) == 1


# The client itself


def _said(tmp_path: Path, script: str) -> Client:
    path = tmp_path / "node_modules/wrangler/bin/wrangler.js"
    path.parent.mkdir(parents=True)
    path.write_text(script)
    (tmp_path / "site").mkdir()
    return Client(tmp_path, {**ACCESS, "CLOUDFLARE_BASE_URL": "http://127.0.0.1:1/client/v4"})


def test_the_client_gets_the_cloud_and_nothing_of_another(
    site: Frontend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLOUDFLARE_API_KEY", "CF_API_TOKEN", "PULUMI_ACCESS_TOKEN", "WRANGLER_X", "HTTPS_PROXY"):  # fmt: skip
        monkeypatch.setenv(name, "another")
    monkeypatch.setattr(module, "find_node", lambda: Path(sys.executable))
    client = _said(
        tmp_path,
        "import json, os, sys\njson.dump([sys.argv[1:], dict(os.environ)], open('../told', 'w'))",
    )
    client.deploy(tmp_path / "site", site, "trunk")
    arguments, variables = json.loads((tmp_path / "told").read_text())
    assert arguments[:3] == ["pages", "deploy", str(tmp_path / "site")]
    assert arguments[arguments.index("--branch") + 1] == "trunk"
    assert arguments[arguments.index("--commit-hash") + 1] == site.digest
    assert "t0ken" not in arguments
    assert variables["CLOUDFLARE_API_TOKEN"] == "t0ken"
    assert variables["CLOUDFLARE_API_BASE_URL"] == "http://127.0.0.1:1/client/v4"
    assert "another" not in variables.values()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("A request failed.\nAn unknown error has occurred [code: 10013]", FailedError),
        ("Received a malformed response from the API", FailedError),
        ("fetch failed", FailedError),
        ("Please wait and consider throttling your request speed [code: 971]", FailedError),
        ("A request failed.\nAuthentication error [code: 10000]", RefusedError),
        ("Project not found. [code: 8000007]", RefusedError),
    ],
)
def test_what_the_client_says_is_one_line_without_the_account(
    site: Frontend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    kind: type[Exception],
) -> None:
    monkeypatch.setattr(module, "find_node", lambda: Path(sys.executable))
    whole = f"uploading\n\x1b[31m✘ [ERROR]\x1b[0m {'a' * 32}: {said}\n\nwrite to us\n"
    client = _said(tmp_path, f"import sys\nsys.stderr.write({whole!r})\nsys.exit(1)")
    with pytest.raises(kind) as caught:
        client.deploy(tmp_path / "site", site, "main")
    assert "\n" not in str(caught.value)
    assert "aaaa" not in str(caught.value)
    assert said.splitlines()[-1] in str(caught.value)


def test_a_client_that_is_not_installed_is_told(site: Frontend) -> None:
    with pytest.raises(RefusedError, match="wrangler is missing"):
        Client(site.checkout, ACCESS).deploy(site.checkout, site, "main")


# The build


def test_the_site_is_built_for_its_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    real = Frontend(ROOT, "site", "https://api.example.com")
    real.build(tmp_path / "built")
    assert "https://api.example.com" in (tmp_path / "built/index.html").read_text()
    assert "localhost" not in (tmp_path / "built/_headers").read_text()
    with pytest.raises(RefusedError, match=r"was not built: --api http://a\.example"):
        replace(real, api_url="http://a.example").build(tmp_path / "bad")
    assert not (tmp_path / "bad").exists()
