"""`pulumi-language-python` where there is no official one: programs, what they say when they fail, and policy packs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2_grpc, language_pb2, language_pb2_grpc

from localcloud.plugins.language.host import LanguageHost
from localcloud.plugins.wrappers import write_wrapper
from tests.localcloud.plugins.fake_engine import Engine, running

HELLO = """
import pulumi

config = pulumi.Config()
pulumi.CustomResource("demo:index:Thing", "thing", {"size": config.require_int("size")})
pulumi.export("key", config.require_secret("key"))
pulumi.export("preview", pulumi.runtime.is_dry_run())
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running() as made:
        yield made


@pytest.fixture
def host(engine: Engine) -> Iterator[Any]:
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    served = LanguageHost(engine.address)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(served, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)
    served.end_children()
    server.stop(None).wait(5)


def order(engine: Engine, folder: Path, code: str, *, preview: bool = False) -> Any:
    """An order to run a program, as the engine gives it."""
    (folder / "__main__.py").write_text(code)
    return language_pb2.RunRequest(
        project="pitchey",
        stack="staging",
        organization="organization",
        pwd=str(folder),
        monitor_address=engine.address,
        parallel=4,
        dryRun=preview,
        config={"pitchey:size": "3", "pitchey:key": "hush hush"},
        configSecretKeys=["pitchey:key"],
        info=language_pb2.ProgramInfo(
            root_directory=str(folder), program_directory=str(folder), entry_point="."
        ),
    )


@pytest.mark.parametrize("preview", [True, False])
def test_a_program_runs_with_its_configuration(
    host: Any, engine: Engine, tmp_path: Path, preview: bool
) -> None:
    answer = host.Run(order(engine, tmp_path, HELLO, preview=preview))
    assert (answer.error, answer.bail, engine.errors) == ("", False, [])
    assert ("demo:index:Thing", "thing", {"size": 3.0}) in engine.registered
    assert engine.outputs["preview"] is preview
    assert engine.outputs["key"]["value"] == "hush hush"
    assert engine.outputs["key"]["4dabf18193072939515e22adb298388d"]


def test_a_refusal_of_the_program_is_one_line(host: Any, engine: Engine, tmp_path: Path) -> None:
    answer = host.Run(
        order(engine, tmp_path, "import pulumi\nraise pulumi.RunError('size: too big')")
    )
    assert (answer.bail, answer.error) == (True, "")
    assert engine.errors == ["size: too big"]


def test_a_bug_is_told_with_the_programs_own_lines(
    host: Any, engine: Engine, tmp_path: Path
) -> None:
    code = "def total():\n    return 1 / 0\n\ntotal()\n"
    assert host.Run(order(engine, tmp_path, code)).bail
    (text,) = engine.errors
    lines = text.splitlines()
    assert lines[0] == "Program failed with an unhandled exception:"
    assert f'File "{tmp_path}/__main__.py", line 4' in lines[1]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "localcloud" not in text
    assert "runpy" not in text


FAILURES = [
    ("import nothing_of_this_name", "the program cannot be loaded: No module named 'nothing_of_this_name'"),
    ("import pulumi\npulumi.Config().require('missing')", "Missing required configuration variable 'pitchey:missing'"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "line"), FAILURES)
def test_a_users_mistake_is_told_without_frames(
    host: Any, engine: Engine, tmp_path: Path, code: str, line: str
) -> None:
    assert host.Run(order(engine, tmp_path, code)).bail
    (text,) = engine.errors
    assert text.startswith(line)
    assert "Traceback" not in text
    assert "File" not in text


def test_a_status_of_the_programs_own_is_told(host: Any, engine: Engine, tmp_path: Path) -> None:
    answer = host.Run(order(engine, tmp_path, "import sys\nsys.exit(3)"))
    assert answer.error == "Program exited with non-zero exit code: 3"
    assert host.Run(order(engine, tmp_path, "import sys\nsys.exit(0)")).error == ""


def test_a_program_that_was_killed_is_told(host: Any, engine: Engine, tmp_path: Path) -> None:
    answer = host.Run(order(engine, tmp_path, "import os\nos.kill(os.getpid(), 9)"))
    assert answer.error == "the program was ended by signal 9"


