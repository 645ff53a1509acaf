"""What a browser gets of a site: addresses of pages, what is not found, headers, redirects, previews."""

from __future__ import annotations

from typing import Any

import pytest
from cloudflare import Cloudflare

from tests.localcloud.pages.conftest import PROJECT, Get, Uploader

_PAGES = {
    "/index.html": b"start",
    "/about.html": b"about",
    "/docs/index.html": b"docs",
    "/docs/404.html": b"no such doc",
    "/both": b"plain",
    "/both.html": b"page",
    "/css/a.css": b"body{}",
    "/nü ss%.txt": b"nuts",
    "/404.html": b"nothing here",
}


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/", 200, "start"),
        ("/index", 308, "/"),
        ("/index.html", 308, "/"),
        ("/index.html?a=1", 308, "/?a=1"),
        ("/about", 200, "about"),
        ("/about/", 308, "/about"),
        ("/about.html?a=1&b", 308, "/about?a=1&b"),
        ("/docs", 308, "/docs/"),
        ("/docs/", 200, "docs"),
        ("/docs/index", 308, "/docs/"),
        ("/docs/index/", 308, "/docs/"),
        ("/docs/index.html", 308, "/docs/"),
        ("/both", 200, "plain"),
        ("/both.html", 200, "page"),
        ("/css/a.css", 200, "body{}"),
        ("/n%C3%BC%20ss%25.txt", 200, "nuts"),
        ("/missing", 404, "nothing here"),
        ("/css/", 404, "nothing here"),
        ("/docs/missing/deeper", 404, "no such doc"),
        ("/docs/../about", 200, "about"),
        ("/%2e%2e/about", 200, "about"),
        ("/%", 404, "nothing here"),
        ("//evil.example/index", 308, "/evil.example/"),
        ("/%5Cevil.example/index", 308, "/evil.example/"),
    ],
)
def test_every_page_has_one_address(site: Get, path: str, status: int, told: str) -> None:
    answer = site("site.pages.dev", path)
    assert answer.status_code == status
    assert (answer.headers["location"] if status == 308 else answer.text) == told


@pytest.fixture
def site(uploader: Uploader, get: Get) -> Get:
    uploader.deploy(_PAGES)
    return get


def test_an_application_of_one_page_is_shown_on_every_path(uploader: Uploader, get: Get) -> None:
    uploader.deploy({"/index.html": b"app", "/sub/404.html": b"not in sub"})
    assert get("site.pages.dev", "/any/where").text == "app"
    assert get("site.pages.dev", "/any/where").status_code == 200
    assert get("site.pages.dev", "/sub/where").status_code == 404
    uploader.deploy({"/only.html": b"only"})
    nothing = get("site.pages.dev", "/any")
    assert (nothing.status_code, nothing.content) == (404, b"")


def test_answers_have_the_headers_of_pages(site: Get) -> None:
    page = site("site.pages.dev", "/about")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert page.headers["access-control-allow-origin"] == "*"
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-length"] == "5"
    missing = site("site.pages.dev", "/missing")
    assert missing.headers["content-type"] == "text/html; charset=utf-8"
    assert "etag" not in missing.headers
    assert "cache-control" not in missing.headers


