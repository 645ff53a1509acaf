import { describe, expect, test } from "vitest";
import { closed, readMaintenance } from ".";

const NOW = 1_800_000_000;
const request = (path: string, method = "GET") => new Request(`https://api.pitchey.example${path}`, { method });

describe("the value in KV", () => {
  const NOTHING = ["", "off", "null", "false", '"off"', "0", "-1", "[]", "rubbish", "{broken"];
  test.each(NOTHING)("%j closes nothing", (text) => {
    expect(readMaintenance(text, NOW)).toBeNull();
  });

  test.each([
    ["{}", { retryAfter: 120 }],
    ["on", { retryAfter: 120 }],
    ["true", { retryAfter: 120 }],
    ["7.5", { retryAfter: 8 }],
    ['{"retryAfter":5}', { retryAfter: 5 }],
    ['{"retryAfter":"x"}', { retryAfter: 120 }],
    ['{"until":"2027-01-15T08:10:00Z","message":" A word "}', { retryAfter: 600, message: "A word" }],
    [`{"until":${NOW + 120}}`, { retryAfter: 120 }],
    ['{"until":"2027-01-15T07:00:00Z"}', { retryAfter: 30 }],
    ['{"until":"2030-01-01T00:00:00Z"}', { retryAfter: 86_400 }],
    ['{"until":"soon","message":7}', { retryAfter: 120 }],
    ['{"until":null,"message":"   "}', { retryAfter: 120 }],
  ])("%s closes the API", (text, expected) => {
    expect(readMaintenance(text, NOW)).toEqual(expected);
  });

  test("may hold a long message, of which the beginning is told", () => {
    const read = readMaintenance(JSON.stringify({ message: "x".repeat(10_000) }), NOW);
    expect(read?.message).toHaveLength(500);
  });
});

describe("during maintenance", () => {
  const maintenance = { retryAfter: 600, message: "We move to a larger house" };

  const CALLERS = [null, "creator", "investor", "production"] as const;
  test.each(CALLERS)("a caller of role %s is told when to come back", async (role) => {
    const answer = closed(request("/api/pitches"), maintenance, role);
    expect(answer?.status).toBe(503);
    expect(answer?.headers.get("retry-after")).toBe("600");
    expect(answer?.headers.get("content-type")).toBe("application/problem+json");
    expect(answer?.headers.get("cache-control")).toBe("no-store");
    expect(await answer?.json()).toMatchObject({ status: 503, detail: "We move to a larger house" });
  });

  test("operators, probes of health and version, and preflights pass", () => {
    expect(closed(request("/api/pitches", "POST"), maintenance, "operator")).toBeNull();
    for (const path of ["/health", "/version", "/api/health", "/api/version"]) {
      expect(closed(request(path), maintenance, null)).toBeNull();
    }
    expect(closed(request("/api/pitches", "OPTIONS"), maintenance, null)).toBeNull();
    expect(closed(request("/api/health/x"), maintenance, null)?.status).toBe(503);
  });

  test("without it everybody passes", () => {
    expect(closed(request("/api/pitches"), null, null)).toBeNull();
  });
});
