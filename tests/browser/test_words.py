"""What people write is text wherever it is shown, and what they write wrongly is told at its field."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.browser.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.engine
ATTACKS = (
    "<img src=x onerror=globalThis.struck=1><script>globalThis.struck=1</script>",
    "\"'></title><svg onload=globalThis.struck=1>{{constructor.constructor('globalThis.struck=1')()}}",
    "javascript:globalThis.struck=1//<a href=javascript:globalThis.struck=1>go</a>",
)


@pytest.mark.parametrize("attack", ATTACKS, ids=["markup", "endings", "links"])
def test_an_attack_in_any_field_is_shown_and_does_nothing(come: Come, attack: str) -> None:
    creator, reader = come(), come()
    creator.sign_up("creator", attack)
    creator.link("Write a pitch").click()
    creator.fill(
        title=attack,
        logline=attack,
        genre=attack[:40],
        budget="1",
        synopsis=attack,
        status="published",
    )
    creator.button("Keep").click()
    creator.sees(f"Edit {attack}")
    creator.link("See it as it is shown").click()
    creator.sees(attack)
    path = creator.path
    reader.sign_up("investor", attack)
    reader.open(path)
    reader.sees(attack)
    reader.button("Save").click()
    reader.hears(f"{attack} is saved")
    reader.fill(message=attack)
    reader.button("Ask for an NDA").click()
    expect(reader.main).to_contain_text("Your request")
    reader.link("Your portal").click()
    expect(reader.main.locator("blockquote")).to_have_text(attack)
    reader.open("/")
    expect(reader.main).to_contain_text(attack)
    creator.link("Your portal").click()
    expect(creator.main.locator("blockquote")).to_have_text(attack)
    for visitor in (creator, reader):
        assert visitor.page.evaluate("globalThis.struck") is None
        assert visitor.page.locator("main img, main svg, main script").count() == 0


@pytest.mark.parametrize(
    "next", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_to_no_other_site(visitor: Visitor, next: str) -> None:
    visitor.page.goto(f"{visitor.site.url}/log-in?next={next}")
    visitor.settled()
    visitor.fill(email="investor@pitchey.example", password="popcorn for everyone")
    visitor.button("Log in").click()
    visitor.sees("Investor's portal")
    assert visitor.path == "/investor"


def test_what_the_api_refuses_is_told_at_its_field(visitor: Visitor) -> None:
    visitor.sign_up("creator", "Ada")
    visitor.open("/creator/pitches/new")
    visitor.fill(title="   ", logline="Known.", genre="Drama", budget="7")
    visitor.watch.expects(422, "/api/pitches")
    visitor.button("Keep").click()
    trouble = visitor.main.get_by_role("alert")
    expect(trouble).to_be_focused()
    field = visitor.main.locator("[name=title]")
    expect(field).to_have_attribute("aria-invalid", "true")
    link = trouble.get_by_role("link")
    expect(link).to_have_count(1)
    told = link.inner_text()
    assert told.startswith("Title: ")
    expect(field).to_have_accessible_description(told.removeprefix("Title: "))
    link.click()
    expect(field).to_be_focused()
    # What was right is still there, and what was wrong is calm once it is mended.
    expect(visitor.main.locator("[name=logline]")).to_have_value("Known.")
    visitor.fill(title="Mended")
    visitor.button("Keep").click()
    visitor.sees("Edit Mended")


def test_an_address_that_is_taken_is_told(come: Come) -> None:
    email = come().sign_up("investor", "Ada")
    second = come()
    second.open("/sign-up")
    second.fill(name="Bela", email=email, password=PASSWORD)
    second.watch.expects(409, "/api/people")
    second.button("Sign up").click()
    trouble = second.main.get_by_role("alert")
    expect(trouble).to_be_focused()
    expect(trouble).to_contain_text("somebody has signed up with this address")
    expect(second.main.locator("[name=email]")).to_have_attribute("aria-invalid", "true")


def test_a_wrong_password_is_told_without_saying_who_has_an_account(visitor: Visitor) -> None:
    told: list[str] = []
    visitor.watch.expects(401, "/api/sessions")
    for email in ("investor@pitchey.example", f"{uuid.uuid4().hex}@nobody.example"):
        visitor.open("/log-in")
        visitor.fill(email=email, password="popcorn for nobody")
        visitor.button("Log in").click()
        trouble = visitor.main.get_by_role("alert")
        expect(trouble).to_be_focused()
        told.append(trouble.inner_text())
    assert told[0] == told[1]
    expect(visitor.main.locator("[name=password]")).to_have_value("popcorn for nobody")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("email", "nowhere", "@"),
        ("password", "short", "8"),
        ("name", "", "this is needed"),
    ],
)
def test_what_the_browser_knows_to_be_wrong_is_not_sent(
    visitor: Visitor, field: str, value: str, told: str
) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.open("/sign-up")
    visitor.fill(name="Ada", email="ada@studio.example", password=PASSWORD)
    # As typed: what is filled in by a script is not measured.
    control = visitor.main.locator(f"[name={field}]")
    control.fill("")
    control.press_sequentially(value)
    visitor.button("Sign up").click()
    expect(visitor.main.get_by_role("alert")).to_contain_text(told)
    assert [url for url in asked if "/api/people" in url] == []


def test_a_file_that_is_not_what_it_says_is_refused_in_words(visitor: Visitor) -> None:
    visitor.sign_up("creator", "Ada")
    visitor.open("/creator/pitches/new")
    visitor.fill(title="Deck", logline="Known.", genre="Drama", budget="7")
    visitor.button("Keep").click()
    visitor.sees("Edit Deck")
    path = f"/api{visitor.path.removeprefix('/creator')}/uploads"
    upload = visitor.main.locator("[name=file]")
    trouble = visitor.main.get_by_role("alert").last
    visitor.button("Add the file").click()
    expect(trouble).to_contain_text("File: this is needed")
    visitor.watch.expects(415, path)
    wrong = {"name": "deck.pdf", "mimeType": "application/pdf", "buffer": b"MZ is no PDF"}
    upload.set_input_files(wrong)  # pyright: ignore[reportArgumentType]
    visitor.button("Add the file").click()
    expect(trouble).to_contain_text("not what its type says")
    visitor.watch.expects(400, path)
    upload.set_input_files({**wrong, "buffer": b""})  # pyright: ignore[reportArgumentType]
    visitor.button("Add the file").click()
    expect(trouble).to_contain_text("no bytes")


def test_two_who_change_the_same_pitch_do_not_overwrite_each_other(visitor: Visitor) -> None:
    visitor.sign_up("creator", "Ada")
    visitor.open("/creator/pitches/new")
    visitor.fill(title="Once", logline="Known.", genre="Drama", budget="7")
    visitor.button("Keep").click()
    visitor.sees("Edit Once")
    other = visitor.another_tab()
    other.open(visitor.path)
    other.fill(title="Twice")
    other.button("Keep changes").click()
    other.sees("Edit Twice")
    visitor.watch.expects(412, f"/api{visitor.path.removeprefix('/creator')}")
    visitor.fill(logline="Mine.")
    visitor.button("Keep changes").click()
    expect(visitor.main.get_by_role("alert").first).to_contain_text("changed elsewhere")
    expect(visitor.main.locator("[name=logline]")).to_have_value("Mine.")
