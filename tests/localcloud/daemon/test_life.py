"""The daemon starts once, is found again, survives whatever happens to it, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from cloudflare import APIConnectionError, APIStatusError

from localcloud.cloud import LocalCloudError
from localcloud.daemon import lifecycle
from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import CLI, ROOT, Clone, free_ports, make_namespace, titles

IN_A_NAMESPACE = ("unshare", "--map-root-user", "--mount")
MOUNTS = shutil.which("unshare") is not None and (
    subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
)


def test_it_is_ready_within_two_seconds_and_serves_the_api(clone: Clone) -> None:
    began = time.monotonic()
    record = clone.start()
    assert time.monotonic() - began < 2
    api = clone.client()
    accounts = list(api.accounts.list())
    assert [account.name for account in accounts] == ["Pitchey local"]
    assert accounts[0].id == record.account
    subdomain = api.workers.subdomains.get(account_id=record.account)
    assert subdomain is not None
    assert subdomain.subdomain == "pitchey"


def test_a_second_start_finds_it_running(clone: Clone, running: DaemonRecord) -> None:
    assert clone.start() == running
    assert clone.reports == []
    assert (clone.home / "requests.jsonl").read_text() == ""


def test_two_starts_at_once_make_one_daemon(clone: Clone) -> None:
    arguments = ("up", "--port", str(clone.port), "--json")
    with ThreadPoolExecutor(3) as threads:
        starts = [threads.submit(clone.pitchey_local, *arguments) for _ in range(3)]
        records = [start.result() for start in starts]
    assert [done.returncode for done in records] == [0, 0, 0], [done.stderr for done in records]
    assert len({json.loads(done.stdout)["pid"] for done in records}) == 1


def test_stop_names_what_it_stopped_and_leaves_no_process(
    clone: Clone, running: DaemonRecord
) -> None:
    assert f"the local cloud (process {running.pid})" in clone.cloud.stop()
    assert clone.processes() == []
    assert not psutil.pid_exists(running.pid) or _ended(running.pid)
    assert clone.cloud.stop() == []


def _ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_account_token_and_state_outlive_a_restart(clone: Clone, running: DaemonRecord) -> None:
    token = clone.token
    make_namespace(clone.client(), running.account, "kept")
    clone.cloud.stop()
    again = clone.start()
    assert again.pid != running.pid
    assert again.account == running.account
    assert clone.token == token
    assert titles(clone.client(), running.account) == ["kept"]


def test_a_kill_loses_nothing_that_was_acknowledged(clone: Clone) -> None:
    acknowledged: list[str | None] = []
    for _ in range(3):
        record = clone.start()
        enough = threading.Event()
        writer = threading.Thread(target=_write, args=(clone, record.account, acknowledged, enough))
        writer.start()
        assert enough.wait(30)
        os.kill(record.pid, signal.SIGKILL)
        writer.join(30)
        clone.start()
        assert set(acknowledged) <= set(titles(clone.client(), record.account))
    assert len(acknowledged) > 60


def _write(
    clone: Clone, account: str, acknowledged: list[str | None], enough: threading.Event
) -> None:
    api = clone.client()
    first = len(acknowledged)
    try:
        for n in range(first, first + 300):
            acknowledged.append(make_namespace(api, account, f"{uuid.uuid4()}").title)
            if n == first + 20:
                enough.set()
    except (APIConnectionError, APIStatusError):
        return


def test_a_request_under_way_is_answered_before_the_stop(
    clone: Clone, running: DaemonRecord
) -> None:
    with clone.control() as control:
        control.post("/faults", json={"effect": "slow", "seconds": 1})
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(clone.client().accounts.get, account_id=running.account)
        with clone.control() as control:
            _until(lambda: control.get("/status").json()["requests_under_way"] == 1)
        clone.cloud.stop()
        account = answer.result()
        assert account is not None
        assert account.id == running.account


def _until(holds: object, seconds: float = 10) -> None:
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def test_a_daemon_that_hangs_is_killed_by_a_stop(
    clone: Clone, running: DaemonRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "_STOP_SECONDS", 0.2)
    os.kill(running.pid, signal.SIGSTOP)
    assert f"the local cloud (process {running.pid})" in clone.cloud.stop()
    assert clone.processes() == []


def test_a_daemon_that_hangs_is_replaced_by_a_start(
    clone: Clone, running: DaemonRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "_STOP_SECONDS", 0.2)
    monkeypatch.setattr(lifecycle, "_ANSWER_SECONDS", 0.2)
    os.kill(running.pid, signal.SIGSTOP)
    assert clone.start().pid != running.pid
    assert clone.reports == ["the local cloud does not answer: starting it anew"]


def test_a_recycled_process_id_is_not_taken_for_the_daemon(
    clone: Clone, running: DaemonRecord
) -> None:
    clone.cloud.stop()
    _rewrite_record(clone, running, pid=os.getpid())
    assert lifecycle.find(clone.cloud.home) is None
    assert clone.cloud.stop() == []
    _rewrite_record(clone, running, pid=os.getpid(), create_time=psutil.Process().create_time())
    assert lifecycle.find(clone.cloud.home) is None
    assert clone.start().pid != os.getpid()


def _rewrite_record(clone: Clone, record: DaemonRecord, **changes: object) -> None:
    (clone.home / "daemon.json").write_text(json.dumps({**vars(record), **changes}))


def test_a_daemon_that_no_record_tells_of_is_replaced(clone: Clone, running: DaemonRecord) -> None:
    (clone.home / "daemon.json").unlink()
    again = clone.start()
    assert again.pid != running.pid
    assert _ended(running.pid)


def test_a_daemon_of_older_code_is_replaced(clone: Clone, running: DaemonRecord) -> None:
    _rewrite_record(clone, running, version="0" * 16)
    again = clone.start()
    assert again.pid != running.pid
    assert _ended(running.pid)
    assert clone.reports == ["the local cloud runs with older code: starting it anew"]


def test_a_checkout_that_moved_goes_on_with_its_state(clone: Clone, running: DaemonRecord) -> None:
    make_namespace(clone.client(), running.account, "kept")
    moved = Clone(clone.folder.with_name("moved"), clone.port)
    clone.folder.rename(moved.folder)
    try:
        again = moved.start()
        assert _ended(running.pid)
        assert again.home == str(moved.home)
        assert titles(moved.client(), again.account) == ["kept"]
    finally:
        moved.end()


def test_a_copied_checkout_leaves_the_daemon_of_the_first_alone(
    clone: Clone, running: DaemonRecord
) -> None:
    copy = Clone(clone.folder.with_name("copy"), free_ports())
    shutil.copytree(clone.folder, copy.folder, symlinks=True)
    try:
        edge = psutil.Process(running.pid).children()
        assert edge
        assert copy.cloud.stop() == []
        copy.start()
        assert lifecycle.find(clone.cloud.home) == running
        assert psutil.Process(running.pid).children() == edge
        assert [a.id for a in clone.client().accounts.list()] == [running.account]
    finally:
        copy.end()


def test_a_daemon_without_its_folder_ends_by_itself(clone: Clone, running: DaemonRecord) -> None:
    shutil.rmtree(clone.home)
    _until(lambda: _ended(running.pid))


def test_the_port_of_another_clone_is_named_with_the_mend(
    clone: Clone, running: DaemonRecord, tmp_path: Path
) -> None:
    other = Clone.make(tmp_path / "other")
    with pytest.raises(LocalCloudError) as refusal:
        other.start(clone.port)
    assert str(refusal.value) == (
        f"port {clone.port} is taken by the local cloud of {clone.folder} (process {running.pid}); "
        f"choose others with `pitchey local up --port {clone.port + 100}`, or stop what holds it"
    )
    assert other.processes() == []


def test_the_port_of_a_stranger_is_named(clone: Clone) -> None:
    program = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); "
        "print('listening', flush=True); sys.stdin.read()"
    )
    stranger = subprocess.Popen(
        [sys.executable, "-c", program, str(clone.port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert stranger.stdout is not None
    assert stranger.stdout.readline() == "listening\n"
    try:
        with pytest.raises(
            LocalCloudError, match=rf"is taken by python\S* \(process {stranger.pid}\)"
        ):
            clone.start()
    finally:
        stranger.communicate()


def test_a_chosen_port_is_remembered(clone: Clone, running: DaemonRecord) -> None:
    clone.cloud.stop()
    assert clone.cloud.start_daemon(clone.reports.append).port == clone.port
    clone.port = free_ports()
    assert clone.start().port == clone.port
    assert clone.reports == ["the local cloud runs on other ports: starting it anew"]
    assert clone.cloud.start_daemon(clone.reports.append).port == clone.port


def test_a_place_that_cannot_be_written_to_is_one_clear_line(clone: Clone) -> None:
    (clone.folder / ".pitchey").write_text("a file where the folder should be")
    with pytest.raises(
        LocalCloudError, match=r"/\.pitchey/local cannot be written to: Not a directory; make it"
    ):
        clone.start()


@pytest.mark.skipif(not MOUNTS, reason="this user may not mount a small disk")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("size=12k", "the disk is full; free some space, then run it again"),
        ("ro", "cannot be written to: Read-only file system; make it writable"),
    ],
)
def test_a_full_or_a_read_only_disk_is_one_clear_line(
    clone: Clone, options: str, told: str
) -> None:
    disk = clone.folder / ".pitchey"
    disk.mkdir()
    command = shlex.join([sys.executable, "-c", CLI, "up", "--port", str(clone.port)])
    done = subprocess.run(
        [*IN_A_NAMESPACE, "sh", "-c", f"mount -t tmpfs -o {options} tmpfs {disk} && {command}"],
        cwd=clone.folder,
        env=clone.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {disk}")
    assert told in done.stderr


def test_what_a_daemon_dies_of_is_told(clone: Clone, running: DaemonRecord) -> None:
    clone.cloud.stop()
    (clone.home / "state.db").write_bytes(
        b"this is no database, and long enough to be looked at" * 100
    )
    with pytest.raises(
        LocalCloudError, match=r"state\.db cannot be read as the local cloud's state"
    ) as told:
        clone.start()
    assert "\n" not in str(told.value)


def test_only_its_owner_can_read_what_is_secret(clone: Clone, running: DaemonRecord) -> None:
    clone.cloud.working_secret("databaseUrl", "staging")
    assert clone.home.stat().st_mode & 0o777 == 0o700
    for path in clone.home.rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o077 == 0, path


def test_the_token_of_the_real_cloud_never_reaches_the_daemon(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "a-real-token-of-the-user")
    record = clone.start()
    assert "CLOUDFLARE_API_TOKEN" not in psutil.Process(record.pid).environ()


def test_it_listens_on_loopback_only(clone: Clone, running: DaemonRecord) -> None:
    process = psutil.Process(running.pid)
    listening = [
        c.laddr.ip
        for one in (process, *process.children(recursive=True))
        for c in one.net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    ]
    assert set(listening) <= {"127.0.0.1", "::1"}
    assert listening


def test_erase_leaves_nothing(clone: Clone, running: DaemonRecord) -> None:
    clone.cloud.erase()
    assert not clone.home.exists()
    assert _ended(running.pid)
    clone.cloud.erase()


def test_the_code_does_not_need_the_working_folder(tmp_path: Path) -> None:
    """Started as documented, from anywhere."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "localcloud.daemon", "--home", str(tmp_path / "home")),
            *("--port", str(free_ports()), "--project", str(ROOT)),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        _until((tmp_path / "home/daemon.json").exists)
    finally:
        process.terminate()
        assert process.wait(10) == 0
    assert not (tmp_path / "home/daemon.json").exists()
