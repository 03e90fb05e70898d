/**
 * Runs `work` on every item, at most `limit` at a time, and settles them all: the outcomes stand in the order of the
 * items. A fault of one does not stop the others.
 */
export async function settleAll<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = new Array(items.length);
  const queue = items.entries();
  const worker = async () => {
    // All workers draw from one iterator, so each item is drawn once.
    for (const [index, item] of queue) {
      try {
        outcomes[index] = { status: "fulfilled", value: await work(item, index) };
      } catch (reason) {
        outcomes[index] = { status: "rejected", reason };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return outcomes;
}

/** As {@link settleAll}, for work that must not fail: rejects with the first fault once every item is settled. */
export async function mapAll<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const outcomes = await settleAll(items, limit, work);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
