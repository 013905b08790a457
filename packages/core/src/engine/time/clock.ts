import { createAbortController, type AbortSignal, type AbortSignalLike } from './abort.ts';
import { withMethods } from '../common/options.ts';
import { SECOND_MS, addMs, type Instant } from './instant.ts';

/** A timer that can be cancelled. Cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time. All code that waits or needs the current time uses a clock, so that tests can control it.
 *
 * Obligations of an implementation:
 * - A timer never fires before `now()` has reached its instant, however far away that is (also beyond 24.8 days),
 *   unless the clock was moved back meanwhile.
 * - Timers fire in order of their instants.
 * - A timer whose instant has passed fires soon, but never inside `setTimer` itself.
 */
export interface Clock {
  /** Returns the current time in whole milliseconds. May jump when the machine's clock is corrected. */
  now(): Instant;
  /** Calls `run` once, when the clock reaches `at`. */
  setTimer(at: Instant, run: () => void): Timer;
}

/**
 * Returns the value if it has the methods of a clock.
 *
 * @throws {InvalidOptionError} naming the option and the missing method
 */
export function givenClock(option: string, clock: Clock): Clock {
  return withMethods(option, clock, ['now', 'setTimer'], 'must be a clock with the methods now and setTimer');
}

/** Waits on the clock. Returns early, without throwing, when one of the signals aborts. */
export function sleep(
  clock: Clock,
  ms: number,
  ...signals: readonly (AbortSignalLike | undefined)[]
): Promise<void> {
  if (signals.some((signal) => signal?.aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      for (const signal of signals) signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(addMs(clock.now(), ms), done);
    for (const signal of signals) signal?.addEventListener('abort', done);
  });
}

/**
 * Waits for work, but no longer than `deadlineMs`. Returns whether the work ended in time.
 *
 * @throws what the work throws in time
 */
export async function endsWithin(clock: Clock, work: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const ended = createAbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      sleep(clock, deadlineMs, ended.signal).then(() => false),
    ]);
  } finally {
    ended.abort();
  }
}

/**
 * Waits for a result for at most `ms` milliseconds, then aborts the signal. Does not wait for work that ignores the
 * signal.
 *
 * @throws what `ask` throws, or an error that says that there was no result in time
 */
export async function withTimeout<Result>(
  clock: Clock,
  ms: number,
  ask: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const overdue = createAbortController();
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(addMs(clock.now(), ms), () => {
    const reason = new Error(`no result within ${ms / SECOND_MS} s`);
    overdue.abort(reason);
    reject(reason);
  });
  try {
    return await Promise.race([ask(overdue.signal), deadline]);
  } finally {
    timer.cancel();
  }
}
