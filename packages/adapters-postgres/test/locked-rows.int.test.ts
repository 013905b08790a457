import {
  HOUR_MS,
  MINUTE_MS,
  PlayerLives,
  awardId,
  defaultLeaderboardRules,
  defaultLivesRules,
  instant,
  addMs,
  userId,
  type Instant,
  type JobDefinition,
  type Lives,
  type UserId,
} from '@gamekeeper/core';
import { retention } from '@gamekeeper/core/engine';
import {
  boundedPeriodAt,
  defineBoards,
  leaderboardReset,
  lifeRegeneration,
  livesRefilledKeyPrefix,
  regenerate,
  spendLife,
} from '@gamekeeper/core/game';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { sql, type RawBuilder } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { SHORT_LOCK_TIMEOUT_MS } from '../src/database/lock-timeouts.ts';
import { PostgresTransaction } from '../src/database/postgres-transaction.ts';
import { PostgresDatabase } from '../src/index.ts';
import { engineOn, type Store } from './engine-on.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const tick = instant('2026-11-24T00:00:00Z');
const COUNT = 20_000;
/** A player may wait for this long: the wait of a batch and what it does, on a machine that is busy with other things. */
const PLAYER_WAITS_MS = 20 * SHORT_LOCK_TIMEOUT_MS;

function player(index: number): UserId {
  return userId(`p${String(index).padStart(5, '0')}`);
}

/** Everybody is due; one in five becomes full. */
function livesOf(index: number): Lives {
  return { userId: player(index), currentLives: index % 5, lastRegenAt: null, nextRegenAt: tick };
}

