"""The state as a whole: kept, gone back to, emptied; and never a mixture of two."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import threading
from pathlib import Path

import httpx
import pytest

from localcloud.daemon import replacement, snapshots
from localcloud.daemon.home import Home
from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, make_namespace, titles


def take(clone: Clone, name: str, *, replace: bool = False) -> httpx.Response:
    with clone.control() as control:
        return control.post("/snapshots", json={"name": name, "replace": replace})


def restore(clone: Clone, name: str) -> httpx.Response:
    with clone.control() as control:
        return control.post("/restore", json={"name": name})


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def put(clone: Clone, record: DaemonRecord, namespace: str, value: bytes) -> None:
    answer = httpx.put(
        f"http://127.0.0.1:{clone.port}/client/v4/accounts/{record.account}"
        f"/storage/kv/namespaces/{namespace}/values/k",
        headers={"authorization": f"Bearer {clone.token}"},
        content=value,
    )
    assert answer.status_code == 200


def test_a_restore_goes_back_to_the_snapshot_whole(clone: Clone, running: DaemonRecord) -> None:
    api = clone.client()
    kept = make_namespace(api, running.account, "kept")
    put(clone, running, kept.id, b"v")
    write(clone.home / "engine-state/.pulumi/stacks/pitchey/staging.json", "before")
    write(clone.home / "stacks/Pulumi.staging.yaml", "before")
    write(clone.home / "edge/objects/ns/one.sqlite", "before")
    assert take(clone, "before").status_code == 200

    make_namespace(api, running.account, "later")
    put(clone, running, kept.id, b"w")
    write(clone.home / "engine-state/.pulumi/stacks/pitchey/staging.json", "after")
    write(clone.home / "engine-state/.pulumi/stacks/pitchey/production.json", "after")
    write(clone.home / "edge/objects/ns/one.sqlite", "after")
    (clone.home / "stacks/Pulumi.staging.yaml").unlink()
    assert restore(clone, "before").status_code == 200

    assert titles(clone.client(), running.account) == ["kept"]
    value = api.kv.namespaces.values.get("k", account_id=running.account, namespace_id=kept.id)
    assert value.read() == b"v"
    for part in (
        "engine-state/.pulumi/stacks/pitchey/staging.json",
        "stacks/Pulumi.staging.yaml",
        "edge/objects/ns/one.sqlite",
    ):
        assert (clone.home / part).read_text() == "before"
    assert not (clone.home / "engine-state/.pulumi/stacks/pitchey/production.json").exists()


def test_what_was_restored_outlives_a_kill(clone: Clone, running: DaemonRecord) -> None:
    make_namespace(clone.client(), running.account, "kept")
    take(clone, "before")
    make_namespace(clone.client(), running.account, "later")
    restore(clone, "before")
    os.kill(running.pid, 9)
    clone.start()
    assert titles(clone.client(), running.account) == ["kept"]


def test_a_token_made_since_is_gone_and_the_homes_own_still_works(
    clone: Clone, running: DaemonRecord
) -> None:
    take(clone, "before")
    with clone.control() as control:
        scoped = control.post("/tokens", json={"permissions": ["*"]}).json()["token"]
    restore(clone, "before")
    url = f"http://127.0.0.1:{clone.port}/client/v4/accounts"
    assert httpx.get(url, headers={"authorization": f"Bearer {clone.token}"}).status_code == 200
    assert httpx.get(url, headers={"authorization": f"Bearer {scoped}"}).status_code == 403


def test_a_reset_keeps_account_token_and_snapshots(clone: Clone, running: DaemonRecord) -> None:
    api = clone.client()
    make_namespace(api, running.account, "gone")
    take(clone, "before")
    write(clone.home / "engine-state/.pulumi/stacks/pitchey/staging.json", "gone")
    write(clone.home / "edge/objects/ns/one.sqlite", "gone")
    token = clone.token
    with clone.control() as control:
        control.post("/faults", json={"effect": "slow", "seconds": 0.001})
        assert control.post("/reset").json() == {"account": running.account}
        assert control.get("/faults").json() == []
    assert clone.token == token
    assert titles(api, running.account) == []
    assert [account.id for account in api.accounts.list()] == [running.account]
    assert not list((clone.home / "engine-state").iterdir())
    assert not list((clone.home / "edge/objects").iterdir())
    assert restore(clone, "before").status_code == 200
    assert titles(api, running.account) == ["gone"]


def test_requests_wait_while_the_state_is_exchanged_and_none_fails(
    clone: Clone, running: DaemonRecord
) -> None:
    take(clone, "before")
    ended = threading.Event()
    statuses: list[int] = []

    def ask() -> None:
        url = f"http://127.0.0.1:{clone.port}/client/v4/accounts/{running.account}"
        with httpx.Client(headers={"authorization": f"Bearer {clone.token}"}) as client:
            while not ended.is_set():
                statuses.append(client.get(url).status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        assert restore(clone, "before").status_code == 200
        assert take(clone, "again", replace=True).status_code == 200
    ended.set()
    for thread in threads:
        thread.join(30)
    assert set(statuses) == {200}
    assert len(statuses) > 20


def test_a_name_is_taken_until_it_is_replaced(clone: Clone, running: DaemonRecord) -> None:
    take(clone, "a")
    assert take(clone, "a").status_code == 400
    make_namespace(clone.client(), running.account, "later")
    assert take(clone, "a", replace=True).status_code == 200
    restore(clone, "a")
    assert titles(clone.client(), running.account) == ["later"]


@pytest.mark.parametrize("name", ["", "../token", "a/b", ".hidden", "x" * 65])
def test_what_is_no_name_is_refused(shared: Clone, name: str) -> None:
    answer = take(shared, name)
    assert answer.status_code == 400
    assert "is no name for a snapshot" in answer.json()["error"]
    assert restore(shared, name).status_code == 400


def test_a_snapshot_that_there_is_not_is_refused_with_those_there_are(shared: Clone) -> None:
    take(shared, "here", replace=True)
    answer = restore(shared, "elsewhere")
    assert answer.json()["error"] == "there is no snapshot 'elsewhere'; known: here"


def test_a_broken_snapshot_changes_nothing(clone: Clone, running: DaemonRecord) -> None:
    make_namespace(clone.client(), running.account, "kept")
    take(clone, "good")
    whole = (clone.home / "snapshots/good.tar").read_bytes()
    (clone.home / "snapshots/cut.tar").write_bytes(whole[: len(whole) // 3])
    (clone.home / "snapshots/text.tar").write_text("not a tar")
    with tarfile.open(clone.home / "snapshots/empty.tar", "w") as archive:
        archive.add(clone.home / "stacks", "stacks")
    for name in ("cut", "text", "empty"):
        answer = restore(clone, name)
        assert answer.status_code == 400, name
        assert "is not a snapshot" in answer.json()["error"]
        assert titles(clone.client(), running.account) == ["kept"]


def test_nothing_is_exchanged_while_the_engine_is_at_work(
    clone: Clone, running: DaemonRecord
) -> None:
    lock = clone.home / "engine-state/.pulumi/locks/organization/pitchey/staging/1.json"
    write(lock, json.dumps({"pid": os.getpid(), "username": "me", "hostname": "here"}))
    take(clone, "a")
    with clone.control() as control:
        for answer in (take(clone, "a"), control.post("/reset")):
            assert answer.status_code == 400
            assert f"the engine (process {os.getpid()}) is at work" in answer.json()["error"]
    write(lock, json.dumps({"pid": 2**22 + 1}))
    assert take(clone, "a").status_code == 200


def test_only_its_owner_can_read_a_snapshot(shared: Clone) -> None:
    take(shared, "private", replace=True)
    assert (shared.home / "snapshots").stat().st_mode & 0o777 == 0o700
    assert (shared.home / "snapshots/private.tar").stat().st_mode & 0o777 == 0o600


def test_a_decided_exchange_is_carried_out_however_often_it_was_cut_short(tmp_path: Path) -> None:
    """A kill between any two steps: each part is the old one or the new one, and the next start completes it."""
    for steps in range(6):
        home = Home(tmp_path / f"home{steps}")
        home.prepare()
        write(home.state, "old")
        write(home.state.with_name("state.db-wal"), "old")
        for part in replacement.FOLDERS:
            write(home.folder / part / "file", "old")
        fresh = replacement.prepare(home)
        for part in replacement.FOLDERS:
            write(fresh / part / "file", "new")
        write(fresh / replacement.STATE, "new")
        if steps == 0:
            replacement.carry_out(home)
            assert home.state.read_text() == "old"
            continue
        replacement.decide(home)
        # As far as a kill might have let it come: the first parts are in place already.
        for part in replacement.FOLDERS[: steps - 1]:
            shutil.rmtree(home.folder / part)
            (home.folder / ".replacement" / part).rename(home.folder / part)
        replacement.carry_out(home)
        replacement.carry_out(home)
        assert home.state.read_text() == "new"
        assert not home.state.with_name("state.db-wal").exists()
        for part in replacement.FOLDERS:
            assert (home.folder / part / "file").read_text() == "new"
        assert list(snapshots.listed(home)) == []
