import {
  addMs,
  defaultLivesRules,
  defaultSessionRules,
  sessionId,
  userId,
  type UserId,
} from '@gamekeeper/core';
import {
  type FailedItems,
  type LivesRepository,
  type Outbox,
  type PendingCacheUpdates,
  type PlayerLog,
  type PlayerRecords,
  type SessionRepository,
  type StreakRepository,
} from '@gamekeeper/core/ports';
import { beginSession, fullLives } from '@gamekeeper/core/game';
import { deepEqual, equal } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import {
  archiveAll,
  archiveOf,
  award,
  boards,
  carryOverAll,
  earned,
  filingsAt,
  finish,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from '../leaderboards/rankings-harness.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';

/** What {@link playerRecordsContract} runs against: all on one store. */
export interface PlayerRecordsHarness extends RankingsHarness {
  readonly playerRecords: PlayerRecords;
  readonly playerLog: PlayerLog;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly sessions: SessionRepository;
  readonly outbox: Outbox;
  readonly failedItems: FailedItems;
  /** If the store has them. */
  readonly pendingCacheUpdates?: PendingCacheUpdates;
}

const [ada, bob, cy] = ['ada', 'bob', 'cy'].map(userId) as [UserId, UserId, UserId];
const nobody = { userId: userId('erased:1'), username: 'Erased player' };

/**
 * Returns the contract of `PlayerRecords` as test cases.
 *
 * @example
 * runContract(playerRecordsContract({ create: emptyStore }), it);
 */
export function playerRecordsContract(
  options: ContractOptions<PlayerRecordsHarness>,
): readonly ContractCase[] {
  return contractCases<PlayerRecordsHarness>(options, [
    {
      name: 'takes XP of all time and of current periods, never below 0, and keeps the time of the last XP',
      check: async (create) => {
        const harness = await create();
        const given = earned(ada, 30);
        await award(harness, earned(ada, 12, -1));
        await award(harness, given);
        await award(harness, earned(bob, 30));
        const scores = async () =>
          Promise.all(
            filingsAt(given.earnedAt).map(async (filing) => {
              const all = await scoresOf(harness, filing);
              return all.map(({ userId: id, score, lastXpAt }) => [id, score, lastXpAt === given.earnedAt]);
            }),
          );
        await deduct(harness, ada, 35, given.earnedAt);
        equal(await harness.awards.xpOf(ada), 7);
        deepEqual(await scores(), [
          [
            [bob, 30, true],
            [ada, 7, true],
          ],
          [
            [bob, 30, true],
            [ada, 0, true],
          ],
          [
            [bob, 30, true],
            [ada, 7, true],
          ],
          [
            [bob, 30, true],
            [ada, 0, true],
          ],
        ]);
        await deduct(harness, ada, Number.MAX_SAFE_INTEGER, given.earnedAt);
        equal(await harness.awards.xpOf(ada), 0);
        equal(await harness.awards.xpOf(bob), 30);
      },
    },
    {
      name: 'changes nothing that is sealed, and creates nobody',
      check: async (create) => {
        const harness = await create();
        await award(harness, earned(ada, 30));
        await seal(harness, week());
        await archiveAll(harness, week(), 10);
        await deduct(harness, ada, 5, earned(ada, 30).earnedAt);
        deepEqual(
          (await scoresOf(harness, week())).map(({ score }) => score),
          [30],
        );
        equal(await harness.awards.xpOf(ada), 25);
        await deduct(harness, bob, 5, earned(ada, 30).earnedAt);
        equal(await harness.players.find(bob), null);
      },
    },
    {
      name: 'erases a player everywhere, keeps all others and the ranks of archives, and says whether there was anything',
      check: async (create) => {
        const harness = await create();
        for (const id of [ada, bob]) await leaveTraces(harness, id);
        await seal(harness, week());
        await archiveAll(harness, week(), 10);
        await finish(harness, week());
        const sealed = { board: week().board, period: week().period.key };
        const erase = (id: UserId) =>
          harness.transactions.run((tx) => harness.playerRecords.erase(tx, id, nobody));
        await harness.transactions.run((tx) =>
          harness.outbox.append(tx, [
            { type: 'PlayerErased', key: 'PlayerErased:1', occurredAt: tick, payload: { userId: ada } },
          ]),
        );
        equal(await erase(ada), true);
        equal(await erase(ada), false);
        deepEqual(await traces(harness, ada), { ...nothing, events: 1 });
        deepEqual(await traces(harness, bob), {
          player: true,
          lives: true,
          spend: true,
          streak: true,
          session: true,
          xp: 30,
          scores: 4,
          events: 1,
          failures: 1,
          updates: harness.pendingCacheUpdates ? 1 : 0,
          logged: 1,
        });
        deepEqual(
          (await archiveOf(harness, week())).map(({ rank, userId: id, username, score }) => [
            rank,
            id,
            username,
            score,
          ]),
          [
            [1, nobody.userId, nobody.username, 30],
            [2, bob, 'bob', 30],
          ],
        );
        equal(await harness.archive.find(sealed, ada), null);
        equal((await harness.archive.find(sealed, nobody.userId))?.rank, 1);
        equal((await harness.archive.find(sealed, bob))?.rank, 2);
        // The award id is free again, and the player is new.
        equal((await award(harness, earned(ada, 5))).counted, true);
        equal(await harness.awards.xpOf(ada), 5);
      },
    },
    {
      name: 'keeps the ranks of others in a period that is sealed and archived after an erasure, and carries nobody over in its place',
      check: async (create) => {
        const harness = await create();
        const [first, middle, last] = [earned(bob, 30), earned(ada, 20), earned(cy, 10)];
        for (const one of [first, middle, last]) await award(harness, one);
        await seal(harness, week());
        const { archive, transactions, playerRecords } = harness;
        let isErased = false;
        await archiveAll(harness, week(), 1, async () => {
          isErased ||= await transactions.run((tx) => playerRecords.erase(tx, ada, nobody));
        });
        equal(isErased, true);
        deepEqual(
          (await archiveOf(harness, week())).map(({ rank, userId: id, username }) => [rank, id, username]),
          [
            [1, bob, 'bob'],
            [2, nobody.userId, nobody.username],
            [3, cy, 'cy'],
          ],
        );
        equal(await archive.find({ board: week().board, period: week().period.key }, ada), null);
        await carryOverAll(harness, week(), week(1), 10);
        deepEqual(
          (await scoresOf(harness, week(1))).map(({ userId: id }) => id),
          [bob, cy],
        );
      },
    },
    {
      name: 'holds a player who is known',
      check: async (create) => {
        const { transactions, playerRecords, players } = await create();
        const isHeld = () => transactions.run((tx) => playerRecords.hold(tx, ada));
        equal(await isHeld(), false);
        await transactions.run((tx) => players.upsert(tx, { userId: ada, protections: 0 }));
        equal(await isHeld(), true);
        await transactions.run((tx) => playerRecords.erase(tx, ada, nobody));
        equal(await isHeld(), false);
      },
    },
    {
      name: 'rejects a transaction of another store',
      check: async (create) => {
        const { playerRecords } = await create();
        const { earnedAt: at } = earned(ada, 1);
        await refuseForeignTransaction((tx) =>
          playerRecords.deductXp(tx, { userId: ada, amount: 1, at }, boards),
        );
        await refuseForeignTransaction((tx) => playerRecords.erase(tx, ada, nobody));
        await refuseForeignTransaction((tx) => playerRecords.hold(tx, ada));
      },
    },
  ]);
}

const nothing = {
  player: false,
  lives: false,
  spend: false,
  streak: false,
  session: false,
  xp: 0,
  scores: 0,
  events: 0,
  failures: 0,
  updates: 0,
  logged: 0,
};

function deduct(
  { transactions, playerRecords }: PlayerRecordsHarness,
  id: UserId,
  amount: number,
  at: ReturnType<typeof earned>['earnedAt'],
): Promise<void> {
  return transactions.run((tx) => playerRecords.deductXp(tx, { userId: id, amount, at }, boards));
}

const tick = earned(ada, 1).earnedAt;

async function leaveTraces(harness: PlayerRecordsHarness, id: UserId): Promise<void> {
  const { transactions, lives, sessions, outbox, failedItems, pendingCacheUpdates, playerLog } = harness;
  await award(harness, earned(id, 30));
  await transactions.run(async (tx) => {
    const state = fullLives(id, defaultLivesRules);
    await lives.change(tx, id, () => ({ state, result: null }));
    await lives.reserveSpend(tx, id, 'once');
    await lives.completeSpend(tx, id, { idempotencyKey: 'once', lives: state });
    const session = beginSession(sessionId(`of ${id}`), id, tick, defaultSessionRules);
    await sessions.change(tx, session.id, () => ({ state: session, result: null }));
    await outbox.append(tx, [{ type: 'Told', key: `Told:${id}`, occurredAt: tick, payload: { userId: id } }]);
    await failedItems.record(tx, { job: 'hourly', tick, item: id, error: 'poisoned' });
    await pendingCacheUpdates?.append(tx, { kind: 'name', userId: id });
    const details = { username: id };
    await playerLog.append(tx, [{ userId: id, at: tick, entry: 'renamed', kind: 'renamed', details }]);
  });
}

async function traces(harness: PlayerRecordsHarness, id: UserId) {
  const {
    transactions,
    players,
    lives,
    streaks,
    sessions,
    awards,
    outbox,
    failedItems,
    pendingCacheUpdates,
  } = harness;
  const filings = filingsAt(addMs(tick, 1));
  const scores = await Promise.all(filings.map((filing) => scoresOf(harness, filing)));
  const spend = await transactions
    .run(async (tx) => {
      const found = await lives.reserveSpend(tx, id, 'once');
      throw Object.assign(new Error('only looked'), { found });
    })
    .catch((error: { readonly found?: unknown }) => error.found ?? null);
  return {
    player: (await players.find(id)) !== null,
    lives: (await lives.find(id)) !== null,
    spend: spend !== null,
    streak: (await streaks.find(id)) !== null,
    session: (await sessions.find(sessionId(`of ${id}`))) !== null,
    xp: await awards.xpOf(id),
    scores: scores.flat().filter((score) => score.userId === id).length,
    events: (await outbox.list({ limit: 10 })).filter(({ payload }) => payload['userId'] === id).length,
    failures: (await failedItems.list({ job: 'hourly' }, { limit: 10 })).filter(({ item }) => item === id)
      .length,
    updates: (await pendingCacheUpdates?.list(10))?.filter(({ update }) => update.userId === id).length ?? 0,
    logged: (await harness.playerLog.read(id, { limit: 100 })).filter(({ kind }) => kind === 'renamed')
      .length,
  };
}
