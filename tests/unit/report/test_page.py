"""The page: one file that loads nothing and runs nothing, that everybody can read, and in which what people wrote is only text."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.report.page import page
from delivery.report.story import story
from delivery.rollout.measurements import Verb
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import strategy_json
from tests.unit.report.made_up import BROKEN, HEALTHY, STRATEGY, Ledger, Traffic

_EMPTY = {"meta", "col", "br", "hr", "img", "link", "input"}
_SCRIPT = "<script>alert(1)</script>"


@dataclass
class Read(HTMLParser):
    """What a browser would make of it: elements in their order, text by element, attributes."""

    tags: Counter[str] = field(default_factory=Counter[str])
    open: list[str] = field(default_factory=list[str])
    attributes: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    text: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> ends another element"

    def handle_data(self, data: str) -> None:
        self.text.append((self.open[-1] if self.open else "", data))

    def said(self, tag: str) -> list[str]:
        return ["".join(data.split()) for name, data in self.text if name == tag]


def read(text: str) -> Read:
    found = Read()
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def made(ledger: Ledger) -> str:
    return page(story(ledger.rollout(), ledger.entries, ledger.now))


@pytest.fixture(scope="module")
def broken() -> str:
    return made(Ledger(BROKEN).run())


def test_it_needs_no_script_and_nothing_from_elsewhere(broken: str) -> None:
    known = read(broken)
    assert not {"script", "link", "img", "iframe", "object", "embed", "a"} & set(known.tags)
    names = {name for _, name, _ in known.attributes}
    assert not {"src", "href", "srcset", "style", "xlink:href"} & names
    assert not [name for name in names if name.startswith("on")]
    assert re.findall(r"url\((?!#)", broken) == []
    assert "@import" not in broken
    policy = next(v for t, n, v in known.attributes if (t, n) == ("meta", "content") and "src" in v)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_it_can_be_read_without_seeing_it(broken: str) -> None:
    known = read(broken)
    headings = [int(tag[1]) for tag in re.findall(r"<(h[1-6])[ >]", broken)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(headings))
    assert known.tags["table"] == known.tags["caption"] > 0
    scoped = [name for tag, name, _ in known.attributes if tag == "th" and name == "scope"]
    assert len(scoped) == known.tags["th"]
    charts = broken.count("<svg")
    assert charts >= 8
    assert broken.count('role="img"') == charts == known.tags["desc"]
    ids = [value for _, name, value in known.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    for _, name, value in known.attributes:
        if name == "aria-labelledby":
            assert set(value.split()) <= set(ids)
    assert ("html", "lang", "en") in known.attributes


def test_light_dark_and_paper_each_have_their_colours(broken: str) -> None:
    assert "@media (prefers-color-scheme: dark)" in broken
    assert "@media print" in broken


def test_the_deciding_numbers_are_in_words_in_the_charts(broken: str) -> None:
    evidence = re.search(
        r"error rate: the odds of harm were ([\d,]+) to 1 at last, ([\d,]+) ", broken
    )
    assert evidence is not None
    reached, limit = (int(value.replace(",", "")) for value in evidence.groups())
    assert reached >= limit
    assert re.search(r"Error rate: candidate at last [\d.]+ % of [\d,]+ requests, band", broken)


def test_what_people_wrote_is_only_text() -> None:
    ledger = Ledger(id=f"20251125-{_SCRIPT}").run(60)
    ledger.ask(Verb.PAUSE, f'{_SCRIPT}"><img src=x onerror=alert(1)>')
    ledger.run(10)
    ledger.write(_SCRIPT, {"why": _SCRIPT, _SCRIPT: _SCRIPT})
    text = made(ledger)
    assert _SCRIPT not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    known = read(text)
    assert not {"script", "img"} & set(known.tags)
    assert not [name for _, name, _ in known.attributes if name.startswith("on")]


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_no_text_adds_an_element(why: str) -> None:
    assert read(_asked(why)).tags == read(_plain()).tags


@cache
def _plain() -> str:
    return _asked("a")


def _asked(why: str) -> str:
    ledger = Ledger(Traffic(rate=2)).run(20)
    ledger.ask(Verb.ABORT, why or "a")
    return made(ledger.run(10))


def test_no_secret_is_in_it() -> None:
    told = strategy_json(STRATEGY)
    hook = "https://user:pa55word@hooks.example.com/services/T0001/B0002/mN4kQ8rT2vX6zL0p"
    told["analysis"]["custom"] = [
        {"name": "carts", "source": {"kind": "webhook", "url": hook}, "atMost": 3}
    ]
    ledger = Ledger(strategy=Strategy.model_validate(told)).run(30)
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5"
    ledger.ask(Verb.ABORT, f"leaked: authorization: Bearer {token}")
    known = story(ledger.run().rollout(), ledger.entries, ledger.now)
    for text in (page(known), str(known.to_json())):
        assert "hooks.example.com" in text
        assert "mN4kQ8rT2vX6zL0p" not in text
        assert "pa55word" not in text
        assert token not in text
        assert "leaked: " in text


def test_controls_and_turned_text_do_not_reach_it() -> None:
    ledger = Ledger().run(30)
    ledger.ask(Verb.ABORT, "red \x1b[31m, turned \u202etxt, zero \x00")
    text = made(ledger.run())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)


def test_a_page_of_a_rollout_under_way_says_so() -> None:
    assert "This rollout goes on." in made(Ledger(HEALTHY).run(60))
    assert "This rollout goes on." not in made(Ledger(HEALTHY).run())


def test_before_the_first_count_there_is_a_page_too() -> None:
    text = made(Ledger())
    assert "No step was decided about yet." in text
    assert read(text).tags["svg"] == 1


def test_a_long_rollout_stays_a_file_that_can_be_mailed() -> None:
    ledger = Ledger(Traffic(rate=2), STRATEGY.model_copy(update={"bake": 6 * 3600.0})).run(8 * 3600)
    assert len(made(ledger)) < 500_000
