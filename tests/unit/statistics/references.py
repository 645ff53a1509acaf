"""Numbers of an independent implementation; `references.json` says how they were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REFERENCES: dict[str, Any] = json.loads(
    Path(__file__).with_name("references.json").read_text("utf-8")
)
