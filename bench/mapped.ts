import { pinDatabaseClock } from '@gamekeeper/adapters-postgres';
import { addMs, HOUR_MS, instant, iso } from '@gamekeeper/core';
import type { BenchOptions } from './lib/arguments.ts';
import { BenchStore, ownSchema } from './lib/bench-store.ts';
import { load, measured } from './lib/machine.ts';
import { saveResult } from './lib/results.ts';
import { ShiftedClock } from './lib/shifted-clock.ts';
import { median, spread } from './lib/statistics.ts';
import { count, print, table } from './lib/table.ts';
import { runJob } from './lib/with-store.ts';
import { oneTable } from './mapped/one-table.ts';
import { ownShape } from './mapped/own-shape.ts';
import type { Scene } from './mapped/scene.ts';

const GOAL = 1.1;

/** A midnight: the tick of both jobs. */
const tick = instant('2026-12-01T00:00:00Z');

const scenes: readonly Scene[] = [
  ownShape,
  oneTable('with the offered columns and indexes', { further: '', isHelped: true }),
  oneTable('without them', { further: '', isHelped: false }),
  oneTable('with them, in a row of 400 bytes', {
    further: `, repeat('x', 300) as profile`,
    isHelped: true,
  }),
];

/** Sets the ticks of lives and streaks on a table of the host's beside those on our own tables. */
export async function mapped({ url, rows, pairs }: BenchOptions): Promise<void> {
  const size = Math.max(...rows);
  const clock = new ShiftedClock(ShiftedClock.offsetTo(addMs(tick, 15_000)));
  const place = ownSchema(url);
  const own = await openStore(place, clock);
  try {
    await createCrowd(own, size);
    for (const scene of scenes) await contest(own, scene, { url, size, pairs, clock });
  } finally {
    await own.drop();
  }
}

/** A store whose jobs were registered just before the tick, and whose clock stands just after it. */
async function openStore(
  place: Parameters<typeof BenchStore.open>[0],
  clock: ShiftedClock,
): Promise<BenchStore> {
  const store = await BenchStore.openRegistered(addMs(tick, -1), place, clock);
  await pinDatabaseClock(store.database, addMs(tick, 15_000));
  return store;
}

interface Terms {
  readonly url: string;
  readonly size: number;
  readonly pairs: number;
  readonly clock: ShiftedClock;
}

async function contest(own: BenchStore, scene: Scene, { url, size, pairs, clock }: Terms): Promise<void> {
  const game = `${ownSchema(url).schema}_game`;
  await own.query(`create schema ${game}`);
  await scene.create(own, game);
  const place = { ...ownSchema(url), schema: `${game}_mapped`, tables: scene.mapping(game) };
  const store = await openStore(place, clock);
  const took: Record<string, number[]> = {};
  const ratios: Record<string, number[]> = {};
  try {
    for (let pair = 0; pair < pairs; pair += 1) {
      for (const job of ['life-regeneration', 'streak-update'] as const) {
        await fillOwn(own);
        await scene.fill(own, game);
        const order = pair % 2 === 0 ? [own, store] : [store, own];
        const seconds = new Map<BenchStore, number>();
        for (const one of order) {
          await own.query('checkpoint');
          seconds.set(one, (await measured(() => runJob(one, job, tick))).seconds);
        }
        (took[job] ??= []).push(seconds.get(store)!);
        (ratios[job] ??= []).push(seconds.get(store)! / seconds.get(own)!);
        await check(own, scene.changed(game), job, size);
      }
      await forget(own, '');
      await forget(own, `${game}_mapped.`);
    }
  } finally {
    await store.drop();
    await own.query(`drop schema ${game} cascade`);
  }
  await report(scene, size, took, ratios);
}

async function report(
  { name }: Scene,
  size: number,
  took: Readonly<Record<string, readonly number[]>>,
  ratios: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  print(`Tables of the host's, ${name}: ${count(size)} players, all of them due; ${load()}\n`);
  const rows = Object.keys(took).map((job) => [job, spread(took[job]!, 2), spread(ratios[job]!, 2)]);
  print(table([['', 'seconds', '× our own tables'], ...rows]));
  if (name === ownShape.name) {
    const worst = Math.max(...Object.values(ratios).map(median));
    print(`  Goal, at most ${GOAL} × our own tables: ${worst <= GOAL ? 'met' : 'MISSED'}`);
  }
  print('');
  await saveResult({
    name: `mapped: ${name}`,
    title: `Ticks on tables of the host's, ${name}`,
    unit: '× our own tables',
    values: Object.fromEntries(Object.entries(ratios).map(([job, all]) => [job, median(all)])),
  });
}

async function createCrowd(own: BenchStore, size: number): Promise<void> {
  await own.query(`
    create table {crowd} as
    select n as position, md5(n::text)::uuid as id, abs(hashint4(n)::bigint) % 5 as lives,
      timestamptz '${iso(tick)}' - abs(hashint4(-n)::bigint) % 1800000 * interval '1 millisecond' as next_life_at,
      1 + n % 50 as streak, n % 3 as protections,
      timestamptz '${iso(addMs(tick, -49 * HOUR_MS))}' - abs(hashint4(n)::bigint) % 86400000 * interval '1 millisecond'
        as last_quiz_at
    from generate_series(1, ${size}) as n
  `);
  await own.query('vacuum analyze {crowd}');
}

async function fillOwn(own: BenchStore): Promise<void> {
  await own.query('truncate {lives}, {player_progress}');
  await own.query(`
    insert into {lives} (user_id, current_lives, next_regen_at)
    select id::text, lives, next_life_at from {crowd} order by position
  `);
  await own.query(`
    insert into {player_progress}
      (user_id, username, current_streak, longest_streak, last_quiz_at, streak_protections)
    select id::text, 'Player ' || position, streak, streak, last_quiz_at, protections from {crowd} order by position
  `);
  await own.query('vacuum analyze {lives}, {player_progress}');
}

/** Both runs of the tick may run again. */
async function forget(own: BenchStore, schema: string): Promise<void> {
  const named = (name: string): string => (schema === '' ? `{${name}}` : `${schema}${name}`);
  await own.query(
    `truncate ${named('outbox')}, ${named('job_runs')}, ${named('streak_evaluations')}, ${named('streak_log')}`,
  );
}

/** @throws {Error} unless the job has changed everybody in both: a measurement of something wrong is worth nothing */
async function check(
  own: BenchStore,
  changed: ReturnType<Scene['changed']>,
  job: 'life-regeneration' | 'streak-update',
  size: number,
): Promise<void> {
  const [found] = await own.query<{ right: number }>(`
    select count(*)::int as right from {crowd} as crowd
      ${changed.tables}
      join {lives} as lives on lives.user_id = crowd.id::text
      join {player_progress} as player on player.user_id = crowd.id::text
    where ${changed[job]}
  `);
  if (found?.right !== size) throw new Error(`expected ${size} players to be right, found ${found?.right}`);
}
