"""One run of a program, in a process of its own: told what to do on standard input, as the official executor is by flags."""

from __future__ import annotations

import gc
import json
import sys

# A run lives for seconds and builds nothing but long-lived objects: collecting costs a third of its start.
gc.disable()

import asyncio  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NoReturn  # noqa: E402

import grpc  # noqa: E402
import pulumi  # noqa: E402
import pulumi.runtime  # noqa: E402

from localcloud.plugins.language import lazy_package  # noqa: E402

BAILED = 32
_WATCH_SECONDS = 0.5


def main() -> NoReturn:
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    orders: dict[str, Any] = json.load(sys.stdin)
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=orders["project"],
            stack=orders["stack"],
            organization=orders["organization"],
            monitor=orders["monitor_address"],
            engine=orders["engine_address"],
            parallel=orders["parallel"],
            dry_run=orders["dry_run"],
            root_directory=orders["root_directory"],
        )
    )
    pulumi.runtime.set_all_config(orders["config"], orders["secret_keys"])
    sys.argv = [orders["program"], *orders["arguments"]]
    # Tasks that fail are reported through the stack's own outputs; asyncio would say it a second time.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    lazy_package.install("pulumi_cloudflare")
    pulumi.log.debug = _not_told
    status = _run(orders["program"], max(orders["parallel"], 1) * 4)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is registered: pools and channels need not be wound up.
    sys.exit(status)


def _not_told(*_: object, **__: object) -> None:
    """Debug messages are two for each resource, and each waits for an answer of the engine: a fifth of a run's time."""


def _end_with(host: int) -> None:
    """A host that was killed cannot end its program, which would wait for answers of an engine that is gone."""
    while os.getppid() == host:
        time.sleep(_WATCH_SECONDS)
    os._exit(BAILED)


def _run(program: str, workers: int) -> int:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=workers))
    status = 0
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        status = BAILED
    except grpc.RpcError as error:
        # An engine that is gone has nobody left to tell.
        if _status(error) is not grpc.StatusCode.UNAVAILABLE:
            pulumi.log.error(f"the engine refused: {_details(error)}")
        status = BAILED
    except Exception as error:
        pulumi.log.error(_told(program, error))
        status = BAILED
    finally:
        _give_up_tasks(loop)
    return status


def _execute(program: str) -> None:
    try:
        runpy.run_path(program, run_name="__main__")
    except ImportError as error:
        raise pulumi.RunError(f"the program cannot be loaded: {error}") from error


def _told(program: str, error: Exception) -> str:
    # From the program's own frames on: those of the host say nothing to its author.
    frames = traceback.extract_tb(error.__traceback__)
    folder = str(Path(program).resolve())
    first = next((i for i, frame in enumerate(frames) if frame.filename.startswith(folder)), 0)
    lines = traceback.format_list(frames[first:])
    lines += traceback.format_exception_only(error)
    return "Program failed with an unhandled exception:\n" + "".join(lines)


def _status(error: grpc.RpcError) -> object:
    return error.code()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]


def _details(error: grpc.RpcError) -> str:
    return str(error.details())  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType]


def _give_up_tasks(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.close()


if __name__ == "__main__":
    main()
