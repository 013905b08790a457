import {
  DAY_MS,
  HOUR_MS,
  addMs,
  awardId,
  defaultSessionRules,
  defaultStreakRules,
  sessionId,
  userId,
  type Streak,
  type UserId,
} from '@gamekeeper/core';
import {
  type LogCursor,
  type LogEntry,
  type PlayerImport,
  type PlayerLog,
  type RecordedEntry,
  type StoredEntry,
} from '@gamekeeper/core/ports';
import {
  applyDueStreakTicks,
  awardEntry,
  beginSession,
  completeSession,
  compareBytewise,
  countQuiz,
  expireSession,
  importedEntry,
  regenEntry,
  sessionEntry,
  spendEntry,
  standingEntry,
} from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { allPages } from '../batches.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { complete, start, type QuizzesHarness } from '../gameplay/quizzes-harness.ts';
import {
  archiveAll,
  award,
  boards,
  earned,
  finish,
  monday,
  seal,
  week,
} from '../leaderboards/rankings-harness.ts';
import { Midnights } from '../streaks/midnights.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';

/** What {@link playerLogContract} runs against: all on one store. */
export interface PlayerLogHarness extends QuizzesHarness {
  readonly playerLog: PlayerLog;
  readonly playerImport: PlayerImport;
}

const [ada, bob] = ['ada', 'bob'].map(userId) as [UserId, UserId];
const schedule = new Midnights('UTC');

/**
 * Returns the contract of `PlayerLog` as test cases.
 *
 * @example
 * runContract(playerLogContract({ create: emptyStore }), it);
 */
