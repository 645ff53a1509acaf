"""`pitchey local` as a person and as a program use it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys

import httpx
import pytest
from typer.testing import CliRunner

from localcloud.cli import app
from tests.localcloud.daemon.clone import CLI, Clone, make_namespace

COMMANDS = [
    [], ["up"], ["down"], ["status"], ["logs"], ["reset"], ["snapshot"], ["restore"], ["snapshots"], ["env"],
    ["trust"], ["faults"], ["faults", "add"], ["faults", "list"], ["faults", "clear"], ["token"], ["token", "create"],
    ["distance"], ["psql"],
]  # fmt: skip


def done(clone: Clone, *arguments: str) -> str:
    result = clone.pitchey_local(*arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "pitchey local" in result.output


def test_the_life_of_a_local_cloud(clone: Clone) -> None:
    shown = done(clone, "up", "--port", str(clone.port))
    assert f"http://127.0.0.1:{clone.port}/client/v4" in shown
    status = json.loads(done(clone, "status", "--json"))
    assert status["running"] is True
    assert status["port"] == clone.port
    make_namespace(clone.client(), status["account"], "x")
    done(clone, "snapshot", "one")
    assert [s["name"] for s in json.loads(done(clone, "snapshots", "--json"))] == ["one"]
    done(clone, "reset", "--yes")
    done(clone, "restore", "one", "--yes")
    stopped = json.loads(done(clone, "down", "--json"))["stopped"]
    assert f"the local cloud (process {status['pid']})" in stopped
    assert json.loads(done(clone, "status", "--json")) == {"running": False}
    assert json.loads(done(clone, "down", "--json")) == {"stopped": []}


def test_faults_are_added_listed_and_cleared(shared: Clone) -> None:
    added = json.loads(
        done(shared, "faults", "add", "429", "--rate", "0.3", "--path", "/accounts/*", "--seconds", "2", "--json")
    )  # fmt: skip
    assert (added["effect"], added["rate"], added["path"], added["seconds"]) == (
        "429", 0.3, "/accounts/*", 2,
    )  # fmt: skip
    listed = done(shared, "faults", "list")
    assert added["id"] in listed
    assert "429" in done(shared, "status")
    done(shared, "faults", "clear", added["id"])
    assert json.loads(done(shared, "faults", "list", "--json")) == []
    unknown = shared.pitchey_local("faults", "clear", added["id"])
    assert unknown.returncode == 1
    assert unknown.stderr == (
        f"error: there is no fault {added['id']}; `pitchey local faults` lists them\n"
    )


def test_env_points_another_client_at_the_local_cloud(shared: Clone) -> None:
    lines = done(shared, "env").splitlines()
    variables = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    # Never under a name that a client of another cloud takes for its own.
    assert all(line.startswith(("export CLOUDFLARE_", "export R2_")) for line in lines)
    answer = httpx.get(
        f"{variables['CLOUDFLARE_BASE_URL']}/accounts/{variables['CLOUDFLARE_ACCOUNT_ID']}",
        headers={"authorization": f"Bearer {variables['CLOUDFLARE_API_TOKEN']}"},
    )
    assert answer.status_code == 200
    assert variables["CLOUDFLARE_API_BASE_URL"] == variables["CLOUDFLARE_BASE_URL"]


def test_a_made_token_is_all_that_is_printed(shared: Clone) -> None:
    token = done(shared, "token", "create", "--permission", "Workers Scripts Write").strip()
    answer = httpx.get(
        f"http://127.0.0.1:{shared.port}/client/v4/user/tokens/verify",
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.json()["result"]["status"] == "active"


def test_an_unknown_route_is_loud_in_the_log(shared: Clone) -> None:
    headers = {"authorization": f"Bearer {shared.token}"}
    httpx.get(f"http://127.0.0.1:{shared.port}/client/v4/teapots", headers=headers)
    (line,) = [line for line in done(shared, "logs").splitlines() if "/teapots" in line]
    assert "UNKNOWN ROUTE" in line
    assert "400 GET    /client/v4/teapots" in line
    (entry,) = [
        entry
        for entry in map(json.loads, done(shared, "logs", "--json").splitlines())
        if entry["path"].endswith("/teapots")
    ]
    assert entry["known"] is False


def test_the_log_is_there_when_the_local_cloud_is_not(clone: Clone) -> None:
    clone.start()
    httpx.get(f"http://127.0.0.1:{clone.port}/client/v4/teapots")
    clone.cloud.stop()
    with (clone.home / "requests.jsonl").open("a") as file:
        file.write('{"at": "2026-')
    assert done(clone, "logs").count("/teapots") == 1


def test_following_the_log_ends_with_ctrl_c_quietly(shared: Clone) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CLI, "logs", "-f", "-n", "0"],
        cwd=shared.folder, env=shared.environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    # Asked again and again until the follower is there to hear of it.
    os.set_blocking(process.stdout.fileno(), False)
    for _ in range(500):
        httpx.get(f"http://127.0.0.1:{shared.port}/client/v4/teapots")
        if "/teapots" in (process.stdout.readline() or ""):
            break
    else:
        pytest.fail("the follower was told nothing")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == "interrupted\n"


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["nonsense"], 1, "No such command 'nonsense'"),
        (["up", "--port", "80"], 1, "port 80 is out of range"),
        (["up", "--port", "http"], 1, "Invalid value for '--port'"),
        (["logs", "-f"], 1, "the local cloud is not running; start it with `pitchey local up`"),
        (["faults", "list"], 1, "the local cloud is not running"),
        (["env"], 1, "is not running; start it with `pitchey local up`"),
        (["restore", "x", "--yes"], 1, "the local cloud is not running"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
)
def test_a_mistake_is_one_line_with_the_mend(
    clone: Clone, arguments: list[str], status: int, told: str
) -> None:
    result = clone.pitchey_local(*arguments)
    assert result.returncode == status
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert told in line


def test_outside_of_a_project_it_says_so(clone: Clone) -> None:
    (clone.folder / "Pulumi.yaml").unlink()
    result = clone.pitchey_local("status")
    assert result.returncode == 1
    assert result.stderr == (
        f"error: no Pulumi.yaml in {clone.folder} or a folder above it; "
        "change into the project's folder\n"
    )


@pytest.mark.parametrize("command", [["reset"], ["restore", "one"]])
def test_what_loses_data_asks_and_without_anybody_to_ask_refuses(
    shared: Clone, command: list[str]
) -> None:
    done(shared, "snapshot", "one", "--replace")
    result = shared.pitchey_local(*command)
    assert result.returncode == 1
    assert "say it with --yes" in result.stderr


def test_a_broken_settings_file_is_named(clone: Clone) -> None:
    clone.home.mkdir(parents=True)
    (clone.home / "settings").write_text("port 4900")
    result = clone.pitchey_local("up")
    assert result.returncode == 1
    assert f"{clone.home / 'settings'} is not a settings file" in result.stderr
