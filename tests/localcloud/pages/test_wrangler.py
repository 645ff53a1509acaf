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
