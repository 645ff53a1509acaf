"""Whatever the configuration: what is valid goes round, what is not is told, and no secret is ever repeated."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings.loading import SettingsError
from settings.model import Configuration
from settings.secrets import SECRETS, check_secret
from tests.unit.settings.stack import GOOD_SECRETS, JWT, Stack

quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=1, max_size=3).map(
    lambda labels: ".".join([*labels, "example"])
)
PLAIN = st.text("abc xyz./-", min_size=1, max_size=12)


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(values, max_size=3, unique=True)


def sections(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields, or none."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    zone = draw(DOMAINS)
    hosts = LABELS.map(lambda label: f"x{label}.{zone}")
    address = st.fixed_dictionaries(
        {"name": hosts, "type": st.just("A"), "content": st.ip_addresses(v=4).map(str)},
        optional={"proxied": st.booleans()},
    )
    mail = st.fixed_dictionaries(
        {
            "name": st.just(zone),
            "type": st.just("MX"),
            "content": DOMAINS,
            "priority": st.integers(0, 65535),
        }
    )
    text = st.fixed_dictionaries({"name": hosts, "type": st.just("TXT"), "content": PLAIN})
    times = st.builds("{} {} * * *".format, st.integers(0, 59), st.integers(0, 23))
    optional = {
        "worker": sections(
            compatibilityDate=st.dates().map(str),
            compatibilityFlags=lists(PLAIN),
            workersDev=st.booleans(),
            previewUrls=st.booleans(),
            logSampling=st.floats(0, 1),
            crons=lists(times),
            rateLimits=st.dictionaries(
                st.sampled_from(
                    ["read", "search", "write", "upload", "login", "sign-up", "refresh"]
                ),
                st.builds("{}/{}m".format, st.integers(1, 9_999_999), st.integers(1, 1440)),
            ),
        ),
        "pages": sections(
            productionBranch=PLAIN,
            buildCommand=PLAIN,
            outputDirectory=PLAIN,
            variables=st.dictionaries(st.from_regex(r"V_[A-Z]{1,5}", fullmatch=True), PLAIN),
        ),
        "database": sections(
            caching=st.booleans(),
            maxAge=st.integers(0, 3600),
            staleWhileRevalidate=st.integers(0, 3600),
        ),
        "uploads": sections(
            allowedOrigins=lists(DOMAINS.map("https://{}".format)),
            abortIncompleteAfterDays=st.integers(1, 90),
            lockDays=st.integers(0, 3650),
        ),
        "security": sections(
            hstsMaxAge=st.integers(0, 63_072_000),
            requestsPer10Seconds=st.integers(1, 100_000),
            certificateAuthorities=lists(DOMAINS),
            reportAddress=DOMAINS.map("dmarc@{}".format),
        ),
        "rollouts": sections(
            strategy=PLAIN,
            leaseSeconds=st.integers(10, 300),
            deadMansSwitch=st.none() | st.just(False),
            notify=st.lists(
                st.fixed_dictionaries({"kind": st.sampled_from(["slack", "webhook", "github"])}),
                max_size=3,
                unique_by=lambda who: who["kind"],
            ),
        ),
        "records": st.lists(
            address | mail | text,
            max_size=3,
            unique_by=lambda record: (record["name"], record["content"]),
        ),
    }
    zones = st.fixed_dictionaries(
        {"name": st.just(zone)},
        optional={"id": st.from_regex(r"[0-9a-f]{32}", fullmatch=True)},
    )
    return draw(st.fixed_dictionaries({"zone": zones}, optional=optional))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@quick
@given(values=configurations())
def test_what_is_valid_goes_round(folder: Path, values: dict[str, Any]) -> None:
    stack = Stack(folder)
    stack.values = values
    loaded = stack.load()
    sections = {name: getattr(loaded, name) for name in Configuration.model_fields}
    told = Configuration(**sections).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert told == json.loads(json.dumps(values)) | {"records": told["records"]} | {
        name: told[name] for name in told if name not in values
    }
    stack.values = told
    again = stack.load()
    assert {name: getattr(again, name) for name in Configuration.model_fields} == sections


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from([*Configuration.model_fields, *SECRETS]) | st.text(max_size=15)
FIELDS = st.sampled_from(
    [
        field.alias or name
        for section in Configuration.model_fields.values()
        for name, field in getattr(section.annotation, "model_fields", {}).items()
    ]
)
VALUES = JSON | st.dictionaries(FIELDS, JSON, max_size=3) | st.text(max_size=30)


@quick
@given(
    values=st.dictionaries(KEYS, VALUES, max_size=5),
    secrets=st.dictionaries(st.sampled_from(list(SECRETS)), st.text(max_size=80)),
    encrypted=st.sets(KEYS, max_size=2),
    plain=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=2),
    split=st.none() | JSON.map(json.dumps) | st.text(),
    name=st.text(max_size=25) | st.just("production"),
)
def test_nothing_makes_loading_raise_anything_but_a_settings_error(
    folder: Path,
    values: dict[str, Any],
    secrets: dict[str, str],
    encrypted: set[str],
    plain: dict[str, str],
    split: str | None,
    name: str,
) -> None:
    stack = Stack(folder, name)
    stack.values, stack.secrets, stack.encrypted, stack.plain = values, secrets, encrypted, plain
    if split is not None:
        stack.environment["PITCHEY_SPLIT"] = split
    with contextlib.suppress(SettingsError):
        stack.load()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 900 + "1" + "}" * 900,
        "9" * 5000,
        '{"\\ud800": 1}',
        '"\\ud800"',
        "\x00",
    ],
    ids=lambda text: text[:6],
)
@pytest.mark.parametrize("key", ["zone", "worker", "records", "pages", "x", "jwtSecret"])
def test_no_monstrous_text_does_either(stack: Stack, key: str, text: str) -> None:
    stack.plain[f"pitchey:{key}"] = text
    for problem in stack.problems():
        problem.encode()
        assert len(problem) < 500


@st.composite
def drawn_secrets(draw: st.DrawFn) -> str:
    """As people make them: base64, hexadecimal digits, an address with a password, a token with a known beginning."""
    raw = random.Random(draw(st.integers(0, 2**32))).randbytes(48)  # noqa: S311 (for a test)
    form = draw(st.sampled_from(["{b64}", "{hex}", "postgres://u:{b64}@h/d", "sk_live_{b64}"]))
    return form.format(b64=base64.urlsafe_b64encode(raw).decode(), hex=raw[:32].hex())


PLACES = st.sampled_from(
    [
        ("zone",),
        ("zone", "name"),
        ("zone", "id"),
        ("worker", "compatibilityDate"),
        ("worker", "crons"),
        ("pages", "buildCommand"),
        ("pages", "variables", "SOMETHING"),
        ("database", "maxAge"),
        ("uploads", "allowedOrigins"),
        ("security", "reportAddress"),
        ("security", "unknown"),
        ("records",),
        ("jwt_secret",),
        ("databaseUrl",),
        ("jwtSecret",),
        ("anything",),
    ]
)


@quick
@given(secret=drawn_secrets(), place=PLACES, encrypted=st.booleans(), listed=st.booleans())
def test_a_secret_is_in_no_error_wherever_it_was_written(
    folder: Path, secret: str, place: tuple[str, ...], encrypted: bool, listed: bool
) -> None:
    stack = Stack(folder)
    value: Any = [secret] if listed else secret
    for part in reversed(place[1:]):
        value = {part: value}
    stack.secrets.pop(place[0], None)
    stack.values[place[0]] = value
    if encrypted:
        stack.encrypted.add(place[0])
    if encrypted and place[0] in SECRETS:
        with contextlib.suppress(SettingsError):
            stack.load()
        return
    problems = stack.problems()
    assert not [problem for problem in problems if secret in problem or secret[-20:] in problem]


@quick
@given(
    key=st.sampled_from(list(SECRETS)),
    before=st.sampled_from(["", "https://", "postgres://", "smtps://u:"]) | st.text(),
    value=st.text(min_size=4),
)
def test_what_is_wrong_with_a_secret_is_told_without_it(key: str, before: str, value: str) -> None:
    # The text alone may be a word of the message, such as "https".
    sign = "≈"
    told = check_secret(key, f"{before}{sign}{value}")
    assert told is None or not any(form in told for form in (sign, quote(sign)))


@given(st.binary(min_size=32, max_size=64))
@settings(max_examples=300)
def test_a_jwt_secret_that_was_drawn_is_hardly_ever_refused(raw: bytes) -> None:
    drawn = random.Random(raw).randbytes(48)  # noqa: S311 (for a test)
    for secret in (base64.b64encode(drawn).decode(), drawn.hex()):
        assert check_secret("jwtSecret", secret) is None


def test_the_examples_of_these_tests_are_good() -> None:
    for key, value in {**GOOD_SECRETS, "jwtSecret": JWT}.items():
        assert check_secret(key, value) is None
