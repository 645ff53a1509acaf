"""The fronts: processes that accept from the same listening sockets, so that one core is not all that requests can use.

Each holds the whole table. A change is carried out when all of them have it, and what each has counted is taken together.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

from localcloud.edge.control import order
from localcloud.edge.programs import front_program
from localcloud.edge.sockets import close_unix, listen_unix
from localcloud.edge.supervision import Ground, Supervised

Json = dict[str, Any]
COUNT: Final = 2
"""Two share the work of a machine of two cores; more would only cost memory where versions need cores as well."""
_SHARED: Final = ("https", "service")


class Fronts:
    """`table` gives what is to be served now; whichever front starts again asks for it anew."""

    def __init__(
        self,
        ground: Ground,
        address: Callable[[int], str],
        slots: int,
        secret: str,
        table: Callable[[], Json],
    ) -> None:
        self._ground = ground
        self._secret = secret
        self._table = table
        self._program = front_program(address, slots, secret)
        self._shared: dict[str, socket.socket] = {}
        self._fronts: list[Supervised] = []

    async def start(self, http: socket.socket) -> None:
        """Raises `StartError`."""
        self._shared = {name: listen_unix(self._ground.folder / name) for name in _SHARED}
        for number in range(COUNT):
            control = listen_unix(self._ground.folder / f"control{number}")
            sockets = {"http": http, **self._shared, "control": control}
            self._fronts.append(
                Supervised(
                    self._ground,
                    f"front {number + 1}",
                    self._program,
                    sockets,
                    lambda number=number: self._hand_over_to(number),
                )
            )
        await asyncio.gather(*(front.start() for front in self._fronts))

    async def hand_over(self) -> None:
        """Returns when each front obeys the table. Raises `EdgeError`."""
        await asyncio.gather(*map(self._hand_over_to, range(len(self._fronts))))

    async def _hand_over_to(self, number: int) -> None:
        await self._order(number, "table", self._table())

    async def take(self) -> list[Json]:
        """What each front has counted since it was last asked. Raises `EdgeError`."""
        return list(
            await asyncio.gather(*(self._order(n, "counts") for n in range(len(self._fronts))))
        )

    async def _order(self, number: int, what: str, body: object = None) -> Json:
        path = self._ground.folder / f"control{number}"
        told: Json = await order(path, what, body, secret=self._secret)
        return told

    async def stop(self, grace: float) -> None:
        await asyncio.gather(*(front.stop(grace) for front in self._fronts))

    def close(self) -> None:
        """Leaves no socket behind, the one for HTTP included."""
        for number, front in enumerate(self._fronts):
            front.sockets["http"].close()
            close_unix(front.sockets["control"], self._ground.folder / f"control{number}")
        for name, listener in self._shared.items():
            close_unix(listener, self._ground.folder / name)
