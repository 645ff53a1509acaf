"""What `pitchey` says at a Ctrl-C: of each command what is true of it."""

from __future__ import annotations

import signal
from collections.abc import Generator

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
    yield
    signal.signal(signal.SIGINT, before)


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
