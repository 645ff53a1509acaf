"""A preview kept in a folder: for a pull request's comment, and for the apply that does no more than what was judged.

preview.json   what would be done, in the shape of `pulumi preview --json --show-sames`
plan.json      the engine's plan, secrets encrypted
verdict.json   what the policies say, in the shape of `pitchey policy check --json`
policy.sarif   the same for code scanning
stack.json     stack, cloud, commit, the live split, and the digests of the files above
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from delivery.errors import RefusedError
from delivery.policy.gate import Judged
from delivery.policy.reports import as_json
from delivery.policy.sarif import as_sarif

PREVIEW: Final = "preview.json"
PLAN: Final = "plan.json"
VERDICT: Final = "verdict.json"
SARIF: Final = "policy.sarif"
ABOUT: Final = "stack.json"
_SEALED: Final = (PREVIEW, PLAN, VERDICT)


@dataclass(frozen=True)
class Saved:
    """Where a preview is kept."""

    folder: Path

    @property
    def plan(self) -> Path:
        return self.folder / PLAN

    def clear(self) -> None:
        """An older preview says nothing of this one. Raises `RefusedError` for a folder that holds something else."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = {*_SEALED, SARIF, ABOUT, "comment.md"}
        foreign = sorted(path.name for path in self.folder.iterdir() if path.name not in known)
        if foreign:
            raise RefusedError(
                f"{self.folder} holds {foreign[0]}, which no preview wrote", "name an empty folder"
            )
        for path in self.folder.iterdir():
            path.unlink()

    def write(
        self,
        judged: Judged,
        *,
        project: Path,
        stack: str,
        cloud: str,
        split: Sequence[Mapping[str, Any]] | None,
    ) -> None:
        self._put(PREVIEW, judged.document)
        self._put(VERDICT, as_json(judged.verdict))
        self._put(SARIF, as_sarif(judged.verdict, location="Pulumi.yaml", stack=stack))
        about = {
            "stack": stack,
            "cloud": cloud,
            "commit": commit_of(project),
            "split": split,
            "digests": self._digests(),
        }
        self._put(ABOUT, about)

    def check(self, *, project: Path, stack: str, cloud: str) -> None:
        """Raises `RefusedError` unless this is a preview of this stack and commit that policy let pass, as it was written."""
        about = self._read(ABOUT)
        for key, wanted in (("stack", stack), ("cloud", cloud), ("commit", commit_of(project))):
            if about.get(key) != wanted:
                raise RefusedError(
                    f"{self.folder} is a preview of {key} {about.get(key)}, not of {wanted}",
                    f"run `pitchey preview {stack} --save {self.folder}` again",
                )
        stopping = [v for v in self._read(VERDICT).get("violations", ()) if v.get("mandatory")]
        if stopping:
            raise RefusedError(
                f"policy stopped the preview in {self.folder}: {stopping[0]['rule']}",
                "mend what it names, and preview again",
            )
        if about.get("digests") != self._digests() or not self.plan.exists():
            raise RefusedError(
                f"{self.folder} is not as the preview wrote it",
                f"run `pitchey preview {stack} --save {self.folder}` again",
            )

    def _digests(self) -> dict[str, str]:
        return {
            name: hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
            for name in _SEALED
            if (self.folder / name).exists()
        }

    def _put(self, name: str, content: object) -> None:
        text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
        (self.folder / name).write_text(text + "\n", encoding="utf-8")

    def _read(self, name: str) -> Mapping[str, Any]:
        path = self.folder / name
        try:
            content: object = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            content = None
        if not isinstance(content, dict):
            raise RefusedError(
                f"{path} is no file that a preview wrote", "name the folder of `preview --save`"
            )
        return content  # pyright: ignore[reportUnknownVariableType]


def commit_of(project: Path) -> str | None:
    """The commit that is checked out, with `+` where files differ from it; None outside a repository."""
    try:
        head = _git(project, "rev-parse", "HEAD")
        changed = _git(project, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{head}+{_digest(_git(project, 'diff', 'HEAD'))}" if changed else head


def _git(project: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=project, capture_output=True, text=True, check=True
    ).stdout.strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
