import { MINUTE_MS, addMs, awardId, sessionId, userId } from '@gamekeeper/core';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { award, filingsAt, monday, seal, week } from '../leaderboards/rankings-harness.ts';
import { eventKeys } from '../lives/lives-harness.ts';
import { meanwhile } from '../meanwhile.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import { complete, completeIn, everything, start, startIn, type QuizzesHarness } from './quizzes-harness.ts';

const ada = userId('ada');
const at = addMs(monday, MINUTE_MS);
const later = addMs(at, MINUTE_MS);
const quiz = { quiz: 'one', at: later };

/** The cases of `QuizStore.complete`. */
export const quizCompletions: readonly Sentence<QuizzesHarness>[] = [
  {
    name: 'complete: ends the session, counts the streak, records the award and writes the events',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at, username: 'Ada' });
      const completed = await complete(harness, quiz);
      ok(completed.ok);
      deepEqual(completed.session, await harness.sessions.find(sessionId('one')));
      deepEqual(completed.streak, await harness.streaks.find(ada));
      equal(completed.session.status, 'completed');
      equal(completed.streak.currentStreak, 1);
      const score = { userId: ada, username: 'Ada', score: 10, lastXpAt: later };
      deepEqual(completed.award, {
        counted: true,
        late: [],
        scores: filingsAt(later).map((filing) => ({ ...filing, score })),
      });
      equal(await harness.awards.xpOf(ada), 10);
      deepEqual(await eventKeys(harness.outbox), ['counted:one', 'spent:one']);
      for (const filing of filingsAt(later))
        deepEqual(await harness.rankings.scores(filing, { limit: 2 }), [score]);
    },
  },
  {
    name: 'complete: adds to what earlier quizzes brought',
    check: async (create) => {
      const harness = await create();
      for (const name of ['one', 'two', 'three']) {
        await start(harness, { player: ada, quiz: name, at });
        const completed = await complete(harness, { quiz: name, at: later, xp: 7 });
        ok(completed.ok);
      }
      equal(await harness.awards.xpOf(ada), 21);
      for (const filing of filingsAt(later))
        equal((await harness.rankings.scores(filing, { limit: 1 }))[0]?.score, 21);
    },
  },
  {
    name: 'complete: changes nothing if it is refused',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at });
      await start(harness, { player: ada, quiz: 'late', at });
      await complete(harness, quiz);
      const before = await everything(harness, [ada], at);
      const refusals = [
        await complete(harness, quiz),
        await complete(harness, { quiz: 'late', at: addMs(at, 11 * MINUTE_MS) }),
        await complete(harness, { quiz: 'unknown', at: later }),
      ];
      deepEqual(
        refusals.map((refused) => !refused.ok && refused.reason),
        ['already-completed', 'expired', 'unknown-session'],
      );
      deepEqual(await everything(harness, [ada], at), before);
    },
  },
  {
    name: 'complete: opens no period if it is refused',
    check: async (create) => {
      const harness = await create();
      await complete(harness, { quiz: 'unknown', at: later });
      const { board } = week();
      deepEqual(await harness.periods.list(board, { limit: 5 }), []);
    },
  },
  {
    name: 'complete: leaves nothing of a transaction that is rolled back',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at });
      const before = await everything(harness, [ada], at);
      const undo = new Error('undo');
      const running = harness.transactions.run(async (tx) => {
        await completeIn(harness.quizzes, tx, quiz);
        throw undo;
      });
      await rejects(running, undo);
      deepEqual(await everything(harness, [ada], at), before);
      ok((await complete(harness, quiz)).ok);
    },
  },
  {
    name: 'complete: counts an award once whose id is known, and ends the session all the same',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at });
      await award(harness, { awardId: awardId('known'), userId: ada, amount: 3, earnedAt: at });
      const completed = await complete(harness, { ...quiz, award: 'known' });
      ok(completed.ok);
      deepEqual(completed.award, { counted: false, scores: [], late: [] });
      equal((await harness.sessions.find(sessionId('one')))?.status, 'completed');
      equal((await harness.streaks.find(ada))?.currentStreak, 1);
      equal(await harness.awards.xpOf(ada), 3);
    },
  },
  {
    name: 'complete: starts a streak for a player who is not known yet',
    check: async (create) => {
      const harness = await create();
      const session = {
        id: sessionId('one'),
        userId: ada,
        status: 'active' as const,
        startedAt: at,
        expiresAt: addMs(at, 10 * MINUTE_MS),
        completedAt: null,
      };
      await harness.transactions.run((tx) =>
        harness.sessions.change(tx, session.id, () => ({ state: session, result: null })),
      );
      const completed = await complete(harness, quiz);
      ok(completed.ok);
      deepEqual(completed.streak, await harness.streaks.find(ada));
      equal(await harness.awards.xpOf(ada), 10);
    },
  },
  {
    name: 'complete: reports boards whose period is sealed, and counts on the others',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at });
      await seal(harness, week());
      const completed = await complete(harness, quiz);
      ok(completed.ok);
      deepEqual(
        completed.award.late.map(({ board }) => board.key),
        ['weekly'],
      );
      deepEqual(
        completed.award.scores.map(({ board }) => board.key),
        filingsAt(later)
          .map(({ board }) => board.key)
          .filter((key) => key !== 'weekly'),
      );
      deepEqual(await harness.rankings.scores(week(), { limit: 1 }), []);
    },
  },
  {
    name: 'complete: counts before a seal that it precedes, and is late after one that it waits for',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at });
      await start(harness, { player: ada, quiz: 'two', at });
      const [completed, sealed] = await meanwhile(
        harness.transactions,
        (tx) => completeIn(harness.quizzes, tx, quiz),
        () => seal(harness, week()),
      );
      ok(completed?.ok && sealed);
      deepEqual(completed.award.late, []);
      const after = await complete(harness, { ...quiz, quiz: 'two' });
      ok(after.ok);
      deepEqual(
        after.award.late.map(({ board }) => board.key),
        ['weekly'],
      );
      equal((await harness.rankings.scores(week(), { limit: 1 }))[0]?.score, 10);
    },
  },
  {
    name: 'complete: ends a session once, however many try at once',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      await start(harness, { player: ada, quiz: 'one', at });
      const all = await Promise.all(Array.from({ length: 6 }, () => complete(harness, quiz)));
      equal(all.filter((one) => one.ok).length, 1);
      equal(await harness.awards.xpOf(ada), 10);
    },
  },
  {
    name: 'complete: does not deadlock with starts, awards and completions of the same players',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      const crowd = [ada, userId('bob'), userId('cyd')];
      const rounds = Array.from({ length: 9 }, (_, index) => ({
        player: crowd[index % 3]!,
        name: `${index}`,
      }));
      for (const { player, name } of rounds.slice(0, 6)) await start(harness, { player, quiz: name, at });
      await Promise.all(
        rounds.flatMap(({ player, name }, index) => [
          complete(harness, { quiz: name, at: later }),
          award(harness, { awardId: awardId(`award ${name}`), userId: player, amount: 1, earnedAt: at }),
          start(harness, { player, quiz: `next ${name}`, at, username: `Name ${index % 2}` }),
        ]),
      );
      const xp = await Promise.all(crowd.map((player) => harness.awards.xpOf(player)));
      equal(
        xp.reduce((sum, each) => sum + each),
        6 * 10 + 9,
      );
    },
  },
  {
    name: 'complete: rejects a transaction of another store',
    check: async (create) => {
      const harness = await create();
      await refuseForeignTransaction((tx) => completeIn(harness.quizzes, tx, quiz));
      await refuseForeignTransaction((tx) => startIn(harness.quizzes, tx, { player: ada, quiz: 'x', at }));
    },
  },
];
