"""One client's session: its messages go to whichever link is free, a transaction as a whole to one.

A client is greeted without the origin. What it prepares is known here, so that a link that has not seen it is told first; to
the client, all links are one.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from localcloud.data.hyperdrive import frames
from localcloud.data.hyperdrive.caching import LARGEST, Answer, Cache, Question
from localcloud.data.hyperdrive.channel import Channel, GoneError
from localcloud.data.hyperdrive.frames import HEADER, WireError, frame
from localcloud.data.hyperdrive.origin import DISCARD, IDLE, RESET, Link, OriginError
from localcloud.data.hyperdrive.pool import Pool
from localcloud.data.hyperdrive.reading import why_uncacheable

QUERY_SECONDS: Final = 60.0
_CANCELLED_SECONDS: Final = 10.0
_FAREWELL_SECONDS: Final = 5.0
_MOST_NAMES: Final = 500
_DEFAULTS: Final = {
    "server_version": "18.0",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "Etc/UTC",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
    "is_superuser": "off",
    "session_authorization": "hyperdrive",
}
_READY: Final = frame(b"Z", IDLE)
_PARSED, _BOUND, _CLOSED = frame(b"1"), frame(b"2"), frame(b"3")
_NOWHERE: Final = b"_hyperdrive"
_EXTENDED: Final = frozenset(b"PBDEC")
_LEAVES_TRACES: Final = re.compile(
    rb"\bset_config\s*\(|\btemp(?:orary)?\b|advisory_lock|\bwith\s+hold\b|\blisten\b|\bprepare\b|\bload\b",
    re.IGNORECASE,
)
_ASYNCHRONOUS: Final = frozenset(b"NSA")
_ENDS: Final = {
    "parse": b"1",
    "bind": b"2",
    "close": b"3",
    "statement": b"Tn",
    "portal": b"Tn",
    "rows": b"CIs",
}
"""By what each answer ends."""


@dataclass
class _Awaited:
    """An answer that is to come: `what` as in `_ENDS`, or sync. `text`: what the client gets at once, nothing being asked of
    the origin; `hidden`: the client has not asked for it."""

    what: str
    text: bytes | None = None
    hidden: bool = False
    statement: bytes | None = None
    """What a link has prepared when the answer has come, under `name`."""
    name: bytes = b""


@dataclass(frozen=True)
class _Request:
    """One statement that is asked once, as far as the cache is concerned: the answers' kinds in their order."""

    question: Question
    kinds: tuple[str, ...]

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset(self.kinds) & {"statement", "portal", "rows"}