export function playerLogContract(options: ContractOptions<PlayerLogHarness>): readonly ContractCase[] {
  return contractCases<PlayerLogHarness>(options, [
    {
      name: 'returns entries newest first, those of one instant by their keys, in pages of any size',
      check: async (create, property) => {
        const keys = fc.constantFrom('a', 'a:', 'b', 'B', 'é', '\u{1F3AE}', '\uFFFD');
        const places = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 3 }), keys), {
          selector: ([ms, key]) => `${ms} ${key}`,
          maxLength: 12,
        });
        await fc.assert(
          fc.asyncProperty(places, fc.integer({ min: 1, max: 5 }), async (all, limit) => {
            const harness = await create();
            const entries = all.map(([ms, key], index) =>
              renamed(ada, ms, { entry: key, username: `${index}` }),
            );
            await append(harness, [...entries, renamed(bob, 0, {})]);
            deepEqual(await pagesOf(harness, ada, limit), [...entries].sort(newestFirst));
          }),
          property,
        );
      },
    },
    {
      name: 'keeps every field, and ignores an entry that is known by player, instant and key',
      check: async (create) => {
        const harness = await create();
        const late: RecordedEntry = {
          ...place(ada, 0, 'late'),
          kind: 'award-late',
          details: {
            awardId: awardId('"\u{1F3AE}\\'),
            board: 'weekly',
            period: '2026-W48',
            amount: Number.MAX_SAFE_INTEGER,
          },
        };
        await append(harness, [late]);
        const recordedAt = harness.now();
        await harness.passTime(HOUR_MS);
        await append(harness, [late, renamed(ada, 0, { entry: 'late' }), renamed(bob, 0, { entry: 'late' })]);
        await append(harness, []);
        deepEqual(await harness.playerLog.read(ada, { limit: 10 }), [{ ...late, recordedAt }]);
        equal((await harness.playerLog.read(bob, { limit: 10 })).length, 1);
        deepEqual(await harness.playerLog.read(userId('eve'), { limit: 10 }), []);
      },
    },
    {
      name: 'reads sessions, awards, spends, the last life and sealed standings where they are stored',
      check: async (create) => {
        const harness = await create();
        const expected = await play(harness, ada);
        await play(harness, bob);
        for (const limit of [1, 3, 100]) {
          const pages = await pagesOf(harness, ada, limit);
          deepEqual(pages, [...expected].sort(newestFirst));
        }
      },
    },
    {
      name: 'keeps what a decision on a streak says, with its state or not at all',
      check: async (create) => {
        const harness = await create();
        const { transactions, streaks } = harness;
        const log = [renamed(ada, 0, {})];
        const state = streakOf(ada);
        const change = (): Promise<null> =>
          transactions.run(async (tx) => {
            await streaks.change(tx, ada, () => ({ state, log, result: null }));
            throw new Error('rolled back');
          });
        await change().catch(() => undefined);
        deepEqual(await recordedOf(harness, ada), []);
        await transactions.run((tx) => streaks.change(tx, ada, () => ({ state, log, result: null })));
        deepEqual(await recordedOf(harness, ada), log);
      },
    },
    {
      name: 'keeps what a completed quiz finds of missed days, once',
      check: async (create) => {
        for (const protections of [0, 1, 2]) {
          const harness = await create();
          const streak = { ...streakOf(ada), protections };
          await harness.transactions.run((tx) =>
            harness.streaks.change(tx, ada, () => ({ state: streak, result: null })),
          );
          const at = addMs(monday, 4 * DAY_MS + HOUR_MS);
          await start(harness, { player: ada, quiz: 'one', at });
          const due = applyDueStreakTicks(streak, schedule, at, defaultStreakRules);
          const count = (_player: UserId, stored: Streak | null) => {
            const { state, ...rest } = applyDueStreakTicks(stored!, schedule, at, defaultStreakRules);
            const counted = countQuiz(state, at, 'UTC');
            return { ...rest, state: counted, result: counted };
          };
          const decided = { ...harness, quizzes: withCount(harness.quizzes, count) };
          await complete(decided, { quiz: 'one', at });
          await complete(decided, { quiz: 'one', at });
          deepEqual(await recordedOf(harness, ada), [...(due.log ?? [])].sort(newestFirst));
          equal(due.log?.length, Math.min(protections + 1, 3));
        }
      },
    },
    {
      name: 'begins with what an import brought',
      check: async (create) => {
        const harness = await create();
        const player = {
          userId: ada,
          username: 'Ada',
          xp: 1_200,
          lastXpAt: monday,
          periodXp: {},
          currentStreak: 12,
          longestStreak: 40,
          lastQuizAt: monday,
          protections: 1,
          currentLives: 2,
          nextRegenAt: null,
        };
        const terms = {
          at: addMs(monday, HOUR_MS),
          boards,
          maxLives: 5,
          latestRegenAt: addMs(monday, 2 * HOUR_MS),
          initialProtections: 2,
          judgedThrough: null,
        };
        const imports = (): Promise<readonly UserId[]> =>
          harness.transactions.run((tx) => harness.playerImport.importPlayers(tx, [player], terms));
        await imports();
        await imports();
        deepEqual(await recordedOf(harness, ada), [importedEntry(player, terms)]);
      },
    },
    {
      name: 'prunes recorded entries by age, up to a limit',
      check: async (create) => {
        const harness = await create();
        const { transactions, playerLog, now, passTime } = harness;
        const prune = (limit: number): Promise<number> =>
          transactions.run((tx) => playerLog.prune(tx, { before: cut, limit }));
        await append(
          harness,
          [0, 1, 2].map((ms) => renamed(ada, ms, {})),
        );
        await passTime(1);
        const cut = now();
        await append(harness, [renamed(ada, 3, {})]);
        deepEqual([await prune(2), await prune(2), await prune(2)], [2, 1, 0]);
        deepEqual(await recordedOf(harness, ada), [renamed(ada, 3, {})]);
      },
    },
    {
      name: 'rejects a transaction of another store',
      check: async (create) => {
        const { playerLog } = await create();
        await refuseForeignTransaction((tx) => playerLog.append(tx, [renamed(ada, 0, {})]));
        await refuseForeignTransaction((tx) => playerLog.prune(tx, { before: monday, limit: 1 }));
      },
    },
  ]);
}

/** Returns a player's recorded entries, without the time at which each was written. */
export async function recordedOf(
  { playerLog }: Pick<PlayerLogHarness, 'playerLog'>,
  player: UserId,
): Promise<readonly object[]> {
  const all = await playerLog.read(player, { limit: 1_000 });
  return all.filter(({ recordedAt }) => recordedAt !== null).map(withoutTime);
}

