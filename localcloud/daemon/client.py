"""What a command asks of a running daemon."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Generator, Iterator
from typing import Any, Final
from urllib.parse import urlencode

from localcloud.daemon import lifecycle
from localcloud.daemon.home import Home
from localcloud.daemon.record import CONTROL
from localcloud.errors import LocalCloudError, LocalCloudFailedError

Json = dict[str, Any]
_SECONDS: Final = 600.0
"""A snapshot of a large state takes its time."""
_REFUSED: Final = range(400, 500)


class DaemonClient:
    """Raises `LocalCloudError` with the daemon's own words for what it refuses, and when there is no daemon."""

    def __init__(self, home: Home) -> None:
        record = lifecycle.find(home)
        if record is None:
            raise LocalCloudError(
                "the local cloud is not running; start it with `pitchey local up`"
            )
        self._port = record.port
        self._home = home

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 (JSON)
        return self._ask("GET", path, query=query)

    def post(self, path: str, body: Json | None = None) -> Any:  # noqa: ANN401 (JSON)
        return self._ask("POST", path, body=body)

    def delete(self, path: str, **query: str) -> Any:  # noqa: ANN401 (JSON)
        return self._ask("DELETE", path, query=query)

    def lines(self, path: str, **query: str) -> Iterator[Json]:
        """JSON values, one a line, as they come; until the daemon ends."""
        timeout = None if query.get("follow") == "1" else _SECONDS
        with self._request("GET", path, query=query, timeout=timeout) as response:
            try:
                while line := response.readline():
                    yield json.loads(line)
            except (http.client.HTTPException, OSError):
                return

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Json | None = None,
    ) -> Any:  # noqa: ANN401 (JSON)
        with self._request(method, path, query=query, body=body) as response:
            return json.loads(response.read())

    @contextlib.contextmanager
    def _request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Json | None = None,
        timeout: float | None = _SECONDS,
    ) -> Generator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        target = f"{CONTROL}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {
            "authorization": f"Bearer {self._home.token.read_text(encoding='utf-8').strip()}"
        }
        try:
            try:
                connection.request(method, target, json.dumps(body or {}), headers)
                response = connection.getresponse()
            except OSError as error:
                raise LocalCloudFailedError(
                    f"the local cloud does not answer on port {self._port}: {error}; "
                    "see its log with `pitchey local logs`, or start it anew: `pitchey local down`, then `up`"
                ) from error
            if response.status != 200:
                raise _refusal(response)
            yield response
        finally:
            connection.close()


def _refusal(response: http.client.HTTPResponse) -> LocalCloudError:
    try:
        text = str(json.loads(response.read())["error"])
    except (ValueError, KeyError, TypeError):
        text = f"the local cloud failed (HTTP {response.status}); its own log tells why"
    return (LocalCloudError if response.status in _REFUSED else LocalCloudFailedError)(text)
