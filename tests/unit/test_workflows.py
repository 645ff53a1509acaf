"""What the workflows must never lose: pinned actions, few permissions, no text of others in a shell, one way to production."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import yaml

from delivery.pull_request.comment import MARKER
from localcloud.engine.obtaining import VERSION
from tests.documents import ROOT

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(path.name for path in FOLDER.glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
COMMANDS = re.compile(r"\.venv/bin/pitchey ((?:[^\n;|&<>]|\\\n)+)")
Json = dict[str, Any]


def workflow(file: str) -> Json:
    return yaml.safe_load((FOLDER / file).read_text())


def triggers(file: str) -> set[str]:
    told: Any = yaml.safe_load((FOLDER / file).read_text())[True]  # YAML takes `on` for a boolean
    return {told} if isinstance(told, str) else set(told)


def jobs(file: str) -> Iterator[tuple[str, Json]]:
    for name, job in workflow(file)["jobs"].items():
        yield f"{file}: {name}", job


def steps(file: str) -> Iterator[tuple[str, Json]]:
    for where, job in jobs(file):
        for step in job["steps"]:
            yield f"{where}: {step.get('name') or step.get('uses') or step['run']}", step


def runs() -> Iterator[tuple[str, str]]:
    for file in FILES:
        for where, step in steps(file):
            if "run" in step:
                yield where, step["run"]


def pitchey() -> Iterator[tuple[str, list[str]]]:
    """Every use of `pitchey`: where, and the words after it."""
    for where, run in runs():
        for told in COMMANDS.findall(run):
            yield where, shlex.split(told)


def test_the_workflows_are_there() -> None:
    assert {"ci.yml", "preview.yml", "deploy.yml"} <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_every_action_is_pinned_by_commit_and_says_its_version(file: str) -> None:
    uses = re.findall(r"uses: (\S+)(.*)", (FOLDER / file).read_text())
    assert uses
    for action, comment in uses:
        assert PINNED.fullmatch(action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_an_action_has_one_version_everywhere() -> None:
    uses = {action for file in FILES for action in re.findall(r"uses: (\S+)", (FOLDER / file).read_text())}  # fmt: skip
    assert len({action.partition("@")[0] for action in uses}) == len(uses)


@pytest.mark.parametrize("file", FILES)
def test_nothing_runs_with_secrets_for_a_fork(file: str) -> None:
    assert not triggers(file) & {"pull_request_target", "workflow_run", "issue_comment"}
    if "pull_request" in triggers(file):
        assert "secrets." not in (FOLDER / file).read_text()


@pytest.mark.parametrize("file", FILES)
def test_every_job_names_the_few_permissions_it_has(file: str) -> None:
    assert workflow(file)["permissions"] == {}
    for where, job in jobs(file):
        permissions: Json = job["permissions"]
        written = {key for key, access in permissions.items() if access == "write"}
        assert written <= {"id-token", "pull-requests", "security-events"}, where


@pytest.mark.parametrize("file", FILES)
def test_who_runs_the_pull_requests_code_may_write_nothing(file: str) -> None:
    if "pull_request" not in triggers(file):
        return
    for where, job in jobs(file):
        run = "\n".join(step.get("run", "") for step in job["steps"])
        if re.search(r"\bmake |bin/pitchey|\.ci/", run):
            assert job["permissions"] == {"contents": "read"}, where


@pytest.mark.parametrize("file", FILES)
def test_every_job_ends_in_time_and_no_two_runs_interleave(file: str) -> None:
    assert workflow(file)["concurrency"]["group"]
    for where, job in jobs(file):
        assert job["timeout-minutes"] <= 60, where


def test_nothing_of_others_is_pasted_into_a_shell() -> None:
    found = list(runs())
    assert len(found) > 5
    for where, run in found:
        assert "${{" not in run, where


@pytest.mark.parametrize("file", FILES)
def test_no_checkout_leaves_a_token_behind(file: str) -> None:
    for where, step in steps(file):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, where


def test_every_command_and_option_of_pitchey_is_there() -> None:
    from delivery.cli import application

    root: Any = typer.main.get_command(application())
    used = list(pitchey())
    assert {words[0] for _, words in used} == {"up", "down", "preview", "comment"}
    for where, words in used:
        command = root.commands[words[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        told = {word.partition("=")[0] for word in words[1:] if word.startswith("--")}
        assert told <= options, where


# Production


def test_every_apply_on_cloudflare_is_of_a_plan_that_was_judged() -> None:
    applied = [words for _, words in pitchey() if words[0] == "up" and "cloudflare" in words]
    assert len(applied) == 2
    assert all("--plan" in words for words in applied)


def of_production() -> list[tuple[str, list[str]]]:
    """What may change production on Cloudflare, or any stack there that is not named."""
    return [
        (where, words)
        for where, words in pitchey()
        if "cloudflare" in words and "staging" not in words and words[0] != "preview"
    ]


def test_production_is_applied_in_one_place_by_the_plan_that_was_judged() -> None:
    assert of_production() == [
        (
            "deploy.yml: apply: Apply that plan, and nothing else",
            ["up", "production", "--cloud", "cloudflare", "--plan", "$FOLDER", "--yes"],
        )
    ]
    assert not [where for where, run in runs() if re.search(r"\bpulumi (up|destroy|import|refresh)", run)]  # fmt: skip


def test_the_job_that_applies_production_waits_for_its_reviewers_and_checks_its_plan() -> None:
    deploy = workflow("deploy.yml")
    apply, plan = deploy["jobs"]["apply"], deploy["jobs"]["plan"]
    assert apply["environment"] == "production"
    assert plan["environment"] != "production"
    assert apply["needs"] == "plan"
    assert plan["needs"] == "staging"
    names = [step.get("uses", "").partition("@")[0] or step.get("name", step.get("run")) for step in apply["steps"]]  # fmt: skip
    check = names.index("It is this run's plan, of this commit, as it was judged")
    assert (
        names.index("actions/download-artifact")
        < check
        < names.index("Apply that plan, and nothing else")
    )
    assert "$GITHUB_SHA" in apply["steps"][check]["run"]
    assert "needs.plan.outputs.digest" in apply["steps"][check]["env"]["JUDGED"]
    download = next(s for s in apply["steps"] if "download-artifact" in s.get("uses", ""))
    # With one of these it would look into another run.
    assert not {"run-id", "repository", "github-token", "pattern"} & set(download["with"])


def test_two_deploys_never_interleave_and_none_is_cut_short() -> None:
    deploy = workflow("deploy.yml")
    assert deploy["concurrency"] == {"group": "deploy", "cancel-in-progress": False}
    assert triggers("deploy.yml") == {"push", "workflow_dispatch"}
    assert deploy["jobs"]["staging"]["if"] == "github.ref == 'refs/heads/main'"


def test_secrets_are_given_to_the_steps_that_use_them_alone() -> None:
    for file in FILES:
        text = (FOLDER / file).read_text()
        given = [
            key
            for _, step in steps(file)
            for key, value in step.get("env", {}).items()
            if "secrets." in str(value) and "pitchey" in step["run"]
        ]
        assert text.count("secrets.") == len(given), file


def test_the_engine_is_the_version_that_the_local_cloud_rehearses_with() -> None:
    found = [step["with"]["pulumi-version"] for _, step in steps("deploy.yml") if step.get("uses", "").startswith("pulumi/actions@")]  # fmt: skip
    assert found == [VERSION] * 3


# The comment


def test_the_comment_is_found_again_by_the_marker_it_begins_with() -> None:
    write = workflow("preview.yml")["jobs"]["comment"]["steps"][-1]["run"]
    assert f'startswith("{MARKER}")' in write


def test_a_fork_writes_no_comment_and_no_alert() -> None:
    for name in ("comment", "code-scanning"):
        told = workflow("preview.yml")["jobs"][name]["if"]
        assert "github.event.pull_request.head.repo.full_name == github.repository" in told
