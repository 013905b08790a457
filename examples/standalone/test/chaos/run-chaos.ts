import { instant, iso, type Instant } from '@gamekeeper/core';
import { memoryAdapters } from '@gamekeeper/testkit';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readActivity } from '../../src/replay/activity.ts';
import { generator } from '../../src/replay/generator.ts';
import { Progress } from '../../src/replay/progress.ts';
import { replay, type ReplayOptions } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { startCrashable } from '../../../../test/servers/postgres.ts';
import { Cast } from './cast.ts';
import type { ChaosOptions } from './chaos-options.ts';
import { Conductor } from './conductor.ts';
import { Faults } from './faults.ts';
import { differences, ledgerFaults, outcomeOf } from './verdict.ts';

/** The rest of the time is for settling and for the undisturbed replay. */
const PLAYING_SHARE = 0.75;
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

const data = new URL('../../data/', import.meta.url);
const from = instant('2025-01-01T00:00:00Z');
const to = instant('2025-07-01T00:00:00Z');

type History = Omit<ReplayOptions, 'store'>;

/** Plays, disturbs, compares and says what came of it. Answers the exit code. */
export async function runChaos({
  minutes,
  seed,
  signal,
}: ChaosOptions & { readonly signal: AbortSignal }): Promise<number> {
  const startedAt = performance.now();
  const server = await startCrashable();
  if (!server) {
    process.stderr.write('There is no PostgreSQL to start; install postgresql.\n');
    return 2;
  }
  say(`chaos: seed ${seed}, at most ${minutes} minutes, three hosts on a PostgreSQL server of their own`);
  const random = generator(seed);
  const conductor = new Conductor({ url: server.url, from, random: generator(seed + 1) });
  await conductor.open();
  const cast = new Cast(server.url, from + 1);
  const dropConnections = (share: number): Promise<number> => conductor.dropConnections(share);
  const faults = new Faults({ random, cast, server, dropConnections });
  const progress = new Progress(from, to);
  try {
    if (!(await cast.complete(START_WITHIN_MS)))
      throw new Error(`the hosts do not start: ${cast.lost.join('\n')}`);
    const quizzes = await readActivity(fileURLToPath(new URL('activity-2025-h1.csv', data)));
    const timeIsUpAt = performance.now() + minutes * 60_000 * PLAYING_SHARE;
    const isTimeUp = (): boolean => signal.aborted || performance.now() > timeIsUpAt;
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
    const { damage } = faults;
    say(
      `played ${iso(from)} to ${iso(playedTo)}: ${damage.kills} hosts killed, ${damage.stops} stopped past their lease, ` +
        `${damage.drops} connections dropped, ${damage.restarts} server crashes, ${conductor.retries} calls of players repeated`,
    );
    const problems = [
      ...(complete ? [] : ['a host did not start again']),
      ...owed.map((job) => `${job} still owes ticks`),
      ...cast.lost.map((words) => `a host ended by itself: ${words}`),
      ...(await compared(conductor, { quizzes: quizzes, from, to: playedTo })),
      ...(await cast.close(STOP_WITHIN_MS)).map((end) => `a host did not stop in peace: ${end}`),
    ];
    for (const problem of problems) say(`  DIFFERENT: ${problem}`);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    say(
      problems.length === 0
        ? `chaos: SAME as undisturbed, after ${seconds} s, seed ${seed}`
        : `chaos: DIFFERENT, seed ${seed}`,
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    faults.end();
    await cast.close(0);
    await conductor.host.stop();
    await server.stop();
  }
}

/** How the outcome differs from the undisturbed one. */
async function compared(conductor: Conductor, history: History): Promise<readonly string[]> {
  const actual = await outcomeOf(conductor.end());
  const { runs, takenOver, faults } = await ledgerFaults(conductor.host, history.from, history.to);
  const undisturbed = await replay({ store: memoryAdapters(), ...history });
  const expected = await outcomeOf(undisturbed);
  await undisturbed.close();
  say(
    `${runs} completed runs, one per tick, ${takenOver} of them taken over; ${actual.events.length} events`,
  );
  say(`digests ${digests(actual.result)}`);
  const problems = [...faults, ...differences(actual, expected)];
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
