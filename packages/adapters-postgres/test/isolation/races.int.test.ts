import {
  MINUTE_MS,
  awardId,
  defaultLivesRules,
  defaultStreakRules,
  addMs,
  sessionId,
  userId,
  type Transaction,
  type UserId,
} from '@gamekeeper/core';
import { type QuizSession } from '@gamekeeper/core/ports';
import { compareBytewise, expireSession, livesRefilled, streakTick } from '@gamekeeper/core/game';
import type { IsolationLevel } from '@mikro-orm/core';
import fc from 'fast-check';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import { testSchema } from '../postgres-harness.ts';
import { HostsGame, levels, monday, week, weekly } from './hosts-game.ts';

/** `ISOLATION_SEED=4711` plays the same races again, as far as the machine lets it. */
const seed = Number(process.env['ISOLATION_SEED'] ?? Math.floor(Math.random() * 1e9));
const property = { seed, numRuns: 5, endOnFailure: true };

const players = ['p0', 'p1', 'p2'].map((id) => userId(id));
const player = fc.constantFrom(...players);

/** Transactions of the host's, each of some level, of which some are undone at last, and when they begin. */
function transactions<Action>(action: fc.Arbitrary<Action>): fc.Arbitrary<readonly Planned<Action>[]> {
  const one = fc.record({
    level: fc.constantFrom(...levels),
    undo: fc.boolean(),
    afterMs: fc.nat(30),
    actions: fc.array(action, { minLength: 1, maxLength: 3 }),
  });
  return fc.array(one, { minLength: 4, maxLength: 8, size: 'max' });
}

interface Planned<Action> {
  readonly level: IsolationLevel;
  readonly undo: boolean;
  readonly afterMs: number;
  readonly actions: readonly Action[];
}

