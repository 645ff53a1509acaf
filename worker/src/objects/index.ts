/** Calls of Durable Objects. */

/** What the object answers, with the call closed behind it: the platform would keep it open until the answer is
 * collected as garbage, whenever that is. For answers that are data: a stub in one is of no use then. */
export async function replied<T>(call: Promise<T>): Promise<T> {
  const answer = await call;
  if (typeof answer === "object" && answer !== null) (answer as Partial<Disposable>)[Symbol.dispose]?.();
  return answer;
}
