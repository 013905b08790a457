import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Queue } from 'bullmq';
import type { BenchOptions } from '../lib/arguments.ts';
import { load } from '../lib/machine.ts';
import { seededRandom } from '../lib/seeded-random.ts';
import { count, print, table } from '../lib/table.ts';
import { FleetOf, withPool } from './fleet-of.ts';
import { CRON_QUEUE, allWays, isByMinute, ways, type MemberSetup, type Way } from './ways.ts';

const PROCESSES = 3;
const JOBS = 20;
const PERIOD_S = 10;
const JOBS_BY_MINUTE = 60;
const MINUTE_MS = 60_000;
/** After the last kill, everything that will be done by itself soon is done within this. */
const DRAIN_MS = 100_000;
/** Processes are killed for at least this long, so that there are ticks of whole minutes too. */
const SPAN_MS = 190_000;

interface Judged {
  readonly ticks: number;
  readonly lost: number;
  readonly doubled: number;
  /** Of the lost ones, those that the queue still has: it repeats them later. */
  readonly waiting: number;
}

/**
 * Kills processes at random, hundreds of times, while jobs tick, and counts the ticks whose effect is missing or doubled.
 * An effect is a row that a tick writes after a second of work.
 */
export async function kills(options: BenchOptions): Promise<void> {
  const { kills: times, seed } = options;
  print(`Ticks under ${count(times)} times kill -9 for each way, all ways at the same time; seed ${seed}.`);
  const rows = await Promise.all(
    allWays.map(async (way, index) => {
      const { ticks, lost, doubled, waiting } = await measure(way, options, seededRandom(seed + index));
      const later = waiting > 0 ? `${count(Math.min(lost, waiting))} of them` : '';
      return [ways[way], count(ticks), count(lost), count(doubled), later];
    }),
  );
  print(`${PROCESSES} processes each, replaced as they are killed; ${load()}.\n`);
  print(
    table([
      ['', 'ticks', `not done ${DRAIN_MS / 1_000} s later`, 'done twice', 'still in its queue'],
      ...rows,
    ]),
  );
}

async function measure(way: Way, options: BenchOptions, random: () => number): Promise<Judged> {
  const fleet = new FleetOf(way, options, jobsOf(way));
  try {
    return await withPool(options, async (store) => {
      await store.query(`create schema "${fleet.prefix}_bench"`);
      await store.query(
        `create table "${fleet.prefix}_bench".effects (job text, id text, tick timestamptz, at timestamptz default now())`,
      );
      const first = Array.from({ length: PROCESSES }, () => fleet.add('effect'));
      await Promise.all(first.map(({ ready }) => ready));
      const from = Date.now() + 1_000;
      await killAtRandom(fleet, options.kills, random);
      const to = Date.now();
      const judgedNow = () => judge(store, fleet, { from, to });
      let judged = await judgedNow();
      for (; judged.lost > 0 && Date.now() < to + DRAIN_MS; judged = await judgedNow()) await pause(1_000);
      return { ...judged, waiting: await waitingIn(fleet, store, options) };
    });
  } finally {
    await fleet.close();
  }
}

function jobsOf(way: Way): MemberSetup['jobs'] {
  const length = isByMinute(way) ? JOBS_BY_MINUTE : JOBS;
  return Array.from({ length }, (_, index) => ({
    name: `job-${index}`,
    cron: isByMinute(way) ? '* * * * *' : `${index % PERIOD_S}-59/${PERIOD_S} * * * * *`,
  }));
}

/** Kills one of at least two that work, again and again, and starts another. */
async function killAtRandom(fleet: FleetOf, times: number, random: () => number): Promise<void> {
  const startedAt = Date.now();
  const pauseMs = SPAN_MS / times;
  for (let killed = 0; killed < times;) {
    await pause(
      random() * 2 * Math.max(50, Math.min(pauseMs, startedAt + killed * pauseMs - Date.now() + pauseMs)),
    );
    // Also one that has ended by itself is replaced.
    while (fleet.size < PROCESSES) fleet.add('effect');
    const { ready } = fleet;
    if (ready.length < 2) continue;
    await fleet.kill(ready[Math.floor(random() * ready.length)]!);
    killed += 1;
    if (killed % 50 === 0) print(`  ${ways[fleet.way]}: ${killed} kills`);
  }
  while (fleet.size < PROCESSES) fleet.add('effect');
}

async function judge(
  store: Pool,
  fleet: FleetOf,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Judged> {
  const byMinute = isByMinute(fleet.way);
  const { rows } = await store.query<{ job: string; ticks: string; effects: string }>(
    `select job, count(distinct id) as ticks, count(*) as effects from "${fleet.prefix}_bench".effects
    where tick between $1 and $2 group by job`,
    [new Date(from), new Date(to)],
  );
  const found = new Map(rows.map(({ job, ticks, effects }) => [job, { ticks: +ticks, effects: +effects }]));
  const sum: { -readonly [Name in keyof Judged]: number } = { ticks: 0, lost: 0, doubled: 0, waiting: 0 };
  for (const [index, { name }] of jobsOf(fleet.way).entries()) {
    const { ticks, effects } = found.get(name) ?? { ticks: 0, effects: 0 };
    const [period, offset] = byMinute ? [MINUTE_MS, 0] : [PERIOD_S * 1_000, (index % PERIOD_S) * 1_000];
    const expected = Math.floor((to - offset) / period) - Math.floor((from - 1 - offset) / period);
    sum.ticks += expected;
    sum.lost += Math.max(0, expected - ticks);
    sum.doubled += effects - ticks + Math.max(0, ticks - expected);
  }
  return sum;
}

async function waitingIn({ way, prefix }: FleetOf, store: Pool, { redis }: BenchOptions): Promise<number> {
  if (way === 'pgboss-cron') {
    const { rows } = await store.query<{ waiting: string }>(
      `select count(*) as waiting from "${prefix}_boss".job where name = $1 and state in ('created', 'retry', 'active')
      and created_on < now() - interval '${DRAIN_MS} milliseconds'`,
      [CRON_QUEUE],
    );
    return Number(rows[0]!.waiting);
  }
  if (way !== 'bullmq-cron') return 0;
  const queue = new Queue(CRON_QUEUE, { connection: redis, prefix });
  try {
    return await queue.getJobCountByTypes('active', 'waiting');
  } finally {
    await queue.close();
  }
}
