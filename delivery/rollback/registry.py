"""The components that `pitchey rollback` knows, by the name given on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from delivery.errors import RefusedError
from delivery.rollback.component import Component, Place
from delivery.rollback.flag import PREFIX, FlagComponent
from delivery.rollback.pages import PagesComponent
from delivery.rollback.worker import WorkerComponent

COMPONENTS: Final[Mapping[str, Callable[[Place], Component]]] = {
    "worker": WorkerComponent,
    "pages": PagesComponent,
}
"""What `--all` goes through, in this order; a flag has no earlier state and is named one by one."""


def find_component(name: str, place: Place) -> Component:
    """Raises `RefusedError`."""
    flag = name.removeprefix(PREFIX)
    if name.startswith(PREFIX) and flag:
        return FlagComponent(place, flag)
    make = COMPONENTS.get(name)
    if make is None:
        raise RefusedError(
            f"there is no component {name!r}", f"use {', '.join(COMPONENTS)} or {PREFIX}NAME"
        )
    return make(place)
