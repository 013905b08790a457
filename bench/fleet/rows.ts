import { pinDatabaseClock } from '@gamekeeper/adapters-postgres';
import { addMs, iso } from '@gamekeeper/core';
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { BenchOptions } from '../lib/arguments.ts';
import { BenchStore, ownSchema } from '../lib/bench-store.ts';
import { load } from '../lib/machine.ts';
import { createNatural } from '../lib/natural-schema.ts';
import { saveResult } from '../lib/results.ts';
import { ShiftedClock } from '../lib/shifted-clock.ts';
import { median, spread } from '../lib/statistics.ts';
import { count, print, table } from '../lib/table.ts';
import { check, createCrowd, restore, tick, type Crowd } from '../lives/crowd.ts';

const SHARDS = 16;
const GIVE_UP_MS = 120_000;
const program = fileURLToPath(new URL('./rows-worker.ts', import.meta.url));

/** What a worker needs to know. */
export interface RowsSetup {
  readonly place: { readonly url: string; readonly schema: string };
  readonly redis: BenchOptions['redis'];
  readonly offsetMs: number;
  readonly maxShards: number;
}

/** The ways: how many workers, and whether the run is divided. */
const ways: readonly { readonly name: string; readonly workers: number; readonly maxShards: number }[] = [
  { name: '1 worker, in one piece', workers: 1, maxShards: 1 },
  { name: '1 worker', workers: 1, maxShards: SHARDS },
  { name: '2 workers', workers: 2, maxShards: SHARDS },
  { name: '4 workers', workers: 4, maxShards: SHARDS },
];

/** The options of every process: one shard at once in each. */
export function hostOptions(role: 'send' | 'work', maxShards: number) {
  return {
    engine: { role, shardConcurrency: 1 },
    jobOverrides: { 'life-regeneration': { maxShards } },
  };
}

/** Life regeneration with everybody due, in shards over one, two and four processes. */
export async function rowsByWorkers({ url, redis, rows, pairs, ids }: BenchOptions): Promise<void> {
  const place = ownSchema(url);
  const offsetMs = ShiftedClock.offsetTo(addMs(tick, 50));
  const setup = { place: { url, schema: place.schema }, redis, offsetMs };
  const store = await BenchStore.openRegistered(addMs(tick, -1), place, new ShiftedClock(offsetMs));
  try {
    // Workers and sender agree on what is due.
    await pinDatabaseClock(store.database, addMs(tick, 50));
    await createNatural(store, 'natural_lives', 'natural_outbox');
    const crowd = await createCrowd(store, Math.max(...rows), ids);
    const seconds = new Map(ways.map(({ name }) => [name, [] as number[]]));
    for (let pair = 0; pair < pairs; pair += 1)
      for (const { name, workers, maxShards } of ways)
        seconds.get(name)!.push(await measure(store, crowd, { ...setup, maxShards }, workers));
    const whole = median(seconds.get(ways[0]!.name)!);
    print(`${count(crowd.rows)} due lives by workers, one shard at once in each, carried by BullMQ`);
    print(`Medians (lowest–highest) of ${pairs} alternating rounds, from the first item sent; ${load()}.\n`);
    print(
      table([
        ['', 'seconds', '× one piece'],
        ...[...seconds].map(([name, all]) => [name, spread(all, 2), (median(all) / whole).toFixed(2)]),
      ]),
    );
    await saveResult({
      name: 'fleet: rows',
      title: 'Life regeneration, by workers',
      unit: 'seconds per million rows',
      values: Object.fromEntries(
        [...seconds].map(([name, all]) => [name, (median(all) * 1_000_000) / crowd.rows]),
      ),
    });
  } finally {
    await store.drop();
    await removeKeys(redis, place.schema);
  }
}

async function measure(store: BenchStore, crowd: Crowd, setup: RowsSetup, workers: number): Promise<number> {
  await restore(store);
  await store.query(`update {jobs} set watermark = timestamptz '${iso(addMs(tick, -1))}'`);
  const children = Array.from({ length: workers }, () => fork(program, [JSON.stringify(setup)]));
  const { redis, place, offsetMs, maxShards } = setup;
  let sender: BenchStore | undefined;
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    sender = await BenchStore.open(
      place,
      new ShiftedClock(offsetMs),
      [],
      [bullMqScheduler({ server: redis, keyPrefix: place.schema })],
      hostOptions('send', maxShards),
    );
    // The workers listen by then.
    await pause(1_000);
    const startedAt = performance.now();
    await sender.host.start();
    await runEnded(store);
    const took = (performance.now() - startedAt) / 1_000;
    await check(store, crowd);
    await expectShards(store, maxShards);
    return took;
  } finally {
    await sender?.close();
    for (const child of children) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }
}

async function runEnded(store: BenchStore): Promise<void> {
  for (const endAt = performance.now() + GIVE_UP_MS; ; await pause(20)) {
    const [run] = await store.query<{ status: string; error: string | null }>(
      `select status, error from {job_runs} where job = 'life-regeneration'`,
    );
    if (run?.status === 'succeeded') return;
    if (run?.status === 'failed' || performance.now() > endAt)
      throw new Error(`life regeneration: ${run ? `${run.status}, ${run.error}` : 'no run'}`);
  }
}

async function expectShards(store: BenchStore, maxShards: number): Promise<void> {
  const [{ parts }] = (await store.query<{ parts: number }>(
    'select count(*)::int as parts from {job_shards}',
  )) as [{ parts: number }];
  if (maxShards > 1 ? parts < 2 : parts > 0) throw new Error(`${parts} shards, with maxShards ${maxShards}`);
}

async function removeKeys(redis: BenchOptions['redis'], prefix: string): Promise<void> {
  const client = new Redis(redis);
  const keys = await client.keys(`${prefix}:*`);
  if (keys.length > 0) await client.unlink(...keys);
  client.disconnect();
}
