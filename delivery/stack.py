"""A stack of the program on a cloud: made ready, run, and read."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from delivery import recovery
from delivery.clouds import Cloud, Report
from delivery.engine import Engine, Result
from delivery.errors import NO_ROOM, FailedError, RefusedError
from delivery.events import Event
from delivery.failures import failure_of, stopping_violations
from delivery.project import stacks
from delivery.run_mark import RunMark, run_folder
from delivery.split import Share, to_environment
from delivery.stack_config import merge_settings, write_project_file
from delivery.stack_lock import hold_stack
from policies.configuration import ConfigurationError, read_configuration
from settings.project import PROJECT
from settings.run_pass import issued_pass
from settings.secrets import DEPLOYMENTS_TOKEN, SECRETS

Json = dict[str, Any]
_DEPLOYMENT: Final = (
    "**pitchey:traffic:TrafficSplit$cloudflare:index/workersDeployment:WorkersDeployment::**"
)
POLICIES: Final = "policies"
WAIT_SECONDS: Final = 600.0


class Stack:
    """`report` is told what is being waited for; `on_event` gets the engine's events while it runs."""

    def __init__(
        self,
        project: Path,
        name: str,
        cloud: Cloud,
        *,
        report: Report,
        on_event: Callable[[Event], None] = lambda _event: None,
    ) -> None:
        self.project = project
        self.name = name
        self.cloud = cloud
        self._report = report
        self._on_event = on_event
        self._run_folder = run_folder(project, cloud.name)

    @property
    def engine(self) -> Engine:
        return Engine(self.cloud.engine(), self.project, self.cloud.environment())

    def variables(self) -> Mapping[str, str]:
        """What a client of the cloud's API needs: `CLOUDFLARE_API_TOKEN`, `_ACCOUNT_ID`, and `_BASE_URL` where it is not
        Cloudflare."""
        return self.engine.environment()

    @property
    def is_production(self) -> bool:
        """As `policies/config.yaml` says. Raises `FailedError` for a file that cannot be read."""
        try:
            return read_configuration().is_production(self.name)
        except ConfigurationError as error:
            raise FailedError(
                f"policies/{error}", "without it nobody knows what production is"
            ) from None

    @property
    def _config_file(self) -> Path:
        return self.cloud.config_file(self.name)

    @property
    def mark(self) -> RunMark:
        return RunMark(self._run_folder / f"{self.name}.begun")

    @contextmanager
    def held(self, wait_seconds: float = WAIT_SECONDS) -> Generator[None]:
        """The stack for this run alone, ready, and mended if the last run was killed. Raises `RefusedError`."""
        path = self._run_folder / f"{self.name}.lock"
        with hold_stack(path, self.name, wait_seconds=wait_seconds, report=self._report):
            self.mark.end_engine(self._report)
            self._prepare()
            if self.mark.exists():
                self._report("the last run was cut short: reading what it left behind")
                recovery.recover(self)
                self.mark.clear()
            yield

    def _prepare(self) -> None:
        """Raises `RefusedError` for a secret that only the user can know and has not set."""
        if self._config_file.parent == self.project:
            return

        folder = self._config_file.parent
        secret_keys = {f"{PROJECT}:{key}" for key in SECRETS}
        content = merge_settings(self.project, self.name, self._config_file, secret_keys)
        write_project_file(folder, self.project)
        if "encryptionsalt" not in content:
            self.engine.read(
                "stack", "init", self.name, "--secrets-provider", "passphrase", folder=folder
            )
        self._fill_in_secrets(folder, content["config"])

    def _fill_in_secrets(self, folder: Path, config: Mapping[str, object]) -> None:

        for key, secret in SECRETS.items():
            name = f"{PROJECT}:{key}"
            if name in config or not (secret.required or key == DEPLOYMENTS_TOKEN):
                continue
            value = self.cloud.working_secret(key, self.name)
            if value is not None:
                self._set_secret(folder, name, value)

    def _set_secret(self, folder: Path, name: str, value: str) -> None:
        # By standard input: a process's arguments can be read by everybody on the machine.
        done = subprocess.run(
            [
                str(self.engine.executable),
                *("config", "set", name, "--secret", "--stack", self.name, "--non-interactive"),
            ],
            cwd=folder,
            env=self.engine.environment(),
            input=value,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise FailedError(f"{name} could not be kept as a secret of stack {self.name}")

    # Runs

    def up(self, plan: Path | None = None) -> Result:
        """Applies the program, or no more of it than a plan allows; production always by a plan that was judged. Raises
        `DeliveryError`."""
        if plan is None and self.is_production:
            raise RefusedError(f"{self.name} is applied by a plan that was judged", "preview it")
        constrained = [] if plan is None else ["--plan", str(plan)]
        arguments = ["up", "--yes", "--skip-preview", *self._common(), *self._judged()]
        return self._run([*arguments, *constrained], None)

    def split(self, shares: Sequence[Share], message: str = "pitchey split") -> Result:
        """Hands the split to one run of the program, which applies nothing but the deployment: code and settings that
        changed meanwhile wait for the next `up`. `message` is kept with the deployment. It does not outlive this process: by then
        somebody else may lead, or nobody. Raises `DeliveryError`."""
        arguments = ["up", "--yes", "--skip-preview", *self._common(), "--target", _DEPLOYMENT]
        return self._run(arguments, to_environment(shares, message), tied=True)

    def preview(self, save_plan: Path | None = None) -> Result:
        """What `up` would do, judged by the policy pack; its verdict is among the events. Raises `DeliveryError` where
        something else than a policy stopped it."""
        saved = [] if save_plan is None else ["--save-plan", str(save_plan)]
        arguments = ["preview", *self._common(), *self._judged(), *saved]
        result = self._engine_run(arguments, None)
        if result.exit_status != 0 and not stopping_violations(result):
            raise failure_of(arguments[0], result)
        return result

    def refresh(self) -> Result:
        """Reads the state anew from the cloud. Raises `DeliveryError`."""
        marked = self.mark.exists()
        try:
            return self._run(["refresh", "--yes", "--skip-preview", *self._common()], None)
        finally:
            # What was cut short is mended when the whole recovery is.
            if marked:
                self.mark.set()

    def replace_state(self, state: Json) -> None:
        """Puts a state, secrets encrypted, in the place of the one that is kept. Raises `FailedError`."""
        self.engine.read("stack", "import", "--stack", self.name, given=json.dumps(state))

    def cancel(self) -> None:
        """Takes away the lock that a killed engine left in the state."""
        self.engine.read("cancel", "--yes", "--stack", self.name)

    def _common(self) -> list[str]:
        return ["--stack", self.name, "--config-file", str(self._config_file)]

    def _judged(self) -> list[str]:
        return ["--policy-pack", str(self.project / POLICIES)]

    def _run(
        self, arguments: Sequence[str], extra: Mapping[str, str] | None, *, tied: bool = False
    ) -> Result:
        result = self._engine_run(arguments, extra, tied=tied)
        if result.exit_status != 0:
            raise failure_of(arguments[0], result)
        return result

    def _engine_run(
        self, arguments: Sequence[str], extra: Mapping[str, str] | None, *, tied: bool = False
    ) -> Result:
        self.mark.set()
        with issued_pass(self.project, self.cloud.name, self.name) as run_pass:
            variables = {**run_pass, **(extra or {})}
            result = self.engine.run(arguments, self._on_event, variables, self.mark.set, tied=tied)
        # Whatever was done and could not be written down is found by the next run.
        if result.exit_status >= 0 and not result.interrupted and NO_ROOM not in result.output:
            self.mark.clear()
        if result.interrupted:
            raise KeyboardInterrupt
        return result

    # Reading

    def outputs(self) -> Json:
        """The stack's outputs by name; secret ones are left out. Raises `DeliveryError` for a stack that was never up."""
        try:
            text = self.engine.read("stack", "output", "--json", "--stack", self.name)
        except FailedError as error:
            if "no stack named" not in error.what:
                raise
            text = "{}"
        outputs: Json = json.loads(text)
        if not outputs:
            raise RefusedError(
                f"stack {self.name} is not up on the cloud {self.cloud.name}",
                f"`pitchey up {self.name}` brings it up",
            )
        known = {key: value for key, value in outputs.items() if value != "[secret]"}
        # The engine drops an output that is null; this one says that there is no candidate.
        return {"candidateVersionId": None, **known}

    def secret_output(self, name: str) -> str | None:
        """One output in clear; None where the stack has none of that name. Raises `FailedError`."""
        told = self.engine.read("stack", "output", "--json", "--show-secrets", "--stack", self.name)
        outputs: Json = json.loads(told)
        value = outputs.get(name)
        return None if value is None else str(value)

    def export(self) -> Json:
        """The state, secrets encrypted."""
        exported: Json = json.loads(self.engine.read("stack", "export", "--stack", self.name))
        return exported

    def secrets(self, stack: str) -> dict[str, str] | None:
        """A stack's secret configuration by key, in clear, for comparing alone; None where it cannot be decrypted here."""
        file = self.cloud.config_file(stack)
        arguments = ("config", "--show-secrets", "--json", "--stack", stack)
        try:
            told = self.engine.read(*arguments, "--config-file", str(file))
            content: dict[str, Json] = json.loads(told)
        except (FailedError, ValueError):
            return None
        prefix = f"{PROJECT}:"
        return {
            key.removeprefix(prefix): str(row.get("value", ""))
            for key, row in content.items()
            if row.get("secret") and key.startswith(prefix)
        }

    def other_states(self) -> dict[str, Json]:
        """The states of the project's other stacks on this cloud, those that there are, secrets encrypted."""
        listed: list[Json] = json.loads(self.engine.read("stack", "ls", "--json") or "[]")
        there = {str(row["name"]).rsplit("/", 1)[-1] for row in listed}
        return {
            name: json.loads(self.engine.read("stack", "export", "--stack", name))
            for name in stacks(self.project)
            if name != self.name and name in there
        }
