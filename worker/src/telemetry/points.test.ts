import { expect, test } from "vitest";
import { type Served, writePoint } from "./points";

const VERSION = { id: "version-id", tag: "tag-1", timestamp: "2026-01-01T00:00:00Z" };
const SERVED: Served = {
  method: "GET", route: "/api/pitches/{id}", status: 200, milliseconds: 12, verdict: "hit", arm: "warm", asked: "",
  database: { milliseconds: 9, asked: 2 },
};

function point(changes: Partial<Served> = {}): AnalyticsEngineDataPoint {
  const written: AnalyticsEngineDataPoint[] = [];
  const POINTS = { writeDataPoint: (given?: AnalyticsEngineDataPoint) => void written.push(given ?? {}) };
  writePoint({ POINTS, VERSION }, { ...SERVED, ...changes });
  expect(written).toHaveLength(1);
  return written[0] ?? {};
}

test("a request is one point, of what it was and not of whom", () => {
  expect(point()).toEqual({
    indexes: ["/api/pitches/{id}"],
    blobs: ["version-id", "tag-1", "GET", "/api/pitches/{id}", "2xx", "hit", "warm", ""],
    doubles: [12, 200, 9, 2],
  });
});

test("a clock that went back makes no time less than none", () => {
  const { doubles } = point({ milliseconds: -3, database: { milliseconds: -2, asked: 1 } });
  expect(doubles).toEqual([0, 200, 0, 1]);
});

test.each([
  "/api/pitches/0b7c1e2a-8f1d-4a52-9d3e-6a2f9e0c1d2b", "/api/people/ada@example.com", "/api/pitches?q=ada",
  "/api/uploads/12345", `/api/${"x".repeat(200)}`, "https://api.example/", "Ada Lovelace", "", "/api/é",
  "/api/uploads/V1StGXR8_Z5jdHi6B-myT0aPpWq3sLk9uYtRrE2wQ",
])("of a route that is no pattern, %s, nothing is told", (route) => {
  const { indexes, blobs } = point({ route });
  expect(indexes).toEqual(["other"]);
  expect(blobs?.[3]).toBe("other");
});

test.each([
  "/api/pitches", "/api/pitches/trending?limit=5", "/api/pitches?format=feature&limit=3",
  `/api/pitches/${"0a".repeat(16)}`,
])("%s may be asked for again", (asked) => expect(point({ asked }).blobs?.[7]).toBe(asked));

test.each([
  "/api/pitches?q=a b", "/api/pitches?genre=ada@example.com", "/api/pitches?genre=", "/health",
  "https://a.example/api/x", `/api/${"x".repeat(200)}`,
])("%s is told by no point", (asked) => expect(point({ asked }).blobs?.[7]).toBe(""));

test("words that are not ours are left out", () => {
  const { blobs } = point({ method: "ADA", verdict: "for Ada", arm: "ada@example.com" });
  expect(blobs).toEqual(["version-id", "tag-1", "other", "/api/pitches/{id}", "2xx", "", "", ""]);
});

test("without the binding, or with one that fails, the request goes on", () => {
  writePoint({ VERSION }, SERVED);
  const fail = () => {
    throw new Error("down");
  };
  writePoint({ POINTS: { writeDataPoint: fail }, VERSION }, SERVED);
});
