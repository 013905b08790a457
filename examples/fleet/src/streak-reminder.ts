import {
  defineJob,
  iso,
  type Finish,
  type JobDefinition,
  type OneTimeSpec,
  type ScheduleSpec,
} from '@gamekeeper/core';
import type { PlayerRange, Players } from './players.ts';
import type { PushClient } from './push-client.ts';

/** What the job works with. */
export interface ReminderPorts {
  readonly players: Players;
  readonly pushes: PushClient;
  /** Keeps how many were told on a day, in the transaction that ends the run. */
  readonly report: (finish: Pick<Finish, 'tx' | 'asOf' | 'processed'>) => Promise<void>;
}

/**
 * Tells every player whose streak is in danger, each once per tick. A tick is divided into ranges of players, for any number
 * of workers.
 *
 * A worker that is killed between a push and its checkpoint leaves a batch that another one sends again: with the same
 * keys, so the push service tells nobody twice.
 */
export function streakReminder(
  { players, pushes, report }: ReminderPorts,
  schedule: ScheduleSpec | OneTimeSpec = { cron: '0 18 * * *', timeZone: 'Europe/Berlin' },
): JobDefinition {
  return defineJob<string>({
    name: 'streak-reminder',
    schedule,
    // A reminder of yesterday helps nobody.
    missedTicks: 'latest',
    // Pushes take long, and lock nothing.
    targetBatchMs: 2_000,
    maxBatchSize: 2_000,
    maxShards: 16,
    shards: async ({ max }) => ({ parts: (await players.ranges(max)).map((range) => ({ ...range })) }),
    batch: async ({ job, asOf, checkpoint, shard, limit, dryRun, signal }) => {
      const range = (shard ?? { after: '', through: null }) as unknown as PlayerRange;
      const found = await players.inDanger(asOf, { ...range, after: checkpoint ?? range.after }, limit);
      const keys = found.map((player) => `${job} ${iso(asOf)} ${player}`);
      if (!dryRun) await pushes.sendAll(keys, signal);
      return { processed: found.length, next: found.length < limit ? null : found.at(-1)! };
    },
    finish: report,
  });
}
