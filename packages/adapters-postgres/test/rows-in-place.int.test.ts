import {
  HOUR_MS,
  addMs,
  defaultLivesRules,
  defaultStreakRules,
  instant,
  userId,
  type BatchProgress,
  type Json,
  type Lives,
  type LivesRules,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import { regenerate, streakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresTransaction } from '../src/database/postgres-transaction.ts';
import type { Store } from './engine-on.ts';
import { PostgresHarness } from './postgres-harness.ts';

const tick = instant('2026-11-24T12:00:00Z');
const midnight = instant('2026-11-24T00:00:00Z');
const ended = addMs(tick, -1);
const running = addMs(tick, 60_000);

function player(index: number): UserId {
  return userId(`p${String(index).padStart(5, '0')}`);
}

describe('ticks on the tables of PostgreSQL', () => {
  const harness = new PostgresHarness({ memory: true });
  const { tables } = harness.database;
  beforeAll(() => harness.database.open());
  afterAll(() => harness.database.close());

  it('rewrite the lives of a player in place, unless they become full', async () => {
    const { lives, transactions } = await harness.empty();
    await insert({ from: 0, count: 1_000, currentLives: 1 });
    await insert({ from: 1_000, count: 250, currentLives: defaultLivesRules.maxLives - 1 });
    await run(sql`vacuum analyze ${tables.lives}`);
    const batch = { asOf: tick, rules: defaultLivesRules, limit: 200 };
    const updates = await updatesOf(tables.lives, transactions, (tx, after) =>
      lives.regenerateDue(tx, { ...batch, after }),
    );
    expect(updates).toEqual({ all: 1_250, inPlace: 1_000 });
  });

  it('rewrite a streak in place, unless it breaks', async () => {
    const { streaks, transactions } = await harness.empty();
    const lastQuizAt = new Date(addMs(midnight, -49 * HOUR_MS)).toISOString();
    await run(sql`
      insert into ${tables.progress} (user_id, username, current_streak, last_quiz_at, streak_protections)
      select 'player-' || n, 'Player ' || n, 3, ${lastQuizAt}::timestamptz, case when n % 4 = 0 then 0 else 1 end
      from generate_series(1, 1_000::int) as n
    `);
    await run(sql`vacuum analyze ${tables.progress}`);
    const batch = { tick: streakTick(midnight, 'UTC', defaultStreakRules), limit: 200 };
    const updates = await updatesOf(tables.progress, transactions, (tx, after) =>
      streaks.evaluateDue(tx, { ...batch, after }),
    );
    expect(updates).toEqual({ all: 1_000, inPlace: 750 });
  });

  it('walk through the players below their maximum by id, and look once more at all of them', async () => {
    const store = await harness.empty();
    await insert({ from: 0, count: 60, currentLives: 1 });
    await insert({ from: 60, count: 3_000, currentLives: 1, nextRegenAt: running });
    await run(sql`vacuum analyze ${tables.lives}`);
    const nexts = await sweep(store, defaultLivesRules, async (next) => {
      // Becomes due behind the walk.
      if (JSON.stringify(next).includes(player(39))) await insert({ from: -7, count: 1, currentLives: 2 });
    });
    const at = (walkedTo: string) => ({ walkedTo, skipsLocked: false });
    expect(nexts).toEqual([
      at(player(19)),
      at(player(39)),
      at(player(59)),
      // The walk has come to its end, and begins anew.
      at(''),
      null,
    ]);
    expect(await store.lives.find(player(-7))).toMatchObject({ currentLives: 3 });
    expect(await store.lives.isAnyDue(tick, defaultLivesRules)).toBe(false);
  });

  it.each([
    ['the maximum of today', 8],
    ['a lower one: an older version wrote the row', 5],
    ['a higher one: the maximum was lowered', 12],
  ])('find who is due, whatever maximum a row names: %s', async (_, maxLives) => {
    const rules: LivesRules = { maxLives: 8, regenMinutes: 30 };
    const store = await harness.empty();
    for (let currentLives = 0; currentLives <= 9; currentLives += 1) {
      const at = currentLives * 10;
      await insert({ from: at, count: 5, currentLives, maxLives });
      await insert({ from: at + 5, count: 5, currentLives, maxLives, nextRegenAt: running });
    }
    await expectRule(store, rules);
  });

  it('refill the players whom a raised maximum has put below it, with and without a timer', async () => {
    const rules: LivesRules = {
      maxLives: 8,
      regenMinutes: 30,
      raises: [{ from: 5, to: 8, notBefore: ended }],
    };
    const store = await harness.empty();
    await insert({ from: 0, count: 70, currentLives: 5, nextRegenAt: null });
    await insert({ from: 70, count: 30, currentLives: 3 });
    await insert({ from: 100, count: 3_000, currentLives: 8, maxLives: 8 });
    await run(sql`vacuum analyze ${tables.lives}`);
    await expectRule(store, rules);
    await expectRule(store, { ...rules, raises: [{ from: 5, to: 8, notBefore: running }] });
  });

  /** Sweeps in small batches, and expects of each player what the rule says. */
  async function expectRule(store: Store, rules: LivesRules): Promise<void> {
    const before = await store.lives.list({ limit: 10_000 });
    const expected = before.map((one): Lives => regenerate(one, tick, rules).state);
    const isAnyDue = expected.some((one, index) => one.currentLives !== before[index]!.currentLives);
    expect(await store.lives.isAnyDue(tick, rules)).toBe(isAnyDue);
    await sweep(store, rules);
    expect(await store.lives.list({ limit: 10_000 })).toEqual(expected);
    expect(await store.lives.isAnyDue(tick, rules)).toBe(false);
  }

  /** Carries out all batches, and counts the updates of a table, and those in place. */
  async function updatesOf(
    table: RawBuilder<unknown>,
    transactions: Store['transactions'],
    batch: (tx: Transaction, after: Json) => Promise<BatchProgress>,
  ): Promise<{ readonly all: number; readonly inPlace: number }> {
    const total = { all: 0, inPlace: 0 };
    for (let after: Json = null, isFirst = true; isFirst || after !== null; isFirst = false) {
      after = await transactions.run(async (tx) => {
        const before = await unpublishedUpdates(tx, table);
        const { next } = await batch(tx, after);
        const { all, inPlace } = await unpublishedUpdates(tx, table);
        total.all += all - before.all;
        total.inPlace += inPlace - before.inPlace;
        return next;
      });
    }
    return total;
  }

  /** The updates that the session has counted and not published yet. */
  async function unpublishedUpdates(
    tx: Transaction,
    table: RawBuilder<unknown>,
  ): Promise<{ readonly all: number; readonly inPlace: number }> {
    const { rows } = await sql<{ all: number; inPlace: number }>`
      select pg_stat_get_xact_tuples_updated(oid)::int as all, pg_stat_get_xact_tuples_hot_updated(oid)::int as "inPlace"
      from (select tableoid as oid from ${table} limit 1) as any_row
    `.execute(await PostgresTransaction.of(tx).db());
    return rows[0]!;
  }

  /** Carries out all batches, and returns where each one ended. */
  async function sweep(
    { lives, transactions }: Store,
    rules: LivesRules,
    between: (next: Json) => Promise<void> = async () => undefined,
  ): Promise<readonly Json[]> {
    const nexts: Json[] = [];
    while (nexts.at(-1) !== null) {
      const batch = { asOf: tick, rules, after: nexts.at(-1) ?? null, limit: 20 };
      const listed = await lives.listDue(batch);
      const { processed, next } = await transactions.run((tx) => lives.regenerateDue(tx, batch));
      expect(listed).toHaveLength(processed);
      nexts.push(next);
      if (next !== null) await between(next);
    }
    return nexts;
  }

  function insert(rows: {
    readonly from: number;
    readonly count: number;
    readonly currentLives: number;
    readonly maxLives?: number;
    readonly nextRegenAt?: number | null;
  }): Promise<unknown> {
    const { from, count, currentLives, maxLives = 5, nextRegenAt = ended } = rows;
    const ids = Array.from({ length: count }, (_, index) => player(from + index));
    const at = nextRegenAt === null ? null : new Date(nextRegenAt).toISOString();
    return run(sql`
      insert into ${tables.lives} (user_id, current_lives, next_regen_at, max_lives)
      select id, ${currentLives}::int, ${at}::timestamptz, ${maxLives}::int from unnest(${ids}::text[]) as id
    `);
  }

  function run(statement: RawBuilder<unknown>): Promise<unknown> {
    return harness.database.within(undefined, (db) => statement.execute(db));
  }
});
