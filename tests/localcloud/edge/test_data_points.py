"""What Workers write to Analytics Engine."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.localcloud.edge.conftest import ACCOUNT, Local, binding, deployment, state, version

WORKER = """
export default { async fetch(request, env) {
  try {
    for (const point of eval_points(await request.json())) env.POINTS.writeDataPoint(point);
    return new Response("written");
  } catch (error) { return new Response(`${error.name}: ${error.message}`); }
} };
// `{ repeat: [text, times] }` stands for a long text, `{ bytes }` for a buffer.
const eval_points = (sent) => JSON.parse(JSON.stringify(sent), (_, value) =>
  Array.isArray(value?.repeat) ? value.repeat[0].repeat(value.repeat[1]) : value?.bytes ? new Uint8Array(value.bytes).buffer : value);
"""


async def _write(local: Local, *points: Any) -> str:
    bound = binding("POINTS", "analytics_engine", dataset="visits")
    await local.edge.apply(state(deployment((version(WORKER, bindings=[bound]), 100))))
    return await local.text(method="POST", content=json.dumps(points))


async def _arrived(local: Local, count: int) -> None:
    """Points are written after the answer has left."""
    async with asyncio.timeout(10):
        while len(local.points) < count:
            await local.edge.flush()


async def test_points_arrive_with_dataset_and_time(local: Local) -> None:
    began = time.time()
    point = {"indexes": ["é"], "blobs": ["a", None, "ü☃", {"bytes": [104, 105]}, ""], "doubles": [1.5, 0, -2e9]}  # fmt: skip
    assert await _write(local, point, {}, {"doubles": [3]}) == "written"
    await _arrived(local, 3)
    found = {(p.index, p.doubles, p.blobs) for p in local.points}
    assert found == {
        ("é", (1.5, 0, -2e9), ("a", "", "ü☃", "hi")),
        ("", (), ()),
        ("", (3,), ()),
    }
    assert {(p.account, p.dataset) for p in local.points} == {(ACCOUNT, "visits")}
    assert all(began - 1 < p.at < time.time() + 1 for p in local.points)
    await local.edge.flush()
    assert len(local.points) == 3


@pytest.mark.parametrize(
    ("point", "refused"),
    [
        ({"indexes": ["a", "b"]}, "Maximum of 1 indexes"),
        ({"indexes": [{"repeat": ["ü", 49]}]}, "indexes[0] exceeds 96 bytes"),
        ({"indexes": [{"repeat": ["ü", 48]}]}, None),
        ({"blobs": ["b"] * 21}, "Maximum of 20 blobs"),
        ({"blobs": ["b"] * 20, "doubles": [1] * 20}, None),
        ({"doubles": [1] * 21}, "Maximum of 20 doubles"),
        ({"blobs": [{"repeat": ["b", 15600]}, {"repeat": ["ü", 201]}]}, "exceeds 16000 bytes"),
        ({"blobs": [{"repeat": ["b", 15600]}, {"repeat": ["ü", 200]}]}, None),
        ({"doubles": 3}, "doubles"),
    ],
)
async def test_what_is_too_much_is_refused(local: Local, point: Any, refused: str | None) -> None:
    told = await _write(local, point)
    if refused is None:
        assert told == "written"
        await _arrived(local, 1)
    else:
        assert told.startswith("TypeError: ")
        assert refused in told
        await local.edge.flush()
        assert local.points == []
