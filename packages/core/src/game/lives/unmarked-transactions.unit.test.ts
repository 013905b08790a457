import {
  IntervalSchedule,
  MemoryDatabase,
  MemoryFailedItems,
  memoryJobPorts,
  MemoryOutbox,
  VirtualClock,
} from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { livesRefilled } from './lives.ts';
import { userId } from '../players/ids.ts';
import { instant } from '../../engine/time/instant.ts';
import type { Transactions } from '../../engine/transactions/transactions.ts';
import { defineJob } from '../../engine/jobs/job-definition.ts';
import { JobEngine } from '../../engine/jobs/job-engine.ts';
import { TimerScheduler } from '../../engine/jobs/timer-scheduler.ts';
import { LeaseLostError } from '../../engine/jobs/run-ledger.ts';
import { combineObservers } from '../../engine/jobs/run-observer.ts';

const midnight = instant('2026-11-24T00:00:00Z');

/** A store whose transactions say of themselves what some other adapter, perhaps in plain JavaScript, lets them say. */
function saying(touched: unknown, database: MemoryDatabase): Transactions {
  return {
    run: (work) => database.run((tx) => work(Object.defineProperty(tx, 'touched', { value: touched }))),
  };
}

/** Runs a job that writes an event, on an instance that has lost its lease meanwhile. Returns what is left of it. */
async function leftBy(touched: unknown): Promise<number> {
  const clock = new VirtualClock(midnight);
  const database = new MemoryDatabase(clock);
  const outbox = new MemoryOutbox(database);
  const ports = memoryJobPorts(database);
  ports.ledger.succeed = async (_tx, claim) => {
    throw new LeaseLostError(claim);
  };
  const job = defineJob({
    name: 'sweep',
    schedule: { cron: '0 * * * *' },
    batch: async ({ tx }) => {
      await outbox.append(tx, [livesRefilled(userId('ada'), midnight)]);
      return { processed: 1, next: null };
    },
  });
  const engine = new JobEngine({
    jobs: [{ job, schedule: new IntervalSchedule(60) }],
    instanceId: 'one',
    clock,
    ...ports,
    failedItems: new MemoryFailedItems(database),
    transactions: saying(touched, database),
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    observer: combineObservers([]),
  });
  await engine.register();
  await engine.runNow('sweep');
  return (await outbox.list({ limit: 10 })).length;
}

describe('a transaction that does not say whether it was used', () => {
  it.each([undefined, null, 0, '', true])(
    'has its fence checked before it commits: touched %j',
    async (touched) => {
      expect(await leftBy(touched)).toBe(0);
    },
  );
});