def test_a_browser_that_has_the_page_is_told_so(site: Get) -> None:
    etag = site("site.pages.dev", "/about").headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = site("site.pages.dev", "/about", headers={"if-none-match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert site("site.pages.dev", "/about", headers={"if-none-match": '"other"'}).status_code == 200
    assert site("site.pages.dev", "/", headers={"if-none-match": etag}).status_code == 200


def test_a_range_is_answered_with_the_whole_file(site: Get) -> None:
    for asked in ({"range": "bytes=0-1"}, {"authorization": "Basic eDp5"}):
        answer = site("site.pages.dev", "/about", headers=asked)
        assert (answer.status_code, answer.text) == (200, "about")
        assert "cache-control" not in answer.headers


def test_a_head_has_no_body_and_nothing_else_is_allowed(site: Get) -> None:
    head = site("site.pages.dev", "/about", method="HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "5")
    assert site("site.pages.dev", "/missing", method="HEAD").status_code == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert site("site.pages.dev", "/about", method=method).status_code == 405


def test_headers_are_attached_joined_and_detached(uploader: Uploader, get: Get) -> None:
    rules = b"""
/*
  X-All: one
  X-Robots-Tag: all
  Access-Control-Allow-Origin: https://a.example
/secret/*
  X-All: two :splat
  ! X-Robots-Tag
  ! Referrer-Policy
/movies/:title/:part
  X-Title: :title (:part) :other
https://:project.pages.dev/movies/*
  X-Project: :project
https://elsewhere.example/*
  X-Elsewhere: yes
"""
    pages = {"/index.html": b"start", "/404.html": b"no", "/secret/plan.html": b"plan"}
    uploader.deploy(pages, _headers=rules)
    start = get("site.pages.dev").headers
    assert (start["x-all"], start["x-robots-tag"]) == ("one", "all")
    assert start["access-control-allow-origin"] == "https://a.example"
    assert "x-elsewhere" not in start
    plan = get("site.pages.dev", "/secret/plan").headers
    assert plan["x-all"] == "one, two plan"
    assert "x-robots-tag" not in plan
    assert "referrer-policy" not in plan
    movie = get("site.pages.dev", "/movies/alien/2")
    assert (movie.status_code, movie.headers["x-title"]) == (404, "alien (2) :other")
    assert movie.headers["x-project"] == "site"
    assert "x-title" not in get("site.pages.dev", "/movies/alien/2/3").headers
    moved = get("site.pages.dev", "/secret/plan.html")
    assert (moved.status_code, moved.headers["x-all"]) == (308, "one, two plan.html")


def test_redirects_go_before_files_and_the_first_is_obeyed(uploader: Uploader, get: Get) -> None:
    rules = b"""
/about /elsewhere?from=about 301
/about /never
/found /a
/other /b 303
/temporary /c 307
/permanent /d#part 308
/out https://out.example/x
/movies/:title /media/:title?t=:title 301
/blog/* https://blog.example/:splat
/blog/fixed /never
/app/* /about 200
/dir /docs/index.html 200
"""
    uploader.deploy(_PAGES, _redirects=rules)

    def led(path: str) -> tuple[int, str | None]:
        answer = get("site.pages.dev", path)
        return answer.status_code, answer.headers.get("location")

    assert led("/about") == (301, "/elsewhere?from=about")
    assert led("/about?a=1") == (301, "/elsewhere?from=about")
    assert led("/found?a=1") == (302, "/a?a=1")
    assert led("/other") == (303, "/b")
    assert led("/temporary") == (307, "/c")
    assert led("/permanent?a=1") == (308, "/d?a=1#part")
    assert led("/out?a=1") == (302, "https://out.example/x?a=1")
    assert led("/movies/alien") == (301, "/media/alien?t=alien")
    assert led("/movies/alien/2") == (404, None)
    assert led("/blog/a/b") == (302, "https://blog.example/a/b")
    assert led("/blog/fixed") == (302, "https://blog.example/fixed")
    shown = get("site.pages.dev", "/app/deep")
    assert (shown.status_code, shown.text) == (200, "about")
    assert led("/dir") == (308, "/docs/")
    assert get("site.pages.dev", "/found", method="POST").status_code == 302


def test_previews_are_kept_from_search_engines(
    api: Cloudflare, account: str, uploader: Uploader, get: Get
) -> None:
    api.pages.projects.domains.create(PROJECT, account_id=account, name="www.example.com")
    live = uploader.deploy({"/index.html": b"one"})
    preview = uploader.deploy({"/index.html": b"two"}, branch="feature/X_1")
    for host in ("site.pages.dev", "www.example.com"):
        assert "x-robots-tag" not in get(host).headers
    hosts = [live["url"], preview["url"], *preview["aliases"]]
    assert "https://feature-x-1.site.pages.dev" in hosts
    for url in hosts:
        assert get(url.removeprefix("https://")).headers["x-robots-tag"] == "noindex"


def test_an_alias_follows_its_branch_and_a_branch_without_letters_has_none(
    uploader: Uploader, get: Get
) -> None:
    uploader.deploy({"/index.html": b"old"}, branch="b")
    newer: Any = uploader.deploy({"/index.html": b"new"}, branch="b")
    assert get("b.site.pages.dev").text == "new"
    long = uploader.deploy({"/index.html": b"long"}, branch="a" * 27 + "-and-more")
    assert long["aliases"] == [f"https://{'a' * 27}.site.pages.dev"]
    assert get(f"{'a' * 27}.site.pages.dev").text == "long"
    none = uploader.deploy({"/index.html": b"none"}, branch="___")
    assert none["aliases"] is None
    assert get(newer["url"].removeprefix("https://")).text == "new"


def test_what_is_ignored_of_the_rules_is_told_in_the_log(uploader: Uploader) -> None:
    made = uploader.deploy(
        {"/index.html": b"one"},
        _headers=b"/*\n  X-A: b\n  wrong\n",
        _redirects=b"/a /b 404\n",
    )
    path = f"{uploader.base}/deployments/{made['id']}/history/logs"
    lines = [row["line"] for row in uploader.http.get(path).json()["result"]["data"]]
    assert lines[0] == "1 files were deployed"
    assert any(line.startswith("_headers:3 is ignored") for line in lines)
    assert any(line.startswith("_redirects:1 is ignored") for line in lines)


def test_a_domain_that_points_at_a_branch_shows_the_branch(
    api: Cloudflare, account: str, uploader: Uploader, get: Get
) -> None:
    zone = api.zones.create(account={"id": account}, name="branches.example", type="full")
    assert zone is not None
    for host, target in (("next", "next.site.pages.dev"), ("www", "site.pages.dev")):
        api.dns.records.create(
            zone_id=zone.id, type="CNAME", name=f"{host}.branches.example", content=target, ttl=1, proxied=True
        )  # fmt: skip
        name = f"{host}.branches.example"
        api.pages.projects.domains.create(PROJECT, account_id=account, name=name)
    uploader.deploy({"/index.html": b"live"})
    uploader.deploy({"/index.html": b"next"}, branch="next")
    assert get("www.branches.example").text == "live"
    assert get("next.branches.example").text == "next"
    assert "x-robots-tag" not in get("next.branches.example").headers
