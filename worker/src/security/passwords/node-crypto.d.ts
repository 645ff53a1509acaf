/** What is used here of the runtime's own `node:crypto` (compatibility flag `nodejs_compat`). */

declare module "node:crypto" {
  export interface ScryptOptions {
    readonly N: number;
    readonly r: number;
    readonly p: number;
    /** Bytes. */
    readonly maxmem: number;
  }

  export function scrypt(
    password: Uint8Array,
    salt: Uint8Array,
    length: number,
    options: ScryptOptions,
    done: (error: Error | null, key: Uint8Array) => void,
  ): void;

  export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
}
