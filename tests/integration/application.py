"""The application's API as a client sees it: each answer is held against the description that the API gives of itself."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jsonschema

from tests.integration.checkout import Checkout

PASSWORD: Final = "seven-lanterns-at-noon"
_FORMATS: Final = jsonschema.FormatChecker(["uuid"])

_NONE: Final[dict[str, Any]] = {}


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    id: str
    email: str
    role: str
    token: str
    cookie: str
    """The refresh token, as `pitchey-refresh=…`."""


@dataclass
class Api:
    """Asks the Worker at the name of its zone, where the edge keeps answers."""

    client: httpx.Client
    port: int
    host: str
    authority: ssl.SSLContext
    description: dict[str, Any] = field(default_factory=dict)
    seen: set[tuple[str, str, int]] = field(default_factory=set)
    """Method, path as described, status: of each answer that was held against the description."""

    @staticmethod
    def of(checkout: Checkout, outputs: Mapping[str, Any]) -> Api:
        authority = ssl.create_default_context(cafile=str(checkout.home / "ca.pem"))
        client = httpx.Client(verify=authority, timeout=60)
        host = urlsplit(str(outputs["urls"]["api"])).hostname or ""
        api = Api(client, checkout.port + 2, host, authority)
        api.description = api.ask("GET", "/api/openapi.json").json()
        return api

    def close(self) -> None:
        self.client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        by: Person | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        named = {"host": self.host, **(headers or {})}
        if by is not None:
            named["authorization"] = f"Bearer {by.token}"
        url = f"https://127.0.0.1:{self.port}{path}"
        answer = self.client.request(
            method,
            url,
            json=json,
            content=content,
            headers=named,
            extensions={"sni_hostname": self.host},
        )
        self.client.cookies.clear()
        if self.description:
            self._hold(method, path, answer)
        return answer

    def signed_up(self, role: str, name: str) -> Person:
        """Somebody new, with a session."""
        email = f"{name.lower()}@{role}.example"
        body = {"email": email, "name": name, "role": role, "password": PASSWORD}
        made = self.ask("POST", "/api/people", json=body)
        assert made.status_code == 201, made.text
        return self.signed_in(email)

    def signed_in(self, email: str) -> Person:
        """A new session of somebody who has signed up."""
        answer = self.ask("POST", "/api/sessions", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        said = answer.json()
        person = said["person"]
        return Person(
            person["id"], email, person["role"], said["accessToken"], refresh_cookie(answer)
        )

    def _hold(self, method: str, path: str, answer: httpx.Response) -> None:
        """The answer is one that the description has: its status, its type, its content."""
        asked = path.split("?", maxsplit=1)[0]
        found: list[tuple[str, dict[str, Any]]] = [
            (template, operations)
            for template, operations in self.description["paths"].items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), asked)
        ]
        template, operations = min(found, key=lambda each: each[0].count("{"), default=("", _NONE))
        if "problem" in answer.headers.get("content-type", ""):
            self._fits({"$ref": "#/components/schemas/Problem"}, answer.json())
            assert answer.json()["status"] == answer.status_code
        if method.lower() not in operations:
            return
        responses: dict[str, Any] = operations[method.lower()]["responses"]
        where = f"{method} {path}: {answer.status_code}"
        assert str(answer.status_code) in responses, f"{where} is not described"
        content: dict[str, Any] = responses[str(answer.status_code)].get("content", {})
        kind = answer.headers.get("content-type", "").split(";")[0]
        if {"application/json", "application/problem+json"} & content.keys():
            assert kind in content, f"{where} is not described as {kind}"
            self._fits(content[kind]["schema"], answer.json())
        if not content:
            assert answer.content == b""
        self.seen.add((method, template, answer.status_code))

    def _fits(self, schema: Mapping[str, Any], value: object) -> None:
        whole = {**schema, "components": self.description["components"]}
        jsonschema.Draft202012Validator(whole, format_checker=_FORMATS).validate(value)


def refresh_cookie(answer: httpx.Response) -> str:
    """`pitchey-refresh=…` out of an answer's cookies; empty when it is taken away or not set."""
    for cookie in answer.headers.get_list("set-cookie"):
        if found := re.match(r"pitchey-refresh=[^;]+", cookie):
            return found[0]
    return ""
