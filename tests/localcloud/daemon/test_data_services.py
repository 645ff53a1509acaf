"""Postgres and Hyperdrive in a running local cloud, asked by a Worker with an official driver, and by whoever has DATABASE_URL."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from tests.localcloud.daemon.clone import ROOT, Clone, Worker

connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""Its own types say too little."""
_SOURCE = """
import postgres from "postgres";

export default {
  async fetch(request, env) {
    const hyperdrive = env.DATABASE;
    const direct = new URL(request.url).pathname === "/direct";
    const sql = postgres(direct ? env.DATABASE_URL : hyperdrive.connectionString, { max: 2, fetch_types: false });
    try {
      const [given] = await sql`SELECT ${20} + 22 AS answer, current_user::text AS role`;
      const name = await sql.begin(async (sql) => {
        await sql`CREATE TABLE IF NOT EXISTS seen (id serial, name text)`;
        await sql`INSERT INTO seen (name) VALUES (${"a"})`;
        const [row] = await sql`SELECT count(*)::int AS count FROM seen`;
        return row.count;
      });
      const { host, port, user, password, database, connectionString } = hyperdrive;
      const shown = new URL(connectionString);
      const agree = shown.hostname === host && Number(shown.port) === port && shown.username === user
        && shown.password === password && shown.pathname === `/${database}`;
      return Response.json({ answer: given.answer, role: given.role, count: name, agree, user });
    } catch (error) {
      return Response.json({ error: error.message, code: error.code }, { status: 503 });
    } finally {
      await sql.end({ timeout: 1 });
    }
  },
};
"""


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Worker with its driver, bundled for workerd."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "index.js").write_text(_SOURCE)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    words = [
        *("--bundle", "--format=esm", "--platform=neutral", "--main-fields=module,main"),
        *("--conditions=workerd,worker,import", "--external:node:*", "--external:cloudflare:*"),
    ]
    [esbuild] = (ROOT / "node_modules/@esbuild").glob("*/bin/esbuild")
    done = subprocess.run(
        [esbuild, "index.js", *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


class Served:
    """A cloud with a database of staging and a Worker that uses it."""

    def __init__(self, clone: Clone, code: str) -> None:
        self.clone = clone
        self.account = clone.start().account
        self.url = clone.cloud.working_secret("databaseUrl", "staging") or ""
        at = urlsplit(self.url)
        self.config = clone.client().hyperdrive.configs.create(
            account_id=self.account,
            name="pitchey-staging-database",
            origin={
                "scheme": "postgres",
                "host": at.hostname or "",
                "port": at.port or 0,
                "user": at.username or "",
                "password": at.password or "",
                "database": at.path.removeprefix("/"),
            },
            caching={"disabled": False},
        )
        self.worker = Worker.make(clone, self.account, "api")
        version = self.worker.upload(
            code,
            bindings=[
                {"name": "DATABASE", "type": "hyperdrive", "id": self.config.id},
                {"name": "DATABASE_URL", "type": "secret_text", "text": self.url},
            ],
            compatibility_flags=["nodejs_compat"],
        )
        self.worker.deploy({version: 100})

    def status(self) -> Any:
        with self.clone.control() as control:
            return control.get("/status").json()

    def data(self) -> Any:
        return self.status()["data"]

    def ask(self, path: str = "/") -> Any:
        return self.worker.get(path).json()

    def fault(self, *arguments: str) -> None:
        assert self.clone.pitchey_local("faults", *arguments).returncode == 0


@pytest.fixture(autouse=True)
def no_fault_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "served" in request.fixturenames:
        request.getfixturevalue("served").fault("clear")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, code: str) -> Iterator[Served]:
    clone = Clone.make(tmp_path_factory.mktemp("data") / "clone")
    try:
        yield Served(clone, code)
    finally:
        clone.end()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


async def _value(url: str, sql: str) -> Any:
    client = await connect(url, timeout=20, ssl=False)
    try:
        return await client.fetchval(sql)
    finally:
        await client.close()


def value(url: str, sql: str) -> Any:
    return asyncio.run(_value(url, sql))


def test_postgres_runs_only_once_somebody_connects(clone: Clone) -> None:
    clone.start()
    with clone.control() as control:
        assert control.get("/status").json()["data"] is None
        url = clone.cloud.working_secret("databaseUrl", "staging") or ""
        assert control.get("/status").json()["data"]["postgres"]["pid"] is None
        assert value(url, "SELECT current_database()") == "pitchey_staging"
        assert control.get("/status").json()["data"]["postgres"]["pid"]


def test_a_worker_asks_through_hyperdrive_with_an_official_driver(served: Served) -> None:
    first, second = served.ask(), served.ask()
    assert (first["answer"], first["role"], first["agree"]) == (42, "pitchey_staging", True)
    assert second["count"] == first["count"] + 1
    # What the Worker is told is not the origin's.
    assert first["user"] != "pitchey_staging"
    shown = served.data()
    assert shown["hyperdrive"][0]["connections"] >= 1
    assert shown["postgres"]["databases"]["pitchey_staging"] >= 1


def test_a_worker_connects_directly_too(served: Served) -> None:
    assert served.ask("/direct")["role"] == "pitchey_staging"


def test_a_stack_has_a_database_of_its_own_at_once(served: Served) -> None:
    production = served.clone.cloud.working_secret("databaseUrl", "production") or ""
    assert value(production, "SELECT current_database()") == "pitchey_production"
    mixed = f"{served.url.rpartition('/')[0]}/pitchey_production"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        value(mixed, "SELECT 1")


def test_status_shows_the_data_services(served: Served) -> None:
    shown = served.clone.pitchey_local("status").stdout
    assert f"localhost:{urlsplit(served.url).port}, 40 ms away, process" in shown
    assert "pitchey_staging, " in shown
    assert "pitchey-staging-database" in shown
    assert (urlsplit(served.url).password or "?") not in shown


def test_a_distance_is_set_while_it_runs_and_kept(served: Served) -> None:
    local = served.clone.pitchey_local
    assert "postgres  40 ms" in local("distance").stdout
    assert "postgres  5 ms" in local("distance", "--postgres", "5ms").stdout
    assert served.data()["postgres"]["distance"] == 0.005
    assert json.loads(local("distance", "--json").stdout) == {"postgres": 0.005, "redis": 0.015}
    refused = local("distance", "--redis", "far")
    assert refused.returncode == 1
    assert refused.stderr == "error: 'far' is no time; write it as 40ms or 0.5s\n"


def test_psql_opens_the_stacks_database(served: Served) -> None:
    local = served.clone.pitchey_local
    done = local("psql", "staging", "--", "-Atc", "SELECT current_user")
    assert (done.returncode, done.stdout) == (0, "pitchey_staging\n")
    assert "no database of a stack 'other'" in local("psql", "other").stderr


def test_postgres_is_down_read_only_and_slow_on_purpose(served: Served) -> None:
    served.fault("add", "postgres-down")
    assert served.ask() == {
        "error": "Server connection attempt failed: connection_refused",
        "code": "58000",
    }
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        value(served.url, "SELECT 1")
    assert served.data()["postgres"]["down"]
    served.fault("clear")
    assert served.ask()["answer"] == 42
    served.fault("add", "postgres-read-only")
    until(lambda: served.ask().get("code") == "25006")
    served.fault("clear")
    until(lambda: served.ask().get("answer") == 42)
    served.fault("add", "postgres-slow", "--seconds", "0.3")
    began = time.monotonic()
    assert value(served.url, "SELECT 1") == 1
    assert time.monotonic() - began > 0.6
    served.fault("clear")
    refused = served.clone.pitchey_local("faults", "add", "postgres-down", "--rate", "0.5")
    assert "postgres-down is on or off" in refused.stderr


def _named(served: Served, name: str) -> list[psutil.Process]:
    shown = served.status()["processes"]
    return [psutil.Process(one["pid"]) for one in shown if one["name"] == name]


def test_what_dies_is_there_again(served: Served) -> None:
    before = served.ask()["count"]
    os.kill(served.data()["postgres"]["pid"], signal.SIGKILL)
    until(lambda: served.ask().get("count", 0) > before)
    [services] = _named(served, "data services")
    postgres = _named(served, "postgres")
    services.kill()
    until(lambda: served.ask().get("count", 0) > before)
    psutil.wait_procs(postgres, 20)
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in postgres)


