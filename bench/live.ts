import { redisConnection, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { SystemClock } from '@gamekeeper/composition';
import { awardId, sessionId, userId } from '@gamekeeper/core';
import { redis as redisServer } from '../test/servers/redis.ts';
import type { BenchOptions } from './lib/arguments.ts';
import { BenchStore, ownSchema } from './lib/bench-store.ts';
import { load } from './lib/machine.ts';
import { median, percentile, spread } from './lib/statistics.ts';
import { saveResult } from './lib/results.ts';
import { count, print, table } from './lib/table.ts';
import { createPlayers } from './live/crowd.ts';
import { HandWritten } from './live/hand-written.ts';

const PLAYERS = 100_000;
const QUIZZES = 3_000;
const AT_ONCE = 50;
const POOL_SIZE = 20;
const XP = 10;

type Way = 'ours' | 'withRedis' | 'handWritten';
type Play = (player: string, quiz: string) => Promise<unknown>;

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Players start and complete quizzes, many at once: how long they wait, beside the same by hand. */
export async function live({ url, pairs, rows, ids }: BenchOptions): Promise<void> {
  const place = ownSchema(url);
  const connections = { poolSize: POOL_SIZE, pinnableClock: false };
  const server = await redisServer.start();
  if (!server) throw new Error('this bench starts a Redis of its own: install redis-server');
  const store = await BenchStore.open({ ...place, ...connections }, new SystemClock());
  const cached = await BenchStore.open(
    { ...place, ...connections },
    new SystemClock(),
    [],
    [redisConnection({ url: server.url }), redisLeaderboards()],
  );
  let handWritten: HandWritten | undefined;
  try {
    const first = userId('first');
    await store.host.gameplay.awardXp({ awardId: awardId('first'), userId: first, amount: 1 });
    const players = await createPlayers(store, Math.min(PLAYERS, Math.max(...rows)), ids);
    const periods = await store.query<{ board: string; period: string }>(
      'select board, period from {leaderboard_periods}',
    );
    handWritten = await HandWritten.open(store.database, POOL_SIZE, periods);
    await cached.host.runNow('leaderboard-recalculation');
    const byHand = handWritten;
    const ways: Readonly<Record<Way, Play>> = {
      ours: playOn(store),
      withRedis: playOn(cached),
      handWritten: (player, quiz) => byHand.play(player, quiz, XP),
    };
    const rounds: Record<Way, Round[]> = { ours: [], withRedis: [], handWritten: [] };
    const loads: string[] = [];
    let next = 0;
    const player = (): string => players[(next += 1) % players.length]!;
    // The first round is for the machine to get warm.
    for (let round = 0; round <= pairs; round += 1) {
      loads.push(load());
      const order = Object.keys(ways) as Way[];
      for (const way of round % 2 === 0 ? order : order.toReversed()) {
        const measured = await played(ways[way], `${way}-${round}`, player);
        if (round > 0) rounds[way].push(measured);
      }
    }
    report(rounds, loads);
    await save(rounds);
  } finally {
    await handWritten?.close();
    await cached.close();
    await store.drop();
    await server.stop();
  }
}

function playOn(store: BenchStore): Play {
  const { gameplay } = store.host;
  return async (player, quiz) => {
    const started = await gameplay.startQuiz({ userId: userId(player), sessionId: sessionId(quiz) });
    if (!started.ok) throw new Error(`a quiz was not started: ${started.reason}`);
    const completed = await gameplay.completeQuiz({ sessionId: sessionId(quiz), xp: XP });
    if (!completed.ok) throw new Error(`a quiz was not completed: ${completed.reason}`);
    if (completed.award.scores.length !== 3) throw new Error('an award is not on three boards');
  };
}

async function played(play: Play, name: string, player: () => string): Promise<Round> {
  let next = 0;
  const waits: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < QUIZZES) {
        const quiz = `${name}-${(next += 1)}`;
        const from = performance.now();
        await play(player(), quiz);
        waits.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond: QUIZZES / seconds, p50: median(waits), p99: percentile(waits, 0.99) };
}

async function save(rounds: Readonly<Record<Way, readonly Round[]>>): Promise<void> {
  const medians = (key: keyof Round): Readonly<Record<string, number>> => ({
    Gamekeeper: median(rounds.ours.map((round) => round[key])),
    'by hand, no events': median(rounds.handWritten.map((round) => round[key])),
    'Gamekeeper, boards in Redis': median(rounds.withRedis.map((round) => round[key])),
  });
  const unit = 'milliseconds';
  await saveResult({ name: 'quiz: 1 median', title: 'Median', unit, values: medians('p50') });
  await saveResult({ name: 'quiz: 2 99 %', title: '99 % are faster than', unit, values: medians('p99') });
}

function report(rounds: Readonly<Record<Way, readonly Round[]>>, loads: readonly string[]): void {
  const of = (way: Way, key: keyof Round): number[] => rounds[way].map((round) => round[key]);
  const ratios = (way: Way, key: keyof Round, to: Way = 'handWritten'): number[] =>
    of(way, key).map((value, round) => value / of(to, key)[round]!);
  const row = (name: string, way: Way): string[] => [
    name,
    spread(of(way, 'perSecond'), 0),
    spread(ratios(way, 'perSecond'), 2),
    median(of(way, 'p50')).toFixed(1),
    median(of(way, 'p99')).toFixed(1),
    spread(ratios(way, 'p99'), 2),
  ];
  print(`Live: quizzes started and completed, ${AT_ONCE} at once, ${POOL_SIZE} connections`);
  print(
    `Medians (lowest–highest) of ${rounds.ours.length} alternating rounds of ${count(QUIZZES)}; ${loads.join(', ')}.\n`,
  );
  print(
    table([
      ['', 'quizzes per second', '× by hand', 'median ms', '99 % ms', '99 % × by hand'],
      row('ours', 'ours'),
      row('ours, boards in Redis', 'withRedis'),
      row('by hand', 'handWritten'),
    ]),
  );
  const goal = (name: string, value: number, isMet: boolean): void =>
    print(`  Goal, ${name}: ${isMet ? 'met' : 'MISSED'} (${value.toFixed(2)})`);
  const throughput = median(ratios('ours', 'perSecond'));
  goal('at least 0.8 × the throughput by hand', throughput, throughput >= 0.8);
  const waits = median(ratios('ours', 'p99'));
  goal('99 % of waits at most 1.3 × those by hand', waits, waits <= 1.3);
  const redis = median(ratios('withRedis', 'perSecond', 'ours'));
  goal('boards in Redis: at least 0.87 × the throughput without', redis, redis >= 1 / 1.15);
  print('');
}
