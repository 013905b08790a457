import { PlayerLives, defaultLivesRules as rules, instant, userId } from '@gamekeeper/core';
import { IntervalSchedule, VirtualClock } from '@gamekeeper/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, PostgresLivesRepository, PostgresOutbox } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

const ada = userId('ada');
const LIMIT_MS = 150;

describeWithPostgres('a session whose role or server has set a time limit', (url) => {
  const schema = testSchema();
  const other = new PostgresDatabase({ url, schema });
  beforeAll(() => other.open());
  afterAll(async () => {
    await other.dropSchema();
    await other.close();
  });

  function livesOf(database: PostgresDatabase): PlayerLives {
    return new PlayerLives({
      lives: new PostgresLivesRepository(database, new PostgresOutbox(database)),
      transactions: database,
      clock: new VirtualClock(instant('2026-11-24T10:00:00Z')),
      rules,
      schedule: new IntervalSchedule(30),
    });
  }

  /** Does something in sessions with a setting, which the role or the database would set for all of them. */
  async function withSetting(
    setting: string,
    value: string,
    work: (database: PostgresDatabase) => Promise<void>,
  ): Promise<void> {
    const limited = new URL(url);
    limited.searchParams.set('options', `-c ${setting}=${value}`);
    const database = new PostgresDatabase({ url: limited.href, schema, poolSize: 2 });
    await database.open();
    try {
      await work(database);
    } finally {
      await database.close();
    }
  }

  it.each([
    ['statement_timeout', 'STATEMENT_TIMEOUT'],
    ['lock_timeout', 'ROW_LOCKED'],
  ])('says by name that %s ended a call, which has changed nothing', async (setting, code) => {
    await withSetting(setting, String(LIMIT_MS), async (database) => {
      const lives = livesOf(database);
      const before = (await livesOf(other).spend(ada)).lives;
      await other
        .run(async (tx) => {
          await livesOf(other).spend(ada, { tx });
          await expect(lives.spend(ada)).rejects.toMatchObject({ code });
          throw new Error('undo');
        })
        .catch((error: unknown) => expect(String(error)).toContain('undo'));
      expect(await livesOf(other).read(ada)).toEqual(before);
      expect(await lives.spend(ada)).toMatchObject({ ok: true });
    });
  });

  it('says by name that idle_in_transaction_session_timeout ended a transaction, and goes on after it', async () => {
    await withSetting('idle_in_transaction_session_timeout', String(LIMIT_MS), async (database) => {
      const bob = userId('bob');
      const tooSlow = database.run(async (tx) => {
        await livesOf(database).spend(bob, { tx });
        await pause(3 * LIMIT_MS);
        await livesOf(database).spend(bob, { tx });
      });
      await expect(tooSlow).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(await livesOf(database).read(bob)).toMatchObject({ currentLives: rules.maxLives });
      expect(await livesOf(database).spend(bob)).toMatchObject({ ok: true });
    });
  });

  it.each(['repeatable read', 'serializable'])(
    'loses no life and throws no conflict where default_transaction_isolation is %s',
    async (isolation) => {
      await withSetting('default_transaction_isolation', isolation.replace(' ', '\\ '), async (database) => {
        const player = userId(isolation);
        const spends = Array.from({ length: 8 }, () => livesOf(database).spend(player));
        const results = await Promise.all(spends);
        expect(results.filter(({ ok }) => ok)).toHaveLength(rules.maxLives);
      });
    },
  );
});
