import type { InstantLike } from '../../engine/time/instant.ts';
import { each, toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { AwardOutcome } from '../leaderboards/award-repository.ts';
import type { Period } from '../leaderboards/period.ts';
import type { NamedScore } from '../leaderboards/standing.ts';
import type { Lives } from '../lives/lives.ts';
import type { QuizSession } from '../sessions/quiz-session.ts';
import type { Streak } from '../streaks/streak.ts';

/** What became of starting a quiz. */
export type StartQuizResult =
  | { readonly ok: true; readonly session: WithDates<QuizSession>; readonly lives: WithDates<Lives> }
  | { readonly ok: false; readonly reason: 'no-lives'; readonly lives: WithDates<Lives> };

/** What became of awarding XP. */
export interface AwardResult extends WithDates<AwardOutcome> {
  /** The award was older than `rules.leaderboards.maxAwardAgeDays`: it counts for boards without end alone. */
  readonly allTimeOnly: boolean;
}

/** What became of finishing a quiz. */
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

/** The scores of an award as they were returned, or as they came back from a queue, with their instants as text. */
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

/** A quiz session as a backend is given it. */
export const sessionWithDates: ToDates<QuizSession> = withDates<QuizSession>({
  startedAt: toDate,
  expiresAt: toDate,
  completedAt: toDate,
});

const periodWithDates = withDates<Period>({ startsAt: toDate, endsAt: toDate });

/** What came of an award as a backend is given it. */
export const outcomeWithDates: ToDates<AwardOutcome> = withDates<AwardOutcome>({
  scores: each(
    withDates<AwardOutcome['scores'][number]>({
      period: periodWithDates,
      score: withDates<NamedScore>({ lastXpAt: toDate }),
    }),
  ),
  late: each(withDates<BoardPeriod>({ period: periodWithDates })),
});
