"""Messages are the same however the bytes that carry them were cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.data.hyperdrive import frames
from localcloud.data.hyperdrive.frames import FrameBuffer, WireError, frame

KINDS = st.sampled_from([bytes([kind]) for kind in b"QPBDESHCXdcfZTKRN"])
MESSAGES = st.lists(st.builds(frame, KINDS, st.binary(max_size=300)), max_size=12)


@given(MESSAGES, st.data())
def test_frames_come_whole_wherever_the_stream_was_cut(
    messages: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    one_by_one, at_once = FrameBuffer(), FrameBuffer()
    taken: list[bytes] = []
    together: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        one_by_one.feed(stream[start:end])
        at_once.feed(stream[start:end])
        while (message := one_by_one.take()) is not None:
            taken.append(message)
        together += at_once.take_all() or []
    assert taken == together == messages
    assert len(one_by_one) == len(at_once) == 0


@given(st.dictionaries(st.text("abc_", min_size=1), st.text("xyz 1"), max_size=5), st.data())
def test_a_first_message_waits_for_its_last_byte(
    parameters: dict[str, str], data: st.DataObject
) -> None:
    sent = frames.startup(parameters)
    cut = data.draw(st.integers(0, len(sent) - 1))
    buffer = FrameBuffer()
    buffer.feed(sent[:cut])
    assert buffer.take_first() is None
    buffer.feed(sent[cut:] + b"rest")
    body = buffer.take_first() or b""
    assert frames.code_of(body) == frames.PROTOCOL_3_0
    assert body[4:].count(b"\0") == 2 * len(parameters) + 1
    assert len(buffer) == 4


@pytest.mark.parametrize("length", [0, 3, -1, (1 << 30) + 1])
def test_a_length_that_cannot_be_is_refused(length: int) -> None:
    for take in (FrameBuffer.take, FrameBuffer.take_all):
        buffer = FrameBuffer()
        buffer.feed(b"Q" + length.to_bytes(4, "big", signed=True))
        with pytest.raises(WireError):
            take(buffer)


@given(st.lists(st.one_of(st.none(), st.binary(max_size=50)), max_size=6))
def test_a_rows_values_are_read(values: list[bytes | None]) -> None:
    body = len(values).to_bytes(2, "big")
    for value in values:
        body += (-1 if value is None else len(value)).to_bytes(4, "big", signed=True) + (
            value or b""
        )
    assert list(frames.columns(frame(b"D", body))) == values


def test_an_error_tells_its_fields() -> None:
    made = frames.error("58000", "it is broken", "FATAL")
    assert frames.error_fields(made) == {
        "S": "FATAL",
        "V": "FATAL",
        "C": "58000",
        "M": "it is broken",
    }
