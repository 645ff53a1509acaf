"""Each page, in each scheme of colours, held against the rules of axe-core; and on small screens, large letters, without motion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.browser.visitor import Role, Visitor
from tests.integration.checkout import ROOT

pytestmark = pytest.mark.engine
AXE: Final = ROOT / "node_modules/axe-core/axe.min.js"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
Open = Callable[[Visitor], None]


def _path(path: str) -> Open:
    return lambda visitor: visitor.open(path)


def _found(visitor: Visitor) -> None:
    visitor.open("/?q=letters")


def _pitch(visitor: Visitor) -> None:
    visitor.open()
    visitor.main.locator(".card a").first.click()
    expect(visitor.main).to_contain_text("Synopsis and files")


def _edit(visitor: Visitor) -> None:
    visitor.open("/creator")
    visitor.main.locator(".card a", has_text="Edit").first.click()
    expect(visitor.main.locator("[name=synopsis]")).to_be_visible()


def _missing(visitor: Visitor) -> None:
    visitor.watch.expects(404, "/nothing")
    visitor.open("/nothing")


def _refused(visitor: Visitor) -> None:
    visitor.open("/sign-up")
    visitor.button("Sign up").click()
    expect(visitor.main.locator("[aria-invalid]")).to_have_count(3)


def _unreachable(visitor: Visitor) -> None:
    visitor.watch.expects(0, "/api/pitches")
    visitor.watch.expects(0, "/api/pitches/trending")
    visitor.page.route("**/api/**", lambda route: route.abort())
    visitor.open("/")
    visitor.sees("That did not work")


def _slow(visitor: Visitor) -> None:
    visitor.open("/")
    visitor.hold()
    visitor.main.locator(".card a").first.click()
    expect(visitor.main).to_have_attribute("data-slow", "")


PAGES: dict[str, tuple[Role | None, Open]] = {
    "catalogue": (None, _path("/")),
    "search": (None, _found),
    "nothing found": (None, _path("/?q=zzyzx-is-nowhere")),
    "pitch": (None, _pitch),
    "pitch, investor": ("investor", _pitch),
    "log in": (None, _path("/log-in")),
    "sign up": (None, _path("/sign-up")),
    "sign up, refused": (None, _refused),
    "missing": (None, _missing),
    "unreachable": (None, _unreachable),
    "slow": (None, _slow),
    "creator": ("creator", _path("/creator")),
    "write": ("creator", _path("/creator/pitches/new")),
    "edit": ("creator", _edit),
    "NDAs, creator": ("creator", _path("/ndas")),
    "NDAs, production": ("production", _path("/ndas?status=granted")),
    "investor": ("investor", _path("/investor")),
    "production": ("production", _path("/production")),
    "not yours": ("investor", _path("/creator")),
}


def shown(visitor: Visitor, name: str) -> None:
    """The page of this name, as whoever it is for."""
    role, opened = PAGES[name]
    if role is not None:
        visitor.log_in(f"{role}@pitchey.example", role)
    opened(visitor)


def violations(visitor: Visitor) -> list[str]:
    """Rule, weight, and where each is broken. The script comes past the page's policy, which is left as it is."""
    visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
    told: dict[str, Any] = visitor.page.evaluate("() => axe.run(document)")
    assert len(told["passes"]) > 10
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']}: {node['failureSummary']}"
        for rule in told["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_no_rule_of_accessibility_is_broken(come: Come, name: str) -> None:
    visitor = come()
    shown(visitor, name)
    for scheme in SCHEMES:
        visitor.page.emulate_media(color_scheme=scheme)
        assert violations(visitor) == [], scheme


def test_a_broken_rule_would_be_found(visitor: Visitor) -> None:
    visitor.open("/log-in")
    visitor.page.locator("label").first.evaluate("(label) => label.remove()")
    assert any(told.startswith("label (critical)") for told in violations(visitor))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("width", [360, 320])
def test_nothing_is_wider_than_a_small_screen(come: Come, width: int) -> None:
    """320 px are also what remains of 1280 at four times the size."""
    visitors: dict[Role | None, Visitor] = {}
    for name, (role, opened) in PAGES.items():
        visitor = visitors.get(role)
        if visitor is None:
            visitor = visitors[role] = come(viewport={"width": width, "height": 640})
            if role is not None:
                visitor.log_in(f"{role}@pitchey.example", role)
        visitor.page.unroute_all()
        opened(visitor)
        wide = visitor.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"


def test_long_words_without_a_gap_do_not_widen_a_small_screen(come: Come) -> None:
    visitor = come(viewport={"width": 360, "height": 640})
    word = "Donaudampfschifffahrt" * 5
    visitor.sign_up("creator", word)
    visitor.open("/creator/pitches/new")
    words = {"title": word, "logline": word, "genre": word[:40], "synopsis": word * 9}
    visitor.fill(**words, budget="1000000000", status="published")
    visitor.button("Keep").click()
    visitor.sees(f"Edit {word}")
    for path in (visitor.path, visitor.path.removeprefix("/creator"), "/creator", "/"):
        visitor.open(path)
        expect(visitor.page.locator("body")).to_contain_text(word)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_nothing_moves_for_whoever_wants_no_motion(come: Come) -> None:
    moving = "() => document.getAnimations().length"
    still, usual = come(reduced_motion="reduce"), come()
    for visitor in (still, usual):
        _slow(visitor)
    assert usual.page.evaluate(moving) > 0
    assert still.page.evaluate(moving) == 0


def test_what_can_be_pressed_is_large_enough_for_a_finger(come: Come) -> None:
    visitor = come(viewport={"width": 360, "height": 640})
    shown(visitor, "pitch, investor")
    for control in visitor.page.locator("button:visible, nav a, input:visible, textarea").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, control.inner_text()
