import type { ChangedDay } from '../../engine/time/changed-days.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { LocalDate } from '../../engine/time/zones.ts';
import type { RecordedDetails, StoredDetails } from './player-log.ts';

/** What every entry has, of whatever kind. */
interface Common {
  /** Unique among the player's entries of one instant. */
  readonly id: string;
  /** The tick, or the instant of the call. Entries are ordered by it, newest first. */
  readonly at: Instant;
  /** The job whose tick did it, or the call of the host: `streak-update`, `gameplay.completeQuiz`. */
  readonly source: string;
  readonly isTick: boolean;
  /** The option of the host that decided, or the law of the game in words. */
  readonly rule: string;
  /** When it was written, by the store's clock; `null` if that is not stored, or it is only due. */
  readonly recordedAt: Instant | null;
}

/** What is known about the day and the rules of a tick that judged a streak. */
interface Days {
  /** The day without a quiz that the tick judged. */
  readonly day: LocalDate;
  /** The rule in force at the tick. */
  readonly breakAfterHours: number;
  /** The time zone of the streak job's schedule at the tick. */
  readonly timeZone: string;
  /** The days since the last quiz that were not 24 hours long in that zone. */
  readonly changedDays: readonly ChangedDay[];
  /** `false` for a tick that neither the job nor a call has applied yet: players see its effect already. */
  readonly isApplied: boolean;
}

type Details = RecordedDetails & StoredDetails;

/**
 * What a job or a call did to a player: one member for each `kind`. {@link explanationText} says it in a sentence.
 *
 * - `streak-broken`, `streak-protected`, `protection-granted`
 * - `quiz-started` (and still active), `quiz-completed`, `quiz-expired`; starting a quiz spends a life
 * - `life-spent` (by a call with an idempotency key), `life-returned` (the last one)
 * - `xp-awarded`, `award-late`, `period-sealed`
 * - `adjusted` by an operator, `renamed`, `imported`
 */
export type Explanation = {
  [Kind in keyof Details]: Common & { readonly kind: Kind } & Details[Kind] &
    (Kind extends 'streak-broken' | 'streak-protected' ? Days : unknown);
}[keyof Details];
