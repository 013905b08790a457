import { addMs, type Instant, type Transactions } from '@gamekeeper/core';
import type { ActionLog, NewOperatorAction } from '@gamekeeper/core/ports';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';

/** What {@link actionLogContract} runs against. */
export interface ActionLogHarness {
  readonly transactions: Transactions;
  readonly actionLog: ActionLog;
  /** The store's own clock, which stands still except for `passTime`. */
  readonly now: () => Instant;
  readonly passTime: (ms: number) => Promise<void>;
}

const pause: NewOperatorAction = {
  id: 'a1',
  action: 'pause',
  subject: 'streak-update',
  who: 'Zoë "the cat" <ops@example.org>',
  reason: 'the zone is wrong; see \\ INC-7\n& ask {}',
  details: { tick: '2026-11-24T00:00:00.000Z', items: ['a', null, 3] },
};

/** Returns the contract of `ActionLog` as test cases. */
export function actionLogContract(options: ContractOptions<ActionLogHarness>): readonly ContractCase[] {
  return contractCases<ActionLogHarness>(options, [
    {
      name: 'stores an action with who, why and when, and then how it ended',
      check: async (create) => {
        const { actionLog, now, passTime } = await create();
        equal(await actionLog.find('a1'), null);
        equal(await actionLog.begin(pause), true);
        const begunAt = now();
        const { position, ...begun } = (await actionLog.find('a1'))!;
        deepEqual(begun, { ...pause, status: 'begun', result: null, begunAt, endedAt: null });
        await passTime(5_000);
        await actionLog.end('a1', { status: 'done', result: 'paused' });
        const ended = { status: 'done', result: 'paused', endedAt: addMs(begunAt, 5_000) };
        deepEqual(await actionLog.find('a1'), { ...begun, ...ended, position });
      },
    },
    {
      name: 'lets an id act once, whatever a repetition says, also when two arrive at once',
      check: async (create) => {
        const { actionLog } = await create();
        const twice = await Promise.all([actionLog.begin(pause), actionLog.begin(pause)]);
        deepEqual(twice.toSorted(), [false, true]);
        equal(await actionLog.begin({ ...pause, action: 'resume', who: 'Bob' }), false);
        equal((await actionLog.list({ limit: 10 })).length, 1);
        equal((await actionLog.find('a1'))!.action, 'pause');
      },
    },
    {
      name: 'keeps the first end of an action, and ignores that of an unknown one',
      check: async (create) => {
        const { actionLog, passTime } = await create();
        await actionLog.begin(pause);
        await actionLog.end('a1', { status: 'failed', result: 'STORE_UNAVAILABLE: try again' });
        const ended = await actionLog.find('a1');
        await passTime(1_000);
        await actionLog.end('a1', { status: 'done', result: 'paused' });
        await actionLog.end('unknown', { status: 'done', result: 'paused' });
        deepEqual(await actionLog.list({ limit: 10 }), [ended]);
      },
    },
    {
      name: 'lists actions in pages of any size, newest first, of all subjects or of one',
      check: async (create) => {
        const { actionLog, passTime } = await create();
        for (let index = 0; index < 5; index += 1) {
          const subject = index % 2 === 0 ? 'streak-update' : 'weekly';
          await actionLog.begin({ ...pause, id: `a${index}`, subject });
          // Several in one millisecond keep their order too.
          if (index === 2) await passTime(1);
        }
        for (const limit of [1, 2, 10]) {
          deepEqual(await idsOf(actionLog, { limit }), ['a4', 'a3', 'a2', 'a1', 'a0']);
          deepEqual(await idsOf(actionLog, { limit, subject: 'weekly' }), ['a3', 'a1']);
        }
        deepEqual(await idsOf(actionLog, { limit: 10, subject: 'unheard-of' }), []);
      },
    },
    {
      name: 'prunes actions that began before an instant, up to the limit',
      check: async (create) => {
        const { actionLog, transactions, now, passTime } = await create();
        for (const id of ['a', 'b', 'c']) await actionLog.begin({ ...pause, id });
        await passTime(60_000);
        await actionLog.begin({ ...pause, id: 'd' });
        const prune = (before: Instant, limit: number): Promise<number> =>
          transactions.run((tx) => actionLog.prune(tx, { before, limit }));
        equal(await prune(addMs(now(), -60_000), 10), 0);
        equal(await prune(now(), 2), 2);
        equal(await prune(now(), 2), 1);
        equal(await prune(now(), 2), 0);
        deepEqual(await idsOf(actionLog, { limit: 10 }), ['d']);
      },
    },
    {
      name: 'keeps everything if the transaction of a prune fails, and rejects one of another store',
      check: async (create) => {
        const { actionLog, transactions, now, passTime } = await create();
        await actionLog.begin(pause);
        await passTime(1_000);
        const failing = transactions.run(async (tx) => {
          await actionLog.prune(tx, { before: now(), limit: 10 });
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        deepEqual(await idsOf(actionLog, { limit: 10 }), ['a1']);
        await refuseForeignTransaction((tx) => actionLog.prune(tx, { before: now(), limit: 1 }));
      },
    },
  ]);
}

/** Returns the ids of all actions, read page by page. */
async function idsOf(
  actionLog: ActionLog,
  page: { readonly limit: number; readonly subject?: string },
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let before: string | undefined; ;) {
    const actions = await actionLog.list({ ...page, ...(before !== undefined && { before }) });
    ids.push(...actions.map(({ id }) => id));
    before = actions.at(-1)?.position;
    if (actions.length < page.limit || before === undefined) return ids;
  }
}
