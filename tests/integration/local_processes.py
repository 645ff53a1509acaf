"""The local cloud's processes by the names that its status gives them."""

from __future__ import annotations

import json

import psutil

from tests.integration.checkout import Checkout


def processes(checkout: Checkout, name: str) -> list[psutil.Process]:
    """Whose name begins so."""
    shown = json.loads(checkout.done("local", "status", "--json"))["processes"]
    return [psutil.Process(one["pid"]) for one in shown if one["name"].startswith(name)]
