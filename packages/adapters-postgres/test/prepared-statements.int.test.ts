import {
  Gameplay,
  PlayerLives,
  PlayerStreaks,
  awardId,
  defaultLeaderboardRules,
  defaultLivesRules,
  defaultSessionRules,
  defaultStreakRules,
  sessionId,
  silentLogger,
  userId,
} from '@gamekeeper/core';
import { defineBoards } from '@gamekeeper/core/game';
import { IntervalSchedule, VirtualClock } from '@gamekeeper/testkit';
import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import type { UrlOptions } from '../src/index.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const ada = userId('ada');

describeWithPostgres('statements of players’ calls', (url) => {
  const opened: PostgresHarness[] = [];
  afterEach(async () => {
    for (const harness of opened.splice(0)) {
      await harness.database.dropSchema();
      await harness.database.close();
    }
  });

  async function gameOn(options: Pick<UrlOptions, 'preparedStatements'> = {}) {
    const harness = new PostgresHarness({ url, schema: testSchema(), poolSize: 2, ...options });
    await harness.database.open();
    opened.push(harness);
    const store = await harness.empty();
    const clock = new VirtualClock('2026-11-24T10:10:00Z');
    const schedule = new IntervalSchedule(30);
    const gameplay = new Gameplay({
      ...store,
      clock,
      boards: defineBoards(),
      logger: silentLogger,
      lives: new PlayerLives({ ...store, clock, rules: { ...defaultLivesRules, maxLives: 500 }, schedule }),
      streaks: new PlayerStreaks({ ...store, clock, rules: defaultStreakRules, schedule }),
      rules: {
        sessions: defaultSessionRules,
        streaks: defaultStreakRules,
        leaderboards: defaultLeaderboardRules,
      },
      newId: () => crypto.randomUUID(),
    });
    let quizzes = 0;
    const play = async (username?: string): Promise<void> => {
      const quiz = sessionId(`quiz ${(quizzes += 1)}`);
      await gameplay.startQuiz({ userId: ada, sessionId: quiz, ...(username !== undefined && { username }) });
      const completed = await gameplay.completeQuiz({ sessionId: quiz, xp: 1 });
      expect(completed).toMatchObject({ ok: true, award: { counted: true, late: [] } });
      await gameplay.awardXp({ awardId: awardId(`award ${quizzes}`), userId: ada, amount: 1 });
    };
    const run = async (text: string): Promise<void> => {
      await store.transactions.within(undefined, (db) => sql.raw(text).execute(db));
    };
    /** The names of prepared statements on some connection. */
    const prepared = async (): Promise<readonly string[]> => {
      const { rows } = await store.transactions.within(undefined, (db) =>
        sql<{ name: string }>`select name from pg_prepared_statements`.execute(db),
      );
      return rows.map(({ name }) => name);
    };
    return { store, schema: store.transactions.schema, play, run, prepared };
  }

  it('are prepared once per connection, by names that say what they do', async () => {
    const { play, prepared } = await gameOn();
    for (let times = 0; times < 3; times += 1) await play();
    const names = await prepared();
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !/^gamekeeper_[a-z_]+_[0-9a-f]{12}$/.test(name))).toEqual([]);
    for (let times = 0; times < 20; times += 1) await play(times % 5 === 0 ? `Name ${times}` : undefined);
    expect((await prepared()).length).toBeLessThan(25);
  });

  it('are not prepared if the host does not want it', async () => {
    const { play, prepared } = await gameOn({ preparedStatements: false });
    for (let times = 0; times < 3; times += 1) await play();
    expect(await prepared()).toEqual([]);
  });

  it('are prepared anew after a migration that changes what they return', async () => {
    const { play, run, schema, store } = await gameOn();
    for (let times = 0; times < 3; times += 1) await play();
    await run(`alter table "${schema}".player_progress alter column username type varchar(500)`);
    for (let times = 0; times < 3; times += 1) await play();
    expect(await store.awards.xpOf(ada)).toBe(12);
  });

  it('are no longer prepared once the server has forgotten them, as behind a pooler', async () => {
    const { play, run, prepared, store } = await gameOn({ preparedStatements: true });
    for (let times = 0; times < 3; times += 1) await play();
    await run('deallocate all');
    for (let times = 0; times < 3; times += 1) await play();
    await run('deallocate all');
    for (let times = 0; times < 3; times += 1) await play();
    expect(await store.awards.xpOf(ada)).toBe(18);
    expect(await prepared()).toEqual([]);
  });

  it('are refused as an option that is neither true, false nor auto', () => {
    const options = { url, preparedStatements: 'always' as never };
    expect(() => new PostgresHarness(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'postgres.preparedStatements' }),
    );
  });
});
