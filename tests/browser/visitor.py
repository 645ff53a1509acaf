"""Somebody with a browser: opens pages, fills in forms, and has eyes on what should not happen meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.site import DEMO_PASSWORD, Site
from tests.browser.watch import POLICY, Watch

Role = Literal["creator", "investor", "production"]
PORTALS: Final[dict[Role, str]] = {
    "creator": "Your pitches",
    "investor": "Investor's portal",
    "production": "Production portal",
}
ROLE_WORDS: Final[dict[Role, str]] = {
    "creator": "Creator",
    "investor": "Investor",
    "production": "Production company",
}
PASSWORD: Final = "seven lanterns at noon"


@dataclass
class Visitor:
    """`page` is the tab that is looked at; all tabs are watched."""

    site: Site
    context: BrowserContext
    page: Page
    watch: Watch = field(default_factory=Watch)
    _held: list[Route] = field(default_factory=list[Route])

    @staticmethod
    def come(site: Site, context: BrowserContext) -> Visitor:
        context.add_init_script(POLICY)
        visitor = Visitor(site, context, context.new_page())
        visitor.watch.over(visitor.page)
        return visitor

    def another_tab(self) -> Visitor:
        """The same person, the same watch."""
        page = self.context.new_page()
        self.watch.over(page)
        return Visitor(self.site, self.context, page, self.watch)

    def leave(self) -> None:
        """Closes all tabs; what they wait for does not come. Raises `AssertionError` when there was anything to complain of."""
        for route in self._held:
            route.abort("aborted")
        self.context.close()
        self.watch.check()

    def hold(self, pattern: str = "**/api/**") -> Callable[[], None]:
        """Requests of this tab wait from now on, until what is returned is called."""

        def keep(route: Route) -> None:
            self._held.append(route)

        def go_on() -> None:
            while self._held:
                self._held.pop().continue_()
            self.page.unroute(pattern, keep)

        self.page.route(pattern, keep)
        return go_on

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def path(self) -> str:
        """Of the address, with its query."""
        return self.page.url.removeprefix(self.site.url)

    def open(self, path: str = "/") -> None:
        """Loads the page anew, as by its address."""
        self.page.goto(self.site.url + path)
        self.settled()

    def settled(self) -> None:
        """Waits until the page shows what it has asked for."""
        expect(self.main).not_to_have_attribute("aria-busy", "true")
        expect(self.main.locator("h1")).to_be_visible()

    def sees(self, title: str) -> None:
        """The page with this heading, and its title in the browser's tab."""
        expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        expect(self.page).to_have_title(
            "Pitchey" if title == "Pitchey" else f"{title} \N{EN DASH} Pitchey"
        )

    def hears(self, words: str) -> None:
        """What is told to those who do not see a change."""
        expect(self.page.locator("#said")).to_have_text(words)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def fill(self, **values: str) -> None:
        """Fields by their names."""
        for name, value in values.items():
            control = self.main.locator(f"[name={name}]")
            if control.evaluate("one => one.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

    def log_in(self, email: str, role: Role, password: str = DEMO_PASSWORD) -> None:
        """From the page of logins, to the portal."""
        self.open("/log-in")
        self.fill(email=email, password=password)
        self.button("Log in").click()
        self.sees(PORTALS[role])

    def sign_up(self, role: Role, name: str) -> str:
        """Somebody new, in his portal; his email address."""
        email = f"{uuid.uuid4().hex[:12]}@{role}.example"
        self.open("/sign-up")
        self.fill(name=name, email=email, role=role, password=PASSWORD)
        self.button("Sign up").click()
        self.sees(PORTALS[role])
        expect(self.page.locator(".who")).to_have_text(f"{name}, {ROLE_WORDS[role].lower()}")
        return email
