from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.policies.building import Case

CASES: Final[Sequence[Case]] = ()
