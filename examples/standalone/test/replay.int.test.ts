import { type PostgresDatabase, postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import { loadReplay, type Quiz, type ReplayResult } from '@gamekeeper/cli';
import { instant, type Instant } from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { memoryAdapters } from '@gamekeeper/testkit';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';

const { generateActivity, readActivity, replay, resultOf } = await loadReplay();

const from = instant('2026-03-20T00:00:00Z');
const to = instant('2026-04-08T00:00:00Z');
/** Over a month's end and several weeks' ends, with players who stay away for days. */
const quizzes = generateActivity({ players: 25, days: 18, seed: 7, from });

async function replayed(
  store: HostModule,
  history: { readonly quizzes: readonly Quiz[]; readonly from: Instant; readonly to: Instant } = {
    quizzes,
    from,
    to,
  },
): Promise<ReplayResult> {
  const end = await replay({ store, ...history });
  try {
    const result = await resultOf(end);
    const database = end.host.container.isBound(postgresDatabase.symbol)
      ? end.host.container.get<PostgresDatabase>(postgresDatabase.symbol)
      : null;
    if (database && database.schema !== 'gamekeeper') await database.dropSchema();
    return result;
  } finally {
    await end.host.stop();
  }
}

/** Half a year of real activity, and its outcome worked out independently from the rules. */
const data = new URL('../data/', import.meta.url);
const realHistory = async () => ({
  quizzes: await readActivity(fileURLToPath(new URL('activity-2025-h1.csv', data))),
  from: instant('2025-01-01T00:00:00Z'),
  to: instant('2025-07-01T00:00:00Z'),
});
const expectedOutcome: unknown = JSON.parse(
  await readFile(new URL('activity-2025-h1.expected.json', data), 'utf8'),
);

/** Minutes, not seconds, on a database: `FULL_REPLAY=1 npm test`. */
const full = process.env['FULL_REPLAY'] === '1';

describe('a replay', () => {
  it('of real activity ends exactly as the rules say', { timeout: 60_000 }, async () => {
    expect(await replayed(memoryAdapters(), await realHistory())).toEqual(expectedOutcome);
  });

  if (full) {
    it('of real activity ends so on the embedded database, too', { timeout: 900_000 }, async () => {
      expect(await replayed(postgresAdapters({ memory: true }), await realHistory())).toEqual(
        expectedOutcome,
      );
    });
  }

  it('writes an event for everything that happens in a game', async () => {
    const result = await replayed(memoryAdapters());
    expect(result.players).toBe(24);
    expect(result.periods_sealed).toBe(result.weekly_winners.length + result.monthly_winners.length);
    expect(result.monthly_winners.map(({ period }) => period)).toEqual(['2026-03']);
    expect(result.weekly_winners.map(({ period }) => period)).toEqual(['2026-W12', '2026-W13', '2026-W14']);
    for (const count of [...Object.values(result.events), result.refused.no_lives, result.refused.expired]) {
      expect(count).toBeGreaterThan(0);
    }
    expect(result.runs).toMatchObject({
      'streak-update': 19,
      'session-cleanup': 19 * 24,
      'job-health': 19 * 288,
    });
  });

  it('ends the same on the embedded database as in memory', { timeout: 180_000 }, async () => {
    expect(await replayed(postgresAdapters({ memory: true }))).toEqual(await replayed(memoryAdapters()));
  });
});

describeWithPostgres('a replay on a PostgreSQL server', (url) => {
  const store = () => {
    const server = new URL(url);
    server.searchParams.set('options', '-c synchronous_commit=off');
    return postgresAdapters({ url: server.href, schema: `gamekeeper_replay_test_${process.pid}` });
  };

  it('ends the same as in memory', { timeout: 180_000 }, async () => {
    expect(await replayed(store())).toEqual(await replayed(memoryAdapters()));
  });

  if (full) {
    it('of real activity ends exactly as the rules say', { timeout: 900_000 }, async () => {
      expect(await replayed(store(), await realHistory())).toEqual(expectedOutcome);
    });
  }
});
