import { defaultLivesRules as rules, instant } from '@gamekeeper/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const asOf = instant('2026-11-24T00:00:00Z');
const PLAYERS = 40_000;

describeWithPostgres('a table with more pages than are sampled', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema() });
  const { database } = harness;
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  it.each([
    { due: 'everybody', every: 1, parts: 4 },
    { due: 'one player of five', every: 5, parts: 4 },
    { due: 'one player of two hundred', every: 200, parts: 0 },
  ])('is divided by pages only if a large share is due: $due', async ({ every, parts }) => {
    const { lives } = await harness.empty();
    const { rows } = await database.within(undefined, async (db) => {
      await sql`
        insert into ${database.tables.lives} (user_id, current_lives, next_regen_at)
        select 'p' || n, case when n % ${every}::int = 0 then 1 else ${rules.maxLives}::int end,
          timestamptz '2026-11-23T23:50:00Z'
        from generate_series(1, ${PLAYERS}::int) as n
      `.execute(db);
      await sql`analyze ${database.tables.lives}`.execute(db);
      return sql<{ pages: number }>`
        select (pg_relation_size(${database.tables.livesName}::regclass) / 8192)::int as pages
      `.execute(db);
    });
    expect(rows[0]!.pages).toBeGreaterThan(600);
    expect((await lives.divideDue({ asOf, rules, max: 4 })).parts).toHaveLength(parts);
  });
});
