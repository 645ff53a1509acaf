/** A server of Postgres's protocol that knows one row, and fails as it is told. */

import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export type Ill = "well" | "full" | "starting" | "hanging" | "silent" | "hanging-up" | "read-only" | "conflict" | "locked";

const CANCEL = 80877102;
const TLS = 80877103;

function frame(kind: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value].map((byte) => byte & 255));
const ready = (status: string) => frame("Z", status);
const failure = (code: string, message: string) => frame("E", `SERROR\0VERROR\0C${code}\0M${message}\0\0`);

export class FakePostgres {
  ill: Ill = "well";
  /** How many connections are broken off in the middle of a query. */
  drops = 0;
  connections = 0;
  open = 0;
  cancelled = 0;
  texts: string[] = [];
  /** How often a client has sent something while nothing was owed to it. */
  flights = 0;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Map<number, () => void>();
  readonly #server: Server = createServer((socket) => this.#serve(socket));

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return `postgres://pitchey:password@127.0.0.1:${(this.#server.address() as AddressInfo).port}/pitchey`;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const id = ++this.connections;
    this.open += 1;
    let [begun, status, text, rest] = [false, "I", "", Buffer.alloc(0) as Buffer];
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.open -= 1;
    });
    const answer = (): void => {
      this.texts.push(text);
      if (this.drops > 0 && !/^(?:begin|commit|rollback)/.test(text)) {
        this.drops -= 1;
        socket.destroy();
        return;
      }
      const end = (reply: Buffer) => socket.write(Buffer.concat([reply, ready(status)]));
      if (text.startsWith("begin")) status = "T";
      if (/^(?:commit|rollback)/.test(text)) status = "I";
      // It has obeyed, for all that anybody knows.
      if (this.ill === "silent" && text.startsWith("commit")) {
        socket.destroy();
        return;
      }
      if (/^(?:begin|commit|rollback)/.test(text)) end(frame("C", `${text.split(" ")[0]?.toUpperCase()}\0`));
      else if (this.ill === "read-only" && text.startsWith("insert")) end(failure("25006", "cannot execute"));
      else if (this.ill === "conflict") end(failure("40001", "could not serialize"));
      else if (text.includes("nowhere")) end(failure("42P01", "no relation"));
      else if (text.includes("pg_sleep") || this.ill === "locked") {
        this.#waiting.set(id, () => {
          this.cancelled += 1;
          end(failure("57014", "canceling statement due to user request"));
        });
      } else {
        const shape = frame("T", int16(1), "n\0", int32(0), int16(0), int32(23), int16(4), int32(-1), int16(0));
        const row = frame("D", int16(1), int32(1), "1");
        end(Buffer.concat([frame("1"), frame("t", int16(0)), shape, frame("2"), row, frame("C", "SELECT 1\0")]));
      }
    };
    const greet = (): void => {
      if (this.ill === "hanging") return;
      if (this.ill === "hanging-up") socket.destroy();
      else if (this.ill === "full") socket.end(failure("53300", "sorry, too many clients already"));
      else if (this.ill === "starting") socket.end(failure("57P03", "the database system is starting up"));
      else {
        const key = frame("K", int32(id), int32(id));
        const told = frame("S", "server_version\0", "17.0\0");
        socket.write(Buffer.concat([frame("R", int32(0)), told, key, ready("I")]));
      }
    };
    socket.on("data", (chunk) => {
      this.flights += 1;
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= (begun ? 5 : 8)) {
        const length = rest.readInt32BE(begun ? 1 : 0) + (begun ? 1 : 0);
        if (rest.length < length) return;
        const message = rest.subarray(0, length);
        rest = rest.subarray(length);
        if (!begun) {
          const code = message.readInt32BE(4);
          if (code === TLS) socket.write("N");
          else if (code === CANCEL) {
            this.#waiting.get(message.readInt32BE(8))?.();
            this.#waiting.delete(message.readInt32BE(8));
            socket.end();
            return;
          } else {
            begun = true;
            greet();
          }
          continue;
        }
        const kind = String.fromCharCode(message[0] ?? 0);
        const body = message.subarray(5);
        if (kind === "P") text = body.subarray(body.indexOf(0) + 1, body.indexOf(0, body.indexOf(0) + 1)).toString();
        if (kind === "Q") text = body.subarray(0, -1).toString();
        if (kind === "Q" || kind === "S") answer();
        if (kind === "X") socket.end();
      }
    });
  }
}
