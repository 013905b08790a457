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
 * methods return promises, including the scenario's own; a fault may strike at each call.
 */
export interface SimulatedStore extends Omit<EnginePorts, 'clock' | 'observer' | 'random' | 'leaseMs'> {
  readonly outbox: Outbox;
  /** Where instances claim events to deliver. If omitted, none are delivered. */
  readonly outboxPartitions?: OutboxPartitions;
  /** Returns further ticks that jobs may have besides those of their schedules. Called at the end. */
  readonly furtherTicks?: () => Promise<readonly Instant[]>;
  /** Faults of the cache. If omitted, cache faults have no effect. */
  readonly cacheFaults?: CacheFaults;
}

/** A job of an instance that is starting. */
export type OpenedJob = ScheduledJob & { readonly schedule: ScheduleWithExtraTicks };

/** An instance that is starting. */
export interface OpeningHost<Version extends Json = Json> {
  /** What the scenario's `jobs` returned for it. */
  readonly made: readonly JobDefinition[];
  readonly jobs: readonly OpenedJob[];
  readonly clock: Clock;
  readonly version: Version | null;
}

/** The setting in which players act: the version of the host, and whether they may have due ticks to apply. */
export interface Setting<Version extends Json = Json> {
  /** The version deployed last where they act; `null` before the first deploy. */
  readonly version: Version | null;
  /**
   * `false` in the undisturbed history if every tick up to the action has run. The schedules for players may then be
   * empty, so that applying a tick that does not exist is detected.
   */
  readonly appliesDueTicks: boolean;
}

/** How one action is performed. */
export interface ActionOptions {
  /** The instant that the host passes. Default: now by the clock. */
  readonly at?: Instant;
  /** The host's transaction, in which the whole action must happen. */
  readonly tx?: Transaction;
  /** Runs `work` when the host's transaction has committed; at once if there is none. */
  readonly afterCommit: (work: () => Promise<void>) => void;
}

/** Performs a player's action. The result, as text, must be the same as in the undisturbed history. */
export type Players<Action extends Json = Json> = (action: Action, options: ActionOptions) => Promise<string>;

/** The lines by which states are compared, under headings of the scenario. Their order does not matter. */
export type StateLines = Readonly<Record<string, readonly string[]>>;

/**
 * A condition that must hold. A new check watches each history: it is called with the store after each day, and at the
 * end when all work is done, and returns the violations as sentences.
 */
export interface Invariant<Store> {
  /** The law that it checks, for the report: `law 8: sealed standings never change`. */
  readonly name: string;
  readonly watch: () => (store: Store, when: 'meanwhile' | 'end') => Promise<readonly string[]>;
}

/** What is simulated: a store, its jobs, the actions of players, and the conditions that must hold. */
export interface Scenario<
  Store extends SimulatedStore = SimulatedStore,
  Action extends Json = Json,
  Version extends Json = never,
> {
  readonly schedules: ScheduleParser;
  /** The first instant; no job should have a tick at it. */
  readonly from: InstantLike;
  readonly days: number;
  /** The maximum number of instances of a plan. */
  readonly maxInstances: number;
  readonly leaseMs: number;
  /** Returns an empty store that uses the clock for its leases. It must work in this process, without real time. */
  readonly openStore: (clock: Clock) => Store;
  /** Returns the store of the undisturbed reference, if different. Default: `openStore`. */
  readonly openReference?: (clock: Clock) => Store;
  /**
   * Returns the jobs of one instance, on its ports. `version` is the version deployed last; `null` before the first
   * deploy.
   */
  readonly jobs: (ports: Store, clock: Clock, version: Version | null) => readonly JobDefinition[];
  /** Called before an instance starts: records its rules, finds further ticks in the stored data. */
  readonly open?: (ports: Store, host: OpeningHost<Version>) => Promise<void>;
  /** Adopts what other instances have recorded. Called before a job of `jobs` looks for ticks. */
  readonly refresh?: (ports: Store, jobs: readonly JobDefinition[], tx?: Transaction) => Promise<void>;
  /** Copies recorded schedules and rules from the store of the history to that of the reference. */
  readonly handRecords?: (from: Store, to: Store) => Promise<void>;
  /** Returns whether the commit order of ticks and actions matters with a version. Default: `true`. */
  readonly orderMatters?: (version: Version) => boolean;
  /** Generates the versions to deploy. If omitted, nothing is deployed. */
  readonly versions?: fc.Arbitrary<Version>;
  /** Generates the actions of players in a history, and their times. */
  readonly actions: fc.Arbitrary<readonly PlannedAction<Action>[]>;
  /** Returns how the actions are performed. */
  readonly players: (store: Store, clock: Clock, setting: Setting<Version>) => Players<Action>;
  /** Whether players respect `at` and `tx`: hosts then pass instants and transactions of their own. */
  readonly playersTakeOptions?: boolean;
  /** Returns what must equal the undisturbed history at the end, in addition to the events in the outbox. */
  readonly state: (store: Store, clock: Clock) => Promise<StateLines>;
  readonly invariants: readonly Invariant<Store>[];
  /** Calls that faults strike more often, in addition to those of the engine itself: `digests.queue`. */
  readonly aimAt?: readonly string[];
}
