"""What `pitchey policy check` judges: a stack from a file, from standard input, or from its cloud."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from delivery.clouds import find_cloud
from delivery.errors import DeliveryError, FailedError
from delivery.policy.gate import other_stacks
from delivery.policy.words import printable
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.stack import Stack as DeployedStack
from policies.document_text import DocumentError, read_object, read_object_from
from policies.documents import stack_of, stack_of_preview, stack_of_state
from policies.resources import Stack

STDIN: Final = "-"
_READERS: Final = {"preview": stack_of_preview, "state": stack_of_state, "either": stack_of}
Kind = Literal["preview", "state", "either"]


def cannot_judge(error: Exception) -> FailedError:
    """What there is no verdict on has exit status 2, whosever fault it is. `error` tells its own mend, if it knows one."""
    hint = getattr(error, "hint", None)
    return FailedError(_one_line(str(error)), _one_line(hint) if hint else None)


def _one_line(text: str) -> str:
    return printable("; ".join(line.strip() for line in text.splitlines() if line.strip()))


def stack_in_file(name: str, kind: Kind) -> Stack:
    """Raises `FailedError`."""
    try:
        document = _document(name)
    except DocumentError as error:
        raise cannot_judge(error) from None
    try:
        return _READERS[kind](document)
    except DocumentError as error:
        raise FailedError(printable(f"{_called(name)}: {error}"), _mend(str(error))) from None


def compared_with(stack: Stack, files: Sequence[str]) -> Stack:
    """The stack beside other ones, each from a file. Raises `FailedError`."""
    others = dict(stack.others)
    for file in files:
        other = stack_in_file(file, "either")
        if (other.name, other.project) == (stack.name, stack.project):
            raise FailedError(
                printable(f"{_called(file)}: is of the stack that is judged, {stack.name}"),
                "name another stack's state or preview",
            )
        name = other.name if other.project == stack.project else f"{other.project}/{other.name}"
        others[name] = other
    return replace(stack, others=others)


def stack_on_cloud(name: str, cloud: str) -> Stack:
    """A stack as its state tells it, beside the project's other ones. Raises `FailedError`."""
    try:
        project = find_project()
        check_stack(project, name)
        progress = Progress()
        chosen = find_cloud(cloud, project)
        chosen.start(progress.report)
        deployed = DeployedStack(project, name, chosen, report=progress.report)
        deployed.outputs()
        return replace(stack_of_state(deployed.export()), others=other_stacks(deployed))
    except (DeliveryError, DocumentError, OSError) as error:
        raise cannot_judge(error) from None
    except Exception as error:  # a cloud's own, with its status and one line
        if not hasattr(error, "exit_status"):
            raise
        raise cannot_judge(error) from None


def _document(name: str) -> Mapping[str, Any]:
    if name == STDIN:
        return read_object_from(sys.stdin.buffer, _called(name))
    return read_object(Path(name))


def _called(name: str) -> str:
    return "standard input" if name == STDIN else name


def _mend(said: str) -> str | None:
    if said.startswith("is a state,"):
        return "judge it with --state"
    return "judge it with --preview" if said.startswith("is a preview,") else None
