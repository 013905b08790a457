import { instant, userId, type DomainEvent, type Transactions } from '@gamekeeper/core';
import { type Outbox } from '@gamekeeper/core/ports';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { awkwardIds } from '../../arbitraries/awkward-ids.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link outboxContract} runs against. */
export interface OutboxHarness {
  readonly transactions: Transactions;
  readonly outbox: Outbox;
}

/** Returns the contract of `Outbox` as test cases. */
export function outboxContract(options: ContractOptions<OutboxHarness>): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'stores events in the order in which they were written, with all of their content',
      check: async (create) => {
        const { transactions, outbox } = await create();
        await transactions.run((tx) => outbox.append(tx, [event('b'), event('a')]));
        await transactions.run((tx) => outbox.append(tx, [event('c')]));
        const stored = await outbox.list({ limit: 10 });
        deepEqual(
          stored.map(({ id: _id, ...rest }) => rest),
          [event('b'), event('a'), event('c')],
        );
      },
    },
    {
      name: 'stores one event per key, and returns how many were new',
      check: async (create) => {
        const { transactions, outbox } = await create();
        equal(await transactions.run((tx) => outbox.append(tx, [event('a'), event('a'), event('b')])), 2);
        equal(await transactions.run((tx) => outbox.append(tx, [event('b'), event('c')])), 1);
        equal(await transactions.run((tx) => outbox.append(tx, [])), 0);
        deepEqual(await outbox.countByType(), { Tested: 3 });
      },
    },
    {
      name: 'keeps events with similar keys distinct, with all of their content',
      check: async (create) => {
        const { transactions, outbox } = await create();
        const events = awkwardIds.map((id) => ({
          ...event('awkward'),
          key: `Tested:${id}`,
          payload: { userId: userId(id), [id]: id },
        }));
        equal(await transactions.run((tx) => outbox.append(tx, events)), events.length);
        equal(await transactions.run((tx) => outbox.append(tx, events)), 0);
        const stored = await outbox.list({ limit: 1_000 });
        deepEqual(
          stored.map(({ id: _id, ...rest }) => rest),
          events,
        );
      },
    },
    {
      name: 'discards the events of a transaction that is rolled back',
      check: async (create) => {
        const { transactions, outbox } = await create();
        await rejects(
          transactions.run(async (tx) => {
            await outbox.append(tx, [event('a')]);
            throw new Error('undo');
          }),
          /undo/,
        );
        deepEqual(await outbox.list({ limit: 10 }), []);
        equal(await transactions.run((tx) => outbox.append(tx, [event('a')])), 1);
      },
    },
    {
      name: 'lists in pages that neither lose nor repeat an event',
      check: async (create) => {
        const { transactions, outbox } = await create();
        const keys = Array.from({ length: 23 }, (_, index) => `k${index}`);
        await transactions.run((tx) => outbox.append(tx, keys.map(event)));
        const seen: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await outbox.list({ limit: 5, ...(after !== undefined && { after }) });
          if (page.length === 0) break;
          seen.push(...page.map(({ key }) => key));
          after = page.at(-1)!.id;
        }
        deepEqual(
          seen,
          keys.map((key) => event(key).key),
        );
      },
    },
  ]);
}

function event(name: string): DomainEvent {
  return {
    type: 'Tested',
    key: `Tested:${name}`,
    occurredAt: instant('2026-11-24T00:00:00.123Z'),
    payload: { userId: userId(`it's "${name}" \u{1F3AE}`), nested: { list: [1, null, true] } },
  };
}
