"""`pitchey policy fix`: what has one safe mend is shown as a difference, and written when it is wanted."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import yaml
from rich.console import Console
from rich.text import Text

from delivery.errors import DeliveryError, FailedError, RefusedError
from delivery.policy.gate import judge_of
from delivery.policy.reading import stack_on_cloud
from delivery.policy.setting_fixes import mended
from delivery.policy.waiver_fixes import waivers_mended
from delivery.policy.words import counted, printable
from delivery.policy.yaml_edits import EditError, veiled
from delivery.project import check_stack, find_project, stacks
from policies.configuration import ConfigurationError
from policies.waivers import WAIVERS
from settings.project import PROJECT
from settings.secrets import SECRETS

_SECRET_KEYS = [name for key in SECRETS for name in (key, f"{PROJECT}:{key}")]


@dataclass(frozen=True)
class Fix:
    """A file as it is and as it should be; `why` are lines, `by_hand` what nobody but a person can mend."""

    path: Path
    before: str
    after: str
    why: Sequence[str]
    by_hand: Sequence[str] = ()

    @property
    def changes(self) -> bool:
        return self.after != self.before

    def diff(self, folder: Path) -> str:
        name = self.path.relative_to(folder) if self.path.is_relative_to(folder) else self.path
        lines = difflib.unified_diff(
            veiled(self.before, _SECRET_KEYS).splitlines(),
            veiled(self.after, _SECRET_KEYS).splitlines(),
            f"a/{name}",
            f"b/{name}",
            lineterm="",
        )
        return "\n".join(printable(line) for line in lines)

    def write(self) -> None:
        """Whole or not at all. Raises `RefusedError` when the file was changed meanwhile."""
        target = self.path.resolve()
        if _read(target) != self.before:
            raise RefusedError(f"{self.path} was changed meanwhile", "run it again")
        mode = target.stat().st_mode & 0o777
        descriptor, fresh = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(self.after)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).chmod(mode)
            Path(fresh).replace(target)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise


def fix_settings_and_waivers(
    console: Console, stack: str | None, cloud: str, *, yes: bool, may_ask: bool
) -> None:
    """Raises `RefusedError` when it may neither ask nor write, `FailedError` when a file cannot be worked with."""
    try:
        project = find_project()
        names = [check_stack(project, stack)] if stack is not None else stacks(project)
    except DeliveryError as error:
        raise FailedError(error.what, error.hint) from None
    fixes = [_settings_fix(project / f"Pulumi.{name}.yaml", name) for name in names]
    try:
        fixes.append(_waivers_fix(stack, cloud))
    except ConfigurationError as error:
        raise FailedError(f"policies/{error}", "mend the file") from None
    wanted = [each for each in fixes if each.changes]
    for line in (line for each in fixes for line in each.by_hand):
        console.print(Text(printable(line), style="yellow"), soft_wrap=True)
    if not wanted:
        console.print("nothing to fix: no setting and no waiver has a safe mend", markup=False)
        return
    for each in wanted:
        _show(console, each, project)
    files = counted(len(wanted), "file")
    if not yes:
        if not may_ask:
            raise RefusedError(f"{files} would be changed", "run it in a terminal, or with --yes")
        typer.confirm(f"Change {files}?", abort=True, err=True)
    for each in wanted:
        each.write()
    console.print(f"{files} changed: `pitchey policy check` says what is left", markup=False)


def _show(console: Console, fix: Fix, folder: Path) -> None:
    for line in fix.why:
        console.print(Text(printable(line), style="bold"), soft_wrap=True)
    for line in fix.diff(folder).splitlines():
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        console.print(Text(line, style=style), soft_wrap=True)
    console.print()


def _settings_fix(path: Path, stack: str) -> Fix:
    text = _read(path)
    try:
        content: Any = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark is not None else ""
        raise FailedError(f"{path}{where}: is no YAML", "mend the file") from None
    after, changes, by_hand = mended(text, content, judge_of(stack))
    why = [f"{stack}: {change.key}: {', '.join(change.rules)}" for change in changes]
    return Fix(path, text, after, why, [f"{stack}: {line}" for line in by_hand])


def _waivers_fix(stack: str | None, cloud: str) -> Fix:
    if not WAIVERS.exists():
        return Fix(WAIVERS, "", "", [])
    text = _read(WAIVERS)

    def judged() -> Any:  # noqa: ANN401
        return stack_on_cloud(stack, cloud) if stack is not None else None

    try:
        after, why = waivers_mended(WAIVERS, text, stack, judged)
    except EditError as error:
        return Fix(WAIVERS, text, text, [], [f"{WAIVERS.name}: mend it by hand: {error}"])
    return Fix(WAIVERS, text, after, why)


def _read(path: Path) -> str:
    """As it is, line ends too."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise FailedError(f"{path}: is not in UTF-8", "mend the file") from None
