"""The one folder that holds all of a local cloud, and how a file gets there: whole or not at all, for its owner alone."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localcloud.errors import LocalCloudError, cannot_write

DEFAULT_PORT: Final = 4800
LAST_PORT: Final = 65_533
FOLDER: Final = ".pitchey/local"


@dataclass(frozen=True)
class Home:
    """`folder` has mode 0700; what is secret has 0600 besides."""

    folder: Path

    @staticmethod
    def of(project: Path) -> Home:
        return Home(project.resolve() / FOLDER)

    @property
    def state(self) -> Path:
        return self.folder / "state.db"

    @property
    def token(self) -> Path:
        return self.folder / "token"

    @property
    def record(self) -> Path:
        return self.folder / "daemon.json"

    @property
    def log(self) -> Path:
        return self.folder / "daemon.log"

    @property
    def requests(self) -> Path:
        return self.folder / "requests.jsonl"

    @property
    def errors(self) -> Path:
        """What Workers have reported to Sentry."""
        return self.folder / "errors.jsonl"

    @property
    def edge(self) -> Path:
        return self.folder / "edge"

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def engine_state(self) -> Path:
        return self.folder / "engine-state"

    @property
    def stacks(self) -> Path:
        return self.folder / "stacks"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.json"

    @property
    def settings(self) -> Path:
        return self.folder / "settings"

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots"

    @property
    def plugins(self) -> Path:
        return self.folder / "plugins"

    @property
    def engine_home(self) -> Path:
        return self.folder / "pulumi"

    def prepare(self) -> None:
        """Raises `LocalCloudError` where nothing can be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            for folder in (self.engine_state, self.stacks, self.engine_home):
                folder.mkdir(exist_ok=True, mode=0o700)
            if not self.passphrase.exists():
                write_private(self.passphrase, secrets.token_urlsafe(32))
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def port(self) -> int:
        """The API's port as it was chosen last, or the default."""
        try:
            chosen: Any = json.loads(self.settings.read_text(encoding="utf-8"))
            return check_port(int(chosen["port"]))
        except FileNotFoundError:
            return DEFAULT_PORT
        except (ValueError, KeyError, TypeError) as error:
            raise LocalCloudError(
                f'{self.settings} is not a settings file ({{"port": {DEFAULT_PORT}}}); '
                "remove it, or choose a port with `pitchey local up --port`"
            ) from error

    def remember_port(self, port: int) -> None:
        write_private(self.settings, json.dumps({"port": check_port(port)}))


def check_port(port: int) -> int:
    """Raises `LocalCloudError` when three neighbouring ports do not fit there."""
    if not 1024 <= port <= LAST_PORT:
        raise LocalCloudError(
            f"port {port} is out of range: the local cloud takes three neighbours; "
            f"choose one from 1024 to {LAST_PORT}"
        )
    return port


def write_private(path: Path, text: str) -> None:
    """Mode 0600 from its first byte; the old content stays until the new one is whole. Raises `OSError`."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
