"""What is wrong with an answer: stale, by what docs/optimisations.md permits, or foreign, by whose words are in it.

Pure: the history of all changes and one request with its answer in, violations out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bench.coherence.asked import Asked
from bench.coherence.registers import Reading, Register
from bench.coherence.world import NdaStatus, Pitch, Shown, World
from bench.site import Told

BEHIND_SECONDS: Final = 2.0
"""An answer at the edge, behind a change that another isolate has made."""
_VISITOR: Final = "pitchey-visitor="
_REFRESH: Final = "pitchey-refresh="
_GOOD: Final = frozenset({200, 201, 204, 304})
_NEVER: Final[Register[bool]] = Register(False)


@dataclass(frozen=True)
class Violation:
    kind: Literal["stale", "foreign"]
    what: str
    asked: Asked
    told: Told

    def __str__(self) -> str:
        who = "nobody" if self.asked.by is None else f"{self.asked.by.role} {self.asked.by.number}"
        verdict = self.told.headers.get("cache-status", "")
        return (
            f"{self.kind}: {self.what}; {self.asked.method} {self.asked.path} by {who} ({self.asked.shows}), "
            f"{self.told.status} of {self.told.version[:8]}, {verdict}"
        )


@dataclass
class Coherence:
    """Judges answers in the order in which they came."""

    world: World
    answers: int = 0
    violations: list[Violation] = field(default_factory=list[Violation])
    _visitors: dict[str, Asked] = field(default_factory=dict[str, Asked])

    def count(self, kind: Literal["stale", "foreign"]) -> int:
        """Answers, not what is wrong in them."""
        return len({id(one.told) for one in self.violations if one.kind == kind})

    def judge(self, asked: Asked, told: Told) -> list[Violation]:
        """What is wrong with this answer, kept too."""
        self.answers += 1
        found = [
            *(Violation("foreign", what, asked, told) for what in self._foreign(asked, told)),
            *(Violation("stale", what, asked, told) for what in self._stale(asked, told)),
        ]
        self.violations += found
        return found

    # Whose it is

    def _foreign(self, asked: Asked, told: Told) -> Iterator[str]:
        yield from self._words(asked, told)
        yield from self._cookies(asked, told)
        yield from _coding(asked, told)
        if told.status == 304 and asked.had is None:
            yield f"304 to the tag {asked.tag}, which is of no answer that this client had here"
        control = told.headers.get("cache-control", "")
        is_own = asked.by is not None and asked.about.kind not in ("list", "part", "nothing")
        if is_own and asked.shows == "token" and told.status in _GOOD and "no-store" not in control:
            yield f"somebody's own answer says cache-control: {control or 'nothing'}"

    def _words(self, asked: Asked, told: Told) -> Iterator[str]:
        said = "\n".join([told.text or "", *told.headers.values(), *told.cookies])
        reading = Reading(asked.at, told.at)
        for kind, first, second in self.world.private_in(said):
            if not self._may_read(asked, reading, kind, first, second):
                yield f"the private word {kind}-{first}-{second}"
        if told.text is None:
            yield "a body that cannot be read"

    def _may_read(self, asked: Asked, reading: Reading, kind: str, first: int, second: int) -> bool:
        if asked.by is None:
            return False
        person = asked.by.number
        if asked.shows != "token":
            # A session's cookie gives its own address, where it is exchanged.
            return asked.about.kind == "session" and kind == "e" and first == person
        if kind == "e":
            return first == person
        pitch = self.world.pitches[first if kind == "s" else second]
        if kind == "m":
            return person in (first, pitch.creator.number)
        nda = pitch.ndas.get(person)
        return pitch.creator.number == person or (
            nda is not None and "granted" in nda.possible(reading)
        )

    def _cookies(self, asked: Asked, told: Told) -> Iterator[str]:
        for cookie in told.cookies:
            value = cookie.split(";", 1)[0]
            if value.startswith(_REFRESH):
                if asked.about.kind != "session":
                    yield "a session's cookie in an answer that starts none"
            elif value.startswith(_VISITOR):
                if asked.visitor is not None:
                    yield "another visitor's cookie for who has one"
                elif value in self._visitors:
                    yield "a visitor's cookie that was given to somebody else before"
                self._visitors.setdefault(value, asked)
            else:
                yield f"an unknown cookie {value.split('=', 1)[0]}"

    # How old it is

    def _stale(self, asked: Asked, told: Told) -> Iterator[str]:
        about = asked.about
        if asked.session is not None:
            yield from _stale_session(asked, told, asked.session)
        # The edge is passed by for whoever shows who they are; what is kept in Redis is right at once.
        behind = BEHIND_SECONDS if asked.shows == "nothing" else 0.0
        reading = Reading(asked.at, told.at, told.version, behind)
        if about.kind == "detail" and told.status in (200, 304, 404):
            yield from self._stale_detail(asked, told, reading)
        if told.status not in (200, 304):
            return
        body: Any = _body(asked, told)
        if about.kind in ("list", "part"):
            yield from self._stale_pitches(body["pitches"], about.pitches, reading, everybodys=True)
        if about.kind == "creator":
            yield from self._stale_pitches(
                body["pitches"], about.pitches, reading, everybodys=False
            )
            yield from self._stale_ndas(body["waiting"], reading)
        if about.kind == "requester" and asked.by is not None:
            yield from self._stale_pitches(body["saved"], (), reading, everybodys=True)
            yield from self._stale_saved(asked.by.number, body["saved"], reading)
            yield from self._stale_ndas(body["requests"], reading)
            yield from self._stale_pitches(body.get("opened", ()), (), reading, everybodys=True)
        if about.kind == "ndas":
            yield from self._stale_ndas(body["ndas"], reading)
        if about.kind == "nothing" and body["pitches"]:
            yield "found by a word that is in nothing that everybody sees"

    def _stale_detail(self, asked: Asked, told: Told, reading: Reading) -> Iterator[str]:
        [pitch] = asked.about.pitches
        is_owner = asked.shows == "token" and asked.by is pitch.creator
        possible = pitch.state.possible(reading)
        if told.status == 404:
            if is_owner or all(state.published for state in possible):
                yield f"pitch {pitch.number} is not there, and was"
            return
        body = _body(asked, told)
        yield from self._of_state(pitch, body["logline"], possible, everybodys=not is_owner)
        if asked.shows == "token" and asked.by is not None:
            yield from self._stale_inside(pitch, asked.by.number, body, reading)

    def _stale_inside(
        self, pitch: Pitch, person: int, body: Mapping[str, Any], reading: Reading
    ) -> Iterator[str]:
        """What one person is told beyond what everybody is."""
        saved = self.world.saved.get((person, pitch.number), _NEVER)
        if body["saved"] not in saved.possible(reading):
            yield f"pitch {pitch.number} saved: {body['saved']}"
        nda = pitch.ndas.get(person)
        statuses: list[NdaStatus] = [] if nda is None else nda.possible(reading)
        if nda is not None and body["nda"] is not None and body["nda"]["status"] not in statuses:
            yield f"the NDA of pitch {pitch.number} is {body['nda']['status']}"
        is_owner = pitch.creator.number == person
        whole = body["whole"]
        if whole is None:
            if is_owner or (statuses and set(statuses) == {"granted"}):
                yield f"pitch {pitch.number} is closed to who may see it"
            return
        if not is_owner and "granted" not in statuses:
            yield f"pitch {pitch.number} is open to who may not see it any more"
        numbers = {state.number for state in pitch.state.possible(reading)}
        for kind, _, number in self.world.private_in(whole["synopsis"]):
            if kind == "s" and number not in numbers:
                yield f"the synopsis of pitch {pitch.number} is of change {number}, not {_or(numbers)}"

    def _stale_pitches(
        self,
        told: Iterable[Mapping[str, Any]],
        all_of: Iterable[Pitch],
        reading: Reading,
        *,
        everybodys: bool,
    ) -> Iterator[str]:
        seen: set[int] = set()
        for summary in told:
            found = self.world.state_in(summary["logline"])
            if found is None:
                continue
            pitch = self.world.pitches[found[0]]
            seen.add(pitch.number)
            possible = pitch.state.possible(reading)
            yield from self._of_state(pitch, summary["logline"], possible, everybodys=everybodys)
        for pitch in all_of:
            if pitch.number in seen:
                continue
            if not everybodys or all(state.published for state in pitch.state.possible(reading)):
                yield f"pitch {pitch.number} is not in the list, and was"

    def _of_state(
        self, pitch: Pitch, logline: str, possible: Iterable[Shown], *, everybodys: bool
    ) -> Iterator[str]:
        numbers = {state.number for state in possible if state.published or not everybodys}
        found = self.world.state_in(logline)
        if found is None or found[0] != pitch.number:
            yield f"{logline} for pitch {pitch.number}"
        elif found[1] not in numbers:
            yield f"pitch {pitch.number} of change {found[1]}, not {_or(numbers)}"

    def _stale_saved(
        self, person: int, told: Iterable[Mapping[str, Any]], reading: Reading
    ) -> Iterator[str]:
        there = {row["id"] for row in told}
        for pitch in self.world.pitches:
            saved = self.world.saved.get((person, pitch.number), _NEVER).possible(reading)
            published = [state.published for state in pitch.state.possible(reading)]
            if pitch.id in there and True not in saved:
                yield f"pitch {pitch.number} is among what is saved, and is not"
            if pitch.id not in there and all(saved) and all(published):
                yield f"pitch {pitch.number} is not among what is saved, and is"

    def _stale_ndas(self, told: Iterable[Mapping[str, Any]], reading: Reading) -> Iterator[str]:
        for nda in told:
            words = [word for word in self.world.private_in(nda["message"]) if word[0] == "m"]
            for _, requester, number in words:
                register = self.world.pitches[number].ndas.get(requester)
                if register is not None and nda["status"] not in register.possible(reading):
                    yield f"the NDA of pitch {number} for {requester} is {nda['status']}"


def _stale_session(asked: Asked, told: Told, session: Register[bool]) -> Iterator[str]:
    is_open = session.possible(Reading(asked.at, told.at))
    if told.status == 200 and True not in is_open:
        yield "a session that is over was gone on with"
    if told.status == 401 and all(is_open):
        yield "a session that is open was refused"


def _body(asked: Asked, told: Told) -> Any:  # noqa: ANN401 (what a server sent)
    """What the client has now: with 304 that is what it had."""
    if told.status == 304:
        return Told(told.at, 200, {}, (), asked.had or "null").json or _NOTHING
    return told.json


_NOTHING: Final[dict[str, Any]] = {"pitches": [], "logline": ""}


def _coding(asked: Asked, told: Told) -> Iterator[str]:
    coding = told.headers.get("content-encoding", "identity")
    if coding not in ("identity", *asked.encodings.split(", ")):
        yield f"coded as {coding} for who takes {asked.encodings or 'no coding'}"


def _or(numbers: Iterable[int]) -> str:
    return " or ".join(str(number) for number in sorted(numbers)) or "anything"
