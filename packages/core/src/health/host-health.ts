import type { OutboxLag } from '../events/outbox-lanes.ts';
import type { Instant } from '../time/instant.ts';
import type { JobHealth } from './job-health.ts';

/** How everything that runs by itself is doing, judged from the store by its clock: any instance gives the same answer. */
export interface HostHealth {
  /** Whether no job is in trouble. */
  readonly healthy: boolean;
  /** The store's clock when it was judged. */
  readonly judgedAt: Instant;
  readonly jobs: readonly JobHealth[];
  /** Events that wait for delivery; `null` where no bus is bound. */
  readonly outbox: OutboxLag | null;
  /** The period that ended longest ago and is not sealed; `null` when none is waiting. */
  readonly oldestUnsealed: UnsealedPeriod | null;
  /** What the newest recalculation that succeeded had to repair; `null` before the first. */
  readonly drift: { readonly tick: Instant; readonly repaired: number } | null;
}

/** A period of a board that is over and whose standings are not fixed yet. */
export interface UnsealedPeriod {
  readonly board: string;
  readonly period: string;
  readonly endedAt: Instant;
  /** Since its end. Milliseconds. */
  readonly ageMs: number;
}
