/** What a handler tells about the request in its hands, beyond what its answer shows. */

export type Watched = "cache" | "database";

export interface Observation {
  readonly counters: Readonly<Record<string, number>>;
  /** What went wrong inside, though the answer may hide it. */
  readonly errors: readonly unknown[];
  /** The pattern of the route (`/api/pitches/{id}`), the cache's verdict, the experiment's arm and what may be asked
   * for again, as far as told. */
  readonly described: Readonly<Description>;
  /** Adds to what is told of the request. */
  describe(description: Partial<Description>): void;
  /** Has the error reported, once the answer is out. */
  fail(error: unknown): void;
  count(name: string): void;
  /** Milliseconds that were spent waiting for it, as far as it has ended; those at once count each for itself. */
  readonly waited: Readonly<Record<Watched, number>>;
  /** Does the work and counts it under `<name>.requests`, and under `<name>.failures` when it throws. */
  watch<T>(name: Watched, work: () => Promise<T>): Promise<T>;
}

export interface Description {
  route: string;
  verdict: string;
  arm: string;
  /** The path of an answer that is everybody's (`repeatable`). */
  asked: string;
}

// One request can only go wrong so often before it is told enough.
const MOST_ERRORS = 3;

export function observation(): Observation {
  const counters: Record<string, number> = {};
  const errors: unknown[] = [];
  const described: Description = { route: "", verdict: "", arm: "", asked: "" };
  const waited: Record<Watched, number> = { cache: 0, database: 0 };
  const count = (name: string): void => {
    counters[name] = (counters[name] ?? 0) + 1;
  };
  return {
    counters,
    errors,
    described,
    describe: (description) => void Object.assign(described, description),
    fail(error) {
      if (errors.length < MOST_ERRORS) errors.push(error);
    },
    count,
    waited,
    async watch(name, work) {
      count(`${name}.requests`);
      const began = Date.now();
      try {
        return await work();
      } catch (error) {
        count(`${name}.failures`);
        throw error;
      } finally {
        waited[name] += Date.now() - began;
      }
    },
  };
}
