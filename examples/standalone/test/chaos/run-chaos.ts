import { loadReplay, type ReplayOptions, type ReplayResult } from '@gamekeeper/cli';
import { instant, iso, type Instant } from '@gamekeeper/core';
import { memoryAdapters } from '@gamekeeper/testkit';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startCrashable } from '../../../../test/servers/postgres.ts';
import { hasPgBouncer, startPgBouncer } from '../../../../test/servers/pgbouncer.ts';
import { startQueue, type Carrier } from './carrier.ts';
import { Cast, type Ways } from './cast.ts';
import type { ChaosOptions } from './chaos-options.ts';
import { Conductor } from './conductor.ts';
import { Faults } from './faults.ts';
import { Stranger } from './stranger.ts';
import { differences, ledgerFaults, outcomeOf } from './verdict.ts';
import { unwatched } from './watched.ts';

const { ReplayProgress, seededRandom, readActivity, replay } = await loadReplay();

/** The rest of the time is for settling and for the undisturbed replay. */
const PLAYING_SHARE = 0.75;
/** Fewer connections than the hosts have, so that they share them; and back soon after a crash. */
const poolerSettings = {
  poolMode: 'transaction',
  poolSize: 6,
  more: { server_login_retry: 1, query_wait_timeout: 10 },
} as const;
/** A slow machine plays on for so long at most, until each kind of fault has come. */
const LONGER_FOR_EVERY_FAULT_MS = 30_000;
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

const data = new URL('../../data/', import.meta.url);
const from = instant('2025-01-01T00:00:00Z');
const to = instant('2025-07-01T00:00:00Z');

type History = Omit<ReplayOptions, 'store'>;

/** All that takes part in a run, and what was started for it. */
interface Stage {
  readonly conductor: Conductor;
  readonly cast: Cast;
  readonly faults: Faults;
  readonly stranger: Stranger;
  readonly pooled: boolean;
  readonly carrier: Carrier;
  readonly close: () => Promise<void>;
}

