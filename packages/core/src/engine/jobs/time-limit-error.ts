import { GamekeeperError } from '../common/errors.ts';
import { iso } from '../time/instant.ts';
import type { Claim } from './job-ledger.ts';

/** An attempt took longer than its job allows. What its batches committed stays. */
export class TimeLimitError extends GamekeeperError<'TIME_LIMIT'> {
  constructor({ job, tick, fence }: Pick<Claim, 'job' | 'tick' | 'fence'>, timeLimitMs: number) {
    super(
      'TIME_LIMIT',
      `Attempt ${fence} of ${job} at ${iso(tick)} took longer than ${timeLimitMs} ms and was ended; run the tick again to go on at its checkpoint, or raise timeLimitMs.`,
    );
  }
}
