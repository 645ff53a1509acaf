/** What a handler tells about the request in its hands, beyond what its answer shows. */

export interface Observation {
  readonly counters: Readonly<Record<string, number>>;
  count(name: string): void;
  /** Does the work and counts it under `<name>.requests`, and under `<name>.failures` when it throws. */
  watch<T>(name: "cache" | "database", work: () => Promise<T>): Promise<T>;
}

export function observation(): Observation {
  const counters: Record<string, number> = {};
  const count = (name: string): void => {
    counters[name] = (counters[name] ?? 0) + 1;
  };
  return {
    counters,
    count,
    async watch(name, work) {
      count(`${name}.requests`);
      try {
        return await work();
      } catch (error) {
        count(`${name}.failures`);
        throw error;
      }
    },
  };
}
