"""Rotations of the key that signs sessions, as docs/settings.md describes them, by the engine's own command."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass, field
from typing import Final

from bench.limits import STACK
from tests.integration.checkout import Checkout

_BYTES: Final = 48


@dataclass
class Keys:
    """`signing` is the key that signs now. Each step is in force with the version that comes after it."""

    checkout: Checkout
    signing: str = field(repr=False)
    other: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)

    def announce(self) -> None:
        """The next key verifies, and signs nothing yet."""
        self._set("jwtSecretPrevious", self.other)

    def exchange(self) -> None:
        """The other key signs, and this one still verifies."""
        self.signing, self.other = self.other, self.signing
        self._set("jwtSecret", self.signing)
        self._set("jwtSecretPrevious", self.other)

    def _set(self, key: str, value: str) -> None:
        """By standard input: a command line can be read by others."""
        done = subprocess.run(
            self.checkout.command("pulumi", STACK, "config", "set", "--secret", f"pitchey:{key}"),
            cwd=self.checkout.folder,
            env=self.checkout.environment(),
            input=value,
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{key} could not be set: {done.stderr.strip()}")
