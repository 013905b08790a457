import type { ClaimOutcome } from './run-ledger.ts';
import type { AttemptReport } from './run-observer.ts';

/**
 * The outcome of a tick: it ran here; it was already done; another attempt is running; it must wait (the job is
 * paused, or the tick is in the future by the store's clock); or the engine stops.
 */
export type TickOutcome =
  | { readonly kind: 'ran'; readonly report: AttemptReport }
  | Exclude<ClaimOutcome, { kind: 'claimed' | 'divided' }>
  | { readonly kind: 'stopped' };
