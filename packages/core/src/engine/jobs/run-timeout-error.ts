import { GamekeeperError } from '../common/errors.ts';
import { iso } from '../time/instant.ts';
import type { Claim } from './run-ledger.ts';

/** An attempt exceeded its job's timeout. Committed batches stay. */
export class RunTimeoutError extends GamekeeperError<'RUN_TIMEOUT'> {
  constructor({ job, tick, fence }: Pick<Claim, 'job' | 'tick' | 'fence'>, timeoutMs: number) {
    super(
      'RUN_TIMEOUT',
      `Attempt ${fence} of ${job} at ${iso(tick)} took longer than ${timeoutMs} ms and was ended; run the tick again to continue from its checkpoint, or raise timeoutMs.`,
    );
  }
}
