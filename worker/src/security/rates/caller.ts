/** Whom requests are counted for. */

/** A signed-in person, an address, or an account that somebody tries to get into (by a hash of its name, not by it). */
export type Caller =
  | { readonly kind: "person"; readonly id: string }
  | { readonly kind: "address"; readonly id: string }
  | { readonly kind: "account"; readonly id: string };

/** `person`: the id in the caller's verified access token; null for a stranger, who goes by the address. */
export function callerOf(request: Request, person: string | null): Caller {
  if (person !== null) return { kind: "person", id: person };
  return { kind: "address", id: network(request.headers.get("cf-connecting-ip") ?? "") };
}

/** The address itself for IPv4, its /64 for IPv6: that is what one household or machine has to choose from. */
export function network(address: string): string {
  const plain = address.trim().toLowerCase().split("%", 1)[0] ?? "";
  if (!plain.includes(":")) return plain || "unknown";
  const mapped = /^(?:0*:)*:?ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (mapped?.[1]) return mapped[1];
  const groups = expand(plain);
  return groups === null ? "unknown" : `${groups.slice(0, 4).join(":")}::/64`;
}

function expand(address: string): string[] | null {
  const [front = "", back, ...more] = address.split("::");
  if (more.length > 0) return null;
  const before = front === "" ? [] : front.split(":");
  const after = back === undefined || back === "" ? [] : back.split(":");
  const missing = 8 - before.length - after.length;
  if (back === undefined ? missing !== 0 : missing < 0) return null;
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  const isSound = groups.every((group) => /^[\da-f]{1,4}$/.test(group) || /^\d+(\.\d+){3}$/.test(group));
  return isSound ? groups.map((group) => group.replace(/^0+(?=.)/, "")) : null;
}
