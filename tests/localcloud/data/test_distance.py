"""Bytes take their time, and nothing else is lost."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from localcloud.data.distance import Relay, Way


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def relayed(way: Way) -> AsyncGenerator[tuple[Relay, int]]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    there = server.sockets[0].getsockname()[1]

    async def reach() -> tuple[str, int]:
        return "127.0.0.1", there

    relay = Relay(way, reach)
    listener = socket.create_server(("127.0.0.1", 0))
    await relay.listen(listener)
    try:
        yield relay, listener.getsockname()[1]
    finally:
        relay.stop()
        server.close()
        listener.close()
        await asyncio.sleep(0.05)


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    began = time.monotonic()
    writer.write(b"?")
    assert await reader.readexactly(1) == b"?"
    return time.monotonic() - began


async def test_a_question_takes_a_round_trip_and_the_first_one_more() -> None:
    async with relayed(Way(0.1)) as (relay, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await _asked(reader, writer) >= 0.19
        assert await _asked(reader, writer) >= 0.09
        relay.way.round_trip = 0.3
        assert await _asked(reader, writer) >= 0.29
        relay.way.round_trip = 0.0
        relay.way.slow = 0.2
        assert await _asked(reader, writer) >= 0.19
        writer.close()


async def test_bytes_under_way_are_many_and_keep_their_order() -> None:
    sent = b"".join(n.to_bytes(4, "big") for n in range(500_000))
    async with relayed(Way(0.05)) as (relay, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        reading = asyncio.ensure_future(reader.readexactly(len(sent)))
        for start in range(0, len(sent), 50_000):
            writer.write(sent[start : start + 50_000])
            # What is sent later does not arrive earlier, though the way is shorter by then.
            relay.way.round_trip = 0.05 if start < len(sent) // 2 else 0.0
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            assert await reading == sent
        writer.close()


async def test_an_end_arrives_after_what_was_said_before() -> None:
    async with relayed(Way(0.05)) as (relay, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"last words")
        assert await reader.readexactly(10) == b"last words"
        assert relay.connections == 1
        writer.close()
        async with asyncio.timeout(10):
            while relay.connections:  # noqa: ASYNC110 (nothing says so)
                await asyncio.sleep(0.02)


async def test_where_nobody_listens_the_connection_ends() -> None:
    async def nowhere() -> tuple[str, int]:
        raise ConnectionRefusedError

    relay = Relay(Way(0.0), nowhere)
    listener = socket.create_server(("127.0.0.1", 0))
    await relay.listen(listener)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    relay.stop()
    listener.close()
    await asyncio.sleep(0.05)


async def test_cut_ends_every_connection() -> None:
    async with relayed(Way(0.0)) as (relay, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await _asked(reader, writer)
        relay.cut()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
