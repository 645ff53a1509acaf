"""What the other tests rely on: whatever a page should not do is noticed, and so is what was expected of it and did not happen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Come
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.engine
ELSEWHERE = "() => { new Image().src = 'https://elsewhere.example/a.png'; }"
MARKUP = "() => { try { document.body.innerHTML = '<p>'; } catch {} }"


def _asks(path: str) -> Callable[[Visitor], None]:
    return lambda visitor: visitor.page.evaluate(
        "(url) => fetch(url).catch(() => null)", visitor.site.api + path
    )


def _does(script: str) -> Callable[[Visitor], None]:
    return lambda visitor: visitor.page.evaluate(script)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (_does("() => console.error('broken')"), "error on the console: broken"),
        (_does("() => console.warn('frail')"), "warning on the console: frail"),
        (_does("() => void setTimeout(() => { throw new Error('lost'); })"), "uncaught: "),
        (_does("() => void Promise.reject(new Error('lost'))"), "uncaught: "),
        (_does(ELSEWHERE), "the policy stopped img-src"),
        (_does(MARKUP), "the policy stopped require-trusted-types-for"),
        (_does("() => { document.body.style = 'color: red'; }"), None),
        (_does("() => document.body.setAttribute('style', 'color: red')"), "the policy stopped"),
        (_asks("/api/nothing"), "/api/nothing GET: 404"),
    ],
)  # fmt: skip
def test_what_no_page_should_do_fails_its_test(
    come: Come, does: Callable[[Visitor], None], told: str | None
) -> None:
    visitor = come()
    visitor.open("/log-in")
    does(visitor)
    visitor.page.wait_for_timeout(300)
    found, visitor.watch.found = visitor.watch.found, []
    if told is None:
        assert found == []
    else:
        assert any(told in one for one in found), found


def test_what_was_expected_must_happen(visitor: Visitor) -> None:
    visitor.open("/log-in")
    visitor.watch.expects(404, "/api/nothing")
    with pytest.raises(AssertionError, match="/api/nothing: no 404"):
        visitor.watch.check()
    _asks("/api/nothing")(visitor)
    visitor.watch.check()
