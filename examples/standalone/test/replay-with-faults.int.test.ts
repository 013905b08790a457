import {
  loadReplay,
  type FaultCounts,
  type FinishedReplay,
  type ReplayOptions,
  type ReplayResult,
} from '@gamekeeper/cli';
import { type PostgresDatabase, postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import { DAY_MS, instant, addMs, type Instant } from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { memoryAdapters } from '@gamekeeper/testkit';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';

const { eventKeys, generateActivity, seededRandom, readActivity, replay, replayWithChaos, resultOf } =
  await loadReplay();

type History = Omit<ReplayOptions, 'store'>;

/** Half a year on a database takes minutes: `FULL_REPLAY=1 npm test`. */
const full = process.env['FULL_REPLAY'] === '1';
/** Other faults every time; their seed stands in the title of each test: `FAULT_SEED=4711 npx vitest run replay-with-faults`. */
const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 1_000_000) + 1);

const activity = fileURLToPath(new URL('../data/activity-2025-h1.csv', import.meta.url));
const wholeHistory = async (): Promise<History> => ({
  quizzes: await readActivity(activity),
  from: instant('2025-01-01T00:00:00Z'),
  to: instant('2025-07-01T00:00:00Z'),
});

/** A span of the real history: over the ends of a month and a week. */
async function span(days: number, from: Instant = instant('2025-01-30T00:00:00Z')): Promise<History> {
  return { quizzes: await readActivity(activity), from, to: addMs(from, days * DAY_MS) };
}

interface Outcome {
  readonly result: ReplayResult;
  readonly events: readonly string[];
}

async function outcomeOf<End extends FinishedReplay>(
  replaying: Promise<End>,
): Promise<Outcome & { end: End }> {
  const end = await replaying;
  try {
    const outcome = { result: await resultOf(end), events: await eventKeys(end.outbox), end };
    if (end.host.container.isBound(postgresDatabase.symbol)) {
      const database = end.host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      if (database.schema !== 'gamekeeper') await database.dropSchema();
    }
    return outcome;
  } finally {
    await end.close();
  }
}

/** Ticks that a job may pass over, when the next one comes first, are not owed. */
function owedRuns({ runs }: ReplayResult): Record<string, number> {
  const { 'job-health': _, 'leaderboard-recalculation': __, ...owed } = runs;
  return owed;
}

async function expectUndisturbed(
  history: History,
  store: () => HostModule,
  faults: number,
): Promise<FaultCounts> {
  const undisturbed = await outcomeOf(replay({ store: memoryAdapters(), ...history }));
  const disturbed = await outcomeOf(replayWithChaos({ store: store(), seed: faults, ...history }));
  expect({ ...disturbed.result, runs: owedRuns(disturbed.result) }).toEqual({
    ...undisturbed.result,
    runs: owedRuns(undisturbed.result),
  });
  expect(disturbed.events).toEqual(undisturbed.events);
  return disturbed.end.faults;
}

describe('law 2: a replay with faults ends as the undisturbed one', () => {
  it(`over months of real activity, faults ${seed}`, { timeout: 300_000 }, async () => {
    const history = full ? await wholeHistory() : await span(60);
    const faults = await expectUndisturbed(history, memoryAdapters, seed);
    for (const [what, times] of Object.entries(faults)) {
      expect.soft(times, `how often: ${what}`).toBeGreaterThan(0);
    }
  });

  it.each([1, 2, 3])(
    'over weeks of a crowd that plays more than it has lives for, faults %i',
    { timeout: 120_000 },
    async (faults) => {
      const from = instant('2026-02-16T12:00:00Z');
      const quizzes = generateActivity({ players: 25, days: 18, seed: faults, from });
      const history = { quizzes, from, to: addMs(from, 19 * DAY_MS) };
      await expectUndisturbed(history, memoryAdapters, faults);
    },
  );

  it('the same ones for the same seed', { timeout: 120_000 }, async () => {
    const days = await span(5);
    const faults = async (): Promise<FaultCounts> =>
      (await outcomeOf(replayWithChaos({ store: memoryAdapters(), seed, ...days }))).end.faults;
    expect(await faults()).toEqual(await faults());
  });

  it(`on the embedded database, faults ${seed}`, { timeout: 900_000 }, async () => {
    const history = full ? await wholeHistory() : await span(4);
    await expectUndisturbed(history, () => postgresAdapters({ memory: true }), embeddedSeed());
  });
});

describeWithPostgres('law 2: a replay with faults, on a PostgreSQL server,', (url) => {
  it(`ends as the undisturbed one, faults ${seed}`, { timeout: 900_000 }, async () => {
    const history = full ? await wholeHistory() : await span(4);
    const schema = `gamekeeper_faults_test_${process.pid}`;
    await expectUndisturbed(history, () => postgresAdapters({ url, schema, poolSize: 6 }), embeddedSeed());
  });
});

/** Faults of the seed, for the shorter spans. */
function embeddedSeed(): number {
  return Math.floor(seededRandom(seed)() * 1_000_000) + 1;
}
