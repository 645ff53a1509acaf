"""Pages through the official wrangler, by its base URL alone: what it deploys is served."""

from __future__ import annotations

from cloudflare import Cloudflare

from tests.localcloud.pages.conftest import Get
from tests.localcloud.wrangler import Wrangler, needs_wrangler


@needs_wrangler
def test_a_site_is_deployed_and_served(
    wrangler: Wrangler, api: Cloudflare, account: str, get: Get
) -> None:
    wrangler.done("pages", "project", "create", "site", "--production-branch", "main")
    assert "site.pages.dev" in wrangler.done("pages", "project", "list")
    public = wrangler.folder / "public"
    public.mkdir()
    (public / "index.html").write_text("<h1>one</h1>")
    (public / "_headers").write_text("/*\n  X-From: pages\n")
    to = ("--project-name", "site", "--branch")
    wrangler.done("pages", "deploy", "public", *to, "main", "--commit-message", "first")
    answer = get("site.pages.dev")
    assert (answer.text, answer.headers["x-from"]) == ("<h1>one</h1>", "pages")
    (public / "index.html").write_text("<h1>two</h1>")
    out = wrangler.done("pages", "deploy", "public", *to, "feature/x")
    assert "https://feature-x.site.pages.dev" in out
    assert get("feature-x.site.pages.dev").text == "<h1>two</h1>"
    assert get("site.pages.dev").text == "<h1>one</h1>"
    functions = wrangler.folder / "functions"
    functions.mkdir()
    (functions / "api.js").write_text("export const onRequest = () => new Response('fn')\n")
    refused = wrangler.refused("pages", "deploy", "public", *to, "main")
    assert "not served by the local cloud" in refused
    wrangler.done("pages", "project", "delete", "site", "-y")
    assert list(api.pages.projects.list(account_id=account)) == []


@needs_wrangler
def test_deployments_are_listed_deleted_and_uploaded_only_where_they_changed(
    wrangler: Wrangler, api: Cloudflare, account: str, get: Get
) -> None:
    wrangler.done("pages", "project", "create", "site", "--production-branch", "main")
    public = wrangler.folder / "public"
    (public / "docs").mkdir(parents=True)
    (public / "index.html").write_text("<h1>start</h1>")
    (public / "docs" / "a b.html").write_text("<h1>docs</h1>")
    (public / "app.js").write_text("export {};")
    (public / "_redirects").write_text("/old/* /docs/:splat 301\n/shown /docs/a%20b 200\n")
    deploy = ("pages", "deploy", "public", "--project-name", "site", "--branch")
    assert "Uploaded 3 files" in wrangler.done(*deploy, "main")
    assert get("site.pages.dev", "/docs/a%20b").text == "<h1>docs</h1>"
    assert get("site.pages.dev", "/docs/a%20b.html").headers["location"] == "/docs/a%20b"
    assert get("site.pages.dev", "/shown").text == "<h1>docs</h1>"
    assert get("site.pages.dev", "/old/x").headers["location"] == "/docs/x"
    script = get("site.pages.dev", "/app.js")
    assert "javascript" in script.headers["content-type"]
    assert script.headers["x-content-type-options"] == "nosniff"
    (public / "app.js").write_text("export default 1;")
    assert "Uploaded 1 files (2 already uploaded)" in wrangler.done(*deploy, "main")
    wrangler.done(*deploy, "b")
    rows = api.pages.projects.deployments.list("site", account_id=account)
    branches = {row.id: row.deployment_trigger.metadata.branch for row in rows}
    assert list(branches.values()) == ["b", "main", "main"]
    listed = wrangler.done("pages", "deployment", "list", "--project-name", "site")
    assert all(id in listed for id in branches)
    *_, first = branches
    wrangler.done("pages", "deployment", "delete", first, "--project-name", "site", "--force")
    assert get(f"{first[:8]}.site.pages.dev").status_code == 404
    assert get("site.pages.dev", "/app.js").text == "export default 1;"


@needs_wrangler
def test_secrets_and_settings_of_a_project(wrangler: Wrangler) -> None:
    wrangler.done("pages", "project", "create", "site", "--production-branch", "main")
    secret = ("pages", "secret")
    of = ("--project-name", "site")
    wrangler.done(*secret, "put", "KEY", *of, stdin="hush-hush")
    listed = wrangler.done(*secret, "list", *of)
    assert "KEY" in listed
    assert "hush" not in listed
    wrangler.done(*secret, "delete", "KEY", *of)
    assert "KEY" not in wrangler.done(*secret, "list", *of)
    wrangler.done("pages", "download", "config", "site", "--force")
    assert "site" in next(wrangler.folder.glob("wrangler.*")).read_text()
