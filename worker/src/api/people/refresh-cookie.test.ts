import { expect, test } from "vitest";
import { NO_COOKIE, readRefreshCookie, refreshCookie } from "./refresh-cookie";

const read = (cookie: string) => readRefreshCookie(new Request("https://api.example/", { headers: { cookie } }));

test("the cookie is for the exchange alone, and for no script", () => {
  for (const cookie of [refreshCookie("a.b.c", 60), NO_COOKIE]) {
    for (const attribute of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/api/sessions"]) {
      expect(cookie).toContain(attribute);
    }
  }
  expect(NO_COOKIE).toContain("Max-Age=0");
});

test.each([
  ["pitchey-refresh=a.b.c", "a.b.c"],
  ["x=1; pitchey-refresh=a.b.c; y=2", "a.b.c"],
  ["not-pitchey-refresh=a", null],
  ["x=pitchey-refresh=a", null],
  // One of both was slipped in.
  ["pitchey-refresh=a; pitchey-refresh=b", null],
  [`x=${"a".repeat(20_000)}; pitchey-refresh=a`, null],
  ["", null],
])("%s has %s", (cookie, token) => {
  expect(read(cookie)).toBe(token);
});
