import type { AbortSignalLike } from '../time/abort.ts';
import { sleep } from '../time/clock.ts';
import type { Attempt } from './attempt.ts';
import type { AttemptPorts } from './attempt-ports.ts';
import { noThrottle } from './throttle.ts';
import type { CommittedBatch } from './run-observer.ts';

/** The longest pause at once. Milliseconds. */
const MAX_PAUSE_MS = 10_000;

/**
 * Pauses after a committed batch as long as the throttle says. Ends early when the engine stops or the attempt ends.
 */
export async function pauseBetweenBatches(
  { throttle = noThrottle, clock, observer }: AttemptPorts,
  attempt: Attempt,
  { processed, durationMs }: CommittedBatch,
  stopping: AbortSignalLike,
): Promise<void> {
  const { job, claim, signal } = attempt;
  const wanted = await pauseWanted(() =>
    throttle.pauseMs({ job: job.name, tick: claim.tick, processed, durationMs }),
  );
  const pauseMs = Math.min(wanted, MAX_PAUSE_MS, job.timeoutMs / 2 - attempt.pausedMs);
  if (pauseMs < 1) return;
  attempt.pausedMs += pauseMs;
  observer.runThrottled(claim, { pauseMs });
  await sleep(clock, pauseMs, stopping, signal);
}

/** A throttle that fails must not fail a run. */
async function pauseWanted(ask: () => number | Promise<number>): Promise<number> {
  try {
    const pauseMs = await ask();
    return Number.isFinite(pauseMs) ? Math.round(pauseMs) : 0;
  } catch {
    return 0;
  }
}
