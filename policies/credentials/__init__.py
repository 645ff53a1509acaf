"""What a secret looks like, what only looks like one, and how much there is to guess of it."""

from __future__ import annotations

from .entropy import looks_random
from .reading import secret_in
from .shapes import conceals_secret, without_secrets

__all__ = ["conceals_secret", "looks_random", "secret_in", "without_secrets"]
