"""The project's name: the namespace of its settings."""

from __future__ import annotations

from typing import Final

PROJECT: Final = "pitchey"
