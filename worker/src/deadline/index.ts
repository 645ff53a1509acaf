/** Waiting that ends. */

/** What `work` comes to, or `late()` once `milliseconds` have passed; `work` goes on then, and nobody hears of it. */
export async function within<T>(
  work: Promise<T>,
  milliseconds: number,
  late: () => T | Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const over = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds);
  });
  try {
    const first = await Promise.race([work, over]);
    if (first !== LATE) return first;
    work.catch(() => {});
    return await late();
  } finally {
    clearTimeout(timer);
  }
}

const LATE = Symbol("late");
