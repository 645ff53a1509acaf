import { describe, expect, test } from "vitest";
import type { Access } from "../security/tokens";
import { type NdaStatus, type PitchStatus, requireOwn, type Sight, sight } from "./authorization";
import { ProblemError } from "./problems";

const creator: Access = { person: "creator", session: "s", role: "creator" };
const rival: Access = { person: "rival", session: "s", role: "creator" };
const investor: Access = { person: "investor", session: "s", role: "investor" };
const operator: Access = { person: "operator", session: "s", role: "operator" };
const pitch = (status: PitchStatus) => ({ creatorId: "creator", status });

describe("how far somebody sees into a pitch", () => {
  const cases: readonly (readonly [PitchStatus, Access | null, NdaStatus | null, Sight])[] = [
    ["draft", creator, null, "whole"],
    ["archived", creator, null, "whole"],
    ["published", creator, null, "whole"],
    ["published", null, null, "public"],
    ["published", rival, null, "public"],
    ["published", operator, null, "public"],
    ["published", investor, null, "public"],
    ["published", investor, "requested", "public"],
    ["published", investor, "refused", "public"],
    ["published", investor, "granted", "whole"],
    // Whatever an NDA says, what is not published is its creator's.
    ["draft", investor, "granted", "none"],
    ["archived", investor, "granted", "none"],
    ["draft", null, null, "none"],
    ["draft", rival, null, "none"],
    ["archived", operator, null, "none"],
    // Nobody is let in by an NDA that is not theirs.
    ["published", null, "granted", "public"],
  ];
  test.each(cases)("%s to %o with NDA %s: %s", (status, caller, nda, seen) => {
    expect(sight(pitch(status), caller, nda)).toBe(seen);
  });
});

describe("changing a pitch", () => {
  const status = (work: () => void): number => {
    try {
      work();
      return 200;
    } catch (error) {
      return error instanceof ProblemError ? error.status : 500;
    }
  };

  test("is for its creator", () => {
    for (const each of ["draft", "published", "archived"] as const) {
      expect(status(() => requireOwn(pitch(each), creator))).toBe(200);
    }
  });

  test("is refused to others, who are told no more than they see", () => {
    expect(status(() => requireOwn(pitch("published"), rival))).toBe(403);
    expect(status(() => requireOwn(pitch("draft"), rival))).toBe(404);
    expect(status(() => requireOwn(pitch("archived"), rival))).toBe(404);
    expect(status(() => requireOwn(undefined, rival))).toBe(404);
  });
});
