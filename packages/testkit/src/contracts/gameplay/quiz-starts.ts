import { addMs, awardId, defaultLivesRules, sessionId, userId, type UserId } from '@gamekeeper/core';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { award, filingsAt, monday } from '../leaderboards/rankings-harness.ts';
import { eventKeys } from '../lives/lives-harness.ts';
import { meanwhile } from '../meanwhile.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import { everything, start, startIn, type QuizzesHarness, type Start } from './quizzes-harness.ts';

const ada = userId('ada');
const at = addMs(monday, 60_000);
const { maxLives } = defaultLivesRules;
const first: Start = { player: ada, quiz: 'one', at };

/** The cases of `QuizStore.start`. */
export const quizStarts: readonly Sentence<QuizzesHarness>[] = [
  {
    name: 'start: creates the player, spends a life, stores the session and writes the events',
    check: async (create) => {
      const harness = await create();
      const started = await start(harness, { ...first, username: 'Ada', protections: 1 });
      ok(started.existing === null && started.spent.ok);
      equal(started.renamed, false);
      equal((await harness.lives.find(ada))?.currentLives, maxLives - 1);
      equal((await harness.sessions.find(sessionId('one')))?.status, 'active');
      equal((await harness.streaks.find(ada))?.protections, 1);
      deepEqual(await harness.players.find(ada), { userId: ada, username: 'Ada' });
      deepEqual(await eventKeys(harness.outbox), ['spent:one']);
    },
  },
  {
    name: 'start: leaves nothing of a transaction that is rolled back',
    check: async (create) => {
      const harness = await create();
      const before = await everything(harness, [ada], at);
      const undo = new Error('undo');
      const running = harness.transactions.run(async (tx) => {
        await startIn(harness.quizzes, tx, first);
        throw undo;
      });
      await rejects(running, undo);
      deepEqual(await everything(harness, [ada], at), before);
    },
  },
  {
    name: 'start: returns a session that is stored already, whoever plays it, and changes nothing',
    check: async (create) => {
      const harness = await create();
      await start(harness, first);
      const before = await everything(harness, [ada], at);
      for (const player of [ada, userId('bob')]) {
        const again = await start(harness, { ...first, player, username: 'Somebody' });
        deepEqual(again.existing, await harness.sessions.find(sessionId('one')));
      }
      deepEqual(await everything(harness, [ada], at), before);
    },
  },
  {
    name: 'start: changes the name of a known player, also on boards, and says so',
    check: async (create) => {
      const harness = await create();
      await award(harness, { awardId: awardId('a'), userId: ada, amount: 5, earnedAt: at });
      const renames: boolean[] = [];
      for (const [index, username] of ['Ada', 'Ada', undefined, 'Countess'].entries()) {
        const quiz = { ...first, quiz: `quiz ${index}`, ...(username !== undefined && { username }) };
        const started = await start(harness, quiz);
        ok(started.existing === null);
        renames.push(started.renamed);
      }
      deepEqual(renames, [true, false, false, true]);
      for (const filing of filingsAt(at)) {
        const [score] = await harness.rankings.scores(filing, { limit: 1 });
        equal(score?.username, 'Countess');
      }
    },
  },
  {
    name: 'start: stores no session without a life, and keeps the player',
    check: async (create) => {
      const harness = await create();
      await harness.transactions.run((tx) =>
        harness.lives.change(tx, ada, () => ({
          state: { userId: ada, currentLives: 0, lastRegenAt: null, nextRegenAt: addMs(at, 60_000) },
          result: null,
        })),
      );
      const refused = await start(harness, first);
      ok(refused.existing === null && !refused.spent.ok);
      equal(await harness.sessions.find(sessionId('one')), null);
      deepEqual(await harness.players.find(ada), { userId: ada, username: 'ada' });
      deepEqual(await eventKeys(harness.outbox), []);
    },
  },
  {
    name: 'start: fails by name if the session is stored by another start that it has not seen',
    check: async (create) => {
      const harness = await create();
      await start(harness, first);
      const before = await everything(harness, [ada], at);
      await rejects(start(harness, { ...first, mayExist: false }), { code: 'CONCURRENT_START' });
      deepEqual(await everything(harness, [ada], at), before);
    },
  },
  {
    name: 'start: writes an event once, however often a decision names it',
    check: async (create) => {
      const harness = await create();
      for (const quiz of ['one', 'two']) {
        await harness.transactions.run((tx) =>
          harness.outbox.append(tx, [
            { type: 'Told', key: `spent:${quiz}`, occurredAt: at, payload: { userId: ada } },
          ]),
        );
        await start(harness, { ...first, quiz });
      }
      deepEqual(await eventKeys(harness.outbox), ['spent:one', 'spent:two']);
    },
  },
  {
    name: 'start: spends a life for each of several first starts at once',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      const players: readonly UserId[] = [ada, userId('bob')];
      const starts = Array.from({ length: 8 }, (_, index) => ({
        player: players[index % 2]!,
        quiz: `quiz ${index}`,
        at,
        ...(index > 3 && { username: 'Somebody' }),
      }));
      await Promise.all(starts.map((one) => start(harness, one)));
      for (const player of players) equal((await harness.lives.find(player))?.currentLives, maxLives - 4);
      equal((await harness.sessions.list({ limit: 100 })).length, 8);
    },
  },
  {
    name: 'start: waits for a spend of the same player, and decides on what it left',
    needs: 'concurrent',
    check: async (create) => {
      for (const outcome of ['commit', 'roll back'] as const) {
        const harness = await create();
        await start(harness, { ...first, quiz: 'before' });
        await meanwhile(
          harness.transactions,
          (tx) => startIn(harness.quizzes, tx, { ...first, quiz: 'first' }),
          () => start(harness, { ...first, quiz: 'second' }),
          outcome,
        );
        const spent = outcome === 'commit' ? 3 : 2;
        equal((await harness.lives.find(ada))?.currentLives, maxLives - spent);
      }
    },
  },
  {
    name: 'start: rejects a transaction of another store',
    check: async (create) => {
      const harness = await create();
      await refuseForeignTransaction((tx) => startIn(harness.quizzes, tx, first));
    },
  },
];
