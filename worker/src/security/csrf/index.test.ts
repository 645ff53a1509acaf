import { expect, test } from "vitest";
import { csrfFault } from ".";
import { origins } from "../cors";

const APP = "https://app.pitchey.example";
const ALLOWED = origins(APP);
const fault = (method: string, headers: Record<string, string>) =>
  csrfFault(new Request("https://api.pitchey.example/api/sessions/refresh", { method, headers }), ALLOWED);
const OURS = { "pitchey-csrf": "1" };

test.each([
  ["the app's page", { ...OURS, origin: APP, "sec-fetch-site": "same-site" }],
  ["a page of the API itself", { ...OURS, origin: "https://api.pitchey.example" }],
  ["a program", OURS],
  ["a browser that tells no origin of its own page", { ...OURS, "sec-fetch-site": "same-origin" }],
])("%s may", (_, headers) => {
  for (const method of ["POST", "DELETE", "PUT", "PATCH"]) expect(fault(method, headers)).toBeNull();
});

test.each([
  ["a form of another page", { origin: "https://evil.example" }],
  ["another page with the header", { ...OURS, origin: "https://evil.example" }],
  ["a page without an origin", { ...OURS, origin: "null" }],
  ["the app without the header", { origin: APP }],
  ["another site of a browser that tells no origin", { ...OURS, "sec-fetch-site": "cross-site" }],
  ["another host of the site that tells no origin", { ...OURS, "sec-fetch-site": "same-site" }],
  ["nobody in particular", {}],
])("%s may not", (_, headers) => {
  for (const method of ["POST", "DELETE", "PUT", "PATCH"]) expect(fault(method, headers)).not.toBeNull();
});

test("what changes nothing may come from anywhere", () => {
  for (const method of ["GET", "HEAD", "OPTIONS"]) expect(fault(method, { origin: "https://evil.example" })).toBeNull();
});
