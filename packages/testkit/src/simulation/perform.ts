import {
  addMs,
  type Clock,
  type Instant,
  type Json,
  type Transaction,
  type Transactions,
} from '@gamekeeper/core';
import { sleep } from '@gamekeeper/core/engine';
import type { Journal } from './journal.ts';
import type { HostTransaction, PlannedAction } from './plan.ts';
import type { ActionOptions, Players, SimulatedStore } from './scenario.ts';
import { oddActionInWords } from './story.ts';
import { withVerbs } from './with-verbs.ts';
import type { World } from './world.ts';

/** An action of a player, its time and its result. */
export interface Performed<Action extends Json = Json, Version extends Json = Json> {
  readonly planned: PlannedAction<Action>;
  /** When it was requested, in true time. */
  readonly askedAt: Instant;
  /** The same instant by the clock of the host that performed it. */
  readonly at: Instant;
  readonly version: Version | null;
  answer: string;
}

/**
 * Schedules the actions of a history's players. No action happens while the store is down.
 *
 * @returns the performed actions, filled in as time passes
 */
export function performLater<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  world: World<Store, Action, Version>,
  actions: readonly PlannedAction<Action>[],
): readonly Performed<Action, Version>[] {
  const { clock } = world;
  const done: Performed<Action, Version>[] = [];
  const start = clock.now();
  const all = actions
    .map((planned) => ({ at: addMs(start, planned.afterMs), planned }))
    .sort((a, b) => a.at - b.at);
  const perform = (planned: PlannedAction<Action>): void => {
    const host =
      planned.through === undefined ? { clock, version: world.newestVersion } : world.reach(planned.through);
    if (!world.isStoreUp || !host) return;
    const { version } = host;
    const at = host.clock.now();
    const entry = { planned, askedAt: clock.now(), at, version, answer: 'never answered' };
    const index = done.push(entry) - 1;
    const odd = oddActionInWords(planned, at, clock.now());
    if (odd !== null) world.story.tell(odd);
    const store = { ...world.store, transactions: notedIn(world, index) };
    // The time of the request: work that is ahead of it in the store may take a while.
    const asked = {
      now: () => at,
      setTimer: (...timer: Parameters<Clock['setTimer']>) => clock.setTimer(...timer),
    };
    const act = world.scenario.players(store, asked, { version, appliesDueTicks: true });
    const answered = (answer: string): void => {
      entry.answer = answer;
      world.journal.answered(index);
    };
    void inWords(
      actAsPlanned(act, planned, {
        transactions: store.transactions,
        hold: (ms) => {
          // Meanwhile no instance can record what was delivered, and a lease may expire.
          world.deliveries.disturb();
          return sleep(clock, ms, world.ending);
        },
      }),
    ).then(answered);
  };
  const waitFor = (index: number): void => {
    const next = all[index];
    if (!next) return;
    clock.setTimer(next.at, () => {
      perform(next.planned);
      waitFor(index + 1);
    });
  };
  waitFor(0);
  return done;
}

/** Returns the result of an action, or its error, as text. */
export function inWords(answer: Promise<string>): Promise<string> {
  return answer.catch((error: unknown) => `threw ${String(error)}`);
}

/** Returns whether an action is rolled back by its host. */
export function isUndone({ transaction }: PlannedAction): boolean {
  return transaction?.rollsBack ?? false;
}

/** What a host needs to open a transaction and to wait while it is open. */
interface Host {
  readonly transactions: Transactions;
  readonly hold: (ms: number) => Promise<void>;
}

/** Performs an action with the instant that the host passes, inside a host's transaction if planned. */
export async function actAsPlanned<Action extends Json>(
  act: Players<Action>,
  { action, at, transaction }: PlannedAction<Action>,
  { transactions, hold }: Host,
): Promise<string> {
  const options = { ...(at !== undefined && { at: at as Instant }) };
  if (!transaction) return act(action, { ...options, afterCommit: (work) => void work() });
  const { answer, afterwards } = await inHostTransaction(transaction, { transactions, hold }, async (tx) => {
    const waiting: (() => Promise<void>)[] = [];
    const inHost: ActionOptions = { ...options, tx, afterCommit: (work) => void waiting.push(work) };
    return { answer: await act(action, inHost), afterwards: waiting };
  });
  for (const work of afterwards) await work();
  return answer;
}

const conflict = new Error('could not serialize access');
const undone = new Error('the host has rolled back its transaction');

async function inHostTransaction<
  Result extends { readonly answer: string; readonly afterwards: readonly unknown[] },
>(
  { holdsMs, conflicts, rollsBack }: HostTransaction,
  { transactions, hold }: Host,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result | { readonly answer: string; readonly afterwards: readonly [] }> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await transactions.run(async (tx) => {
        const result = await work(tx);
        if (holdsMs > 0) await hold(holdsMs);
        if (tries < conflicts) throw conflict;
        if (rollsBack) throw undone;
        return result;
      });
    } catch (error) {
      if (error === undone) return { answer: 'rolled back by the host', afterwards: [] };
      if (error !== conflict) throw error;
    }
  }
}

/** Returns the store's transactions, recorded by the journal as this action's. */
function notedIn(
  { store, journal }: { readonly store: SimulatedStore; readonly journal: Journal },
  index: number,
): Transactions {
  const { transactions } = store;
  return withVerbs(transactions, {
    run: (work) =>
      transactions.run(async (tx) => {
        const result = await work(tx);
        journal.acted(index);
        return result;
      }),
  });
}
