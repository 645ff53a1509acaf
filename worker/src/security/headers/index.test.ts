import { describe, expect, test } from "vitest";
import { secure, securityHeaders, sourceHash } from ".";
import { STYLE, STYLE_SOURCE } from "../../page";

const asked = (scheme = "https") => new Request(`${scheme}://api.pitchey.example/api/pitches`);

describe("every answer", () => {
  test.each(["api", "page"] as const)("of an %s allows nothing inline and no frame", (kind) => {
    const { headers } = secure(asked(), new Response("{}"), kind);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/unsafe|data:|\*/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("permissions-policy")).toContain("geolocation=()");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-site");
  });

  test("asks for HTTPS from then on, where it came by HTTPS", () => {
    const given = secure(asked(), new Response()).headers.get("strict-transport-security");
    expect(given).toMatch(/^max-age=\d{8}; includeSubDomains$/);
    expect(secure(asked("http"), new Response()).headers.has("strict-transport-security")).toBe(false);
  });

  test("keeps the policy that it brings along, and nothing else", () => {
    const headers = { "content-security-policy": "default-src 'self'", "x-content-type-options": "sniff" };
    const answer = secure(asked(), new Response(null, { headers }));
    expect(answer.headers.get("content-security-policy")).toBe("default-src 'self'");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

test("a page's style is allowed by its hash alone", async () => {
  expect(await sourceHash(STYLE)).toBe(STYLE_SOURCE);
  expect(securityHeaders("page", [STYLE_SOURCE])["content-security-policy"]).toContain(`style-src ${STYLE_SOURCE}`);
  expect(securityHeaders("api", [STYLE_SOURCE])["content-security-policy"]).not.toContain("style-src");
});
