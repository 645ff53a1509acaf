"""Assets of Workers and sites of Pages, as Cloudflare serves them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from localcloud.edge.model import (
    EdgeState,
    PagesFile,
    PagesHeaders,
    PagesRedirect,
    PagesSite,
    Version,
)
from tests.localcloud.edge.conftest import Local, binding, deployment, state, version

_WORKER = """
export default { async fetch(request, env) {
  const url = new URL(request.url);
  if (url.pathname.startsWith("/through")) return env.ASSETS.fetch(new URL("/page", url));
  return new Response("worker", { headers: { "x-by": "worker" } });
} };
"""


def _stored(local: Local, files: dict[str, bytes]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for path, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        local.blobs[digest] = content
        kept[path] = digest
    return kept


def _with_assets(local: Local, files: dict[str, bytes], **more: Any) -> Version:
    bound = [binding("ASSETS", "assets")]
    return version(_WORKER, bindings=bound, assets=_stored(local, files), **more)


async def test_an_asset_is_served_first_and_everything_else_by_the_worker(local: Local) -> None:
    files = {"/page.html": b"<h1>page</h1>", "/css/site.css": b"body{}", "/index.html": b"start"}
    serving = _with_assets(local, files)
    assert (await local.edge.check_start(serving)).error is None
    await local.edge.apply(state(deployment((serving, 100))))
    css = await local.get("/css/site.css")
    assert (css.content, css.headers["content-type"]) == (b"body{}", "text/css; charset=utf-8")
    assert (
        await local.get("/css/site.css", headers={"if-none-match": css.headers["etag"]})
    ).status_code == 304
    assert await local.text("/") == "start"
    assert await local.text("/page") == "<h1>page</h1>"
    assert (await local.get("/page.html")).headers["location"] == "/page"
    assert await local.text("/api") == "worker"
    assert await local.text("/through") == "<h1>page</h1>"


async def test_the_worker_may_run_before_its_assets(local: Local) -> None:
    serving = _with_assets(
        local, {"/index.html": b"start"}, assets_config={"run_worker_first": True}
    )
    await local.edge.apply(state(deployment((serving, 100))))
    assert await local.text("/") == "worker"


async def test_a_version_of_assets_alone_serves_them(local: Local) -> None:
    serving = replace(
        _with_assets(local, {"/index.html": b"start"}), modules=(), main_module="", bindings=()
    )
    await local.edge.apply(state(deployment((serving, 100))))
    assert await local.text("/") == "start"
    assert (await local.get("/none")).status_code == 404


def _site(local: Local, host: str, files: dict[str, bytes], **rules: Any) -> PagesSite:
    kept = {
        path: PagesFile(digest, "text/html; charset=utf-8")
        for path, digest in _stored(local, files).items()
    }
    return PagesSite((host,), kept, **rules)


async def test_pages_serves_each_site_on_its_hosts(local: Local) -> None:
    one = _site(local, "one.pages.dev", {"/index.html": b"one", "/404.html": b"not here"})
    two = _site(
        local,
        "two.pages.dev",
        {"/index.html": b"two"},
        headers=(PagesHeaders("/*", (("x-from", "pages"),)),),
        redirects=(PagesRedirect("/old", "/new", 301),),
    )
    await local.edge.apply(EdgeState(sites=(one, two)))
    assert await local.text("/", "one.pages.dev.localhost:4801") == "one"
    missing = await local.get("/missing", "one.pages.dev")
    assert (missing.status_code, missing.text) == (404, "not here")
    # Without a page 404.html every path is the start page of a single-page application.
    assert await local.text("/deep/path", "two.pages.dev") == "two"
    assert (await local.get("/", "two.pages.dev")).headers["x-from"] == "pages"
    assert (await local.get("/old", "two.pages.dev")).headers["location"] == "/new"
    newer = _site(local, "one.pages.dev", {"/index.html": b"newer"})
    await local.edge.apply(EdgeState(sites=(newer, two)))
    assert await local.text("/", "one.pages.dev") == "newer"
    await local.edge.apply(EdgeState())
    assert (await local.get("/", "one.pages.dev")).status_code == 404
