import type { Json } from '@gamekeeper/core';

/** What goes wrong. */
export type Trouble =
  /** The process is killed; another is started in its place after `downMs`. */
  | { readonly kind: 'crash'; readonly downMs: number }
  /** The process is told to stop, as at a deploy, and another is started in its place after `downMs`. */
  | { readonly kind: 'restart'; readonly downMs: number }
  /** The process stands still, its timers and answers with it. Its open transactions are lost. */
  | { readonly kind: 'pause'; readonly forMs: number }
  /** The call takes so long; what it holds, it holds meanwhile. */
  | { readonly kind: 'slow'; readonly forMs: number }
  /** The call does nothing and throws an error that may pass. */
  | { readonly kind: 'error' }
  /** The call throws `StoreUnavailableError`: before it had any effect, or after its effect was had. */
  | { readonly kind: 'unavailable' }
  /** The process does not reach the store for so long. */
  | { readonly kind: 'partition'; readonly forMs: number }
  /** Nobody reaches the store for so long, and players cannot act. */
  | { readonly kind: 'outage'; readonly forMs: number }
  /** The scheduler wakes the engine a second time, so much later. */
  | { readonly kind: 'double-wake'; readonly forMs: number }
  /** The clock of the instance is ahead of the true time by `aheadMs` from now on, whatever it was before. */
  | { readonly kind: 'clock-jump'; readonly aheadMs: number }
  /** The transaction that the call belongs to is undone, and its work is called again. Nothing outside of one. */
  | { readonly kind: 'conflict' }
  /** What the call needs in its transaction is locked by somebody else. Nothing outside of one. */
  | { readonly kind: 'locked' }
  /** A transaction of somebody else's holds the store for so long: whoever wants a row waits. */
  | { readonly kind: 'held'; readonly forMs: number }
  /** The leaderboard cache loses everything. */
  | { readonly kind: 'cache-lost' }
  /** The leaderboard cache comes back as it was `ageMs` ago. */
  | { readonly kind: 'cache-restored'; readonly ageMs: number }
  /** Nobody reaches the leaderboard cache for so long. */
  | { readonly kind: 'cache-away'; readonly forMs: number };

/** The moment at which a fault strikes an instance. */
export type Moment =
  | {
      /**
       * A port's verb as `ledger.advance`; `transactions.commit`, `scheduler.wake`, `events.handle`; or `any`, which
       * counts all calls.
       */
      readonly call: string;
      /** Which of the instance's calls of that name; 1 for the first. Counted on through restarts. */
      readonly nth: number;
      readonly side: 'before' | 'after';
    }
  /** So long after the beginning of the history. */
  | { readonly afterMs: number };

/** One fault of a history: who it strikes, when, and what it is. */
export interface Fault {
  /** 0 for instance A, 1 for B; counted round when there are fewer. */
  readonly instance: number;
  readonly at: Moment;
  readonly what: Trouble;
}

/** A transaction that the host opens around an action of a player's. */
export interface HostTransaction {
  /** For how long it stays open after the action. Everybody else waits. */
  readonly holdsMs: number;
  /** How often it ends in a conflict of serialization and is repeated as a whole. */
  readonly conflicts: number;
  /** Whether the host undoes it at last: then the action has never happened. */
  readonly rollsBack: boolean;
}

/** Something that a player does, as data of the scenario's own. */
export interface PlannedAction<Action extends Json = Json> {
  readonly afterMs: number;
  readonly action: Action;
  /**
   * The instance that the player's request comes to, counted round: its clock says when it is, and its version how it
   * is done. One that is down or stands still does nothing. Default: a host whose clock is right.
   */
  readonly through?: number;
  /** When the host says that it happened: any instant, however absurd. Default: the clock's present. */
  readonly at?: number;
  /** Default: a transaction of the library's own. */
  readonly transaction?: HostTransaction;
}

/** A new version of the host, which replaces the one before on all instances. */
export interface Deploy<Version extends Json = Json> {
  readonly afterMs: number;
  /** How long after one instance the next one follows; 0 for all at once. Old and new run side by side meanwhile. */
  readonly rollMs: number;
  /** Data of the scenario's own: schedules, boards and rules. */
  readonly version: Version;
}

/** A whole history as data: the same plan always plays out in the same way. */
export interface SimulationPlan<Action extends Json = Json, Version extends Json = never> {
  /** By how much the clock of each instance is ahead of the true time. Milliseconds; one entry for each instance. */
  readonly skewsMs: readonly number[];
  readonly faults: readonly Fault[];
  readonly actions: readonly PlannedAction<Action>[];
  /**
   * Instances measure by how much their clock is off from the store's, when they start and soon after a jump, and correct
   * it. Default: they trust their clocks.
   */
  readonly measuresClocks?: boolean;
  readonly deploys?: readonly Deploy<Version>[];
  /** Instances deliver events to a handler, each of which takes so long. Default: nobody delivers any. */
  readonly delivery?: { readonly handlerMs: number };
}

/** A, B, C… */
export function instanceName(index: number): string {
  return String.fromCharCode(65 + index);
}
