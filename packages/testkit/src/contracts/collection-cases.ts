import { type DomainEvent, type Transaction, type Transactions } from '@gamekeeper/core';
import { type Decision, type Outbox } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from './assertions.ts';
import { allPages } from './batches.ts';
import type { Sentence } from './contract.ts';
import { refuseForeignTransaction } from './transactions/foreign-transaction.ts';

/** The operations common to all repositories of aggregates. */
export interface Collection<Id extends string, State> {
  find(id: Id, tx?: Transaction): Promise<State | null>;
  change<Answer>(
    tx: Transaction,
    id: Id,
    decide: (state: State | null) => Decision<State, Answer>,
  ): Promise<Answer>;
  list(page: { readonly after?: Id; readonly limit: number }, tx?: Transaction): Promise<readonly State[]>;
}

/** What {@link collectionCases} needs to know about the aggregates. */
export interface CollectionSubject<Harness, Id extends string, State> {
  readonly of: (harness: Harness) => Collection<Id, State>;
  readonly idOf: (state: State) => Id;
  /** Generates any states that can be stored, with distinct ids. */
  readonly crowds: fc.Arbitrary<readonly State[]>;
  readonly sample: State;
  /** Another state with the sample's id. */
  readonly changed: State;
  /** A state with another id. */
  readonly other: State;
  readonly event: DomainEvent;
  /** Returns the next state of the sample's id; each step gives a different one. */
  readonly step: (stored: State | null) => State;
}

/**
 * Returns the sentences about finding, changing and listing, which are the same for every repository of aggregates.
 */
export function collectionCases<
  Harness extends { readonly transactions: Transactions; readonly outbox: Outbox },
  Id extends string,
  State,
>(subject: CollectionSubject<Harness, Id, State>): readonly Sentence<Harness>[] {
  const { of, idOf, sample, changed, other, event } = subject;
  const id = idOf(sample);
  const sorted = (crowd: readonly State[]): readonly State[] =>
    [...crowd].sort((a, b) => compareBytewise(idOf(a), idOf(b)));

  return [
    {
      name: 'is empty initially',
      check: async (create) => {
        const repository = of(await create());
        equal(await repository.find(id), null);
        deepEqual(await repository.list({ limit: 10 }), []);
      },
    },
    {
      name: 'returns what was stored, for any id and to the millisecond, and lists it in bytewise order, in pages',
      check: async (create, property) => {
        await fc.assert(
          fc.asyncProperty(subject.crowds, fc.integer({ min: 1, max: 7 }), async (crowd, limit) => {
            const harness = await create();
            await keep(harness.transactions, of(harness), idOf, crowd);
            for (const state of crowd) deepEqual(await of(harness).find(idOf(state)), state);
            deepEqual(await listed(of(harness), idOf, limit), sorted(crowd));
          }),
          property,
        );
      },
    },
    {
      name: 'lets a change decide on the stored state, and keeps it if there is no decision',
      check: async (create) => {
        const harness = await create();
        const decide = (state?: State): Promise<State | null> =>
          harness.transactions.run((tx) =>
            of(harness).change(tx, id, (stored) => ({ result: stored, ...(state && { state }) })),
          );
        equal(await decide(), null);
        equal(await of(harness).find(id), null);
        equal(await decide(sample), null);
        deepEqual(await decide(), sample);
        deepEqual(await decide(changed), sample);
        deepEqual(await of(harness).find(id), changed);
      },
    },
    {
      name: 'stores the events of a decision, also of one without a new state',
      check: async (create) => {
        const harness = await create();
        const decide = (decision: Partial<Decision<State, null>>): Promise<null> =>
          harness.transactions.run((tx) => of(harness).change(tx, id, () => ({ result: null, ...decision })));
        await decide({ state: sample, events: [event] });
        await decide({ events: [event, { ...event, key: `${event.key}:2` }] });
        deepEqual(await harness.outbox.countByType(), { [event.type]: 2 });
      },
    },
    {
      name: 'sees its own changes inside a transaction',
      check: async (create) => {
        const harness = await create();
        await keep(harness.transactions, of(harness), idOf, [sample]);
        await harness.transactions.run(async (tx) => {
          await of(harness).change(tx, id, () => ({ state: changed, result: null }));
          await of(harness).change(tx, idOf(other), () => ({ state: other, result: null }));
          deepEqual(await of(harness).find(id, tx), changed);
          deepEqual(await of(harness).list({ limit: 10 }, tx), sorted([changed, other]));
          deepEqual(await of(harness).change(tx, id, (answer) => ({ result: answer })), changed);
        });
      },
    },
    {
      name: 'rolls back states and events together when the transaction fails',
      check: async (create) => {
        const harness = await create();
        await keep(harness.transactions, of(harness), idOf, [sample]);
        const failing = harness.transactions.run(async (tx) => {
          await of(harness).change(tx, id, () => ({ state: changed, events: [event], result: null }));
          await of(harness).change(tx, idOf(other), () => ({ state: other, result: null }));
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        deepEqual(await of(harness).list({ limit: 10 }), [sample]);
        deepEqual(await harness.outbox.countByType(), {});
      },
    },
    {
      name: 'rethrows the error of a decision and changes nothing',
      check: async (create) => {
        const harness = await create();
        const refuse = (): never => {
          throw new RangeError('no');
        };
        await rejects(
          harness.transactions.run((tx) => of(harness).change(tx, id, refuse)),
          RangeError,
        );
        equal(await of(harness).find(id), null);
      },
    },
    {
      name: 'rejects a transaction of another store',
      check: async (create) => {
        const repository = of(await create());
        await refuseForeignTransaction(
          (tx) => repository.change(tx, id, () => ({ result: null })),
          (tx) => repository.find(id, tx),
          (tx) => repository.list({ limit: 1 }, tx),
        );
      },
    },
    {
      name: 'law 4: runs concurrent decisions one after the other, including the first of all',
      needs: 'concurrent',
      check: async (create) => {
        for (let round = 0; round < 5; round += 1) {
          const harness = await create();
          const steps = Array.from({ length: 8 }, () =>
            harness.transactions.run((tx) =>
              of(harness).change(tx, id, (stored) => ({ state: subject.step(stored), result: null })),
            ),
          );
          await Promise.all(steps);
          const expected = steps.reduce<State | null>((state) => subject.step(state), null);
          deepEqual(await of(harness).find(id), expected);
        }
      },
    },
  ];
}

/** Stores states as they are. */
export async function keep<Id extends string, State>(
  transactions: Transactions,
  repository: Collection<Id, State>,
  idOf: (state: State) => Id,
  crowd: readonly State[],
): Promise<void> {
  await transactions.run(async (tx) => {
    for (const state of crowd) await repository.change(tx, idOf(state), () => ({ state, result: null }));
  });
}

/** Returns everything that a repository lists. */
export function listed<Id extends string, State>(
  repository: Collection<Id, State>,
  idOf: (state: State) => Id,
  limit = 1_000,
): Promise<readonly State[]> {
  return allPages(
    (last, size) => repository.list({ limit: size, ...(last && { after: idOf(last) }) }),
    limit,
  );
}
