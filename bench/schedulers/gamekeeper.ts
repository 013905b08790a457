import { entityManagerOf } from '@gamekeeper/adapters-postgres';
import { defineJob, instant, addMs, MINUTE_MS, type JobOptions } from '@gamekeeper/core';
import { VirtualClock } from '@gamekeeper/testkit';
import type { BenchOptions } from '../lib/arguments.ts';
import { BenchStore, ownSchema } from '../lib/bench-store.ts';
import { countStatements } from '../lib/count-statements.ts';
import type { EmptyRuns } from './empty-runs.ts';

const start = instant('2026-11-24T12:00:00Z');
const schedule = { cron: '* * * * *' };
const done = { processed: 0, next: null };

const ways: readonly (Omit<JobOptions, 'name' | 'schedule'> & Pick<EmptyRuns, 'name' | 'guarantee'>)[] = [
  {
    name: 'Gamekeeper, a look finds nothing to do',
    guarantee: 'a row per tick, once among all instances',
    isIdle: async () => true,
    batch: async () => done,
  },
  {
    name: 'Gamekeeper, claim and empty batch',
    guarantee: 'the same, leased and fenced',
    batch: async () => done,
  },
  {
    name: 'Gamekeeper, claim and a transaction',
    guarantee: 'the same, changes and run commit as one',
    batch: async ({ tx }) => {
      await entityManagerOf(tx);
      return done;
    },
  },
];

/** Catches up on so many ticks of a job on PostgreSQL, one after the other. */
export async function gamekeeper({ url }: BenchOptions, runs: number): Promise<readonly EmptyRuns[]> {
  const measured: EmptyRuns[] = [];
  for (const { name, guarantee, ...options } of ways) {
    const clock = new VirtualClock(addMs(start, 1));
    const job = defineJob({ ...options, name: 'empty', schedule });
    const store = await BenchStore.open(ownSchema(url), clock, [job]);
    try {
      clock.jumpTo(addMs(start, runs * MINUTE_MS));
      const statements = countStatements(store.database);
      const startedAt = performance.now();
      await store.host.runNow('empty');
      const milliseconds = performance.now() - startedAt;
      const sent = statements.sent;
      const [ledger] = await store.query<{ runs: number }>(
        `select count(*)::int as runs from {job_runs} where job = 'empty' and status = 'succeeded'`,
      );
      if (ledger!.runs !== runs) throw new Error(`${name}: ${ledger!.runs} runs in the ledger, not ${runs}`);
      measured.push({ name, guarantee, milliseconds, sent });
    } finally {
      await store.drop();
    }
  }
  return measured;
}
