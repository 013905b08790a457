import { awardId, sessionId, userId, type Transaction, type UserId } from '@gamekeeper/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import { isTransactionConflict, postgresTransaction, type HostTransaction } from '../../src/index.ts';
import { HostsGame, week, weekly } from '../isolation/hosts-game.ts';
import { testSchema } from '../postgres-harness.ts';
import { libraries, type HostWork, type Level, type Library } from './libraries.ts';

const [ada, bob] = [userId('ada'), userId('bob')];
/** A name that is dangerous for whoever builds SQL from text, or replaces placeholders in it. */
const strange = 'Ada "? $1 \\? :a \' {x} 😀';
const refused = new Error('the card was refused');

describeWithPostgres('a transaction that the host has begun', (url) => {
  describe.each(Object.entries(libraries))('with %s', (_, open) => {
    const game = new HostsGame(url, testSchema());
    const schema = game.harness.database.schema;
    let library: Library;
    beforeAll(async () => {
      [library] = await Promise.all([open(url), game.open()]);
    });
    beforeEach(async () => {
      await game.begin();
      await transact(async ({ execute }) => {
        await execute(`create table if not exists "${schema}".bookings (id text primary key)`);
        await execute(`delete from "${schema}".bookings`);
      });
    });
    afterAll(async () => {
      await game.close();
      await library.close();
    });

    const transact = <Result>(
      work: (work: HostWork & { readonly tx: Transaction }) => Promise<Result>,
      level: Level = 'read committed',
    ): Promise<Result> =>
      library.transact(level, (host) =>
        work({
          ...host,
          get tx() {
            return postgresTransaction(host.transaction);
          },
        }),
      );

    const play = async (player: UserId, tx: Transaction): Promise<void> => {
      const id = sessionId(`quiz-of-${player}`);
      const start = { userId: player, username: strange, sessionId: id };
      const end = { sessionId: id, xp: 40 };
      expect(await game.gameplay.startQuiz(start, { tx })).toMatchObject({ ok: true });
      expect(await game.gameplay.completeQuiz(end, { tx })).toMatchObject({
        ok: true,
        streak: { currentStreak: 1 },
      });
    };

    const bookings = async (): Promise<unknown> => {
      const { rows } = await game.harness.database.within(undefined, async (db) =>
        db
          .selectFrom(`${schema}.bookings` as never)
          .selectAll()
          .execute()
          .then((all) => ({ rows: all })),
      );
      return rows;
    };

    /** Everything that a quiz changes. */
    const state = async (player: UserId) => ({
      lives: (await game.lives.read(player)).currentLives,
      streak: (await game.streaks.read(player)).currentStreak,
      xp: await game.store.awards.xpOf(player),
      name: (await game.store.players.find(player))?.username,
      week: (await game.store.rankings.scores({ board: weekly, period: week(1) }, { limit: 10 })).map(
        ({ userId: id, score }) => [id, score],
      ),
      events: (await game.store.outbox.list({ limit: 100 })).map(({ type }) => type),
      bookings: await bookings(),
    });
    const untouched = { lives: 5, streak: 0, xp: 0, name: undefined, week: [], events: [], bookings: [] };

    it('commits what Gamekeeper did together with the host’s own statements', async () => {
      await transact(async ({ tx, execute }) => {
        await execute(`insert into "${schema}".bookings values ('one')`);
        await play(ada, tx);
        await game.gameplay.awardXp({ awardId: awardId('bonus'), userId: ada, amount: 2 }, { tx });
      });
      const after = await state(ada);
      expect(after).toMatchObject({ lives: 4, streak: 1, xp: 42, name: strange, week: [[ada, 42]] });
      expect(after.bookings).toEqual([{ id: 'one' }]);
    });

    it('takes everything back when the host rolls back', async () => {
      const booking = transact(async ({ tx, execute }) => {
        await execute(`insert into "${schema}".bookings values ('one')`);
        await play(ada, tx);
        throw refused;
      });
      await expect(booking).rejects.toBe(refused);
      expect(await state(ada)).toEqual(untouched);
    });

    it('shows inside what was done in it, and outside what was before', async () => {
      await transact(async ({ tx }) => {
        await play(ada, tx);
        expect(await game.lives.read(ada, { tx })).toMatchObject({ currentLives: 4 });
        expect(await game.lives.read(ada)).toMatchObject({ currentLives: 5 });
      });
    });

    it('takes back what was done since a savepoint, and goes on', async () => {
      await transact(async ({ tx, execute }) => {
        await play(ada, tx);
        await execute('savepoint before_bob');
        await play(bob, tx);
        await execute('rollback to savepoint before_bob');
      });
      expect(await state(ada)).toMatchObject({ lives: 4, xp: 40, week: [[ada, 40]] });
      expect(await state(bob)).toMatchObject({ lives: 5, xp: 0, name: undefined });
    });

    it('counts an award once, whether it was committed before or in the same transaction', async () => {
      const award = { awardId: awardId('bonus'), userId: ada, amount: 7 };
      await game.gameplay.awardXp(award);
      await transact(async ({ tx }) => {
        expect(await game.gameplay.awardXp(award, { tx })).toMatchObject({ counted: false });
        expect(await game.gameplay.awardXp(award, { tx })).toMatchObject({ counted: false });
      });
      expect(await state(ada)).toMatchObject({ xp: 7, week: [[ada, 7]] });
    });

    it('spends a life once under a key', async () => {
      const spend = (tx: Transaction): Promise<unknown> =>
        game.lives.spend(ada, { tx, idempotencyKey: 'one' });
      await transact(async ({ tx }) => {
        await spend(tx);
        await spend(tx);
      });
      await transact(({ tx }) => spend(tx));
      expect(await state(ada)).toMatchObject({ lives: 4 });
    });

    it.each<Level>(['repeatable read', 'serializable'])(
      'of %s reports a conflict by name, and succeeds when it is repeated',
      async (level) => {
        const spend = (clash: () => Promise<unknown>): Promise<unknown> =>
          transact(async ({ tx, execute }) => {
            await execute('select from pg_catalog.pg_class limit 1');
            await clash();
            return game.lives.spend(ada, { tx });
          }, level);
        await game.lives.spend(ada);
        const error: unknown = await spend(() => game.lives.spend(ada)).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'TRANSACTION_CONFLICT' });
        expect(isTransactionConflict(error)).toBe(true);
        await spend(async () => undefined);
        expect(await state(ada)).toMatchObject({ lives: 2 });
      },
    );

    it('loses and invents nothing when many commit and roll back at once', async () => {
      const players = Array.from({ length: 12 }, (_unused, index) => userId(`player-${index}`));
      await Promise.all(
        players.map(async (player, index) => {
          const booked = transact(async ({ tx }) => {
            await play(player, tx);
            if (index % 2 === 1) throw refused;
          });
          await booked.catch((error: unknown) => {
            if (error !== refused) throw error;
          });
        }),
      );
      const states = await Promise.all(players.map(state));
      expect(states.map(({ xp }) => xp)).toEqual(players.map((_player, index) => (index % 2 === 0 ? 40 : 0)));
      expect(states.map(({ lives }) => lives)).toEqual(
        players.map((_player, index) => (index % 2 === 0 ? 4 : 5)),
      );
      expect(states[0]!.week).toHaveLength(6);
    });

    it('is refused after its end', async () => {
      const ended = await transact(async ({ tx }) => {
        await game.lives.spend(ada, { tx });
        return tx;
      });
      const late = game.lives.spend(ada, { tx: ended });
      if (!library.knowsEnd) return void (await late);
      expect(await late.catch((error: unknown) => error)).toBeInstanceOf(Error);
      expect(await state(ada)).toMatchObject({ lives: 4 });
    });

    it('refuses what is in no transaction', async () => {
      expect(() => postgresTransaction(library.outside as HostTransaction)).toThrow(
        /^Option transaction must be an open transaction: of MikroORM, .*; got (?:a|one) [^{]*\.$/,
      );
    });
  });
});
