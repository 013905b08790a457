import { GamekeeperError } from '../common/errors.ts';
import { iso } from '../time/instant.ts';
import type { Claim } from './run-ledger.ts';

/** An attempt took longer than its job allows. What its batches committed stays. */
export class RunTimeoutError extends GamekeeperError<'RUN_TIMEOUT'> {
  constructor({ job, tick, fence }: Pick<Claim, 'job' | 'tick' | 'fence'>, timeoutMs: number) {
    super(
      'RUN_TIMEOUT',
      `Attempt ${fence} of ${job} at ${iso(tick)} took longer than ${timeoutMs} ms and was ended; run the tick again to go on at its checkpoint, or raise timeoutMs.`,
    );
  }
}
