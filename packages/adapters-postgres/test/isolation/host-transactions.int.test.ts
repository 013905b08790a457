import {
  awardId,
  addMs,
  sessionId,
  userId,
  type Transaction,
  type UserId,
  type AwardResult,
  type XpAward,
} from '@gamekeeper/core';
import { IsolationLevel } from '@mikro-orm/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import { isTransactionConflict, postgresTransaction } from '../../src/index.ts';
import { testSchema } from '../postgres-harness.ts';
import { HostsGame, boards, levels, monday, nightly, snapshotLevels, week, weekly } from './hosts-game.ts';

const [ada, bob] = [userId('ada'), userId('bob')];
const conflict = { name: 'TransactionConflictError', code: 'TRANSACTION_CONFLICT' };

/** XP of the week that ends at {@link monday}. */
function given(id: string, player: UserId = ada, amount = 10): XpAward {
  return { awardId: awardId(id), userId: player, amount, earnedAt: addMs(monday, -5_000) };
}

describeWithPostgres('a transaction of the host’s', (url) => {
  const game = new HostsGame(url, testSchema());
  const { periods, openings, lives: livesTable } = game.harness.database.tables;
  beforeAll(() => game.open());
  beforeEach(() => game.begin());
  afterAll(() => game.close());

  const award = (tx: Transaction, one: XpAward): Promise<AwardResult> => game.gameplay.awardXp(one, { tx });
  const archived = async (): Promise<readonly unknown[]> =>
    (await game.store.archive.list({ board: weekly, period: week().key }, { limit: 10 })).map(
      ({ userId: id, score }) => [id, score],
    );

  for (const level of snapshotLevels) {
    describe(`of ${level}`, () => {
      it('never awards into a period that was sealed since its snapshot: it has to be repeated, and is late then', async () => {
        await game.gameplay.awardXp(given('first'));
        const stale = game.transaction(level, async (tx) => {
          await game.reset();
          return award(tx, given('second'));
        });
        await expect(stale).rejects.toMatchObject(conflict);
        await expect(stale).rejects.toThrow(/roll it back and repeat it as a whole, including its reads\.$/);

        const outcome = await game.transaction(level, (tx) => award(tx, given('second')));
        expect(outcome.late.map(({ board }) => board.key)).toEqual(['weekly']);
        expect(await archived()).toEqual([[ada, 10]]);
        const at = { board: weekly, period: week() };
        expect(await game.store.rankings.scores(at, { limit: 10 })).toEqual([]);
        expect(await game.store.awards.xpOf(ada)).toBe(20);
      });

      it('keeps a period open until it ends: the seal waits, and archives what it awarded', async () => {
        await game.gameplay.awardXp(given('first'));
        let resetting: Promise<void> | undefined;
        await game.transaction(level, async (tx) => {
          await award(tx, given('second'));
          resetting = game.reset();
          await expect(
            game.store.transactions.run((own) =>
              game.store.periodResets.seal(own, { board: weekly, period: week() }, monday),
            ),
          ).rejects.toMatchObject({ code: 'ROW_LOCKED' });
        });
        await resetting;
        expect(await archived()).toEqual([[ada, 20]]);
      });

      it('opens no period that somebody has opened since its snapshot', async () => {
        const stale = game.transaction(level, async (tx) => {
          await game.gameplay.awardXp(given('first'));
          return award(tx, given('second', bob));
        });
        await expect(stale).rejects.toMatchObject(conflict);
        await game.repeated({ level }, (tx) => award(tx, given('second', bob)));
        const { rows } = await sql<{ count: number }>`
          select count(*)::int as count from ${periods} where board = 'weekly'
        `.execute(game.store.transactions.orm.em.fork().getKysely());
        expect(rows).toEqual([{ count: 1 }]);
      });

      it.each([
        ['onto which a player was carried over since its snapshot', true],
        ['that were opened since its snapshot', false],
      ])('renames on boards %s, when it is repeated', async (_which, isOpen) => {
        await game.gameplay.awardXp(given('first'));
        await game.store.transactions.run(async (tx) => {
          await game.store.periodResets.seal(tx, { board: weekly, period: week() }, monday);
          if (isOpen) await game.store.periods.open(tx, weekly, monday);
        });
        const rename = (tx: Transaction): Promise<boolean> =>
          game.store.players.upsert(tx, { userId: ada, username: 'Ada', protections: 2 });
        const stale = game.transaction(level, async (tx) => {
          await game.carryOver();
          return rename(tx);
        });
        await expect(stale).rejects.toMatchObject(conflict);
        expect(await game.transaction(level, rename)).toBe(true);
        const shown = await game.store.rankings.scores({ board: weekly, period: week(1) }, { limit: 10 });
        expect(shown.map(({ username }) => username)).toEqual(['Ada']);
      });

      const conflicting: Readonly<Record<string, (tx?: Transaction) => Promise<unknown>>> = {
        'spends a life that a spend since its snapshot was decided on': (tx) =>
          game.lives.spend(ada, { ...(tx && { tx }) }),
        'spends a life under a key that was used since its snapshot': (tx) =>
          game.lives.spend(ada, { idempotencyKey: 'request 1', ...(tx && { tx }) }),
        'counts a quiz in a streak that changed since its snapshot': (tx) =>
          game.streaks.countQuiz(ada, { ...(tx && { tx }) }),
        'counts an award that came since its snapshot': (tx) =>
          game.gameplay.awardXp(given('one'), { ...(tx && { tx }) }),
        'adds to a score that grew since its snapshot': (tx) =>
          game.gameplay.awardXp(given(tx ? 'mine' : 'theirs'), { ...(tx && { tx }) }),
        'makes a player known who came since its snapshot': (tx) =>
          tx
            ? game.store.players.upsert(tx, { userId: bob, protections: 2 })
            : game.store.transactions.run((own) =>
                game.store.players.upsert(own, { userId: bob, protections: 2 }),
              ),
        'gives a name to a player who got one since its snapshot': (tx) =>
          game.gameplay.startQuiz({ userId: ada, username: tx ? 'Ada' : 'Augusta' }, { ...(tx && { tx }) }),
        'finishes a quiz that was finished since its snapshot': (tx) =>
          game.gameplay.completeQuiz({ sessionId: sessionId('quiz'), xp: 5 }, { ...(tx && { tx }) }),
        'begins a quiz that was begun since its snapshot': (tx) =>
          game.gameplay.startQuiz({ userId: bob, sessionId: sessionId('new') }, { ...(tx && { tx }) }),
      };
      for (const [what, play] of Object.entries(conflicting)) {
        it(`never ${what}: it is told so by name`, async () => {
          await game.gameplay.startQuiz({ userId: ada, sessionId: sessionId('quiz') });
          const stale = game.transaction(level, async (tx) => {
            await play();
            return play(tx);
          });
          await expect(stale).rejects.toMatchObject(conflict);
          await game.repeated({ level }, play);
        });
      }
    });
  }

  for (const level of levels) {
    it(`of ${level} counts simultaneous awards exactly once each, when whoever conflicts repeats`, async () => {
      const awards = Array.from({ length: 24 }, (_, index) =>
        given(`quiz ${index % 16}`, index % 3 === 0 ? ada : bob, 2 ** (index % 16)),
      );
      // The first 8 come twice.
      const players = new Map(awards.map((one) => [one.awardId, one] as const));
      const outcomes = await Promise.all(
        awards.map((one) => game.repeated({ level }, (tx) => award(tx, players.get(one.awardId)!))),
      );
      expect(outcomes.filter((outcome) => outcome?.counted)).toHaveLength(16);
      const sum = (player: UserId): number =>
        [...players.values()]
          .filter((one) => one.userId === player)
          .reduce((all, { amount }) => all + amount, 0);
      for (const player of [ada, bob]) expect(await game.store.awards.xpOf(player)).toBe(sum(player));
      const shown = await game.store.rankings.scores({ board: weekly, period: week() }, { limit: 10 });
      expect(Object.fromEntries(shown.map(({ userId: id, score }) => [id, score]))).toEqual({
        ada: sum(ada),
        bob: sum(bob),
      });
    });
  }

  describe.each([...levels])('of %s that records a play of the day before', (level) => {
    const at = addMs(monday, -60 * 60_000);
    const run = async (job: string): Promise<void> => {
      expect(await game.store.ledger.recordIdleTick({ job, tick: monday, instanceId: 'another' })).toBe(true);
    };
    beforeEach(async () => {
      const jobs = ['life-regeneration', 'streak-update'];
      const registrations = jobs.map((job) => ({ job, schedule: { cron: nightly } }));
      await game.store.jobRegistry.register(registrations, addMs(monday, -10 * 60 * 60_000));
    });

    it('spends a life that the night gives nothing of, when that has run since its snapshot', async () => {
      const spend = async (tx: Transaction): Promise<unknown> => game.lives.spend(ada, { at, tx });
      const once = game.transaction(level, async (tx) => {
        await run('life-regeneration');
        return spend(tx);
      });
      if (level === IsolationLevel.READ_COMMITTED) await once;
      else await expect(once).rejects.toMatchObject(conflict);
      if (level !== IsolationLevel.READ_COMMITTED) await game.transaction(level, spend);
      expect(await game.store.lives.find(ada)).toMatchObject({ nextRegenAt: addMs(monday, 1) });
    });

    it('counts a quiz that the night does not judge, when that has run since its snapshot', async () => {
      const play = async (tx: Transaction): Promise<unknown> => game.streaks.countQuiz(ada, { at, tx });
      const once = game.transaction(level, async (tx) => {
        await run('streak-update');
        return play(tx);
      });
      if (level === IsolationLevel.READ_COMMITTED) await once;
      else await expect(once).rejects.toMatchObject(conflict);
      if (level !== IsolationLevel.READ_COMMITTED) await game.transaction(level, play);
      expect(await game.store.streaks.find(ada)).toMatchObject({ evaluatedOn: '2026-11-23' });
    });

    it('takes a night that has not run as one that comes', async () => {
      await game.transaction(level, (tx) => game.lives.spend(ada, { at, tx }));
      expect(await game.store.lives.find(ada)).toMatchObject({ nextRegenAt: addMs(at, 30 * 60_000) });
      await run('life-regeneration');
    });
  });

  it('of READ COMMITTED sees what was sealed meanwhile, and reports it', async () => {
    await game.gameplay.awardXp(given('first'));
    const { late } = await game.transaction(IsolationLevel.READ_COMMITTED, async (tx) => {
      await game.reset();
      return award(tx, given('second'));
    });
    expect(late.map(({ board }) => board.key)).toEqual(['weekly']);
    expect(await archived()).toEqual([[ada, 10]]);
  });

  it('is judged by the level that it has, wherever that comes from', async () => {
    await game.gameplay.awardXp(given('first'));
    const stale = game.orm.em.fork().transactional(async (em) => {
      // As with `default_transaction_isolation` on the server: the ORM knows nothing of it.
      await sql`set transaction isolation level repeatable read`.execute(em.getKysely());
      await sql`select from ${periods}`.execute(em.getKysely());
      await game.reset();
      return award(postgresTransaction(em), given('second'));
    });
    await expect(stale).rejects.toMatchObject(conflict);
  });

  it('that waits for another which waits for it is told so by name', async () => {
    for (const player of [ada, bob]) await game.lives.spend(player);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const crosswise = (mine: UserId, other: UserId, own: () => void, others: Promise<void>) =>
      game.transaction(IsolationLevel.READ_COMMITTED, async (tx) => {
        await game.lives.spend(mine, { tx });
        own();
        await others;
        await game.lives.spend(other, { tx });
      });
    const outcomes = await Promise.allSettled([
      crosswise(ada, bob, first.resolve, second.promise),
      crosswise(bob, ada, second.resolve, first.promise),
    ]);
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures).toHaveLength(1);
    expect(failures[0]!.reason).toMatchObject(conflict);
    expect(await game.lives.read(ada)).toMatchObject({ currentLives: 3 });
  });

  it('is refused after its end: nothing is done outside of it', async () => {
    for (const isUsed of [false, true]) {
      const ended = await game.transaction(IsolationLevel.READ_COMMITTED, async (tx) => {
        if (isUsed) await game.lives.read(ada, { tx });
        return tx;
      });
      await expect(game.lives.spend(ada, { tx: ended })).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    }
    for (const end of ['commit', 'rollback'] as const) {
      const em = game.orm.em.fork();
      await em.begin();
      const tx = postgresTransaction(em);
      await em[end]();
      await expect(game.lives.spend(ada, { tx })).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    }
    expect(await game.store.lives.find(ada)).toBeNull();
  });

  it('whose own statements or commit conflict is told from one that fails for another reason', async () => {
    await game.lives.spend(ada);
    const stale = game.transaction(IsolationLevel.REPEATABLE_READ, async (_tx, em) => {
      await game.lives.spend(ada);
      await sql`update ${livesTable} set current_lives = 0`.execute(em.getKysely());
    });
    await expect(stale).rejects.toSatisfy(isTransactionConflict);

    // Each reads what the other writes: neither statement fails, the later commit does.
    await sql`insert into ${openings} (board, opened) values ('a', 1), ('b', 1)`.execute(
      game.orm.em.fork().getKysely(),
    );
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const skewed = (read: string, write: string, own: () => void, others: Promise<void>) =>
      game.transaction(IsolationLevel.SERIALIZABLE, async (_tx, em) => {
        await sql`select opened from ${openings} where board = ${read}`.execute(em.getKysely());
        await sql`update ${openings} set opened = 2 where board = ${write}`.execute(em.getKysely());
        own();
        await others;
      });
    const outcomes = await Promise.allSettled([
      skewed('a', 'b', first.resolve, second.promise),
      skewed('b', 'a', second.resolve, first.promise),
    ]);
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed.map(({ reason }) => isTransactionConflict(reason))).toEqual([true]);
    expect(boards).toHaveLength(2);

    for (const other of [new Error('no'), Object.assign(new Error('no'), { code: '23505' }), null, 'text'])
      expect(isTransactionConflict(other)).toBe(false);
  });
});