describeWithPostgres('rows that somebody else has locked, on a PostgreSQL server', (url) => {
  const schema = testSchema();
  const harness = new PostgresHarness({ url, schema, poolSize: 6 });
  const others = new PostgresDatabase({ url, schema, poolSize: 4, pinnableClock: true });
  const { tables } = harness.database;
  beforeAll(async () => {
    await harness.database.open();
    await others.open();
  });
  afterAll(async () => {
    await others.close();
    await harness.database.dropSchema();
    await harness.database.close();
  });

  /** A transaction of somebody else's that has done something and does not end until it is told how. */
  async function stranger(...statements: readonly RawBuilder<unknown>[]) {
    const end = Promise.withResolvers<'commit' | 'roll back'>();
    const began = Promise.withResolvers<void>();
    const undo = new Error('undo');
    const ended = others
      .run(async (tx) => {
        const db = await PostgresTransaction.of(tx).db();
        for (const statement of statements) await statement.execute(db);
        began.resolve();
        if ((await end.promise) === 'roll back') throw undo;
      })
      .catch((error: unknown) => {
        began.reject(error);
        if (error !== undo) throw error;
      });
    await began.promise;
    return async (how: 'commit' | 'roll back' = 'roll back'): Promise<void> => {
      end.resolve(how);
      await ended;
    };
  }

  async function crowd(): Promise<Store> {
    const store = await harness.empty();
    await harness.database.within(undefined, (db) =>
      sql`
        insert into ${tables.lives} (user_id, current_lives, next_regen_at)
        select 'p' || lpad(index::text, 5, '0'), index % 5, ${new Date(tick).toISOString()}::timestamptz
        from generate_series(0, ${COUNT - 1}::int) as index
      `.execute(db),
    );
    await harness.database.within(undefined, (db) => sql`vacuum analyze ${tables.lives}`.execute(db));
    return store;
  }

  /** How many players of the crowd have got their life. */
  async function given(): Promise<number> {
    const { rows } = await others.within(undefined, (db) =>
      sql<{
        count: number;
      }>`select count(*)::int as count from ${tables.lives} where last_regen_at is not null`.execute(db),
    );
    return rows[0]!.count;
  }

  /** Spends a life of these players, one after the other, and gives the longest that one of them waited. */
  async function longestSpend(store: Store, players: readonly UserId[]): Promise<number> {
    const lives = new PlayerLives({
      ...store,
      clock: new VirtualClock(addMs(tick, 1)),
      rules: defaultLivesRules,
      schedule: new CronerScheduleParser().parse({ cron: '*/30 * * * *' }),
    });
    let longest = 0;
    for (const id of players) {
      const before = performance.now();
      expect(await lives.spend(id)).toMatchObject({ ok: true });
      longest = Math.max(longest, performance.now() - before);
    }
    return longest;
  }

  /** The crowd as it is when nobody disturbs anybody; these players have spent a life right after the tick. */
  function undisturbed(spenders: ReadonlySet<string>): readonly Lives[] {
    return Array.from({ length: COUNT }, (_, index) => {
      const { state } = regenerate(livesOf(index), tick, defaultLivesRules);
      return spenders.has(state.userId) ? spendLife(state, addMs(tick, 1), defaultLivesRules).lives : state;
    });
  }

  async function expectUndisturbed(store: Store, spenders: readonly UserId[]): Promise<void> {
    expect(await store.lives.list({ limit: COUNT + 1 })).toEqual(undisturbed(new Set(spenders)));
    const events = await store.outbox.list({ limit: COUNT });
    const full = Array.from({ length: COUNT / 5 }, (_, index) => player(index * 5 + 4));
    expect(events.map(({ key }) => key).sort()).toEqual(
      full.map((id) => `${livesRefilledKeyPrefix(tick)}${id}`),
    );
  }

  it.each([
    ['first', 3],
    ['middle', COUNT / 2],
    ['last', COUNT - 2],
  ])(
    'law 4: a row locked on the %s page keeps no other player of its batch waiting, nor from getting a life',
    async (_, at) => {
      const store = await crowd();
      const letGo = await stranger(sql`select from ${tables.lives} where user_id = ${player(at)} for update`);
      const job = lifeRegeneration({ lives: store.lives, rules: defaultLivesRules });
      const engine = await engineOn(store, job, new VirtualClock(tick));
      const running = engine.runNow(job.name, tick);

      // Neighbours of the one who is locked, in the very batches that meet the lock.
      const neighbours = Array.from({ length: 150 }, (_, index) => player((at + 1 + index * 7) % COUNT));
      const spenders = neighbours.filter((id) => id !== player(at));
      const longest = await longestSpend(store, spenders);
      expect(longest).toBeLessThan(PLAYER_WAITS_MS);
      await expect.poll(given, { timeout: 20_000 }).toBe(COUNT - 1);
      const [run] = await store.ledger.runs(job.name, { limit: 1 });
      expect(run).toMatchObject({ status: 'running', failedItems: 0 });

      await letGo();
      expect(await running).toMatchObject({ kind: 'ran', report: { end: 'succeeded', failedItems: 0 } });
      await expectUndisturbed(store, spenders);
    },
    60_000,
  );

  it('waits for nobody who is writing an event with the key of one of its own', async () => {
    const store = await crowd();
    const key = `${livesRefilledKeyPrefix(tick)}${player(4_004)}`;
    const letGo = await stranger(
      sql`insert into ${tables.outbox} (event_key, type, payload, occurred_at) values (${key}, 'X', '{}', now())`,
    );
    const job = lifeRegeneration({ lives: store.lives, rules: defaultLivesRules });
    const engine = await engineOn(store, job, new VirtualClock(tick));
    expect(await engine.runNow(job.name, tick)).toMatchObject({
      report: { end: 'succeeded', processed: COUNT, failedItems: 0 },
    });
    await letGo();
    await expectUndisturbed(store, []);
  }, 60_000);

  it('a row that stays locked for half a minute is given up by name; the player gets the life all the same', async () => {
    const store = await crowd();
    const letGo = await stranger(sql`select from ${tables.lives} where user_id = ${player(7)} for update`);
    const batch = { asOf: tick, rules: defaultLivesRules, limit: 100 };
    const job = lifeRegeneration({ lives: store.lives, rules: defaultLivesRules });
    const engine = await engineOn(store, job, new VirtualClock(tick));
    // The end of a run that has waited for as long as it may.
    const running = engine.runNow(job.name, tick);
    await expect.poll(given, { timeout: 20_000 }).toBe(COUNT - 1);
    const waitedInVain = store.transactions.run((tx) =>
      store.lives.regenerateDue(tx, { ...batch, after: { waits: 29 } }),
    );
    await expect(waitedInVain).rejects.toMatchObject({ code: 'ROW_LOCKED' });
    const once = await store.transactions.run((tx) =>
      store.lives.regenerateDue(tx, { ...batch, after: { waits: 0 } }),
    );
    expect(once).toEqual({ processed: 0, next: { waits: 1 } });
    const alone = store.transactions.run((tx) =>
      store.lives.regenerateDue(tx, { ...batch, after: null, only: [player(7)] }),
    );
    await expect(alone).rejects.toMatchObject({ code: 'ROW_LOCKED' });
    await letGo();
    await running;
    await expectUndisturbed(store, []);
  }, 60_000);

  it('a lock of the whole table is waited for with empty hands, and no item fails by it', async () => {
    const store = await crowd();
    const letGo = await stranger(sql`lock table ${tables.lives} in share mode`);
    const job = lifeRegeneration({ lives: store.lives, rules: defaultLivesRules });
    const engine = await engineOn(store, job, new VirtualClock(tick));
    const running = engine.runNow(job.name, tick);
    await expect.poll(() => waiting('relation'), { timeout: 20_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 3 * SHORT_LOCK_TIMEOUT_MS));
    await letGo();
    expect(await running).toMatchObject({ report: { end: 'succeeded', failedItems: 0 } });
    await expectUndisturbed(store, []);
  }, 60_000);

  it('a run that is locked itself keeps no player waiting, and goes on when it is free', async () => {
    const store = await crowd();
    const { lives } = store;
    let letGo: (() => Promise<void>) | undefined;
    const lockOnce = async (): Promise<void> => {
      letGo ??= await stranger(sql`select from ${tables.jobRuns} for update`);
    };
    const job = lifeRegeneration({
      rules: defaultLivesRules,
      lives: {
        isAnyDue: (...look) => lives.isAnyDue(...look),
        listDue: (batch) => lives.listDue(batch),
        list: (page) => lives.list(page),
        find: (id) => lives.find(id),
        reserveSpend: (tx, id, key) => lives.reserveSpend(tx, id, key),
        completeSpend: (tx, id, spend) => lives.completeSpend(tx, id, spend),
        pruneSpends: (tx, cut) => lives.pruneSpends(tx, cut),
        change: (tx, id, decide) => lives.change(tx, id, decide),
        regenerateDue: async (tx, batch) => {
          await lockOnce();
          return lives.regenerateDue(tx, batch);
        },
      },
    });
    const engine = await engineOn(store, job, new VirtualClock(tick));
    const running = engine.runNow(job.name, tick);
    await expect.poll(() => letGo !== undefined).toBe(true);
    const spenders = Array.from({ length: 300 }, (_, index) => player(index));
    expect(await longestSpend(store, spenders)).toBeLessThan(PLAYER_WAITS_MS);
    await letGo!();
    expect(await running).toMatchObject({ report: { end: 'succeeded', failedItems: 0 } });
    await expectUndisturbed(store, spenders);
  }, 60_000);

  describe('in a reset', () => {
    const weekly = defineBoards().find(({ key }) => key === 'weekly')!;
    const monday = instant('2026-11-23T00:00:00Z');
    const [week, next] = [addMs(monday, -1), monday].map((at) => boundedPeriodAt(weekly, at)!);
    const players = Array.from({ length: 3_000 }, (_, index) => player(index));

    async function boardOf(): Promise<Store> {
      const store = await harness.empty();
      await store.transactions.run((tx) => earn(store, 'first', player(0), addMs(monday, -HOUR_MS), tx));
      await harness.database.within(undefined, (db) =>
        sql`
          insert into ${tables.rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
          select 'weekly', ${week!.key}, 'p' || lpad(index::text, 5, '0'), 'name', index,
            ${new Date(monday - HOUR_MS).toISOString()}::timestamptz, 0
          from generate_series(1, ${players.length - 1}::int) as index
        `.execute(db),
      );
      return store;
    }

    function earn(
      store: Store,
      id: string,
      by: UserId,
      earnedAt: Instant,
      tx?: Parameters<Store['awards']['record']>[0],
    ): Promise<unknown> {
      const award = { awardId: awardId(id), userId: by, amount: 5, earnedAt };
      const count = (inTx: NonNullable<typeof tx>): Promise<unknown> =>
        store.awards.record(inTx, award, [weekly]);
      return tx ? count(tx) : store.transactions.run(count);
    }

    function resetOf({ periods, periodResets, rankings, outbox, cache }: Store): JobDefinition {
      return leaderboardReset(weekly, {
        periods,
        periodResets,
        rankings,
        outbox,
        cache,
        rules: defaultLeaderboardRules,
      })!;
    }

    async function onNextBoard(store: Store): Promise<readonly (readonly [string, number])[]> {
      const scores = await store.rankings.scores({ board: weekly, period: next! }, { limit: 10_000 });
      return scores.map(({ userId: id, score }) => [id, score] as const);
    }

    /** Time goes on, so that pauses between tries end. */
    async function until(clock: VirtualClock, isDone: () => Promise<boolean>): Promise<void> {
      await expect
        .poll(
          async () => {
            await clock.advanceBy(1_000);
            return isDone();
          },
          { timeout: 30_000 },
        )
        .toBe(true);
    }

    it.each(['commit', 'roll back'] as const)(
      'an award under way in the new period holds up nobody else who is carried over (%s)',
      async (how) => {
        const store = await boardOf();
        await store.transactions.run((tx) => earn(store, 'opens the week', player(9_999), monday, tx));
        const one = player(1_234);
        const end = Promise.withResolvers<void>();
        const began = Promise.withResolvers<void>();
        const undo = new Error('undo');
        const holding = store.transactions
          .run(async (tx) => {
            await earn(store, 'not committed', one, monday, tx);
            began.resolve();
            await end.promise;
            if (how === 'roll back') throw undo;
          })
          .catch((error: unknown) => expect(error).toBe(undo));
        await began.promise;

        const clock = new VirtualClock(addMs(monday, MINUTE_MS));
        const job = resetOf(store);
        const engine = await engineOn(store, job, clock);
        let isOver = false;
        const running = engine.runNow(job.name, monday).finally(() => (isOver = true));
        await until(clock, async () => (await onNextBoard(store)).length >= players.length);
        expect((await onNextBoard(store)).length).toBe(players.length);
        // Those who are carried over play meanwhile.
        const before = performance.now();
        for (const id of players.slice(1_200, 1_230)) await earn(store, `quick ${id}`, id, monday);
        expect(performance.now() - before).toBeLessThan(30 * PLAYER_WAITS_MS);
        expect(isOver).toBe(false);

        end.resolve();
        await holding;
        await until(clock, async () => isOver);
        expect(await running).toMatchObject({ report: { end: 'succeeded' } });
        const scores = new Map(await onNextBoard(store));
        expect(scores.size).toBe(players.length + 1);
        expect(scores.get(one)).toBe(how === 'commit' ? 5 : 0);
        expect(scores.get(player(1_210))).toBe(5);
        expect(await store.periods.find(weekly, week!.key)).toMatchObject({
          players: players.length,
          resetAt: monday,
        });
      },
      60_000,
    );

    it('an award under way in the old period does not keep other awards waiting behind the seal', async () => {
      const store = await boardOf();
      const end = Promise.withResolvers<void>();
      const began = Promise.withResolvers<void>();
      const late = addMs(monday, -1);
      const holding = store.transactions.run(async (tx) => {
        await earn(store, 'not committed', player(1), late, tx);
        began.resolve();
        await end.promise;
      });
      await began.promise;
      const clock = new VirtualClock(addMs(monday, MINUTE_MS));
      const job = resetOf(store);
      const engine = await engineOn(store, job, clock);
      let isOver = false;
      const running = engine.runNow(job.name, monday).finally(() => (isOver = true));
      await expect.poll(() => waiting('advisory'), { interval: 5, timeout: 20_000 }).toBe(1);
      const before = performance.now();
      for (const index of [1, 2, 3]) await earn(store, `behind ${index}`, player(100 + index), late);
      expect(performance.now() - before).toBeLessThan(3 * PLAYER_WAITS_MS);
      expect(isOver).toBe(false);

      end.resolve();
      await holding;
      await until(clock, async () => isOver);
      expect(await running).toMatchObject({ report: { end: 'succeeded' } });
      const at = { board: weekly, period: week!.key };
      for (const id of [player(1), player(101)]) {
        const index = Number(id.slice(1));
        expect(await store.archive.find(at, id)).toMatchObject({ score: index + 5 });
      }
      expect((await store.archive.list(at, { limit: 10_000 })).length).toBe(players.length);
    }, 60_000);

    it('a score that is locked is cleared when it is free', async () => {
      const store = await boardOf();
      const letGo = await stranger(
        sql`select from ${tables.rankings} where period = ${week!.key} and user_id = ${player(17)} for update`,
      );
      const clock = new VirtualClock(addMs(monday, MINUTE_MS));
      const job = resetOf(store);
      const engine = await engineOn(store, job, clock);
      let isOver = false;
      const running = engine.runNow(job.name, monday).finally(() => (isOver = true));
      await until(clock, async () => (await onNextBoard(store)).length === players.length);
      expect(isOver).toBe(false);
      await letGo();
      await until(clock, async () => isOver);
      expect(await running).toMatchObject({ report: { end: 'succeeded' } });
      expect(await store.rankings.scores({ board: weekly, period: week! }, { limit: 9 })).toEqual([]);
    }, 60_000);
  });

  it('retention leaves to the next day what is locked', async () => {
    const store = await harness.empty();
    const failure = { job: 'a-job', tick, error: 'it failed' };
    await store.transactions.run(async (tx) => {
      for (const item of ['one', 'two', 'three']) await store.failedItems.record(tx, { ...failure, item });
    });
    const letGo = await stranger(sql`select from ${tables.jobItemFailures} where item = 'two' for update`);
    const at = instant('2027-03-04T03:30:00Z');
    await store.passTime(at - store.now());
    const job = retention([{ prunable: store.failedItems, days: 1 }]);
    const engine = await engineOn(store, job, new VirtualClock(at));
    expect(await engine.runNow('retention', at)).toMatchObject({
      report: { end: 'succeeded', processed: 2 },
    });
    await letGo();
    expect(await store.failedItems.list({ job: 'a-job' }, { limit: 9 })).toMatchObject([{ item: 'two' }]);
  });

  /** How many backends wait for a lock of a certain kind. */
  async function waiting(kind: string): Promise<number> {
    const { rows } = await others.within(undefined, (db) =>
      sql<{ count: number }>`
        select count(*)::int as count from pg_locks join pg_database on pg_database.oid = database
        where not granted and locktype = ${kind} and datname = current_database()
          and (relation is null or relation = ${`${schema}.lives`}::regclass)
      `.execute(db),
    );
    return rows[0]!.count;
  }
});
