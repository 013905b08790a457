/** How many events of each type a run or a shard has written. */
export type EventCounts = Readonly<Record<string, number>>;

/** Returns the sum of counts by type. */
export function addCounts(...all: readonly EventCounts[]): EventCounts {
  const sum: Record<string, number> = {};
  for (const [type, count] of all.flatMap((counts) => Object.entries(counts)))
    sum[type] = (sum[type] ?? 0) + count;
  return sum;
}
