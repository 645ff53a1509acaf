"""Each portal's main path, and where those of two people meet: a pitch is written, found, asked for, opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.browser.visitor import Role, Visitor

pytestmark = pytest.mark.engine
PDF = b"%PDF-1.7\n" + b"a deck of slides " * 5000
SYNOPSIS = "She is the border."
READER = "Chidi Reader"
READERS: tuple[Role, ...] = ("investor", "production")


def write_pitch(creator: Visitor, title: str, status: str = "published") -> str:
    """By the form; the pitch's id."""
    creator.link("Your portal").click()
    creator.link("Write a pitch").click()
    creator.sees("Write a pitch")
    creator.fill(
        title=title,
        logline="A smuggler of salt must cross\na border that moves each night.",
        genre="Drama",
        format="series",
        budget="4200000",
        synopsis=SYNOPSIS,
        status=status,
    )
    creator.button("Keep").click()
    creator.sees(f"Edit {title}")
    return creator.path.rsplit("/", 1)[1]


def add_deck(creator: Visitor, folder: Path) -> None:
    """To the pitch that is being edited."""
    deck = folder / "deck.pdf"
    deck.write_bytes(PDF)
    creator.main.locator("[name=file]").set_input_files(deck)
    creator.button("Add the file").click()
    expect(creator.main).to_contain_text("deck.pdf (85 kB)")
    creator.hears("deck.pdf is added")


def find_and_ask(reader: Visitor, title: str) -> None:
    """By words of its title; it is saved, and an NDA asked for."""
    reader.link("Find pitches").click()
    reader.fill(q=title.lower())
    reader.button("Search").click()
    reader.sees("Pitches found")
    reader.link(title).first.click()
    reader.sees(title)
    assert SYNOPSIS not in reader.page.content()
    reader.button("Save").click()
    reader.hears(f"{title} is saved")
    reader.fill(message="We film in deserts.\nMay we read it?")
    reader.button("Ask for an NDA").click()
    expect(reader.main).to_contain_text("Your request: waiting for an answer.")


def grant(creator: Visitor, title: str) -> None:
    """The one that waits, in the portal."""
    creator.link("Your portal").click()
    waiting = creator.page.get_by_role("region", name="NDAs to answer").locator(".card")
    expect(waiting).to_have_count(1)
    expect(waiting).to_contain_text("We film in deserts.")
    creator.button(f"Grant {READER}'s NDA for {title}").click()
    creator.hears(f"{READER}'s NDA for {title} is granted")
    expect(creator.main).to_contain_text("Nobody waits for an answer.")


def read_all(reader: Visitor, title: str) -> None:
    """The answer is in the portal, and what it opens on the pitch's page."""
    reader.link("Your portal").click()
    asked = reader.page.get_by_role("region", name="NDAs that you have asked for")
    expect(asked.locator(".card")).to_contain_text("Granted")
    saved = reader.page.get_by_role("region", name="Saved pitches")
    saved.get_by_role("link", name=title).click()
    reader.sees(title)
    expect(reader.main).to_contain_text(SYNOPSIS)
    with reader.page.expect_download() as download:
        reader.button("Download deck.pdf").click()
    assert download.value.suggested_filename == "deck.pdf"
    assert download.value.path().read_bytes() == PDF


@pytest.mark.parametrize("role", READERS)
def test_a_pitch_is_written_found_asked_for_and_opened(
    come: Come, role: Role, tmp_path: Path
) -> None:
    creator, reader = come(), come()
    title = f"The Salt Road {role}"
    creator.sign_up("creator", "Ada Writer")
    id = write_pitch(creator, title)
    add_deck(creator, tmp_path)
    creator.link("See it as it is shown").click()
    creator.sees(title)
    for told in ("A smuggler of salt must cross a border that moves", SYNOPSIS, "$4,200,000"):
        expect(creator.main).to_contain_text(told)
    reader.sign_up(role, READER)
    find_and_ask(reader, title)
    grant(creator, title)
    read_all(reader, title)
    if role == "production":
        reader.link("Your portal").click()
        opened = reader.page.get_by_role("region", name="Opened to you")
        expect(opened.get_by_role("link", name=title)).to_be_visible()

    # A grant can be taken back.
    creator.link("NDAs").click()
    creator.button(f"Refuse {READER}'s NDA for {title}").click()
    creator.hears(f"{READER}'s NDA for {title} is refused")
    reader.open(f"/pitches/{id}")
    expect(reader.main).to_contain_text("Your request: refused.")
    assert SYNOPSIS not in reader.page.content()

    reader.link("Your portal").click()
    reader.button(f"Remove {title} from saved").click()
    reader.hears(f"{title} is not saved any more")
    expect(reader.main).to_contain_text("You have saved none yet.")


def test_a_draft_is_its_creators_alone_until_it_is_published(come: Come) -> None:
    creator, stranger = come(), come()
    creator.sign_up("creator", "Bela Writer")
    id = write_pitch(creator, "Snow on the Meter", status="draft")
    stranger.watch.expects(404, f"/api/pitches/{id}")
    stranger.open(f"/pitches/{id}")
    stranger.sees("Nothing is here")
    creator.fill(status="published", title="Snow on the Taximeter")
    creator.button("Keep changes").click()
    creator.sees("Edit Snow on the Taximeter")
    creator.hears("Your changes are kept")
    stranger.open(f"/pitches/{id}")
    stranger.sees("Snow on the Taximeter")
    creator.link("Your portal").click()
    expect(creator.page.get_by_role("region", name="Pitches")).to_contain_text("Published")


@pytest.mark.parametrize("role", ["creator", *READERS])
def test_the_demo_logins_open_their_portals(visitor: Visitor, role: Role) -> None:
    visitor.log_in(f"{role}@pitchey.example", role)
    expect(visitor.main.locator(".card").first).to_be_visible()
    visitor.link("NDAs").click()
    visitor.sees("NDAs")
    visitor.link("Granted").click()
    visitor.sees("NDAs")
    expect(visitor.link("Granted")).to_have_attribute("aria-current", "true")
    for card in visitor.main.locator(".card").all():
        expect(card).to_contain_text("Granted")


def test_a_portal_is_for_its_own_people(visitor: Visitor) -> None:
    visitor.open("/creator")
    visitor.sees("Log in")
    visitor.fill(email="investor@pitchey.example", password="popcorn for everyone")
    visitor.button("Log in").click()
    visitor.sees("This page is not yours")
