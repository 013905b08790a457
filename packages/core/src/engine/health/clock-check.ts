import { iso, type Instant } from '../time/instant.ts';
import type { HealthCheck } from './check.ts';
import type { SkewedInstances } from './skewed-instances.ts';
import { formatDuration } from './format-duration.ts';

/** The name of the check of the instances' clocks. */
export const CLOCK_CHECK = 'clock';

/** The facts of {@link clockCheck}. */
export interface ClockFacts {
  /** The instances whose clocks differ too much: at most ten, the largest skew first. `since` is ISO text. */
  readonly skewed: readonly { readonly instance: string; readonly skewMs: number; readonly since: string }[];
  /** How many instances there are in total. */
  readonly count: number;
}

const MOST_NAMED = 10;

/**
 * Returns the check that reports instances whose clocks differ too much. While there are none, it reads one empty
 * table.
 */
export function clockCheck(skewedInstances: SkewedInstances): HealthCheck<ClockFacts> {
  return {
    name: CLOCK_CHECK,
    judge: async () => {
      const all = (await skewedInstances.list()).toSorted((a, b) => Math.abs(b.skewMs) - Math.abs(a.skewMs));
      const named = all.slice(0, MOST_NAMED);
      const skewed = named.map(({ instance, skewMs, since }) => ({
        instance,
        skewMs,
        since: iso(since),
      }));
      const facts = { skewed, count: all.length };
      if (all.length === 0) return { facts, finding: null };
      const off = named.map(({ instance, skewMs }) => `that of ${instance} is ${distance(skewMs)}`);
      const rest = all.length > named.length ? [`and ${all.length - named.length} more`] : [];
      const since = Math.min(...all.map((one) => one.since)) as Instant;
      const text = `clocks differ from the store's: ${[...off, ...rest].join(', ')}`;
      return { facts, finding: { severity: 'critical', text, since } };
    },
  };
}

function distance(skewMs: number): string {
  const size = Math.abs(skewMs);
  return `${size < 10_000 ? `${size} ms` : formatDuration(size)} ${skewMs > 0 ? 'ahead' : 'behind'}`;
}
