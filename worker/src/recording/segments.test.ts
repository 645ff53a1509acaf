import { expect, test } from "vitest";
import { routeOf, segments } from "./segments";

test.each([
  ["GET", "https://a.example/", "route:GET /"],
  ["GET", "https://a.example/?x=/flags", "route:GET /"],
  ["PUT", "https://a.example/flags/x?y#z", "route:PUT /flags"],
  ["GET", "http://a.example:4900/health", "route:GET /health"],
  ["POST", "https://u@a.example/counter?a/b", "route:POST /counter"],
  ["PATCH", "https://a.example/api/pitches/7", "route:PATCH /api"],
  ["GET", "https://a.example//flags", "route:GET /"],
  ["GET", "https://a.example/flagsx", "route:other"],
  ["PROPFIND", "https://a.example/flags", "route:other"],
])("%s %s belongs to %s", (method, url, route) => {
  const request = { method, url, cf: { continent: "EU" } } as unknown as Request;
  expect(segments(request, routeOf(url), true)).toEqual([route, "visitor:returning", "continent:EU"]);
});

test.each([undefined, {}, { continent: "XX" }, { continent: 7 }])("the place %j says nothing", (cf) => {
  const request = { method: "GET", url: "https://a.example/", cf } as unknown as Request;
  expect(segments(request, "/", false)).toEqual(["route:GET /", "visitor:new"]);
});