class Session:
    """`pool` is asked for anew whenever a link is needed: a configuration may change meanwhile."""

    def __init__(
        self,
        client: Channel,
        pool: Callable[[], Pool],
        cache: Callable[[], Cache | None],
        query_seconds: float = QUERY_SECONDS,
    ) -> None:
        self.client = client
        self.key = secrets.token_bytes(8)
        self._pool = pool
        self._cache = cache
        self._query_seconds = query_seconds
        self._link: Link | None = None
        self._lender: Pool | None = None
        self._statements: dict[bytes, bytes] = {}
        self._batch: list[bytes] = []
        self._renewals: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """From after the client's first message to its end."""
        last: bytes | None = None
        try:
            self._greet()
            await self._serve()
        except OriginError as error:
            # Some drivers take an error for told only when the answer is whole.
            last = error.message + _READY
        except WireError as error:
            last = frames.error("08P01", f"protocol violation: {error}", "FATAL")
        except TimeoutError:
            last = frames.error("57014", "Query timed out.", "FATAL")
        except GoneError:
            # The origin's end in the middle of an answer; the client's own goes by a cancellation.
            last = frames.error("58000", "Server connection closed.", "FATAL")
        finally:
            self._give_back()
        if last is not None:
            await self.client.say_last(last, _FAREWELL_SECONDS)
        self.client.close()

    async def cancel(self) -> None:
        """Gives up what the client has asked for, if it waits for anything."""
        if self._link is not None and self._link.busy:
            await self._link.cancel()

    def _greet(self) -> None:
        told = {**_DEFAULTS, **self._pool().parameters}
        self.client.write(
            b"".join(
                (
                    frame(b"R", bytes(4)),
                    *(frame(b"S", f"{key}\0{value}\0".encode()) for key, value in told.items()),
                    frame(b"K", self.key),
                    _READY,
                )
            )
        )

    async def _serve(self) -> None:
        while True:
            message = await self.client.read()
            kind = message[0]
            if kind in _EXTENDED:
                self._batch.append(message)
            elif kind in b"SH":
                batch, self._batch = self._batch, []
                await self._extended(batch, message)
            elif kind in b"QF":
                await self._simple(message)
            elif kind == ord("X"):
                return
            elif kind not in b"dcf":  # data of a copy that has failed may still be on its way
                raise WireError(f"a message of kind {chr(kind)!r}")

    # Links

    async def _take(self) -> Link:
        if self._link is None:
            self._lender = self._pool()
            self._link = await self._lender.acquire()
        return self._link

    def _give_back(self) -> None:
        link, lender = self._link, self._lender
        self._link = self._lender = None
        if link is not None and lender is not None:
            lender.release(link)

    def _in_transaction(self) -> bool:
        return self._link is not None and (self._link.status != IDLE or self._link.skipping)

    # Statements

    async def _simple(self, message: bytes) -> None:
        request = None
        if message[:1] == b"Q":
            question = Question(message[HEADER:-1], None)
            request = self._asked(question, ("rows",))
        if request is not None and await self._answered(request):
            return
        link = await self._take()
        _note(link, message)
        link.unnamed = None
        await self._exchange(link, [message], deque([_Awaited("sync")]), request)

    async def _extended(self, batch: list[bytes], end: bytes) -> None:
        if end[:1] == b"S" and not batch and self._link is None:
            self.client.write(_READY)
            return
        request = None
        if end[:1] == b"S":
            request = self._whole(batch)
        if request is not None and await self._answered(request, batch):
            return
        link = await self._take()
        out: list[bytes] = []
        awaited: deque[_Awaited] = deque()
        for message in batch:
            self._translate(link, message, out, awaited)
        out.append(end)
        if end[:1] == b"S":
            awaited.append(_Awaited("sync"))
        await self._exchange(link, out, awaited, request)

    def _translate(
        self, link: Link, message: bytes, out: list[bytes], awaited: deque[_Awaited]
    ) -> None:
        """A client's message in the link's own names, after whatever the link has to be told first."""
        kind, body = message[:1], message[HEADER:]
        if kind == b"P":
            name, at = frames.text(body)
            self._statements[name] = body[at:]
            if name and body[at:] in link.names:
                awaited.append(_Awaited("parse", text=_PARSED))
            else:
                self._prepare(link, name, body[at:], out, awaited, hidden=False)
        elif kind == b"B":
            portal, at = frames.text(body)
            name, rest = frames.text(body, at)
            known = self._known(link, name, out, awaited)
            out.append(frame(b"B", portal + b"\0" + known + b"\0" + body[rest:]))
            awaited.append(_Awaited("bind"))
        elif kind in (b"D", b"C") and body[:1] == b"S":
            name, _ = frames.text(body, 1)
            if kind == b"C":
                # Others may use it on this link: it is the client that does not know it any more.
                self._statements.pop(name, None)
                awaited.append(_Awaited("close", text=_CLOSED))
                return
            known = self._known(link, name, out, awaited)
            out.append(frame(b"D", b"S" + known + b"\0"))
            awaited.append(_Awaited("statement"))
        else:
            out.append(message)
            awaited.append(_Awaited({b"D": "portal", b"C": "close"}.get(kind, "rows")))

    def _known(self, link: Link, name: bytes, out: list[bytes], awaited: deque[_Awaited]) -> bytes:
        """The link's name for the client's statement, which is prepared there first if need be."""
        statement = self._statements.get(name)
        if statement is None:
            return name or _NOWHERE  # the origin says that there is none
        if not name:
            if link.unnamed != statement:
                self._prepare(link, name, statement, out, awaited, hidden=True)
            return b""
        known = link.names.get(statement)
        if known is None:
            return self._prepare(link, name, statement, out, awaited, hidden=True)
        link.names[statement] = link.names.pop(statement)
        return known

    def _prepare(
        self,
        link: Link,
        name: bytes,
        statement: bytes,
        out: list[bytes],
        awaited: deque[_Awaited],
        *,
        hidden: bool,
    ) -> bytes:
        _note(link, statement)
        if not name:
            link.unnamed = statement
            out.append(frames.parse(b"", statement))
            awaited.append(_Awaited("parse", hidden=hidden))
            return b""
        if len(link.names) >= _MOST_NAMES:
            oldest = next(iter(link.names))
            out.append(frame(b"C", b"S" + link.names.pop(oldest) + b"\0"))
            awaited.append(_Awaited("close", hidden=True))
        own = link.next_name()
        link.names[statement] = own
        out.append(frames.parse(own, statement))
        awaited.append(_Awaited("parse", hidden=hidden, statement=statement, name=own))
        return own

    # Answers

    async def _exchange(
        self,
        link: Link,
        out: list[bytes],
        awaited: deque[_Awaited],
        request: _Request | None,
    ) -> None:
        """Sends, and hands the answers on until the last that is awaited. Raises `GoneError`."""
        exchange = _Exchange(link, self.client, awaited, collects=request is not None)
        link.busy = True
        link.channel.write(b"".join(out))
        await link.channel.drain()
        try:
            async with asyncio.timeout(self._query_seconds):
                await exchange.run()
        except TimeoutError:
            await link.cancel()
            async with asyncio.timeout(_CANCELLED_SECONDS):
                await exchange.run()
        cache = self._cache()
        if request is not None and cache is not None and exchange.whole and link.status == IDLE:
            cache.keep(request.question, exchange.parts(request.kinds))
        link.unsynced = not exchange.synced
        if exchange.synced and link.status == IDLE:
            self._give_back()

    # The cache

    def _asked(self, question: Question, kinds: tuple[str, ...]) -> _Request | None:
        cache = self._cache()
        if cache is None or self._in_transaction():
            return None
        sql = question.statement.partition(b"\0")[0].decode("utf-8", "replace")
        if why_uncacheable(sql) is not None:
            cache.counts.uncacheable += 1
            return None
        return _Request(question, kinds)

    def _whole(  # noqa: PLR0911, PLR0912 (one branch a kind of message)
        self, batch: list[bytes]
    ) -> _Request | None:
        """What a batch asks, when it is one statement, bound once and read to its end."""
        statement: bytes | None = None
        values: bytes | None = None
        rows = bytes(4)
        kinds: list[str] = []
        parsed: dict[bytes, bytes] = {}
        for message in batch:
            kind, body = message[:1], message[HEADER:]
            if kind == b"P":
                name, at = frames.text(body)
                parsed[name] = body[at:]
                kinds.append("parse")
            elif kind == b"B":
                portal, at = frames.text(body)
                name, rest = frames.text(body, at)
                if portal or values is not None:
                    return None
                statement = parsed.get(name, self._statements.get(name))
                values = body[rest:]
                kinds.append("bind")
            elif kind == b"D" and body[:1] == b"S":
                if values is not None:
                    return None
                kinds.append("statement")
            elif kind == b"D":
                kinds.append("portal")
            elif kind == b"E":
                if body[:1] != b"\0" or "rows" in kinds:
                    return None
                rows = body[1:]
                kinds.append("rows")
            elif body[:1] == b"S":
                return None
            else:
                kinds.append("close")
        if statement is None or values is None or "rows" not in kinds or len(parsed) > 1:
            return None
        if any(known != statement for known in parsed.values()):
            return None
        return self._asked(Question(statement, values, rows), tuple(kinds))

    async def _answered(self, request: _Request, batch: list[bytes] | None = None) -> bool:
        """Whether the cache had it all, and the client has it now."""
        cache = self._cache()
        if cache is None:
            return False
        found = cache.find(request.question, request.wanted)
        if found is None:
            cache.counts.misses += 1
            return False
        cache.counts.hits += 1
        for message in batch or ():
            if message[:1] == b"P":
                name, at = frames.text(message, HEADER)
                self._statements[name] = message[at:]
        if found.stale:
            self._renew(cache, request, found)
        if self._link is not None:
            # It was kept by a Flush: without a Sync the origin would go on waiting for more.
            link = self._link
            link.busy = True
            link.channel.write(frame(b"S"))
            exchange = _Exchange(link, Channel(), deque([_Awaited("sync")]))
            await exchange.run()
            link.unsynced = False
            self._give_back()
        told = {"parse": _PARSED, "bind": _BOUND, "close": _CLOSED, **found.parts}
        self.client.write(b"".join(told[kind] for kind in request.kinds) + _READY)
        await self.client.drain()
        return True

    def _renew(self, cache: Cache, request: _Request, answer: Answer) -> None:
        task = asyncio.create_task(renew(cache, self._pool(), request.question, answer.parts))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)


