import type {
  Clock,
  Instant,
  InstantLike,
  JobDefinition,
  Json,
  ScheduledJob,
  Transaction,
} from '@gamekeeper/core';
import type { Outbox, OutboxPartitions, ScheduleParser } from '@gamekeeper/core/ports';
import type { EnginePorts, ScheduleWithExtraTicks } from '@gamekeeper/core/engine';
import type fc from 'fast-check';
import type { PlannedAction } from './plan.ts';
import type { CacheFaults } from './simulated-cache.ts';

/**
 * The ports of a store that the engine and the outbox need. Every property that is an object counts as a port whose
 * methods answer promises, those of the scenario's own too; each call of one is a place where a fault may strike.
 */
export interface SimulatedStore extends Omit<EnginePorts, 'clock' | 'observer' | 'random' | 'leaseMs'> {
  readonly outbox: Outbox;
  /** Where instances take events from that they deliver. Without it none are delivered. */
  readonly outboxPartitions?: OutboxPartitions;
  /** Ticks that jobs may have beside those of their schedules, once all is over. */
  readonly furtherTicks?: () => Promise<readonly Instant[]>;
  /** Has the cache lose what it holds. Without it no fault of a cache does anything. */
  readonly cacheFaults?: CacheFaults;
}

/** A job of an instance that opens. */
export type OpenedJob = ScheduledJob & { readonly schedule: ScheduleWithExtraTicks };

/** An instance that opens. */
export interface OpeningHost<Version extends Json = Json> {
  /** What the scenario's `jobs` gave for it. */
  readonly made: readonly JobDefinition[];
  readonly jobs: readonly OpenedJob[];
  readonly clock: Clock;
  readonly version: Version | null;
}

/** As what players act: in which version of the host, and whether anything may be left for them to catch up on. */
export interface Setting<Version extends Json = Json> {
  /** What was deployed last where they act; `null` before the first deploy. */
  readonly version: Version | null;
  /**
   * `false` in the undisturbed history where every tick up to the action has run: the schedules that players go by may
   * then be given without any tick, so that what applies a tick that is not there is found out.
   */
  readonly appliesDueTicks: boolean;
}

/** How one action is done. */
export interface ActionOptions {
  /** The instant that the host gives for it; the clock's present unless given. */
  readonly at?: Instant;
  /** The host's transaction, in which all of it has to happen. */
  readonly tx?: Transaction;
  /** Calls back when the host's transaction has committed; at once where there is none. */
  readonly afterCommit: (work: () => Promise<void>) => void;
}

/** Does what a player does. The answer in words must be the same as in the undisturbed history. */
export type Players<Action extends Json = Json> = (action: Action, options: ActionOptions) => Promise<string>;

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
export interface Scenario<
  Store extends SimulatedStore = SimulatedStore,
  Action extends Json = Json,
  Version extends Json = never,
> {
  readonly schedules: ScheduleParser;
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
  /** The jobs of one instance, on its ports. `version` is what was deployed last; `null` before the first deploy. */
  readonly jobs: (ports: Store, clock: Clock, version: Version | null) => readonly JobDefinition[];
  /** What an instance does before it begins: puts its rules on record, finds further ticks in what is stored. */
  readonly open?: (ports: Store, host: OpeningHost<Version>) => Promise<void>;
  /** Takes over what other instances have put on record. Called before a job of `jobs` looks for ticks. */
  readonly refresh?: (ports: Store, jobs: readonly JobDefinition[], tx?: Transaction) => Promise<void>;
  /** Gives the store of the reference what instances have put on record in the other one. */
  readonly handRecords?: (from: Store, to: Store) => Promise<void>;
  /** Whether a version makes the order matter in which ticks and actions are committed. Default: yes. */
  readonly orderMatters?: (version: Version) => boolean;
  /** What may be deployed. Without it nothing is. */
  readonly versions?: fc.Arbitrary<Version>;
  /** What players may do in a history, and when. */
  readonly actions: fc.Arbitrary<readonly PlannedAction<Action>[]>;
  /** How they do it. */
  readonly players: (store: Store, clock: Clock, setting: Setting<Version>) => Players<Action>;
  /** Whether players heed `at` and `tx`: then hosts give them instants and transactions of their own. */
  readonly playersTakeOptions?: boolean;
  /** What must be equal to the undisturbed history at the end, beside the events in the outbox. */
  readonly state: (store: Store, clock: Clock) => Promise<StateLines>;
  readonly invariants: readonly Invariant<Store>[];
  /** Calls that faults are aimed at more often, beside those of the engine itself: `digests.queue`. */
  readonly aimAt?: readonly string[];
}
