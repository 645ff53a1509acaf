import { describe, expect, test } from "vitest";
import { application } from "./application";
import type { Given } from "./requests";

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: unknown;
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, unknown> }>;
}

interface Described {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

const { hono, routeOf } = application();
const answer = await hono.request("/api/openapi.json", {}, { caller: null } as unknown as Given);
const described = (await answer.json()) as Described;
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

test("every route that is served is described, and nothing else", () => {
  const served = hono.routes
    .filter(({ method, path }) => method !== "ALL" && path !== "/api/openapi.json")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect(new Set(operations.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set(served));
});

test.each([
  ["POST", "/api/people"],
  ["POST", "/api/sessions"],
  ["POST", "/api/sessions/refresh"],
  ["DELETE", "/api/sessions"],
  ["GET", "/api/pitches"],
  ["GET", "/api/pitches/trending"],
  ["GET", "/api/pitches/{id}"],
  ["POST", "/api/pitches"],
  ["PATCH", "/api/pitches/{id}"],
  ["POST", "/api/pitches/{id}/ndas"],
  ["GET", "/api/ndas"],
  ["PATCH", "/api/ndas/{id}"],
  ["POST", "/api/pitches/{id}/uploads"],
  ["GET", "/api/uploads/{id}"],
  ["PUT", "/api/saved/{pitch}"],
  ["DELETE", "/api/saved/{pitch}"],
  ["GET", "/api/dashboards/{portal}"],
  ["GET", "/api/health"],
  ["GET", "/api/version"],
])("%s %s is part of the API", (method, path) => {
  expect(operations.some((each) => each.method === method && each.path === path)).toBe(true);
});

describe.each(operations)("$method $path", ({ method, path, operation }) => {
  test("says what it is for, and which problems may come of it", () => {
    expect(operation.summary).toBeTruthy();
    const statuses = Object.keys(operation.responses);
    expect(statuses.some((status) => status < "400")).toBe(true);
    expect(statuses).toEqual(expect.arrayContaining(["429", "503"]));
    if (operation.requestBody) expect(statuses).toEqual(expect.arrayContaining(["413", "415"]));
  });

  test("names its path's parameters", () => {
    const named = (operation.parameters ?? []).filter((each) => each.in === "path").map(({ name }) => name);
    expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  });

  test("is found by its path, with its methods", () => {
    const id = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    const route = routeOf(path.replaceAll(/\{\w+\}/g, id));
    expect(route?.pattern).toBe(path);
    expect(route?.methods).toEqual(expect.arrayContaining([method, "OPTIONS"]));
  });
});

test("a body that is asked for has no room for unknown fields", () => {
  const asked = ["SignUp", "SignIn", "NewPitch", "PitchChange", "NdaRequest", "NdaAnswer"];
  for (const name of asked) expect(described.components.schemas[name]?.additionalProperties, name).toBe(false);
});

test("nothing of a person but what others may know is in what others are told", () => {
  const { Pitch, PitchSummary, Nda } = described.components.schemas;
  expect(JSON.stringify([Pitch, PitchSummary, Nda])).not.toMatch(/email|password/);
});
