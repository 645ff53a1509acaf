"""Without a mouse: every control is reached in the order in which it is read, seen when it is reached, used, and left again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.site import DEMO_PASSWORD
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.engine

_STOP = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inView = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  const label = at.labels?.[0]?.textContent ?? at.getAttribute("aria-label") ?? at.textContent;
  return { name: label.trim(), tag: at.tagName.toLowerCase(), seen: ringed && inView };
}"""
_CONTROLS = (
    """() => [...document.querySelectorAll("a[href], button, input, select, textarea")].length"""
)


def press(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


def stops(visitor: Visitor, key: str = "Tab", most: int = 200) -> list[str]:
    """What is reached from here until focus leaves the page; each stop must be seen."""
    names: list[str] = []
    for _ in range(most):
        press(visitor, key)
        stop = visitor.page.evaluate(_STOP)
        if stop is None:
            return names
        assert stop["seen"], f"{stop['tag']} {stop['name']!r} has focus and does not show it"
        names.append(stop["name"])
    pytest.fail(f"focus never leaves the page: …{names[-5:]}")


def tab_to(visitor: Visitor, name: str) -> None:
    """By the tabulator alone."""
    for _ in range(200):
        press(visitor, "Tab")
        stop = visitor.page.evaluate(_STOP)
        if stop is not None and stop["name"] == name:
            return
    pytest.fail(f"{name} is not reached")


def expect_focus_on_heading(visitor: Visitor, title: str) -> None:
    visitor.sees(title)
    expect(visitor.page.locator("h1")).to_be_focused()


def test_the_catalogue_is_reached_in_the_order_in_which_it_is_read(visitor: Visitor) -> None:
    visitor.open()
    names = stops(visitor)
    assert names[:9] == [
        *("Skip to content", "Pitchey", "Pitches", "Log in", "Sign up"),
        *("Words (optional)", "Genre (optional)", "Format (optional)", "Search"),
    ]
    assert names[9:15] == visitor.main.locator(".card a").all_inner_texts()[:6]
    assert names[-1] == "Show more"
    assert len(names) == visitor.page.evaluate(_CONTROLS)
    # This way round the browser has no place of its own between the first and the last.
    assert stops(visitor, "Shift+Tab")[: len(names)] == names[::-1]


@pytest.mark.parametrize(
    "path", ["/log-in", "/sign-up", "/creator/pitches/new", "/creator", "/ndas"]
)
def test_no_page_holds_the_focus(visitor: Visitor, path: str) -> None:
    visitor.log_in("creator@pitchey.example", "creator")
    visitor.open(path)
    names = stops(visitor)
    assert names[0] == "Skip to content"
    assert len(names) == visitor.page.evaluate(_CONTROLS)


def test_the_way_past_the_banner_keeps_what_was_typed(visitor: Visitor) -> None:
    visitor.open("/sign-up")
    visitor.fill(name="Ada")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.locator("body").evaluate("() => document.activeElement.blur()")
    visitor.page.locator(".skip").focus()
    expect(visitor.page.locator(".skip")).to_be_in_viewport()
    press(visitor, "Enter")
    expect(visitor.main).to_be_focused()
    press(visitor, "Tab")
    expect(visitor.main.locator("[name=name]")).to_be_focused()
    expect(visitor.main.locator("[name=name]")).to_have_value("Ada")
    assert [url for url in asked if "/api/" in url] == []


def test_an_investor_needs_no_mouse(visitor: Visitor) -> None:
    visitor.open()
    tab_to(visitor, "Log in")
    press(visitor, "Enter")
    expect_focus_on_heading(visitor, "Log in")
    press(visitor, "Tab")
    visitor.page.keyboard.type("investor@pitchey.example")
    press(visitor, "Tab")
    visitor.page.keyboard.type(DEMO_PASSWORD)
    press(visitor, "Enter")
    expect_focus_on_heading(visitor, "Investor's portal")
    press(visitor, "Tab", "Enter")
    expect_focus_on_heading(visitor, "Pitches")
    tab_to(visitor, "Format (optional)")
    press(visitor, "ArrowDown", "ArrowDown")
    tab_to(visitor, "Search")
    press(visitor, "Space")
    expect_focus_on_heading(visitor, "Pitches found")
    expect(visitor.main.locator("[name=format]")).to_have_value("series")
    title = visitor.main.locator(".card a").first.inner_text()
    tab_to(visitor, title)
    press(visitor, "Enter")
    expect_focus_on_heading(visitor, title)
    tab_to(visitor, "Save")
    press(visitor, "Space")
    visitor.hears(f"{title} is saved")
    expect(visitor.page.locator("h1")).to_be_focused()
    tab_to(visitor, "Remove from saved")
    press(visitor, "Enter")
    visitor.hears(f"{title} is not saved any more")
    press(visitor, "Shift+Tab")
    tab_to(visitor, "Log out")
    press(visitor, "Enter")
    expect_focus_on_heading(visitor, "Pitches")
    expect(visitor.link("Log in")).to_be_visible()


def test_what_is_wrong_is_reached_from_above_and_each_field_from_there(visitor: Visitor) -> None:
    visitor.open("/sign-up")
    tab_to(visitor, "Name")
    press(visitor, "Enter")
    trouble = visitor.main.get_by_role("alert")
    expect(trouble).to_be_focused()
    expect(trouble).to_contain_text("Some of this is not as it must be:")
    press(visitor, "Tab", "Tab")
    expect(visitor.page.get_by_role("link", name="Email address: this is needed")).to_be_focused()
    press(visitor, "Enter")
    field = visitor.main.locator("[name=email]")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("this is needed")


def _back(visitor: Visitor) -> None:
    visitor.page.go_back()


def _follow(visitor: Visitor) -> None:
    visitor.link("Pitches").click()


@pytest.mark.parametrize("leave", [_back, _follow])
def test_focus_follows_to_each_page(visitor: Visitor, leave: Callable[[Visitor], None]) -> None:
    visitor.open()
    assert visitor.page.evaluate("document.activeElement === document.body")
    visitor.link("Sign up").click()
    expect_focus_on_heading(visitor, "Sign up")
    leave(visitor)
    expect_focus_on_heading(visitor, "Pitches")