function withoutTime({ recordedAt: _recordedAt, ...entry }: LogEntry): object {
  return entry;
}

async function pagesOf({ playerLog }: PlayerLogHarness, player: UserId, limit: number): Promise<unknown> {
  const all = await allPages(
    (last: LogEntry | undefined, size) =>
      playerLog.read(player, { limit: size, ...(last && { before: { at: last.at, entry: last.entry } }) }),
    limit,
  );
  return all.map(withoutTime);
}

function append(
  { transactions, playerLog }: PlayerLogHarness,
  entries: readonly RecordedEntry[],
): Promise<void> {
  return transactions.run((tx) => playerLog.append(tx, entries));
}

/** Leaves something of every kind, and returns its entries. */
async function play(harness: PlayerLogHarness, player: UserId): Promise<readonly StoredEntry[]> {
  const { transactions, lives, sessions, now } = harness;
  const at = addMs(monday, HOUR_MS);
  const begun = (name: string, ms: number) =>
    beginSession(sessionId(`${name} of ${player}`), player, addMs(at, ms), defaultSessionRules);
  const completed = completeSession(begun('completed', 1), addMs(at, 5));
  const quizzes = [
    begun('active', 3),
    completed.session,
    expireSession(begun('expired', 2), addMs(at, HOUR_MS)).state,
  ];
  const state = { userId: player, currentLives: 3, lastRegenAt: addMs(at, 7), nextRegenAt: addMs(at, 9) };
  const spends = { idempotencyKey: 'once', at: now() };
  await transactions.run(async (tx) => {
    for (const state of quizzes) await sessions.change(tx, state.id, () => ({ state, result: null }));
    await lives.change(tx, player, () => ({ state, result: null }));
    await lives.reserveSpend(tx, player, 'once');
    await lives.completeSpend(tx, player, { idempotencyKey: 'once', lives: state });
  });
  const sealed = week(player === ada ? 0 : 1);
  const given = earned(player, 30, player === ada ? 0 : 1);
  await award(harness, given, [sealed.board]);
  await seal(harness, sealed);
  await archiveAll(harness, sealed, 10);
  const { endsAt, key: period } = sealed.period;
  const before = await harness.playerLog.read(player, { limit: 100 });
  equal(before.filter(({ kind }) => kind === 'period-sealed').length, 0);
  await finish(harness, sealed);
  const { board } = sealed;
  const standing = { board: board.key, period, rank: 1, score: 30, players: 1, sealedAt: endsAt };
  return [
    ...quizzes.map(sessionEntry),
    spendEntry(state, spends),
    regenEntry(state)!,
    awardEntry(given),
    standingEntry(player, endsAt, standing),
  ];
}

function streakOf(player: UserId): Streak {
  const lastQuizAt = addMs(monday, -HOUR_MS);
  return {
    userId: player,
    currentStreak: 7,
    longestStreak: 9,
    lastQuizAt,
    protections: 0,
    evaluatedOn: null,
  };
}

/** The same store with another rule for the streak. */
function withCount(
  quizzes: QuizzesHarness['quizzes'],
  count: Parameters<QuizzesHarness['quizzes']['complete']>[2]['count'],
): QuizzesHarness['quizzes'] {
  return {
    start: (...given) => quizzes.start(...given),
    complete: (tx, quiz, rules) => quizzes.complete(tx, quiz, { ...rules, count }),
    ...(quizzes.completeAtOnce && {
      completeAtOnce: (quiz, rules) => quizzes.completeAtOnce!(quiz, { ...rules, count }),
    }),
  };
}

function place(player: UserId, ms: number, entry: string) {
  return { userId: player, at: addMs(monday, ms), entry };
}

function renamed(
  player: UserId,
  ms: number,
  { entry = 'renamed', username = 'Ada' }: { readonly entry?: string; readonly username?: string },
): RecordedEntry {
  return { ...place(player, ms, entry), kind: 'renamed', details: { username } };
}

function newestFirst(a: LogCursor, b: LogCursor): number {
  return b.at - a.at || compareBytewise(b.entry, a.entry);
}
