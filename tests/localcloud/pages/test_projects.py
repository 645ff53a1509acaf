"""Projects and their domains: made, read, changed and gone; secrets that nobody reads again; whose they are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.pages.conftest import PROJECT, Uploader
from tests.localcloud.refusals import FORBIDDEN, OTHER_ACCOUNT, answered, refusal


def test_a_project_is_made_read_changed_and_deleted(api: Cloudflare, account: str) -> None:
    projects = api.pages.projects
    made = projects.create(account_id=account, name=PROJECT, production_branch="main")
    assert (made.name, made.subdomain, made.production_branch) == (PROJECT, "site.pages.dev", "main")  # fmt: skip
    assert made.canonical_deployment is None
    assert made.latest_deployment is None
    read = projects.get(PROJECT, account_id=account)
    assert read.to_json() == made.to_json()
    changed = projects.edit(
        PROJECT,
        account_id=account,
        production_branch="release",
        build_config={"build_command": "npm run build", "destination_dir": "dist"},
    )
    assert (changed.id, changed.production_branch) == (made.id, "release")
    assert changed.build_config is not None
    assert changed.build_config.build_command == "npm run build"
    again = projects.edit(PROJECT, account_id=account, build_config={"root_dir": "web"})
    assert again.build_config is not None
    assert again.build_config.build_command == "npm run build"
    assert [p.name for p in projects.list(account_id=account)] == [PROJECT]
    projects.purge_build_cache(PROJECT, account_id=account)
    projects.delete(PROJECT, account_id=account)
    assert list(projects.list(account_id=account)) == []
    assert refusal(lambda: projects.get(PROJECT, account_id=account)) == (404, [8000007])


def test_a_name_taken_by_another_account_gets_another_address(
    served: ServedCloud, http: httpx.Client, base: str, account: str
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    path = base.rsplit("/", 1)[0]
    sent = {"name": PROJECT, "production_branch": "main"}
    assert answered(http.post(path, json=sent)) == (409, [8000002])
    theirs = http.post(path.replace(account, OTHER_ACCOUNT), json=sent).json()["result"]
    assert theirs["name"] == PROJECT
    assert theirs["subdomain"].startswith("site-")
    assert theirs["subdomain"].endswith(".pages.dev")


@pytest.mark.parametrize("name", ["", "Upper", "-a", "a-", "under_score", "a.b", "x" * 59, None, 7])
def test_a_bad_name_is_refused(http: httpx.Client, account: str, name: object) -> None:
    path = f"/accounts/{account}/pages/projects"
    sent = {"name": name, "production_branch": "main"}
    assert http.post(path, json=sent).status_code == 400
    assert http.get(path).json()["result"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"production_branch": 7},
        {"build_config": "npm run build"},
        {"source": "github"},
        {"deployment_configs": []},
        {"deployment_configs": {"production": "x"}},
        {"deployment_configs": {"preview": {"env_vars": "x"}}},
        {"deployment_configs": {"production": {"env_vars": {"A": "x"}}}},
        {"deployment_configs": {"production": {"env_vars": {"A": {}}}}},
        {"deployment_configs": {"production": {"env_vars": {"A": {"value": 7}}}}},
        {"deployment_configs": {"production": {"env_vars": {"A": {"type": "loud", "value": "x"}}}}},
        {"deployment_configs": {"production": {"kv_namespaces": "x"}}},
    ],
)
def test_settings_that_make_no_sense_change_nothing(
    http: httpx.Client, base: str, wrong: dict[str, Any]
) -> None:
    before = http.get(base).json()["result"]
    assert answered(http.patch(base, json=wrong)) == (400, [8000001])
    path = base.rsplit("/", 1)[0]
    assert answered(http.post(path, json={"name": "other", **wrong})) == (400, [8000001])
    assert http.get(path).json()["result"] == [before]


def test_variables_change_name_by_name_and_secrets_are_never_read(
    http: httpx.Client, base: str
) -> None:
    def variables(**env_vars: object) -> Any:
        sent = {"deployment_configs": {"production": {"env_vars": env_vars}}}
        answer = http.patch(base, json=sent)
        assert "hush" not in answer.text
        return answer.json()["result"]["deployment_configs"]["production"]["env_vars"]

    plain = {"type": "plain_text", "value": "loud"}
    secret = {"type": "secret_text", "value": "hush-hush"}
    hidden = {"type": "secret_text", "value": ""}
    assert variables(MODE=plain, KEY=secret) == {"MODE": plain, "KEY": hidden}
    assert variables(MODE=None, KEY=hidden) == {"KEY": hidden}
    read = http.get(base)
    assert "hush" not in read.text
    configs = read.json()["result"]["deployment_configs"]
    assert configs["preview"]["env_vars"] == {}
    assert variables(OTHER=plain) == {"KEY": hidden, "OTHER": plain}


def test_the_list_goes_page_by_page(http: httpx.Client, api: Cloudflare, account: str) -> None:
    path = f"/accounts/{account}/pages/projects"
    for name in ("a", "b", "c"):
        http.post(path, json={"name": name, "production_branch": "main"})
    page = http.get(f"{path}?page=2&per_page=2").json()
    assert [project["name"] for project in page["result"]] == ["c"]
    assert page["result_info"]["total_count"] == 3


def test_a_domain_is_added_read_and_removed(api: Cloudflare, account: str, base: str) -> None:
    domains = api.pages.projects.domains
    made = domains.create(PROJECT, account_id=account, name="www.Example.com")
    assert made is not None
    assert (made.name, made.status) == ("www.example.com", "active")
    read = domains.get("www.example.com", account_id=account, project_name=PROJECT)
    assert read is not None
    assert read.to_json() == made.to_json()
    project = api.pages.projects.get(PROJECT, account_id=account)
    assert project.domains == ["site.pages.dev", "www.example.com"]
    domains.delete("www.example.com", account_id=account, project_name=PROJECT)
    assert list(domains.list(PROJECT, account_id=account)) == []
    gone = refusal(lambda: domains.get("www.example.com", account_id=account, project_name=PROJECT))
    assert gone == (404, [8000021])


def test_a_domain_belongs_to_one_project(http: httpx.Client, base: str) -> None:
    everything = base.rsplit("/", 1)[0]
    http.post(everything, json={"name": "second", "production_branch": "main"})
    name = {"name": "www.example.com"}
    assert answered(http.post(f"{base}/domains", json=name)) == (200, [])
    assert answered(http.post(f"{base}/domains", json=name)) == (409, [8000018])
    assert answered(http.post(f"{everything}/second/domains", json=name)) == (409, [8000018])
    for wrong in ({}, {"name": ""}, {"name": "localhost"}, {"name": "a b.example"}, {"name": 7}):
        assert answered(http.post(f"{base}/domains", json=wrong)) == (400, [8000001])
    http.delete(base)
    assert answered(http.post(f"{everything}/second/domains", json=name)) == (200, [])


def test_permissions_and_other_accounts(
    served: ServedCloud, account: str, base: str, uploader: Uploader
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    deployment = uploader.deploy({"/index.html": b"one"})["id"]
    one = f"/deployments/{deployment}"
    reader = served.plain(served.token_with("Pages Read"))
    reads = ("", "/domains", "/deployments", one, f"{one}/history/logs")
    writes = (
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/upload-token"),
        ("POST", "/domains"),
        ("POST", "/deployments"),
        ("DELETE", one),
        ("POST", f"{one}/rollback"),
        ("POST", f"{one}/retry"),
        ("POST", "/purge_build_cache"),
    )
    for path in reads:
        assert reader.get(base + path).status_code == 200
    for method, path in writes:
        assert answered(reader.request(method, base + path, json={})) == FORBIDDEN
    stranger = served.plain(served.token_with("Workers Scripts Write"))
    assert answered(stranger.get(base)) == FORBIDDEN
    other = served.plain(served.token_with("Pages Write", accounts=(OTHER_ACCOUNT,)))
    for method, path in (*(("GET", path) for path in reads), *writes):
        assert answered(other.request(method, base + path, json={})) == FORBIDDEN
        theirs = base.replace(account, OTHER_ACCOUNT) + path
        assert answered(other.request(method, theirs, json={})) in (
            (404, [8000007]),
            (400, [8000001]),
            (400, [10026]),
        )
