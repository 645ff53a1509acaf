"""The local cloud's processes by the names that its status gives them."""

from __future__ import annotations

import json

import psutil

from tests.integration.checkout import Checkout


def processes(checkout: Checkout, name: str) -> list[psutil.Process]:
    """Whose name begins so."""
    shown = json.loads(checkout.done("local", "status", "--json"))["processes"]
    return [psutil.Process(one["pid"]) for one in shown if one["name"].startswith(name)]


def serving(checkout: Checkout, worker: str) -> psutil.Process:
    """The one in which the Worker's version runs. Raises `AssertionError` where that is not one alone."""
    objects = processes(checkout, f"{worker} objects")
    found = [one for one in processes(checkout, f"{worker} ") if one not in objects]
    assert len(found) == 1, f"one process was to serve {worker}, not {len(found)}"
    return found[0]
