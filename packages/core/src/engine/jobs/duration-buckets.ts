/** Upper bounds of the histogram buckets for run durations: from an idle tick to most of an hour. Milliseconds. */
export const durationBucketsMs: readonly number[] = [
  5, 25, 100, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
];
