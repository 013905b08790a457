import type { JsonObject } from '../common/json.ts';
import type { PruneRequest, Prunable } from '../jobs/prunable.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** What an operator is about to do. */
export interface NewOperatorAction {
  /** Unique: the same id is never acted on twice. At most 200 characters. */
  readonly id: string;
  /** What is done, such as `pause`. */
  readonly action: string;
  /** The job or board that it is done to. */
  readonly subject: string;
  /** Who does it. */
  readonly who: string;
  /** Why, in the operator's words. */
  readonly reason: string;
  /** What else was asked, such as `{ "tick": "2026-11-24T00:00:00.000Z" }`. */
  readonly details: JsonObject;
}

/** How an action ended. */
export interface OperatorActionEnd {
  readonly status: 'done' | 'failed';
  /** What it did, or the error, without secrets. */
  readonly result: string;
}

/** An action as stored. */
export interface OperatorAction extends NewOperatorAction {
  /** Grows in the order in which actions began; text, because it may pass 2^53. */
  readonly position: string;
  /** `begun` until its end is recorded; for ever if the process ended first. */
  readonly status: 'begun' | OperatorActionEnd['status'];
  readonly result: string | null;
  readonly begunAt: Instant;
  readonly endedAt: Instant | null;
}

/** Which actions to list. */
export interface OperatorActionsPage {
  /** Only actions on this job or board. */
  readonly subject?: string;
  /** The `position` of the last action of the previous page. */
  readonly before?: string;
  readonly limit: number;
}

/**
 * Stores what operators do to jobs and boards: who, when, why, and how it ended. An action is stored before it is done,
 * so that none is done unseen, and a request that arrives twice acts once.
 *
 * Times use the store's clock. `actionLogContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface ActionLog extends Prunable {
  /** Stores an action as `begun`. Returns `false` and changes nothing if its id is known: do not act. */
  begin(action: NewOperatorAction): Promise<boolean>;

  /** Records how an action ended. Does nothing if it has ended or is not known. */
  end(id: string, end: OperatorActionEnd): Promise<void>;

  /** Returns one action, or `null`. */
  find(id: string): Promise<OperatorAction | null>;

  /** Returns actions, newest first. */
  list(page: OperatorActionsPage): Promise<readonly OperatorAction[]>;

  /** Removes up to `limit` actions that began before an instant. Returns how many. */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
