import { defineBoards, periodAt } from '@gamekeeper/core/game';
import { instant, iso, type Instant } from '@gamekeeper/core';
import type { BoardPeriod, NamedScore } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, PostgresRankingRepository } from '../src/index.ts';

const global = defineBoards().find(({ key }) => key === 'global')!;
const at: BoardPeriod = { board: global, period: periodAt(global, instant('2026-11-24T12:00:00Z')) };
/** From year 1 to 9999, more often where instants are read in another way. */
const [first, last] = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'].map((text) => Date.parse(text));
const edges = ['1900-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2200-01-01T00:00:00Z'].map((text) =>
  Date.parse(text),
);
const instants = fc
  .oneof(
    fc.integer({ min: first!, max: last! }),
    fc.integer({ min: edges[0]!, max: edges[2]! }),
    fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -2, max: 2 })).map(([edge, ms]) => edge + ms),
  )
  .map((ms) => ms as Instant);
const scores = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));

function suite(database: () => PostgresDatabase): void {
  it('reads scores up to 2^53 − 1 and instants of any year, to the millisecond', async () => {
    const places = fc.uniqueArray(fc.tuple(scores, fc.option(instants)), {
      minLength: 50,
      maxLength: 200,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(places, async (given) => {
        const stored = given.map(([score, lastXpAt], index) => ({ userId: `p${index}`, score, lastXpAt }));
        await fill(database(), stored);
        const read = await allScores(database());
        expect(read.map(({ userId, score, lastXpAt }) => ({ userId, score, lastXpAt })).sort(byId)).toEqual(
          stored.sort(byId),
        );
      }),
      { numRuns: 10 },
    );
  });
}

describe('all scores of an embedded database', () => {
  const database = new PostgresDatabase({ memory: true });
  beforeAll(() => database.open());
  afterAll(() => database.close());
  suite(() => database);
});

describeWithPostgres('all scores of a server', (url) => {
  const database = new PostgresDatabase({ url, schema: `all_scores_${process.pid}` });
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });
  suite(() => database);
});

interface Stored {
  readonly userId: string;
  readonly score: number;
  readonly lastXpAt: Instant | null;
}

async function fill(database: PostgresDatabase, stored: readonly Stored[]): Promise<void> {
  const { rankings } = database.tables;
  await database.within(undefined, (db) => sql`delete from ${rankings}`.execute(db));
  await database.within(undefined, (db) =>
    sql`
      insert into ${rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select ${at.board.key}, ${at.period.key}, id, id, score::bigint, earned::timestamptz, 0
      from unnest(
        ${stored.map(({ userId }) => userId)}::text[],
        ${stored.map(({ score }) => String(score))}::text[],
        ${stored.map(({ lastXpAt }) => (lastXpAt === null ? null : iso(lastXpAt)))}::text[]
      ) as given (id, score, earned)
    `.execute(db),
  );
}

function allScores(database: PostgresDatabase): Promise<readonly NamedScore[]> {
  const rankings = new PostgresRankingRepository(database);
  return database.run(async (tx) => (await rankings.allScores(tx, at))({ limit: 1_000 }));
}

function byId(one: { readonly userId: string }, other: { readonly userId: string }): number {
  return one.userId < other.userId ? -1 : 1;
}
