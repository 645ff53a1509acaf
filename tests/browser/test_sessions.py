"""Who is signed in stays so across reloads, tabs, hours and rollouts, and is nobody any more after a logout."""

from __future__ import annotations

import pytest
from playwright.sync_api import Cookie, Page, expect

from tests.browser.conftest import Come
from tests.browser.site import DEMO_PASSWORD
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.engine
REFRESH = "/api/sessions/refresh"
_KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


def refreshes(page: Page) -> list[str]:
    """Grows with each exchange of the cookie for a token."""
    seen: list[str] = []
    page.on("request", lambda one: seen.append(one.method) if one.url.endswith(REFRESH) else None)
    return seen


def refresh_cookies(visitor: Visitor) -> list[Cookie]:
    """Another one holds the version of the Worker that answers, whoever is signed in."""
    return [one for one in visitor.context.cookies() if "refresh" in one.get("name", "")]


def test_a_reload_and_a_new_tab_find_the_session(visitor: Visitor) -> None:
    visitor.log_in("creator@pitchey.example", "creator")
    visitor.page.reload()
    visitor.sees("Your pitches")
    visitor.open("/creator/pitches/new")
    visitor.sees("Write a pitch")
    other = visitor.another_tab()
    other.open("/creator")
    other.sees("Your pitches")


def test_two_tabs_that_start_at_once_do_not_end_each_others_session(visitor: Visitor) -> None:
    visitor.log_in("investor@pitchey.example", "investor")
    tabs = [visitor, *(visitor.another_tab() for _ in range(3))]
    for _ in range(3):
        for tab in tabs:
            tab.page.goto(f"{visitor.site.url}/investor", wait_until="commit")
        for tab in tabs:
            tab.sees("Investor's portal")


def test_no_script_finds_a_token(visitor: Visitor) -> None:
    tokens: list[str] = []

    def told(body: dict[str, str]) -> None:
        tokens.append(body["accessToken"])

    visitor.open("/log-in")
    visitor.fill(email="investor@pitchey.example", password=DEMO_PASSWORD)
    with visitor.page.expect_response(lambda one: one.url.endswith("/api/sessions")) as answer:
        visitor.button("Log in").click()
    told(answer.value.json())
    visitor.sees("Investor's portal")
    kept = str(visitor.page.evaluate(_KEPT))
    assert tokens[0] not in kept
    assert "pitchey-refresh" not in kept
    (cookie,) = refresh_cookies(visitor)
    assert cookie.get("httpOnly")
    assert cookie.get("value", "-") not in kept


def test_a_token_that_has_run_out_is_exchanged_unnoticed(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.log_in("investor@pitchey.example", "investor")
    seen = refreshes(visitor.page)
    visitor.link("NDAs").click()
    visitor.sees("NDAs")
    assert seen == []
    visitor.page.clock.fast_forward("15:00")
    visitor.link("Your portal").click()
    visitor.sees("Investor's portal")
    assert seen == ["POST"]


def test_a_session_that_is_over_leads_to_the_login_and_back(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.log_in("investor@pitchey.example", "investor")
    visitor.page.clock.fast_forward("15:00")
    visitor.context.clear_cookies()
    visitor.watch.expects(401, REFRESH)
    visitor.link("NDAs").click()
    visitor.sees("Log in")
    expect(visitor.link("Sign up").first).to_be_visible()
    visitor.fill(email="investor@pitchey.example", password=DEMO_PASSWORD)
    visitor.button("Log in").click()
    visitor.sees("NDAs")


def test_what_was_written_outlives_the_session(come: Come) -> None:
    visitor = come()
    visitor.page.clock.install()
    visitor.log_in("creator@pitchey.example", "creator")
    visitor.open("/creator/pitches/new")
    words = {"title": "Kept", "logline": "Kept too.", "genre": "Drama", "budget": "1"}
    visitor.fill(**words)
    visitor.page.clock.fast_forward("15:00")
    visitor.context.clear_cookies()
    visitor.watch.expects(401, REFRESH)
    visitor.button("Keep").click()
    trouble = visitor.main.get_by_role("alert")
    expect(trouble).to_contain_text("log in again")
    for name, value in words.items():
        expect(visitor.main.locator(f"[name={name}]")).to_have_value(value)
    # In another tab, for instance.
    other = visitor.another_tab()
    other.log_in("creator@pitchey.example", "creator")
    visitor.button("Keep").click()
    visitor.sees("Edit Kept")


def test_a_logout_leaves_nothing_in_any_tab(visitor: Visitor) -> None:
    visitor.log_in("creator@pitchey.example", "creator")
    other = visitor.another_tab()
    other.open("/creator")
    visitor.link("NDAs").click()
    visitor.sees("NDAs")
    visitor.button("Log out").click()
    visitor.sees("Pitches")
    expect(visitor.link("Log in")).to_be_visible()
    assert refresh_cookies(visitor) == []
    assert visitor.page.evaluate("localStorage.length") == 0
    # What the other tab showed was for whoever was signed in.
    other.sees("Log in")
    expect(other.link("Sign up").first).to_be_visible()
    visitor.page.go_back()
    visitor.sees("Log in")
    visitor.open("/creator")
    visitor.sees("Log in")


def test_another_person_in_one_tab_is_the_person_in_all(visitor: Visitor) -> None:
    visitor.log_in("creator@pitchey.example", "creator")
    other = visitor.another_tab()
    other.open("/creator")
    visitor.log_in("investor@pitchey.example", "investor")
    other.sees("This page is not yours")
    expect(other.page.locator(".who")).to_contain_text("investor")
    other.link("Your portal").click()
    other.sees("Investor's portal")


def test_the_site_at_its_domain_keeps_its_session_too(come: Come) -> None:
    visitor = come(ignore_https_errors=True)
    visitor.page.goto(f"{visitor.site.app}/log-in")
    visitor.settled()
    visitor.fill(email="production@pitchey.example", password=DEMO_PASSWORD)
    visitor.button("Log in").click()
    visitor.sees("Production portal")
    visitor.page.reload()
    visitor.sees("Production portal")
    (cookie,) = refresh_cookies(visitor)
    assert cookie.get("secure")
    visitor.button("Log out").click()
    visitor.sees("Pitches")
    assert refresh_cookies(visitor) == []


@pytest.mark.timeout(400)
def test_a_rollout_between_two_clicks_signs_nobody_out(visitor: Visitor) -> None:
    checkout = visitor.site.checkout

    def serves() -> str:
        return str(visitor.site.ask("GET", "/version").json()["id"])

    visitor.log_in("creator@pitchey.example", "creator")
    visitor.open("/creator/pitches/new")
    seen = refreshes(visitor.page)
    visitor.fill(title="Begun Before", logline="Kept after.", genre="Drama", budget="1")
    stable = serves()
    source = checkout.folder / "worker/src/index.ts"
    source.write_text(source.read_text() + "Object.assign(globalThis, { rolled: 1 });\n")
    checkout.done("up", "staging")
    checkout.done("split", "staging", "uploaded=100")
    assert serves() != stable
    visitor.button("Keep").click()
    visitor.sees("Edit Begun Before")
    assert seen == []
    visitor.page.reload()
    visitor.sees("Edit Begun Before")
    checkout.done("rollback", "staging", "--reason", "a test of sessions")
    assert serves() == stable
    visitor.fill(title="Ended After")
    visitor.button("Keep changes").click()
    visitor.sees("Edit Ended After")
    visitor.page.reload()
    visitor.sees("Edit Ended After")
