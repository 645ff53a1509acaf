"""A stack's database from the command line: made ready by `up`, looked at, migrated, filled."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.integration.checkout import Checkout

ELSEWHERE = "postgresql://app:not-to-be-shown@db.invalid:5432/main?sslmode=require"


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> dict[str, Any]:
    """What the first `up` has told."""
    told: dict[str, Any] = json.loads(checkout.done("up", "staging", "--json"))
    return told


def status(checkout: Checkout, stack: str = "staging") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(checkout.done("database", "status", stack, "--json"))
    return told


def migration_names(checkout: Checkout) -> list[str]:
    return sorted(path.name for path in (checkout.folder / "database/migrations").glob("*.sql"))


def test_the_first_up_ends_with_a_database_full_of_pitches(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    assert first["database"]["applied"] == migration_names(checkout)
    assert first["database"]["seeded"]["pitches"] == 3000
    told = status(checkout)
    assert [row["file"] for row in told["applied"]] == migration_names(checkout)
    assert told["waiting"] == []
    assert told["content"]["pitches"] == 3000


def test_another_up_leaves_it_alone(checkout: Checkout, first: dict[str, Any]) -> None:
    again = json.loads(checkout.done("up", "staging", "--json"))["database"]
    assert again == {"applied": [], "seeded": None, "waiting": [], "newer": []}
    assert first["database"]["seeded"] is not None
    assert status(checkout)["content"]["pitches"] == 3000


def test_the_status_says_how_to_log_in(checkout: Checkout, first: dict[str, Any]) -> None:
    assert first
    shown = checkout.done("database", "status", "staging")
    assert "log in as creator@pitchey.example" in shown
    assert "popcorn for everyone" in shown


def test_the_application_shows_the_pitches_and_lets_their_people_in(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    host = f"{first['outputs']['workerName']}.pitchey.workers.dev"
    assert len(checkout.get(host, "/api/pitches?limit=5").json()["pitches"]) == 5
    statuses: list[int] = []
    for password in ("popcorn for everyone", "popcorn for nobody"):
        answer = httpx.post(
            f"http://127.0.0.1:{checkout.port + 1}/api/sessions",
            json={"email": "creator@pitchey.example", "password": password},
            headers={"host": host, "origin": first["outputs"]["urls"]["app"]},
            timeout=30,
        )
        statuses.append(answer.status_code)
    assert statuses == [201, 401]


def test_what_waits_is_shown_and_then_applied_by_up(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    name = f"{len(first['database']['applied']) + 1:04}_greetings.sql"
    file = checkout.folder / "database/migrations" / name
    file.write_text("create table greetings (said text);\n")
    assert status(checkout)["waiting"] == [name]
    dry = checkout.done("database", "migrate", "staging", "--dry-run")
    assert "create table greetings" in dry
    assert status(checkout)["waiting"] == [name]
    assert json.loads(checkout.done("up", "staging", "--json"))["database"]["applied"] == [name]

    # An older commit comes up all the same; it migrates nothing.
    text = file.read_text()
    file.unlink()
    old = checkout.pitchey("up", "staging", "--json")
    assert old.returncode == 0, old.stderr
    assert json.loads(old.stdout)["database"]["newer"] == [name]
    assert "ahead of this checkout" in old.stderr
    refused = checkout.pitchey("database", "migrate", "staging")
    assert refused.returncode == 1
    assert name in refused.stderr

    # A changed one is told after everything else, which is up.
    file.write_text(text.replace("text", "bytea"))
    changed = checkout.pitchey("up", "staging", "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["outputs"]["workerName"] == "pitchey-api-staging"
    assert changed.stderr.splitlines()[-1].startswith(
        f"error: {name} was applied with another content"
    )
    file.write_text(text)


def test_filling_again_is_asked_for(checkout: Checkout, first: dict[str, Any]) -> None:
    assert first
    refused = checkout.pitchey("database", "seed", "staging")
    assert refused.returncode == 1
    assert "has pitches already" in refused.stderr
    assert "popcorn" in checkout.done("database", "seed", "staging", "--again")


def test_a_database_that_is_down_fails_the_up_and_says_so_last(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    assert first
    checkout.done("local", "faults", "add", "postgres-down")
    try:
        failed = checkout.pitchey("up", "staging", "--json")
        assert failed.returncode == 2
        assert json.loads(failed.stdout)["outputs"]["workerName"] == "pitchey-api-staging"
        assert failed.stderr.splitlines()[-1].startswith("error: database pitchey_staging on")
        seen = checkout.pitchey("database", "status", "staging")
        assert seen.returncode == 2
        assert "Traceback" not in failed.stderr + seen.stderr
    finally:
        checkout.done("local", "faults", "clear")
    assert status(checkout)["waiting"] == []


def test_a_database_elsewhere_is_neither_filled_nor_shown_with_its_password(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    assert first
    checkout.done(
        "pulumi", "staging", "config", "set", "--secret", "pitchey:databaseUrl", ELSEWHERE
    )
    for arguments, said in (
        (("database", "seed", "staging"), "is not the local cloud's; `--not-local`"),
        (("database", "seed", "staging", "--again"), "nobody is taken out of it"),
        (("database", "seed", "staging", "--not-local"), "there is no host db.invalid"),
        (("database", "migrate", "staging", "--yes"), "there is no host db.invalid"),
        (("database", "status", "staging"), "there is no host db.invalid"),
    ):
        refused = checkout.pitchey(*arguments)
        assert refused.returncode in {1, 2}
        assert said in refused.stderr
        assert "not-to-be-shown" not in refused.stdout + refused.stderr
