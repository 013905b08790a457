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
  | { readonly kind: 'double-wake'; readonly forMs: number };

/** The moment at which a fault strikes an instance. */
export type Moment =
  | {
      /** A port's verb as `ledger.advance`; `transactions.commit`, `scheduler.wake`; or `any`, which counts all calls. */
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

/** Something that a player does, as data of the scenario's own. */
export interface PlannedAction<Action extends Json = Json> {
  readonly afterMs: number;
  readonly action: Action;
}

/** A whole history as data: the same plan always plays out in the same way. */
export interface SimulationPlan<Action extends Json = Json> {
  /** By how much the clock of each instance is ahead of the true time. Milliseconds; one entry for each instance. */
  readonly skewsMs: readonly number[];
  readonly faults: readonly Fault[];
  readonly actions: readonly PlannedAction<Action>[];
}

/** A, B, C… */
export function instanceName(index: number): string {
  return String.fromCharCode(65 + index);
}
