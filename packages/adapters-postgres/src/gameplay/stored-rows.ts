import { sql, type RawBuilder } from 'kysely';
import { epochMs } from '../database/sql.ts';

// Rows as JSON, so that a statement can return several of them at once, or `null` for each that is missing.

/** A row of `quiz_sessions` as a `QuizSession`. */
export const sessionJson: RawBuilder<unknown> = sql`
  pg_catalog.json_build_object('id', id, 'userId', user_id, 'status', status, 'startedAt', ${epochMs(sql`started_at`)},
    'expiresAt', ${epochMs(sql`expires_at`)}, 'completedAt', ${epochMs(sql`completed_at`)})
`;

/** A row of `lives` as `Lives`. */
export const livesJson: RawBuilder<unknown> = sql`
  pg_catalog.json_build_object('userId', user_id, 'currentLives', current_lives,
    'lastRegenAt', ${epochMs(sql`last_regen_at`)}, 'nextRegenAt', ${epochMs(sql`next_regen_at`)})
`;

/** A row of `player_progress` as a `Streak`. */
export const streakJson: RawBuilder<unknown> = sql`
  pg_catalog.json_build_object('userId', user_id, 'currentStreak', current_streak, 'longestStreak', longest_streak,
    'lastQuizAt', ${epochMs(sql`last_quiz_at`)}, 'protections', streak_protections, 'evaluatedOn', streak_evaluated_on)
`;
