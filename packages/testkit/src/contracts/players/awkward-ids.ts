import {
  DAY_MS,
  MAX_NAME_LENGTH,
  MINUTE_MS,
  PlayerLives,
  awardId,
  defaultLivesRules,
  defaultStreakRules,
  instant,
  addMs,
  sessionId,
  userId,
  type Transactions,
} from '@gamekeeper/core';
import { type PlayerRepository } from '@gamekeeper/core/ports';
import {
  QUIZ_ABANDONED_KEY_PREFIX,
  compareBytewise as bytewise,
  livesRefilled,
  streakEventKeyPrefix,
  streakTick,
} from '@gamekeeper/core/game';
import { deepEqual, equal } from '../assertions.ts';
import { awkwardIds, awkwardPairs } from '../../arbitraries/awkward-ids.ts';
import { IntervalSchedule } from '../../time/interval-schedule.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { makeEqual, readsAs, show, takeUp, type CacheHarness } from '../leaderboards/cache-harness.ts';
import type { Sentence } from '../contract.ts';
import { eventKeys, everyone, regenerateAll, store, type LivesHarness } from '../lives/lives-harness.ts';
import {
  archiveAll,
  archiveOf,
  awardAll,
  monday,
  ordered,
  ranked,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from '../leaderboards/rankings-harness.ts';
import {
  everySession,
  expireAll,
  storeSessions,
  type SessionsHarness,
} from '../sessions/sessions-harness.ts';
import { evaluateAll, everyStreak, storeStreaks, type StreaksHarness } from '../streaks/streaks-harness.ts';

const now = instant('2026-11-24T00:00:00Z');
const players = awkwardIds.map(userId);
const sorted = players.toSorted(bytewise);
const name = 'keeps similar ids distinct, also in the keys of their events';

/** Distinct ids stay distinct in a `LivesRepository`, and so do the keys of spends. */
export const livesOfAwkwardIds: readonly Sentence<LivesHarness>[] = [
  {
    name,
    check: async (create) => {
      const harness = await create();
      const due = { currentLives: defaultLivesRules.maxLives - 1, lastRegenAt: null, nextRegenAt: now };
      await store(
        harness,
        players.map((id) => ({ userId: id, ...due })),
      );
      for (const id of players) deepEqual(await harness.lives.find(id), { userId: id, ...due });
      deepEqual(
        (await everyone(harness.lives, 7)).map((lives) => lives.userId),
        sorted,
      );
      equal(await regenerateAll(harness, now, defaultLivesRules, 10), players.length);
      deepEqual(
        await eventKeys(harness.outbox),
        players.map((id) => livesRefilled(id, now).key).sort(bytewise),
      );
    },
  },
  {
    name: 'spends a life for each player and key, even if they give the same text when joined',
    check: async (create) => {
      const harness = await create();
      const lives = new PlayerLives({
        ...harness,
        clock: new VirtualClock(now),
        rules: defaultLivesRules,
        schedule: new IntervalSchedule(30),
      });
      for (const [who, idempotencyKey] of [...awkwardPairs, ...awkwardPairs])
        await lives.spend(userId(who), { idempotencyKey });
      for (const who of new Set(awkwardPairs.map(([id]) => id))) {
        const keys = awkwardPairs.filter(([id]) => id === who).length;
        const left = await harness.lives.find(userId(who));
        equal(left?.currentLives, Math.max(0, defaultLivesRules.maxLives - keys));
      }
    },
  },
];

/** Distinct ids stay distinct in a `SessionRepository`. */
export const sessionsOfAwkwardIds: readonly Sentence<SessionsHarness>[] = [
  {
    name,
    check: async (create) => {
      const harness = await create();
      const sessions = awkwardIds.map((id, index) => ({
        id: sessionId(id),
        userId: players.at(-1 - index)!,
        status: 'active' as const,
        startedAt: addMs(now, -MINUTE_MS),
        expiresAt: now,
        completedAt: null,
      }));
      await storeSessions(harness, sessions);
      for (const session of sessions) deepEqual(await harness.sessions.find(session.id), session);
      deepEqual(
        (await everySession(harness)).map(({ id }) => id),
        awkwardIds.toSorted(bytewise),
      );
      equal(await expireAll(harness, now, 10), sessions.length);
      deepEqual(
        await eventKeys(harness.outbox),
        awkwardIds.map((id) => `${QUIZ_ABANDONED_KEY_PREFIX}${id}`).sort(bytewise),
      );
    },
  },
];

/** Distinct ids stay distinct in a `StreakRepository`. */
export const streaksOfAwkwardIds: readonly Sentence<StreaksHarness>[] = [
  {
    name,
    check: async (create) => {
      const harness = await create();
      const streaks = players.map((id) => ({
        userId: id,
        currentStreak: 3,
        longestStreak: 3,
        lastQuizAt: addMs(now, -4 * DAY_MS),
        protections: 0,
        evaluatedOn: null,
      }));
      await storeStreaks(harness, streaks);
      for (const streak of streaks) deepEqual(await harness.streaks.find(streak.userId), streak);
      deepEqual(
        (await everyStreak(harness)).map((streak) => streak.userId),
        sorted,
      );
      const tick = streakTick(now, 'UTC', defaultStreakRules);
      equal(await evaluateAll(harness, tick, 10), streaks.length);
      deepEqual(
        await eventKeys(harness.outbox),
        players.map((id) => `${streakEventKeyPrefix('StreakBroken', tick)}${id}`).sort(bytewise),
      );
    },
  },
];

/** Distinct ids stay distinct in a `PlayerRepository`, whatever the names. */
export const playersOfAwkwardIds: readonly Sentence<{
  readonly transactions: Transactions;
  readonly players: PlayerRepository;
}>[] = [
  {
    name: 'keeps similar ids and names distinct',
    check: async (create) => {
      const harness = await create();
      // Names of the maximum length too.
      const names = players.map((_, index) => players.at(-1 - index)!.slice(0, MAX_NAME_LENGTH));
      await harness.transactions.run(async (tx) => {
        for (const [index, id] of players.entries())
          await harness.players.upsert(tx, { userId: id, username: names[index]!, protections: 0 });
      });
      for (const [index, id] of players.entries())
        deepEqual(await harness.players.find(id), { userId: id, username: names[index] });
    },
  },
];

const awards = awkwardIds.map((id, index) => ({
  awardId: awardId(id),
  userId: players.at(-1 - index)!,
  amount: 1 + (index % 7),
  earnedAt: addMs(monday, index % 5),
}));
const scores = awards.map((award) => ({
  userId: award.userId,
  score: award.amount,
  lastXpAt: award.earnedAt,
}));

const standings = ranked(scores, week().board.tieBreak);

/** Distinct ids stay distinct in a `RankingRepository`. */
export const rankingsOfAwkwardIds: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'keeps awards and players with similar ids distinct',
    check: async (create) => {
      const harness = await create();
      const { board } = week();
      const first = await awardAll(harness, awards, [board]);
      deepEqual(
        first.map(({ counted }) => counted),
        awards.map(() => true),
      );
      const again = await awardAll(harness, awards, [board]);
      deepEqual(
        again.map(({ counted }) => counted),
        awards.map(() => false),
      );
      deepEqual(await scoresOf(harness, week(), 7), ordered(scores, board.tieBreak));
      await seal(harness, week());
      await archiveAll(harness, week(), 7);
      deepEqual(await archiveOf(harness, week(), 7), standings);
    },
  },
];

/** Distinct ids stay distinct in a `LeaderboardCache`. */
export const boardsOfAwkwardIds: readonly Sentence<CacheHarness>[] = [
  {
    name: 'keeps players with similar ids and names distinct, by awards and after a rebuild',
    check: async (create) => {
      const harness = await create();
      await takeUp(harness, week());
      for (const outcome of await awardAll(harness, awards, [week().board])) await show(harness, outcome);
      await readsAs(harness, week(), standings, 7);
      await makeEqual(harness, week(), { full: true });
      await readsAs(harness, week(), standings, 7);
    },
  },
];
