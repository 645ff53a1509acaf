"""The components that `pitchey rollback` knows, by the name given on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from delivery.errors import RefusedError
from delivery.rollback.component import Component, Place
from delivery.rollback.flag import PREFIX, FlagComponent
from delivery.rollback.pages import PagesComponent
from delivery.rollback.switch import SWITCHES, SwitchComponent
from delivery.rollback.worker import WorkerComponent

COMPONENTS: Final[Mapping[str, Callable[[Place], Component]]] = {
    "worker": WorkerComponent,
    "pages": PagesComponent,
}
"""What `--all` goes through, in this order: what was deployed. A flag has no earlier state and is named one by one, and so is
what `SWITCHES` turn off: without any of them, the database would have all the load on top of what is wrong already."""


def find_component(name: str, place: Place, *, undo: bool = False) -> Component:
    """`undo`: the way on again, of what was turned off. Raises `RefusedError`."""
    if name in SWITCHES:
        return SwitchComponent(place, SWITCHES[name], undo)
    flag = name.removeprefix(PREFIX)
    is_flag = name.startswith(PREFIX) and flag != ""
    make = COMPONENTS.get(name)
    if make is None and not is_flag:
        raise RefusedError(
            f"there is no component {name!r}",
            f"use {', '.join((*COMPONENTS, *SWITCHES))} or {PREFIX}NAME",
        )
    if undo:
        raise RefusedError(
            f"--undo is for what was turned off, which {name} is not",
            "--to names the version to go to" if make else "`pitchey rollback --list` shows which",
        )
    return FlagComponent(place, flag) if make is None else make(place)


def listed(place: Place) -> list[tuple[Component, str]]:
    """Each component there is, and what it is for people."""
    deployed = [(make(place), "what was deployed") for make in COMPONENTS.values()]
    switched = [(SwitchComponent(place, one), one.what) for one in SWITCHES.values()]
    return [*deployed, *switched]