def test_secrets_are_on_no_command_line_and_in_no_environment(
    host: Any, engine: Engine, tmp_path: Path
) -> None:
    code = (
        "import os, pulumi, psutil\n"
        "pulumi.export('seen', ' '.join([*psutil.Process().cmdline(), *os.environ.values()]))\n"
    )
    host.Run(order(engine, tmp_path, code))
    assert "staging" not in engine.outputs["seen"]
    assert "hush" not in engine.outputs["seen"]


def test_a_cancelled_run_ends_its_program(host: Any, engine: Engine, tmp_path: Path) -> None:
    request = order(
        engine, tmp_path, f"open({str(tmp_path / 'up')!r}, 'w'); import time; time.sleep(60)"
    )
    run = host.Run.future(request)
    wait_for(tmp_path / "up")
    host.Cancel(empty_pb2.Empty())
    assert run.result(10).error == "the program was ended by signal 15"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)


PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def check(args, report):
    if args.resource_type == "random:index/randomString:RandomString" and args.props["length"] < 8:
        report("at least 8 characters")

PolicyPack("house", [
    ResourceValidationPolicy("long-enough", "Strings are long enough.", check, EnforcementLevel.MANDATORY),
])
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    (folder / "__main__.py").write_text(PACK)
    return folder


def plugin(pack: Path, engine: Engine, kind: str = "analyzer") -> Any:
    return language_pb2.RunPluginRequest(
        pwd=str(pack),
        kind=kind,
        args=[engine.address] if kind == "analyzer" else ["one", "two"],
        env=["PULUMI_PROJECT=pitchey", "PULUMI_STACK=staging"],
        info=language_pb2.ProgramInfo(
            root_directory=str(pack), program_directory=str(pack), entry_point="."
        ),
    )


def test_a_policy_pack_is_run_and_ended(host: Any, engine: Engine, pack: Path) -> None:
    stream = host.RunPlugin(plugin(pack, engine))
    port = next(iter(stream)).stdout.decode().strip()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        analyzer: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
        told = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=10)
    assert (told.name, [policy.name for policy in told.policies]) == ("house", ["long-enough"])
    started = [p for p in psutil.Process().children(recursive=True) if _is_about(pack, p)]
    assert started
    stream.cancel()
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []


def _is_about(pack: Path, process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):  # what has ended meanwhile is none
        return str(pack) in process.cmdline()
    return False


def test_another_plugin_in_python_says_what_it_says(host: Any, engine: Engine, pack: Path) -> None:
    code = "import os, sys\nprint(sys.argv[1:], os.environ['PULUMI_STACK'])\nprint('no', file=sys.stderr)\nsys.exit(4)\n"
    (pack / "__main__.py").write_text(code)
    said = list(host.RunPlugin(plugin(pack, engine, "tool")))
    assert b"".join(part.stdout for part in said) == b"['one', 'two'] staging\n"
    assert b"".join(part.stderr for part in said) == b"no\n"
    assert said[-1].exitcode == 4


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_host_is_quiet_and_leaves_no_program(
    engine: Engine, tmp_path: Path, how: signal.Signals
) -> None:
    executable = write_wrapper(tmp_path, "pulumi-language-python", Path(sys.executable))
    process = subprocess.Popen(
        [executable, engine.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        mark = tmp_path / "pid"
        code = (
            f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
        )
        runtime: Any = language_pb2_grpc.LanguageRuntimeStub(channel)
        run = runtime.Run.future(order(engine, tmp_path, code))
        wait_for(mark)
        program = psutil.Process(int(_content(mark)))
        os.kill(process.pid, how)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")
        assert run.exception(10) is not None or run.result().error
        program.wait(10)


def _content(mark: Path) -> str:
    deadline = time.monotonic() + 10
    while not mark.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return mark.read_text()


def test_the_engine_is_told_what_runs_here(host: Any) -> None:
    about = host.About(language_pb2.AboutRequest())
    assert about.executable == sys.executable
    assert about.version == ".".join(map(str, sys.version_info[:3]))
    request = language_pb2.GetProgramDependenciesRequest()
    names = {d.name for d in host.GetProgramDependencies(request).dependencies}
    assert {"pulumi", "pulumi_cloudflare"} <= {name.replace("-", "_") for name in names}
    installed = list(host.InstallDependencies(language_pb2.InstallDependenciesRequest()))
    assert b"by the project itself" in installed[0].stdout
