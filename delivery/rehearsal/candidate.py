"""The version that a rehearsal rolls out: the application's Worker with a fault, bound to all that the live version is bound to."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from delivery.errors import RefusedError
from delivery.node import find_node
from delivery.patient_api import PatientApi

Json = dict[str, Any]
_BUILD: Final = "worker/build.mjs"
_MAIN_MODULE: Final = "index.js"
_UPLOAD_SECONDS: Final = 60.0
_KEPT: Final = (
    *("compatibility_date", "compatibility_flags", "exports", "limits", "placement"),
    "usage_model",
)
"""What the live version was uploaded with, beside code and bindings."""


def build_candidate(project: Path, fault: Mapping[str, Any], folder: Path) -> bytes:
    """The bundle. Raises `RefusedError` with the compiler's own line."""
    target = folder / "candidate.js"
    done = subprocess.run(
        [str(find_node()), _BUILD, "--fault", json.dumps(fault), "--out", str(target)],
        cwd=project,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        start_new_session=True,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().removeprefix("error: ")
        raise RefusedError(
            f"the candidate was not bundled: {said or 'the bundler said nothing'}",
            "mend the Worker; nothing was changed",
        )
    return target.read_bytes()


class Candidates:
    """Versions of one Worker, by the API that Pulumi's provider uses too; `worker_id` has 32 hexadecimal digits."""

    def __init__(self, environment: Mapping[str, str], worker_id: str) -> None:
        """Raises `RefusedError`."""
        self._api = PatientApi(environment, patience=_UPLOAD_SECONDS)
        self._path = f"/workers/workers/{worker_id}/versions"

    def upload(self, code: bytes, stable: str, message: str) -> str:
        """A version without traffic; its id. What it is bound to it inherits from the live version, secrets too, which
        nobody here gets to see. Raises `DeliveryError`."""

        def attempt() -> str:
            live: Json = self._api.ask("GET", f"{self._path}/{stable}")
            body = {key: live[key] for key in _KEPT if live.get(key)}
            body |= {
                "main_module": _MAIN_MODULE,
                "modules": [
                    {
                        "name": _MAIN_MODULE,
                        "content_type": "application/javascript+module",
                        "content_base64": base64.b64encode(code).decode(),
                    }
                ],
                "bindings": [
                    {"name": binding["name"], "type": "inherit", "version_id": stable}
                    for binding in live.get("bindings") or ()
                ],
                "annotations": {"workers/tag": "rehearsal", "workers/message": message},
            }
            return str(self._api.ask("POST", self._path, body)["id"])

        return self._api.until_told(attempt)

    def delete(self, version: str) -> None:
        """Also one that is gone already: nobody is to build on a faulty version. Raises `DeliveryError`."""
        self._api.call("DELETE", f"{self._path}/{version}", missing=lambda: None)
