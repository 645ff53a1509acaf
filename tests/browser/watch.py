"""What a page does that no visitor should ever cause: words on its console, requests that fail, what its policy stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

_TOLD_BY_THE_ANSWER: Final = "Failed to load resource"
"""The browser's own words for what is seen as an answer or as a request without one."""
_GIVEN_UP: Final = "net::ERR_ABORTED"
"""By the page itself, whose visitor went on before the answer."""
_LOUD: Final = frozenset({"error", "warning", "assert"})
POLICY: Final = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`the policy stopped ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Watch:
    """Of one visitor. What a test provokes is said with `expects`; it must happen, and nothing else may."""

    found: list[str] = field(default_factory=list[str])
    _expected: dict[tuple[int, str], bool] = field(default_factory=dict[tuple[int, str], bool])

    def expects(self, status: int, path: str) -> None:
        """Answers with this status at this path are part of the test; 0: no answer at all."""
        self._expected[status, path] = False

    def over(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))
        page.on("crash", lambda _: self.found.append("the page crashed"))
        page.on("response", self._answered)
        page.on("requestfailed", self._unanswered)

    def check(self) -> None:
        """Raises `AssertionError`."""
        missing = [
            f"{path}: no {status}" for (status, path), seen in self._expected.items() if not seen
        ]
        if self.found or missing:
            raise AssertionError("; ".join(self.found + missing))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in _LOUD and not message.text.startswith(_TOLD_BY_THE_ANSWER):
            self.found.append(f"{message.type} on the console: {message.text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self._failed(
                answer.status, answer.url, lambda: f"{answer.request.method}: {answer.status}"
            )

    def _unanswered(self, request: Request) -> None:
        why = request.failure or "no reason given"
        if why != _GIVEN_UP:
            self._failed(0, request.url, lambda: f"{request.method}: {why}")

    def _failed(self, status: int, url: str, what: Callable[[], str]) -> None:
        path = urlsplit(url).path
        if (status, path) in self._expected:
            self._expected[status, path] = True
        else:
            self.found.append(f"{path} {what()}")
