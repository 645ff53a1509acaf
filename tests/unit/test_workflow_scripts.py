"""The workflows' scripts, run as a runner runs them, with stand-ins for the programs that they call."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documents import ROOT

COMMIT = "0123456789abcdef0123456789abcdef01234567"
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not on PATH")


def script(file: str, job: str, name: str) -> str:
    workflow: Any = yaml.safe_load((ROOT / ".github" / "workflows" / file).read_text())
    steps: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return next(step["run"] for step in steps if step.get("name") == name)


class Runner:
    """A folder that is a checkout. A stand-in writes down what it is called with; `does` is what it does besides."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.previews = folder / "previews"
        self.bin.mkdir()
        (folder / ".venv" / "bin").mkdir(parents=True)
        for stack in ("staging", "production"):
            (folder / f"Pulumi.{stack}.yaml").touch()

    def stands_in(self, program: str, does: str = "") -> None:
        path = self.folder / program if "/" in program else self.bin / program
        path.write_text(f'#!/bin/bash\necho "{path.name} $*" >> "$LOG"\n{does}\n')
        path.chmod(0o755)

    def run(self, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "LOG": str(self.log),
            "FOLDER": str(self.previews),
            "GITHUB_SHA": COMMIT,
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_REPOSITORY": "owner/project",
        }
        # So does the runner call it.
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def called(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def output(self) -> Mapping[str, str]:
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(tmp_path)
    made.stands_in("git")
    made.stands_in("make")
    return made


# preview.yml


def test_the_base_comes_up_first_and_is_ended_before_the_change_takes_over(runner: Runner) -> None:
    runner.stands_in(".venv/bin/pitchey", '[ "$*" != "up production" ]')
    done = runner.run(script("preview.yml", "preview", "Bring up what the base branch declares"))
    assert done.returncode == 0, done.stderr
    assert runner.called == [
        f"git checkout --quiet --detach {COMMIT}^1",
        "make install",
        "pitchey up production",
        "pitchey up staging",
        "pitchey down",
    ]
    assert "::warning::production of the base branch could not be brought up" in done.stdout


@pytest.mark.parametrize(
    ("codes", "status"),
    [((0, 0), "0"), ((1, 0), "1"), ((0, 1), "1"), ((2, 1), "2"), ((1, 2), "2")],
)
def test_every_stack_is_previewed_and_told_whatever_comes_of_one(
    runner: Runner, codes: tuple[int, int], status: str
) -> None:
    runner.stands_in(
        ".venv/bin/pitchey",
        f"""case "$*" in
        "preview production"*) exit {codes[0]} ;;
        "preview staging"*) exit {codes[1]} ;;
        comment*) echo "the comment" > "${{@: -1}}" ;;
        esac""",
    )
    text = script("preview.yml", "preview", "Preview what the pull request makes of it")
    done = runner.run(text, POLICIES="https://git.example/policies.md")
    assert done.returncode == 0, done.stderr
    assert runner.output() == {"status": status}
    here = runner.previews
    assert runner.called[-1] == (
        f"pitchey comment {here}/production {here}/staging"
        f" --policies https://git.example/policies.md --output {here}/comment.md"
    )
    assert (runner.folder / "summary").read_text() == "the comment\n"
    last = script("preview.yml", "preview", "Policy lets it pass")
    assert str(runner.run(last, STATUS=status).returncode) == status


def test_the_name_of_a_stacks_file_is_no_command(runner: Runner) -> None:
    (runner.folder / "Pulumi.$(touch hacked); touch hacked #.yaml").touch()
    runner.stands_in(".venv/bin/pitchey", 'if [ "$1" = comment ]; then touch "${@: -1}"; fi')
    for name in (
        "Bring up what the base branch declares",
        "Preview what the pull request makes of it",
    ):
        done = runner.run(script("preview.yml", "preview", name), POLICIES="p")
        assert done.returncode == 0, done.stderr
    assert not list(runner.folder.rglob("hacked"))


@pytest.mark.parametrize(
    ("known", "call"),
    [
        ("", "--method POST repos/owner/project/issues/7/comments"),
        ("41", "--method PATCH repos/owner/project/issues/comments/41"),
        ("41\n42", "--method PATCH repos/owner/project/issues/comments/41"),
    ],
)
def test_there_is_one_comment(runner: Runner, known: str, call: str) -> None:
    runner.stands_in("gh", f"if [ \"$2\" = --paginate ]; then printf '{known}'; fi")
    write = script("preview.yml", "comment", "Write the comment, or write it anew")
    done = runner.run(write, NUMBER="7")
    assert done.returncode == 0, done.stderr
    assert runner.called[-1] == f"gh api --silent {call} -F body=@previews/comment.md"


def test_a_comment_that_cannot_be_looked_for_is_not_made_twice(runner: Runner) -> None:
    runner.stands_in("gh", "exit 1")
    write = script("preview.yml", "comment", "Write the comment, or write it anew")
    assert runner.run(write, NUMBER="7").returncode == 1
    assert not [call for call in runner.called if "POST" in call]


# deploy.yml


def plan_of(runner: Runner, operations: Mapping[str, int], code: int = 0) -> None:
    runner.previews.mkdir()
    (runner.previews / "stack.json").write_text(json.dumps({"commit": COMMIT}))
    (runner.previews / "plan.json").write_text("{}")
    (runner.previews / "preview.json").write_text(json.dumps({"changeSummary": operations}))
    runner.stands_in(
        ".venv/bin/pitchey",
        f'if [ "$1" = preview ]; then exit {code}; else echo "the comment"; fi',
    )


def planned(runner: Runner) -> subprocess.CompletedProcess[str]:
    return runner.run(script("deploy.yml", "plan", "Preview and judge production"), POLICIES="p")


@needs_jq
@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        ({}, "0"),
        ({"same": 46}, "0"),
        ({"same": 40, "create": 2, "update": 1}, "3"),
        ({"delete": 1}, "1"),
    ],
)
def test_reviewers_are_asked_only_where_something_changes(
    runner: Runner, operations: Mapping[str, int], changes: str
) -> None:
    plan_of(runner, operations)
    done = planned(runner)
    assert done.returncode == 0, done.stderr
    assert runner.output()["changes"] == changes
    assert (runner.folder / "summary").read_text() == "the comment\n"