def test_a_killed_daemon_leaves_nothing_behind(served: Served) -> None:
    [services] = _named(served, "data services")
    postgres = _named(served, "postgres")
    words = services.cmdline()
    sockets = Path(words[words.index("--sockets") + 1])
    assert sockets.is_dir()
    os.kill(served.status()["pid"], signal.SIGKILL)
    psutil.wait_procs([services, *postgres], 20)
    left = [p for p in (services, *postgres) if p.is_running()]
    assert [p for p in left if p.status() != psutil.STATUS_ZOMBIE] == []
    served.clone.start()
    assert not sockets.exists()
    until(lambda: served.ask().get("answer") == 42)


def test_a_stop_names_postgres_once_whatever_connections_it_has(served: Served) -> None:
    until(lambda: served.ask().get("answer") == 42)
    assert len(_named(served, "postgres")) > 1
    stopped = served.clone.cloud.stop()
    assert len([line for line in stopped if line.startswith("postgres")]) == 1
    assert served.clone.processes() == []
    served.clone.start()


def test_snapshots_hold_the_databases(served: Served) -> None:
    count = served.ask()["count"]
    with served.clone.control() as control:
        control.timeout = 60
        assert control.post("/snapshots", json={"name": "kept"}).status_code == 200
        served.ask()
        assert control.post("/restore", json={"name": "kept"}).status_code == 200
        until(lambda: served.ask().get("count") == count + 1)
        assert control.post("/reset").status_code == 200
    assert value(served.url, "SELECT to_regclass('seen')") is None
