import { addMs, defaultLivesRules as rules, instant, userId, type Json, type Lives } from '@gamekeeper/core';
import { regenerate } from '@gamekeeper/core/game';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import type { LivesMapping } from '../../src/index.ts';
import type { Store } from '../engine-on.ts';
import { PostgresHarness, testSchema } from '../postgres-harness.ts';
import { GameSchema } from './game-schema.ts';

const tick = instant('2026-11-24T12:00:00Z');
const uuid = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

describeWithPostgres('players whose rows the host creates, with UUIDs', (url) => {
  const game = new GameSchema(url);
  const lives: LivesMapping = {
    table: `${game.name}.players`,
    id: { column: 'id', type: 'uuid' },
    columns: {
      currentLives: 'lives',
      lastRegenAt: 'gained_at',
      nextRegenAt: 'refill_at',
      // Of another maximum than that of the rules: they may change.
      fullLives: 'full_lives',
    },
    touch: { updated_at: 'now', version: 'increment' },
    hostCreatesRows: true,
  };
  const harness = new PostgresHarness({ url, schema: testSchema(), poolSize: 6, tables: { lives } });
  let store: Store;

  beforeAll(async () => {
    await game.open(`
      create table {players} (
        id uuid primary key, email text not null, lives int not null default 5, gained_at timestamptz,
        refill_at timestamptz, full_lives int generated always as (case when lives >= 4 then 4 end) stored,
        updated_at timestamptz not null default '2000-01-01', version int not null default 1
      );
      create index on {players} (id) where full_lives is null;
      create index on {players} (full_lives) where full_lives is not null;
    `);
    await harness.database.open();
  });
  beforeEach(async () => {
    store = await harness.empty();
  });
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
    await game.close();
  });

  /** Players with 0 to 5 lives in turn, whose timers have ended, but for every seventh. */
  const crowd = (count: number): Promise<unknown> =>
    game.run(`
      insert into {players} (id, email, lives, refill_at)
      select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.com', n % 6,
        timestamptz '2026-11-24T12:00:00Z' + case when n % 7 = 0 then interval '1 ms' else interval '-1 ms' end
      from generate_series(1, ${count}) as n
    `);

  it.each([1, 7, 100, 10_000])('get their lives as the rule says, in batches of %i', async (limit) => {
    await crowd(300);
    const before = await store.lives.list({ limit: 1_000 });
    expect(before.map(({ userId: id }) => id)).toEqual(before.map((_, index) => uuid(index + 1)));
    const expected = before.map((one): Lives => regenerate(one, tick, rules).state);
    const due = before.filter((one, index) => one.currentLives !== expected[index]!.currentLives);

    let processed = 0;
    let after: Json = null;
    do {
      const batch = await store.transactions.run((tx) =>
        store.lives.regenerateDue(tx, { asOf: tick, rules, after, limit }),
      );
      processed += batch.processed;
      after = batch.next;
    } while (after !== null);

    expect(processed).toBe(due.length);
    expect(await store.lives.list({ limit: 1_000 })).toEqual(expected);
    const touched = await game.run(
      `select id::text from {players} where version = 2 and updated_at > '2026-01-01' order by id`,
    );
    expect(touched.map(({ id }) => id)).toEqual(due.map(({ userId: id }) => id));
    const events = await store.outbox.list({ limit: 1_000 });
    const filled = due.filter(({ currentLives }) => currentLives === rules.maxLives - 1);
    expect(events.map(({ payload }) => (payload as { userId: string }).userId).sort()).toEqual(
      filled.map(({ userId: id }) => id),
    );
  });

  it('are found by id, in one spelling of it', async () => {
    await crowd(3);
    expect(await store.lives.find(userId(uuid(2)))).toMatchObject({ userId: uuid(2), currentLives: 2 });
    expect(await store.lives.find(userId(uuid(9)))).toBeNull();
    for (const other of ['ada', uuid(1).replaceAll('-', ''), 'A0000000-0000-4000-8000-000000000001'])
      await expect(store.lives.find(userId(other))).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        option: 'userId',
      });
  });

  it('are touched by every change, and never inserted', async () => {
    await crowd(1);
    const spend = (id: string): Promise<unknown> =>
      store.transactions.run((tx) =>
        store.lives.change(tx, userId(id), () => ({
          state: { userId: userId(id), currentLives: 0, lastRegenAt: null, nextRegenAt: addMs(tick, 1) },
          result: null,
        })),
      );
    await spend(uuid(1));
    expect(await game.run('select lives, version from {players}')).toEqual([{ lives: 0, version: 2 }]);
    await expect(spend(uuid(2))).rejects.toMatchObject({ code: 'PLAYER_ROW_MISSING' });
  });

  it('keep their row when they are erased', async () => {
    await crowd(1);
    const erased = await store.transactions.run((tx) =>
      store.playerRecords.erase(tx, userId(uuid(1)), { userId: userId('erased:1'), username: 'Erased' }),
    );
    expect(erased).toBe(false);
    expect(await game.run('select id from {players}')).toHaveLength(1);
  });
});