describeWithPostgres(`transactions of the host’s at any isolation level, seed ${seed}`, (url) => {
  const game = new HostsGame(url, testSchema());
  beforeAll(() => game.open());
  afterAll(() => game.close());

  /** Plays transactions at once. Returns what came of every action that was committed. */
  async function play<Action, Result>(
    planned: readonly Planned<Action>[],
    act: (tx: Transaction, action: Action, name: string) => Promise<Result>,
  ): Promise<readonly Result[]> {
    const played = planned.map(async ({ level, undo, afterMs, actions }, index) => {
      await pause(afterMs);
      return game.repeated({ level, undo }, async (tx) => {
        const results: Result[] = [];
        for (const [place, action] of actions.entries())
          results.push(await act(tx, action, `${index}.${place}`));
        return results;
      });
    });
    return (await Promise.all(played)).flatMap((results) => results ?? []);
  }

  const events = async (): Promise<readonly string[]> =>
    (await game.store.outbox.list({ limit: 1_000 })).map(({ key }) => key).sort(compareBytewise);

  it('laws 7 and 8: an award is in the archive or reported late, once, whatever is sealed and cleared meanwhile', async () => {
    const awards = transactions(fc.record({ userId: player, amount: fc.integer({ min: 1, max: 50 }) }));
    await fc.assert(
      fc.asyncProperty(awards, fc.nat(40), fc.boolean(), async (planned, resetAfterMs, isOpen) => {
        await game.begin();
        const earnedAt = addMs(monday, -1_000);
        const first = { awardId: awardId('first'), userId: players[0]!, amount: 100, earnedAt };
        if (isOpen) await game.gameplay.awardXp(first);
        const resetting = pause(resetAfterMs).then(() => game.reset());
        const results = await play(planned, async (tx, { userId: id, amount }, name) => {
          const award = { awardId: awardId(name), userId: id, amount, earnedAt };
          return { award, late: (await game.gameplay.awardXp(award, { tx })).late };
        });
        await resetting;

        const counted = [...(isOpen ? [{ award: first, late: [] }] : []), ...results];
        const inTime = counted.filter(({ late }) => late.length === 0);
        const { archive, rankings } = game.store;
        const archived = await archive.list({ board: weekly, period: week().key }, { limit: 100 });
        expect(sums(archived.map(({ userId: id, score: amount }) => ({ userId: id, amount })))).toEqual(
          sums(inTime.map(({ award }) => award)),
        );
        expect(await rankings.scores({ board: weekly, period: week() }, { limit: 100 })).toEqual([]);
        for (const id of players) {
          const all = sums(counted.map(({ award }) => award))[id] ?? 0;
          expect(await game.store.awards.xpOf(id)).toBe(all);
        }
        const late = counted.filter(({ late: boards }) => boards.length > 0);
        expect(await game.store.outbox.countByType()).toEqual(
          late.length === 0 ? {} : { AwardLate: late.length },
        );
      }),
      property,
    );
  });

  it('law 4: a spend wins or waits, once for each key, whatever lives are given meanwhile', async () => {
    const spends = transactions(
      fc.record({ userId: player, key: fc.option(fc.constantFrom('a', 'b'), { freq: 1 }) }),
    );
    const lives = fc.tuple(...players.map(() => fc.integer({ min: 0, max: 4 })));
    await fc.assert(
      fc.asyncProperty(
        spends,
        lives,
        fc.nat(20),
        fc.integer({ min: 1, max: 3 }),
        async (planned, had, ms, limit) => {
          await game.begin();
          const { lives: repository, transactions: own } = game.store;
          await own.run(async (tx) => {
            for (const [index, id] of players.entries()) {
              const state = { userId: id, currentLives: had[index]!, lastRegenAt: null, nextRegenAt: monday };
              await repository.change(tx, id, () => ({ state, result: null }));
            }
          });
          const tick = { asOf: monday, rules: defaultLivesRules, limit };
          const regenerating = pause(ms).then(() =>
            game.batches((tx, after) => repository.regenerateDue(tx, { ...tick, after })),
          );
          const results = await play(planned, async (tx, { userId: id, key }, name) => {
            const { ok } = await game.lives.spend(id, { tx, ...(key !== null && { idempotencyKey: key }) });
            return { spent: `${id} ${key ?? name}`, userId: id, ok };
          });
          await regenerating;

          const spent = new Map(
            results.filter(({ ok }) => ok).map(({ spent: what, userId: id }) => [what, id]),
          );
          for (const [index, id] of players.entries()) {
            const times = [...spent.values()].filter((who) => who === id).length;
            const state = await repository.find(id);
            expect(state).toMatchObject({ currentLives: had[index]! + 1 - times, lastRegenAt: monday });
          }
          const full = players.filter((_id, index) => had[index] === 4);
          expect(await events()).toEqual(
            full.map((id) => livesRefilled(id, monday).key).sort(compareBytewise),
          );
        },
      ),
      property,
    );
  });

  it('law 4: a quiz that is finished in time is, once, whatever is swept meanwhile', async () => {
    const sessions: readonly QuizSession[] = players.map((id, index) => ({
      id: sessionId(`s${index}`),
      userId: id,
      status: 'active',
      startedAt: addMs(monday, -10 * MINUTE_MS),
      expiresAt: monday,
      completedAt: null,
    }));
    const completions = transactions(fc.nat(sessions.length - 1));
    await fc.assert(
      fc.asyncProperty(completions, fc.nat(20), async (planned, sweepAfterMs) => {
        await game.begin();
        const { sessions: repository, transactions: own } = game.store;
        await own.run(async (tx) => {
          for (const state of sessions)
            await repository.change(tx, state.id, () => ({ state, result: null }));
        });
        const sweeping = pause(sweepAfterMs).then(() =>
          game.batches((tx, after) => repository.expireDue(tx, { asOf: monday, limit: 2, after })),
        );
        const at = addMs(monday, -1);
        const results = await play(planned, async (tx, index) => {
          const finished = await game.gameplay.completeQuiz(
            { sessionId: sessions[index]!.id, xp: 7 },
            { at, tx },
          );
          return { index, ok: finished.ok };
        });
        await sweeping;

        const finished = results.filter(({ ok }) => ok).map(({ index }) => index);
        expect(new Set(finished).size).toBe(finished.length);
        const expected = sessions.map((session, index) =>
          finished.includes(index)
            ? { state: { ...session, status: 'completed', completedAt: at }, events: [] }
            : expireSession(session, monday),
        );
        expect(await repository.list({ limit: 10 })).toEqual(expected.map(({ state }) => state));
        expect(await events()).toEqual(
          expected.flatMap(({ events: told }) => told.map(({ key }) => key)).sort(compareBytewise),
        );
        for (const [index, id] of players.entries())
          expect(await game.store.awards.xpOf(id)).toBe(finished.includes(index) ? 7 : 0);
      }),
      property,
    );
  });

  it('law 4: a quiz counts for the streak that the night left, whatever is judged meanwhile', async () => {
    const quizzes = transactions(player);
    await fc.assert(
      fc.asyncProperty(
        quizzes,
        fc.nat(20),
        fc.integer({ min: 0, max: 2 }),
        async (planned, ms, protections) => {
          await game.begin();
          const { streaks, transactions: own } = game.store;
          const before = {
            currentStreak: 5,
            longestStreak: 5,
            lastQuizAt: addMs(monday, -72 * 60 * MINUTE_MS),
            protections,
            evaluatedOn: null,
          };
          await own.run(async (tx) => {
            for (const id of players) {
              await streaks.change(tx, id, () => ({ state: { ...before, userId: id }, result: null }));
            }
          });
          const tick = streakTick(monday, 'UTC', defaultStreakRules);
          const judging = pause(ms).then(() =>
            game.batches((tx, after) => streaks.evaluateDue(tx, { tick, limit: 2, after })),
          );
          const played = new Set(
            await play(planned, async (tx, id) => {
              await game.streaks.countQuiz(id, { tx });
              return id;
            }),
          );
          await judging;
          const left = protections > 0 ? 5 : 0;
          for (const id of players) {
            expect(await streaks.find(id)).toMatchObject({
              currentStreak: left + (played.has(id) ? 1 : 0),
              protections: Math.max(0, protections - 1),
            });
          }
          expect(await events()).toHaveLength(players.length);
        },
      ),
      property,
    );
  });

  it('shows one name of a player on every board, and begins each quiz once, whoever is carried over meanwhile', async () => {
    const starts = transactions(
      fc.record({
        userId: player,
        quiz: fc.constantFrom('a', 'b'),
        username: fc.constantFrom('Ada', 'Augusta', 'Lovelace'),
      }),
    );
    await fc.assert(
      fc.asyncProperty(starts, fc.nat(30), async (planned, resetAfterMs) => {
        await game.begin();
        for (const id of players) {
          const award = {
            awardId: awardId(`first of ${id}`),
            userId: id,
            amount: 10,
            earnedAt: addMs(monday, -1_000),
          };
          await game.gameplay.awardXp(award);
        }
        const resetting = pause(resetAfterMs).then(() => game.reset(1));
        const results = await play(planned, async (tx, { userId: id, quiz, username }) => {
          const started = await game.gameplay.startQuiz(
            { userId: id, sessionId: sessionId(`${quiz} of ${id}`), username },
            { tx },
          );
          return { id, started: started.ok ? started.session.id : null };
        });
        await resetting;

        for (const id of players) {
          const begun = new Set(results.filter((one) => one.id === id).map(({ started }) => started));
          expect(await game.lives.read(id)).toMatchObject({ currentLives: 5 - begun.size });
          const name = (await game.store.players.find(id))?.username;
          const shown = await game.store.rankings.scores({ board: weekly, period: week(1) }, { limit: 10 });
          expect(shown.find((one) => one.userId === id)?.username).toBe(name);
        }
      }),
      property,
    );
  });
});

function sums(
  scores: readonly { readonly userId: UserId; readonly amount: number }[],
): Readonly<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const { userId: id, amount } of scores) all[id] = (all[id] ?? 0) + amount;
  return all;
}
