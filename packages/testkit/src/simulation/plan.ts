import type { Json } from '@gamekeeper/core';
import type { CourierRole } from '@gamekeeper/core/engine';

/** A kind of fault. */
export type Trouble =
  /** The process is killed; another one starts after `downMs`. */
  | { readonly kind: 'crash'; readonly downMs: number }
  /** The process is stopped, as at a deploy, and another one starts after `downMs`. */
  | { readonly kind: 'restart'; readonly downMs: number }
  /** The process is suspended, including its timers and pending calls. Its open transactions are lost. */
  | { readonly kind: 'pause'; readonly forMs: number }
  /** The call takes `forMs`; what it has locked stays locked meanwhile. */
  | { readonly kind: 'slow'; readonly forMs: number }
  /** The call has no effect and throws a transient error. */
  | { readonly kind: 'error' }
  /** The call throws `StoreUnavailableError`: before it had any effect, or after its effect. */
  | { readonly kind: 'unavailable' }
  /** The process cannot reach the store for `forMs`. */
  | { readonly kind: 'partition'; readonly forMs: number }
  /** No process can reach the store for `forMs`, and players cannot act. */
  | { readonly kind: 'outage'; readonly forMs: number }
  /** The scheduler wakes the engine a second time, `forMs` later. */
  | { readonly kind: 'double-wake'; readonly forMs: number }
  /** The clock of the instance is ahead of the true time by `aheadMs` from now on, whatever it was before. */
  | { readonly kind: 'clock-jump'; readonly aheadMs: number }
  /** The transaction of the call is rolled back, and its work is called again. No effect outside of a transaction. */
  | { readonly kind: 'conflict' }
  /** A row that the call needs in its transaction is locked by another one. No effect outside of a transaction. */
  | { readonly kind: 'locked' }
  /** Another transaction locks the store for `forMs`: every call that needs a row waits. */
  | { readonly kind: 'held'; readonly forMs: number }
  /** The courier loses all items that wait. */
  | { readonly kind: 'items-lost' }
  /** The leaderboard cache loses all data. */
  | { readonly kind: 'cache-lost' }
  /** The leaderboard cache returns with its data of `ageMs` ago. */
  | { readonly kind: 'cache-restored'; readonly ageMs: number }
  /** No process can reach the leaderboard cache for `forMs`. */
  | { readonly kind: 'cache-away'; readonly forMs: number };

/** The moment at which a fault strikes an instance. */
export type Moment =
  | {
      /**
       * A method of a port such as `ledger.advance`; `transactions.commit`, `scheduler.wake`, `events.handle`; or
       * `any`, which counts all calls.
       */
      readonly call: string;
      /** Which of the instance's calls of that name, from 1; counting continues across restarts. */
      readonly nth: number;
      readonly side: 'before' | 'after';
    }
  /** This long after the beginning of the history. */
  | { readonly afterMs: number };

/** One fault of a history: which instance it strikes, when, and its kind. */
export interface Fault {
  /** 0 for instance A, 1 for B and so on; modulo the number of instances. */
  readonly instance: number;
  readonly at: Moment;
  readonly what: Trouble;
}

/** A transaction that the host opens around a player's action. */
export interface HostTransaction {
  /** How long it stays open after the action. All other transactions wait. */
  readonly holdsMs: number;
  /** How many times it ends in a serialization conflict and is repeated as a whole. */
  readonly conflicts: number;
  /** Whether the host finally rolls it back: then the action has no effect. */
  readonly rollsBack: boolean;
}

/** A player's action, as data of the scenario. */
export interface PlannedAction<Action extends Json = Json> {
  readonly afterMs: number;
  readonly action: Action;
  /**
   * The instance that receives the player's request (modulo their number): its clock and its version apply. An
   * instance that is down or suspended does nothing. Default: a host whose clock is right.
   */
  readonly through?: number;
  /** When the host says that it happened: any instant, however absurd. Default: now by the clock. */
  readonly at?: number;
  /** Default: the library opens its own transaction. */
  readonly transaction?: HostTransaction;
}

/** A new version of the host, which replaces the previous one on all instances. */
export interface Deploy<Version extends Json = Json> {
  readonly afterMs: number;
  /**
   * The delay between one instance and the next; 0 for all at once. Meanwhile old and new versions run side by side.
   */
  readonly rollMs: number;
  /** Data of the scenario: schedules, boards and rules. */
  readonly version: Version;
}

/** A courier between the instances of a history, and what it does to items. */
export interface PlannedCourier {
  /** What each instance does, modulo their number. All do both if otherwise nobody would send or nobody would work. */
  readonly roles: readonly CourierRole[];
  /** The longest time between two rings of the bell. Milliseconds. */
  readonly bellMs: number;
  /** The share of items that are lost, but no key more than twice in a row. */
  readonly loses: number;
  /** The share of items that are delivered twice. */
  readonly doubles: number;
  /** The share of items that are delivered up to `maxDelayMs` later. */
  readonly delays: number;
  readonly maxDelayMs: number;
  /** Decides which items those are. */
  readonly seed: number;
}

/** A whole history as data: the same plan always gives the same history. */
export interface SimulationPlan<Action extends Json = Json, Version extends Json = never> {
  /** How far the clock of each instance is ahead of the true time. Milliseconds; one entry per instance. */
  readonly skewsMs: readonly number[];
  readonly faults: readonly Fault[];
  readonly actions: readonly PlannedAction<Action>[];
  /**
   * Whether instances measure how far their clocks differ from the store's, at their start and soon after a jump, and
   * correct them. Default: they do not.
   */
  readonly measuresClocks?: boolean;
  readonly deploys?: readonly Deploy<Version>[];
  /** Runs are divided into shards; each instance works on so many of them at once. Default: runs are not divided. */
  readonly shards?: { readonly atOnce: number };
  /** A courier carries the work between the instances. Default: each instance works on its own. */
  readonly courier?: PlannedCourier;
  /** Instances deliver events to a handler that takes `handlerMs` for each. Default: no events are delivered. */
  readonly delivery?: { readonly handlerMs: number };
}

/** A, B, C… */
export function instanceName(index: number): string {
  return String.fromCharCode(65 + index);
}
