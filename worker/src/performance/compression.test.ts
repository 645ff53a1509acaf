import { describe, expect, test } from "vitest";
import { compresses, takesGzip } from "./compression";

test.each([
  ["gzip", true],
  ["br, gzip", true],
  ["GZIP;q=0.2", true],
  ["x-gzip", true],
  ["*", true],
  ["br;q=1, *;q=0.1", true],
  ["", false],
  ["br", false],
  ["gzip;q=0", false],
  ["gzip; q=0.0, *", false],
  ["*;q=0", false],
  ["gzip;q=rubbish", false],
  ["gzipped", false],
])("a client that says %j takes gzip: %j", (accepted, takes) => expect(takesGzip(accepted)).toBe(takes));

describe("an answer is compressed", () => {
  const request = (cf?: object) => ({ headers: new Headers({ "accept-encoding": "gzip" }), cf }) as unknown as Request;

  test.each(["application/json", "application/problem+json", "text/html; charset=utf-8", "image/svg+xml"])(
    "of type %s",
    (type) => expect(compresses(request(), type, 2000)).toBe(true),
  );

  test.each([["image/png"], ["application/jsonx-zip"], ["application/zip"], [null]])("not of type %s", (type) => {
    expect(compresses(request(), type, 2000)).toBe(false);
  });

  test("not where it is short, and not where Cloudflare does it", () => {
    expect(compresses(request(), "text/plain", 1023)).toBe(false);
    expect(compresses(request({ clientAcceptEncoding: "gzip" }), "text/plain", 2000)).toBe(false);
  });
});
