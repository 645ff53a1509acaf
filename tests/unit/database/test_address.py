"""Connection strings: taken apart, and never shown."""

from __future__ import annotations

import ssl

import pytest

from database.address import parse_address
from database.errors import DatabaseRefusedError

NEON = (
    "postgresql://app:s%40cret-word@ep-cool-1-pooler.eu-central-1.aws.neon.tech/main"
    "?sslmode=require&channel_binding=require"
)


def test_all_parts_are_read() -> None:
    address = parse_address(NEON)
    assert (address.user, address.password, address.name) == ("app", "s@cret-word", "main")
    assert address.port == 5432
    assert parse_address("postgres://a:b@h:6543/d").port == 6543


def test_the_password_is_in_no_text_of_it() -> None:
    address = parse_address(NEON)
    for shown in (str(address), repr(address)):
        assert "s@cret-word" not in shown
        assert "s%40cret-word" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hidden@h/d",
        "postgresql://u:hidden@h/",
        "postgresql://u:hidden@/d",
        "postgresql://h/d?password=hidden",
        "postgresql://u:hid/den@h:x/d",
        "hidden",
    ],
)
def test_what_is_none_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(DatabaseRefusedError) as refused:
        parse_address(url)
    assert "hid" not in f"{refused.value} {refused.value.hint}"


def test_past_neons_pooler_and_no_other() -> None:
    assert parse_address(NEON).direct_host == "ep-cool-1.eu-central-1.aws.neon.tech"
    for host in ("ep-cool-1.eu-central-1.aws.neon.tech", "db-pooler.example"):
        assert parse_address(f"postgresql://u:p@{host}/d").direct_host == host


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.9", True), ("[::1]", True), ("10.0.0.1", False), ("localhost.example", False)],
)  # fmt: skip
def test_what_is_on_this_machine(host: str, here: bool) -> None:
    assert parse_address(f"postgresql://u:p@{host}/d").is_on_this_machine is here


def test_another_machine_has_to_show_who_it_is() -> None:
    for mode in ("", "?sslmode=require", "?sslmode=disable"):
        context = parse_address(f"postgresql://u:p@db.example/d{mode}").tls()
        assert context is not None
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
    assert parse_address("postgresql://u:p@localhost/d").tls() is None
    assert parse_address("postgresql://u:p@localhost/d?sslmode=require").tls() is not None
