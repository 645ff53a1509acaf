import { expect, test } from "vitest";
import { cacheStatus } from "./status";

const KEPT = "pitchey-redis; fwd=miss, pitchey-edge; fwd=miss; stored; ttl=60; detail=ttl-usual";
const COLLAPSED = cacheStatus(null, { how: "bypass", collapsed: true });

test.each([
  ["that was kept", cacheStatus(null, { how: "hit", ttl: 41.9 }), "pitchey-edge; hit; ttl=41"],
  ["past its time", cacheStatus(null, { how: "hit", ttl: -0.5 }), "pitchey-edge; hit; ttl=-1"],
  ["that was made", cacheStatus("miss", { how: "stored", ttl: 60, by: "usual" }), KEPT],
  ["of Redis", cacheStatus("stale", { how: "miss" }), "pitchey-redis; hit; detail=stale, pitchey-edge; fwd=miss"],
  ["made for somebody else", COLLAPSED, "pitchey-edge; fwd=bypass; collapsed"],
  ["past both", cacheStatus("bypass", { how: "bypass" }), "pitchey-redis; fwd=bypass, pitchey-edge; fwd=bypass"],
])("an answer %s says so", (_, told, wanted) => expect(told).toBe(wanted));
