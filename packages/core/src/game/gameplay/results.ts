import type { InstantLike } from '../../engine/time/instant.ts';
import { each, toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { AwardOutcome } from '../leaderboards/award-repository.ts';
import type { Period } from '../leaderboards/period.ts';
import type { NamedScore } from '../leaderboards/standing.ts';
import type { Lives } from '../lives/lives.ts';
import type { QuizSession } from '../sessions/quiz-session.ts';
import type { Streak } from '../streaks/streak.ts';

/** The result of starting a quiz. */
export type StartQuizResult =
  | { readonly ok: true; readonly session: WithDates<QuizSession>; readonly lives: WithDates<Lives> }
  | { readonly ok: false; readonly reason: 'no-lives'; readonly lives: WithDates<Lives> };

/** The result of awarding XP. */
export interface AwardResult extends WithDates<AwardOutcome> {
  /**
   * Whether the award was older than `rules.leaderboards.maxAwardAgeDays`: it then counts on boards without periods
   * only.
   */
  readonly allTimeOnly: boolean;
}

/** The result of completing a quiz. */
export type CompleteQuizResult =
  | {
      readonly ok: true;
      readonly session: WithDates<QuizSession>;
      readonly streak: WithDates<Streak>;
      readonly award: AwardResult;
    }
  | {
      readonly ok: false;
      readonly reason: 'expired' | 'already-completed';
      readonly session: WithDates<QuizSession>;
    }
  | { readonly ok: false; readonly reason: 'unknown-session' };

/** The scores of an award as they were returned, or as read back from a queue with instants as text. */
export interface AwardScores {
  readonly scores: readonly {
    readonly board: BoardPeriod['board'];
    readonly period: Pick<Period, 'key'> & {
      readonly startsAt: InstantLike | null;
      readonly endsAt: InstantLike | null;
    };
    readonly score: Omit<NamedScore, 'lastXpAt'> & { readonly lastXpAt: InstantLike | null };
  }[];
}

/** A quiz session as a host receives it. */
export const sessionWithDates: ToDates<QuizSession> = withDates<QuizSession>({
  startedAt: toDate,
  expiresAt: toDate,
  completedAt: toDate,
});

const periodWithDates = withDates<Period>({ startsAt: toDate, endsAt: toDate });

/** The outcome of an award as a host receives it. */
export const outcomeWithDates: ToDates<AwardOutcome> = withDates<AwardOutcome>({
  scores: each(
    withDates<AwardOutcome['scores'][number]>({
      period: periodWithDates,
      score: withDates<NamedScore>({ lastXpAt: toDate }),
    }),
  ),
  late: each(withDates<BoardPeriod>({ period: periodWithDates })),
});
