import { describe, expect, test } from "vitest";
import { origins, preflight, share } from ".";

const APP = "https://app.pitchey.example";
const ALLOWED = origins(`${APP} https://app.pitchey.example.localhost:*`);
const asked = (method: string, origin: string | null, more: Record<string, string> = {}) =>
  new Request("https://api.pitchey.example/api/pitches", {
    method,
    headers: origin === null ? more : { origin, ...more },
  });

const STRANGERS = [
  "https://evil.example", "null", "http://app.pitchey.example", "https://app.pitchey.example:8443",
  "https://app.pitchey.example.evil.example", "https://xapp.pitchey.example", "https://APP.pitchey.example",
  "https://app.pitchey.example.localhost", "http://app.pitchey.example.localhost:4901",
  "https://app.pitchey.example.localhost:4901.evil.example", "https://app.pitchey.example.localhost:*x", "", "*",
];

describe("an answer", () => {
  test.each([APP, "https://app.pitchey.example.localhost:4902"])("may be read by pages of %s", (origin) => {
    const answer = share(asked("GET", origin), new Response(), ALLOWED);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
    expect(answer.headers.get("access-control-expose-headers")).toContain("etag");
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  test.each(STRANGERS)("may not be read by pages of %j", (origin) => {
    const answer = share(asked("GET", origin), new Response(), ALLOWED);
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test.each([
    [null, "Origin"], ["Accept-Encoding", "Accept-Encoding, Origin"], ["accept, origin", "accept, origin"], ["*", "*"],
  ])("that varied by %j varies by the origin too, asked with one or not", (before, after) => {
    const headers = before === null ? {} : { vary: before };
    for (const origin of [null, APP, "https://evil.example"]) {
      expect(share(asked("GET", origin), new Response(null, { headers }), ALLOWED).headers.get("vary")).toBe(after);
    }
  });
});

describe("a preflight", () => {
  const wish = { "access-control-request-method": "PATCH", "access-control-request-headers": "pitchey-csrf" };

  test("of the app is told what it may do", () => {
    const answer = preflight(asked("OPTIONS", APP, wish), ALLOWED);
    expect(answer?.status).toBe(204);
    expect(answer?.headers.get("access-control-allow-origin")).toBe(APP);
    expect(answer?.headers.get("access-control-allow-methods")).toContain("PATCH");
    expect(answer?.headers.get("access-control-allow-headers")).toContain("pitchey-csrf");
    expect(answer?.headers.get("vary")).toBe("Origin");
  });

  test.each(STRANGERS)("of %j is told nothing", (origin) => {
    const answer = preflight(asked("OPTIONS", origin, wish), ALLOWED);
    expect([...(answer?.headers.keys() ?? [])]).toEqual(["vary"]);
  });

  test("is only what asks for a method", () => {
    expect(preflight(asked("OPTIONS", APP), ALLOWED)).toBeNull();
    expect(preflight(asked("GET", APP, wish), ALLOWED)).toBeNull();
    expect(preflight(asked("OPTIONS", null, wish), ALLOWED)).toBeNull();
  });
});

test.each([undefined, "", "  ", "*", "null", "app.pitchey.example"])("of the list %j nobody is", (listed) => {
  for (const origin of [APP, "null", "*", ""]) expect(origins(listed).allow(origin)).toBe(false);
});
