// Rate limits: calls counted by namespace and key within windows of 10 or 60 seconds, shared by all Workers of an account.
const MOST_KEYS = 200_000;

const windows = new Map();

// Whether the call is within the limit. One that is not does not count.
export function limit(account, { namespace, period, limit, key }) {
  const number = Math.floor(Date.now() / (period * 1000));
  let window = windows.get(period);
  if (window === undefined || window.number !== number) {
    window = { number, counts: new Map() };
    windows.set(period, window);
  }
  const { counts } = window;
  const name = `${account}\n${namespace}\n${key}`;
  const count = counts.get(name) ?? 0;
  if (count >= limit) return { success: false };
  if (counts.size >= MOST_KEYS && count === 0) counts.delete(counts.keys().next().value);
  counts.set(name, count + 1);
  return { success: true };
}
