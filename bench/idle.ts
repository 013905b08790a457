import { entityManagerOf } from '@gamekeeper/adapters-postgres';
import { defineJob, instant, addMs, MINUTE_MS, type Instant } from '@gamekeeper/core';
import { VirtualClock } from '@gamekeeper/testkit';
import type { BenchOptions } from './lib/arguments.ts';
import { BenchStore, ownSchema, type Place } from './lib/bench-store.ts';
import { countStatements } from './lib/count-statements.ts';
import { load } from './lib/machine.ts';
import { median, percentile } from './lib/statistics.ts';
import { count, print, table } from './lib/table.ts';

const RUNS = 300;
const BATCHES = 300;
const PLAYERS = 100_000;
/** Long ago: no tick of the server's future is run. */
const start = instant('2026-01-06T12:00:00Z');

/** What a run costs that finds nothing to do, among players of whom half are full and half wait for their next life. */
export async function idle({ url }: BenchOptions): Promise<void> {
  const rows = [
    ['life-regeneration', 'statements per run', 'median ms', '99 % ms'],
    await emptyRuns('on a server', ownSchema(url)),
    await emptyRuns('embedded, in memory', { memory: true }),
  ];
  print('What a run costs with nothing to do');
  print(`${RUNS} runs, ${count(PLAYERS)} players; begin and commit are counted; ${load()}.\n`);
  print(table(rows));
  const batches = [
    ['a job of one’s own', 'statements per batch', 'ms per batch'],
    await emptyBatches('on a server', ownSchema(url)),
    await emptyBatches('embedded, in memory', { memory: true }),
  ];
  print('What the engine adds to a batch: its transaction, the checkpoint, the fence');
  print(`One run of ${BATCHES} batches that change nothing; claim and end included; ${load()}.\n`);
  print(table(batches));
}

/** A run of batches that begin their transaction and leave it at that. */
async function emptyBatches(name: string, place: Place): Promise<string[]> {
  const clock = new VirtualClock(addMs(start, 1));
  const job = defineJob<number>({
    name: 'batches',
    schedule: { cron: '*/30 * * * *' },
    batch: async ({ tx, checkpoint }) => {
      await entityManagerOf(tx);
      const done = (checkpoint ?? 0) + 1;
      return { processed: 1, next: done < BATCHES ? done : null };
    },
  });
  const store = await BenchStore.open(place, clock, [job]);
  try {
    clock.jumpTo(addMs(start, 30 * MINUTE_MS));
    const statements = countStatements(store.database);
    const startedAt = performance.now();
    const outcome = await store.host.runNow('batches');
    const milliseconds = performance.now() - startedAt;
    if (outcome.kind !== 'ran' || outcome.report.batches !== BATCHES)
      throw new Error('not all batches were run');
    // The embedded database is not asked for begin and commit where the counter sits: no number rather than a low one.
    const counted = 'url' in place ? (statements.sent / BATCHES).toFixed(2) : '-';
    return [name, counted, (milliseconds / BATCHES).toFixed(2)];
  } finally {
    await store.drop();
  }
}

async function emptyRuns(name: string, place: Place): Promise<string[]> {
  const clock = new VirtualClock(addMs(start, 1));
  const store = await BenchStore.open(place, clock);
  try {
    await fill(store, addMs(start, (RUNS + 1) * 30 * MINUTE_MS));
    const statements = countStatements(store.database);
    const milliseconds: number[] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      clock.jumpTo(addMs(start, run * 30 * MINUTE_MS));
      const startedAt = performance.now();
      const outcome = await store.host.runNow('life-regeneration');
      milliseconds.push(performance.now() - startedAt);
      if (outcome.kind !== 'ran' || outcome.report.processed > 0) throw new Error('the run was not empty');
    }
    const times = [median(milliseconds), percentile(milliseconds, 0.99)].map((ms) => ms.toFixed(2));
    return [name, String(statements.sent / RUNS), ...times];
  } finally {
    await store.drop();
  }
}

async function fill(store: BenchStore, nextRegenAt: Instant): Promise<void> {
  await store.query(`
    insert into {lives} (user_id, current_lives, next_regen_at)
    select 'player-' || n, case when n % 2 = 0 then 5 else n % 5 end, to_timestamp(${nextRegenAt / 1_000})
    from generate_series(1, ${PLAYERS}) as n
  `);
  await store.query('analyze {lives}');
}
