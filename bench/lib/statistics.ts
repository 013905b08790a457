/** The middle one of some numbers; of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest number that at least this share of the others does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

/** The median with what it lies between: `1.21 (1.18–1.25)`. */
export function spread(values: readonly number[], digits: number): string {
  const sorted = ascending(values);
  const [low, high] = [sorted[0]!, sorted.at(-1)!].map((value) => value.toFixed(digits));
  return `${median(sorted).toFixed(digits)} (${low}–${high})`;
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError('there are no statistics of nothing');
  return [...values].sort((one, other) => one - other);
}
