import { expect, test } from "vitest";
import { callerOf, network } from "./caller";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002:ffff::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
  ["", "unknown"],
  ["1::2::3", "unknown"],
  ["2001:db8:1:2:3:4:5", "unknown"],
  ["2001:db8:zz::1", "unknown"],
])("the address %j counts for %j", (address, expected) => {
  expect(network(address)).toBe(expected);
});

test("who is signed in goes by the person, anywhere; a stranger by the address that the edge tells", () => {
  const headers = { "cf-connecting-ip": "192.0.2.7", "x-forwarded-for": "203.0.113.1", "x-real-ip": "203.0.113.2" };
  const request = new Request("https://a.example/", { headers });
  expect(callerOf(request, "p-1")).toEqual({ kind: "person", id: "p-1" });
  expect(callerOf(request, null)).toEqual({ kind: "address", id: "192.0.2.7" });
});
