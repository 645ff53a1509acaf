"""`pitchey rollout report`: a file where it is looked for, or data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from delivery import cli
from delivery.rollout.journal import read_rollouts
from tests.unit.report.made_up import BROKEN, Ledger
from tests.unit.rollout.ledgers import MemoryLedger

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`pitchey rollout` with these arguments, in a project whose ledger holds the made-up rollouts."""
    told = [*Ledger(BROKEN).run().entries, *Ledger(id="../../20251126/beef").run(60).entries]
    ledger = MemoryLedger(entries=told, now=told[-1].at)
    place = SimpleNamespace(
        ledger=ledger,
        worker="pitchey-api-staging",
        stack=SimpleNamespace(project=tmp_path, name="staging"),
        rollouts=lambda: read_rollouts(ledger.entries),
    )

    def found(*_: object) -> tuple[object, None]:
        return place, None

    for module in ("reporting", "reading"):
        monkeypatch.setattr(f"delivery.commands.rollout.{module}.find_place", found)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["pitchey", "rollout", *arguments])
        return cli.main()

    return call


def test_the_page_is_in_the_project_and_its_path_is_told(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("report", "staging", "20251125") == 0
    file = tmp_path / ".pitchey/reports/20251125-100000-abcd.html"
    assert capsys.readouterr().out == f"{file}\n"
    assert "Returned to stable" in file.read_text()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_an_id_leads_to_no_other_folder(run: Run, tmp_path: Path) -> None:
    assert run("report", "staging") == 0
    [file] = (tmp_path / ".pitchey/reports").iterdir()
    assert file.name == "20251126-beef.html"


def test_another_file_can_be_named(run: Run, tmp_path: Path) -> None:
    assert run("report", "staging", "-o", "here/page.html") == 0
    assert (tmp_path / "here/page.html").is_file()


def test_a_file_that_cannot_be_written_is_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("")
    assert run("report", "staging", "-o", "taken/page.html") == 1
    told = capsys.readouterr().err
    assert told.startswith("error: taken/page.html cannot be written")
    assert "Traceback" not in told


def test_an_unknown_rollout_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", "staging", "1999") == 1
    assert "no rollout 1999" in capsys.readouterr().err


def test_data_instead_of_a_page(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("report", "staging", "20251125", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"]["ending"] == "returned"
    assert not (tmp_path / ".pitchey").exists()


def test_open_shows_the_page(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return len(opened) == 1

    monkeypatch.setattr("webbrowser.open", browser)
    assert run("report", "staging", "20251125", "--open") == 0
    assert opened == [(tmp_path / ".pitchey/reports/20251125-100000-abcd.html").as_uri()]
    assert run("report", "staging", "20251125", "--open") == 1
    assert "no browser was found" in capsys.readouterr().err


def test_history_as_json_holds_the_entries_but_for_the_looks(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("history", "staging", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["rollout"] for row in rows} == {"20251125-100000-abcd", "../../20251126/beef"}
    assert rows[0]["kind"] == "started"
    assert "observed" not in {row["kind"] for row in rows}
    assert set(rows[0]) == {"seq", "at", "kind", "rollout", "fence", "body"}


def test_history_of_one_rollout(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("history", "staging", "20251125") == 0
    told = capsys.readouterr().out
    assert told.startswith("20251125-100000-abcd  Returned after")
    assert "beef" not in told
