"""The settings of a stack, validated whole: every mistake at once, each with its key, its value unless secret, and the mend.

Settings are the configuration values `pitchey:…` of `Pulumi.<stack>.yaml`; docs/settings.md lists them. The account comes
from CLOUDFLARE_ACCOUNT_ID, and a split that is handed to one run of the program from PITCHEY_SPLIT.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml
from pydantic import BaseModel, ValidationError

from settings.model import (
    Configuration,
    DatabaseSettings,
    PagesSettings,
    RecordSettings,
    SecuritySettings,
    UploadsSettings,
    WorkerSettings,
    ZoneSettings,
)
from settings.secrets import SECRETS, check_secret

PROJECT: Final = "pitchey"
ACCOUNT: Final = "CLOUDFLARE_ACCOUNT_ID"
SPLIT: Final = "PITCHEY_SPLIT"
SPLIT_MESSAGE: Final = "PITCHEY_SPLIT_MESSAGE"
PRODUCTION: Final = "production"
_HEX_32: Final = re.compile(r"[0-9a-f]{32}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STACK: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")


class SettingsError(pulumi.RunError):
    """`problems` are lines; the engine shows them without a traceback."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        many = "is a mistake" if len(problems) == 1 else f"are {len(problems)} mistakes"
        super().__init__(f"there {many} in the settings of stack {stack}:\n{lines}")
        self.problems = problems


@dataclass(frozen=True)
class Share:
    """`percentage` of the requests, 0 to 100."""

    version_id: str
    percentage: float


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
    records: tuple[RecordSettings, ...]
    bundle: bytes = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    """Binding name → value, of the secrets that are set."""
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
    values = {
        key.partition(":")[2]: value
        for key, value in config.items()
        if key.startswith(f"{PROJECT}:")
    }
    secrets = _secrets(values, {key.partition(":")[2] for key in secret_keys}, problems)
    parsed = _parsed({key: value for key, value in values.items() if key not in SECRETS}, problems)
    account = environment.get(ACCOUNT, "")
    if not _HEX_32.fullmatch(account):
        problems.append(
            f"{ACCOUNT}: {account or 'not set'}; export the account's id, 32 hexadecimal digits"
        )
    split = _split(environment.get(SPLIT), problems)
    bundle = _bundle(project, problems)
    if parsed is not None:
        _check_production(stack, parsed, problems)
        _check_separation(stack, parsed, project, problems)
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
        records=parsed.records,
        bundle=bundle,
        secrets=secrets,
        wanted_split=split,
        split_message=environment.get(SPLIT_MESSAGE) if split else None,
    )


def _parsed(values: Mapping[str, str], problems: list[str]) -> Configuration | None:
    raw: dict[str, Any] = {}
    for key, text in values.items():
        try:
            raw[key] = json.loads(text)
        except ValueError:
            raw[key] = text
    try:
        return Configuration.model_validate(raw)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            problems.append(
                _told(mistake["loc"], mistake["type"], mistake["msg"], mistake["input"])
            )
        return None


def _told(place: tuple[int | str, ...], kind: str, message: str, value: object) -> str:
    key = f"{PROJECT}:" + ".".join(map(str, place))
    if kind == "missing":
        return f"{key}: not set; add it to the stack's settings file"
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _names(place), n=1)
        return f"{key}: unknown; " + (
            f"did you mean {near[0]}?" if near else f"known are {', '.join(_names(place))}"
        )
    reason = message.removeprefix("Value error, ").removeprefix("Input ")
    return f"{key}: {json.dumps(value, default=str)} {reason[0].lower()}{reason[1:]}"


def _names(place: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Configuration
    for part in place[:-1]:
        inner = next((f for n, f in model.model_fields.items() if (f.alias or n) == part), None)
        kind = inner.annotation if inner is not None else None
        if not isinstance(kind, type) or not issubclass(kind, BaseModel):
            return []
        model = kind
    known = [f.alias or name for name, f in model.model_fields.items()]
    return [*known, *SECRETS] if model is Configuration else known


def _secrets(
    values: Mapping[str, str], encrypted: Collection[str], problems: list[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, spec in SECRETS.items():
        name = f"{PROJECT}:{key}"
        value = values.get(key)
        if value is None:
            if spec.required:
                problems.append(f"{name}: not set; `pulumi config set --secret {name}` asks for it")
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
        found[spec.binding] = value
    return found


def _split(text: str | None, problems: list[str]) -> tuple[Share, ...] | None:
    if not text:
        return None
    try:
        rows: list[dict[str, Any]] = json.loads(text)
        shares = tuple(Share(str(row["versionId"]), float(row["percentage"])) for row in rows)
    except (ValueError, KeyError, TypeError):
        problems.append(f"{SPLIT}: not a JSON list of versionId and percentage")
        return None
    total = round(sum(share.percentage for share in shares), 6)
    if not 1 <= len(shares) <= 2:
        problems.append(f"{SPLIT}: {len(shares)} versions; a split has one or two")
    elif total != 100:
        problems.append(f"{SPLIT}: the percentages add up to {total:g}; they must make 100")
    for share in shares:
        if not _UUID.fullmatch(share.version_id):
            problems.append(f"{SPLIT}: {share.version_id!r} is not the id of a version")
        if not 0 <= share.percentage <= 100:
            problems.append(f"{SPLIT}: {share.percentage:g} is not between 0 and 100")
    return shares


def _bundle(project: Path, problems: list[str]) -> bytes:
    try:
        return (project / "worker/dist/index.js").read_bytes()
    except FileNotFoundError:
        problems.append("worker/dist/index.js is missing; run `make bundle`")
        return b""


def _check_production(stack: str, config: Configuration, problems: list[str]) -> None:
    if stack != PRODUCTION:
        return
    for name in ("workersDev", "previewUrls"):
        value = config.worker.workers_dev if name == "workersDev" else config.worker.preview_urls
        if value:
            problems.append(
                f"{PROJECT}:worker.{name}: true on production would be a second, unguarded way in; remove it"
            )


def _check_separation(
    stack: str, config: Configuration, project: Path, problems: list[str]
) -> None:
    """No two stacks claim the same zone: hosts, records and certificates all hang on it."""
    for path in sorted(project.glob("Pulumi.*.yaml")):
        other = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        if other == stack:
            continue
        try:
            content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError):
            continue  # that stack's own run says so
        zone: Any = ((content or {}).get("config") or {}).get(f"{PROJECT}:zone") or {}
        if not isinstance(zone, dict):
            continue
        same_id = config.zone.id is not None and zone.get("id") == config.zone.id  # pyright: ignore[reportUnknownMemberType]
        if zone.get("name") == config.zone.name or same_id:  # pyright: ignore[reportUnknownMemberType]
            problems.append(
                f"{PROJECT}:zone.name: {config.zone.name} is claimed by stack {other} too; "
                "give each stack a zone of its own"
            )
