import { backoffMs } from '@gamekeeper/core/engine';
import { setTimeout as pause } from 'node:timers/promises';
import { asConflict, isConflict } from './conflicts.ts';

/** How often a transaction is tried, and how long it pauses in between. Less than two seconds in all. */
const RETRY = { attempts: 8, initialDelayMs: 20, maxDelayMs: 500 };

/** How pauses between the tries of a transaction are made. */
export interface RetryDelays {
  readonly pause: (ms: number) => Promise<unknown>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Of the machine's own time, also where the host's clock is a virtual one: what is waited for are other connections. */
export const realRetryDelays: RetryDelays = { pause, random: Math.random };

/**
 * Does a transaction again, as a whole, while others at the same time undo it. The pauses grow, and differ between those
 * that conflict.
 *
 * @throws {TransactionConflictError} when that has happened too often
 */
export async function retryOnConflict<Result>(
  { pause: wait, random }: RetryDelays,
  transaction: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (tries === RETRY.attempts || !isConflict(error)) throw asConflict(error);
      await wait(backoffMs(RETRY, tries + 1, random()));
    }
  }
}
