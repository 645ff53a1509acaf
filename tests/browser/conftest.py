"""One local cloud for all tests of a session, a browser for a file; a profile of its own for each visitor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import NoChromiumError, find_chromium
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.integration.checkout import Checkout

# The machine may have more to do than this.
_PATIENCE_MILLISECONDS = 30_000
Come = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """No longer than a file: Playwright keeps an event loop running, beside which no other test can have one."""
    try:
        program = find_chromium()
    except NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        # Nothing leaves the machine, whatever proxy it has.
        flags = ["--no-proxy-server", "--disable-dev-shm-usage"]
        launched = playwright.chromium.launch(executable_path=program, args=flags)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    checkout = Checkout.make(tmp_path_factory.mktemp("site") / "pitchey")
    checkout.done("local", "up", "--port", str(checkout.port))
    yield Site.bring_up(checkout)
    checkout.done("down")
    assert checkout.processes() == []


@pytest.fixture
def come(browser: Browser, site: Site) -> Iterator[Come]:
    """A visitor nobody has seen before. Whatever his pages complain of fails the test."""
    visitors: list[Visitor] = []

    def new(**profile: Any) -> Visitor:
        context = browser.new_context(**profile)
        context.set_default_timeout(_PATIENCE_MILLISECONDS)
        visitors.append(Visitor.come(site, context))
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.leave()


@pytest.fixture
def visitor(come: Come) -> Visitor:
    return come()
