"""A canary in each secret: after a whole life, good days and bad, it is nowhere but in the cloud that was given it."""

from __future__ import annotations

import base64
import json
import re
import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Final

import psutil
import pytest

from localcloud.cloud import LocalCloud
from tests.integration.checkout import Checkout

_CLOUDS_OWN: Final = ("state.db", "secrets.json", "token", "edge/", "daemon.json")
"""Of `.pitchey/local`: what the local cloud holds as Cloudflare does, and what it made up by itself, for its owner alone."""


def _word(length: int = 24) -> str:
    """Letters and digits alone: no quoting and no escaping changes it."""
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))


@pytest.fixture(scope="module")
def canaries() -> dict[str, str]:
    """The user's list, by its key: the part of each value that is looked for."""
    return {
        "databaseUrl": _word(),
        "upstashRedisRestUrl": _word().lower(),
        "upstashRedisRestToken": _word(44),
        "sentryDsn": secrets.token_hex(16),
        "jwtSecret": _word(64),
    }


def _values(canaries: dict[str, str]) -> dict[str, str]:
    return {
        **canaries,
        "databaseUrl": f"postgresql://app:{canaries['databaseUrl']}@db.pitchey.example:5432/shop?sslmode=require",
        "upstashRedisRestUrl": f"https://{canaries['upstashRedisRestUrl']}.upstash.io",
        "sentryDsn": f"https://{canaries['sentryDsn']}@o1.ingest.us.sentry.io/1",
    }


