/** Redis behind Upstash's REST API, as far as the cache asks it; it fails as it is told. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Value {
  readonly text: string;
  readonly until: number;
}

export type Mood = "well" | "down" | "slow" | "rubbish" | "wrong" | "huge" | "refusing" | "mixed" | "deaf";

export class FakeRedis {
  readonly values = new Map<string, Value>();
  stream: [id: string, fields: string[]][] = [];
  mood: Mood = "well";
  calls: (readonly unknown[])[][] = [];
  delay = 0;
  #number = 0;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(
      ([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(body),
      () => request.socket.destroy(),
    );
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<[number, string]> {
    let text = "";
    for await (const chunk of request) text += chunk;
    if (this.mood === "down") throw new Error("down");
    if (request.headers.authorization !== "Bearer redis-token") return [401, '{"error":"WRONGPASS"}'];
    const commands = JSON.parse(text) as (readonly unknown[])[];
    this.calls.push(commands);
    await new Promise((resolve) => setTimeout(resolve, this.mood === "slow" ? 2000 : this.delay));
    // Changes alone do not come through.
    if (this.mood === "deaf" && commands.some(([name]) => name === "XADD")) throw new Error("deaf");
    if (this.mood === "rubbish") return [200, "<html>not Redis</html>"];
    if (this.mood === "wrong") return [200, JSON.stringify(commands.map(() => ({ result: { a: [1, "x"] } })))];
    if (this.mood === "huge") return [200, JSON.stringify(commands.map(() => ({ result: "x".repeat(3 << 20) })))];
    if (this.mood === "refusing") return [200, JSON.stringify(commands.map(() => ({ error: "OOM command not allowed" })))];
    const replies = commands.map((command) => ({ result: this.#run(command.map(String)) }));
    if (this.mood === "mixed") {
      // Another key's entry where one was asked for.
      const [other] = [...this.values].filter(([key]) => key.startsWith("entry:")).map(([, { text: body }]) => body);
      commands.forEach(([name, key], at) => {
        if (name === "GET" && String(key).startsWith("entry:")) replies[at] = { result: other ?? null };
        if (name === "PTTL") replies[at] = { result: 100_000 };
      });
    }
    return [200, JSON.stringify(replies)];
  }

  get(key: string): string | null {
    const value = this.values.get(key);
    if (value === undefined || value.until <= Date.now()) return null;
    return value.text;
  }

  #run([name = "", key = "", ...rest]: string[]): unknown {
    switch (name) {
      case "GET":
        return this.get(key);
      case "MGET":
        return [key, ...rest].map((one) => this.get(one));
      case "PTTL":
        return this.get(key) === null ? -2 : (this.values.get(key)?.until ?? 0) - Date.now();
      case "SET":
        return this.#set(key, rest);
      case "EVAL":
        return this.#script(key, rest);
      case "XADD": {
        const id = `${Date.now()}-${this.#number++}`;
        this.stream.push([id, rest.slice(rest.indexOf("*") + 1)]);
        return id;
      }
      case "XREVRANGE":
        return this.stream.slice(-1);
      case "XRANGE": {
        const from = this.stream.findIndex(([id]) => id === rest[0]);
        return from < 0 ? this.stream.filter(([id]) => id > (rest[0] ?? "")) : this.stream.slice(from, from + Number(rest[3]));
      }
      default:
        throw new Error(`unknown command ${name}`);
    }
  }

  #set(key: string, [text = "", ...options]: string[]): string | null {
    if (options.includes("NX") && this.get(key) !== null) return null;
    const [seconds, milliseconds] = ["EX", "PX"].map((option) => Number(options[options.indexOf(option) + 1]));
    const life = options.includes("EX") ? (seconds ?? 0) * 1000 : options.includes("PX") ? (milliseconds ?? 0) : Infinity;
    this.values.set(key, { text, until: Date.now() + life });
    return "OK";
  }

  #script(script: string, [keys, ...given]: string[]): number {
    const [lock = "", ...more] = given;
    const token = given[Number(keys)];
    if (this.get(lock) !== token) return 0;
    this.values.delete(lock);
    if (script.includes('"SET"')) {
      this.values.set(more[0] ?? "", { text: given[3] ?? "", until: Date.now() + Number(given[4]) });
    }
    return 1;
  }
}

/** Where values come from: it counts how often it is asked, and says what it is told to say. */
export class Origin {
  value: unknown = { title: "first" };
  /** By what is asked for, where that has one of its own. */
  readonly values = new Map<string, unknown>();
  fetches = 0;
  delay = 0;
  /** As a database that is not there. */
  down = false;
  headers: Record<string, string> = {};
  status = 200;
  readonly #server: Server = createServer(async (request, response) => {
    this.fetches += 1;
    const key = new URL(request.url ?? "/", "http://origin").searchParams.get("key") ?? "";
    const value = this.values.get(key) ?? this.value;
    const said = JSON.stringify({ value, down: this.down, headers: this.headers, status: this.status });
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    response.writeHead(200).end(said);
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
