/** Whether a server greets who connects.
 *
 * Where one hangs up before that, the driver connects again at once, and so on until its query's time is over, and
 * tells nobody (postgres 3.4.9, `closed` in `connection.js`): each request would ask a database that is down dozens of
 * times a second. So each connection's first message is counted here, as it is put together. */

interface Listening {
  readonly name: string;
  readonly onparameter: () => void;
}

export class HungUpError extends Error {
  override readonly name = "HungUpError";
  /** As the driver's own errors of connections have one. */
  readonly code = "CONNECTION_CLOSED";
}

export class Greetings {
  /** Raises HungUpError once more have come than can be waiting: `connections` at once. */
  readonly hungUp: Promise<never>;
  #unanswered = 0;
  #fail: (error: HungUpError) => void = () => {};

  constructor(readonly connections: number) {
    this.hungUp = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.hungUp.catch(() => {});
  }

  /** What the driver is to be given: a name that counts how often it is said, and who listens to the greeting. */
  listening(name: string): Listening {
    const said = { toString: () => this.#say(name) };
    return {
      name: said as unknown as string,
      onparameter: () => {
        this.#unanswered = 0;
      },
    };
  }

  #say(name: string): string {
    this.#unanswered += 1;
    if (this.#unanswered > this.connections) this.#fail(new HungUpError("the database hung up"));
    return name;
  }
}
