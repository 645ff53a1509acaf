"""What `pitchey` says at a Ctrl-C: of each command what is true of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from delivery import __main__, cli
from delivery.interrupted import LEFT, left_behind

KEPT = "what was done is kept, and the same command goes on from there"
NOTHING = "no cloud was changed"


@pytest.fixture(autouse=True)
def _handler_kept() -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    before = signal.getsignal(signal.SIGINT)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    signal.signal(signal.SIGINT, before)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("up staging", KEPT),
        ("split staging stable=90 uploaded=10", KEPT),
        ("rollback staging", KEPT),
        ("down", KEPT),
        ("local up", KEPT),
        ("local faults add 500", KEPT),
        ("policy fix", KEPT),
        ("", KEPT),
        ("simulate --runs 5", NOTHING),
        ("status", NOTHING),
        ("preview production", NOTHING),
        ("policy check --stack production", NOTHING),
        ("rollout watch staging", NOTHING),
        ("local logs -f", NOTHING),
        ("local faults list", NOTHING),
        ("rehearse staging --fault dead", "the same command begins the rehearsal anew"),
    ],
)
def test_what_is_left_behind(line: str, said: str) -> None:
    assert left_behind(line.split()) == said


@pytest.mark.parametrize("verb", ["start", "resume", "retry", "abort", "pause", "promote"])
def test_a_rollout_does_not_go_on_by_the_same_command(verb: str) -> None:
    told = left_behind(["rollout", verb, "staging"])
    assert "`pitchey rollout status STACK` tells where it stands" in told
    assert "the same command" not in told


def test_each_command_of_which_something_is_said_is_one() -> None:
    assert set(LEFT) <= set(_paths(typer.main.get_command(cli.application()), ()))


def _paths(command: object, path: tuple[str, ...]) -> Generator[str]:
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _paths(inner, (*path, name))
    else:
        yield " ".join(path)


@pytest.mark.parametrize("told", ["raised", "returned"])
@pytest.mark.parametrize(("line", "said"), [("simulate", NOTHING), ("up staging", KEPT)])
def test_it_is_one_line_and_status_130(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: str,
    line: str,
    said: str,
) -> None:
    def interrupted() -> int:
        if told == "raised":
            raise KeyboardInterrupt
        return 130

    monkeypatch.setattr(cli, "main", interrupted)
    monkeypatch.setattr("sys.argv", ["pitchey", *line.split()])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == f"interrupted: {said}\n"


_AMID_CODE_FROM_A_STRING = """
import os, signal
from delivery import __main__, cli

def main():
    exec("os.kill(os.getpid(), signal.SIGINT)\\nfor _ in range(10): pass")

cli.main = main
__main__.main()
"""


def test_the_status_is_the_same_wherever_it_is_interrupted(tmp_path: Path) -> None:
    """A dataclass is made by code from a string; Python ends such a process by the signal itself."""
    (tmp_path / "amid.py").write_text(_AMID_CODE_FROM_A_STRING, encoding="utf-8")
    root = Path(__main__.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "amid"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr == f"interrupted: {KEPT}\n"
