import { pinDatabaseClock } from '@gamekeeper/adapters-postgres';
import { addMs, type Instant } from '@gamekeeper/core';
import type { BenchOptions } from '../lib/arguments.ts';
import { BenchStore, ownSchema } from '../lib/bench-store.ts';
import { measured } from '../lib/machine.ts';
import { ShiftedClock } from '../lib/shifted-clock.ts';
import { runJob } from '../lib/with-store.ts';
import { Players, type Setup } from '../lives/players.ts';

/** How long after its tick a run begins. Milliseconds. */
const AFTER_MS = 15_000;

/** A job with all rows due. */
export interface Work {
  readonly title: string;
  readonly job: string;
  readonly tick: Instant;
  /** What players do meanwhile; without it there are none. */
  readonly players?: NonNullable<Setup['call']>;
  /** Fills the tables. */
  readonly prepare: (store: BenchStore, rows: number, ids: BenchOptions['ids']) => Promise<void>;
  /** @throws {Error} when the outcome is wrong */
  readonly check: (store: BenchStore, rows: number, played: { readonly spent: number }) => Promise<void>;
}

/** What a run took, with how many calls of players beside it. */
export interface Measured {
  readonly rows: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
  readonly longestWaitMs: number | null;
  readonly calls: number;
}

/** Runs a job once on so many due rows, while players call the library. */
export async function measureWork(work: Work, rows: number, { url, ids }: BenchOptions): Promise<Measured> {
  const start = addMs(work.tick, AFTER_MS);
  const offsetMs = ShiftedClock.offsetTo(start);
  const place = ownSchema(url);
  const store = await BenchStore.openRegistered(addMs(work.tick, -1), place, new ShiftedClock(offsetMs));
  try {
    await pinDatabaseClock(store.database, start);
    await work.prepare(store, rows, ids);
    await store.query('checkpoint');
    const run = () => measured(() => runJob(store, work.job, work.tick));
    if (!work.players) {
      const took = await run();
      await work.check(store, rows, { spent: 0 });
      return { rows, ...took, longestWaitMs: null, calls: 0 };
    }
    const players = await Players.open({ ...place, url, offsetMs, call: work.players });
    try {
      let took: Awaited<ReturnType<typeof run>> | undefined;
      const played = await players.during(async () => (took = await run()));
      await work.check(store, rows, played);
      const longestWaitMs = played.waits.reduce((longest, wait) => Math.max(longest, wait), 0);
      return { rows, ...took!, longestWaitMs, calls: played.waits.length };
    } finally {
      await players.close();
    }
  } finally {
    await store.drop();
  }
}