@needs_jq
@pytest.mark.parametrize("code", [1, 2])
def test_what_policy_stops_gets_no_plan_to_apply(runner: Runner, code: int) -> None:
    plan_of(runner, {"delete": 1}, code)
    assert planned(runner).returncode == code
    assert not (runner.folder / "output").exists()
    assert (runner.folder / "summary").read_text() == "the comment\n"


CHECK = "It is this run's plan, of this commit, as it was judged"


@needs_jq
@pytest.mark.parametrize("changed", ["", "plan.json", "stack.json", "added.json"])
def test_only_the_plan_as_it_was_judged_is_applied(runner: Runner, changed: str) -> None:
    plan_of(runner, {"update": 1})
    assert planned(runner).returncode == 0
    judged = runner.output()["digest"]
    assert len(judged) == len(hashlib.sha256().hexdigest())
    if changed:
        with (runner.previews / changed).open("a") as file:
            file.write("\n")
    done = runner.run(script("deploy.yml", "apply", CHECK), JUDGED=judged)
    assert done.returncode == (1 if changed else 0), done.stdout
    assert ("nothing is applied" in done.stdout) == bool(changed)


@needs_jq
def test_the_plan_of_another_commit_is_not_applied(runner: Runner) -> None:
    plan_of(runner, {"update": 1})
    assert planned(runner).returncode == 0
    text = script("deploy.yml", "apply", CHECK)
    done = runner.run(text, JUDGED=runner.output()["digest"], GITHUB_SHA="f" * 40)
    assert done.returncode == 1
    assert "nothing is applied" in done.stdout


# make check


def test_check_without_go_is_one_clear_line(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    line = next(line for line in makefile.splitlines() if "command -v go" in line)
    text = line.strip().removeprefix("@")
    done = subprocess.run(
        ["/bin/sh", "-c", text],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: actionlint is built with Go, which is not on PATH")
    assert done.stderr.count("\n") == 1
