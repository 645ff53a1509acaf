"""Writes docs/settings.md to standard output."""

from __future__ import annotations

import sys

from settings.reference import reference

sys.stdout.write(reference())
