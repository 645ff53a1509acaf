"""The public catalogue: lists, search, a pitch, more of them, addresses that lead nowhere, and the browser's own buttons."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.engine


def test_strangers_see_what_is_in_demand_and_what_is_new(visitor: Visitor) -> None:
    visitor.open()
    visitor.sees("Pitches")
    expect(visitor.page.get_by_role("region", name="In demand").locator(".card")).to_have_count(6)
    newest = visitor.page.get_by_role("region", name="Newest").locator(".card")
    expect(newest).to_have_count(24)
    title = newest.first.locator("h3").inner_text()
    newest.first.get_by_role("link").click()
    visitor.sees(title)
    expect(visitor.main).to_contain_text("These are for whoever has agreed to an NDA.")
    visitor.main.get_by_role("link", name="Log in").click()
    visitor.sees("Log in")
    # Back to the pitch that was looked at.
    visitor.fill(email="investor@pitchey.example", password="popcorn for everyone")
    visitor.button("Log in").click()
    visitor.sees(title)
    expect(visitor.button("Ask for an NDA")).to_be_visible()


def test_more_are_brought_without_losing_the_place(visitor: Visitor) -> None:
    visitor.open()
    cards = visitor.page.get_by_role("region", name="Newest").locator(".card")
    visitor.button("Show more").click()
    expect(cards).to_have_count(48)
    expect(cards.nth(24).get_by_role("link")).to_be_focused()
    visitor.hears("24 entries more")
    titles = [card.get_by_role("link").get_attribute("href") for card in cards.all()]
    assert len(set(titles)) == 48


def test_a_search_is_in_the_address_and_finds_what_it_says(visitor: Visitor) -> None:
    visitor.open()
    visitor.fill(q="  letters ", genre="drama", format="series")
    visitor.button("Search").click()
    visitor.sees("Pitches found")
    assert parse_qs(urlsplit(visitor.page.url).query) == {
        "q": ["letters"],
        "genre": ["drama"],
        "format": ["series"],
    }
    for card in visitor.main.locator(".card").all():
        expect(card).to_contain_text("Series")
        expect(card).to_contain_text("drama", ignore_case=True)
    visitor.page.reload()
    visitor.sees("Pitches found")
    assert visitor.main.locator("[name=q]").input_value() == "letters"
    assert visitor.main.locator("[name=format]").input_value() == "series"
    visitor.fill(q="zzyzx-is-nowhere")
    visitor.main.locator("[name=q]").press("Enter")
    expect(visitor.main).to_contain_text("No pitch is like that.")


def test_the_browsers_buttons_work_as_on_any_site(visitor: Visitor) -> None:
    visitor.open()
    link = visitor.page.get_by_role("region", name="Newest").locator(".card a").nth(20)
    title = link.inner_text()
    link.scroll_into_view_if_needed()
    place = visitor.page.evaluate("scrollY")
    assert place > 0
    link.click()
    visitor.sees(title)
    assert visitor.page.evaluate("scrollY") == 0
    visitor.page.go_back()
    visitor.sees("Pitches")
    expect(visitor.link(title).last).to_be_in_viewport()
    assert visitor.page.evaluate("scrollY") == place
    visitor.page.go_forward()
    visitor.sees(title)
    visitor.page.reload()
    visitor.sees(title)
    visitor.page.go_back()
    visitor.sees("Pitches")


def test_the_same_search_again_is_no_step_back(visitor: Visitor) -> None:
    visitor.open("/log-in")
    visitor.link("Pitches").click()
    visitor.sees("Pitches")
    for _ in range(3):
        visitor.link("Pitches").click()
        visitor.settled()
    visitor.page.go_back()
    visitor.sees("Log in")


@pytest.mark.parametrize("path", ["/nothing", "/pitches", "/creator/pitches/a/b", "/%00"])
def test_an_address_that_leads_nowhere_says_so(visitor: Visitor, path: str) -> None:
    visitor.watch.expects(404, path)
    visitor.open(path)
    visitor.sees("Nothing is here")
    visitor.link("See all pitches").click()
    visitor.sees("Pitches")


@pytest.mark.parametrize("id", ["no-id", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "a%2Fb"])
def test_a_pitch_that_is_not_there_says_so(visitor: Visitor, id: str) -> None:
    visitor.watch.expects(404, f"/api/pitches/{id}")
    visitor.open(f"/pitches/{id}")
    visitor.sees("Nothing is here")


def test_links_open_in_another_tab_when_the_visitor_wants_it(visitor: Visitor) -> None:
    visitor.open()
    link = visitor.main.locator(".card a").first
    title = link.inner_text()
    with visitor.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text(title)
    visitor.sees("Pitches")
