"""The settings of a stack, validated whole: every mistake at once, each with its key, its value unless secret, and the mend.

Settings are the configuration values `pitchey:…` of `Pulumi.<stack>.yaml`; docs/settings.md lists them. The account comes
from CLOUDFLARE_ACCOUNT_ID, and a split that is handed to one run of the program from PITCHEY_SPLIT.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
from pydantic import ValidationError

from components.live_split import Share
from components.names import worker_name
from settings.cloudflare_api import CLOUDFLARE_API, api_url
from settings.gate import is_production
from settings.mistakes import (
    credentials_in,
    foreign_problems,
    how_to_set,
    key_of,
    told,
    valid_records,
    without_mistakes,
)
from settings.model import (
    AlertSettings,
    Configuration,
    DatabaseSettings,
    PagesSettings,
    RecordSettings,
    RolloutsSettings,
    SecuritySettings,
    UploadsSettings,
    WorkerSettings,
    ZoneSettings,
)
from settings.project import PROJECT
from settings.rules import broken_rules
from settings.secrets import DEPLOYMENTS_TOKEN, SECRETS, Holder, check_secret
from settings.separation import claimed_by_others
from settings.split import SPLIT, SPLIT_MESSAGE, read_split

ACCOUNT: Final = "CLOUDFLARE_ACCOUNT_ID"
ENVIRONMENT: Final[Mapping[str, str]] = {
    ACCOUNT: "the account's id, 32 hexadecimal digits; `pitchey` sets it for the local cloud",
    SPLIT: "the split that is handed to this one run, as `pitchey split` does it: a JSON list of `versionId` and `percentage`",
    SPLIT_MESSAGE: "why; kept with the deployment",
}
BUNDLE: Final = "worker/dist/index.js"
ROLLOUTS_BUNDLE: Final = "worker/dist/rollouts.js"
_SWITCH_NEWS: Final[Mapping[str, tuple[str, ...]]] = {
    "slack": ("slackWebhookUrl",),
    "webhook": ("webhookUrl", "webhookSecret"),
}
"""Whom a Worker can tell → the secrets that it takes."""
_HEX_32: Final = re.compile(r"[0-9a-f]{32}")
_STACK: Final = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")


class SettingsError(pulumi.RunError):
    """`problems` are lines; the engine shows them without a traceback."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        many = "is a mistake" if len(problems) == 1 else f"are {len(problems)} mistakes"
        super().__init__(f"there {many} in the settings of stack {stack}:\n{lines}")
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    stack: str
    account_id: str
    zone: ZoneSettings
    worker: WorkerSettings
    pages: PagesSettings
    database: DatabaseSettings
    uploads: UploadsSettings
    security: SecuritySettings
    alerts: AlertSettings
    records: tuple[RecordSettings, ...]
    rollouts: RolloutsSettings
    bundle: bytes = field(repr=False)
    rollouts_bundle: bytes = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    """Binding name → value, of the application's secrets that are set."""
    deployments_token: str | None = field(default=None, repr=False)
    """Set where the dead-man's switch is on."""
    switch_news: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Binding name → value, of the secrets by which the switch tells that it has acted."""
    api_url: str = CLOUDFLARE_API
    """Cloudflare's API: the provider's."""
    wanted_split: tuple[Share, ...] | None = None
    split_message: str | None = None


def load(
    config: Mapping[str, str],
    secret_keys: Collection[str],
    stack: str,
    environment: Mapping[str, str],
    project: Path,
) -> Settings:
    """`config` maps `pitchey:key` to text (JSON for what is nested), `secret_keys` names those that were encrypted.

    Raises `SettingsError` with everything that is wrong.
    """
    problems: list[str] = []
    if not _STACK.fullmatch(stack):
        problems.append(
            f"stack {stack!r}: a name of up to 20 lower-case letters, digits and dashes is needed"
        )
    values, encrypted = _own(config), _own(dict.fromkeys(secret_keys, "")).keys()
    secrets = _secrets(values, encrypted, problems)
    raw = _from_json({key: text for key, text in values.items() if key not in SECRETS})
    parsed = _parsed(raw, encrypted, problems)
    problems.extend(foreign_problems(config, secret_keys))
    account = environment.get(ACCOUNT, "")
    if not _HEX_32.fullmatch(account):
        # Not repeated: a token may stand there by mistake.
        said = "not 32 hexadecimal digits" if account else "not set"
        problems.append(f"{ACCOUNT}: {said}; export the account's id (the dashboard shows it)")
    split = read_split(environment.get(SPLIT), problems)
    bundle = _bundle(project, BUNDLE, problems)
    rollouts_bundle = _bundle(project, ROLLOUTS_BUNDLE, problems)
    deployments_token = _deployments_token(stack, parsed, secrets, problems)
    if parsed is not None:
        problems.extend(broken_rules(stack, parsed, valid_records(raw)))
        problems.extend(claimed_by_others(stack, parsed.zone, project))
    if problems or parsed is None:
        raise SettingsError(stack, problems)
    return Settings(
        stack=stack,
        account_id=account,
        zone=parsed.zone,
        worker=parsed.worker,
        pages=parsed.pages,
        database=parsed.database,
        uploads=parsed.uploads,
        security=parsed.security,
        alerts=parsed.alerts,
        records=parsed.records,
        rollouts=parsed.rollouts,
        bundle=bundle,
        rollouts_bundle=rollouts_bundle,
        secrets={
            spec.binding: secrets[key]
            for key, spec in SECRETS.items()
            if key in secrets and spec.holder is Holder.APPLICATION
        },
        deployments_token=deployments_token,
        switch_news={} if deployments_token is None else _switch_news(parsed.rollouts, secrets),
        api_url=api_url(environment, config),
        wanted_split=split,
        split_message=environment.get(SPLIT_MESSAGE) if split else None,
    )


def _own(config: Mapping[str, str]) -> dict[str, str]:
    prefix = f"{PROJECT}:"
    return {key.removeprefix(prefix): v for key, v in config.items() if key.startswith(prefix)}


def _from_json(values: Mapping[str, str]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for key, text in values.items():
        try:
            raw[key] = json.loads(text)
        except (ValueError, RecursionError):
            raw[key] = text
    return raw


def _parsed(
    raw: Mapping[str, Any], encrypted: Collection[str], problems: list[str]
) -> Configuration | None:
    problems.extend(
        f"{key_of((key,))}: is encrypted, and settings end up in plain text; set it without --secret, "
        f"and keep secrets under {', '.join(SECRETS)}"
        for key in raw
        if key in encrypted and key in Configuration.model_fields
    )
    plain = {key: value for key, value in raw.items() if key not in encrypted}
    problems.extend(credentials_in(plain))
    try:
        return Configuration.model_validate(raw)
    except ValidationError as error:
        problems.extend(told(error, encrypted & Configuration.model_fields.keys()))
        return without_mistakes(raw)


def _secrets(
    values: Mapping[str, str], encrypted: Collection[str], problems: list[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, spec in SECRETS.items():
        name = f"{PROJECT}:{key}"
        value = values.get(key)
        if value is None:
            if spec.required:
                problems.append(f"{name}: not set; {how_to_set(key)}")
            continue
        if key not in encrypted:
            problems.append(
                f"{name}: stands in plain text; remove it from the file, change it where it comes from, "
                f"and set the new one with `pulumi config set --secret {name}`"
            )
            continue
        wrong = check_secret(key, value)
        if wrong is not None:
            problems.append(f"{name}: {wrong}")
        found[key] = value
    return found


def _deployments_token(
    stack: str, parsed: Configuration | None, secrets: Mapping[str, str], problems: list[str]
) -> str | None:
    """None where the dead-man's switch is off, whether it could be on or not."""
    if parsed is None or not has_dead_mans_switch(stack, parsed.rollouts):
        return None
    told = any(problem.startswith(key_of((DEPLOYMENTS_TOKEN,))) for problem in problems)
    token = secrets.get(DEPLOYMENTS_TOKEN)
    if token is None and not told:
        problems.append(
            f"{PROJECT}:{DEPLOYMENTS_TOKEN}: not set, and the dead-man's switch is on; make an API token with Workers Scripts "
            f"Write alone, for {worker_name(stack)} alone where the account can say so, and "
            f"{how_to_set(DEPLOYMENTS_TOKEN)}; or set {key_of(('rollouts', 'deadMansSwitch'))} to false"
        )
    return token


def _switch_news(rollouts: RolloutsSettings, secrets: Mapping[str, str]) -> dict[str, str]:
    """A receiver whose secrets are not all set hears nothing; whoever leads a rollout says so."""
    wanted = {entry.kind for entry in rollouts.notify} & _SWITCH_NEWS.keys()
    keys = [
        _SWITCH_NEWS[kind] for kind in sorted(wanted) if secrets.keys() >= {*_SWITCH_NEWS[kind]}
    ]
    return {SECRETS[key].binding: secrets[key] for key in itertools.chain(*keys)}


def has_dead_mans_switch(stack: str, rollouts: RolloutsSettings) -> bool:
    """As the settings say, else on production alone."""
    on = rollouts.dead_mans_switch
    return is_production(stack) if on is None else on


def _bundle(project: Path, name: str, problems: list[str]) -> bytes:
    try:
        code = (project / name).read_bytes()
    except FileNotFoundError:
        problems.append(f"{name} is missing; run `make bundle`")
        return b""
    except OSError as error:
        problems.append(f"{name} cannot be read ({error.strerror}); run `make bundle`")
        return b""
    if not code:
        problems.append(f"{name} is empty; run `make bundle`")
    return code