async def renew(cache: Cache, pool: Pool, question: Question, parts: Mapping[str, bytes]) -> None:
    """Asks the origin again for what the cache has of a question."""
    kept = False
    link: Link | None = None
    try:
        link = await pool.acquire()
        if question.values is None:
            kinds: list[str] = ["rows"]
            out = [frame(b"Q", question.statement + b"\0")]
            awaited = deque([_Awaited("sync")])
        else:
            kinds = [kind for kind in ("statement", "portal", "rows") if kind in parts]
            asked = {
                "statement": frame(b"D", b"S\0"),
                "portal": frame(b"D", b"P\0"),
                "rows": frame(b"E", b"\0" + question.rows),
            }
            out = [frames.parse(b"", question.statement)]
            if "statement" in kinds:
                out.append(asked["statement"])
            out.append(frame(b"B", b"\0\0" + question.values))
            out += [asked[kind] for kind in kinds if kind != "statement"]
            out.append(frame(b"S"))
            order = ["parse", *(k for k in kinds if k == "statement"), "bind"]
            order += [kind for kind in kinds if kind != "statement"]
            awaited = deque(_Awaited(what) for what in (*order, "sync"))
            kinds = order
        link.unnamed = None
        link.busy = True
        link.channel.write(b"".join(out))
        exchange = _Exchange(link, Channel(), awaited, collects=True)
        async with asyncio.timeout(QUERY_SECONDS):
            await exchange.run()
        if exchange.whole:
            cache.keep(question, exchange.parts(tuple(kinds)))
            kept = True
    except (OriginError, GoneError, WireError, TimeoutError):
        pass
    finally:
        if not kept:
            cache.give_up(question)
        if link is not None:
            pool.release(link)


