import type {
  Clock,
  EnginePorts,
  InstantLike,
  JobDefinition,
  Json,
  Outbox,
  Schedules,
} from '@gamekeeper/core';
import type fc from 'fast-check';
import type { PlannedAction } from './plan.ts';

/**
 * The ports of a store that the engine and the outbox need. Every property that is an object counts as a port whose
 * methods answer promises, those of the scenario's own too; each call of one is a place where a fault may strike.
 */
export interface SimulatedStore extends Omit<EnginePorts, 'clock' | 'observer' | 'random' | 'leaseMs'> {
  readonly outbox: Outbox;
}

/** The lines that a state is compared by, under headings of the scenario's own. Their order does not matter. */
export type StateLines = Readonly<Record<string, readonly string[]>>;

/**
 * Something that must hold. A fresh check watches each history: it is called with the store after each day and at the
 * end, when all that was owed is done, and answers what is wrong, in sentences.
 */
export interface Invariant<Store> {
  /** The law that it proves, for the report: `law 8: sealed standings never change`. */
  readonly name: string;
  readonly watch: () => (store: Store, when: 'meanwhile' | 'end') => Promise<readonly string[]>;
}

/** What is simulated: a store, the jobs on it, what players do, and what must hold. */
export interface Scenario<Store extends SimulatedStore = SimulatedStore, Action extends Json = Json> {
  readonly schedules: Schedules;
  /** The first instant; no tick of a job should lie there. */
  readonly from: InstantLike;
  readonly days: number;
  /** The most instances that a plan may have. */
  readonly maxInstances: number;
  readonly leaseMs: number;
  /** Gives an empty store whose leases are measured by the clock. It must work in this process, without real time. */
  readonly openStore: (clock: Clock) => Store;
  /** The store of the undisturbed reference, where it is another. Default: `openStore`. */
  readonly openReference?: (clock: Clock) => Store;
  /** The jobs of one instance, on its ports. */
  readonly jobs: (ports: Store, clock: Clock) => readonly JobDefinition[];
  /** What players may do in a history, and when. */
  readonly actions: fc.Arbitrary<readonly PlannedAction<Action>[]>;
  /** How they do it. The answer in words must be the same as in the undisturbed history. */
  readonly players: (store: Store, clock: Clock) => (action: Action) => Promise<string>;
  /** What must be equal to the undisturbed history at the end, beside the events in the outbox. */
  readonly state: (store: Store, clock: Clock) => Promise<StateLines>;
  readonly invariants: readonly Invariant<Store>[];
  /** Calls that faults are aimed at more often, beside those of the engine itself: `digests.queue`. */
  readonly aimAt?: readonly string[];
}
