import {
  pinDatabaseClock,
  type LivesMapping,
  type ProgressMapping,
  type TableMapping,
} from '@gamekeeper/adapters-postgres';
import { addMs, HOUR_MS, instant, iso } from '@gamekeeper/core';
import type { BenchOptions } from './lib/arguments.ts';
import { BenchStore, ownSchema } from './lib/bench-store.ts';
import { load, measured } from './lib/machine.ts';
import { saveResult } from './lib/results.ts';
import { ShiftedClock } from './lib/shifted-clock.ts';
import { median, spread } from './lib/statistics.ts';
import { count, print, table } from './lib/table.ts';
import { runJob } from './lib/with-store.ts';

const GOAL = 1.1;

/** A midnight: the tick of both jobs. */
const tick = instant('2026-12-01T00:00:00Z');

/** A table of the host's, with the players of a bench. */
interface Scene {
  readonly name: string;
  /** Further columns of the table, with their values. */
  readonly further: string;
  /** Whether the table has the helper columns and indexes that `gamekeeper check` offers. */
  readonly isHelped: boolean;
}

const scenes: readonly Scene[] = [
  { name: 'mapped, with the offered columns and indexes', further: '', isHelped: true },
  { name: 'mapped, without them', further: '', isHelped: false },
  {
    name: 'mapped, with them, in a row of 400 bytes',
    further: `, repeat('x', 300) as profile`,
    isHelped: true,
  },
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
  const hosts = `${game}.players`;
  await createPlayers(own, hosts, scene);
  const place = { ...ownSchema(url), schema: `${game}_mapped`, tables: mappingOf(hosts, scene) };
  const store = await openStore(place, clock);
  const took: Record<string, number[]> = {};
  const ratios: Record<string, number[]> = {};
  try {
    for (let pair = 0; pair < pairs; pair += 1) {
      for (const job of ['life-regeneration', 'streak-update'] as const) {
        await fillOwn(own);
        await fillHosts(own, hosts, scene);
        await own.query('checkpoint');
        const ours = await measured(() => runJob(own, job, tick));
        await own.query('checkpoint');
        const theirs = await measured(() => runJob(store, job, tick));
        (took[job] ??= []).push(theirs.seconds);
        (ratios[job] ??= []).push(theirs.seconds / ours.seconds);
        await check(own, hosts, job, size);
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
  print(`A table of the host's, ${name}: ${count(size)} players, all of them due; ${load()}\n`);
  const rows = Object.keys(took).map((job) => [job, spread(took[job]!, 2), spread(ratios[job]!, 2)]);
  print(table([['', 'seconds', '× our own tables'], ...rows]));
  const worst = Math.max(...Object.values(ratios).map(median));
  print(`  Goal with the helpers, at most ${GOAL} × our own tables: ${worst <= GOAL ? 'met' : 'MISSED'}\n`);
  await saveResult({
    name: `mapped: ${name}`,
    title: `Ticks on a table of the host's, ${name}`,
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

async function createPlayers(own: BenchStore, hosts: string, { further, isHelped }: Scene): Promise<void> {
  await own.query(`
    create table ${hosts} with (fillfactor = 45) as
    select id, lives::int, null::timestamptz(3) as last_life_at, next_life_at::timestamptz(3), 'Player ' || position as name,
      0::bigint as xp, streak::int, streak::int as best, last_quiz_at::timestamptz(3), protections::int, 1 as version
      ${further}
    from {crowd} limit 0
  `);
  await own.query(`
    alter table ${hosts} add primary key (id), alter lives set not null, alter name set not null, alter xp set not null,
      alter streak set not null, alter best set not null, alter protections set not null, alter version set not null
  `);
  if (!isHelped) return;
  await own.query(`
    alter table ${hosts} add full_lives int generated always as (case when lives >= 5 then 5 end) stored,
      add judged_on date, add lost_streak int
  `);
  await own.query(`create index on ${hosts} (id) where full_lives is null`);
  await own.query(`create index on ${hosts} (full_lives) where full_lives is not null`);
  await own.query(`create index on ${hosts} (last_quiz_at) where streak > 0`);
}

function mappingOf(
  hosts: string,
  { isHelped }: Scene,
): { readonly lives: LivesMapping; readonly progress: ProgressMapping } {
  const players: TableMapping = {
    table: hosts,
    id: { column: 'id', type: 'uuid' },
    touch: { version: 'increment' },
    hostCreatesRows: true,
  };
  return {
    lives: {
      ...players,
      columns: {
        currentLives: 'lives',
        lastRegenAt: 'last_life_at',
        nextRegenAt: 'next_life_at',
        ...(isHelped && { fullLives: 'full_lives' }),
      },
    },
    progress: {
      ...players,
      columns: {
        username: 'name',
        xp: 'xp',
        currentStreak: 'streak',
        longestStreak: 'best',
        lastQuizAt: 'last_quiz_at',
        protections: 'protections',
        ...(isHelped && { evaluatedOn: 'judged_on', lostStreak: 'lost_streak' }),
      },
    },
  };
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

async function fillHosts(own: BenchStore, hosts: string, { further }: Scene): Promise<void> {
  await own.query(`truncate ${hosts}`);
  await own.query(`
    insert into ${hosts} (id, lives, next_life_at, name, xp, streak, best, last_quiz_at, protections, version
      ${further === '' ? '' : ', profile'})
    select id, lives, next_life_at, 'Player ' || position, 0, streak, streak, last_quiz_at, protections, 1 ${further}
    from {crowd} order by position
  `);
  await own.query(`vacuum analyze ${hosts}`);
}

/** Both runs of the tick may run again. */
async function forget(own: BenchStore, schema: string): Promise<void> {
  const named = (name: string): string => (schema === '' ? `{${name}}` : `${schema}${name}`);
  await own.query(`truncate ${named('outbox')}, ${named('job_runs')}, ${named('streak_evaluations')}`);
}

/** What is true of each player after a job, on both tables. */
const right = {
  'life-regeneration': 'theirs.lives = crowd.lives + 1 and lives.current_lives = theirs.lives',
  'streak-update': `theirs.streak = player.current_streak and theirs.protections = player.streak_protections
    and theirs.protections = greatest(crowd.protections - 1, 0)`,
} as const;

/** @throws {Error} unless the job has changed everybody in both: a measurement of something wrong is worth nothing */
async function check(own: BenchStore, hosts: string, job: keyof typeof right, size: number): Promise<void> {
  const [found] = await own.query<{ right: number }>(`
    select count(*)::int as right from {crowd} as crowd
      join ${hosts} as theirs using (id)
      join {lives} as lives on lives.user_id = crowd.id::text
      join {player_progress} as player on player.user_id = crowd.id::text
    where theirs.version = 2 and ${right[job]}
  `);
  if (found?.right !== size) throw new Error(`expected ${size} players to be right, found ${found?.right}`);
}
