import { addMs, instant, type Instant, type InstantLike } from '@gamekeeper/core';

/** Where a period is on its way. */
export type PeriodStep = 'ahead' | 'open' | 'grace' | 'unsealed' | 'sealed' | 'archived' | 'finished';

/** The steps as they are shown, in their order. A period that should be sealed and is not, is `unsealed`. */
export const periodSteps: readonly { readonly step: PeriodStep; readonly title: string }[] = [
  { step: 'open', title: 'open' },
  { step: 'grace', title: 'grace' },
  { step: 'sealed', title: 'sealed' },
  { step: 'archived', title: 'archived' },
  { step: 'finished', title: 'finished' },
];

/** A period as a host returns it. */
export interface ShownPeriod {
  readonly startsAt: InstantLike | null;
  readonly endsAt: InstantLike | null;
  readonly sealedAt: InstantLike | null;
  readonly players: number | null;
  readonly resetAt: InstantLike | null;
}

/**
 * Returns the step of a period.
 *
 * @param graceMs how long after its end a period waits for late awards
 */
export function stepOf(period: ShownPeriod, graceMs: number, now: Instant): PeriodStep {
  const { startsAt, endsAt, sealedAt, players, resetAt } = period;
  if (resetAt !== null) return 'finished';
  if (players !== null) return 'archived';
  if (sealedAt !== null) return 'sealed';
  if (startsAt !== null && instant(startsAt) > now) return 'ahead';
  if (endsAt === null || instant(endsAt) > now) return 'open';
  return addMs(instant(endsAt), graceMs + SEALING_MS) > now ? 'grace' : 'unsealed';
}

/** A reset needs a moment to seal. Milliseconds. */
const SEALING_MS = 30_000;
