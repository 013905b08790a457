import { pinDatabaseClock } from '@gamekeeper/adapters-postgres';
import type { CustomJob } from '@gamekeeper/composition';
import { instant, addMs, type Instant } from '@gamekeeper/core';
import type { BenchOptions } from './arguments.ts';
import { BenchStore, ownSchema } from './bench-store.ts';
import { ShiftedClock } from './shifted-clock.ts';

/** The tick of daily, hourly and monthly jobs whose runs are measured. A Tuesday. */
export const midnight = instant('2026-12-01T00:00:00Z');

/** When measuring begins: every job's newest tick may run. */
const start = addMs(midnight, 15_000);

/** Lends a store of its own to a bench, and drops it afterwards. */
export async function withStore(
  { url }: Pick<BenchOptions, 'url'>,
  use: (store: BenchStore) => Promise<void>,
  jobs: readonly CustomJob[] = [],
): Promise<void> {
  const clock = new ShiftedClock(ShiftedClock.offsetTo(start));
  const store = await BenchStore.openRegistered(addMs(midnight, -1), ownSchema(url), clock, jobs);
  // No period is sealed before it has ended by the database's clock.
  await pinDatabaseClock(store.database, start);
  try {
    await use(store);
  } finally {
    await store.drop();
  }
}

/**
 * Runs a job through the whole engine: claim, batches, events, checkpoints.
 *
 * @throws {Error} unless the run succeeded
 */
export async function runJob(store: BenchStore, name: string, tick: Instant = midnight): Promise<void> {
  const outcome = await store.host.runNow(name, { tick });
  if (outcome.kind === 'ran' && outcome.report.end === 'succeeded') return;
  throw new Error(`the run of ${name} did not succeed: ${JSON.stringify(outcome)}`);
}

/** @throws {Error} where something differs: a measurement of something wrong is worth nothing */
export function expectEqual(found: object | undefined, expected: object): void {
  const [was, should] = [JSON.stringify(found), JSON.stringify(expected)];
  if (was !== should) throw new Error(`expected ${should}, found ${was}`);
}

/** How an id of a numbered row is made, in SQL. */
export function idOf(number: string, ids: BenchOptions['ids'], prefix = 'player-'): string {
  return ids === 'uuid' ? `md5('${prefix}' || ${number})::uuid::text` : `'${prefix}' || ${number}`;
}
