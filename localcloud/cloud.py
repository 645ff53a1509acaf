"""The local cloud as the product sees it: started, asked for what the engine needs, stopped, erased."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from localcloud.daemon import lifecycle
from localcloud.daemon.home import Home
from localcloud.daemon.record import DaemonRecord
from localcloud.errors import LocalCloudError, cannot_write
from localcloud.working_secrets import (
    DATABASE_URL,
    DEPLOYMENTS_TOKEN,
    deployments_scope,
    kept_databases,
    working_secret,
)

if TYPE_CHECKING:
    from localcloud.engine import Engine
    from localcloud.plugins.providing import Plugins

__all__ = ["LocalCloud", "LocalCloudError"]
Report = Callable[[str], None]
_ROOM_BYTES: Final = 20 << 20
"""A first run writes some three megabytes, and each version its own."""
API_PATH: Final = "/client/v4"
_PLAIN_HTTP: Final = (".workers.dev", ".pages.dev")
"""Names that Cloudflare's own domains stand for: no zone of the user's sends them to HTTPS."""


class LocalCloud:
    """One checkout's cloud, all of it in `<project>/.pitchey/local`. What it raises on purpose is a `LocalCloudError`."""

    name: Final = "local"

    def __init__(self, project: Path) -> None:
        self.project = project.resolve()
        self.home = Home.of(self.project)
        self._report: Report = lambda _: None

    def start(self, report: Report) -> None:
        """Everything ready that a run of the program needs: engine, plugins, daemon. Starts only what is not running."""
        self._report = report
        self.home.prepare()
        self._check_room()
        # First what may not be had: where there is no engine, nothing is left running.
        _ = self._engine, self._plugins
        self.start_daemon(report)
        if self._plugins.stand_ins:
            names = ", ".join(name.removeprefix("pulumi-") for name in self._plugins.stand_ins)
            report(f"plugins that cannot be downloaded here are stood in for: {names}")

    def start_daemon(self, report: Report, port: int | None = None) -> DaemonRecord:
        """The API and the edge. `port` is remembered; without one, the last choice or 4800."""
        return lifecycle.start(self.home, self.project, report, port)

    def environment(self) -> dict[str, str]:
        """Complete for the engine's process: the local cloud's address and token, Pulumi's own folders, the plugins on PATH."""
        environment = self.access() | {
            "PATH": os.pathsep.join(map(str, self._search_path())),
            "PULUMI_BACKEND_URL": f"file://{self.home.engine_state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.home.passphrase),
            "PULUMI_HOME": str(self._engine_home()),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if self._plugins.stand_ins:
            environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        return environment

    def access(self) -> dict[str, str]:
        """What any client of Cloudflare's API needs to reach this cloud."""
        record = self._running()
        return {
            "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{record.port}{API_PATH}",
            "CLOUDFLARE_API_TOKEN": self.home.token.read_text(encoding="utf-8").strip(),
            "CLOUDFLARE_ACCOUNT_ID": record.account,
        }

    def engine(self) -> Path:
        """The engine's executable."""
        return self._engine.path

    def config_file(self, stack: str) -> Path:
        return self.home.stacks / f"Pulumi.{stack}.yaml"

    def working_secret(self, key: str, stack: str) -> str | None:
        """A value for a secret that the user has not set, the same each time, another for each stack."""
        value = working_secret(self.home, key, stack)
        if key == DATABASE_URL and lifecycle.find(self.home) is not None:
            from localcloud.daemon.client import DaemonClient  # noqa: PLC0415 (few commands ask)

            # The database is made for whoever connects first.
            DaemonClient(self.home).post("/databases", {})
        if key == DEPLOYMENTS_TOKEN and lifecycle.find(self.home) is not None:
            from localcloud.daemon.client import DaemonClient  # noqa: PLC0415 (few commands ask)

            # A daemon that starts later knows it from the home.
            body = {**deployments_scope(stack), "token": value}
            DaemonClient(self.home).post("/tokens", body)
        return value

    def databases(self) -> dict[str, str]:
        """Stack → password of the role that owns its database in the local Postgres."""
        return kept_databases(self.home)

    def certificate_authority(self) -> Path | None:
        """What clients of this cloud's HTTPS trust: a PEM file, or None before the first start has made it."""
        certificate = self.home.certificate
        return certificate if certificate.exists() else None

    def open_url(self, url: str) -> str:
        """The URL under which a browser on this machine opens a public one, without a hosts file."""
        scheme, host, port = self._place(url)
        return _with_address(url, scheme, f"{host}.localhost:{port}")

    def resolve(self, url: str) -> tuple[str, dict[str, str]]:
        """Where a program reaches a public URL, and the headers to send with it. No name is looked up: most resolvers do
        not know `*.localhost`. Over HTTPS the header `host` is also the name to ask for (SNI) and to verify."""
        scheme, host, port = self._place(url)
        return _with_address(url, scheme, f"127.0.0.1:{port}"), {"host": host}

    def _place(self, url: str) -> tuple[str, str, int]:
        """Scheme, public host and local port."""
        record = self._running()
        parts = urlsplit(url)
        host = parts.hostname or ""
        plain = parts.scheme == "http" or host.endswith(_PLAIN_HTTP)
        return ("http", host, record.http_port) if plain else ("https", host, record.https_port)

    def stop(self) -> list[str]:
        """Ends every process that was started; names what was ended."""
        return lifecycle.stop(self.home)

    def erase(self) -> None:
        """Removes the cloud with all that is in it."""
        self.stop()
        try:
            shutil.rmtree(self.home.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise cannot_write(self.home.folder, error) from error

    def _check_room(self) -> None:
        """The engine tries for minutes to write down a state for which there is no room."""
        if shutil.disk_usage(self.home.folder).free < _ROOM_BYTES:
            raise cannot_write(self.home.folder, OSError(errno.ENOSPC, ""))

    def _running(self) -> DaemonRecord:
        record = lifecycle.find(self.home)
        if record is None:
            raise LocalCloudError(
                f"the local cloud of {self.project} is not running; start it with `pitchey local up`"
            )
        return record

    @cached_property
    def _engine(self) -> Engine:
        from localcloud.engine import obtain  # noqa: PLC0415

        return obtain(self._report)

    @cached_property
    def _plugins(self) -> Plugins:
        from localcloud.plugins.providing import provide  # noqa: PLC0415

        return provide(self._engine, self.home.plugins, Path(sys.executable), self._report)

    def _engine_home(self) -> Path:
        """A folder of its own, so that the user's login is never touched, with the plugins that the user has."""
        users = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
        own = self.home.engine_home / "plugins"
        if users.is_dir() and not own.exists():
            own.unlink(missing_ok=True)  # a link to where the user's plugins were before
            own.symlink_to(users)
        return self.home.engine_home

    def _search_path(self) -> list[Path]:
        # This Python stands before the machine's own: the program's packages are installed there.
        own = [*self._plugins.path_entries, Path(sys.executable).parent]
        return own + [Path(entry) for entry in os.get_exec_path()]


def _with_address(url: str, scheme: str, address: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((scheme, address, parts.path, parts.query, ""))