class _Exchange:
    """The answers to what was sent, on their way to the client."""

    def __init__(
        self, link: Link, client: Channel, awaited: deque[_Awaited], *, collects: bool = False
    ) -> None:
        self.synced = False
        self._collects = collects
        self._failed = False
        self._noticed = False
        self._oversized = False
        self._link = link
        self._client = client
        self._awaited = awaited
        self._collected: dict[str, list[bytes]] = {}
        self._size = 0
        self._simple = len(awaited) == 1

    @property
    def whole(self) -> bool:
        """Whether the answers are such that another may get them: no error, no notice."""
        return self.synced and not (self._failed or self._noticed or self._oversized)

    def parts(self, kinds: tuple[str, ...]) -> dict[str, bytes]:
        return {
            kind: b"".join(self._collected[kind])
            for kind in kinds
            if kind in ("statement", "portal", "rows") and kind in self._collected
        }

    async def run(self) -> None:
        """Raises `GoneError`."""
        if self._link.skipping and self._awaited:
            last = self._awaited[-1]
            self._awaited.clear()
            if last.what == "sync":
                self._awaited.append(last)
        out: list[bytes] = []
        self._tell(out)
        while self._awaited:
            if out:
                self._client.write(b"".join(out))
                out.clear()
                await self._client.drain()
            copying = False
            for message in await self._link.channel.read_all():
                self._take(message, out)
                copying = copying or message[0] in b"GW"
            if copying:
                self._client.write(b"".join(out))
                out.clear()
                await self._copy()
        if out:
            self._client.write(b"".join(out))
            await self._client.drain()
        if not self._awaited:
            self._link.busy = False

    def _take(self, message: bytes, out: list[bytes]) -> None:
        kind = message[0]
        if kind in _ASYNCHRONOUS:
            self._noticed = self._noticed or kind == ord("N")
            out.append(message)
            return
        if kind == ord("E"):
            out.append(message)
            self._fail(message)
            return
        if kind == ord("Z"):
            self._link.status = message[5:6]
            self._link.skipping = False
            self._awaited.popleft()
            self.synced = True
            out.append(message)
            return
        if kind == ord("C"):
            _obey(self._link, message)
        head = self._awaited[0]
        what = "rows" if head.what == "sync" else head.what
        if not head.hidden:
            out.append(message)
            if self._collects:
                self._collect(what, message)
        if head.what != "sync" and kind in _ENDS[what]:
            self._awaited.popleft()
            self._tell(out)

    def _collect(self, what: str, message: bytes) -> None:
        self._collected.setdefault(what, []).append(message)
        self._size += len(message)
        if self._size > LARGEST:
            self._collects = False
            self._oversized = True
            self._collected.clear()

    def _tell(self, out: list[bytes]) -> None:
        """What nobody has to be asked for, up to the next thing that somebody has."""
        while self._awaited and self._awaited[0].text is not None:
            out.append(self._awaited.popleft().text or b"")

    def _fail(self, message: bytes) -> None:
        self._failed = True
        for lost in self._awaited:
            if lost.statement is not None and self._link.names.get(lost.statement) == lost.name:
                del self._link.names[lost.statement]
        self._link.unnamed = None
        code = frames.error_fields(message).get("C")
        if code in ("0A000", "26000", "42P05"):
            # Prepared for tables as they were, or not there any more: each is prepared anew under another name.
            self._link.names.clear()
        while self._awaited and self._awaited[0].what != "sync":
            self._awaited.popleft()
        if not self._awaited:
            self._link.skipping = True

    async def _copy(self) -> None:
        """Hands the client's data on until it ends, or the origin has had enough of it."""
        pumping = asyncio.ensure_future(self._pump())
        reading = asyncio.ensure_future(self._link.channel.ready())
        try:
            await asyncio.wait({pumping, reading}, return_when=asyncio.FIRST_COMPLETED)
            if pumping.done():
                pumping.result()
        finally:
            for task in (pumping, reading):
                task.cancel()
                with suppress(asyncio.CancelledError, GoneError):
                    await task

    async def _pump(self) -> None:
        while True:
            message = await self._client.read()
            if message[0] in b"dcfSH":
                self._link.channel.write(message)
                await self._link.channel.drain()
            if message[0] in b"cf" and self._simple:
                return
            if message[0] in b"S":
                return


def _note(link: Link, statement: bytes) -> None:
    """Remembers what a statement may leave behind in the origin's session."""
    if _LEAVES_TRACES.search(statement):
        link.changed(DISCARD)


def _obey(link: Link, message: bytes) -> None:
    """What the origin says that it has done."""
    tag = message[HEADER:-1]
    if tag == b"SET":
        link.changed(RESET)
    elif tag.startswith((b"DEALLOCATE", b"DISCARD")):
        link.names.clear()
        link.unnamed = None