/** Plays, disturbs, compares and says what came of it. Answers the exit code. */
export async function runChaos({
  signal,
  ...options
}: ChaosOptions & { readonly signal: AbortSignal }): Promise<number> {
  const { minutes, seed } = options;
  const startedAt = performance.now();
  const stage = await setStage(options);
  if (typeof stage === 'string') {
    process.stderr.write(`${stage}\n`);
    return 2;
  }
  const { conductor, cast, faults } = stage;
  const progress = new ReplayProgress(process.stderr, from, to);
  try {
    if (!(await cast.complete(START_WITHIN_MS)))
      throw new Error(`the hosts do not start: ${cast.lost.join('\n')}`);
    const quizzes = await readActivity(fileURLToPath(new URL('activity-2025-h1.csv', data)));
    const timeIsUpAt = performance.now() + minutes * 60_000 * PLAYING_SHARE;
    const isTimeUp = (): boolean =>
      signal.aborted || performance.now() > timeIsUpAt + (faults.haveAllCome ? 0 : LONGER_FOR_EVERY_FAULT_MS);
    const striking = faults.go();
    const onProgress = (now: Instant, steps: number): void => progress.at(now, steps);
    const playedTo = await conductor.play(cast, { quizzes, from, to, onProgress }, isTimeUp);
    faults.end();
    await striking;
    progress.done();
    if (signal.aborted) {
      say(`chaos: stopped by ${String(signal.reason)}; seed ${seed}`);
      return 130;
    }
    const complete = await cast.complete(START_WITHIN_MS);
    const owed = await conductor.settle(cast, playedTo);
    sayDamage(stage, playedTo);
    const problems = [
      ...(complete ? [] : ['a host did not start again']),
      ...owed.map((job) => `${job} still owes ticks`),
      ...cast.lost.map((words) => `a host ended by itself: ${words}`),
      ...(await compared(conductor, { quizzes, from, to: playedTo })),
      ...(await cast.close(STOP_WITHIN_MS)).map((end) => `a host did not stop in peace: ${end}`),
    ];
    for (const problem of problems) say(`  DIFFERENT: ${problem}`);
    const took = ((performance.now() - startedAt) / 1_000).toFixed(0);
    say(
      problems.length === 0
        ? `chaos: SAME as undisturbed, after ${took} s, seed ${seed}`
        : `chaos: DIFFERENT, seed ${seed}`,
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** Starts all servers and hosts; returns what is missing if it cannot. */
async function setStage({
  minutes,
  seed,
  pooler: chosen,
  skewMinutes,
  lockSeconds,
  carrier,
}: ChaosOptions): Promise<Stage | string> {
  const through = chosen ?? (hasPgBouncer() ? 'some' : 'none');
  if (through !== 'none' && !hasPgBouncer()) return 'There is no PgBouncer to start; install pgbouncer.';
  const server = await startCrashable();
  if (!server) return 'There is no PostgreSQL to start; install postgresql.';
  const queue = await startQueue(carrier, server.url);
  if (!queue) {
    await server.stop();
    return 'There is no Redis to start; install redis-server.';
  }
  const pooler = through === 'none' ? null : await startPgBouncer(server.url, poolerSettings);
  say(
    `chaos: seed ${seed}, about ${minutes} minutes, three hosts on a PostgreSQL server of their own, ` +
      `through PgBouncer ${{ all: 'all of them', some: 'every second', none: 'none' }[through]}` +
      (carrier === 'none' ? '' : `, carried by ${carrier}`),
  );
  const ways: Ways = [pooler?.url ?? server.url, through === 'all' ? pooler!.url : server.url];
  const random = seededRandom(seed);
  const stranger = new Stranger(server.url, seededRandom(seed + 2));
  const conductor = new Conductor({ url: ways[1], from, random: seededRandom(seed + 1), stranger });
  await conductor.open();
  await stranger.open();
  const cast = new Cast(ways, queue.place, from + 1);
  const faults = new Faults({
    random,
    cast,
    server,
    pooler,
    stranger,
    skewMs: skewMinutes * 60_000,
    lockMs: lockSeconds * 1_000,
    dropConnections: (share) => conductor.dropConnections(share),
    queue,
  });
  const close = async (): Promise<void> => {
    faults.end();
    await cast.close(0);
    await stranger.close();
    await conductor.host.stop();
    await pooler?.stop();
    await queue.stop();
    await server.stop();
  };
  return { conductor, cast, faults, stranger, pooled: pooler !== null, carrier, close };
}

function sayDamage({ conductor, cast, faults, stranger, pooled, carrier }: Stage, playedTo: Instant): void {
  const { damage } = faults;
  const damages = [
    `${damage.kill} hosts killed`,
    `${damage.stop} stopped past their lease`,
    `${damage.drop} connections dropped`,
    `${damage.restart} server crashes`,
    ...(pooled ? [`${damage.pooler} restarts of the pooler`] : []),
    `${damage.clock} clocks set wrong`,
    ...(carrier === 'none' ? [] : [`${damage.empty} times the queue was emptied`]),
    `${stranger.locks.count} times rows locked by a stranger`,
    `${conductor.retries} calls of players repeated`,
  ];
  say(`played ${iso(from)} to ${iso(playedTo)} with ${cast.born} processes: ${damages.join(', ')}`);
  const { own, others } = stranger.longestWaitMs;
  say(
    `rows were locked for up to ${seconds(stranger.locks.longestMs)}; meanwhile a player waited for up to ` +
      `${seconds(others)}, and one whose own row was locked for up to ${seconds(own)}`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

/** How the outcome differs from the undisturbed one. */
async function compared(conductor: Conductor, history: History): Promise<readonly string[]> {
  const actual = await outcomeOf(conductor.end());
  const { runs, takenOver, faults } = await ledgerFaults(conductor.host, history.from, history.to);
  const unseen = await unwatched(conductor.host, takenOver);
  const undisturbed = await replay({ store: memoryAdapters(), ...history });
  const expected = await outcomeOf(undisturbed);
  await undisturbed.close();
  say(
    `${runs} completed runs, one per tick, ${takenOver.length} of them taken over, as the dashboard shows; ${actual.events.length} events`,
  );
  say(`digests ${digests(actual.result)}`);
  const problems = [...faults, ...unseen, ...differences(actual, expected)];
  if (history.to < to) return problems;
  const text = await readFile(new URL('activity-2025-h1.expected.json', data), 'utf8');
  const known = digests(JSON.parse(text) as ReplayResult);
  return digests(actual.result) === known ? problems : [...problems, `the digests, expected ${known}`];
}

function digests({ digest }: ReplayResult): string {
  return Object.entries(digest)
    .map(([name, value]) => `${name} ${value}`)
    .join('  ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
