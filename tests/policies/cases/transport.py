from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.policies.building import Case, resource, with_input

CASES: Final[Sequence[Case]] = (
    Case(
        rule="require-strict-tls",
        good=[resource("ZoneSetting", {"zoneId": "z", "settingId": "ssl", "value": "strict"})],
        broken={
            "off": with_input("off", "value"),
            "flexible": with_input("flexible", "value"),
            "full": with_input("full", "value"),
        },
        harmless={"origin pull verifies too": with_input("origin_pull", "value")},
    ),
)
