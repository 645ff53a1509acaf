"""The site on a local cloud, and how a test gets to what is behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tests.integration.checkout import Checkout

DEMO_PASSWORD: Final = "popcorn for everyone"
_LIMITS: Final = "rateLimits: {login: 5000/5m, sign-up: 5000/1h, write: 5000/1m, read: 9000/1m, search: 5000/1m, refresh: 5000/5m}"


@dataclass(frozen=True)
class Site:
    """`url` is what `up` shows as `site`, `app` the site at its domain, over HTTPS; `api` is where `url` finds the API."""

    checkout: Checkout
    url: str
    app: str
    api: str
    worker: str

    @staticmethod
    def bring_up(checkout: Checkout) -> Site:
        """All visitors come from one address, and they sign in more often than one household."""
        checkout.edit(
            "Pulumi.staging.yaml", ("  pitchey:worker:\n", f"  pitchey:worker:\n    {_LIMITS}\n")
        )
        outputs: dict[str, Any] = json.loads(checkout.done("up", "staging", "--json"))["outputs"]
        plain, tls = checkout.port + 1, checkout.port + 2
        return Site(
            checkout,
            f"http://{outputs['pagesProject']}.pages.dev.localhost:{plain}",
            f"{outputs['urls']['app']}.localhost:{tls}",
            f"http://{urlsplit(outputs['workerUrl']).hostname}.localhost:{plain}",
            str(outputs["workerName"]),
        )

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> httpx.Response:
        """The API's answer to a client that is no browser."""
        headers = {"host": urlsplit(self.api).netloc, "origin": self.url}
        if token:
            headers["authorization"] = f"Bearer {token}"
        url = f"http://127.0.0.1:{self.checkout.port + 1}{path}"
        return httpx.request(method, url, json=body, headers=headers, timeout=60)

    def token(self, email: str, password: str = DEMO_PASSWORD) -> str:
        """Of a new session."""
        body = {"email": email, "password": password}
        answer = self.ask("POST", "/api/sessions", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["accessToken"])
