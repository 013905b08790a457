import { backoffMs } from '@gamekeeper/core/engine';
import { setTimeout as pause } from 'node:timers/promises';
import { asConflict, isConflict } from './conflicts.ts';

/** Attempts of a transaction and the delays between them. Less than two seconds in total. */
const RETRY = { attempts: 8, initialDelayMs: 20, maxDelayMs: 500 };

/** How the delays between attempts of a transaction are made. */
export interface RetryDelays {
  readonly pause: (ms: number) => Promise<unknown>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** In real time, even if the host's clock is virtual: the wait is for other connections. */
export const realRetryDelays: RetryDelays = { pause, random: Math.random };

/**
 * Repeats a transaction while concurrent ones cause it to be rolled back. The delays grow and are random.
 *
 * @throws {TransactionConflictError} after the last attempt
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
