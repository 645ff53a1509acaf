"""What a visitor is told when the API is down, slow, or refuses: in plain words, with a way on, and never for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.site import DEMO_PASSWORD, Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.engine
UNREACHABLE = "Pitchey cannot be reached at the moment; check your connection and try again."


@pytest.fixture
def faults(site: Site) -> Callable[[str], None]:
    """Turns a fault of the local cloud on."""

    def add(effect: str) -> None:
        site.checkout.done("local", "faults", "add", effect)

    return add


@pytest.fixture(autouse=True)
def mended(site: Site) -> None:
    """Nothing is left of the test before."""
    site.checkout.done("local", "faults", "clear")


def test_without_the_api_each_page_says_so_and_goes_on_when_it_is_back(visitor: Visitor) -> None:
    visitor.watch.expects(0, "/api/pitches")
    visitor.watch.expects(0, "/api/pitches/trending")
    visitor.page.route("**/api/**", lambda route: route.abort())
    visitor.open("/")
    visitor.sees("That did not work")
    expect(visitor.main.get_by_role("alert")).to_have_text(UNREACHABLE)
    expect(visitor.link("Log in")).to_be_visible()
    visitor.button("Try again").click()
    visitor.sees("That did not work")
    visitor.page.unroute_all()
    visitor.button("Try again").click()
    visitor.sees("Pitches")
    expect(visitor.page.locator("h1")).to_be_focused()


def test_a_form_that_is_not_answered_keeps_what_was_typed(visitor: Visitor) -> None:
    visitor.open("/log-in")
    visitor.fill(email="investor@pitchey.example", password=DEMO_PASSWORD)
    visitor.watch.expects(0, "/api/sessions")
    visitor.context.set_offline(True)
    visitor.button("Log in").click()
    expect(visitor.main.get_by_role("alert")).to_have_text(UNREACHABLE)
    visitor.context.set_offline(False)
    visitor.button("Log in").click()
    visitor.sees("Investor's portal")


def test_a_visitor_without_a_network_is_still_signed_in_when_it_is_back(visitor: Visitor) -> None:
    visitor.log_in("investor@pitchey.example", "investor")
    visitor.watch.expects(0, "/api/sessions/refresh")
    visitor.page.route("**/api/**", lambda route: route.abort())
    visitor.open("/investor")
    visitor.sees("That did not work")
    visitor.page.unroute_all()
    visitor.button("Try again").click()
    visitor.sees("Investor's portal")
    expect(visitor.page.locator(".who")).to_be_visible()


def test_without_its_database_the_site_says_when_to_come_back(
    visitor: Visitor, site: Site, faults: Callable[[str], None]
) -> None:
    visitor.open("/log-in")
    visitor.fill(email="investor@pitchey.example", password=DEMO_PASSWORD)
    faults("postgres-down")
    visitor.watch.expects(503, "/api/sessions")
    visitor.button("Log in").click()
    trouble = visitor.main.get_by_role("alert")
    expect(trouble).to_contain_text("Try again in")
    for word in ("postgres", "sql", "undefined", "Error"):
        assert word not in trouble.inner_text()
    site.checkout.done("local", "faults", "clear")
    # Its breaker lets somebody try after a few seconds.
    for _ in range(30):
        with visitor.page.expect_response(site.api + "/api/sessions") as answer:
            visitor.button("Log in").click()
        if answer.value.ok:
            break
        visitor.page.wait_for_timeout(1000)
    visitor.sees("Investor's portal")


def test_too_many_tries_are_told_with_the_time_to_wait(visitor: Visitor) -> None:
    headers = {
        "access-control-allow-origin": visitor.site.url,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "retry-after",
        "content-type": "application/problem+json",
        "retry-after": "37",
    }
    body = '{"title": "Too many requests", "status": 429, "detail": "too many tries"}'
    visitor.page.route(
        "**/api/sessions", lambda route: route.fulfill(status=429, headers=headers, body=body)
    )
    visitor.watch.expects(429, "/api/sessions")
    visitor.open("/log-in")
    visitor.fill(email="investor@pitchey.example", password=DEMO_PASSWORD)
    visitor.button("Log in").click()
    expect(visitor.main.get_by_role("alert")).to_have_text(
        "Too many tries. Try again in 37 seconds."
    )


def test_what_is_slow_is_seen_and_told_to_be_coming(visitor: Visitor) -> None:
    visitor.open("/log-in")
    go_on = visitor.hold()
    visitor.link("Pitches").click()
    expect(visitor.main).to_have_attribute("aria-busy", "true")
    expect(visitor.main).to_have_attribute("data-slow", "")
    visitor.hears("Loading")
    told = visitor.main.evaluate("(main) => getComputedStyle(main, '::before').content")
    assert "Loading" in told
    go_on()
    visitor.sees("Pitches")
    expect(visitor.main).not_to_have_attribute("data-slow", "")
    visitor.hears("")


def test_what_is_slow_at_first_is_told_too(visitor: Visitor) -> None:
    visitor.log_in("investor@pitchey.example", "investor")
    go_on = visitor.hold("**/api/sessions/refresh")
    visitor.page.goto(f"{visitor.site.url}/investor")
    expect(visitor.main).to_have_attribute("data-slow", "")
    visitor.hears("Loading")
    go_on()
    visitor.sees("Investor's portal")
    visitor.hears("")


def test_a_visitor_who_goes_on_is_not_brought_back_by_what_was_slow(visitor: Visitor) -> None:
    visitor.open("/log-in")
    go_on = visitor.hold()
    visitor.link("Pitches").click()
    expect(visitor.main).to_have_attribute("data-slow", "")
    visitor.link("Sign up").first.click()
    visitor.sees("Sign up")
    go_on()
    visitor.page.wait_for_timeout(500)
    visitor.sees("Sign up")
    expect(visitor.main).not_to_have_attribute("data-slow", "")


def test_a_step_back_is_not_undone_by_the_page_that_was_on_its_way(visitor: Visitor) -> None:
    visitor.open("/log-in")
    go_on = visitor.hold()
    visitor.link("Pitches").click()
    expect(visitor.main).to_have_attribute("data-slow", "")
    visitor.page.go_back()
    expect(visitor.main).not_to_have_attribute("aria-busy", "true")
    go_on()
    visitor.page.wait_for_timeout(500)
    visitor.sees("Log in")
    assert visitor.path == "/log-in"


def test_a_button_is_pressed_once_however_often_it_is_pressed(visitor: Visitor) -> None:
    visitor.open("/log-in")
    visitor.fill(email="investor@pitchey.example", password=DEMO_PASSWORD)
    sent: list[str] = []
    visitor.page.on(
        "request", lambda one: sent.append(one.method) if one.url.endswith("/sessions") else None
    )
    go_on = visitor.hold()
    for _ in range(3):
        # Like a finger: without waiting until the button can be used again.
        visitor.button("Log in").click(force=True)
    expect(visitor.button("Log in")).to_have_attribute("aria-disabled", "true")
    go_on()
    visitor.sees("Investor's portal")
    assert sent == ["POST"]