class Life:
    """Commands in a checkout; keeps what they print and every argument of every process meanwhile."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.printed: list[str] = []
        self.arguments: set[str] = set()
        self._temporary = checkout.folder / "temporary"
        self._temporary.mkdir()

    def pitchey(self, *arguments: str, expect: int = 0) -> str:
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ended,))
        watcher.start()
        try:
            done = self.checkout.pitchey(*arguments, env={"TMPDIR": str(self._temporary)})
        finally:
            ended.set()
            watcher.join()
        told = f"{done.stdout}\n{done.stderr}"
        self.printed.append(told)
        assert done.returncode == expect, told
        return told

    def set_secret(self, key: str, value: str) -> None:
        """As the documentation says: by standard input."""
        cloud = LocalCloud(self.checkout.folder)
        subprocess.run(
            [
                *(str(cloud.engine()), "config", "set", "--secret", f"pitchey:{key}"),
                *("--stack", "production", "--non-interactive"),
                *("--config-file", str(cloud.config_file("production"))),
            ],
            cwd=self.checkout.folder,
            env=self.checkout.environment(cloud.environment()),
            input=value,
            text=True,
            check=True,
            capture_output=True,
        )

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(0.02):
            for process in psutil.process_iter():
                try:
                    self.arguments.add("\0".join(process.cmdline()))
                except psutil.Error:
                    continue

    def files(self) -> Iterator[tuple[str, bytes]]:
        own = self.checkout.home.relative_to(self.checkout.folder)
        for path in self.checkout.folder.rglob("*"):
            name = str(path.relative_to(self.checkout.folder))
            is_clouds = name.removeprefix(f"{own}/").startswith(_CLOUDS_OWN)
            installed = {".venv", "node_modules"} & set(
                path.relative_to(self.checkout.folder).parts
            )
            if path.is_file() and not path.is_symlink() and not installed and not is_clouds:
                yield name, path.read_bytes()


@pytest.fixture(scope="module")
def life(checkout: Checkout, canaries: dict[str, str]) -> Life:
    """Everything that a secret may pass through, and what goes wrong with it."""
    life = Life(checkout)
    life.pitchey("preview", "production")
    for key, value in _values(canaries).items():
        life.set_secret(key, value)
    life.pitchey("up", "production")
    life.pitchey("up", "staging")
    life.pitchey("preview", "production", "--save", "kept")
    life.pitchey("comment", "kept")
    for form in ((), ("--json",), ("--sarif",)):
        life.pitchey("policy", "check", "--stack", "production", *form)
    life.pitchey("outputs", "production")
    life.pitchey("status", "production")
    life.pitchey("split", "production", "stable=100")
    life.pitchey("local", "logs", "-n", "1000", "--json")
    _secret_where_it_does_not_belong(life)
    _secret_that_changed_after_the_plan(life, canaries)
    _program_that_quotes_a_secret_as_it_fails(life)
    _rule_that_quotes_a_secret_as_it_fails(life)
    return life


def _secret_where_it_does_not_belong(life: Life) -> None:
    old = 'Binding("ENVIRONMENT", "plain_text", self._args.environment),'
    copy = 'Binding("DB_COPY", "plain_text", self._args.secrets[DATABASE_URL]),'
    before = life.checkout.edit("components/platform.py", (old, f"{old} {copy}"))
    told = life.pitchey("preview", "production", "--save", "leak", expect=1)
    assert "bindings" in told
    life.pitchey("comment", "leak")
    life.pitchey("up", "production", expect=1)
    (life.checkout.folder / "components/platform.py").write_text(before)


def _secret_that_changed_after_the_plan(life: Life, canaries: dict[str, str]) -> None:
    life.pitchey("preview", "production", "--save", "changed")
    life.set_secret("jwtSecret", canaries["jwtSecret"][::-1])
    told = life.pitchey("up", "production", "--plan", "changed", expect=1)
    assert "plan" in told
    life.set_secret("jwtSecret", canaries["jwtSecret"])


def _program_that_quotes_a_secret_as_it_fails(life: Life) -> None:
    old = "        parts = urlsplit(url)\n"
    crash = '        raise RuntimeError(f"cannot read {url}")\n'
    before = life.checkout.edit("components/hyperdrive.py", (old, crash))
    life.pitchey("preview", "production", expect=1)
    (life.checkout.folder / "components/hyperdrive.py").write_text(before)


def _rule_that_quotes_a_secret_as_it_fails(life: Life) -> None:
    crash = (
        "def _crash(resource, context):\n"
        "    raise ValueError(str([leaf.text for leaf in resource.inputs.leaves()]))\n\n\n"
        "RULES: Final[Sequence[Rule]] = (\n"
        '    replace(transport.RULES[0], name="crash", kinds=("*",), check=_crash),\n'
    )
    before = life.checkout.edit(
        "policies/registry.py",
        ("RULES: Final[Sequence[Rule]] = (\n", crash),
        (
            "from typing import Final\n",
            "from dataclasses import replace\nfrom typing import Final\n",
        ),
    )
    told = life.pitchey("preview", "production", expect=1)
    assert "could not be checked" in told
    (life.checkout.folder / "policies/registry.py").write_text(before)


def _forms(word: str) -> list[bytes]:
    """As it is, backwards for the one that was changed, and in base64 wherever it begins."""
    encoded = [base64.b64encode(b"x" * shift + word.encode())[4:-4] for shift in range(3)]
    return [word.encode(), word[::-1].encode(), *encoded]


def test_the_watching_would_see_it(life: Life, canaries: dict[str, str]) -> None:
    """The cloud has each of them: they went all the way. And arguments were read."""
    held = b"".join(path.read_bytes() for path in life.checkout.home.glob("state.db*"))
    assert all(word.encode() in held for word in canaries.values())
    assert any("preview" in arguments for arguments in life.arguments)


def test_no_file_holds_a_canary(life: Life, canaries: dict[str, str]) -> None:
    files = list(life.files())
    names = {name for name, _ in files}
    for kept in ("kept/plan.json", "kept/policy.sarif", "leak/verdict.json"):
        assert kept in names
    assert any(re.search(r"engine-state/.*production.*\.json", name) for name in names)
    found = [
        (name, key)
        for name, content in files
        for key, word in canaries.items()
        if any(form in content for form in _forms(word))
    ]
    assert found == []


def test_nothing_that_was_printed_holds_a_canary(life: Life, canaries: dict[str, str]) -> None:
    for key, word in canaries.items():
        told = [t for t in life.printed if any(form.decode() in t for form in _forms(word))]
        assert told == [], f"{key} was printed"


def test_no_process_was_given_a_canary_as_an_argument(life: Life, canaries: dict[str, str]) -> None:
    for word in canaries.values():
        assert not any(form.decode() in a for a in life.arguments for form in _forms(word))


def test_the_token_of_the_api_is_nowhere_either(life: Life) -> None:
    token = (life.checkout.home / "token").read_text().strip()
    assert not any(token in told for told in life.printed)
    assert not any(token in arguments for arguments in life.arguments)
    assert [name for name, content in life.files() if token.encode() in content] == []


def test_the_state_is_encrypted_and_the_verdict_tells_no_value(life: Life) -> None:
    verdict = json.loads((life.checkout.folder / "leak/verdict.json").read_text())
    stopping = [v for v in verdict["violations"] if v["mandatory"]]
    assert stopping
    assert all("postgresql://" not in v["message"] for v in stopping)
    shutil.rmtree(life.checkout.folder / "leak")
